"""What each subscription was told, against what is: the difference is told once nothing else waits for it.

It is how a subscription goes on after a pause, a mute or a message that was given up, and what a start begins with.
"""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change, ends_with_its_run
from bot.domain.job import JobRef, Status
from bot.domain.status_filter import StatusFilter
from bot.store import outbox
from bot.store.sql.tables import DeliveryRow, SubscriptionRow, TrackedJobRow
from bot.store.tracked_jobs import known


async def reconcile_all(session: AsyncSession, now: datetime) -> int:
    """Let each live subscription hear of the status that its job has, if it was told another one and wants to know.

    How many that were. A subscription for which something waits is left alone: it will be told by that.
    """
    waiting = exists().where(DeliveryRow.subscription_id == SubscriptionRow.id, DeliveryRow.settled_at.is_(None))
    behind = await session.execute(
        select(SubscriptionRow, TrackedJobRow)
        .join(TrackedJobRow, TrackedJobRow.id == SubscriptionRow.watched_job_id)
        .where(
            SubscriptionRow.paused_because.is_(None),
            SubscriptionRow.muted_until.is_(None),
            SubscriptionRow.notified_status != TrackedJobRow.status,
            ~waiting,
        )
        .order_by(TrackedJobRow.id, SubscriptionRow.id)
        # Both rows: the watcher may be writing a change this very moment, which brings its own deliveries.
        .with_for_update(skip_locked=True)
    )
    told = [(sub, change) for sub, job in behind.all() if (change := _tell(session, sub, job, now))]
    for sub, change in told:
        if change.ends:
            await outbox.end(session, sub)
    return len(told)


def _tell(session: AsyncSession, sub: SubscriptionRow, job: TrackedJobRow, now: datetime) -> Change | None:
    told, status = Status.of(sub.notified_status), Status.of(job.status)
    change = Change(
        ref=JobRef(job.dataflow, job.run),
        title=job.title,
        old=told,
        new=status,
        old_since=None,
        at=job.status_since,
        followed=job.followed,
        ends=ends_with_its_run(known(job)),
    )
    if told == status or not (change.ends or StatusFilter.read(sub.wants).wants(told, status)):
        return None
    outbox.put(
        session, sub.workspace, sub.destination, change, now, subscription=sub.id, notified_before=sub.notified_status
    )
    sub.notified_status = job.status
    return change
