"""Which Home tabs may show what isn't so any more: a version that says whether anything happened, and claims.

Each tab that is due is claimed by one worker, which compares it and publishes it only if it shows something else: so a
claim that is lost loses nothing, and two workers publish nothing twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.home.tab import HomeTab
from bot.store.homes.tabs import CLAIMED_FOR, to_tab
from bot.store.sql.tables import AppHomeRow, ChangeRow, DeliveryRow, HandledRequestRow, SubscriptionRow

# Tabs that were opened longer ago are refreshed when they are opened again.
_KEPT_UP_TO_DATE = timedelta(days=1)
# A tab opened within this time is perhaps still looked at.
_LOOKED_AT = timedelta(hours=1)
# How long ago a tab must have been compared: one that is perhaps looked at, any other, and one while nothing happens.
_GAP, _LONG_GAP, _IDLE_GAP = timedelta(seconds=3), timedelta(minutes=1), timedelta(minutes=5)


async def version(session: AsyncSession) -> tuple[object, ...]:
    """A value that differs once anything happened that a Home tab may show: a job changed, a person changed something,
    something is to be delivered, or a job is watched. Costs the same however much there is.

    What a person did is found by the request, since the delivery that confirms it is gone once it was shown.
    """
    latest = (ChangeRow.id, DeliveryRow.id, SubscriptionRow.id, HandledRequestRow.at)
    return tuple((await session.execute(select(*(select(func.max(each)).scalar_subquery() for each in latest)))).one())


async def is_any_due(session: AsyncSession, now: datetime, *, happened: bool) -> bool:
    """Whether there is anything to claim."""
    due = select(AppHomeRow.person).where(_is_due(now, happened=happened)).limit(1)
    return (await session.scalars(due)).first() is not None


async def claim(session: AsyncSession, now: datetime, *, happened: bool, limit: int) -> Sequence[HomeTab]:
    """Some tabs to compare, the one compared longest ago first. `happened` says whether anything happened lately."""
    due = select(AppHomeRow).where(_is_due(now, happened=happened)).order_by(AppHomeRow.compared_at).limit(limit)
    rows = (await session.scalars(due.with_for_update(skip_locked=True))).all()
    for row in rows:
        row.compared_at = now + CLAIMED_FOR
    return [to_tab(row) for row in rows]


def _is_due(now: datetime, *, happened: bool) -> ColumnElement[bool]:
    compared, opened = AppHomeRow.compared_at, AppHomeRow.opened_at
    may_differ = or_(
        AppHomeRow.due_at <= now,
        opened > now - _LOOKED_AT if happened else false(),
        compared <= now - (_LONG_GAP if happened else _IDLE_GAP),
    )
    was_set_back = compared > now + _LONG_GAP  # the clock: no claim lasts so long
    return and_(opened > now - _KEPT_UP_TO_DATE, or_(and_(compared <= now - _GAP, may_differ), was_set_back))
