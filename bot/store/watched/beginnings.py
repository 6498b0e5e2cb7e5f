"""What is known of when a status began: exactly, or since when it was seen without a gap. In a gap it may have changed,
and changed back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.domain.history.gaps import old_status_seen, seen_without
from bot.domain.tracked_job import Gap, TrackedJob
from bot.store.sql.tables import GapRow
from bot.store.watched import same_job


async def as_known(session: AsyncSession, jobs: Sequence[TrackedJob]) -> Sequence[TrackedJob]:
    """Some jobs of one workspace, each with what is known of when its status began."""
    return await without_gaps(session, await same_job.with_exact_beginnings(session, jobs))


async def without_gaps(session: AsyncSession, jobs: Sequence[TrackedJob]) -> Sequence[TrackedJob]:
    """Some jobs, each with its status since it was seen without a gap."""
    latest = await latest_gaps(session, {job.id for job in jobs})
    return [seen_without(latest[job.id], job) if job.id in latest else job for job in jobs]


async def change_as_known(session: AsyncSession, job: TrackedJob, change: Change) -> Change:
    """A change of a job, with its old status since that was seen without a gap."""
    if change.old_since is None or change.old_seen_at is None:
        return change
    latest = await latest_gaps(session, [job.id], until=change.old_seen_at)
    return old_status_seen(latest[job.id], change) if job.id in latest else change


async def latest_gaps(session: AsyncSession, jobs: Collection[int], until: datetime | None = None) -> Mapping[int, Gap]:
    """The latest gap of each job: the last of those that ended by then."""
    # They don't overlap, so that the latest beginning and the latest end are one gap's.
    ends = select(GapRow.watched_job_id, func.max(GapRow.since), func.max(GapRow.until))
    ends = ends.where(GapRow.watched_job_id.in_(jobs)).group_by(GapRow.watched_job_id)
    rows = await session.execute(ends if until is None else ends.where(GapRow.until <= until))
    return {id: Gap(since, end) for id, since, end in rows}
