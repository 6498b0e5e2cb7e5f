"""Requests of Slack's that were handled: Slack may deliver one twice."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.sql.tables import HandledRequestRow
from bot.store.sql.upsert import insert_if_absent

# Slack redelivers within six minutes (at once, after one minute, after five more).
_REMEMBERED = timedelta(hours=1)


async def is_first(session: AsyncSession, workspace: str, key: str, now: datetime) -> bool:
    """Claim a request; False if it was claimed before. `key` is Slack's name for it (a trigger or event ID)."""
    return await insert_if_absent(session, HandledRequestRow, workspace=workspace, key=key, at=now)


async def forget(session: AsyncSession, workspace: str, key: str) -> None:
    """Release a request that had no effect, so that it can be repeated."""
    await session.execute(
        delete(HandledRequestRow).where(HandledRequestRow.workspace == workspace, HandledRequestRow.key == key)
    )


def is_old(now: datetime) -> ColumnElement[bool]:
    """Whether Slack no longer repeats a request."""
    return HandledRequestRow.at < now - _REMEMBERED
