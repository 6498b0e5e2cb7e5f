import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.informatica.errors import Busy, NotFound
from bot.jobs import Job, JobRef, Status
from bot.store import outbox, subscriptions
from bot.store.database import Database, opened
from bot.store.tables import WatchedJob
from bot.watch.watcher import Watcher
from tests.cast import ANN, CLICKS, ERROR, OPS, ORDERS, UP, WORKSPACE, job

INTERVAL = timedelta(seconds=30)


class Service:
    """The jobs service as the watcher sees it: a status, an error or a gate for each job, and what was asked."""

    def __init__(self) -> None:
        self.answers: dict[JobRef, Status | Exception | asyncio.Event] = {}
        self.asked: list[JobRef] = []
        self.under_way = 0
        self.most = 0

    async def look(self, ref: JobRef) -> Job:
        self.asked.append(ref)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            answer = self.answers.get(ref, UP)
            if isinstance(answer, asyncio.Event):
                await answer.wait()
                answer = UP
            if isinstance(answer, Exception):
                raise answer
            return job(answer, ref)
        finally:
            self.under_way -= 1


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(f"sqlite:///{tmp_path}/test.db") as database:
        await database.migrate()
        yield database


Make = Callable[..., Watcher]


@pytest.fixture
async def make(store: Database, service: Service) -> AsyncIterator[Make]:
    made: list[Watcher] = []

    def watcher(concurrency: int = 20, recorded: Callable[[], None] = lambda: None) -> Watcher:
        made.append(
            Watcher(
                store,
                service.look,
                worker=f"w{len(made)}",
                interval=INTERVAL,
                look_limit=timedelta(seconds=15),
                concurrency=concurrency,
                recorded=recorded,
            )
        )
        return made[-1]

    yield watcher
    for one in made:
        await one.drain()


async def subscribe(store: Database, ref: JobRef = ORDERS, status: Status = UP) -> None:
    """Somebody subscribed an hour ago: the job is due."""
    at = datetime.now(UTC) - timedelta(hours=1)
    async with store.writing() as session:
        await subscriptions.subscribe(
            session, WORKSPACE, job(status, ref), OPS, ANN, looked_at=at, next_look_at=at + INTERVAL
        )


async def stored(store: Database, ref: JobRef = ORDERS) -> WatchedJob:
    async with store.reading() as session:
        return (await session.scalars(select(WatchedJob).where(WatchedJob.run == ref.run))).one()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await holds():
            await asyncio.sleep(0)


async def settled(store: Database, ref: JobRef = ORDERS) -> WatchedJob:
    """The job once its look is settled."""

    async def free() -> bool:
        row = await stored(store, ref)
        return row.leased_by is None and row.next_look_at > datetime.now(UTC)

    await until(free)
    return await stored(store, ref)


async def waiting(store: Database) -> list[outbox.Waiting]:
    async with store.writing() as session:
        return list(await outbox.claim(session, "t", datetime.now(UTC), limit=9, lease=INTERVAL))


async def test_a_change_is_recorded_with_its_delivery(store: Database, service: Service, make: Make) -> None:
    """A look that shows another status writes the change, a delivery for who subscribed, and wakes the teller."""
    await subscribe(store)
    service.answers[ORDERS] = ERROR
    woken = asyncio.Event()
    await make(recorded=woken.set).tick()
    async with asyncio.timeout(10):
        await woken.wait()

    (delivery,) = await waiting(store)
    assert (delivery.destination, delivery.change.old, delivery.change.new) == (OPS, UP, ERROR)
    assert delivery.change.lasted is not None
    assert timedelta(minutes=59) < delivery.change.lasted < timedelta(minutes=61)


async def test_an_unchanged_job_is_silent(store: Database, service: Service, make: Make) -> None:
    """A look that shows the known status records nothing and wakes nobody."""
    await subscribe(store)
    await make(recorded=lambda: pytest.fail("woken")).tick()
    row = await settled(store)

    assert row.next_look_at - row.seen_at == INTERVAL
    assert await waiting(store) == []


async def test_a_failed_look_changes_no_status(store: Database, service: Service, make: Make) -> None:
    """A look that showed nothing keeps the known status and says since when and why; a good one ends that."""
    await subscribe(store)
    service.answers[ORDERS] = NotFound(status=404)
    watcher = make()
    await watcher.tick()
    row = await settled(store)
    assert (row.status, row.failure) == ("Up and Running", "the jobs service says there is no such job")
    assert row.failing_since is not None
    assert await waiting(store) == []

    service.answers[ORDERS] = UP
    async with store.writing() as session:
        (again,) = await session.scalars(select(WatchedJob))
        again.next_look_at = datetime.now(UTC)
    await watcher.tick()
    row = await settled(store)
    assert (row.failure, row.failing_since) == (None, None)


async def test_a_busy_service_is_left_alone_as_long_as_it_asks(store: Database, service: Service, make: Make) -> None:
    """Retry-After puts the next look off, though never by hours."""
    for seconds, wait in ((100, 100), (10, 30), (86_400, 600)):
        ref = JobRef(ORDERS.dataflow, seconds)
        await subscribe(store, ref)
        service.answers[ref] = Busy(status=429, retry_after=float(seconds))
        before = datetime.now(UTC)
        await make().tick()
        row = await settled(store, ref)
        assert timedelta(0) <= row.next_look_at - before - timedelta(seconds=wait) < timedelta(seconds=10)


async def test_a_hanging_job_delays_nobody(store: Database, service: Service, make: Make) -> None:
    """While one look hangs, a tick returns at once and the other jobs are looked at and told."""
    await subscribe(store, ORDERS)
    await subscribe(store, CLICKS)
    service.answers[ORDERS] = asyncio.Event()
    service.answers[CLICKS] = ERROR
    woken = asyncio.Event()
    watcher = make(recorded=woken.set)
    await watcher.tick()
    async with asyncio.timeout(10):
        await woken.wait()
    assert service.under_way == 1


async def test_looks_under_way_are_bounded(store: Database, service: Service, make: Make) -> None:
    """However many jobs are due, no more looks are under way than allowed, and all come in turn."""
    gate = asyncio.Event()
    for run in range(1, 13):
        ref = JobRef(ORDERS.dataflow, run)
        await subscribe(store, ref)
        service.answers[ref] = gate
    watcher = make(concurrency=5)

    async def asked(count: int) -> bool:
        await watcher.tick()
        return len(service.asked) >= count

    await until(lambda: asked(5))
    await watcher.tick()
    assert service.under_way == 5
    gate.set()
    await until(lambda: asked(12))
    assert service.most == 5
    assert len(set(service.asked)) == 12


async def test_a_drained_watcher_hands_back_what_it_held(store: Database, service: Service, make: Make) -> None:
    """At a shutdown a look under way is given up and its job is free for another worker at once."""
    await subscribe(store)
    service.answers[ORDERS] = asyncio.Event()
    watcher = make()
    await watcher.tick()

    async def hanging() -> bool:
        return service.under_way == 1

    await until(hanging)
    await watcher.drain()
    assert service.under_way == 0
    row = await stored(store)
    assert row.leased_by is None
    assert row.next_look_at <= datetime.now(UTC)


async def test_a_locked_database_is_survived(store: Database, service: Service, make: Make, tmp_path: Path) -> None:
    """While another process holds the database a round fails, says so, and the next one after it works."""
    await subscribe(store)
    service.answers[ORDERS] = ERROR
    woken = asyncio.Event()
    watcher = make(recorded=woken.set)
    with sqlite3.connect(tmp_path / "test.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        await watcher.tick()
        other.execute("ROLLBACK")
    other.close()

    async def told() -> bool:
        await watcher.tick()
        return woken.is_set()

    await until(told)
