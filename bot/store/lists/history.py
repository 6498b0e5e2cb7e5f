"""The recorded changes of a job."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.history.recorded import History
from bot.domain.job import Dataflow, JobRef, Status, Target
from bot.domain.tracked_job import TrackedJob
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import ChangeRow, DeliveryRow, SubscriptionRow, TrackedJobRow
from bot.store.watched import same_job


async def of_job(
    session: AsyncSession, asking: Collection[Destination], target: Target, *, limit: int
) -> History | None:
    """What may be told to some destinations of one workspace of a job's history; None if that is nothing.

    A record shows that somebody watched, maybe in private. So they are told of the changes since their own watch
    began, and of those that they were notified of.
    """
    rows = await _rows(session, {one.workspace for one in asking}, target)
    for row in rows:
        if found := await _history(session, row, {one.id for one in asking}, limit):
            return found
    return None


async def _rows(session: AsyncSession, workspaces: Collection[str], target: Target) -> Sequence[TrackedJobRow]:
    """The rows that a target may mean, the likeliest first. A run also means its followed dataflow, and a dataflow any
    run."""
    dataflow = target.id if isinstance(target, Dataflow) else target.dataflow
    found = await session.scalars(
        select(TrackedJobRow)
        .where(TrackedJobRow.workspace.in_(workspaces), TrackedJobRow.dataflow == dataflow)
        .order_by(TrackedJobRow.followed.desc(), TrackedJobRow.run.desc())
    )
    rows = [row for row in found if isinstance(target, Dataflow) or row.followed or row.run == target.run]
    return sorted(rows, key=lambda row: to_tracked_job(row).target != target)


async def _history(session: AsyncSession, row: TrackedJobRow, places: Collection[str], limit: int) -> History | None:
    mine = (SubscriptionRow.watched_job_id == row.id, SubscriptionRow.destination.in_(places))
    since = await session.scalar(select(func.min(SubscriptionRow.created_at)).where(*mine))
    notified = exists().where(DeliveryRow.change_id == ChangeRow.id, DeliveryRow.destination.in_(places))
    visible = (ChangeRow.watched_job_id == row.id, or_(ChangeRow.at >= since, notified) if since else notified)
    newest = select(ChangeRow).where(*visible).order_by(ChangeRow.at.desc(), ChangeRow.id.desc()).limit(limit)
    job = to_tracked_job(row)
    changes = [_change(change, job) for change in await session.scalars(newest)]
    total = (await session.execute(select(func.count()).select_from(ChangeRow).where(*visible))).scalar_one()
    if since is not None:
        (job,) = await same_job.with_exact_beginnings(session, [job])
        return History(job, changes, total, watched=True)
    if not changes:
        return None
    last = changes[0]  # what came later is seen by those who still watch
    then = replace(job, ref=last.ref, title=last.title, version=last.version, polled_at=last.at)
    job = replace(
        then, status=last.new, status_since=last.at, since_is_exact=last.at_is_exact, failure=None, failing_since=None
    )
    return History(job, changes, total, watched=False)


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
