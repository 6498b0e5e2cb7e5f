"""The transactional outbox: a change and its deliveries are written together, claimed by lease, settled one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.jobs import Change, JobRef, Status
from bot.store.tables import ChangeRecord, Delivery, Subscription, WatchedJob
from bot.store.upsert import rows_changed
from bot.store.watches import Known


@dataclass(frozen=True)
class Waiting:
    """A claimed delivery: tell `destination` of `change`. `attempts` counts the tries that failed."""

    id: int
    workspace: str
    destination: str
    change: Change
    attempts: int


async def record(session: AsyncSession, job: Known, change: Change) -> None:
    """Write a change of a watched job, and a delivery for each live subscription to it."""
    row = ChangeRecord(
        workspace=job.workspace,
        watched_job_id=job.id,
        title=change.title,
        old_status=change.old.raw,
        new_status=change.new.raw,
        old_since=change.old_since,
        at=change.at,
        version=change.version,
        started_by=change.started_by,
    )
    session.add(row)
    await session.flush()
    to_tell = select(Subscription).where(Subscription.watched_job_id == job.id, Subscription.paused_because.is_(None))
    session.add_all(
        Delivery(
            workspace=job.workspace,
            change_id=row.id,
            subscription_id=subscription.id,
            destination=subscription.destination,
            next_try_at=change.at,
            attempts=0,
        )
        for subscription in await session.scalars(to_tell)
    )


async def claim(
    session: AsyncSession, worker: str, now: datetime, *, limit: int, lease: timedelta
) -> Sequence[Waiting]:
    """Lease the oldest waiting delivery of each destination, `limit` at most.

    Only the head of a destination's queue can be claimed. So the order holds, and no destination is told by two at
    once, with any number of workers: while the head is leased or waits for its next try, those behind it wait too.
    """
    earlier = aliased(Delivery)
    heads = (
        select(Delivery)
        .where(
            Delivery.settled_at.is_(None),
            Delivery.next_try_at <= now,
            or_(Delivery.leased_until.is_(None), Delivery.leased_until <= now),
            ~exists().where(
                earlier.settled_at.is_(None),
                earlier.workspace == Delivery.workspace,
                earlier.destination == Delivery.destination,
                earlier.id < Delivery.id,
            ),
        )
        .order_by(Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.scalars(heads)).all()
    for row in rows:
        row.leased_by, row.leased_until = worker, now + lease
    await session.flush()
    return await _waiting(session, [row.id for row in rows])


async def _waiting(session: AsyncSession, ids: Sequence[int]) -> Sequence[Waiting]:
    rows = await session.execute(
        select(Delivery, ChangeRecord, WatchedJob)
        .join(ChangeRecord, ChangeRecord.id == Delivery.change_id)
        .join(WatchedJob, WatchedJob.id == ChangeRecord.watched_job_id)
        .where(Delivery.id.in_(ids))
        .order_by(Delivery.id)
    )
    return [
        Waiting(d.id, d.workspace, d.destination, _change(c, JobRef(j.dataflow, j.run)), d.attempts) for d, c, j in rows
    ]


def _change(row: ChangeRecord, ref: JobRef) -> Change:
    return Change(
        ref=ref,
        title=row.title,
        old=Status.of(row.old_status),
        new=Status.of(row.new_status),
        old_since=row.old_since,
        at=row.at,
        version=row.version,
        started_by=row.started_by,
    )


async def settle_told(session: AsyncSession, delivery: Waiting, message_ts: str, now: datetime) -> None:
    """Slack accepted the message. Written whoever holds the lease by now: what was told must not be told again."""
    await session.execute(
        update(Delivery).where(Delivery.id == delivery.id).values(settled_at=now, message_ts=message_ts, **_RELEASED)
    )


async def settle_later(
    session: AsyncSession, worker: str, delivery: Waiting, next_try_at: datetime, error: str
) -> None:
    """Slack did not accept the message now; it is tried again."""
    await session.execute(
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.leased_by == worker)
        .values(next_try_at=next_try_at, attempts=delivery.attempts + 1, error=error, **_RELEASED)
    )


async def settle_gone(session: AsyncSession, workspace: str, destination: str, error: str, now: datetime) -> int:
    """Give up all that waits for a destination that is gone; how much that was. Its subscriptions show why."""
    return await rows_changed(
        session,
        update(Delivery)
        .where(Delivery.workspace == workspace, Delivery.destination == destination, Delivery.settled_at.is_(None))
        .values(settled_at=now, error=error, **_RELEASED),
    )


async def release(session: AsyncSession, worker: str | None = None) -> None:
    """Hand back the leases of one worker, or of all: right at the start of a worker that is surely alone."""
    leased = update(Delivery).where(Delivery.leased_by.is_not(None) if worker is None else Delivery.leased_by == worker)
    await session.execute(leased.values(**_RELEASED))


_RELEASED = {"leased_by": None, "leased_until": None}
