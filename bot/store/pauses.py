"""A destination that can't be told any more: its subscriptions are paused, never deleted, and go on one day."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.notification import Paused, Resumed
from bot.store import outbox, pattern_watches
from bot.store.sql.tables import DeliveryRow, SubscriptionRow, TrackedJobRow

_NAMED = 10  # jobs that a message to a subscriber names


async def pause(session: AsyncSession, workspace: str, destination: str, why: str, now: datetime) -> int:
    """Pause every live subscription of a destination and let those who made them know; how many that were.

    What waited for it is given up: when the subscriptions resume, they are told what is then.
    """
    await pattern_watches.pause(session, workspace, destination, why, now)
    rows = (await session.execute(_of(workspace, destination).where(SubscriptionRow.paused_because.is_(None)))).all()
    await outbox.abandon(session, workspace, destination, why, now)
    for sub, _ in rows:
        sub.paused_because, sub.paused_at = why, now
    if not _is_person(destination):
        for person in sorted({sub.created_by for sub, _ in rows}):
            titles = [job.title for sub, job in rows if sub.created_by == person]
            news = Paused(destination, why, len(titles), tuple(titles[:_NAMED]))
            outbox.put(session, workspace, person, news, now)
    return len(rows)


async def pause_again(session: AsyncSession, workspace: str, destination: str, why: str, now: datetime) -> None:
    """Undo a resumption that turned out to be too early. Nobody is told: they heard of the pause."""
    await pattern_watches.pause(session, workspace, destination, why, now)
    await session.execute(
        update(SubscriptionRow)
        .where(
            SubscriptionRow.workspace == workspace,
            SubscriptionRow.destination == destination,
            SubscriptionRow.paused_because.is_(None),
        )
        .values(paused_because=why, paused_at=now)
    )


async def resume(session: AsyncSession, workspace: str, destination: str, now: datetime) -> int:
    """Let the paused subscriptions of a destination go on, and say so there; how many that were.

    What changed meanwhile is told by `reconcile_all`.
    """
    await pattern_watches.resume(session, workspace, destination)
    rows = (await session.execute(_of(workspace, destination).where(SubscriptionRow.paused_because.is_not(None)))).all()
    if rows:
        paused_at = min(sub.paused_at or now for sub, _ in rows)
        for sub, _ in rows:
            sub.paused_because = sub.paused_at = None
        await session.flush()
        outbox.put(session, workspace, destination, Resumed(len(rows), paused_at), now)
    return len(rows)


async def move(session: AsyncSession, workspace: str, old: str, new: str) -> int:
    """A channel got another ID: its subscriptions, and what waits for it, go along; how many subscriptions moved."""
    await pattern_watches.move(session, workspace, old, new)
    rows: Sequence[SubscriptionRow] = [sub for sub, _ in (await session.execute(_of(workspace, old))).all()]
    there = set(
        await session.scalars(
            select(SubscriptionRow.watched_job_id).where(
                SubscriptionRow.workspace == workspace, SubscriptionRow.destination == new
            )
        )
    )
    moving = [sub for sub in rows if sub.watched_job_id not in there]
    for sub in moving:
        sub.destination = new
    for sub in rows:
        if sub not in moving:  # somebody subscribed the channel anew under its new ID
            await session.delete(sub)
    await session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.workspace == workspace, DeliveryRow.destination == old, DeliveryRow.settled_at.is_(None))
        .values(destination=new)
    )
    return len(moving)


def _of(workspace: str, destination: str) -> Select[SubscriptionRow, TrackedJobRow]:
    return (
        select(SubscriptionRow, TrackedJobRow)
        .join(TrackedJobRow, TrackedJobRow.id == SubscriptionRow.watched_job_id)
        .where(SubscriptionRow.workspace == workspace, SubscriptionRow.destination == destination)
        .order_by(TrackedJobRow.id)
        .with_for_update()
    )


def _is_person(destination: str) -> bool:
    return destination.startswith(("U", "W"))
