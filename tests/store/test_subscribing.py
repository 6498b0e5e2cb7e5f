import asyncio
from datetime import datetime

from sqlalchemy import func, select

from bot.jobs import Job
from bot.store import outbox, requests, subscriptions, watches
from bot.store.database import Database
from bot.store.subscriptions import Outcome, Subscribed
from bot.store.tables import ChangeRecord, Delivery, Subscription, WatchedJob
from tests.cast import (
    ANN,
    BEN,
    CLICKS,
    DEV,
    ENDED,
    ERROR,
    MINUTE,
    NOON,
    OPS,
    ORDERS,
    OTHER_WORKSPACE,
    SECOND,
    UP,
    WARNING,
    WORKSPACE,
    job,
)


async def subscribe(
    database: Database,
    seen: Job,
    destination: str = OPS,
    by: str = ANN,
    workspace: str = WORKSPACE,
    at: datetime = NOON,
) -> Subscribed:
    async with database.writing() as session:
        return await subscriptions.subscribe(
            session, workspace, seen, destination, by, looked_at=at, next_look_at=at + MINUTE
        )


async def count(database: Database, table: type) -> int:
    async with database.reading() as session:
        return (await session.execute(select(func.count()).select_from(table))).scalar_one()


async def test_the_first_look_is_the_baseline(database: Database) -> None:
    """Subscribing records what was seen and announces nothing."""
    subscribed = await subscribe(database, job(ERROR))

    assert subscribed.outcome is Outcome.NEW
    assert subscribed.known.status == ERROR
    assert subscribed.known.status_since == NOON
    assert await count(database, ChangeRecord) == 0


async def test_subscribing_twice_makes_one_subscription(database: Database) -> None:
    """The same wish again changes nothing and says so."""
    await subscribe(database, job())
    again = await subscribe(database, job(), by=BEN)

    assert again.outcome is Outcome.ALREADY
    assert await count(database, Subscription) == 1


async def test_two_at_the_same_moment_make_one_subscription(database: Database) -> None:
    """Of ten identical wishes at once exactly one is new, whichever it is."""
    wishes = await asyncio.gather(*(subscribe(database, job()) for _ in range(10)))

    assert sorted(wish.outcome for wish in wishes) == [Outcome.ALREADY] * 9 + [Outcome.NEW]
    assert await count(database, Subscription) == 1
    assert await count(database, WatchedJob) == 1


async def test_one_watched_job_serves_all_who_subscribe(database: Database) -> None:
    """However many destinations subscribe, the job is looked at once."""
    for destination in (OPS, DEV, ANN):
        await subscribe(database, job(), destination)

    async with database.writing() as session:
        assert len(await watches.claim(session, "w", NOON + MINUTE, limit=9, lease=MINUTE)) == 1


async def test_a_change_seen_while_subscribing_is_told_to_the_others(database: Database) -> None:
    """A look made to subscribe counts like the watcher's: a change that it shows is not lost, and the newcomer, who
    was shown it, is not told again."""
    await subscribe(database, job(UP), OPS)
    newcomer = await subscribe(database, job(ERROR), DEV, at=NOON + SECOND)

    assert newcomer.known.status == ERROR
    async with database.writing() as session:
        waiting = await outbox.claim(session, "t", NOON + MINUTE, limit=9, lease=MINUTE)
    assert [(w.destination, w.change.old, w.change.new) for w in waiting] == [(OPS, UP, ERROR)]


async def test_an_answer_without_a_name_unnames_nothing(database: Database) -> None:
    """Where the service leaves the name out, the job is still called, and its change told, by the name that it had."""
    await subscribe(database, job(UP), OPS)
    newcomer = await subscribe(database, job(ERROR, name=None), DEV, at=NOON + SECOND)

    assert newcomer.known.title == "orders"
    async with database.writing() as session:
        (waiting,) = await outbox.claim(session, "t", NOON + MINUTE, limit=9, lease=MINUTE)
    assert waiting.change.title == "orders"


async def test_an_older_look_never_overwrites_a_newer_one(database: Database) -> None:
    """Who subscribes with a look that began before the newest one is shown what is known, and nothing is recorded."""
    await subscribe(database, job(ERROR), OPS, at=NOON)
    late = await subscribe(database, job(UP), DEV, at=NOON - SECOND)

    assert late.known.status == ERROR
    assert await count(database, ChangeRecord) == 0


async def test_a_paused_subscription_resumes_when_it_is_asked_for_again(database: Database) -> None:
    """An error pauses a subscription and never deletes it; saying `watch` again brings it back."""
    await subscribe(database, job())
    async with database.writing() as session:
        await subscriptions.pause(session, WORKSPACE, OPS, "is_archived", NOON)
    async with database.reading() as session:
        (paused,) = await subscriptions.watched_here(session, WORKSPACE, OPS)
    assert (paused.paused_because, paused.paused_at) == ("is_archived", NOON)

    assert (await subscribe(database, job())).outcome is Outcome.RESUMED
    async with database.reading() as session:
        (live,) = await subscriptions.watched_here(session, WORKSPACE, OPS)
    assert live.paused_because is None


async def test_what_is_watched_is_listed_worst_first(database: Database) -> None:
    """The list starts with what needs a person."""
    for run, status in enumerate((UP, ENDED, ERROR, WARNING), start=1):
        ref = type(ORDERS)(ORDERS.dataflow, run)
        await subscribe(database, job(status, ref, f"job {run}"))
    async with database.reading() as session:
        listed = await subscriptions.watched_here(session, WORKSPACE, OPS)
    assert [here.known.status for here in listed] == [ERROR, WARNING, ENDED, UP]


async def test_nobody_sees_another_workspaces_or_channels_rows(database: Database) -> None:
    """Lists and ends of subscriptions stay within a workspace and a destination."""
    await subscribe(database, job(), OPS)
    async with database.writing() as session:
        for workspace, destination in ((OTHER_WORKSPACE, OPS), (WORKSPACE, DEV), (WORKSPACE, ANN)):
            assert await subscriptions.watched_here(session, workspace, destination) == []
            assert await subscriptions.unsubscribe(session, workspace, ORDERS, destination) is None
        assert await subscriptions.unsubscribe(session, WORKSPACE, CLICKS, OPS) is None
    assert await count(database, Subscription) == 1


async def test_two_workspaces_that_watch_the_same_job_share_nothing(database: Database) -> None:
    """The same job in two workspaces is two watched jobs, each with its own known status and deliveries."""
    await subscribe(database, job(UP), OPS)
    await subscribe(database, job(UP), OPS, workspace=OTHER_WORKSPACE)
    await subscribe(database, job(ERROR), DEV, at=NOON + SECOND)

    async with database.writing() as session:
        waiting = await outbox.claim(session, "t", NOON + MINUTE, limit=9, lease=MINUTE)
    assert [(w.workspace, w.destination) for w in waiting] == [(WORKSPACE, OPS)]


async def test_unsubscribing_ends_what_still_waited(database: Database) -> None:
    """Who said stop is not told what had not gone out yet, and the job is looked at no more."""
    await subscribe(database, job(UP), OPS)
    await subscribe(database, job(ERROR), DEV, at=NOON + SECOND)
    async with database.writing() as session:
        for destination in (OPS, DEV):
            ended = await subscriptions.unsubscribe(session, WORKSPACE, ORDERS, destination)
            assert ended is not None
            assert ended.title == "orders"
    assert await count(database, Delivery) == 0
    async with database.writing() as session:
        assert await watches.claim(session, "w", NOON + MINUTE, limit=9, lease=MINUTE) == []


async def test_a_request_counts_once(database: Database) -> None:
    """Of two deliveries of one request, even at the same moment, one is the first; another workspace's is its own."""

    async def take(workspace: str, key: str) -> bool:
        async with database.writing() as session:
            return await requests.is_first(session, workspace, key, NOON)

    assert sorted(await asyncio.gather(*(take(WORKSPACE, "t1") for _ in range(5)))) == [False] * 4 + [True]
    assert await take(OTHER_WORKSPACE, "t1")
    assert await take(WORKSPACE, "t2")


async def test_old_requests_are_forgotten(database: Database) -> None:
    """The memory of requests does not grow for ever."""
    async with database.writing() as session:
        assert await requests.is_first(session, WORKSPACE, "t1", NOON)
        assert await requests.is_first(session, WORKSPACE, "t2", NOON + 61 * MINUTE)
        assert await requests.is_first(session, WORKSPACE, "t1", NOON + 61 * MINUTE)
