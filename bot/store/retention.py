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
_KEEP_DELIVERIES = timedelta(days=7)
# The longest period of a history: without its gaps, blind times would count as known.
_KEEP_GAPS = timedelta(days=31)
_KEEP_HOMES = timedelta(days=30)  # since they were last opened


async def purge(database: Database, now: datetime, *, keep_history: timedelta) -> dict[str, int]:
    """Remove settled deliveries, old changes and gaps, incidents and maintenance that ended long ago, jobs that nobody
    watches and that have no recorded change, requests that Slack no longer repeats, and Home tabs that nobody opens any
    more.

    Returns the number of rows removed, by table.
    """
    return {table.__tablename__: await _remove(database, table, old) for table, old in _old(now, keep_history)}


def _old(now: datetime, keep_history: timedelta) -> list[tuple[type[Table], ColumnElement[bool]]]:
    waits = exists().where(DeliveryRow.change_id == ChangeRow.id, DeliveryRow.settled_at.is_(None))
    remembered = exists().where(ChangeRow.watched_job_id == TrackedJobRow.id)
    watched = exists().where(SubscriptionRow.watched_job_id == TrackedJobRow.id)
    return [
        (DeliveryRow, DeliveryRow.settled_at < now - _KEEP_DELIVERIES),
        (ChangeRow, (ChangeRow.at < now - keep_history) & ~waits),
        (GapRow, GapRow.until < now - max(keep_history, _KEEP_GAPS)),
        (IncidentRow, IncidentRow.closed_at < now - keep_history),
        (TrackedJobRow, ~watched & ~remembered),
        (SilenceRow, SilenceRow.ended_at < now - keep_history),
        (HandledRequestRow, handled_requests.is_old(now)),
        (AppHomeRow, AppHomeRow.opened_at < now - _KEEP_HOMES),
    ]


async def _remove(database: Database, table: type[Table], old: ColumnElement[bool]) -> int:
    removed = 0
    while True:
        async with database.writing() as session:
            count = await _remove_some(session, table, old)
        removed += count
        if count < _BATCH:
            return removed


async def _remove_some(session: AsyncSession, table: type[Table], old: ColumnElement[bool]) -> int:
    key = inspect(table).primary_key
    some = select(*key).where(old).limit(_BATCH).with_for_update(skip_locked=True)
    if table is not HandledRequestRow:
        some = some.order_by(*key)  # in the order in which everybody locks them
    found = [tuple(row) for row in await session.execute(some)]
    # The condition is repeated: somebody may have subscribed between the two statements.
    return await rows_changed(session, delete(table).where(tuple_(*key).in_(found), old))
