"""What becomes due as time passes: mutes that end, subscriptions that fell behind, old rows."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_mock import MockerFixture
from sqlalchemy import func, select, update

from bot.domain.channel.quiet_hours import QuietHours
from bot.domain.destination import Destination
from bot.domain.job import Status
from bot.domain.notification.jobs import StillFailing
from bot.domain.tracked_job import TrackedJob
from bot.notify.dispatcher import Dispatcher
from bot.notify.maintenance import Maintenance
from bot.store import mutes, reconcile, retention
from bot.store.channels import settings, silences
from bot.store.database import Database, DatabaseFault
from bot.store.sql.tables import ChangeRow, DeliveryRow, SubscriptionRow, TrackedJobRow
from tests.cast import BEN, CLICKS, DEV, ERROR, MINUTE, NOON, OPS, UP, WARNING, WORKSPACE
from tests.notify.fake import Clock, FakeMessenger, all_quiet, becomes, deliveries, paths, subscribed, watched

DOWN = DatabaseFault("OperationalError", "server closed the connection")
DAY = timedelta(days=1)


@pytest.fixture
async def maintenance(store: Database, dispatcher: Dispatcher) -> AsyncIterator[Maintenance]:
    made = Maintenance(store, keep_history=90 * DAY, on_recorded=dispatcher.wake)
    yield made
    await made.drain()


async def mute(store: Database, tracked: TrackedJob, *destinations: str, until: datetime) -> None:
    async with store.writing() as session:
        for destination in destinations:
            await mutes.mute(session, Destination(WORKSPACE, destination), tracked.ref, until=until, by=BEN, now=NOON)


async def is_now(store: Database, tracked: TrackedJob, status: Status) -> None:
    """Set a job's status without a notification."""
    async with store.writing() as session:
        await session.execute(
            update(TrackedJobRow)
            .where(TrackedJobRow.id == tracked.id)
            .values(status=status.raw, status_since=NOON + MINUTE)
        )


async def test_the_end_of_a_mute_is_delivered(
    store: Database, messenger: FakeMessenger, maintenance: Maintenance
) -> None:
    """A mute that is over ends with a reminder if the job still fails; one that isn't over goes on."""
    orders = await watched(store, OPS, DEV)
    await mute(store, orders, OPS, until=datetime.now(UTC) - MINUTE)
    await mute(store, orders, DEV, until=datetime.now(UTC) + 60 * MINUTE)
    await is_now(store, orders, ERROR)
    await maintenance.tick()
    await all_quiet()

    (delivered,) = messenger.delivered
    (item,) = delivered.items
    assert delivered.destination == OPS
    assert isinstance(item, StillFailing)
    assert (item.status, item.since, item.muted_at, item.muted_by) == (ERROR, NOON + MINUTE, NOON, BEN)
    assert {name: row.muted_until is None for name, row in (await subscribed(store)).items()} == {OPS: True, DEV: False}


async def test_quiet_hours_begin_before_anything_ends(
    store: Database, messenger: FakeMessenger, maintenance: Maintenance
) -> None:
    """If quiet hours began while no worker ran, in several places, nothing that ended meanwhile is told there."""
    orders, now = await watched(store, OPS, DEV), datetime.now(UTC)
    quiet = QuietHours((now - 60 * MINUTE).time(), (now + 60 * MINUTE).time())
    async with store.writing() as session:
        for place in (Destination(WORKSPACE, OPS), Destination(WORKSPACE, DEV)):
            await silences.begin(session, place, None, until=now - MINUTE, by=BEN, now=NOON)
            await settings.change(session, place, lambda chosen: replace(chosen, quiet_hours=quiet))
    await is_now(store, orders, WARNING)
    await maintenance.tick()
    await all_quiet()
    assert messenger.delivered == []
    assert [row.muted_until for row in (await subscribed(store)).values()] == [None, None]


async def test_a_difference_is_delivered(store: Database, messenger: FakeMessenger, maintenance: Maintenance) -> None:
    """A subscription that is behind is notified of the present status, at once and once."""
    await is_now(store, await watched(store, OPS), WARNING)
    await watched(store, DEV, ref=CLICKS, name="clicks")
    for _ in range(3):
        await maintenance.tick()
        await all_quiet()
    assert [(delivered.destination, paths(delivered)) for delivered in messenger.delivered] == [(OPS, [(UP, WARNING)])]


async def test_the_end_of_a_mute_is_one_notification(
    store: Database, messenger: FakeMessenger, maintenance: Maintenance, clock: Clock, dispatcher: Dispatcher
) -> None:
    """The reminder at a mute's end isn't repeated as a difference; a recovery is delivered as a difference."""
    orders = await watched(store, OPS)
    clicks = await watched(store, OPS, ref=CLICKS, name="clicks")
    await becomes(store, clicks, ERROR)
    await dispatcher.tick()
    await all_quiet()
    clock.now += 60
    for job in (orders, clicks):
        await mute(store, job, OPS, until=NOON + MINUTE)
    await is_now(store, orders, ERROR)
    await is_now(store, clicks, UP)
    await maintenance.tick()
    await all_quiet()
    _, delivered = messenger.delivered
    assert [item.kind for item in delivered.items if isinstance(item, StillFailing)] == ["still_bad"]
    assert paths(delivered) == [(ERROR, UP)]
    assert len(delivered.items) == 2


async def test_the_dispatcher_is_woken_only_if_something_was_queued(store: Database) -> None:
    """Without anything due, nothing is queued and the dispatcher isn't woken."""
    woken: list[str] = []
    quiet = Maintenance(store, keep_history=90 * DAY, on_recorded=lambda: woken.append("woken"))
    await watched(store, OPS)
    await quiet.tick()
    await all_quiet()
    assert woken == []
    assert await deliveries(store) == []

    await is_now(store, await watched(store, OPS), ERROR)
    async with store.writing() as session:
        await session.execute(update(SubscriptionRow).values(considered=None))
    await quiet.tick()
    await all_quiet()
    assert woken == ["woken"]
    await quiet.drain()


async def test_what_an_earlier_release_left_behind_is_delivered(
    store: Database, messenger: FakeMessenger, clock: Clock, dispatcher: Dispatcher
) -> None:
    """A difference of which this release wasn't told is found at the start, and every five minutes."""
    orders = await watched(store, OPS)
    async with store.writing() as session:
        await session.execute(update(SubscriptionRow).values(considered="by an earlier release"))
    maintenance = Maintenance(store, keep_history=90 * DAY, on_recorded=dispatcher.wake, clock=clock)
    found = []
    for status, seconds in ((ERROR, 0), (WARNING, 299), (WARNING, 1)):
        await is_now(store, orders, status)
        clock.now += seconds
        await maintenance.tick()
        await all_quiet()
        found.append([paths(delivered) for delivered in messenger.delivered])
    first = [[(UP, ERROR)]]
    assert found == [first, first, [*first, [(ERROR, WARNING)]]]
    await maintenance.drain()


async def test_a_database_fault_is_survived(
    store: Database,
    messenger: FakeMessenger,
    maintenance: Maintenance,
    mocker: MockerFixture,
    logs: list[MutableMapping[str, Any]],
) -> None:
    """If the database fails midway, nothing is half done and the log says so once; the next tick does everything."""
    orders = await watched(store, OPS)
    await mute(store, orders, OPS, until=NOON + MINUTE)
    await is_now(store, orders, ERROR)
    failing = mocker.patch.object(reconcile, "reconcile_some", autospec=True, side_effect=DOWN)
    for _ in range(3):
        await maintenance.tick()
        await all_quiet()
    assert [line["event"] for line in logs] == ["maintenance failed; retrying at the next tick"]
    assert (await subscribed(store))[OPS].muted_until == NOON + MINUTE
    assert messenger.delivered == []

    mocker.stop(failing)
    await maintenance.tick()
    await all_quiet()
    assert "maintenance works again" in [line["event"] for line in logs]
    assert [delivered.destination for delivered in messenger.delivered] == [OPS]


async def test_one_run_of_a_chore_at_a_time(store: Database, maintenance: Maintenance, mocker: MockerFixture) -> None:
    """A tick or a night during the last run begins nothing; the chores don't wait for each other."""
    go = asyncio.Event()

    async def end_mutes(*_: Any) -> int:
        await go.wait()
        return 0

    async def purge(*_: Any, **__: Any) -> dict[str, int]:
        await go.wait()
        return {}

    ends = mocker.patch.object(mutes, "end_mutes", autospec=True, side_effect=end_mutes)
    purges = mocker.patch.object(retention, "purge", autospec=True, side_effect=purge)
    for _ in range(3):
        await maintenance.tick()
        await maintenance.nightly()
    await asyncio.sleep(0)
    go.set()
    await all_quiet()
    assert (ends.call_count, purges.call_count) == (1, 1)
    await maintenance.tick()
    await all_quiet()
    assert ends.call_count == 2


async def rows(store: Database) -> tuple[int, int]:
    """The number of deliveries and changes."""
    async with store.reading() as session:
        counts = [await session.scalar(select(func.count()).select_from(table)) for table in (DeliveryRow, ChangeRow)]
    return counts[0] or 0, counts[1] or 0


async def test_old_rows_are_removed_at_night(store: Database, maintenance: Maintenance) -> None:
    """Settled deliveries are removed after a week, changes after the history's time; pending ones stay."""
    now = datetime.now(UTC)
    orders = await watched(store, OPS)
    await becomes(store, orders, ERROR, at=now - 91 * DAY)
    await becomes(store, orders, UP, at=now - 89 * DAY)
    await becomes(store, orders, ERROR, at=now - 91 * DAY)
    first, second, _ = await deliveries(store)
    async with store.writing() as session:
        for delivery, age in ((first, 8), (second, 6)):
            settled = update(DeliveryRow).where(DeliveryRow.id == delivery.id).values(settled_at=now - age * DAY)
            await session.execute(settled)
    assert await rows(store) == (3, 3)
    await maintenance.nightly()
    await all_quiet()
    left = await deliveries(store)
    assert [row.settled_at is None for row in left] == [False, True]
    assert await rows(store) == (2, 2)
    async with store.reading() as session:
        assert await session.scalar(select(func.count()).select_from(SubscriptionRow)) == 1


async def test_a_night_without_a_database(
    store: Database, maintenance: Maintenance, mocker: MockerFixture, logs: list[MutableMapping[str, Any]]
) -> None:
    """A database fault at night costs that night's run and nothing else."""
    mocker.patch.object(retention, "purge", autospec=True, side_effect=[DOWN, {"deliveries": 0}])
    await maintenance.nightly()
    await all_quiet()
    await maintenance.nightly()
    await all_quiet()
    events = [line["event"] for line in logs]
    assert events == [
        "maintenance failed; retrying at the next tick",
        "old rows removed",
        "old rows can be removed again",
    ]


async def test_drained_maintenance(
    store: Database, messenger: FakeMessenger, maintenance: Maintenance, mocker: MockerFixture
) -> None:
    """At a shutdown the run under way ends or is undone, and no more begins."""
    orders = await watched(store, OPS)
    await is_now(store, orders, ERROR)
    begun, go, run_reconcile = asyncio.Event(), asyncio.Event(), reconcile.reconcile_some

    async def slowly(*args: Any) -> reconcile.Reconciled:
        begun.set()
        await go.wait()
        return await run_reconcile(*args)

    mocker.patch.object(reconcile, "reconcile_some", autospec=True, side_effect=slowly)
    purges = mocker.spy(retention, "purge")
    await maintenance.tick()
    await begun.wait()
    ending = asyncio.create_task(maintenance.drain())
    await asyncio.sleep(0)  # the draining begins
    go.set()
    await ending
    await all_quiet()
    assert [delivered.destination for delivered in messenger.delivered] == [OPS]

    await is_now(store, orders, UP)
    await maintenance.tick()
    await maintenance.nightly()
    await all_quiet()
    assert len(await deliveries(store)) == 1
    assert purges.call_count == 0
