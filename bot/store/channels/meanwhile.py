"""What else the end of a time without alerts tells: jobs that were added, and those that can't be checked."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.job import JobRef, Status
from bot.domain.notification.jobs import JobAdded
from bot.domain.pattern import ALL_JOBS, matches
from bot.store import outbox
from bot.store.sql.tables import DeliveryRow, PatternRow, SubscriptionRow, TrackedJobRow
from bot.store.watched import same_job
from bot.store.watched.leaving import LEAVING


async def put_added(
    session: AsyncSession,
    destination: Destination,
    since: datetime,
    now: datetime,
    *,
    pattern: str = ALL_JOBS,
) -> None:
    """Queue that jobs, whose names match a normalized glob, were added `since` then to patterns that are older, unless
    that was told."""
    told = exists().where(
        DeliveryRow.subscription_id == SubscriptionRow.id, DeliveryRow.notification.contains(f'"{JobAdded.kind}"')
    )
    added = (
        select(TrackedJobRow, SubscriptionRow.id)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .join(PatternRow, PatternRow.id == SubscriptionRow.pattern_id)
        .where(
            SubscriptionRow.workspace == destination.workspace,
            SubscriptionRow.destination == destination.id,
            SubscriptionRow.paused_because.is_(None),
            SubscriptionRow.muted_until.is_(None),
            SubscriptionRow.created_at > since,
            PatternRow.created_at < since,
            ~told,
        )
    )
    for row, subscription in await session.execute(added.order_by(TrackedJobRow.id)):
        if matches(pattern, row.title):
            job = JobAdded(JobRef(row.dataflow, row.run), row.title, Status.of(row.status), now)
            outbox.put(session, destination, job, now, subscription=subscription)


async def count_unavailable(session: AsyncSession, destination: Destination, *, pattern: str = ALL_JOBS) -> int:
    """The number of jobs, whose names match a normalized glob, that can't be polled now. Not of those that are about to
    be removed from a pattern, which is announced."""
    unavailable = (
        select(TrackedJobRow.title)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(
            SubscriptionRow.workspace == destination.workspace,
            SubscriptionRow.destination == destination.id,
            TrackedJobRow.failure.is_not(None),
            ~same_job.is_watched_by_name(),
            ~exists().where(LEAVING),
        )
    )
    return sum(matches(pattern, title) for title in await session.scalars(unavailable))
