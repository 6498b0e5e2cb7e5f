"""The jobs of patterns: claimed by one worker, told once as new and once as gone, with a status that a look showed."""

import asyncio
import time

from bot.domain.change import Change

from bot.domain.job import JobRef
from bot.domain.notification import JobAdded, JobRemoved, Notification
from bot.domain.pattern import Pattern
from bot.store import mutes, pattern_members, reconcile
from bot.store.database import Database
from bot.store.pattern_members import PatternMembers
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
)
from tests.store.steps import becomes, claim, count, deliveries, settle, sql, tell_all, the_subscription, waits
from tests.store.taking_in import look, take_in, watch, watch_one

LATER = NOON + HOUR


async def known(database: Database, pattern: Pattern) -> PatternMembers:
    async with database.reading() as session:
        return await pattern_members.of(session, pattern)


async def let_go(database: Database, pattern: Pattern, *refs: JobRef) -> int:
    async with database.writing() as session:
        return await pattern_members.let_go(session, pattern.id, [ref.dataflow for ref in refs], LATER)


async def told(database: Database, destination: str = OPS) -> list[Notification]:
    return [news for place, news in await waits(database) if place == destination]


async def test_the_baseline_is_told_nobody(database: Database) -> None:
    """The jobs that are there when a pattern begins are watched from their first look on, and none is announced."""
    _, pattern = await watch(database, "*", ORDERS, CLICKS)
    assert (await known(database, pattern)).watched == frozenset()
    assert await take_in(database, pattern, look(ORDERS), look(CLICKS, ERROR)) == 0
    assert await waits(database) == []
    assert await known(database, pattern) == PatternMembers(
        {ORDERS.dataflow: None, CLICKS.dataflow: None}, frozenset({ORDERS.dataflow, CLICKS.dataflow})
    )
    async with database.writing() as session:
        assert await reconcile.reconcile_all(session, LATER) == 0
    await becomes(database, ERROR)
    (change,) = await told(database)
    assert isinstance(change, Change)
    assert (change.old, change.new, change.followed) == (UP, ERROR, True)


async def test_a_new_job_is_told_once(database: Database) -> None:
    """With the status that a look showed, by whichever worker comes first; then like any other job."""
    _, pattern = await watch(database, "*", ORDERS)
    assert await take_in(database, pattern, look(CLICKS, DEPLOYING, name="clicks"), new=True, at=LATER) == 1
    assert await take_in(database, pattern, look(CLICKS, DEPLOYING), new=True, at=LATER) == 0
    assert await told(database) == [JobAdded(CLICKS, "clicks", DEPLOYING, LATER)]
    await becomes(database, UP, ref=CLICKS)
    assert [news.kind for news in await told(database)] == ["appeared", "change"]
    sub = await the_subscription(database, ref=CLICKS)
    assert (sub.created_by, sub.pattern_id) == (ANN, pattern.id)


async def test_somebodys_own_job_is_neither_taken_over_nor_told_as_new(database: Database) -> None:
    """Who watches a job here knows of it, whoever lists it later."""
    await watch_one(database, ORDERS, by=BEN, when="errors")
    _, pattern = await watch(database, "*")
    assert await take_in(database, pattern, look(ORDERS), new=True) == 0
    sub = await the_subscription(database)
    assert (sub.created_by, sub.wants, sub.pattern_id) == (BEN, "errors", None)
    assert (await known(database, pattern)).known == {ORDERS.dataflow: None}
    assert await let_go(database, pattern, ORDERS) == 0
    assert await count(database, SubscriptionRow) == 1
    assert await waits(database) == []


async def test_two_patterns_of_a_channel_tell_of_a_job_once(database: Database) -> None:
    """A job that fits both is new once; another channel hears of it for itself."""
    _, orders = await watch(database, "orders*")
    _, every = await watch(database, "*")
    _, elsewhere = await watch(database, "*", destination=DEV)
    for pattern in (orders, every, elsewhere):
        await take_in(database, pattern, look(ORDERS), new=True)
    assert [place for place, _ in await waits(database)] == [OPS, DEV]


async def test_a_job_that_is_gone_is_told_once_and_not_watched_any_more(database: Database) -> None:
    """The news outlives the subscription that ends with it, and so does what waited before."""
    _, pattern = await watch(database, "*", ORDERS, CLICKS)
    await take_in(database, pattern, look(ORDERS), look(CLICKS))
    await becomes(database, ERROR)
    assert await let_go(database, pattern, ORDERS) == 1
    assert await let_go(database, pattern, ORDERS) == 0
    change, gone = await told(database)
    assert change.kind == "change"
    assert gone == JobRemoved(ORDERS, "orders", ERROR, LATER)
    assert await known(database, pattern) == PatternMembers({CLICKS.dataflow: None}, frozenset({CLICKS.dataflow}))
    assert [row.subscription_id for row in await deliveries(database)] == [None, None]
    assert len(await tell_all(database)) == 2


async def test_a_job_that_comes_back_is_new_again_and_nothing_that_lies_between_is_told(database: Database) -> None:
    """Nobody watched it meanwhile: its status is what it is now, and no change."""
    _, pattern = await watch(database, "*", ORDERS)
    await take_in(database, pattern, look(ORDERS))
    await let_go(database, pattern, ORDERS)
    assert await take_in(database, pattern, look(ORDERS, ERROR, LATER + HOUR), new=True, at=LATER + HOUR) == 1
    assert [news.kind for news in await told(database)] == ["disappeared", "appeared"]
    async with database.writing() as session:
        assert await reconcile.reconcile_all(session, LATER + 2 * HOUR) == 0
    assert (await the_subscription(database)).notified_status == ERROR.raw


async def test_a_muted_job_goes_when_its_mute_ends(database: Database) -> None:
    """While it is muted nothing is told of it, not even that; nothing is forgotten either."""
    _, pattern = await watch(database, "*", ORDERS)
    await take_in(database, pattern, look(ORDERS))
    async with database.writing() as session:
        await mutes.mute(session, WORKSPACE, ORDERS, OPS, until=LATER, by=BEN, now=NOON)
    assert await let_go(database, pattern, ORDERS) == 0
    assert (await known(database, pattern)).known == {ORDERS.dataflow: None}
    async with database.writing() as session:
        await mutes.end_mutes(session, LATER)
    assert await let_go(database, pattern, ORDERS) == 1
    assert [news.kind for news in await told(database)] == ["disappeared"]


async def test_a_look_at_a_job_that_others_watch_counts_for_them(database: Database) -> None:
    """What it shows that they were not told is told to them; an older look than the last one changes nothing."""
    await watch_one(database, ORDERS, by=BEN)
    _, pattern = await watch(database, "*", ORDERS, destination=DEV)
    await take_in(database, pattern, look(ORDERS, ERROR, NOON - SECOND))
    assert await waits(database) == []
    assert (await the_subscription(database, DEV)).notified_status == UP.raw
    _, other = await watch(database, "o*", ORDERS, destination="C3")
    await take_in(database, other, look(ORDERS, ERROR, NOON + SECOND))
    assert sorted(place for place, _ in await waits(database)) == [OPS, DEV]
    assert (await the_subscription(database, "C3")).notified_status == ERROR.raw
    assert await count(database, ChangeRow) == 1


async def test_what_ended_meanwhile_takes_nothing_in(database: Database) -> None:
    """A round that was under way when somebody ended the pattern changes nothing any more."""
    _, pattern = await watch(database, "*", ORDERS)
    await sql(database, "DELETE FROM patterns")
    assert await take_in(database, pattern, look(ORDERS), new=True) == 0
    assert await let_go(database, pattern, ORDERS) == 0
    assert (
        await count(database, TrackedJobRow)
        == await count(database, PatternMemberRow)
        == await count(database, SubscriptionRow)
        == 0
    )


async def test_what_lists_lack_is_noted_with_the_first_time(database: Database) -> None:
    """The time stays that of the first list that lacked the job, until one has it again."""
    _, pattern = await watch(database, "*", ORDERS, CLICKS)
    for at in (NOON, NOON + MINUTE):
        async with database.writing() as session:
            await pattern_members.note(session, pattern, missing=[ORDERS.dataflow], back=[], asked_at=at)
    assert (await known(database, pattern)).known == {ORDERS.dataflow: NOON, CLICKS.dataflow: None}
    async with database.writing() as session:
        await pattern_members.note(session, pattern, missing=[], back=[ORDERS.dataflow], asked_at=LATER)
    assert (await known(database, pattern)).known == {ORDERS.dataflow: None, CLICKS.dataflow: None}


async def test_a_pattern_is_one_workers_for_a_period(database: Database) -> None:
    """Claimed once in a period, whoever asks; and at once where the clock was set back."""
    await watch(database, "*")

    async def claimed(after: int) -> bool:
        async with database.writing() as session:
            return await pattern_members.claim(session, NOON + after * SECOND, 30 * SECOND) is not None

    assert [await claimed(after) for after in (0, 1, 29, 30, 31, 60)] == [True, False, False, True, False, True]
    assert await claimed(-3600)
    assert not await claimed(-3590)


async def test_two_servers_workers_claim_different_patterns(postgresql: Database) -> None:
    """One that is being claimed is passed over, not waited for."""
    await watch(postgresql, "a*")
    await watch(postgresql, "b*")
    async with postgresql.writing() as one, postgresql.writing() as other:
        found = [await pattern_members.claim(session, NOON, MINUTE) for session in (one, other, other)]
    assert [pattern.key if pattern else None for pattern in found] == ["a*", "b*", None]


async def test_two_workers_that_have_the_same_pattern_tell_once(postgresql: Database) -> None:
    """One that was thought dead may go on: the second to write finds that all is done."""
    _, pattern = await watch(postgresql, "*", ORDERS)
    await take_in(postgresql, pattern, look(ORDERS))
    new = look(CLICKS, name="clicks")
    assert sum(await asyncio.gather(*(take_in(postgresql, pattern, new, new=True) for _ in range(4)))) == 1
    assert sum(await asyncio.gather(*(let_go(postgresql, pattern, ORDERS) for _ in range(4)))) == 1
    assert [news.kind for news in await told(postgresql)] == ["appeared", "disappeared"]


async def test_a_message_that_was_given_up_costs_no_subscription(database: Database) -> None:
    """Of a job that was never told as new the next change is told all the same."""
    _, pattern = await watch(database, "*")
    await take_in(database, pattern, look(ORDERS), new=True)
    (queue,) = await claim(database)
    await settle(database, queue)
    await becomes(database, ERROR)
    assert [news.kind for news in await told(database)] == ["change"]


async def test_thousands_at_once_take_seconds(database: Database) -> None:
    """Two thousand jobs are known, come, are told and go in a few statements for each hundred."""
    refs = [JobRef(f"flow-{number:04}", number + 1) for number in range(2_000)]
    began = time.monotonic()
    _, pattern = await watch(database, "*", *refs[:1_000])
    for at in range(0, 2_000, 500):
        batch = [look(ref, name=f"job {ref.run}") for ref in refs[at : at + 500]]
        await take_in(database, pattern, *batch, new=at >= 1_000)
    assert len((await known(database, pattern)).watched) == 2_000
    assert await let_go(database, pattern, *refs[:500]) == 500
    assert len(await waits(database)) == 1_500
    assert time.monotonic() - began < 15
