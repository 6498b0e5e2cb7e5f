"""A job that a destination watches by its name and by its run: two tracked jobs and two subscriptions, one alert."""

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


def is_watched_by_name(*, live: bool = False) -> ColumnElement[bool]:
    """Whether a subscription to a run has another beside it, at the same destination, that follows the job; if `live`,
    one that is neither paused nor muted."""
    job, sub = aliased(TrackedJobRow), aliased(SubscriptionRow)
    return and_(
        ~TrackedJobRow.followed,
        exists().where(
            job.workspace == TrackedJobRow.workspace,
            job.dataflow == TrackedJobRow.dataflow,
            job.followed,
            job.run == TrackedJobRow.run,
            sub.watched_job_id == job.id,
            sub.destination == SubscriptionRow.destination,
            *((sub.paused_because.is_(None), sub.muted_until.is_(None)) if live else ()),
        ),
    )


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
            .values(notified_status=before)
            .execution_options(synchronize_session=False)
        )
