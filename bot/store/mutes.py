"""Mutes: a muted subscription gets no alerts, and a reminder of what still fails at the end."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.job import Status, Target
from bot.domain.notification.jobs import StillFailing
from bot.domain.tracked_job import TrackedJob
from bot.store import outbox, subscriptions
from bot.store.incidents import updates as incident_updates
from bot.store.sql.mapping import to_subscription, to_tracked_job
from bot.store.sql.tables import ChangeRow, SubscriptionRow, TrackedJobRow
from bot.store.watched.until_change import clear_mute

_BATCH = 500


@dataclass(frozen=True)
class Unmuted:
    """The end of a mute. `was_muted` is False if there was none; `changes_follow` if the job changed meanwhile."""

    job: TrackedJob
    was_muted: bool
    changes_follow: bool


async def mute(
    session: AsyncSession,
    destination: Destination,
    target: Target,
    *,
    until: datetime,
    by: str,
    now: datetime,
    until_change: bool = False,
) -> TrackedJob | None:
    """Mute a job at a destination, or move the end of its mute; return the job, None if it isn't watched there.

    With `until_change`, the next change of its status ends the mute, if that is before `until`.

    A job that is watched by its name and by its run is muted in both ways.
    """
    found = await subscriptions.find_with_same_job(session, destination, target)
    for job, sub in found:
        sub.muted_until, sub.muted_by, sub.muted_at = until, by, sub.muted_at or now
        sub.muted_until_change = until_change or None
        await incident_updates.mark(session, destination, job.dataflow, now)
    return to_tracked_job(found[0][0]) if found else None


async def unmute(session: AsyncSession, destination: Destination, target: Target, now: datetime) -> Unmuted | None:
    """End a mute early; None if the job isn't watched there. `reconcile` delivers what changed meanwhile."""
    found = await subscriptions.find_with_same_job(session, destination, target)
    muted = [(to_tracked_job(row), sub) for row, sub in found if sub.muted_until is not None]
    for job, sub in muted:
        clear_mute(sub)
        await incident_updates.mark(session, destination, job.ref.dataflow, now)
    follow = any(to_subscription(sub, job).is_behind for job, sub in muted)
    return Unmuted(to_tracked_job(found[0][0]), bool(muted), follow) if found else None


async def end_mutes(session: AsyncSession, now: datetime) -> int:
    """End mutes that are over, and queue a reminder for each job that still fails; return their number.

    If there are many, it ends some of them.
    """
    over = await session.execute(
        select(TrackedJobRow, SubscriptionRow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(SubscriptionRow.muted_until <= now)
        .order_by(TrackedJobRow.id, SubscriptionRow.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = over.all()
    for job, sub in rows:
        if to_subscription(sub, to_tracked_job(job)).is_reminded_after_mute:
            await _remind(session, job, sub, now)
        clear_mute(sub)
        await incident_updates.mark(session, Destination(sub.workspace, sub.destination), job.dataflow, now)
    return len(rows)


async def _remind(session: AsyncSession, row: TrackedJobRow, sub: SubscriptionRow, now: datetime) -> None:
    job = to_tracked_job(row)
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
