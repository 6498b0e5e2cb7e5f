"""Which workers are alive. A lease on a job or a delivery is worth as much as its holder's last sign of life.

So a lease is not written anew at every look, which would be most of what the bot writes; and a dead worker's share
is free as soon as it has been silent for `LEASE`, whatever it held.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.sql.tables import DeliveryRow, TrackedJobRow, WorkerRow
from bot.store.sql.upsert import insert_if_absent, rows_changed

# A worker gives a sign of life every second: after five it missed it is taken for dead. Wrongly taken so it loses
# nothing: what it wrote under its lease is refused, and it begins anew.
LEASE = timedelta(seconds=5)


@dataclass(frozen=True)
class Heartbeat:
    """Who is there. `is_new` says that this worker was not, so that every lease it held is void.

    `others_good_ago` is how long ago the jobs service last gave another worker a good answer, None for never.
    """

    alive: int
    is_new: bool
    others_good_ago: timedelta | None


async def heartbeat(session: AsyncSession, me: str, good_ago: timedelta | None, *, may_bury: bool) -> Heartbeat:
    """Give a sign of life, and free what dead workers held.

    `may_bury` is False for a worker that could not reach the database for a while: then the others could not either,
    and deserve the time to say that they live.
    """
    now = await _clock(session)
    good_at = None if good_ago is None else now - good_ago
    signed = update(WorkerRow).where(WorkerRow.id == me).values(seen_at=now, good_at=good_at)
    is_new = await rows_changed(session, signed) == 0
    if is_new:
        session.add(WorkerRow(id=me, seen_at=now, good_at=good_at))
        await session.flush()
    if may_bury:
        await _bury(session, me, now - LEASE)
    others = select(func.count(), func.max(WorkerRow.good_at)).where(WorkerRow.id != me)
    count, latest = (await session.execute(others)).one()
    return Heartbeat(1 + count, is_new, None if latest is None else now - latest)


async def _bury(session: AsyncSession, me: str, silent_since: datetime) -> None:
    # Not waiting for a row that is locked: its worker is giving a sign of life, or somebody else buries it.
    silent = (
        select(WorkerRow.id)
        .where(WorkerRow.id != me, WorkerRow.seen_at < silent_since)
        .with_for_update(skip_locked=True)
    )
    if dead := (await session.scalars(silent)).all():
        await session.execute(delete(WorkerRow).where(WorkerRow.id.in_(dead)))
        for table in (TrackedJobRow, DeliveryRow):
            await session.execute(update(table).where(table.leased_by.in_(dead)).values(leased_by=None))


async def enlist(session: AsyncSession, me: str) -> None:
    """Whoever takes a lease stands on the roll, or nobody would free it if this worker died before its next call."""
    await insert_if_absent(session, WorkerRow, id=me, seen_at=await _clock(session))


async def leave(session: AsyncSession, me: str) -> None:
    """The end of a worker: all that it held is free at once."""
    await session.execute(delete(WorkerRow).where(WorkerRow.id == me))
    for table in (TrackedJobRow, DeliveryRow):
        await session.execute(update(table).where(table.leased_by == me).values(leased_by=None))


async def leave_all(session: AsyncSession) -> None:
    """At the start of a worker that is surely alone: whoever left a lease behind is dead."""
    await session.execute(delete(WorkerRow))
    for table in (TrackedJobRow, DeliveryRow):
        await session.execute(update(table).where(table.leased_by.is_not(None)).values(leased_by=None))


async def _clock(session: AsyncSession) -> datetime:
    """The database's own time where it is a server: its workers' clocks may differ."""
    if session.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC)
    now: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return now
