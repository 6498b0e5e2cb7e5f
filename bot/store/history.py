"""The changes that were seen of a job."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.domain.job import Dataflow, JobRef, Status, Target
from bot.domain.tracked_job import TrackedJob
from bot.store.sql.tables import ChangeRow, SubscriptionRow, TrackedJobRow
from bot.store.tracked_jobs import known


@dataclass(frozen=True)
class History:
    """A job as it is known, its latest changes (newest first), and how many are remembered in all.

    `watched` is False where nobody subscribes any more: what is known is what was seen last.
    """

    known: TrackedJob
    changes: Sequence[Change]
    total: int
    watched: bool


async def of(session: AsyncSession, workspace: str, target: Target, *, limit: int) -> History | None:
    """A job's history; None if nobody watches it and nothing is remembered of it."""
    row = await _find(session, workspace, target)
    if row is None:
        return None
    job, watched = row
    of_job = ChangeRow.watched_job_id == job.id
    newest = select(ChangeRow).where(of_job).order_by(ChangeRow.at.desc(), ChangeRow.id.desc()).limit(limit)
    total = (await session.execute(select(func.count()).select_from(ChangeRow).where(of_job))).scalar_one()
    return History(
        known(job), [_change(change, known(job)) for change in await session.scalars(newest)], total, watched
    )


async def _find(session: AsyncSession, workspace: str, target: Target) -> tuple[TrackedJobRow, bool] | None:
    """The job and whether it is watched: as it was named, else the other way (see `subscriptions.find`), the newest
    run first."""
    dataflow = target.id if isinstance(target, Dataflow) else target.dataflow
    found = await session.execute(
        select(TrackedJobRow, exists().where(SubscriptionRow.watched_job_id == TrackedJobRow.id))
        .where(TrackedJobRow.workspace == workspace, TrackedJobRow.dataflow == dataflow)
        .order_by(TrackedJobRow.followed.desc(), TrackedJobRow.run.desc())
    )
    rows = [(job, watched) for job, watched in found]
    exact = [row for row in rows if known(row[0]).target == target]
    others = [row for row in rows if row[0].followed or isinstance(target, Dataflow)]
    return next(iter(exact or others), None)


def _change(row: ChangeRow, job: TrackedJob) -> Change:
    return Change(
        ref=JobRef(job.ref.dataflow, row.run or job.ref.run),
        title=row.title,
        old=Status.of(row.old_status),
        new=Status.of(row.new_status),
        old_since=row.old_since,
        at=row.at,
        version=row.version,
        started_by=row.started_by,
        followed=job.followed,
        old_run=row.old_run,
        old_version=row.old_version,
    )
