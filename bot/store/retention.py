"""Retention: remove old rows in small batches, so that nobody waits long for the database."""

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, inspect, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import ColumnElement

from bot.store import handled_requests
from bot.store.database import Database
from bot.store.sql.tables import (
    AppHomeRow,
    ChangeRow,
    DeliveryRow,
    GapRow,
    HandledRequestRow,
    IncidentRow,
    SilenceRow,
    SubscriptionRow,
    Table,
    TrackedJobRow,
)
from bot.store.sql.upsert import rows_changed

_BATCH = 500
KEEP_DELIVERIES = timedelta(days=7)
# The longest period of a history: without its gaps, blind times would count as known.
_KEEP_GAPS = timedelta(days=31)
_KEEP_HOMES = timedelta(days=30)  # since they were last opened


async def purge(database: Database, now: datetime, *, keep_history: timedelta) -> dict[str, int]:
    """Remove settled deliveries, old changes and gaps, incidents and maintenance that ended long ago, jobs that nobody
    watches and that have no recorded change, requests that Slack no longer repeats, and Home tabs that nobody opens any
    more.

    Returns the number of rows removed, by table.
    """
    removed = {table.__tablename__: await _remove(database, table, old) for table, old in _old(now, keep_history)}
    return removed | {HandledRequestRow.__tablename__: await _forget_requests(database, now)}


def _old(now: datetime, keep_history: timedelta) -> list[tuple[type[Table], ColumnElement[bool]]]:
    waits = exists().where(DeliveryRow.change_id == ChangeRow.id, DeliveryRow.settled_at.is_(None))
    remembered = exists().where(ChangeRow.watched_job_id == TrackedJobRow.id)
    watched = exists().where(SubscriptionRow.watched_job_id == TrackedJobRow.id)
    return [
        (DeliveryRow, DeliveryRow.settled_at < now - KEEP_DELIVERIES),
        (ChangeRow, (ChangeRow.at < now - keep_history) & ~waits),
        (GapRow, GapRow.until < now - max(keep_history, _KEEP_GAPS)),
        (IncidentRow, IncidentRow.closed_at < now - keep_history),
        (TrackedJobRow, ~watched & ~remembered),
        (SilenceRow, SilenceRow.ended_at < now - keep_history),
        (AppHomeRow, AppHomeRow.opened_at < now - _KEEP_HOMES),
    ]


async def _remove(database: Database, table: type[Table], old: ColumnElement[bool]) -> int:
    removed, key = 0, tuple_(*inspect(table).primary_key)
    while True:
        # Finding them may take a while: as long as it only reads, SQLite lets others write.
        async with database.reading() as session:
            found = [tuple(row) for row in await session.execute(select(*key).where(old).order_by(*key).limit(_BATCH))]
        if not found:
            return removed
        async with database.writing() as session:
            count = await _remove_these(session, table, key.in_(found) & old)
        removed += count
        if count < _BATCH:
            return removed


async def _remove_these(session: AsyncSession, table: type[Table], these: ColumnElement[bool]) -> int:
    """Remove these rows, unless somebody holds one, or it isn't old any more: a job that somebody has subscribed to."""
    key = inspect(table).primary_key
    # In the order in which everybody locks them.
    free = select(*key).where(these).order_by(*key).with_for_update(skip_locked=True)
    found = [tuple(row) for row in await session.execute(free)]
    return await rows_changed(session, delete(table).where(tuple_(*key).in_(found), these))


async def _forget_requests(database: Database, now: datetime) -> int:
    removed = 0
    while True:
        async with database.writing() as session:
            count = await handled_requests.forget_old(session, now, _BATCH)
        removed += count
        if count < _BATCH:
            return removed
