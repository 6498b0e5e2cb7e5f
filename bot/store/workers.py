"""Workers and their heartbeats. A lease on a job or a delivery is valid while its holder's heartbeat is recent.

So a lease isn't renewed at every poll, which would be most of what the bot writes; and everything that a dead worker
held is free as soon as it has missed its heartbeats for `LEASE`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.sql.tables import DeliveryRow, TrackedJobRow, WorkerRow
from bot.store.sql.upsert import insert_if_absent, rows_changed

# A heartbeat comes every second; a worker that misses five counts as dead. One that is wrongly reaped loses nothing:
# its writes under the old lease are refused, and it starts anew.
LEASE = timedelta(seconds=5)


@dataclass(frozen=True)
class Heartbeat:
    """The workers alive after a heartbeat. `is_new` if this one was missing, so that its leases are void.

    `others_last_answer_ago` is how long ago another worker got a good answer from the jobs service, None for never.
    """

    alive: int
    is_new: bool
    others_last_answer_ago: timedelta | None


async def beat(session: AsyncSession, me: str, last_answer_ago: timedelta | None, *, may_reap: bool) -> Heartbeat:
    """Write a heartbeat, and free what dead workers held.

    `may_reap` is False for a worker that couldn't reach the database for a while: the others couldn't either, and need
    time for their own heartbeats.
    """
    now = await _clock(session)
    answer_at = None if last_answer_ago is None else now - last_answer_ago
    mine = update(WorkerRow).where(WorkerRow.id == me).values(heartbeat_at=now, last_answer_at=answer_at)
    is_new = await rows_changed(session, mine) == 0
    if is_new:
        session.add(WorkerRow(id=me, heartbeat_at=now, last_answer_at=answer_at))
        await session.flush()
    if may_reap:
        await _reap(session, me, now - LEASE)
    others = select(func.count(), func.max(WorkerRow.last_answer_at)).where(WorkerRow.id != me)
    count, latest = (await session.execute(others)).one()
    return Heartbeat(1 + count, is_new, None if latest is None else now - latest)


async def _reap(session: AsyncSession, me: str, silent_since: datetime) -> None:
    # Skip locked rows: that worker is writing its heartbeat, or another one reaps it.
    silent = (
        select(WorkerRow.id)
        .where(WorkerRow.id != me, WorkerRow.heartbeat_at < silent_since)
        .with_for_update(skip_locked=True)
    )
    if dead := (await session.scalars(silent)).all():
        await session.execute(delete(WorkerRow).where(WorkerRow.id.in_(dead)))
        for table in (TrackedJobRow, DeliveryRow):
            await session.execute(update(table).where(table.leased_by.in_(dead)).values(leased_by=None))


async def register(session: AsyncSession, me: str) -> None:
    """Make sure that a worker that takes a lease has a row: without it nobody would free the lease after a crash."""
    await insert_if_absent(session, WorkerRow, id=me, heartbeat_at=await _clock(session))


async def deregister(session: AsyncSession, me: str) -> None:
    """End a worker: everything that it held is free at once."""
    await session.execute(delete(WorkerRow).where(WorkerRow.id == me))
    for table in (TrackedJobRow, DeliveryRow):
        await session.execute(update(table).where(table.leased_by == me).values(leased_by=None))


async def deregister_all(session: AsyncSession) -> None:
    """At the start of a worker that is certainly alone: every lease belongs to a dead one."""
    await session.execute(delete(WorkerRow))
    for table in (TrackedJobRow, DeliveryRow):
        await session.execute(update(table).where(table.leased_by.is_not(None)).values(leased_by=None))


async def _clock(session: AsyncSession) -> datetime:
    """The database server's clock, since its workers' clocks may differ; on SQLite this machine's."""
    if session.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC)
    now: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return now
