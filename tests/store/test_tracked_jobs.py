import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from bot.domain.destination import Destination
from bot.domain.tracked_job import Gap, TrackedJob
from bot.store import subscriptions, tracked_jobs
from bot.store.database import Database
from bot.store.sql.tables import GapRow, TrackedJobRow
from tests.cast import BEN, DEV, ERROR, HOUR, MINUTE, NOON, OPS, SECOND, UP, WARNING, WORKSPACE, job
from tests.store.steps import claim_jobs, healthy, plan_of, run, subscribe, the_job


async def subscribe_to(database: Database, *runs: int, destination: str = OPS) -> None:
    for number in runs:
        await subscribe(database, healthy(number), destination)


async def unsubscribe(database: Database, number: int, destination: str = OPS) -> None:
    async with database.writing() as session:
        await subscriptions.unsubscribe(session, Destination(WORKSPACE, destination), run(number))


async def write_poll(database: Database, worker: str, before: TrackedJob, after: TrackedJob) -> bool:
    async with database.writing() as session:
        return await tracked_jobs.write_poll(session, worker, before, after)


async def leased(database: Database, worker: str) -> set[int]:
    async with database.reading() as session:
        return set(await tracked_jobs.leased(session, worker))


async def found(database: Database, worker: str, *jobs: TrackedJob) -> list[int]:
    async with database.reading() as session:
        return [tracked.ref.run for tracked in await tracked_jobs.find(session, worker, [job.id for job in jobs])]


async def test_each_job_is_claimed_by_one_of_many_workers(database: Database) -> None:
    """Each job goes to exactly one of many workers that claim at the same moment."""
    await subscribe_to(database, *range(20))
    shares = await asyncio.gather(*(claim_jobs(database, f"w{n}", limit=4) for n in range(8)))
    shares += [await claim_jobs(database, "last")]  # what was in other hands while a worker passed over it
    assert sorted(tracked.ref.run for share in shares for tracked in share) == list(range(20))


async def test_a_claim_respects_its_limit(database: Database) -> None:
    """A worker claims at most as many jobs as it asked for, and none if it has no room."""
    await subscribe_to(database, 1, 2, 3)
    assert await claim_jobs(database, "w", limit=0) == []
    assert [tracked.ref.run for tracked in await claim_jobs(database, "w", limit=2)] == [1, 2]
    assert [tracked.ref.run for tracked in await claim_jobs(database, "w", limit=2)] == [3]


async def test_only_jobs_with_subscriptions_are_polled(database: Database) -> None:
    """Only jobs with a subscription are counted, claimed and found, each once however many subscribe."""
    await subscribe_to(database, 1, 2)
    await subscribe_to(database, 1, destination=DEV)
    one, two = await claim_jobs(database, "w")
    for number in (1, 2):
        await unsubscribe(database, number)

    assert await leased(database, "w") == {one.id}
    assert await found(database, "w", one, two) == [1]
    async with database.writing() as session:
        assert await tracked_jobs.count_subscribed(session) == 1
        await tracked_jobs.release(session, "w", {one.id, two.id})
    assert [tracked.ref.run for tracked in await claim_jobs(database, "v")] == [1]


async def test_jobs_that_nobody_watches_are_looked_at_once(database: Database) -> None:
    """A claim passes over them once, even of a worker without room, so that they cost no later heartbeat anything; who
    watches one again frees it."""
    await subscribe_to(database, 1, 2, 3)
    for number in (1, 2):
        await unsubscribe(database, number)
    assert await claim_jobs(database, "full", limit=0) == []
    assert [tracked.ref.run for tracked in await claim_jobs(database, "w")] == [3]
    async with database.reading() as session:
        assert not await tracked_jobs.is_any_free(session)
    await subscribe_to(database, 2)
    assert [tracked.ref.run for tracked in await claim_jobs(database, "w")] == [2]


async def test_leases_are_read_in_parts(database: Database) -> None:
    """A worker can read its leases part by part, in the order of their IDs; each part is found by an index."""
    await subscribe_to(database, 1, 2, 3, 4, 5)
    one, _, *others = await claim_jobs(database, "w")
    await unsubscribe(database, 4)
    async with database.writing() as session:

        def read() -> Awaitable[Sequence[int]]:
            return tracked_jobs.leased(session, "w", after=one.id, limit=2)

        assert await read() == [one.id + 1, others[0].id]
        assert await tracked_jobs.leased(session, "w", after=others[0].id, limit=2) == [others[2].id]
        plan = await plan_of(session, read)
    assert "SCAN" not in plan, plan
    assert "Seq Scan" not in plan, plan


async def test_a_claim_returns_the_job_as_stored(database: Database) -> None:
    """A worker continues from the stored status and failure, so it announces nothing anew."""
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
    assert await write_poll(database, "w", before, after)
    async with database.writing() as session:
        await tracked_jobs.release(session, "w", {before.id})
    (again,) = await claim_jobs(database, "v")
    assert (again, again.status.raw) == (after, ERROR.raw)


async def test_a_worker_releases_only_its_own_leases(database: Database) -> None:
    """Released jobs are free; jobs that another worker holds stay with it."""
    await subscribe_to(database, 1, 2, 3)
    one, two = await claim_jobs(database, "a", limit=2)
    (three,) = await claim_jobs(database, "b")
    async with database.writing() as session:
        await tracked_jobs.release(session, "a", {one.id, three.id})

    assert await leased(database, "a") == {two.id}
    assert await leased(database, "b") == {three.id}
    assert [tracked.ref.run for tracked in await claim_jobs(database, "c")] == [1]


async def test_a_worker_finds_only_jobs_that_it_holds(database: Database) -> None:
    """A job is read anew only by the worker that holds its lease."""
    await subscribe_to(database, 1, 2)
    (one,) = await claim_jobs(database, "a", limit=1)
    (two,) = await claim_jobs(database, "b")
    assert await found(database, "a", one, two) == [1]
    assert await found(database, "a") == []


async def test_a_poll_without_a_lease_does_not_count(database: Database) -> None:
    """If another worker took the job over, the poll of the first one is dropped: it may be old."""
    await subscribe(database)
    (tracked,) = await claim_jobs(database, "slow")
    async with database.writing() as session:
        await tracked_jobs.release(session, "slow", {tracked.id})
    assert not await write_poll(database, "slow", tracked, replace(tracked, status=ERROR))
    await claim_jobs(database, "fast")
    assert not await write_poll(database, "slow", tracked, replace(tracked, status=ERROR))
    assert (await the_job(database)).status == UP


async def test_of_many_polls_those_without_a_lease_do_not_count(database: Database) -> None:
    """Polls that are written together count each by itself: only those without a lease are dropped."""
    await subscribe_to(database, 1, 2, 3)
    tracked = await claim_jobs(database, "w")
    polls = [(before, replace(before, status=ERROR, polled_at=before.polled_at + SECOND)) for before in tracked]
    async with database.writing() as session:
        await tracked_jobs.release(session, "w", {tracked[1].id})
        assert await tracked_jobs.write_polls(session, "w", polls) == {tracked[0].id, tracked[2].id}
    assert await statuses(database) == [ERROR.raw, UP.raw, ERROR.raw]
    again = [(after, replace(after, status=WARNING)) for _, after in (polls[0], polls[2])]
    async with database.writing() as session:
        assert await tracked_jobs.write_polls(session, "w", again) == {tracked[0].id, tracked[2].id}
    assert await statuses(database) == [WARNING.raw, UP.raw, WARNING.raw]


async def statuses(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(select(TrackedJobRow.status).order_by(TrackedJobRow.id)))


async def test_a_poll_older_than_a_look_up_does_not_count(database: Database) -> None:
    """If somebody subscribed with a newer look-up meanwhile, the older poll is dropped and the newer status found."""
    await subscribe(database)
    (tracked,) = await claim_jobs(database, "w")
    await subscribe(database, job(ERROR), DEV, at=NOON + 2 * SECOND)

    assert not await write_poll(database, "w", tracked, replace(tracked, status=WARNING, polled_at=NOON + SECOND))
    async with database.reading() as session:
        (newer,) = await tracked_jobs.find(session, "w", {tracked.id})
    assert newer.status == ERROR
    assert await write_poll(database, "w", newer, replace(newer, status=WARNING, polled_at=NOON + 3 * SECOND))
    assert (await the_job(database)).status == WARNING


async def test_a_gap_is_written_once_with_the_poll_that_ends_it(database: Database) -> None:
    """A gap is written in the transaction of the poll that ended it, once, and only if the poll counts. A look-up ends
    one, too. Polls without a gap write none."""
    await subscribe_to(database, 1, 2)
    one, two = await claim_jobs(database, "w")
    gap = Gap(NOON, NOON + HOUR)
    ended, other = (replace(each, polled_at=gap.until, gaps=(gap,)) for each in (one, two))
    async with database.writing() as session:
        await tracked_jobs.release(session, "w", {two.id})
        assert await tracked_jobs.write_polls(session, "w", [(one, ended), (two, other)]) == {one.id}
    assert await gaps(database) == [(one.id, NOON, NOON + HOUR)]
    later = replace(ended, polled_at=gap.until + SECOND)
    assert await write_poll(database, "w", ended, later)
    async with database.writing() as session:
        assert await tracked_jobs.write_polls(session, "w", [(later, replace(later, title="new"))])
    assert len(await gaps(database)) == 1
    await subscribe(database, healthy(2), DEV, at=NOON + 11 * MINUTE)
    await subscribe(database, healthy(2), BEN, at=NOON + 12 * MINUTE)
    assert await gaps(database) == [(one.id, NOON, NOON + HOUR), (two.id, NOON, NOON + 11 * MINUTE)]


async def gaps(database: Database) -> list[tuple[int, datetime, datetime]]:
    async with database.reading() as session:
        rows = await session.scalars(select(GapRow).order_by(GapRow.id))
        return [(row.watched_job_id, row.since, row.until) for row in rows]
