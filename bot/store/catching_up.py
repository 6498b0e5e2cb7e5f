"""What each subscription was told, against what is: the difference is told once nothing else waits for it.

It is how a subscription goes on after a pause, a mute or a message that was given up, and what a start begins with.
"""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.jobs import Change, JobRef, Status
from bot.store import outbox
from bot.store.tables import Delivery, Subscription, WatchedJob
from bot.store.watches import ends_with_its_run, known
from bot.when import When


async def catch_up(session: AsyncSession, now: datetime) -> int:
    """Let each live subscription hear of the status that its job has, if it was told another one and wants to know.

    How many that were. A subscription for which something waits is left alone: it will be told by that.
    """
    waiting = exists().where(Delivery.subscription_id == Subscription.id, Delivery.settled_at.is_(None))
    behind = await session.execute(
        select(Subscription, WatchedJob)
        .join(WatchedJob, WatchedJob.id == Subscription.watched_job_id)
        .where(
            Subscription.paused_because.is_(None),
            Subscription.muted_until.is_(None),
            Subscription.told_status != WatchedJob.status,
            ~waiting,
        )
        .order_by(WatchedJob.id, Subscription.id)
        # Both rows: the watcher may be writing a change this very moment, which brings its own deliveries.
        .with_for_update(skip_locked=True)
    )
    told = [(sub, change) for sub, job in behind.all() if (change := _tell(session, sub, job, now))]
    for sub, change in told:
        if change.ends:
            await outbox.end(session, sub)
    return len(told)


def _tell(session: AsyncSession, sub: Subscription, job: WatchedJob, now: datetime) -> Change | None:
    told, status = Status.of(sub.told_status), Status.of(job.status)
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
    if told == status or not (change.ends or When.read(sub.wants).wants(told, status)):
        return None
    outbox.put(session, sub.workspace, sub.destination, change, now, subscription=sub.id, told_before=sub.told_status)
    sub.told_status = job.status
    return change
