"""The difference between a job's present status and what a subscription was notified of."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import Status
from bot.domain.notification.jobs import JobUnavailable, StillFailing
from bot.domain.subscription import Subscription
from bot.domain.tracked_job import TrackedJob
from bot.store import outbox
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import ChangeRow, SubscriptionRow, TrackedJobRow
from bot.store.watched import beginnings, leaving

_BATCH = 500


def change_for(sub: SubscriptionRow, job: TrackedJob) -> Change | None:
    """The difference as a change; None if there is none."""
    notified = Status.of(sub.notified_status)
    if notified == job.status:
        return None
    return Change(
        ref=job.ref,
        title=job.title,
        old=notified,
        new=job.status,
        old_since=None,
        at=job.status_since,
        followed=job.followed,
        ends=job.ended,
        at_is_exact=job.since_is_exact,
    )


async def put_still_failing(
    session: AsyncSession,
    failing: Sequence[tuple[TrackedJobRow, SubscriptionRow]],
    now: datetime,
    *,
    in_window: bool = False,
) -> None:
    """Queue that jobs of one workspace still fail at the end of their mutes or, if `in_window`, of what another
    notification tells of. The subscriptions count as notified of the present status."""
    for start in range(0, len(failing), _BATCH):
        some = failing[start : start + _BATCH]
        started_by = await _started_by(session, [row.id for row, _ in some])
        jobs = await beginnings.as_known(session, [to_tracked_job(row) for row, _ in some])
        for job, (_, sub) in zip(jobs, some, strict=True):
            reminder = StillFailing(
                ref=job.ref,
                title=job.title,
                status=job.status,
                since=job.status_since,
                muted_at=sub.muted_at or now,
                muted_by=sub.muted_by or sub.created_by,
                at=now,
                followed=job.followed,
                since_is_exact=job.since_is_exact,
                version=job.version,
                started_by=started_by.get(job.id),
                notified=Status.of(sub.notified_status),
                in_window=in_window,
            )
            before, sub.notified_status = sub.notified_status, job.status.raw
            destination = Destination(sub.workspace, sub.destination)
            outbox.put(session, destination, reminder, now, subscription=sub.id, notified_before=before)


async def put_unavailable(session: AsyncSession, sub: Subscription, now: datetime) -> None:
    """Queue what others were notified of during a mute or a pause: that the job can't be polled. Unless it is about to
    be removed from a pattern."""
    job = sub.job
    if job.unavailable_notified_at is None or job.failure is None or sub.paused_because is not None:
        return
    if sub.id not in await leaving.subscriptions_to(session, job):
        since = job.failing_since or job.unavailable_notified_at
        unavailable = JobUnavailable(job.ref, job.title, job.status, job.failure, since, job.followed)
        outbox.put(session, sub.destination, unavailable, now, subscription=sub.id)


async def _started_by(session: AsyncSession, jobs: Collection[int]) -> Mapping[int, str]:
    """Who deployed the present runs of some jobs, by their row IDs, where a change said so."""
    of_run = ChangeRow.watched_job_id == TrackedJobRow.id, ChangeRow.run == TrackedJobRow.run
    said = select(ChangeRow.started_by).where(*of_run, ChangeRow.started_by.is_not(None))
    latest = said.order_by(ChangeRow.at.desc()).limit(1).scalar_subquery()
    found = await session.execute(select(TrackedJobRow.id, latest).where(TrackedJobRow.id.in_(jobs)))
    return {job: person for job, person in found if person is not None}
