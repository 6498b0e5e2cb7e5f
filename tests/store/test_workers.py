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


async def silent(database: Database, worker: str, since: timedelta) -> None:
    """Set back a worker's last sign of life, by the clock that signed it."""
    async with database.writing() as session:
        signed = (await session.scalars(select(WorkerRow.heartbeat_at).where(WorkerRow.id == worker))).one()
        await session.execute(update(WorkerRow).where(WorkerRow.id == worker).values(heartbeat_at=signed - since))


async def leases(database: Database) -> tuple[list[str | None], list[str | None]]:
    """Who holds the jobs, and the heads of the queues, in the order of their rows."""
    async with database.reading() as session:
        jobs = (await session.scalars(select(TrackedJobRow.leased_by).order_by(TrackedJobRow.id))).all()
        told = (await session.scalars(select(DeliveryRow.leased_by).order_by(DeliveryRow.id))).all()
    return list(jobs), list(told)


async def each_holds_a_job_and_a_delivery(database: Database, *names: str) -> None:
    for number, name in enumerate(names):
        await subscribe(database, healthy(number), f"C{number}")
        await becomes(database, ERROR, ref=run(number))
        await call(database, name)
        assert len(await claim_jobs(database, name)) == 1
        assert len(await claim(database, name)) == 1


async def test_the_first_call_makes_a_worker_and_the_next_ones_keep_it(database: Database) -> None:
    """A worker is new once, and counts itself."""
    assert await call(database, "a") == Heartbeat(alive=1, is_new=True, others_good_ago=None)
    assert await call(database, "a") == Heartbeat(alive=1, is_new=False, others_good_ago=None)
    assert await call(database, "b") == Heartbeat(alive=2, is_new=True, others_good_ago=None)


async def test_a_sign_of_life_is_by_the_clock_of_the_database(database: Database) -> None:
    """Each call moves the sign of life to the present, so that a worker that was almost dead lives again."""
    await call(database, "a")
    await silent(database, "a", LEASE - MINUTE)
    before = datetime.now(UTC)
    await call(database, "a")
    async with database.reading() as session:
        signed = (await session.scalars(select(WorkerRow.heartbeat_at))).one()
    assert before - SECOND < signed < datetime.now(UTC) + SECOND
    assert (await call(database, "b")).alive == 2


async def test_what_a_silent_worker_held_is_free_and_nobody_elses(database: Database) -> None:
    """Who was silent for longer than a lease is buried: its jobs and deliveries are free, the others keep theirs."""
    await each_holds_a_job_and_a_delivery(database, "dead", "slow", "me")
    await silent(database, "dead", LEASE + MINUTE)
    await silent(database, "slow", LEASE - MINUTE)

    assert (await call(database, "me")).alive == 2
    assert await leases(database) == ([None, "slow", "me"], [None, "slow", "me"])
    assert [known.ref for known in await claim_jobs(database, "me")] == [run(0)]
    assert [queue.destination for queue in await claim(database, "me")] == ["C0", "C2"]


async def test_who_may_not_bury_buries_nobody(database: Database) -> None:
    """A worker that was cut off itself gives the others the time to say that they live."""
    await each_holds_a_job_and_a_delivery(database, "dead", "me")
    await silent(database, "dead", 100 * LEASE)

    assert (await call(database, "me", may_reap=False)).alive == 2
    assert await leases(database) == (["dead", "me"], ["dead", "me"])


async def test_nobody_buries_itself(database: Database) -> None:
    """A worker that was silent for long, and comes back before anybody noticed, keeps what it held."""
    await each_holds_a_job_and_a_delivery(database, "me")
    await silent(database, "me", 100 * LEASE)

    assert not (await call(database, "me")).is_new
    assert await leases(database) == (["me"], ["me"])


async def test_who_was_buried_is_new_again(database: Database) -> None:
    """A worker that was wrongly taken for dead learns that it holds nothing any more."""
    await each_holds_a_job_and_a_delivery(database, "a")
    await silent(database, "a", LEASE + MINUTE)
    await call(database, "b")

    assert (await call(database, "a")).is_new
    async with database.reading() as session:
        assert await tracked_jobs.leased(session, "a") == set()


async def test_a_teller_that_dies_before_its_first_call_is_buried_too(database: Database) -> None:
    """Whoever takes a delivery stands on the roll, so that no lease outlives its holder."""
    await subscribe(database)
    await becomes(database, ERROR)
    await claim(database, "newborn")
    assert (await call(database, "me")).alive == 2

    await silent(database, "newborn", LEASE + MINUTE)
    await call(database, "me")
    assert [queue.destination for queue in await claim(database, "me")] == [OPS]


async def test_a_worker_hears_when_the_service_answered_the_others(database: Database) -> None:
    """The latest good answer that another one had counts; its own does not."""
    await call(database, "a", 60 * SECOND)
    await call(database, "b", 20 * SECOND)
    heard = (await call(database, "c", 1 * SECOND)).others_good_ago
    assert heard is not None
    assert 20 * SECOND <= heard < 25 * SECOND

    await call(database, "b", None)
    heard = (await call(database, "a", 1 * SECOND)).others_good_ago
    assert heard is not None
    assert 1 * SECOND <= heard < 6 * SECOND  # c's


async def test_who_leaves_frees_what_it_held_at_once(database: Database) -> None:
    """At a shutdown the others take over without waiting, and keep what they hold themselves."""
    await each_holds_a_job_and_a_delivery(database, "leaving", "staying")
    async with database.writing() as session:
        await workers.deregister(session, "leaving")

    assert await leases(database) == ([None, "staying"], [None, "staying"])
    assert (await call(database, "staying")).alive == 1


async def test_a_worker_that_is_alone_begins_with_everything_free(database: Database) -> None:
    """What a crashed worker left behind on the only machine is free at once."""
    await each_holds_a_job_and_a_delivery(database, "crashed", "killed")
    async with database.writing() as session:
        await workers.release_all(session)

    assert await leases(database) == ([None, None], [None, None])
    assert await count(database, WorkerRow) == 0


async def test_what_nobody_told_is_not_on_lease(database: Database) -> None:
    """A claim that finds nothing puts nobody on the roll."""
    await subscribe(database, destination=DEV)
    assert await claim(database, "idle") == []
    assert await count(database, WorkerRow) == 0
