"""What is told or forgotten because time passed: mutes that end, subscriptions that fell behind, old rows."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_mock import MockerFixture
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from bot.domain.destination import Destination
from bot.domain.job import Status
from bot.domain.notification import StillFailing
from bot.domain.tracked_job import TrackedJob
from bot.notify.dispatcher import Dispatcher
from bot.notify.maintenance import Maintenance
from bot.store import mutes, reconcile, retention
from bot.store.database import Database
from bot.store.sql.tables import ChangeRow, DeliveryRow, Subscription, TrackedJobRow
from tests.cast import BEN, CLICKS, DEV, ERROR, MINUTE, NOON, OPS, UP, WARNING, WORKSPACE
from tests.notify.fake import Clock, Fake, all_quiet, becomes, deliveries, paths, subscribed, watched

DOWN = OperationalError("SELECT", {}, Exception("server closed the connection"))
DAY = timedelta(days=1)


@pytest.fixture
async def maintenance(store: Database, dispatcher: Dispatcher) -> AsyncIterator[Maintenance]:
    made = Maintenance(store, keep_history=90 * DAY, on_recorded=dispatcher.wake)
    yield made
    await made.drain()


async def mute(store: Database, known: TrackedJob, *destinations: str, until: datetime) -> None:
    async with store.writing() as session:
        for destination in destinations:
            await mutes.mute(session, Destination(WORKSPACE, destination), known.ref, until=until, by=BEN, now=NOON)


async def is_now(store: Database, known: TrackedJob, status: Status) -> None:
    """The job's status, as if nobody had been told of it."""
    async with store.writing() as session:
        await session.execute(
            update(TrackedJobRow)
            .where(TrackedJobRow.id == known.id)
            .values(status=status.raw, status_since=NOON + MINUTE)
        )


async def test_the_end_of_a_mute_is_told(store: Database, messenger: Fake, maintenance: Maintenance) -> None:
    """A mute whose time has come ends, and who was muted hears at once that the job is still bad, how long it was
    muted and by whom; one that goes on is left alone."""
    orders = await watched(store, OPS, DEV)
    await mute(store, orders, OPS, until=datetime.now(UTC) - MINUTE)
    await mute(store, orders, DEV, until=datetime.now(UTC) + 60 * MINUTE)
    await is_now(store, orders, ERROR)
    await maintenance.tick()
    await all_quiet()

    (told,) = messenger.told
    (item,) = told.items
    assert told.destination == OPS
    assert isinstance(item, StillFailing)
    assert (item.status, item.since, item.muted_at, item.muted_by) == (ERROR, NOON + MINUTE, NOON, BEN)
    assert {name: row.muted_until is None for name, row in (await subscribed(store)).items()} == {OPS: True, DEV: False}


async def test_a_difference_is_told(store: Database, messenger: Fake, maintenance: Maintenance) -> None:
    """A subscription that was told another status than the job has is told the one that it has, at once and once."""
    await is_now(store, await watched(store, OPS), WARNING)
    await watched(store, DEV, ref=CLICKS, name="clicks")
    for _ in range(3):
        await maintenance.tick()
        await all_quiet()
    assert [(told.destination, paths(told)) for told in messenger.told] == [(OPS, [(UP, WARNING)])]


async def test_a_mute_that_ends_tells_one_thing(
    store: Database, messenger: Fake, maintenance: Maintenance, clock: Clock, dispatcher: Dispatcher
) -> None:
    """What is told at a mute's end is not told a second time as a difference; a job that is well again is told as
    that difference."""
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
    _, told = messenger.told
    assert [item.kind for item in told.items if isinstance(item, StillFailing)] == ["still_bad"]
    assert paths(told) == [(ERROR, UP)]
    assert len(told.items) == 2


async def test_nobody_is_woken_for_nothing(store: Database) -> None:
    """Where there is nothing to tell, nothing is recorded and nobody is woken."""
    woken: list[str] = []
    quiet = Maintenance(store, keep_history=90 * DAY, on_recorded=lambda: woken.append("woken"))
    await watched(store, OPS)
    await quiet.tick()
    await all_quiet()
    assert woken == []
    assert await deliveries(store) == []

    await is_now(store, await watched(store, OPS), ERROR)
    await quiet.tick()
    await all_quiet()
    assert woken == ["woken"]
    await quiet.drain()


async def test_a_failing_database_is_survived(
    store: Database,
    messenger: Fake,
    maintenance: Maintenance,
    mocker: MockerFixture,
    logs: list[MutableMapping[str, Any]],
) -> None:
    """Where the database fails in the middle, nothing is half done and the log says so; the next tick does it all."""
    orders = await watched(store, OPS)
    await mute(store, orders, OPS, until=NOON + MINUTE)
    await is_now(store, orders, ERROR)
    failing = mocker.patch.object(reconcile, "catch_up", autospec=True, side_effect=DOWN)
    await maintenance.tick()
    await all_quiet()
    assert [line["event"] for line in logs] == ["upkeep failed; the next one tries again"]
    assert (await subscribed(store))[OPS].muted_until == NOON + MINUTE
    assert messenger.told == []

    mocker.stop(failing)
    await maintenance.tick()
    await all_quiet()
    assert [told.destination for told in messenger.told] == [OPS]


async def test_one_run_of_a_chore_at_a_time(store: Database, maintenance: Maintenance, mocker: MockerFixture) -> None:
    """A tick or a night that comes while the last one's work is under way begins nothing; the chores do not wait for
    each other."""
    go = asyncio.Event()

    async def end_mutes(*_: Any) -> int:
        await go.wait()
        return 0

    async def clean(*_: Any, **__: Any) -> dict[str, int]:
        await go.wait()
        return {}

    ends = mocker.patch.object(mutes, "end_mutes", autospec=True, side_effect=end_mutes)
    cleans = mocker.patch.object(retention, "clean", autospec=True, side_effect=clean)
    for _ in range(3):
        await maintenance.tick()
        await maintenance.nightly()
    await asyncio.sleep(0)
    go.set()
    await all_quiet()
    assert (ends.call_count, cleans.call_count) == (1, 1)
    await maintenance.tick()
    await all_quiet()
    assert ends.call_count == 2


async def rows(store: Database) -> tuple[int, int]:
    """How many deliveries and changes there are."""
    async with store.reading() as session:
        counts = [await session.scalar(select(func.count()).select_from(table)) for table in (DeliveryRow, ChangeRow)]
    return counts[0] or 0, counts[1] or 0


async def test_the_night_removes_what_is_old(store: Database, maintenance: Maintenance) -> None:
    """Settled deliveries go after a week and changes when the history's time is over; what is younger stays, and so
    does everything that still waits."""
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
        assert await session.scalar(select(func.count()).select_from(Subscription)) == 1


async def test_a_night_without_a_database(
    store: Database, maintenance: Maintenance, mocker: MockerFixture, logs: list[MutableMapping[str, Any]]
) -> None:
    """A database that fails at night costs that night's cleaning and nothing else."""
    mocker.patch.object(retention, "clean", autospec=True, side_effect=[DOWN, {"deliveries": 0}])
    await maintenance.nightly()
    await all_quiet()
    await maintenance.nightly()
    await all_quiet()
    events = [line["event"] for line in logs]
    assert events == ["upkeep failed; the next one tries again", "removed what is old"]


async def test_a_drained_upkeep(
    store: Database, messenger: Fake, maintenance: Maintenance, mocker: MockerFixture
) -> None:
    """At a shutdown what is under way ends or is undone, and nothing more begins."""
    orders = await watched(store, OPS)
    await is_now(store, orders, ERROR)
    begun, go, reconcile_all = asyncio.Event(), asyncio.Event(), reconcile.reconcile_all

    async def slowly(*args: Any) -> int:
        begun.set()
        await go.wait()
        return await reconcile_all(*args)

    mocker.patch.object(reconcile, "catch_up", autospec=True, side_effect=slowly)
    cleans = mocker.spy(retention, "clean")
    await maintenance.tick()
    await begun.wait()
    ending = asyncio.create_task(maintenance.drain())
    await asyncio.sleep(0)  # the draining begins
    go.set()
    await ending
    await all_quiet()
    assert [told.destination for told in messenger.told] == [OPS]

    await is_now(store, orders, UP)
    await maintenance.tick()
    await maintenance.nightly()
    await all_quiet()
    assert len(await deliveries(store)) == 1
    assert cleans.call_count == 0
