"""Escalations that reached nobody: whoever watches the job hears of it, or they come again once alerts do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.notification.reminders import Escalated
from bot.domain.subscription import NO_CONTACT
from bot.store import outbox
from bot.store.incidents import reminding
from bot.store.incidents.updates import soon
from bot.store.sql import notification_json
from bot.store.sql.tables import DeliveryRow


async def note(session: AsyncSession, undelivered: Sequence[DeliveryRow], why: str, now: datetime) -> None:
    """Note what became of the escalations among deliveries that were given up; `why` is Slack's error code.

    To be called once no more subscriptions are to be locked: whoever plans reminders locks them before the incidents.
    """
    for row in undelivered:
        if (told := _escalation_in(row)) is not None:
            await _note(session, Destination(row.workspace, row.destination), told, why, now)


def _escalation_in(row: DeliveryRow) -> Escalated | None:
    if f'"{Escalated.kind}"' not in row.notification:
        return None
    notification = notification_json.load_if_readable(row.notification)
    return notification if isinstance(notification, Escalated) else None


async def _note(session: AsyncSession, tried: Destination, told: Escalated, why: str, now: datetime) -> None:
    is_elsewhere = told.watched_by is not None
    place = Destination(tried.workspace, told.watched_by or tried.id)
    is_taken = False
    for row in await reminding.open_rows_of(session, place, told.target):
        is_taken = reminding.is_taken(row)  # while it was under way: what waited was dropped
        row.escalated_at = None  # whoever is named next is told
        row.escalation_due_at = None if is_elsewhere or is_taken else now
        row.update_due_at = soon(now) if row.conversation is not None else row.update_due_at
    if is_elsewhere and not is_taken:
        # Without its subscription, whose lock would come too late.
        outbox.put(session, place, replace(told, watched_by=None, unreached=why, contact=NO_CONTACT), now)
