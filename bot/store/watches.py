"""What is known of each watched job, which of them are due, and how a look at one is settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.jobs import JobRef, Status
from bot.store.tables import Subscription, WatchedJob
from bot.store.upsert import rows_changed


@dataclass(frozen=True)
class Known:
    """A watched job as the store knows it. Times are aware UTC.

    `status_since` is when the status was first seen, `seen_at` when the latest look that succeeded began.
    `failure` says in words why the job can't be seen now, since `failing_since`; None while it can.
    """

    id: int
    workspace: str
    ref: JobRef
    title: str
    status: Status
    status_since: datetime
    seen_at: datetime
    failure: str | None = None
    failing_since: datetime | None = None


def known(row: WatchedJob) -> Known:
    """The row in the language of the product."""
    return Known(
        id=row.id,
        workspace=row.workspace,
        ref=JobRef(row.dataflow, row.run),
        title=row.title,
        status=Status.of(row.status),
        status_since=row.status_since,
        seen_at=row.seen_at,
        failure=row.failure,
        failing_since=row.failing_since,
    )


async def claim(session: AsyncSession, worker: str, now: datetime, *, limit: int, lease: timedelta) -> Sequence[Known]:
    """Lease at most `limit` jobs that are due and subscribed to, the longest overdue first.

    Nobody else can claim them for the length of the lease, so a dead worker's jobs are free again after it.
    """
    due = (
        select(WatchedJob)
        .where(
            WatchedJob.next_look_at <= now,
            or_(WatchedJob.leased_until.is_(None), WatchedJob.leased_until <= now),
            exists().where(Subscription.watched_job_id == WatchedJob.id),
        )
        .order_by(WatchedJob.next_look_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.scalars(due)).all()
    for row in rows:
        row.leased_by, row.leased_until = worker, now + lease
    return [known(row) for row in rows]


async def settle(session: AsyncSession, worker: str, before: Known, after: Known, next_look_at: datetime) -> bool:
    """End the look at a job: write what is known `after` it and hand back the lease.

    False if the look came too late to count, and nothing but the lease was written: another worker took the job
    over, or a newer look (somebody subscribed meanwhile) has settled it already.
    """
    job = update(WatchedJob).where(WatchedJob.id == before.id, WatchedJob.leased_by == worker)
    released = {"leased_by": None, "leased_until": None, "next_look_at": next_look_at}
    seen = {
        "title": after.title,
        "status": after.status.raw,
        "status_since": after.status_since,
        "seen_at": after.seen_at,
        "failure": after.failure,
        "failing_since": after.failing_since,
    }
    if await rows_changed(session, job.where(WatchedJob.seen_at == before.seen_at).values(**released, **seen)):
        return True
    await session.execute(job.values(**released))
    return False


async def release(session: AsyncSession, worker: str | None = None) -> None:
    """Hand back the leases of one worker, or of all: right at the start of a worker that is surely alone."""
    leased = update(WatchedJob).where(
        WatchedJob.leased_by.is_not(None) if worker is None else WatchedJob.leased_by == worker
    )
    await session.execute(leased.values(leased_by=None, leased_until=None))
