"""What is written after a poll, so that nothing is lost or delivered twice."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.domain.change import Change
from bot.domain.notification.jobs import JobUnavailable
from bot.informatica.errors import NotFound
from bot.store import database as store
from bot.store import outbox, tracked_jobs
from bot.store.database import opened
from bot.watch import poller as poller_module
from bot.watch.assignment import Assignment
from bot.watch.recorder import Recorder
from tests.cast import BEN, CLICKS, DEV, ERROR, NOON, OPS, ORDERS, UP, WARNING
from tests.store.steps import statements
from tests.watch.world import World, runs


async def test_a_change_is_recorded_with_its_delivery(either_world: World) -> None:
    """A poll that shows another status writes the change and a delivery per subscription, and wakes the dispatcher."""
    world = either_world
    await world.subscribe(destination=OPS)
    await world.subscribe(destination=DEV, by=BEN)
    poller = await world.started()
    world.service.usual = ERROR
    await world.round(poller)

    row = await world.row()
    assert (row.status, row.status_since) == (ERROR.raw, row.polled_at)
    assert await world.changes() == [(row.id, UP.raw, ERROR.raw)]
    assert world.woken == 1
    for destination in (OPS, DEV):
        (change,) = await world.notifications(destination)
        assert isinstance(change, Change)
        assert (change.ref, change.old, change.new, change.at) == (ORDERS, UP, ERROR, row.polled_at)
        assert change.old_since is not None
        assert timedelta(minutes=29) < change.at - change.old_since < timedelta(minutes=31)


async def test_an_unchanged_job_is_written_once_a_minute(world: World) -> None:
    """A poll without a change notifies nobody and writes nothing for a minute; then it writes the time of the poll."""
    await world.subscribe(at=datetime.now(UTC))
    poller = await world.started()
    before = await world.row()
    with statements("UPDATE watched_jobs") as sent:
        await world.round(poller)
        await world.seconds(29, poller)
        assert sent == []
        await world.seconds(2, poller)
        assert len(sent) == 1
    row = await world.row()
    assert row.polled_at > before.polled_at
    assert (row.status, row.status_since) == (before.status, before.status_since)
    assert await world.notifications() == []
    assert world.woken == 0


async def test_a_failed_poll_changes_no_status(world: World) -> None:
    """A failed poll keeps the status and writes since when and why it fails; a good one ends that silently."""
    await world.subscribe()
    poller = await world.started()
    world.service.usual = NotFound(status=404)
    await world.round(poller)
    await world.seconds(1, poller)
    row = await world.row()
    assert (row.status, row.failure) == ("Up and Running", "the jobs service says there is no such job")
    assert row.failing_since is not None

    world.service.usual = UP
    await world.round(poller)
    await world.seconds(1, poller)
    row = await world.row()
    assert (row.failure, row.failing_since) == (None, None)
    assert await world.notifications() == []


async def test_a_restart_repeats_nothing(world: World) -> None:
    """A change that one worker recorded is no change to the next one."""
    await world.subscribe()
    world.service.usual = ERROR
    first = await world.started()
    await world.round(first)
    await first.drain()
    second = await world.started("w0")
    await world.round(second)
    await world.round(second)
    assert await world.kinds() == ["change"]


# ── database faults ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_locked_database_loses_no_change(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process locks the database, jobs are polled on. Their changes are recorded afterwards, in order,
    and an operator sees the problem."""
    monkeypatch.setattr(store, "_LOCK_WAIT_S", 0.02)
    async with opened(sqlite_url) as database:
        world = World(database)
        await world.subscribe()
        poller = await world.started()
        other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for status in (ERROR, WARNING):
            world.service.usual = status
            await world.round(poller)
        assert await world.changes() == []
        assert poller.problem == "the database can't be written (OperationalError)"
        other.execute("ROLLBACK")
        other.close()
        monkeypatch.setattr(store, "_LOCK_WAIT_S", 5)  # the writers wait for each other now, however long each takes
        await world.seconds(1, poller)

        assert [(old, new) for _, old, new in await world.changes()] == [
            (UP.raw, ERROR.raw),
            (ERROR.raw, WARNING.raw),
        ]
        assert await world.kinds() == ["change", "change"]
        assert (await world.row()).status == WARNING.raw
        assert poller.problem is None
        await poller.drain()


@pytest.fixture
def unwritable(mocker: MockerFixture) -> Any:
    """Fail every write of a poll until the test stops it; reads and heartbeats succeed."""
    return mocker.patch.object(
        tracked_jobs, "write_poll", side_effect=OperationalError("UPDATE", {}, OSError("disk full"))
    )


async def test_a_full_disk_loses_no_change(world: World, unwritable: Any, mocker: MockerFixture) -> None:
    """While changes can't be written they wait and the problem shows, once in the log; then all are recorded in order,
    for each job."""
    for ref in (ORDERS, CLICKS):
        await world.subscribe(ref)
    poller = await world.started()
    with capture_logs() as logs:
        for status in (ERROR, WARNING, UP):
            world.service.usual = status
            await world.round(poller)
        await world.seconds(1, poller)
        assert poller.problem == "the database can't be written (OperationalError)"
        assert world.woken == 0

        mocker.stop(unwritable)
        await world.seconds(1, poller)
    assert [line["event"] for line in logs if "database" in line["event"]] == [
        "the database can't be written; polling continues, writes are retried",
        "the database can be written again",
    ]
    assert poller.problem is None
    assert world.woken == 2
    changes = await world.changes()
    for id in {id for id, *_ in changes}:
        assert [(old, new) for of, old, new in changes if of == id] == [
            (UP.raw, ERROR.raw),
            (ERROR.raw, WARNING.raw),
            (WARNING.raw, UP.raw),
        ]
    assert await world.kinds() == ["change"] * 6


async def test_a_drained_poller_writes_what_waits(world: World, unwritable: Any, mocker: MockerFixture) -> None:
    """A poller that is drained writes what waits before it ends."""
    await world.subscribe()
    poller = await world.started()
    world.service.usual = ERROR
    await world.round(poller)
    mocker.stop(unwritable)
    await poller.drain()
    assert await world.kinds() == ["change"]


async def test_a_change_and_its_deliveries_are_written_together(world: World, mocker: MockerFixture) -> None:
    """If a delivery can't be written, neither the change nor the status is; all of it waits."""
    await world.subscribe()
    poller = await world.started()
    world.service.usual = ERROR
    broken = mocker.patch.object(outbox, "put", side_effect=OperationalError("INSERT", {}, OSError("disk full")))
    await world.round(poller)
    assert (await world.changes(), (await world.row()).status) == ([], UP.raw)

    mocker.stop(broken)
    await world.seconds(1, poller)
    assert await world.kinds() == ["change"]
    assert (await world.row()).status == ERROR.raw


# ── somebody else at the same time ──────────────────────────────────────────────────────────────────────────────────


async def test_a_poll_overtaken_by_a_look_up_does_not_count(either_world: World) -> None:
    """If a look-up recorded the change first, the poll doesn't count; the job is polled again at once, and nothing is
    repeated."""
    world = either_world
    await world.subscribe()
    poller = await world.started()
    world.service.usual = ERROR
    await world.subscribe(status=ERROR, destination=DEV, by=BEN, at=datetime.now(UTC))
    await world.round(poller)
    assert len(world.service.polled) == 1
    await world.tick(poller)
    assert len(world.service.polled) == 2
    assert await world.kinds(OPS) == ["change"]
    assert await world.kinds(DEV) == []

    world.service.usual = WARNING
    await world.round(poller)
    notification = await world.notifications(OPS)
    assert isinstance(notification[-1], Change)
    assert (notification[-1].old, notification[-1].new) == (ERROR, WARNING)


async def test_an_unchanged_poll_overtaken_by_a_look_up_does_not_count(world: World) -> None:
    """A change that a look-up recorded isn't undone by an older poll."""
    await world.subscribe()
    poller = await world.started()
    gate = asyncio.Event()
    world.service.usual = gate
    await world.round(poller)
    await world.subscribe(status=ERROR, destination=DEV, by=BEN, at=datetime.now(UTC))
    world.service.usual = ERROR
    gate.set()  # the poll under way returns UP
    await world.rest()
    for _ in range(5):
        await world.round(poller)
    assert (await world.row()).status == ERROR.raw
    assert [(old, new) for _, old, new in await world.changes()] == [(UP.raw, ERROR.raw)]
    assert await world.kinds(OPS) == ["change"]


@pytest.mark.parametrize("noticed", [False, True])
async def test_unsubscribing_during_a_poll(world: World, noticed: bool) -> None:
    """Nobody is notified of a poll that was under way when they unsubscribed."""
    await world.subscribe(status=ERROR)
    poller = await world.started()
    gate = asyncio.Event()
    world.service.usual = gate
    await world.round(poller)
    await world.unsubscribe()
    if noticed:
        await world.seconds(1, poller)
    gate.set()
    await world.rest()
    assert await world.notifications() == []
    assert len(await world.changes()) == (0 if noticed else 1)


async def test_notifications_are_written_once(world: World) -> None:
    """If two tasks want to write the same notifications at the same time, one of them does."""
    await world.subscribe()
    async with world.database.writing() as session:
        (tracked,) = await tracked_jobs.claim(session, "w", 1)
    assignment = Assignment()
    assignment.add(tracked, due=0, now=0)
    (assigned,) = assignment.due(0)
    assigned.notifications.append(JobUnavailable(ORDERS, "orders", UP, "gone", NOON))
    recorder = Recorder(world.database, assignment, worker="w", on_recorded=lambda: None, clock=world.clock)
    await asyncio.gather(recorder.write(assigned), recorder.write(assigned))
    await recorder.write(assigned)
    assert await world.kinds() == ["out_of_sight"]
    assert assigned.notifications == []


async def test_a_change_during_a_write_is_not_lost(world: World, mocker: MockerFixture) -> None:
    """A change that comes while the one before it is being written is recorded after it."""
    await world.subscribe()
    poller = await world.started()
    write_poll, gate = tracked_jobs.write_poll, asyncio.Event()

    async def slow(*args: Any) -> bool:
        await gate.wait()
        return await write_poll(*args)

    slowly = mocker.patch.object(tracked_jobs, "write_poll", side_effect=slow)
    world.service.usual = ERROR
    world.clock.now += 30
    await poller.tick()
    await world.until(lambda: slowly.called)
    world.service.usual = WARNING
    world.clock.now += 30
    await poller.tick()
    await world.until(lambda: len(world.service.polled) == 2 and not world.service.under_way)
    gate.set()
    await world.rest()
    await world.seconds(1, poller)
    assert [(old, new) for _, old, new in await world.changes()] == [
        (UP.raw, ERROR.raw),
        (ERROR.raw, WARNING.raw),
    ]


async def test_unchanged_jobs_are_written_together(world: World) -> None:
    """An outage costs one transaction per round, not one for each failing job."""
    for ref in runs(30):
        await world.subscribe(ref)
    poller = await world.started()
    world.service.usual = TimeoutError()
    await world.round(poller)
    with statements("BEGIN IMMEDIATE") as begun:
        await world.seconds(1, poller)
    assert all(row.failure for row in await world.rows())
    assert len(begun) <= 2  # the heartbeat, and they


async def test_unchanged_jobs_are_written_in_batches(world: World, mocker: MockerFixture) -> None:
    """Thousands of unchanged jobs are written in batches, one per heartbeat, so that notifications don't wait for
    them."""
    for ref in runs(5):
        await world.subscribe(ref, at=datetime.now(UTC))
    before = {row.run: row.polled_at for row in await world.rows()}
    poller = await world.started()
    await world.round(poller)
    written = []
    mocker.patch.object(poller_module, "_WRITE_BATCH", 2)
    for after in (30.0, 1.0, 1.0):
        await world.tick(poller, after=after)
        written.append(sum(row.polled_at != before[row.run] for row in await world.rows()))
    assert written == [2, 4, 5]
