"""Pauses: the subscriptions of a destination that can't be reached are paused, never deleted, and resume later."""

from datetime import datetime

from sqlalchemy import Select, Update, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.notification import Paused, Resumed
from bot.store import deliveries, outages, outbox
from bot.store.patterns import watches as patterns
from bot.store.sql.tables import DeliveryRow, SubscriptionRow, TrackedJobRow


async def pause(session: AsyncSession, destination: Destination, why: str, now: datetime) -> int:
    """Pause the live subscriptions of a destination and notify those who made them; return their number.

    What was queued for the destination is dropped: on resumption the present status is delivered.
    """
    await patterns.pause(session, destination, why, now)
    rows = (await session.execute(_of(destination).where(SubscriptionRow.paused_because.is_(None)))).all()
    await deliveries.abandon(session, destination, why, now)
    for sub, _ in rows:
        sub.paused_because, sub.paused_at = why, now
    if not destination.is_person:
        for person in sorted({sub.created_by for sub, _ in rows}):
            # Only their number: the person may not be a member any more, and the names are those of today.
            count = sum(sub.created_by == person for sub, _ in rows)
            paused = Paused(destination.id, why, count)
            outbox.put(session, Destination(destination.workspace, person), paused, now)
    return len(rows)


async def pause_again(session: AsyncSession, destination: Destination, why: str, now: datetime) -> None:
    """Undo a resumption that came too early. Nobody is notified: they know of the pause."""
    await patterns.pause(session, destination, why, now)
    live = _update_of(destination).where(SubscriptionRow.paused_because.is_(None))
    await session.execute(live.values(paused_because=why, paused_at=now))


async def resume(session: AsyncSession, destination: Destination, now: datetime) -> int:
    """Resume the paused subscriptions of a destination and say so there; return their number.

    `reconcile` delivers what changed meanwhile.
    """
    await patterns.resume(session, destination)
    rows = (await session.execute(_of(destination).where(SubscriptionRow.paused_because.is_not(None)))).all()
    if rows:
        paused_at = min(sub.paused_at or now for sub, _ in rows)
        for sub, _ in rows:
            sub.paused_because = sub.paused_at = None
        await session.flush()
        outbox.put(session, destination, Resumed(len(rows), paused_at), now)
    return len(rows)


async def move(session: AsyncSession, old: Destination, new: Destination) -> int:
    """Move what a channel whose ID changed watches, what waits for it and the outages that it was notified of; return
    the number of subscriptions."""
    await patterns.move(session, old, new)
    rows = [sub for sub, _ in (await session.execute(_of(old))).all()]
    at_new = set(
        await session.scalars(
            select(SubscriptionRow.watched_job_id).where(
                SubscriptionRow.workspace == new.workspace, SubscriptionRow.destination == new.id
            )
        )
    )
    moving = [sub for sub in rows if sub.watched_job_id not in at_new]
    for sub in moving:
        sub.destination = new.id
    for sub in rows:
        if sub not in moving:  # the job was watched again under the channel's new ID
            await session.delete(sub)
    await session.execute(
        update(DeliveryRow)
        .where(
            DeliveryRow.workspace == old.workspace,
            DeliveryRow.destination == old.id,
            DeliveryRow.settled_at.is_(None),
        )
        .values(destination=new.id)
    )
    await outages.move(session, old, new)
    return len(moving)


def _of(destination: Destination) -> Select[SubscriptionRow, TrackedJobRow]:
    return (
        select(SubscriptionRow, TrackedJobRow)
        .join(TrackedJobRow, TrackedJobRow.id == SubscriptionRow.watched_job_id)
        .where(
            SubscriptionRow.workspace == destination.workspace,
            SubscriptionRow.destination == destination.id,
        )
        .order_by(TrackedJobRow.id)
        .with_for_update()
    )


def _update_of(destination: Destination) -> Update:
    return update(SubscriptionRow).where(
        SubscriptionRow.workspace == destination.workspace,
        SubscriptionRow.destination == destination.id,
    )
