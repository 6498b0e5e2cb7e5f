"""Reconciliation: deliver the difference between a job's present status and what a subscription was notified of.

It is how a subscription continues after a pause, a mute or a message that was given up, and how every start begins.
"""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.store import outbox
from bot.store.sql.mapping import to_subscription, to_tracked_job
from bot.store.sql.tables import DeliveryRow, SubscriptionRow, TrackedJobRow


async def reconcile(session: AsyncSession, now: datetime) -> int:
    """Queue the present status for each live subscription that is behind and wants it; return their number.

    A subscription with pending deliveries is left alone: those bring it up to date.
    """
    pending = exists().where(DeliveryRow.subscription_id == SubscriptionRow.id, DeliveryRow.settled_at.is_(None))
    behind = await session.execute(
        select(SubscriptionRow, TrackedJobRow)
        .join(TrackedJobRow, TrackedJobRow.id == SubscriptionRow.watched_job_id)
        .where(
            SubscriptionRow.paused_because.is_(None),
            SubscriptionRow.muted_until.is_(None),
            SubscriptionRow.notified_status != TrackedJobRow.status,
            ~pending,
        )
        .order_by(TrackedJobRow.id, SubscriptionRow.id)
        # Both rows: the poller may be writing a change this very moment, which brings its own deliveries.
        .with_for_update(skip_locked=True)
    )
    notified = [(sub, change) for sub, job in behind.all() if (change := _notify(session, sub, job, now))]
    await outbox.end_subscriptions(session, [sub.id for sub, change in notified if change.ends])
    return len(notified)


def _notify(session: AsyncSession, sub: SubscriptionRow, row: TrackedJobRow, now: datetime) -> Change | None:
    job = to_tracked_job(row)
    subscription = to_subscription(sub, job)
    change = Change(
        ref=job.ref,
        title=job.title,
        old=subscription.notified_status,
        new=job.status,
        old_since=None,
        at=job.status_since,
        followed=job.followed,
        ends=job.ended,
        at_is_exact=job.since_is_exact,
    )
    if change.old == change.new or not subscription.is_notified_of(change):
        return None
    outbox.put_change(session, sub, change, now)
    return change
