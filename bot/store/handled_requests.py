"""Requests of Slack's that were handled: Slack may deliver one twice."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.sql.tables import HandledRequestRow
from bot.store.sql.upsert import insert_if_absent, rows_changed

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


async def forget_old(session: AsyncSession, now: datetime, limit: int) -> int:
    """Forget the oldest requests that Slack no longer repeats, about `limit` of them; return their number, which is
    smaller only if there are no more.

    By their time alone: looked for by their names among all that are old, a few hundred would take seconds.
    """
    old = HandledRequestRow.at < now - _REMEMBERED
    last = select(HandledRequestRow.at).where(old).order_by(HandledRequestRow.at).offset(limit - 1).limit(1)
    until = await session.scalar(last)
    which = old if until is None else HandledRequestRow.at <= until
    return await rows_changed(session, delete(HandledRequestRow).where(which))
