"""Retention: remove old rows in small batches, so that nobody waits long for the database."""

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import ColumnElement

from bot.store.database import Database
from bot.store.handled_requests import forget_old
from bot.store.sql.tables import ChangeRow, DeliveryRow, SubscriptionRow, TrackedJobRow
from bot.store.sql.upsert import rows_changed

_BATCH = 500
_KEEP_DELIVERIES = timedelta(days=7)


async def purge(database: Database, now: datetime, *, keep_history: timedelta) -> dict[str, int]:
    """Remove settled deliveries, old changes, and jobs that nobody watches and that have no recorded change.

    Returns the number of rows removed, by table.
    """
    removed = {}
    for table, old in _old(now, keep_history):
        removed[table.__tablename__] = await _remove(database, table, old)
    async with database.writing() as session:
        await forget_old(session, now)
    return removed


def _old(
    now: datetime, keep_history: timedelta
) -> list[tuple[type[DeliveryRow | ChangeRow | TrackedJobRow], ColumnElement[bool]]]:
    waits = exists().where(DeliveryRow.change_id == ChangeRow.id, DeliveryRow.settled_at.is_(None))
    remembered = exists().where(ChangeRow.watched_job_id == TrackedJobRow.id)
    watched = exists().where(SubscriptionRow.watched_job_id == TrackedJobRow.id)
    return [
        (DeliveryRow, DeliveryRow.settled_at < now - _KEEP_DELIVERIES),
        (ChangeRow, (ChangeRow.at < now - keep_history) & ~waits),
        (TrackedJobRow, ~watched & ~remembered),
    ]


async def _remove(
    database: Database, table: type[DeliveryRow | ChangeRow | TrackedJobRow], old: ColumnElement[bool]
) -> int:
    removed = 0
    while True:
        async with database.writing() as session:
            count = await _remove_some(session, table, old)
        removed += count
        if count < _BATCH:
            return removed


async def _remove_some(
    session: AsyncSession, table: type[DeliveryRow | ChangeRow | TrackedJobRow], old: ColumnElement[bool]
) -> int:
    some = select(table.id).where(old).order_by(table.id).limit(_BATCH).with_for_update(skip_locked=True)
    ids = (await session.scalars(some)).all()
    # The condition is repeated: somebody may have subscribed between the two statements.
    return await rows_changed(session, delete(table).where(table.id.in_(ids), old))
