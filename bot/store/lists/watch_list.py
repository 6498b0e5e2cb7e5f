"""What a destination watches, page by page: sorted, counted and cut by the database."""

from collections.abc import Mapping

from sqlalchemy import Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.domain.destination import Destination
from bot.domain.job import Target
from bot.domain.subscription import Subscription, WatchedPage
from bot.store import subscriptions
from bot.store.sql.mapping import to_subscription, to_tracked_job
from bot.store.sql.order import worst_first
from bot.store.sql.tables import PatternMemberRow, PatternRow, SubscriptionRow, TrackedJobRow
from bot.store.watched import beginnings, same_job


async def page(session: AsyncSession, destination: Destination, *, number: int, size: int) -> WatchedPage:
    """A page of what a destination watches. Pages count from 1; one beyond the last is empty."""
    watched = _subscriptions(destination)
    counts = watched.with_only_columns(func.count(), func.count(SubscriptionRow.muted_until))
    total, muted = (await session.execute(counts)).one()
    rows = watched.order_by(*worst_first()).limit(size).offset((number - 1) * size)
    found = [(job, sub) for job, sub in await session.execute(rows)]
    jobs = await beginnings.as_known(session, [to_tracked_job(job) for job, _ in found])
    return WatchedPage(
        [to_subscription(sub, job) for job, (_, sub) in zip(jobs, found, strict=True)],
        number,
        -(-total // size),
        total,
        muted,
        await _counted(session, watched, SubscriptionRow.paused_because),
        await _counted(session, watched, TrackedJobRow.failure),
        await _pending(session, destination),
    )


async def _counted(
    session: AsyncSession,
    watched: Select[TrackedJobRow, SubscriptionRow],
    reason: InstrumentedAttribute[str | None],
) -> Mapping[str, int]:
    """The number of subscriptions with each reason, the most frequent first."""
    counts = watched.with_only_columns(reason, func.count()).where(reason.is_not(None)).group_by(reason)
    rows = await session.execute(counts.order_by(func.count().desc(), reason))
    return {why: count for why, count in rows if why is not None}


async def _pending(session: AsyncSession, destination: Destination) -> int:
    """The jobs of a destination's patterns that it has no subscription for, because they weren't looked up yet."""
    subscribed = exists().where(
        TrackedJobRow.workspace == destination.workspace,
        TrackedJobRow.dataflow == PatternMemberRow.dataflow,
        TrackedJobRow.followed,
        SubscriptionRow.watched_job_id == TrackedJobRow.id,
        SubscriptionRow.destination == destination.id,
    )
    pending = (
        select(func.count(PatternMemberRow.dataflow.distinct()))
        .join(PatternRow, PatternRow.id == PatternMemberRow.pattern_id)
        .where(
            PatternRow.workspace == destination.workspace,
            PatternRow.destination == destination.id,
            ~subscribed,
        )
    )
    return (await session.execute(pending)).scalar_one()


async def find(session: AsyncSession, destination: Destination, target: Target) -> Subscription | None:
    """A destination's subscription to a job, as `subscriptions.find` finds it."""
    found = await subscriptions.find(session, destination, target)
    if found is None:
        return None
    (job,) = await beginnings.as_known(session, [to_tracked_job(found[0])])
    return to_subscription(found[1], job)


def _subscriptions(destination: Destination) -> Select[TrackedJobRow, SubscriptionRow]:
    """The subscriptions of a destination. A job that it watches by its name and by its run is one: by its name."""
    return (
        select(TrackedJobRow, SubscriptionRow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(
            SubscriptionRow.workspace == destination.workspace,
            SubscriptionRow.destination == destination.id,
            ~same_job.is_watched_by_name(),
        )
    )
