"""Which of Slack's requests were taken in hand already: Slack may deliver one twice."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.sql.tables import HandledRequestRow
from bot.store.sql.upsert import insert_if_absent

# Slack redelivers within six minutes (at once, after one minute, after five more).
_REMEMBERED = timedelta(hours=1)


async def is_first(session: AsyncSession, workspace: str, key: str, now: datetime) -> bool:
    """Take a request in hand; False if it was taken before. `key` is what Slack names it by (trigger or event ID)."""
    return await insert_if_absent(session, HandledRequestRow, workspace=workspace, key=key, at=now)


async def forget(session: AsyncSession, workspace: str, key: str) -> None:
    """Nothing came of it and nothing is left of it: it may be asked again as it stands."""
    await session.execute(
        delete(HandledRequestRow).where(HandledRequestRow.workspace == workspace, HandledRequestRow.key == key)
    )


async def forget_old(session: AsyncSession, now: datetime) -> None:
    """Remove those that Slack does not deliver any more."""
    await session.execute(delete(HandledRequestRow).where(HandledRequestRow.at < now - _REMEMBERED))
