"""A job that a destination watches by its name and by its run: two tracked jobs and two subscriptions, one alert."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.change import Change
from bot.domain.job import JobRef, Status
from bot.domain.tracked_job import TrackedJob
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import ChangeRow, DeliveryRow, SubscriptionRow, TrackedJobRow


async def notified_of(session: AsyncSession, job: TrackedJob, change: Change) -> set[str]:
    """The destinations that were notified of a change, or are about to be, because they watch the job in another way.

    The other tracked job shows the same change: its present status, or a newer one, began while this job had its old
    status.
    """
    if not await _other_jobs(session, job, change.ref):
        return set()
    rows = await session.execute(
        select(DeliveryRow.destination, TrackedJobRow.status, ChangeRow.at)
        .join(ChangeRow, ChangeRow.id == DeliveryRow.change_id)
        .join(TrackedJobRow, TrackedJobRow.id == ChangeRow.watched_job_id)
        .where(
            *_tracks_too(job, change.ref),
            ChangeRow.at == TrackedJobRow.status_since,
            *([ChangeRow.at > change.old_since] if change.old_since else []),
            or_(DeliveryRow.settled_at.is_(None), DeliveryRow.message_ts.is_not(None)),
        )
    )
    return {destination for destination, status, at in rows if Status.of(status) == change.new or at > change.at}


async def _other_jobs(session: AsyncSession, job: TrackedJob, ref: JobRef) -> bool:
    """Whether the run is tracked in another way, too."""
    if (await session.scalars(select(TrackedJobRow.id).where(*_tracks_too(job, ref)).limit(1))).first() is None:
        return False
    if session.get_bind().dialect.name == "postgresql":  # whoever records the same change now comes before or after
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(ref.dataflow))))
    return True


async def with_exact_beginnings(session: AsyncSession, jobs: Sequence[TrackedJob]) -> Sequence[TrackedJob]:
    """Some jobs of one workspace, each with the exact beginning of its status if that is known of the job as it is
    watched in another way."""
    inexact = {job.ref.dataflow for job in jobs if not job.since_is_exact}
    if not inexact:
        return jobs
    rows = await session.scalars(
        select(TrackedJobRow).where(
            TrackedJobRow.workspace == jobs[0].workspace,
            TrackedJobRow.dataflow.in_(inexact),
            TrackedJobRow.since_is_exact.is_(True),
        )
    )
    exact = {(row.dataflow, row.run, Status.of(row.status)): row.status_since for row in rows}
    return [
        replace(job, status_since=since, since_is_exact=True)
        if not job.since_is_exact and (since := exact.get((job.ref.dataflow, job.ref.run, job.status)))
        else job
        for job in jobs
    ]


async def with_exact_old_beginning(session: AsyncSession, job: TrackedJob, change: Change) -> Change:
    """A change with the exact beginning of the old status, if that is known of the job as it is watched in another way,
    which shows the old status still or recorded the change before."""
    if change.old_since is None or change.old_since_is_exact:
        return change
    ref = replace(change.ref, run=change.old_run or change.ref.run)
    before = replace(job, ref=ref, status=change.old, status_since=change.old_since, since_is_exact=False)
    (before,) = await with_exact_beginnings(session, [before])
    since = before.status_since if before.since_is_exact else await _recorded_beginning(session, job, change)
    return replace(change, old_since=since, old_since_is_exact=True) if since and since <= change.at else change


async def _recorded_beginning(session: AsyncSession, job: TrackedJob, change: Change) -> datetime | None:
    recorded = select(ChangeRow.old_since).join(TrackedJobRow, TrackedJobRow.id == ChangeRow.watched_job_id)
    same = recorded.where(
        *_tracks_too(job, change.ref),
        ChangeRow.at == TrackedJobRow.status_since,
        ChangeRow.old_since_is_exact.is_(True),
        ChangeRow.old_status == change.old.raw,
        ChangeRow.new_status == change.new.raw,
    )
    return (await session.scalars(same.limit(1))).first()


async def unavailable_at(session: AsyncSession, job: TrackedJob) -> set[str]:
    """The destinations that were notified that a job is unavailable, because they watch it in another way."""
    rows = await session.scalars(
        select(SubscriptionRow.destination)
        .join(TrackedJobRow, TrackedJobRow.id == SubscriptionRow.watched_job_id)
        .where(
            *_tracks_too(job, job.ref),
            TrackedJobRow.unavailable_notified_at.is_not(None),
            SubscriptionRow.paused_because.is_(None),
            SubscriptionRow.muted_until.is_(None),
        )
    )
    return set(rows)


def _tracks_too(job: TrackedJob, ref: JobRef) -> tuple[ColumnElement[bool], ...]:
    return (
        TrackedJobRow.workspace == job.workspace,
        TrackedJobRow.dataflow == ref.dataflow,
        TrackedJobRow.run == ref.run,
        TrackedJobRow.id != job.id,
    )


_job, _sub = aliased(TrackedJobRow), aliased(SubscriptionRow)  # made once: it takes longer than all the rest


def is_watched_by_name(*, unpaused: bool = False) -> ColumnElement[bool]:
    """Whether a subscription to a run has another beside it, at the same destination, that follows the job; if
    `unpaused`, one that isn't paused."""
    beside = (
        select(_sub.id)
        .where(
            _job.workspace == TrackedJobRow.workspace,
            _job.dataflow == TrackedJobRow.dataflow,
            _job.followed,
            _job.run == TrackedJobRow.run,
            _sub.watched_job_id == _job.id,
            _sub.destination == SubscriptionRow.destination,
            *((_sub.paused_because.is_(None),) if unpaused else ()),
        )
        .correlate(TrackedJobRow, SubscriptionRow)
        .limit(1)
    )
    # Not as EXISTS: PostgreSQL would answer that for all jobs of all destinations first, to be asked about a few runs.
    return and_(~TrackedJobRow.followed, beside.scalar_subquery().is_not(None))


async def take_back(session: AsyncSession, ending: ColumnElement[bool]) -> None:
    """Before subscriptions end: what is queued for them won't be delivered, so their destinations' other subscriptions
    to these jobs count as not notified of it."""
    rows = await session.execute(
        select(DeliveryRow.notified_before, SubscriptionRow, TrackedJobRow)
        .join(SubscriptionRow, SubscriptionRow.id == DeliveryRow.subscription_id)
        .join(TrackedJobRow, TrackedJobRow.id == SubscriptionRow.watched_job_id)
        .where(ending, DeliveryRow.settled_at.is_(None), DeliveryRow.notified_before.is_not(None))
        .order_by(DeliveryRow.id.desc())
    )
    oldest = {sub.id: (before, sub, job) for before, sub, job in rows}
    pending = exists().where(DeliveryRow.subscription_id == SubscriptionRow.id, DeliveryRow.settled_at.is_(None))
    for before, sub, row in oldest.values():
        job = to_tracked_job(row)
        others = select(TrackedJobRow.id).where(*_tracks_too(job, job.ref))
        await session.execute(
            update(SubscriptionRow)
            .where(
                SubscriptionRow.watched_job_id.in_(others),
                SubscriptionRow.destination == sub.destination,
                SubscriptionRow.notified_status == sub.notified_status,
                ~pending,
            )
            .values(notified_status=before, considered=None)
            .execution_options(synchronize_session=False)
        )
