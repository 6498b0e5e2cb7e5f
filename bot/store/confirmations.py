"""Confirmations in the outbox: written with what they confirm, shown by whoever wrote them, else delivered like alerts.

Each is shown at once, which takes seconds. It waits in its destination's queue meanwhile: if the process dies or Slack
doesn't accept it, the dispatcher delivers it, before whatever came later.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.confirmation import Confirmation, Deed, JobConfirmation, PatternConfirmation, Subject
from bot.domain.destination import Destination
from bot.store import outbox
from bot.store.sql import notification_json
from bot.store.sql.notification_json import UnreadableNotification
from bot.store.sql.tables import DeliveryRow

# Longer than a request may take: until then whoever asked for it is showing it.
_SHOWN_WITHIN = timedelta(seconds=30)
_SOON = timedelta(seconds=1)


@dataclass(frozen=True)
class Queued:
    """A confirmation, where it will be delivered, and the ID of that delivery."""

    confirmation: Confirmation
    destination: Destination
    delivery: int


async def put(session: AsyncSession, destination: Destination, confirmation: Confirmation, now: datetime) -> Queued:
    """Queue a confirmation that the caller is about to show, and then calls `end` or `release`.

    It replaces what still waits about the same subject. The dispatcher waits for half a minute, with everything behind.
    """
    subjects = {confirmation.subject}
    if isinstance(confirmation, JobConfirmation) and confirmation.deed is Deed.UNWATCHED:
        subjects.add(Subject(confirmation.target, mute=True))
    await drop(session, destination, subjects)
    row = outbox.put(session, destination, confirmation, now, not_before=now + _SHOWN_WITHIN)
    await session.flush()
    return Queued(confirmation, destination, row.id)


async def end(session: AsyncSession, queued: Queued) -> None:
    """Deliver a confirmation no more: it was shown, or what it confirms was undone."""
    await session.execute(
        delete(DeliveryRow).where(DeliveryRow.id == queued.delivery, DeliveryRow.settled_at.is_(None))
    )


async def release(
    session: AsyncSession, queued: Queued, why: str, now: datetime, *, retry_after: timedelta | None = None
) -> None:
    """Leave a confirmation to the dispatcher, `why` being Slack's error code."""
    await session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id == queued.delivery, DeliveryRow.settled_at.is_(None))
        .values(next_try_at=now + (retry_after or _SOON), tried_at=now, attempts=1, error=why)
    )


async def drop(session: AsyncSession, destination: Destination, subjects: Collection[Subject]) -> None:
    """Drop what still waits about some subjects: it isn't true any more."""
    kinds = (JobConfirmation.kind, PatternConfirmation.kind)
    waiting = await session.execute(
        select(DeliveryRow.id, DeliveryRow.notification).where(
            DeliveryRow.settled_at.is_(None),
            DeliveryRow.workspace == destination.workspace,
            DeliveryRow.destination == destination.id,
            or_(*(DeliveryRow.notification.contains(f'"{kind}"', autoescape=True) for kind in kinds)),
        )
    )
    untrue = [id for id, text in waiting if _subject(text) in subjects]
    await session.execute(delete(DeliveryRow).where(DeliveryRow.id.in_(untrue)))


def _subject(text: str) -> Subject | None:
    try:
        notification = notification_json.load(text)
    except UnreadableNotification:
        return None
    return notification.subject if isinstance(notification, Confirmation) else None
