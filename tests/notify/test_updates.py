"""Messages kept up to date: at Slack's pace, never at the cost of an alert."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from pytest_mock import MockerFixture
from sqlalchemy import update

from bot.domain.tracked_job import TrackedJob
from bot.notify import updates
from bot.notify.dispatcher import Dispatcher
from bot.notify.messenger import AccessRevoked, MessageGone, NotUpdatable, RetryLater
from bot.notify.pace import UpdatePace
from bot.store.database import Database, DatabaseFault
from bot.store.incidents import updates as due_updates
from bot.store.sql.tables import IncidentRow
from tests.cast import ANN, CLICKS, DEPLOYING, ERROR, OPS, STOPPED, UP, WARNING
from tests.notify.fake import Clock, FakeMessenger, all_quiet, becomes, pending, tick, watched


async def failing(store: Database, dispatcher: Dispatcher, destination: str = OPS) -> TrackedJob:
    """A job whose incident was delivered as the message 1.0."""
    orders = await watched(store, destination)
    await becomes(store, orders, WARNING)
    await tick(dispatcher)
    return orders


async def time_passes(store: Database) -> None:
    """Let what is put off be due now."""
    async with store.writing() as session:
        due = IncidentRow.update_due_at.is_not(None)
        await session.execute(update(IncidentRow).where(due).values(update_due_at=datetime.now(UTC)))


async def test_a_reply_is_shown_above_first(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """The first message shows the new status before the reply tells it, and isn't updated again."""
    orders = await failing(store, dispatcher, ANN)
    clock.now += 60
    await becomes(store, orders, ERROR)
    await tick(dispatcher)
    await time_passes(store)
    await tick(dispatcher)
    assert [(ts, shown[0].status) for ts, shown in messenger.updates] == [("1.0", ERROR)]
    assert [(one.thread, one.broadcast) for one in messenger.delivered] == [(None, False), ("1.0", True)]


async def test_a_refused_update_is_made_up_for(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """An update that Slack puts off costs no alert and is tried again, after the time that Slack said; one that is
    refused for good is given up."""
    orders = await failing(store, dispatcher)
    clock.now += 60
    messenger.update_failures = [RetryLater("ratelimited", timedelta(seconds=30)), RetryLater("http_500")]
    await becomes(store, orders, STOPPED)
    await tick(dispatcher)
    assert [(one.thread, one.broadcast) for one in messenger.delivered][1:] == [("1.0", True)]  # the thread may be gone
    for waits, tried in ((29, False), (2, True), (0, True), (0, True)):
        clock.now += waits
        await time_passes(store)
        await tick(dispatcher)
        assert (len(messenger.update_failures) == 0) is tried
    assert [shown[0].status for _, shown in messenger.updates] == [STOPPED]

    messenger.update_failures = [NotUpdatable("edit_window_closed"), NotUpdatable("edit_window_closed")]
    await becomes(store, orders, DEPLOYING)
    await tick(dispatcher)
    assert [(one.thread, one.broadcast) for one in messenger.delivered][2:] == [("1.0", False)]  # it is there
    await time_passes(store)
    await tick(dispatcher)
    async with store.reading() as session:
        assert not await due_updates.is_any_due(session, datetime.now(UTC) + timedelta(days=1))


async def test_a_message_that_cannot_be_read_whole_stays_as_it_is(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher
) -> None:
    """An incident that a newer release wrote isn't lost from its message, nor shown as none at all."""
    await failing(store, dispatcher)
    async with store.writing() as session:
        opening = '{"kind": "of a newer release"}'
        await session.execute(update(IncidentRow).values(opening=opening, update_due_at=datetime.now(UTC)))
    await tick(dispatcher)
    assert messenger.updates == []
    async with store.reading() as session:
        assert not await due_updates.is_any_due(session, datetime.now(UTC) + timedelta(days=1))


async def test_an_update_never_holds_back_an_alert(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock, mocker: MockerFixture
) -> None:
    """An alert waits two seconds at most for a message that Slack doesn't update, and not at all while Slack's limit is
    reached or the bot is locked out of updates."""
    mocker.patch.object(updates, "_BEFORE_ALERT_S", 0.01)
    orders = await failing(store, dispatcher)
    messenger.update_gate = asyncio.Event()
    clock.now += 60
    await becomes(store, orders, ERROR)
    await dispatcher.tick()
    await messenger.until(lambda: len(messenger.delivered) == 2)
    messenger.update_gate.set()
    messenger.update_gate = None

    messenger.update_failures = [AccessRevoked("access_denied")]
    for status in (WARNING, ERROR):
        clock.now += 20
        await becomes(store, orders, status)
        await tick(dispatcher)
    assert [one.broadcast for one in messenger.delivered] == [False, True, True, True]
    assert await pending(store) == []


async def test_a_message_that_was_deleted_is_forgotten(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """Whether an update or the alert finds that the first message is gone, the next alert takes its place."""
    orders = await failing(store, dispatcher)
    clock.now += 60
    messenger.update_failures = [MessageGone("message_not_found")]
    await becomes(store, orders, ERROR)
    await tick(dispatcher)
    assert messenger.delivered[-1].thread is None

    messenger.update_failures = [MessageGone("message_not_found")]
    await time_passes(store)
    await tick(dispatcher)
    clock.now += 60
    await becomes(store, orders, STOPPED)
    await tick(dispatcher)
    await becomes(store, orders, UP)
    clock.now += 60
    await tick(dispatcher)
    assert [one.thread for one in messenger.delivered] == [None, None, None, "3.0"]


async def test_a_message_posted_twice_opens_one_incident(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, mocker: MockerFixture
) -> None:
    """If the record of an accepted message fails after it was committed, it is repeated without a second incident."""
    orders = await watched(store, OPS)
    await becomes(store, orders, ERROR)
    times, settle = 0, dispatcher._poster.settle

    async def commit_then_fail(*arguments: object) -> None:
        nonlocal times
        times += 1
        await settle(*arguments)  # type: ignore[arg-type]
        if times == 1:
            raise DatabaseFault("the connection was lost")

    mocker.patch.object(dispatcher._poster, "settle", side_effect=commit_then_fail)
    await tick(dispatcher)
    assert (times, len(messenger.delivered)) == (2, 1)
    async with store.reading() as session:
        assert len((await session.scalars(IncidentRow.__table__.select())).all()) == 1


async def test_a_fault_while_incidents_are_read_delays_no_longer_than_it_lasts(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock, mocker: MockerFixture
) -> None:
    """If the database fails before a message is posted, it goes out once the database is back."""
    await becomes(store, await watched(store, OPS), ERROR)
    failed = mocker.patch.object(dispatcher._poster, "_known", side_effect=DatabaseFault("down"))
    await tick(dispatcher)
    assert messenger.attempts == []
    mocker.stop(failed)
    clock.now += 2
    await tick(dispatcher)
    assert len(messenger.delivered) == 1


def test_updates_keep_within_slacks_limit() -> None:
    """Fifty a minute, with a burst; some are always kept for new alerts."""
    pace, done, kept = UpdatePace(), 0, 0
    for second in range(60):
        now = 1_000.0 + second
        while pace.room_for_old(now):
            pace.trying(now)
            done += 1
        kept = pace.room(now)
        assert kept >= 10
    assert 50 <= done <= 60
    pace.hold(5, 1_060)
    assert (pace.room(1_064), pace.room(1_066) > 0) == (0, True)


@pytest.mark.parametrize("both", [True, False])
async def test_a_round_updates_each_message_once(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock, both: bool
) -> None:
    """Several incidents of one message are one update, which shows all of them."""
    orders, clicks = await watched(store, OPS), await watched(store, OPS, ref=CLICKS, name="clicks")
    await becomes(store, orders, ERROR)
    await becomes(store, clicks, ERROR)
    await tick(dispatcher)
    clock.now += 60
    await becomes(store, orders, UP)
    if both:
        await becomes(store, clicks, UP)
    await tick(dispatcher)
    await all_quiet()
    assert [sorted(one.is_open for one in shown) for _, shown in messenger.updates] == [[False, not both]]
