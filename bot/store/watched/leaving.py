"""Jobs of patterns that the job list lacks: their removal is announced with the next list, so nothing else is."""

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.tracked_job import TrackedJob
from bot.store.sql.tables import PatternMemberRow, SubscriptionRow, TrackedJobRow

# Joins a subscription and its job with the member of a pattern that the last job list lacks.
LEAVING = and_(
    PatternMemberRow.pattern_id == SubscriptionRow.pattern_id,
    PatternMemberRow.dataflow == TrackedJobRow.dataflow,
    PatternMemberRow.missing_since.is_not(None),
)


async def subscriptions_to(session: AsyncSession, job: TrackedJob) -> set[int]:
    """The subscriptions to a job that end if the next job list lacks it too."""
    leaving = (
        select(SubscriptionRow.id)
        .join(TrackedJobRow, TrackedJobRow.id == SubscriptionRow.watched_job_id)
        .join(PatternMemberRow, LEAVING)
        .where(TrackedJobRow.id == job.id, TrackedJobRow.followed)
    )
    return set(await session.scalars(leaving))
