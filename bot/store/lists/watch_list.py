"""What a destination watches, page by page: sorted, counted and cut by the database."""

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.job import Target
from bot.domain.subscription import Subscription, WatchedPage
from bot.store import subscriptions
from bot.store.sql.mapping import to_subscription, to_tracked_job
from bot.store.sql.order import worst_first
from bot.store.sql.tables import SubscriptionRow, TrackedJobRow
from bot.store.watched import same_job


async def page(session: AsyncSession, destination: Destination, *, number: int, size: int) -> WatchedPage:
    """A page of what a destination watches. Pages count from 1; one beyond the last is empty."""
    counts = _subscriptions(destination).with_only_columns(
        func.count(), func.count(SubscriptionRow.muted_until), func.count(SubscriptionRow.paused_because)
    )
    total, muted, paused = (await session.execute(counts)).one()
    rows = _subscriptions(destination).order_by(*worst_first()).limit(size).offset((number - 1) * size)
    found = [(job, sub) for job, sub in await session.execute(rows)]
    jobs = await same_job.with_exact_beginnings(session, [to_tracked_job(job) for job, _ in found])
    shown = [to_subscription(sub, job) for job, (_, sub) in zip(jobs, found, strict=True)]
    return WatchedPage(shown, number, -(-total // size), total, muted, paused)


async def find(session: AsyncSession, destination: Destination, target: Target) -> Subscription | None:
    """A destination's subscription to a job, as `subscriptions.find` finds it."""
    found = await subscriptions.find(session, destination, target)
    return to_subscription(found[1], to_tracked_job(found[0])) if found else None


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
