"""What is due about jobs that keep failing is found, and delivered."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from pytest_mock import MockerFixture
from sqlalchemy import update

from bot.domain.destination import Destination
from bot.domain.job import JobRef
from bot.domain.notification.digest import Path
from bot.domain.notification.reminders import Reminder
from bot.domain.reminding import Reminders as Rhythm
from bot.domain.reminding import Reminding
from bot.notify.dispatcher import Dispatcher
from bot.notify.reminders import Reminders
from bot.store import reconcile, subscriptions
from bot.store.database import Database, DatabaseFault
from bot.store.incidents import reminding
from bot.store.sql.tables import IncidentRow, TrackedJobRow
from tests.cast import ANN, ERROR, HOUR, MINUTE, OPS, ORDERS, UP, WORKSPACE, job
from tests.notify.fake import Clock, FakeMessenger, all_quiet, becomes, pass_time, tick


@pytest.fixture
async def reminders(store: Database, dispatcher: Dispatcher) -> AsyncIterator[Reminders]:
    made = Reminders(store, polled_within=HOUR, on_recorded=dispatcher.wake)
    yield made
    await made.drain()


async def fail(store: Database, dispatcher: Dispatcher, count: int) -> None:
    """So many jobs fail that a channel is reminded of, and their alert is delivered."""
    now, place = datetime.now(UTC), Destination(WORKSPACE, OPS)
    for number in range(1, count + 1):
        async with store.writing() as session:
            found = await subscriptions.subscribe(
                session,
                place,
                job(ref=JobRef(ORDERS.dataflow, number), name=f"job {number}"),
                ANN,
                polled_at=now,
                reminding=Reminding(Rhythm(30 * MINUTE)),
            )
        await becomes(store, found.job, ERROR)
    await tick(dispatcher)


async def make_due(store: Database) -> None:
    """The next reminders were due an hour ago, and the jobs are polled."""
    async with store.writing() as session:
        await session.execute(update(IncidentRow).values(reminder_due_at=datetime.now(UTC) - HOUR))
        await session.execute(update(TrackedJobRow).values(polled_at=datetime.now(UTC) + HOUR))


async def round_of(reminders: Reminders, dispatcher: Dispatcher, clock: Clock) -> None:
    """Look for what is due, and deliver it."""
    await reminders.tick()
    await all_quiet()
    await pass_time(dispatcher, clock, 2)


async def test_many_jobs_are_one_reminder(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, reminders: Reminders, clock: Clock
) -> None:
    """What is due at the same time is one message, in the thread of the alert; nothing comes before it is due again."""
    await fail(store, dispatcher, 3)
    await round_of(reminders, dispatcher, clock)
    assert len(messenger.delivered) == 1
    await make_due(store)
    for _ in range(2):
        await round_of(reminders, dispatcher, clock)
    (_, reminded) = messenger.delivered
    assert [type(item) for item in reminded.items] == [Reminder] * 3
    assert (reminded.thread, reminded.broadcast) == ("1.0", False)


async def test_what_failed_before_it_was_watched_is_reminded_of(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, reminders: Reminders, clock: Clock
) -> None:
    """A job without an alert is reminded of in the channel; that message is kept up to date, and what follows is a
    reply to it."""
    now = datetime.now(UTC)
    async with store.writing() as session:
        rhythm = Reminding(Rhythm(30 * MINUTE))
        place = Destination(WORKSPACE, OPS)
        found = await subscriptions.subscribe(session, place, job(ERROR), ANN, polled_at=now, reminding=rhythm)
    async with store.writing() as session:
        await reconcile.reconcile(session, now)
    for _ in range(2):
        await make_due(store)
        await round_of(reminders, dispatcher, clock)
    await becomes(store, found.job, UP)
    await pass_time(dispatcher, clock, 5)
    assert [(type(one.items[0]), one.thread) for one in messenger.delivered] == [
        (Reminder, None),
        (Reminder, "1.0"),
        (Path, "1.0"),
    ]
    (ts, (shown,)) = messenger.updates[-1]
    assert (ts, shown.is_open) == ("1.0", False)


async def test_a_database_fault_is_survived(
    store: Database,
    messenger: FakeMessenger,
    dispatcher: Dispatcher,
    reminders: Reminders,
    clock: Clock,
    mocker: MockerFixture,
) -> None:
    """If the database fails while something is due, the next tick finds it."""
    await fail(store, dispatcher, 1)
    await make_due(store)
    broken = mocker.patch.object(reminding, "claim", side_effect=DatabaseFault("OperationalError", "gone"))
    await round_of(reminders, dispatcher, clock)
    assert len(messenger.delivered) == 1
    mocker.stop(broken)
    await round_of(reminders, dispatcher, clock)
    assert len(messenger.delivered) == 2
