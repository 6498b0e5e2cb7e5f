"""The recorded changes of a job."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.history.recorded import History, Recorded
from bot.domain.job import Dataflow, JobRef, Status, Target
from bot.domain.tracked_job import Gap, TrackedJob
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import ChangeRow, DeliveryRow, GapRow, SubscriptionRow, TrackedJobRow
from bot.store.watched import beginnings, same_job

# Changes of one job that figures are made of: it changes every few minutes for a month.
MOST_CHANGES = 2_000

EVER = datetime(1970, 1, 1, tzinfo=UTC)
_NEWEST = (ChangeRow.at.desc(), ChangeRow.id.desc())


async def of_job(
    session: AsyncSession, asking: Collection[Destination], target: Target, *, limit: int, since: datetime = EVER
) -> History | None:
    """What may be told to some destinations of one workspace of a job's history `since` a time; None if that is
    nothing.

    A record shows that somebody watched, maybe in private. So they are told of the changes since their own watch
    began, and of those that they were notified of: if they don't watch the job any more, of all those.
    """
    rows = await _rows(session, {one.workspace for one in asking}, target)
    for row in rows:
        if found := await _history(session, row, {one.id for one in asking}, limit, since):
            return found
    return None


async def of_jobs(
    session: AsyncSession, jobs: Collection[TrackedJob], since: datetime, *, limit: int
) -> Mapping[int, Recorded]:
    """What is recorded of some jobs since a time, by the jobs' row IDs: `limit` changes of each at most.

    It isn't asked who may know of it: for destinations that watched all these jobs all the time.
    """
    by_id = {job.id: job for job in jobs}
    these = ChangeRow.watched_job_id.in_(by_id)
    number = func.row_number().over(partition_by=ChangeRow.watched_job_id, order_by=_NEWEST)
    total = func.count().over(partition_by=ChangeRow.watched_job_id)
    ranked = select(ChangeRow.id, number.label("number"), total.label("total"))
    newest = ranked.where(these, ChangeRow.at >= since).subquery()
    rows = await session.execute(
        select(ChangeRow, newest.c.total)
        .join(newest, newest.c.id == ChangeRow.id)
        .where(newest.c.number <= limit)
        .order_by(*_NEWEST)
    )
    found: defaultdict[int, list[Change]] = defaultdict(list)
    totals: dict[int, int] = {}
    for row, count in rows:
        found[row.watched_job_id].append(_change(row, by_id[row.watched_job_id]))
        totals[row.watched_job_id] = count
    gaps = await _gaps(session, by_id, since)
    return {
        id: Recorded(found[id], totals.get(id, 0), gaps[id], last=found[id][0] if found[id] else None) for id in by_id
    }


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


async def _history(
    session: AsyncSession, row: TrackedJobRow, places: Collection[str], limit: int, since: datetime
) -> History | None:
    mine = (SubscriptionRow.watched_job_id == row.id, SubscriptionRow.destination.in_(places))
    watched_since = await session.scalar(select(func.min(SubscriptionRow.created_at)).where(*mine))
    job = to_tracked_job(row)
    notified = exists().where(DeliveryRow.change_id == ChangeRow.id, DeliveryRow.destination.in_(places))
    if watched_since is not None:
        visible = (ChangeRow.watched_job_id == row.id, or_(ChangeRow.at >= watched_since, notified))
        recorded = await _recorded(session, job, visible, limit, since)
        (job,) = await same_job.with_exact_beginnings(session, [job])
        return History(job, recorded, watched_since)
    recorded = await _recorded(session, job, (ChangeRow.watched_job_id == row.id, notified), limit, EVER)
    if recorded.last is None:
        return None
    last = recorded.last  # what came later is seen by those who still watch
    then = replace(job, ref=last.ref, title=last.title, version=last.version, polled_at=last.at)
    job = replace(
        then, status=last.new, status_since=last.at, since_is_exact=last.at_is_exact, failure=None, failing_since=None
    )
    return History(job, replace(recorded, gaps=()))


async def _recorded(
    session: AsyncSession, job: TrackedJob, visible: Sequence[ColumnElement[bool]], limit: int, since: datetime
) -> Recorded:
    recent = (*visible, ChangeRow.at >= since)
    newest = select(ChangeRow).where(*recent).order_by(*_NEWEST).limit(limit)
    changes = [_change(change, job) for change in await session.scalars(newest)]
    total = (await session.execute(select(func.count()).select_from(ChangeRow).where(*recent))).scalar_one()
    last = changes[0] if changes else None
    if last is None:
        earlier = await session.scalars(select(ChangeRow).where(*visible).order_by(*_NEWEST).limit(1))
        last = next((_change(change, job) for change in earlier), None)
    gaps = await _gaps(session, [job.id], since)
    return Recorded(changes, total, gaps[job.id], last)


async def _gaps(session: AsyncSession, jobs: Collection[int], since: datetime) -> Mapping[int, Sequence[Gap]]:
    """The gaps of each job that reach into the time since then, and the latest before, newest first. There are few:
    each lasted ten minutes at least."""
    found: dict[int, list[Gap]] = {job: [] for job in jobs}
    within = select(GapRow).where(GapRow.watched_job_id.in_(jobs), GapRow.until > since)
    for row in await session.scalars(within.order_by(GapRow.until.desc())):
        found[row.watched_job_id].append(Gap(row.since, row.until))
    for job, gap in (await beginnings.latest_gaps(session, jobs, until=since)).items():
        found[job].append(gap)
    return found


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
