import asyncio
from dataclasses import replace

from sqlalchemy import select

from bot.domain.destination import Destination
from bot.domain.tracked_job import TrackedJob
from bot.store import subscriptions, tracked_jobs
from bot.store.database import Database
from bot.store.sql.tables import TrackedJobRow
from tests.cast import DEV, ERROR, NOON, OPS, SECOND, UP, WARNING, WORKSPACE, job
from tests.store.steps import claim_jobs, healthy, run, subscribe, the_job


async def subscribe_to(database: Database, *runs: int, destination: str = OPS) -> None:
    for number in runs:
        await subscribe(database, healthy(number), destination)


async def unsubscribe(database: Database, number: int, destination: str = OPS) -> None:
    async with database.writing() as session:
        await subscriptions.unsubscribe(session, Destination(WORKSPACE, destination), run(number))


async def settle(database: Database, worker: str, before: TrackedJob, after: TrackedJob) -> bool:
    async with database.writing() as session:
        return await tracked_jobs.write_poll(session, worker, before, after)


async def held(database: Database, worker: str) -> set[int]:
    async with database.reading() as session:
        return await tracked_jobs.leased(session, worker)


async def found(database: Database, worker: str, *jobs: TrackedJob) -> list[int]:
    async with database.reading() as session:
        return [known.ref.run for known in await tracked_jobs.find(session, worker, [job.id for job in jobs])]


async def test_workers_share_without_overlap(database: Database) -> None:
    """However many workers claim at the same moment, each job goes to exactly one of them."""
    await subscribe_to(database, *range(20))
    shares = await asyncio.gather(*(claim_jobs(database, f"w{n}", limit=4) for n in range(8)))
    shares += [await claim_jobs(database, "last")]  # what was in other hands while a worker passed over it
    assert sorted(known.ref.run for share in shares for known in share) == list(range(20))


async def test_a_claim_takes_no_more_than_asked_for(database: Database) -> None:
    """A worker takes its fair share and leaves the rest; with no room it takes nothing."""
    await subscribe_to(database, 1, 2, 3)
    assert await claim_jobs(database, "w", limit=0) == []
    assert [known.ref.run for known in await claim_jobs(database, "w", limit=2)] == [1, 2]
    assert [known.ref.run for known in await claim_jobs(database, "w", limit=2)] == [3]


async def test_a_job_that_nobody_subscribes_to_is_looked_at_by_nobody(database: Database) -> None:
    """Only what somebody subscribes to is shared, held and found; it is one share however many subscribe."""
    await subscribe_to(database, 1, 2)
    await subscribe_to(database, 1, destination=DEV)
    one, two = await claim_jobs(database, "w")
    for number in (1, 2):
        await unsubscribe(database, number)

    assert await held(database, "w") == {one.id}
    assert await found(database, "w", one, two) == [1]
    async with database.writing() as session:
        assert await tracked_jobs.count_subscribed(session) == 1
        await tracked_jobs.release(session, "w", {one.id, two.id})
    assert [known.ref.run for known in await claim_jobs(database, "v")] == [1]


async def test_a_claim_brings_what_is_known(database: Database) -> None:
    """A worker starts from what stands in the store: it announces nothing anew, and forgets no failure."""
    await subscribe(database)
    (before,) = await claim_jobs(database, "w")
    after = replace(
        before,
        title="orders to lake",
        status=ERROR,
        status_since=NOON + SECOND,
        polled_at=NOON + 2 * SECOND,
        failure="it hangs",
        failing_since=NOON + 3 * SECOND,
        unavailable_notified_at=NOON + 4 * SECOND,
    )
    assert await settle(database, "w", before, after)
    async with database.writing() as session:
        await tracked_jobs.release(session, "w", {before.id})
    (again,) = await claim_jobs(database, "v")
    assert (again, again.status.raw) == (after, ERROR.raw)


async def test_a_worker_hands_back_its_own_leases_only(database: Database) -> None:
    """What is handed back is free; what another one holds stays with it, whoever names it."""
    await subscribe_to(database, 1, 2, 3)
    one, two = await claim_jobs(database, "a", limit=2)
    (three,) = await claim_jobs(database, "b")
    async with database.writing() as session:
        await tracked_jobs.release(session, "a", {one.id, three.id})

    assert await held(database, "a") == {two.id}
    assert await held(database, "b") == {three.id}
    assert [known.ref.run for known in await claim_jobs(database, "c")] == [1]


async def test_a_worker_finds_what_it_holds_and_nothing_else(database: Database) -> None:
    """Jobs are read anew only by the worker that has them on lease."""
    await subscribe_to(database, 1, 2)
    (one,) = await claim_jobs(database, "a", limit=1)
    (two,) = await claim_jobs(database, "b")
    assert await found(database, "a", one, two) == [1]
    assert await found(database, "a") == []


async def test_a_look_that_lost_its_lease_does_not_count(database: Database) -> None:
    """When another worker took a job over, what the first one saw is dropped: it may be old."""
    await subscribe(database)
    (known,) = await claim_jobs(database, "slow")
    async with database.writing() as session:
        await tracked_jobs.release(session, "slow", {known.id})
    assert not await settle(database, "slow", known, replace(known, status=ERROR))
    await claim_jobs(database, "fast")
    assert not await settle(database, "slow", known, replace(known, status=ERROR))
    assert (await the_job(database)).status == UP


async def test_of_many_looks_those_that_lost_their_lease_do_not_count(database: Database) -> None:
    """Looks that are settled together stand or fall each for itself, and all of them together where all count."""
    await subscribe_to(database, 1, 2, 3)
    known = await claim_jobs(database, "w")
    looks = [(before, replace(before, status=ERROR, polled_at=before.polled_at + SECOND)) for before in known]
    async with database.writing() as session:
        await tracked_jobs.release(session, "w", {known[1].id})
        assert await tracked_jobs.write_polls(session, "w", looks) == {known[0].id, known[2].id}
    assert await statuses(database) == [ERROR.raw, UP.raw, ERROR.raw]
    again = [(after, replace(after, status=WARNING)) for _, after in (looks[0], looks[2])]
    async with database.writing() as session:
        assert await tracked_jobs.write_polls(session, "w", again) == {known[0].id, known[2].id}
    assert await statuses(database) == [WARNING.raw, UP.raw, WARNING.raw]


async def statuses(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(select(TrackedJobRow.status).order_by(TrackedJobRow.id)))


async def test_a_look_that_a_subscriber_overtook_does_not_count(database: Database) -> None:
    """When somebody subscribed with a newer look meanwhile, the older one is dropped, and the newer is found."""
    await subscribe(database)
    (known,) = await claim_jobs(database, "w")
    await subscribe(database, job(ERROR), DEV, at=NOON + 2 * SECOND)

    assert not await settle(database, "w", known, replace(known, status=WARNING, polled_at=NOON + SECOND))
    async with database.reading() as session:
        (now_known,) = await tracked_jobs.find(session, "w", {known.id})
    assert now_known.status == ERROR
    assert await settle(database, "w", now_known, replace(now_known, status=WARNING, polled_at=NOON + 3 * SECOND))
    assert (await the_job(database)).status == WARNING
