"""The changes that were seen of a job."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.jobs import Change, JobRef, Status
from bot.store.tables import ChangeRecord, Subscription, WatchedJob
from bot.store.watches import Known, known


@dataclass(frozen=True)
class History:
    """A job as it is known, its latest changes (newest first), and how many are remembered in all.

    `watched` is False where nobody subscribes any more: what is known is what was seen last.
    """

    known: Known
    changes: Sequence[Change]
    total: int
    watched: bool


async def of(session: AsyncSession, workspace: str, ref: JobRef, *, limit: int) -> History | None:
    """A job's history; None if nobody watches it and nothing is remembered of it."""
    found = await session.execute(
        select(WatchedJob, exists().where(Subscription.watched_job_id == WatchedJob.id)).where(
            WatchedJob.workspace == workspace, WatchedJob.dataflow == ref.dataflow, WatchedJob.run == ref.run
        )
    )
    row = found.one_or_none()
    if row is None:
        return None
    job, watched = row
    of_job = ChangeRecord.watched_job_id == job.id
    newest = select(ChangeRecord).where(of_job).order_by(ChangeRecord.at.desc(), ChangeRecord.id.desc()).limit(limit)
    total = (await session.execute(select(func.count()).select_from(ChangeRecord).where(of_job))).scalar_one()
    return History(known(job), [_change(change, ref) for change in await session.scalars(newest)], total, watched)


def _change(row: ChangeRecord, ref: JobRef) -> Change:
    return Change(
        ref=ref,
        title=row.title,
        old=Status.of(row.old_status),
        new=Status.of(row.new_status),
        old_since=row.old_since,
        at=row.at,
        version=row.version,
        started_by=row.started_by,
    )
