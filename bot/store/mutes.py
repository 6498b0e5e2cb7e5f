"""Silence for a while: a muted subscription is told nothing, and at the end what is still wrong."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.job import JobRef, Status, StatusClass, Target
from bot.domain.notification import StillFailing
from bot.domain.status_filter import StatusFilter
from bot.domain.tracked_job import TrackedJob
from bot.store import outbox, subscriptions
from bot.store.sql.tables import SubscriptionRow, TrackedJobRow
from bot.store.tracked_jobs import known

_BAD = (StatusClass.ERROR, StatusClass.UNKNOWN, StatusClass.WARNING)
_HEALTHY = Status.of("Up and Running")


@dataclass(frozen=True)
class Unmuted:
    """`was_muted` is False where there was nothing to end; `news_follow` where the job is not as it was told last."""

    known: TrackedJob
    was_muted: bool
    news_follow: bool


async def mute(
    session: AsyncSession, workspace: str, target: Target, destination: str, *, until: datetime, by: str, now: datetime
) -> TrackedJob | None:
    """Mute a subscription, or move the end of its mute; the job, None if it is not watched here."""
    found = await subscriptions.find(session, workspace, target, destination)
    if found is None:
        return None
    job, sub = found
    sub.muted_until, sub.muted_by, sub.muted_at = until, by, sub.muted_at or now
    return known(job)


async def unmute(session: AsyncSession, workspace: str, target: Target, destination: str) -> Unmuted | None:
    """End a mute before its time; None if the job is not watched here. The difference is told by `reconcile_all`."""
    found = await subscriptions.find(session, workspace, target, destination)
    if found is None:
        return None
    job, sub = found
    was_muted = sub.muted_until is not None
    _clear(sub)
    told, status = Status.of(sub.notified_status), Status.of(job.status)
    follows = was_muted and told != status and StatusFilter.read(sub.wants).wants(told, status)
    return Unmuted(known(job), was_muted, follows)


async def end_mutes(session: AsyncSession, now: datetime) -> int:
    """End the mutes whose time has come, and tell of each job that is still bad; how many ended."""
    over = await session.execute(
        select(TrackedJobRow, SubscriptionRow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(SubscriptionRow.muted_until <= now)
        .order_by(TrackedJobRow.id, SubscriptionRow.id)
        .with_for_update(skip_locked=True)
    )
    rows = over.all()
    for job, sub in rows:
        _tell_if_bad(session, job, sub, now)
        _clear(sub)
    return len(rows)


def _tell_if_bad(session: AsyncSession, job: TrackedJobRow, sub: SubscriptionRow, now: datetime) -> None:
    status = Status.of(job.status)
    wanted = StatusFilter.read(sub.wants).wants(_HEALTHY, status)
    if sub.paused_because or status.status_class not in _BAD or not wanted:
        return
    news = StillFailing(
        ref=JobRef(job.dataflow, job.run),
        title=job.title,
        status=status,
        since=job.status_since,
        muted_at=sub.muted_at or now,
        muted_by=sub.muted_by or sub.created_by,
        at=now,
        followed=job.followed,
    )
    outbox.put(
        session, sub.workspace, sub.destination, news, now, subscription=sub.id, notified_before=sub.notified_status
    )
    sub.notified_status = job.status


def _clear(sub: SubscriptionRow) -> None:
    sub.muted_until = sub.muted_at = sub.muted_by = None
