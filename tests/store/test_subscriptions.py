import asyncio
from dataclasses import replace

from sqlalchemy import delete, select

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import JobRef
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Subscription
from bot.store import subscriptions
from bot.store.database import Database
from bot.store.lists import watch_list
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
    deliver_all,
    healthy,
    pending,
    run,
    sql,
    subscribe,
    the_job,
    the_subscription,
    until_a_lock_is_awaited,
)


async def watched_in(database: Database, destination: str = OPS, workspace: str = WORKSPACE) -> list[Subscription]:
    async with database.reading() as session:
        return list(
            (await watch_list.page(session, Destination(workspace, destination), number=1, size=99)).subscriptions
        )


async def unsubscribe(database: Database, destination: str, ref: JobRef = ORDERS, workspace: str = WORKSPACE) -> bool:
    async with database.writing() as session:
        return await subscriptions.unsubscribe(session, Destination(workspace, destination), ref) is not None


async def test_the_first_look_up_is_the_baseline(database: Database) -> None:
    """Subscribing stores the job's status and announces nothing."""
    subscribed = await subscribe(database, job(ERROR))

    assert subscribed.outcome is Outcome.NEW
    assert subscribed.status_filter == StatusFilter()
    assert (subscribed.job.status, subscribed.job.status_since, subscribed.job.polled_at) == (ERROR, NOON, NOON)
    assert (await the_subscription(database)).notified_status == ERROR.raw
    assert await count(database, ChangeRow) == 0
    assert await pending(database) == []


async def test_subscribing_again_changes_nothing(database: Database) -> None:
    """Subscribing again, by anybody, with the same filter or none, changes nothing."""
    await subscribe(database, status_filter="errors")
    for status_filter in ("errors", None):
        again = await subscribe(database, by=BEN, status_filter=status_filter)
        assert (again.outcome, again.status_filter) == (Outcome.ALREADY, StatusFilter("errors"))
    (row,) = await watched_in(database)
    assert (row.created_by, row.status_filter) == (ANN, StatusFilter("errors"))


async def test_another_filter_replaces_the_first(database: Database) -> None:
    """Subscribing with another filter replaces it, and the status shown counts as notified."""
    await subscribe(database, status_filter="errors")
    await becomes(database, WARNING)
    otherwise = await subscribe(database, job(WARNING), status_filter="Undeployed, Stopped", at=NOON + HOUR)

    assert otherwise.outcome is Outcome.CHANGED
    assert otherwise.status_filter == StatusFilter.read("Undeployed, Stopped")
    assert (await the_subscription(database)).notified_status == WARNING.raw
    await becomes(database, ERROR, ENDED)
    assert [notification.new for _, notification in await pending(database) if isinstance(notification, Change)] == [
        ENDED
    ]


async def test_simultaneous_requests_make_one_subscription(database: Database) -> None:
    """Of ten identical requests at the same moment, exactly one makes the subscription."""
    results = await asyncio.gather(*(subscribe(database) for _ in range(10)))

    assert sorted(result.outcome for result in results) == [Outcome.ALREADY] * 9 + [Outcome.NEW]
    assert await count(database, SubscriptionRow) == 1
    assert await count(database, TrackedJobRow) == 1


async def test_a_job_removed_by_retention_meanwhile_is_tracked_anew(postgresql: Database) -> None:
    """If retention removes an unwatched job while somebody subscribes to it, the job is tracked anew."""
    await subscribe(postgresql)
    await unsubscribe(postgresql, OPS)
    async with postgresql.writing() as retention:
        await retention.execute(select(TrackedJobRow).with_for_update())
        subscribing = asyncio.create_task(subscribe(postgresql, job(ERROR), at=NOON + HOUR))
        await until_a_lock_is_awaited(postgresql)
        await retention.execute(delete(TrackedJobRow))

    assert (await subscribing).outcome is Outcome.NEW
    tracked = await the_job(postgresql)
    assert (tracked.status, tracked.status_since) == (ERROR, NOON + HOUR)


async def test_one_tracked_job_serves_all_its_subscribers(database: Database) -> None:
    """However many destinations subscribe to a job, it is polled once."""
    for destination in (OPS, DEV, ANN):
        await subscribe(database, destination=destination)
    assert len(await claim_jobs(database, "w")) == 1


async def test_an_answer_without_a_name_keeps_the_old_name(database: Database) -> None:
    """If an answer omits the job's name, the job and its changes keep the name known before."""
    await subscribe(database, job(UP), OPS)
    newcomer = await subscribe(database, job(ERROR, name=None), DEV, at=NOON + SECOND)

    assert newcomer.job.title == "orders"
    ((_, queued),) = await pending(database)
    assert isinstance(queued, Change)
    assert queued.title == "orders"


async def test_a_look_up_that_succeeds_ends_a_failure(database: Database) -> None:
    """A look-up made to subscribe ends the job's failure; the poller announces that."""
    await subscribe(database)
    await sql(database, "UPDATE watched_jobs SET failure = 'it hangs', failing_since = '2026-02-14 11:00:00.000000'")
    newcomer = await subscribe(database, destination=DEV, at=NOON + SECOND)
    assert (newcomer.job.failure, newcomer.job.failing_since) == (None, None)
    assert newcomer.job.polled_at == NOON + SECOND


async def test_an_older_look_up_never_overwrites_a_newer_one(database: Database) -> None:
    """A look-up that began before the latest poll records nothing, and the stored status is shown."""
    await subscribe(database, job(ERROR), OPS, at=NOON)
    late = await subscribe(database, job(UP), DEV, at=NOON - SECOND)

    assert late.job.status == ERROR
    assert (await the_subscription(database, DEV)).notified_status == ERROR.raw
    assert await count(database, ChangeRow) == 0


async def test_subscribing_again_resumes_a_paused_subscription(database: Database) -> None:
    """Subscribing again resumes a paused subscription with its filter, or with a new one. What changed meanwhile is
    left to reconciliation."""
    for said, status_filter in ((None, "errors"), ("problems", "problems")):
        await subscribe(database, status_filter="errors")
        await sql(database, "UPDATE subscriptions SET paused_because = 'is_archived', paused_at = '2026-02-14'")
        await becomes(database, ENDED)
        resumed = await subscribe(database, job(ENDED), status_filter=said)

        assert (resumed.outcome, resumed.status_filter) == (Outcome.RESUMED, StatusFilter(status_filter))
        (live,) = await watched_in(database)
        assert (live.paused_because, live.paused_at) == (None, None)
        assert (await the_subscription(database)).notified_status == UP.raw
        assert await pending(database) == []
        await becomes(database, UP)
        await deliver_all(database)


async def test_subscriptions_are_listed_worst_first(database: Database) -> None:
    """The list begins with the worst status and then goes by title, regardless of case."""
    for number, (status, title) in enumerate(
        ((UP, "b"), (ENDED, "c"), (UP, "A"), (ERROR, "z"), (WARNING, "y"), (UP, "C")), start=1
    ):
        await subscribe(database, job(status, run(number), title))
    assert [row.job.title for row in await watched_in(database)] == ["z", "y", "c", "A", "b", "C"]


async def test_the_list_says_why_something_is_not_delivered(database: Database) -> None:
    """Each subscription shows who made it, its filter, and whether it is paused, muted or was given up."""
    await subscribe(database, by=BEN, status_filter="problems")
    (row,) = await watched_in(database)
    assert (row.job, row.created_by, row.status_filter) == (await the_job(database), BEN, StatusFilter("problems"))
    assert (row.paused_because, row.muted_until, row.given_up_because, row.is_live) == (None, None, None, True)
    await sql(
        database,
        "UPDATE subscriptions SET paused_because = 'is_archived', paused_at = :a, muted_until = :b, muted_by = 'U1',"
        " given_up_because = 'timeout', given_up_at = :c",
        **{name: f"2026-02-14 {hour}:00:00.000000+00:00" for name, hour in zip("abc", (13, 14, 15), strict=True)},
    )
    (row,) = await watched_in(database)
    assert (row.paused_because, row.paused_at) == ("is_archived", NOON + HOUR)
    assert (row.muted_by, row.muted_until) == (ANN, NOON + 2 * HOUR)
    assert (row.given_up_because, row.given_up_at) == ("timeout", NOON + 3 * HOUR)


async def test_subscriptions_of_others_are_hidden(database: Database) -> None:
    """Subscriptions are listed and ended only within their workspace and destination."""
    await subscribe(database)
    for workspace, destination in ((OTHER_WORKSPACE, OPS), (WORKSPACE, DEV), (WORKSPACE, ANN)):
        assert await watched_in(database, destination, workspace) == []
        assert not await unsubscribe(database, destination, workspace=workspace)
    assert not await unsubscribe(database, OPS, CLICKS)
    assert len(await watched_in(database)) == 1


async def test_unsubscribing_drops_pending_deliveries(database: Database) -> None:
    """Unsubscribing drops what is pending for that destination only; without subscriptions the job is no longer
    polled."""
    await subscribe(database, destination=OPS)
    await subscribe(database, destination=DEV)
    await becomes(database, ERROR)
    assert await unsubscribe(database, OPS)
    assert [destination for destination, _ in await pending(database)] == [DEV]
    assert not await unsubscribe(database, OPS)
    assert await unsubscribe(database, DEV)
    assert await count(database, DeliveryRow) == 0
    assert await claim_jobs(database, "w") == []


async def test_a_baseline_is_exact_only_if_the_service_proves_it(database: Database) -> None:
    """Nobody saw the status of a job's first look-up begin, unless the service says when its run ended."""
    first = await subscribe(database, healthy(1))
    assert (first.job.status_since, first.job.since_is_exact) == (NOON, False)
    ended = await subscribe(database, replace(job(ENDED, run(2)), end_time=NOON - HOUR))
    assert (ended.job.status_since, ended.job.since_is_exact) == (NOON - HOUR, True)
    await becomes(database, ERROR, ref=run(1))
    seen = await the_job(database, run(1))
    assert (seen.status_since, seen.since_is_exact) == (NOON + SECOND, True)


async def test_what_nobody_watched_meanwhile_is_not_known(database: Database) -> None:
    """A job that is watched again after a while has its status since then at least: it may have changed meanwhile."""
    await subscribe(database)
    await becomes(database, ERROR)
    async with database.writing() as session:
        await subscriptions.unsubscribe(session, Destination(WORKSPACE, OPS), ORDERS)
    again = await subscribe(database, job(ERROR), at=NOON + HOUR)
    assert (again.job.status_since, again.job.since_is_exact) == (NOON + HOUR, False)
    watched = await subscribe(database, job(ERROR), DEV, at=NOON + 3 * HOUR)
    assert (watched.job.status_since, watched.job.since_is_exact) == (NOON + HOUR, False)
