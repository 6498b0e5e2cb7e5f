"""The difference between a job's present status and what a subscription was notified of."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import Status
from bot.domain.notification.jobs import StillFailing
from bot.store import outbox
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import ChangeRow, SubscriptionRow, TrackedJobRow
from bot.store.watched import beginnings


def change_for(sub: SubscriptionRow, row: TrackedJobRow) -> Change | None:
    """The difference as a change; None if there is none."""
    job, notified = to_tracked_job(row), Status.of(sub.notified_status)
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
    session: AsyncSession, row: TrackedJobRow, sub: SubscriptionRow, now: datetime, *, in_window: bool = False
) -> None:
    """Queue that a job still fails at the end of its mute or, if `in_window`, of what another notification tells of.
    The subscription counts as notified of the present status."""
    (job,) = await beginnings.as_known(session, [to_tracked_job(row)])
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
        started_by=await _started_by(session, row),
        notified=Status.of(sub.notified_status),
        in_window=in_window,
    )
    before, sub.notified_status = sub.notified_status, row.status
    destination = Destination(sub.workspace, sub.destination)
    outbox.put(session, destination, reminder, now, subscription=sub.id, notified_before=before)


async def _started_by(session: AsyncSession, row: TrackedJobRow) -> str | None:
    """Who deployed the run, if a change said so."""
    said = select(ChangeRow.started_by).where(
        ChangeRow.watched_job_id == row.id, ChangeRow.run == row.run, ChangeRow.started_by.is_not(None)
    )
    return (await session.scalars(said.order_by(ChangeRow.at.desc()).limit(1))).first()
