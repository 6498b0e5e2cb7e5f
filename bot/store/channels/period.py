"""What happened in a period to the jobs that a destination watches: digests and summaries are made of it."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain import pattern as patterns
from bot.domain.destination import Destination
from bot.domain.history.period import Period, Tally
from bot.domain.pattern import ALL_JOBS
from bot.store.lists import history
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import SubscriptionRow, TrackedJobRow
from bot.store.watched import same_job

_BATCH = 25  # jobs read at a time


async def what_happened(
    session: AsyncSession, destination: Destination, since: datetime, until: datetime, *, pattern: str | None = None
) -> Period:
    """What happened from `since` until `until` to what a destination watches, or to the jobs among it whose names match
    a normalized glob.

    A job that it watches by its name and by its run counts once. The work grows with its jobs and their changes in the
    period; a few jobs are in memory at a time.
    """
    tally, watched = Tally(since, until), await _watched(session, destination, until)
    for start in range(0, len(watched), _BATCH):
        watched_since = dict(watched[start : start + _BATCH])
        rows = await session.scalars(select(TrackedJobRow).where(TrackedJobRow.id.in_(watched_since)))
        jobs = [job for job in map(to_tracked_job, rows) if pattern is None or patterns.matches(pattern, job.title)]
        recorded = await history.of_jobs(session, jobs, since, limit=history.MOST_CHANGES)
        for job in jobs:
            tally.add(job, recorded[job.id], watched_since=watched_since[job.id])
        await asyncio.sleep(0)  # others come in between, also where the database answers from its memory
    return tally.period


@dataclass(frozen=True)
class Happened:
    """What happened at a destination since a window without alerts began, to the jobs that it concerns. It is read
    before the transaction that ends the window: it takes a while, in which SQLite lets nobody else write."""

    destination: Destination
    since: datetime
    pattern: str
    period: Period

    @classmethod
    async def read(
        cls, session: AsyncSession, destination: Destination, since: datetime, until: datetime, pattern: str = ALL_JOBS
    ) -> "Happened":
        """Read it."""
        return cls(
            destination, since, pattern, await what_happened(session, destination, since, until, pattern=pattern)
        )


async def what_happened_in(
    session: AsyncSession,
    destination: Destination,
    since: datetime,
    until: datetime,
    known: Collection[Happened],
    pattern: str = ALL_JOBS,
) -> Period:
    """What happened in a window: as it was read, or else as it is read now: the window is another than it was then."""
    for one in known:
        if (one.destination, one.since, one.pattern) == (destination, since, pattern):
            return one.period
    return await what_happened(session, destination, since, until, pattern=pattern)


async def _watched(session: AsyncSession, destination: Destination, until: datetime) -> Sequence[tuple[int, datetime]]:
    """The row IDs of the jobs that a destination watches, and when it began to."""
    rows = await session.execute(
        select(TrackedJobRow.id, SubscriptionRow.created_at)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(
            SubscriptionRow.workspace == destination.workspace,
            SubscriptionRow.destination == destination.id,
            SubscriptionRow.created_at < until,
            ~same_job.is_watched_by_name(),
        )
        .order_by(TrackedJobRow.id)
    )
    return [(job, at) for job, at in rows]
