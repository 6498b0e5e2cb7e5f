"""The jobs of patterns: claimed by one worker, announced once when added and once when removed."""

import asyncio
from datetime import datetime

from sqlalchemy import select

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import JobRef
from bot.domain.notification.digest import Notification
from bot.domain.notification.jobs import JobAdded, JobRemoved, JobUnavailable
from bot.domain.pattern import Pattern
from bot.store import mutes, outbox, reconcile, subscriptions
from bot.store.database import Database
from bot.store.patterns import members
from bot.store.patterns.members import PatternMembers
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import ChangeRow, PatternMemberRow, SubscriptionRow, TrackedJobRow
from tests.cast import (
    ANN,
    BEN,
    CLICKS,
    DEPLOYING,
    DEV,
    ERROR,
    HOUR,
    MINUTE,
    NOON,
    OPS,
    ORDERS,
    SECOND,
    UP,
    WORKSPACE,
    job,
)
from tests.store.pattern_steps import add, found, watch, watch_one
from tests.store.steps import (
    becomes,
    claim,
    count,
    deliver_all,
    deliveries,
    pending,
    settle,
    sql,
    statements,
    the_subscription,
)

LATER = NOON + HOUR


async def members_of(database: Database, pattern: Pattern) -> PatternMembers:
    async with database.reading() as session:
        return await members.of_pattern(session, pattern)


async def remove(database: Database, pattern: Pattern, *refs: JobRef) -> int:
    async with database.writing() as session:
        return await members.remove(session, pattern.id, [ref.dataflow for ref in refs], LATER)


async def announced(database: Database, destination: str = OPS) -> list[Notification]:
    return [notification for where, notification in await pending(database) if where == destination]


async def test_the_baseline_is_not_announced(database: Database) -> None:
    """The jobs that match when a pattern begins are watched once they were looked up, and not announced."""
    _, pattern = await watch(database, "*", ORDERS, CLICKS)
    assert (await members_of(database, pattern)).watched == frozenset()
    assert await add(database, pattern, found(ORDERS), found(CLICKS, ERROR)) == 0
    assert await pending(database) == []
    assert await members_of(database, pattern) == PatternMembers(
        {ORDERS.dataflow: None, CLICKS.dataflow: None}, frozenset({ORDERS.dataflow, CLICKS.dataflow})
    )
    async with database.writing() as session:
        assert await reconcile.reconcile(session, LATER) == 0
    await becomes(database, ERROR)
    (change,) = await announced(database)
    assert isinstance(change, Change)
    assert (change.old, change.new, change.followed) == (UP, ERROR, True)


async def test_an_added_job_is_announced_once(database: Database) -> None:
    """An added job is announced once, with its looked-up status; from then on it is watched like any other."""
    _, pattern = await watch(database, "*", ORDERS)
    assert await add(database, pattern, found(CLICKS, DEPLOYING, name="clicks"), new=True, at=LATER) == 1
    assert await add(database, pattern, found(CLICKS, DEPLOYING), new=True, at=LATER) == 0
    assert await announced(database) == [JobAdded(CLICKS, "clicks", DEPLOYING, LATER)]
    await becomes(database, UP, ref=CLICKS)
    assert [notification.kind for notification in await announced(database)] == ["appeared", "change"]
    sub = await the_subscription(database, ref=CLICKS)
    assert (sub.created_by, sub.pattern_id) == (ANN, pattern.id)


async def test_a_job_that_somebody_named_is_not_announced(database: Database) -> None:
    """A job that a person watches here stays theirs and isn't announced as added."""
    await watch_one(database, ORDERS, by=BEN, status_filter="errors")
    _, pattern = await watch(database, "*")
    assert await add(database, pattern, found(ORDERS), new=True) == 0
    sub = await the_subscription(database)
    assert (sub.created_by, sub.status_filter, sub.pattern_id) == (BEN, "errors", None)
    assert (await members_of(database, pattern)).missing_since == {ORDERS.dataflow: None}
    assert await remove(database, pattern, ORDERS) == 0
    assert await count(database, SubscriptionRow) == 1
    assert await pending(database) == []


async def test_a_job_of_two_patterns_is_announced_once(database: Database) -> None:
    """A job that matches two patterns of a channel is announced once there, and once in another channel."""
    _, orders = await watch(database, "orders*")
    _, every = await watch(database, "*")
    _, elsewhere = await watch(database, "*", destination=DEV)
    for pattern in (orders, every, elsewhere):
        await add(database, pattern, found(ORDERS), new=True)
    assert [destination for destination, _ in await pending(database)] == [OPS, DEV]


async def test_a_removed_job_is_announced_once(database: Database) -> None:
    """The announcement of a removed job, and what was pending before, is delivered although its subscription ended."""
    _, pattern = await watch(database, "*", ORDERS, CLICKS)
    await add(database, pattern, found(ORDERS), found(CLICKS))
    await becomes(database, ERROR)
    assert await remove(database, pattern, ORDERS) == 1
    assert await remove(database, pattern, ORDERS) == 0
    change, gone = await announced(database)
    assert change.kind == "change"
    assert gone == JobRemoved(ORDERS, "orders", ERROR, LATER)
    assert await members_of(database, pattern) == PatternMembers({CLICKS.dataflow: None}, frozenset({CLICKS.dataflow}))
    assert [row.subscription_id for row in await deliveries(database)] == [None, None]
    assert len(await deliver_all(database)) == 2


async def test_a_removed_job_of_which_a_run_is_watched(database: Database) -> None:
    """The announcement of a removed job names its runs that the destination watches alone: these stay watched there."""
    _, pattern = await watch(database, "*", ORDERS, CLICKS)
    await add(database, pattern, found(ORDERS), found(CLICKS))
    for destination in (OPS, DEV):
        async with database.writing() as session:
            place = Destination(WORKSPACE, destination)
            run = ORDERS if destination == OPS else CLICKS
            await subscriptions.subscribe(session, place, job(UP, run), ANN, polled_at=NOON)
    assert await remove(database, pattern, ORDERS, CLICKS) == 2
    left = {one.ref: one.runs for one in await announced(database) if isinstance(one, JobRemoved)}
    assert left == {ORDERS: (ORDERS.run,), CLICKS: ()}


async def test_a_job_that_comes_back_is_added_again(database: Database) -> None:
    """A job that comes back is announced with its present status, and not with a change since it left."""
    _, pattern = await watch(database, "*", ORDERS)
    await add(database, pattern, found(ORDERS))
    await remove(database, pattern, ORDERS)
    assert await add(database, pattern, found(ORDERS, ERROR, LATER + HOUR), new=True, at=LATER + HOUR) == 1
    assert [notification.kind for notification in await announced(database)] == ["disappeared", "appeared"]
    async with database.writing() as session:
        assert await reconcile.reconcile(session, LATER + 2 * HOUR) == 0
    assert (await the_subscription(database)).notified_status == ERROR.raw


async def test_a_muted_job_is_removed_when_its_mute_ends(database: Database) -> None:
    """A muted job isn't announced as removed until its mute ends."""
    _, pattern = await watch(database, "*", ORDERS)
    await add(database, pattern, found(ORDERS))
    async with database.writing() as session:
        await mutes.mute(session, Destination(WORKSPACE, OPS), ORDERS, until=LATER, by=BEN, now=NOON)
    assert await remove(database, pattern, ORDERS) == 0
    assert (await members_of(database, pattern)).missing_since == {ORDERS.dataflow: None}
    async with database.writing() as session:
        await mutes.end_mutes(session, LATER)
    assert await remove(database, pattern, ORDERS) == 1
    assert [notification.kind for notification in await announced(database)] == ["disappeared"]


async def test_a_look_up_counts_for_other_subscribers(database: Database) -> None:
    """A change that a look-up shows is delivered to the job's other subscribers; an older look-up changes nothing."""
    await watch_one(database, ORDERS, by=BEN)
    _, pattern = await watch(database, "*", ORDERS, destination=DEV)
    await add(database, pattern, found(ORDERS, ERROR, NOON - SECOND))
    assert await pending(database) == []
    assert (await the_subscription(database, DEV)).notified_status == UP.raw
    _, other = await watch(database, "o*", ORDERS, destination="C3")
    await add(database, other, found(ORDERS, ERROR, NOON + SECOND))
    assert sorted(destination for destination, _ in await pending(database)) == [OPS, DEV]
    assert (await the_subscription(database, "C3")).notified_status == ERROR.raw
    assert await count(database, ChangeRow) == 1


async def test_a_pattern_that_ended_adds_nothing(database: Database) -> None:
    """A discovery round under way when the pattern ends changes nothing any more."""
    _, pattern = await watch(database, "*", ORDERS)
    await sql(database, "DELETE FROM patterns")
    assert await add(database, pattern, found(ORDERS), new=True) == 0
    assert await remove(database, pattern, ORDERS) == 0
    assert (
        await count(database, TrackedJobRow)
        == await count(database, PatternMemberRow)
        == await count(database, SubscriptionRow)
        == 0
    )


async def test_a_missing_job_keeps_the_time_of_the_first_list(database: Database) -> None:
    """`missing_since` stays the time of the first list that lacked the job, until a list has it again."""
    _, pattern = await watch(database, "*", ORDERS, CLICKS)
    for at in (NOON, NOON + MINUTE):
        async with database.writing() as session:
            await members.note_missing(session, pattern, missing=[ORDERS.dataflow], back=[], asked_at=at)
    assert (await members_of(database, pattern)).missing_since == {ORDERS.dataflow: NOON, CLICKS.dataflow: None}
    async with database.writing() as session:
        await members.note_missing(session, pattern, missing=[], back=[ORDERS.dataflow], asked_at=LATER)
    assert (await members_of(database, pattern)).missing_since == {ORDERS.dataflow: None, CLICKS.dataflow: None}


async def test_a_pattern_is_claimed_once_in_a_period(database: Database) -> None:
    """A pattern is claimed once in a period, whichever worker asks, and at once if the clock was set back."""
    await watch(database, "*")

    async def claimed(after: int) -> bool:
        async with database.writing() as session:
            return await members.claim(session, NOON + after * SECOND, 30 * SECOND) is not None

    assert [await claimed(after) for after in (0, 1, 29, 30, 31, 60)] == [True, False, False, True, False, True]
    assert await claimed(-3600)
    assert not await claimed(-3590)


async def test_a_pattern_that_is_being_claimed_is_skipped(postgresql: Database) -> None:
    """Workers skip a pattern that another one is claiming, rather than wait."""
    await watch(postgresql, "a*")
    await watch(postgresql, "b*")
    async with postgresql.writing() as one, postgresql.writing() as other:
        found = [await members.claim(session, NOON, MINUTE) for session in (one, other, other)]
    assert [pattern.key if pattern else None for pattern in found] == ["a*", "b*", None]


async def test_two_workers_with_the_same_pattern_announce_once(postgresql: Database) -> None:
    """If a worker that was taken for dead goes on, the second one to write finds everything done."""
    _, pattern = await watch(postgresql, "*", ORDERS)
    await add(postgresql, pattern, found(ORDERS))
    new = found(CLICKS, name="clicks")
    assert sum(await asyncio.gather(*(add(postgresql, pattern, new, new=True) for _ in range(4)))) == 1
    assert sum(await asyncio.gather(*(remove(postgresql, pattern, ORDERS) for _ in range(4)))) == 1
    assert [notification.kind for notification in await announced(postgresql)] == ["appeared", "disappeared"]


async def test_a_settled_announcement_leaves_the_subscription(database: Database) -> None:
    """Once an added job's announcement is settled, its next change is delivered."""
    _, pattern = await watch(database, "*")
    await add(database, pattern, found(ORDERS), new=True)
    (queue,) = await claim(database)
    await settle(database, queue)
    await becomes(database, ERROR)
    assert [notification.kind for notification in await announced(database)] == ["change"]


async def test_thousands_of_jobs(database: Database) -> None:
    """Two thousand jobs are added, announced and removed without exceeding what a statement may hold, and without one
    for each of them."""
    refs = [JobRef(f"flow-{number:04}", number + 1) for number in range(2_000)]
    _, pattern = await watch(database, "*", *refs[:1_000])
    with statements("SELECT") as sent:
        for at in range(0, 2_000, 500):
            batch = [found(ref, name=f"job {ref.run}") for ref in refs[at : at + 500]]
            await add(database, pattern, *batch, new=at >= 1_000)
    assert len(sent) < 100
    assert len((await members_of(database, pattern)).watched) == 2_000
    assert await remove(database, pattern, *refs[:500]) == 500
    assert len(await pending(database)) == 1_500


async def unavailable(database: Database, at: datetime) -> None:
    """A job can't be polled any more, as the recorder writes it."""
    async with database.writing() as session:
        row = (await session.scalars(select(TrackedJobRow))).one()
        row.failure, row.failing_since, row.unavailable_notified_at = "it is gone", at, at
        job = to_tracked_job(row)
        notification = JobUnavailable(job.ref, job.title, job.status, "it is gone", at, job.followed)
        await outbox.notify_subscribers(session, job, notification, at)


async def missing(database: Database, pattern: Pattern, at: datetime, *, back: bool = False) -> None:
    """A job list that lacks ORDERS, or has it `back`."""
    flows = [ORDERS.dataflow]
    async with database.writing() as session:
        lacks, has = ([], flows) if back else (flows, [])
        await members.note_missing(session, pattern, missing=lacks, back=has, asked_at=at)


async def test_a_job_that_leaves_the_list_is_not_unavailable(database: Database) -> None:
    """A job that the list lacks is announced once, as removed; who watches it by its name learns that it can't be
    polled, since that watch stays."""
    await watch_one(database, ORDERS)
    _, here = await watch(database, "*", ORDERS, destination=DEV)
    await add(database, here, found(ORDERS))
    await missing(database, here, NOON)
    await unavailable(database, NOON + MINUTE)
    assert [(where, one.kind) for where, one in await pending(database)] == [(OPS, "out_of_sight")]
    async with database.writing() as session:
        await members.remove(session, here.id, [ORDERS.dataflow], NOON + HOUR)
    kinds = [(where, one.kind) for where, one in await pending(database)]
    assert kinds == [(OPS, "out_of_sight"), (DEV, "disappeared")]


async def test_a_job_that_is_listed_again_but_unavailable(database: Database) -> None:
    """What was held back while the list lacked the job is said once it doesn't; what was said isn't repeated."""
    _, pattern = await watch(database, "*", ORDERS)
    await add(database, pattern, found(ORDERS))
    await missing(database, pattern, NOON)
    await unavailable(database, NOON + MINUTE)
    assert await pending(database) == []
    for _ in range(2):
        await missing(database, pattern, NOON + HOUR, back=True)
    assert [one.kind for _, one in await pending(database)] == ["out_of_sight"]
    await missing(database, pattern, NOON + 2 * HOUR)
    await missing(database, pattern, NOON + 3 * HOUR, back=True)
    assert len(await pending(database)) == 1
