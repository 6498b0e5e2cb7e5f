"""What of a look is written, and that nothing is lost or told twice."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bot.domain.change import Change
from pytest_mock import MockerFixture
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from bot.domain.notification import JobUnavailable
from bot.informatica.errors import NotFound
from bot.store import database as store
from bot.store import outbox, tracked_jobs
from bot.store.database import opened
from bot.watch import poller as watcher_module
from bot.watch.assignment import Assignment
from bot.watch.recorder import Recorder
from tests.cast import BEN, CLICKS, DEV, ERROR, NOON, OPS, ORDERS, UP, WARNING
from tests.watch.world import World, runs


@contextmanager
def statements(beginning: str) -> Iterator[list[str]]:
    """The statements that begin so and are sent to any database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(beginning):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_a_change_is_recorded_with_its_delivery(either_world: World) -> None:
    """A look that shows another status writes the change, a delivery for whoever subscribed, and wakes the teller."""
    world = either_world
    await world.subscribe(destination=OPS)
    await world.subscribe(destination=DEV, by=BEN)
    poller = await world.started()
    world.service.usual = ERROR
    await world.round(poller)

    row = await world.row()
    assert (row.status, row.status_since) == (ERROR.raw, row.seen_at)
    assert await world.changes() == [(row.id, UP.raw, ERROR.raw)]
    assert world.woken == 1
    for destination in (OPS, DEV):
        (change,) = await world.news(destination)
        assert isinstance(change, Change)
        assert (change.ref, change.old, change.new, change.at) == (ORDERS, UP, ERROR, row.seen_at)
        assert change.lasted is not None
        assert timedelta(minutes=29) < change.lasted < timedelta(minutes=31)


async def test_what_is_unchanged_is_written_once_a_minute(world: World) -> None:
    """A look that shows the known status tells nobody and writes nothing, until a minute is over; then the list says
    when the job was seen last."""
    await world.subscribe()
    poller = await world.started()
    before = await world.row()
    with statements("UPDATE watched_jobs") as sent:
        await world.round(poller)
        await world.seconds(29, poller)
        assert sent == []
        await world.seconds(2, poller)
        assert len(sent) == 1
    row = await world.row()
    assert row.seen_at > before.seen_at
    assert (row.status, row.status_since) == (before.status, before.status_since)
    assert await world.news() == []
    assert world.woken == 0


async def test_a_failed_look_changes_no_status(world: World) -> None:
    """A look that showed nothing keeps the known status, and the list says at once since when and why; a good one ends
    that, in silence."""
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
    assert await world.news() == []


async def test_a_restart_repeats_nothing(world: World) -> None:
    """What was recorded by one worker is no change to the next one."""
    await world.subscribe()
    world.service.usual = ERROR
    first = await world.started()
    await world.round(first)
    await first.drain()
    second = await world.started("w0")
    await world.round(second)
    await world.round(second)
    assert await world.kinds() == ["change"]


# ── a database in trouble ───────────────────────────────────────────────────────────────────────────────────────────


async def test_a_locked_database_loses_no_change(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process holds the database, jobs are looked at all the same; both changes seen meanwhile are
    recorded afterwards, in order. An operator sees the trouble, and that it is over."""
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
        assert poller.trouble == "the database can't be written (OperationalError)"
        other.execute("ROLLBACK")
        other.close()
        await world.seconds(1, poller)

        assert [(old, new) for _, old, new in await world.changes()] == [
            (UP.raw, ERROR.raw),
            (ERROR.raw, WARNING.raw),
        ]
        assert await world.kinds() == ["change", "change"]
        assert (await world.row()).status == WARNING.raw
        assert poller.trouble is None
        await poller.drain()


@pytest.fixture
def unwritable(mocker: MockerFixture) -> Any:
    """No look can be settled until the test stops it, though the database can be read and signs of life are written."""
    return mocker.patch.object(tracked_jobs, "settle", side_effect=OperationalError("UPDATE", {}, OSError("disk full")))


async def test_a_full_disk_loses_no_change(world: World, unwritable: Any, mocker: MockerFixture) -> None:
    """As long as changes can't be written they wait, and the trouble shows, though all else works; then all is
    recorded in order, for each job."""
    for ref in (ORDERS, CLICKS):
        await world.subscribe(ref)
    poller = await world.started()
    for status in (ERROR, WARNING, UP):
        world.service.usual = status
        await world.round(poller)
    await world.seconds(1, poller)
    assert poller.trouble == "the database can't be written (OperationalError)"
    assert world.woken == 0

    mocker.stop(unwritable)
    await world.seconds(1, poller)
    assert poller.trouble is None
    assert world.woken == 2
    changes = await world.changes()
    for id in {id for id, *_ in changes}:
        assert [(old, new) for of, old, new in changes if of == id] == [
            (UP.raw, ERROR.raw),
            (ERROR.raw, WARNING.raw),
            (WARNING.raw, UP.raw),
        ]
    assert await world.kinds() == ["change"] * 6


async def test_what_could_not_be_written_is_written_at_the_end(
    world: World, unwritable: Any, mocker: MockerFixture
) -> None:
    """A watcher that is drained writes what waits, before it goes."""
    await world.subscribe()
    poller = await world.started()
    world.service.usual = ERROR
    await world.round(poller)
    mocker.stop(unwritable)
    await poller.drain()
    assert await world.kinds() == ["change"]


async def test_a_change_and_its_deliveries_are_written_together(world: World, mocker: MockerFixture) -> None:
    """Where a delivery can't be written, the change and the status are not written either; all of it waits."""
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


async def test_a_look_overtaken_by_a_subscriber_does_not_count(either_world: World) -> None:
    """Where somebody subscribed meanwhile, and so recorded the change, the watcher's look is refused; it looks again
    at once, from what stands there now, and tells nothing twice."""
    world = either_world
    await world.subscribe()
    poller = await world.started()
    world.service.usual = ERROR
    await world.subscribe(status=ERROR, destination=DEV, by=BEN, at=datetime.now(UTC))
    await world.round(poller)
    assert len(world.service.asked) == 1
    await world.tick(poller)
    assert len(world.service.asked) == 2
    assert await world.kinds(OPS) == ["change"]
    assert await world.kinds(DEV) == []

    world.service.usual = WARNING
    await world.round(poller)
    news = await world.news(OPS)
    assert isinstance(news[-1], Change)
    assert (news[-1].old, news[-1].new) == (ERROR, WARNING)


async def test_an_unchanged_look_overtaken_by_a_subscriber(world: World) -> None:
    """A subscriber who saw a change first is not contradicted by a look that saw the job before that."""
    await world.subscribe()
    poller = await world.started()
    gate = asyncio.Event()
    world.service.usual = gate
    await world.round(poller)
    await world.subscribe(status=ERROR, destination=DEV, by=BEN, at=datetime.now(UTC))
    world.service.usual = ERROR
    gate.set()  # and the look that is under way sees it up
    await world.rest()
    for _ in range(5):
        await world.round(poller)
    assert (await world.row()).status == ERROR.raw
    assert [(old, new) for _, old, new in await world.changes()] == [(UP.raw, ERROR.raw)]
    assert await world.kinds(OPS) == ["change"]


@pytest.mark.parametrize("noticed", [False, True])
async def test_unsubscribed_while_a_look_is_under_way(world: World, noticed: bool) -> None:
    """Who unsubscribes is told nothing that a look under way shows, whether or not the watcher noticed."""
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
    assert await world.news() == []
    assert len(await world.changes()) == (0 if noticed else 1)


async def test_news_is_written_once_by_whoever_is_first(world: World) -> None:
    """Where two want to write the same news at the same time, one of them does."""
    await world.subscribe()
    async with world.database.writing() as session:
        (known,) = await tracked_jobs.claim(session, "w", 1)
    assignment = Assignment()
    assignment.take(known, due=0, now=0)
    (assigned,) = assignment.due(0)
    assigned.news.append(JobUnavailable(ORDERS, "orders", UP, "gone", NOON))
    recorder = Recorder(world.database, assignment, worker="w", on_recorded=lambda: None, clock=world.clock)
    await asyncio.gather(recorder.write(assigned), recorder.write(assigned))
    await recorder.write(assigned)
    assert await world.kinds() == ["out_of_sight"]
    assert assigned.news == []


async def test_news_that_comes_while_others_are_written_is_not_lost(world: World, mocker: MockerFixture) -> None:
    """A change seen while the one before it is being written is recorded after it."""
    await world.subscribe()
    poller = await world.started()
    settle, gate = tracked_jobs.settle, asyncio.Event()

    async def slow(*args: Any) -> bool:
        await gate.wait()
        return await settle(*args)

    slowly = mocker.patch.object(tracked_jobs, "settle", side_effect=slow)
    world.service.usual = ERROR
    world.clock.now += 30
    await poller.tick()
    await world.until(lambda: slowly.called)
    world.service.usual = WARNING
    world.clock.now += 30
    await poller.tick()
    await world.until(lambda: len(world.service.asked) == 2 and not world.service.under_way)
    gate.set()
    await world.rest()
    await world.seconds(1, poller)
    assert [(old, new) for _, old, new in await world.changes()] == [
        (UP.raw, ERROR.raw),
        (ERROR.raw, WARNING.raw),
    ]


async def test_many_jobs_without_news_are_written_together(world: World) -> None:
    """An outage costs one transaction a round, not one for each job that can't be seen."""
    for ref in runs(30):
        await world.subscribe(ref)
    poller = await world.started()
    world.service.usual = TimeoutError()
    await world.round(poller)
    with statements("BEGIN IMMEDIATE") as begun:
        await world.seconds(1, poller)
    assert all(row.failure for row in await world.rows())
    assert len(begun) <= 2  # the roll call, and they


async def test_what_is_no_news_is_written_in_pieces(world: World, mocker: MockerFixture) -> None:
    """That thousands of jobs were seen is not one long transaction, for which news would wait: each roll call writes
    so many, and in the end all are written."""
    for ref in runs(5):
        await world.subscribe(ref)
    before = {row.run: row.seen_at for row in await world.rows()}
    poller = await world.started()
    await world.round(poller)
    written = []
    mocker.patch.object(watcher_module, "_QUIET_AT_ONCE", 2)
    for after in (30.0, 1.0, 1.0):
        await world.tick(poller, after=after)
        written.append(sum(row.seen_at != before[row.run] for row in await world.rows()))
    assert written == [2, 4, 5]
