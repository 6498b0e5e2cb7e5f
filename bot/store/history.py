"""The recorded changes of a job."""

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.domain.history import History
from bot.domain.job import Dataflow, JobRef, Status, Target
from bot.domain.tracked_job import TrackedJob
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import ChangeRow, SubscriptionRow, TrackedJobRow


async def of_job(session: AsyncSession, workspace: str, target: Target, *, limit: int) -> History | None:
    """A job's history; None if nobody watches it and nothing is recorded."""
    found = await _find(session, workspace, target)
    if found is None:
        return None
    row, watched = found
    job = to_tracked_job(row)
    mine = ChangeRow.watched_job_id == row.id
    newest = select(ChangeRow).where(mine).order_by(ChangeRow.at.desc(), ChangeRow.id.desc()).limit(limit)
    total = (await session.execute(select(func.count()).select_from(ChangeRow).where(mine))).scalar_one()
    return History(job, [_change(change, job) for change in await session.scalars(newest)], total, watched)


async def _find(session: AsyncSession, workspace: str, target: Target) -> tuple[TrackedJobRow, bool] | None:
    """The job's row and whether somebody watches it. A run also finds its followed dataflow, and a dataflow any run."""
    dataflow = target.id if isinstance(target, Dataflow) else target.dataflow
    found = await session.execute(
        select(TrackedJobRow, exists().where(SubscriptionRow.watched_job_id == TrackedJobRow.id))
        .where(TrackedJobRow.workspace == workspace, TrackedJobRow.dataflow == dataflow)
        .order_by(TrackedJobRow.followed.desc(), TrackedJobRow.run.desc())
    )
    rows = [(job, watched) for job, watched in found]
    exact = [row for row in rows if to_tracked_job(row[0]).target == target]
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
        old_seen_at=row.old_seen_at,
        old_since_is_exact=bool(row.old_since_is_exact),
        at_is_exact=row.at_is_exact is not False,
    )
