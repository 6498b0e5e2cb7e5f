import asyncio

from sqlalchemy import delete, select

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import JobRef
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Subscription
from bot.store import subscriptions
from bot.store.database import Database
from bot.store.sql.tables import ChangeRow, DeliveryRow, SubscriptionRow, TrackedJobRow
from bot.store.subscriptions import Outcome
from tests.cast import (
    ANN,
    BEN,
    CLICKS,
    DEV,
    ENDED,
    ERROR,
    HOUR,
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
from tests.store.steps import (
    becomes,
    claim_jobs,
    count,
    somebody_waits_for_a_lock,
    sql,
    subscribe,
    tell_all,
    the_job,
    the_subscription,
    waits,
)


async def here(database: Database, destination: str = OPS, workspace: str = WORKSPACE) -> list[Subscription]:
    async with database.reading() as session:
        return list(await subscriptions.of_destination(session, Destination(workspace, destination)))


async def unsubscribe(database: Database, destination: str, ref: JobRef = ORDERS, workspace: str = WORKSPACE) -> bool:
    async with database.writing() as session:
        return await subscriptions.unsubscribe(session, Destination(workspace, destination), ref) is not None


async def test_the_first_look_is_the_baseline(database: Database) -> None:
    """Subscribing records what was seen and announces nothing."""
    subscribed = await subscribe(database, job(ERROR))

    assert subscribed.outcome is Outcome.NEW
    assert subscribed.status_filter == StatusFilter()
    assert (subscribed.job.status, subscribed.job.status_since, subscribed.job.polled_at) == (ERROR, NOON, NOON)
    assert (await the_subscription(database)).notified_status == ERROR.raw
    assert await count(database, ChangeRow) == 0
    assert await waits(database) == []


async def test_the_same_wish_again_changes_nothing(database: Database) -> None:
    """Said twice, done once: whoever says it, and whether or not the wish names what it wants."""
    await subscribe(database, status_filter="errors")
    for status_filter in ("errors", None):
        again = await subscribe(database, by=BEN, status_filter=status_filter)
        assert (again.outcome, again.status_filter) == (Outcome.ALREADY, StatusFilter("errors"))
    (row,) = await here(database)
    assert (row.created_by, row.status_filter) == (ANN, StatusFilter("errors"))


async def test_a_wish_for_other_changes_changes_what_is_told(database: Database) -> None:
    """A subscription that is there wants from now on what was said last, and counts as told what was shown."""
    await subscribe(database, status_filter="errors")
    await becomes(database, WARNING)
    otherwise = await subscribe(database, job(WARNING), status_filter="Undeployed, Stopped", at=NOON + HOUR)

    assert otherwise.outcome is Outcome.CHANGED
    assert otherwise.status_filter == StatusFilter.read("Undeployed, Stopped")
    assert (await the_subscription(database)).notified_status == WARNING.raw
    await becomes(database, ERROR, ENDED)
    assert [notification.new for _, notification in await waits(database) if isinstance(notification, Change)] == [
        ENDED
    ]


async def test_two_at_the_same_moment_make_one_subscription(database: Database) -> None:
    """Of ten identical wishes at once exactly one is new, whichever it is."""
    wishes = await asyncio.gather(*(subscribe(database) for _ in range(10)))

    assert sorted(wish.outcome for wish in wishes) == [Outcome.ALREADY] * 9 + [Outcome.NEW]
    assert await count(database, SubscriptionRow) == 1
    assert await count(database, TrackedJobRow) == 1


async def test_a_job_that_is_removed_while_somebody_subscribes_is_watched_anew(postgresql: Database) -> None:
    """The cleaning may remove what nobody watches at the very moment when somebody begins to."""
    await subscribe(postgresql)
    await unsubscribe(postgresql, OPS)
    async with postgresql.writing() as retention:
        await retention.execute(select(TrackedJobRow).with_for_update())
        subscribing = asyncio.create_task(subscribe(postgresql, job(ERROR), at=NOON + HOUR))
        await somebody_waits_for_a_lock(postgresql)
        await retention.execute(delete(TrackedJobRow))

    assert (await subscribing).outcome is Outcome.NEW
    known = await the_job(postgresql)
    assert (known.status, known.status_since) == (ERROR, NOON + HOUR)


async def test_one_watched_job_serves_all_who_subscribe(database: Database) -> None:
    """However many destinations subscribe, the job is looked at once."""
    for destination in (OPS, DEV, ANN):
        await subscribe(database, destination=destination)
    assert len(await claim_jobs(database, "w")) == 1


async def test_an_answer_without_a_name_unnames_nothing(database: Database) -> None:
    """Where the service leaves the name out, the job is still called, and its change told, by the name that it had."""
    await subscribe(database, job(UP), OPS)
    newcomer = await subscribe(database, job(ERROR, name=None), DEV, at=NOON + SECOND)

    assert newcomer.job.title == "orders"
    ((_, told),) = await waits(database)
    assert isinstance(told, Change)
    assert told.title == "orders"


async def test_a_look_that_succeeds_ends_a_failure(database: Database) -> None:
    """Who subscribes to a job that could not be seen shows that it can; the news of that is left to the watcher."""
    await subscribe(database)
    await sql(database, "UPDATE watched_jobs SET failure = 'it hangs', failing_since = '2026-02-14 11:00:00.000000'")
    newcomer = await subscribe(database, destination=DEV, at=NOON + SECOND)
    assert (newcomer.job.failure, newcomer.job.failing_since) == (None, None)
    assert newcomer.job.polled_at == NOON + SECOND


async def test_an_older_look_never_overwrites_a_newer_one(database: Database) -> None:
    """Who subscribes with a look that began before the newest one is shown what is known, and nothing is recorded."""
    await subscribe(database, job(ERROR), OPS, at=NOON)
    late = await subscribe(database, job(UP), DEV, at=NOON - SECOND)

    assert late.job.status == ERROR
    assert (await the_subscription(database, DEV)).notified_status == ERROR.raw
    assert await count(database, ChangeRow) == 0


async def test_a_paused_subscription_resumes_when_it_is_asked_for_again(database: Database) -> None:
    """An error pauses a subscription and never deletes it; saying `watch` again brings it back, with what it wants
    unless something else was said. What changed meanwhile is told by the catching up, whether or not Slack takes the
    confirmation."""
    for said, status_filter in ((None, "errors"), ("problems", "problems")):
        await subscribe(database, status_filter="errors")
        await sql(database, "UPDATE subscriptions SET paused_because = 'is_archived', paused_at = '2026-02-14'")
        await becomes(database, ENDED)
        resumed = await subscribe(database, job(ENDED), status_filter=said)

        assert (resumed.outcome, resumed.status_filter) == (Outcome.RESUMED, StatusFilter(status_filter))
        (live,) = await here(database)
        assert (live.paused_because, live.paused_at) == (None, None)
        assert (await the_subscription(database)).notified_status == UP.raw
        assert await waits(database) == []
        await becomes(database, UP)
        await tell_all(database)


async def test_what_is_watched_is_listed_worst_first(database: Database) -> None:
    """The list starts with what needs a person, then goes by title, whatever its capitals."""
    for run, (status, title) in enumerate(
        ((UP, "b"), (ENDED, "c"), (UP, "A"), (ERROR, "z"), (WARNING, "y"), (UP, "C")), start=1
    ):
        await subscribe(database, job(status, JobRef(ORDERS.dataflow, run), title))
    assert [row.job.title for row in await here(database)] == ["z", "y", "c", "A", "b", "C"]


async def test_the_list_says_why_something_is_not_told(database: Database) -> None:
    """Each row shows who asked for it, what it wants, and what stands between it and the channel."""
    await subscribe(database, by=BEN, status_filter="problems")
    assert await here(database) == [
        Subscription(await the_job(database), BEN, StatusFilter("problems"), None, None, None, None, None, None)
    ]
    await sql(
        database,
        "UPDATE subscriptions SET paused_because = 'is_archived', paused_at = :a, muted_until = :b, muted_by = 'U1',"
        " given_up_because = 'timeout', given_up_at = :c",
        **{name: f"2026-02-14 {hour}:00:00.000000+00:00" for name, hour in zip("abc", (13, 14, 15), strict=True)},
    )
    (row,) = await here(database)
    assert (row.paused_because, row.paused_at) == ("is_archived", NOON + HOUR)
    assert (row.muted_by, row.muted_until) == (ANN, NOON + 2 * HOUR)
    assert (row.given_up_because, row.given_up_at) == ("timeout", NOON + 3 * HOUR)


async def test_nobody_sees_another_workspaces_or_channels_rows(database: Database) -> None:
    """Lists and ends of subscriptions stay within a workspace and a destination."""
    await subscribe(database)
    for workspace, destination in ((OTHER_WORKSPACE, OPS), (WORKSPACE, DEV), (WORKSPACE, ANN)):
        assert await here(database, destination, workspace) == []
        assert not await unsubscribe(database, destination, workspace=workspace)
    assert not await unsubscribe(database, OPS, CLICKS)
    assert len(await here(database)) == 1


async def test_unsubscribing_ends_what_still_waited(database: Database) -> None:
    """Who said stop is not told what had not gone out yet; others are; and at the end the job is looked at no more."""
    await subscribe(database, destination=OPS)
    await subscribe(database, destination=DEV)
    await becomes(database, ERROR)
    assert await unsubscribe(database, OPS)
    assert [place for place, _ in await waits(database)] == [DEV]
    assert not await unsubscribe(database, OPS)
    assert await unsubscribe(database, DEV)
    assert await count(database, DeliveryRow) == 0
    assert await claim_jobs(database, "w") == []
