from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.store import tracked_jobs, workers
from bot.store.database import Database
from bot.store.sql.tables import DeliveryRow, TrackedJobRow, WorkerRow
from bot.store.workers import Heartbeat
from tests.cast import DEV, ERROR, OPS, SECOND
from tests.store.steps import becomes, claim, claim_jobs, count, healthy, run, subscribe

# Between two steps of a test this machine may take as long as it likes.
LEASE, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def long_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "LEASE", LEASE)


async def call(
    database: Database, me: str, good_ago: timedelta | None = None, *, may_reap: bool = True
) -> workers.Heartbeat:
    async with database.writing() as session:
        return await workers.beat(session, me, good_ago, may_reap=may_reap)


async def make_silent(database: Database, worker: str, since: timedelta) -> None:
    """Set back a worker's last heartbeat, by the database's clock."""
    async with database.writing() as session:
        signed = (await session.scalars(select(WorkerRow.heartbeat_at).where(WorkerRow.id == worker))).one()
        await session.execute(update(WorkerRow).where(WorkerRow.id == worker).values(heartbeat_at=signed - since))


async def leases(database: Database) -> tuple[list[str | None], list[str | None]]:
    """The holders of the jobs, and of the heads of the queues, in the order of their rows."""
    async with database.reading() as session:
        jobs = (await session.scalars(select(TrackedJobRow.leased_by).order_by(TrackedJobRow.id))).all()
        queues = (await session.scalars(select(DeliveryRow.leased_by).order_by(DeliveryRow.id))).all()
    return list(jobs), list(queues)


async def each_holds_a_job_and_a_delivery(database: Database, *names: str) -> None:
    for number, name in enumerate(names):
        await subscribe(database, healthy(number), f"C{number}")
        await becomes(database, ERROR, ref=run(number))
        await call(database, name)
        assert len(await claim_jobs(database, name)) == 1
        assert len(await claim(database, name)) == 1


async def test_the_first_heartbeat_registers_a_worker(database: Database) -> None:
    """A worker is new at its first heartbeat only, and counts itself."""
    assert await call(database, "a") == Heartbeat(alive=1, is_new=True, others_last_answer_ago=None)
    assert await call(database, "a") == Heartbeat(alive=1, is_new=False, others_last_answer_ago=None)
    assert await call(database, "b") == Heartbeat(alive=2, is_new=True, others_last_answer_ago=None)


async def test_a_heartbeat_is_dated_by_the_database(database: Database) -> None:
    """Each heartbeat is dated by the database's clock, so a worker that was almost dead is alive again."""
    await call(database, "a")
    await make_silent(database, "a", LEASE - MINUTE)
    before = datetime.now(UTC)
    await call(database, "a")
    async with database.reading() as session:
        signed = (await session.scalars(select(WorkerRow.heartbeat_at))).one()
    assert before - SECOND < signed < datetime.now(UTC) + SECOND
    assert (await call(database, "b")).alive == 2


async def test_a_dead_workers_leases_are_free(database: Database) -> None:
    """A worker without a heartbeat for longer than a lease is reaped: its jobs and deliveries are free, others keep
    theirs."""
    await each_holds_a_job_and_a_delivery(database, "dead", "slow", "me")
    await make_silent(database, "dead", LEASE + MINUTE)
    await make_silent(database, "slow", LEASE - MINUTE)

    assert (await call(database, "me")).alive == 2
    assert await leases(database) == ([None, "slow", "me"], [None, "slow", "me"])
    assert [tracked.ref for tracked in await claim_jobs(database, "me")] == [run(0)]
    assert [queue.destination.id for queue in await claim(database, "me")] == ["C0", "C2"]


async def test_a_worker_that_was_cut_off_reaps_nobody(database: Database) -> None:
    """A worker that couldn't reach the database itself gives the others time for their heartbeats."""
    await each_holds_a_job_and_a_delivery(database, "dead", "me")
    await make_silent(database, "dead", 100 * LEASE)

    assert (await call(database, "me", may_reap=False)).alive == 2
    assert await leases(database) == (["dead", "me"], ["dead", "me"])


async def test_a_worker_never_reaps_itself(database: Database) -> None:
    """A worker that was silent for long, and beats again before anybody noticed, keeps what it held."""
    await each_holds_a_job_and_a_delivery(database, "me")
    await make_silent(database, "me", 100 * LEASE)

    assert not (await call(database, "me")).is_new
    assert await leases(database) == (["me"], ["me"])


async def test_a_reaped_worker_is_new_again(database: Database) -> None:
    """A worker that was wrongly reaped learns that it holds nothing any more."""
    await each_holds_a_job_and_a_delivery(database, "a")
    await make_silent(database, "a", LEASE + MINUTE)
    await call(database, "b")

    assert (await call(database, "a")).is_new
    async with database.reading() as session:
        assert await tracked_jobs.leased(session, "a") == []


async def test_a_worker_that_dies_before_its_first_heartbeat_is_reaped(database: Database) -> None:
    """A worker is registered when it claims deliveries, so that no lease outlives its holder."""
    await subscribe(database)
    await becomes(database, ERROR)
    await claim(database, "newborn")
    assert (await call(database, "me")).alive == 2

    await make_silent(database, "newborn", LEASE + MINUTE)
    await call(database, "me")
    assert [queue.destination.id for queue in await claim(database, "me")] == [OPS]


async def test_a_heartbeat_returns_the_last_answer_to_the_others(database: Database) -> None:
    """A heartbeat returns the latest good answer that another worker got, not its own."""
    await call(database, "a", 60 * SECOND)
    await call(database, "b", 20 * SECOND)
    last_answer = (await call(database, "c", 1 * SECOND)).others_last_answer_ago
    assert last_answer is not None
    assert 20 * SECOND <= last_answer < 25 * SECOND

    await call(database, "b", None)
    last_answer = (await call(database, "a", 1 * SECOND)).others_last_answer_ago
    assert last_answer is not None
    assert 1 * SECOND <= last_answer < 6 * SECOND  # c's


async def test_a_deregistered_worker_frees_its_leases_at_once(database: Database) -> None:
    """At a shutdown the others take over at once, and keep what they hold."""
    await each_holds_a_job_and_a_delivery(database, "leaving", "staying")
    async with database.writing() as session:
        await workers.deregister(session, "leaving")

    assert await leases(database) == ([None, "staying"], [None, "staying"])
    assert (await call(database, "staying")).alive == 1


async def test_a_worker_that_is_alone_starts_with_everything_free(database: Database) -> None:
    """What a crashed worker held on the only machine is free at the next start."""
    await each_holds_a_job_and_a_delivery(database, "crashed", "killed")
    async with database.writing() as session:
        await workers.deregister_all(session)

    assert await leases(database) == ([None, None], [None, None])
    assert await count(database, WorkerRow) == 0


async def test_an_empty_claim_registers_nobody(database: Database) -> None:
    """A claim that finds nothing doesn't register its worker."""
    await subscribe(database, destination=DEV)
    assert await claim(database, "idle") == []
    assert await count(database, WorkerRow) == 0
