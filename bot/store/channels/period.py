"""What happened in a period to the jobs that a destination watches: digests and summaries are made of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain import pattern as patterns
from bot.domain.destination import Destination
from bot.domain.history.period import Period, Tally
from bot.domain.tracked_job import TrackedJob
from bot.store.lists import history
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import SubscriptionRow, TrackedJobRow
from bot.store.watched import same_job

# Jobs read at a time, and changes and gaps of each: of a job that changed more often, the latest count.
_BATCH, _CHANGES = 100, 500


async def what_happened(
    session: AsyncSession, destination: Destination, since: datetime, until: datetime, *, pattern: str | None = None
) -> Period:
    """What happened from `since` until `until` to what a destination watches, or to the jobs among it whose names match
    a normalized glob.

    A job that it watches by its name and by its run counts once. The work grows with its jobs and their changes in the
    period; `_BATCH` of them are in memory at a time.
    """
    tally, after = Tally(since, until), 0
    while rows := await _watched(session, destination, until, after):
        after = rows[-1][0].id
        chosen = [(job, at) for job, at in rows if pattern is None or patterns.matches(pattern, job.title)]
        recorded = await history.of_jobs(session, [job for job, _ in chosen], since, limit=_CHANGES)
        for job, watched_since in chosen:
            tally.add(job, recorded[job.id], watched_since=watched_since)
    return tally.period


async def _watched(
    session: AsyncSession, destination: Destination, until: datetime, after: int
) -> Sequence[tuple[TrackedJob, datetime]]:
    """The next jobs that a destination watches, in the order of their row IDs, and when it began to."""
    rows = await session.execute(
        select(TrackedJobRow, SubscriptionRow.created_at)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(
            SubscriptionRow.workspace == destination.workspace,
            SubscriptionRow.destination == destination.id,
            SubscriptionRow.created_at < until,
            TrackedJobRow.id > after,
            ~same_job.is_watched_by_name(),
        )
        .order_by(TrackedJobRow.id)
        .limit(_BATCH)
    )
    return [(to_tracked_job(job), at) for job, at in rows]
