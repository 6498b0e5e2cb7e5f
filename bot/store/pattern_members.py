"""The jobs of patterns: which are known, which come in and which go, each told once whoever else gathers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.job import Job, JobRef, Status
from bot.domain.notification import JobAdded, JobRemoved
from bot.domain.pattern import Pattern
from bot.store import outbox, subscriptions
from bot.store.pattern_watches import pattern_of
from bot.store.sql.tables import PatternMemberRow, PatternRow, SubscriptionRow, TrackedJobRow
from bot.store.sql.upsert import insert_all_absent

# A claim that lies further in the future than clocks differ means that the clock was set back: it counts no more.
_CLOCKS_DIFFER = timedelta(minutes=1)


@dataclass(frozen=True)
class DiscoveredJob:
    """What the jobs resource said of a pattern's job, asked `at` (aware UTC). `is_new` where the job is to be told as
    new: else it belongs to the baseline."""

    job: Job
    at: datetime
    is_new: bool


@dataclass(frozen=True)
class PatternMembers:
    """The jobs (dataflows) that a pattern knows, each with the time since when lists lack it; `watched` are those for
    which its destination has a subscription, whosever it is."""

    known: Mapping[str, datetime | None]
    watched: frozenset[str]


async def claim(session: AsyncSession, now: datetime, period: timedelta) -> Pattern | None:
    """A live pattern that nobody took in hand for a `period`; it is this worker's for the next one."""
    due = or_(
        PatternRow.discovered_at.is_(None),
        PatternRow.discovered_at <= now - period,
        PatternRow.discovered_at > now + _CLOCKS_DIFFER,
    )
    first = (
        select(PatternRow)
        .where(PatternRow.paused_because.is_(None), due)
        .order_by(PatternRow.discovered_at.asc().nulls_first(), PatternRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = (await session.scalars(first)).one_or_none()
    if row is None:
        return None
    row.discovered_at = now
    return pattern_of(row, 0)


async def of(session: AsyncSession, pattern: Pattern) -> PatternMembers:
    """What is known of a pattern's jobs."""
    rows = await session.execute(
        select(PatternMemberRow.dataflow, PatternMemberRow.missing_since).where(
            PatternMemberRow.pattern_id == pattern.id
        )
    )
    watched = await session.scalars(
        select(TrackedJobRow.dataflow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(
            TrackedJobRow.followed,
            SubscriptionRow.workspace == pattern.workspace,
            SubscriptionRow.destination == pattern.destination,
        )
    )
    return PatternMembers({row.dataflow: row.missing_since for row in rows}, frozenset(watched))


async def note(
    session: AsyncSession, pattern: Pattern, *, missing: Collection[str], back: Collection[str], asked_at: datetime
) -> None:
    """What a complete list, asked for at that time, lacks for the first time, and what it has again."""
    mine = update(PatternMemberRow).where(PatternMemberRow.pattern_id == pattern.id)
    if missing:
        first = mine.where(PatternMemberRow.dataflow.in_(missing), PatternMemberRow.missing_since.is_(None))
        await session.execute(first.values(missing_since=asked_at))
    if back:
        await session.execute(mine.where(PatternMemberRow.dataflow.in_(back)).values(missing_since=None))


async def note_failure(session: AsyncSession, pattern: Pattern, failure: str | None) -> None:
    """Why new jobs can't be found now; None where they can."""
    mine = update(PatternRow).where(PatternRow.id == pattern.id)
    await session.execute(mine.values(failure=failure))


async def take_in(session: AsyncSession, pattern_id: int, looks: Sequence[DiscoveredJob], now: datetime) -> int:
    """Subscribe a pattern's destination to jobs that were looked at, and tell of those that are new; how many that
    were. Nothing where the pattern has ended or is paused.

    Each subscription begins with a status that the jobs resource gave, never with the list's, which may be late: what
    differs from it later has changed. Whoever inserts the member tells of it, so that it is told once.
    """
    pattern = await _live(session, pattern_id)
    if pattern is None or not looks:
        return 0
    by_flow = {look.job.ref.dataflow: look for look in looks}
    rows = await _watched(session, pattern.workspace, by_flow)
    flows = [{"pattern_id": pattern.id, "dataflow": row.dataflow, "workspace": pattern.workspace} for row in rows]
    new = [values for values in flows if by_flow[str(values["dataflow"])].is_new]
    members = {
        row.dataflow for row in await insert_all_absent(session, PatternMemberRow, new, PatternMemberRow.dataflow)
    }
    begun = await _subscribe(session, pattern, rows, now)
    told = [row for row in rows if row.id in begun and row.dataflow in members]
    for row in told:
        news = JobAdded(JobRef(row.dataflow, row.run), row.title, Status.of(row.status), now)
        outbox.put(session, pattern.workspace, pattern.destination, news, now, subscription=begun[row.id])
    pattern.discovered_at = now
    return len(told)


async def _watched(
    session: AsyncSession, workspace: str, looks: Mapping[str, DiscoveredJob]
) -> Sequence[TrackedJobRow]:
    """The rows of the jobs, locked in the order in which everybody locks them; the looks count like the watcher's."""
    values = [
        {
            "workspace": workspace,
            "dataflow": flow,
            "run": look.job.ref.run,
            "followed": True,
            "version": look.job.deployed_version,
            "title": look.job.title,
            "status": look.job.status.raw,
            "status_since": look.at,
            "seen_at": look.at,
        }
        for flow, look in sorted(looks.items())
    ]
    await insert_all_absent(session, TrackedJobRow, values)
    these = select(TrackedJobRow).where(
        TrackedJobRow.workspace == workspace, TrackedJobRow.followed, TrackedJobRow.dataflow.in_(looks)
    )
    rows = (await session.scalars(these.order_by(TrackedJobRow.id).with_for_update())).all()
    for row in rows:
        look = looks[row.dataflow]
        await subscriptions.count_look(session, row, look.job, look.at)
    return rows


async def _subscribe(
    session: AsyncSession, pattern: PatternRow, jobs: Sequence[TrackedJobRow], now: datetime
) -> Mapping[int, int]:
    """The subscriptions that were not there, by their job's row."""
    values = [
        {
            "workspace": pattern.workspace,
            "watched_job_id": job.id,
            "destination": pattern.destination,
            "created_by": pattern.created_by,
            "created_at": now,
            "wants": pattern.wants,
            "told_status": job.status,
            "pattern_id": pattern.id,
        }
        for job in jobs
    ]
    begun = await insert_all_absent(
        session, SubscriptionRow, values, SubscriptionRow.watched_job_id, SubscriptionRow.id
    )
    return {row.watched_job_id: row.id for row in begun}


async def let_go(session: AsyncSession, pattern_id: int, gone: Collection[str], now: datetime) -> int:
    """Forget jobs that left the list, end the pattern's subscriptions to them and tell of it; how many were told.

    One that is muted stays until the mute ends: meanwhile nothing is told of it.
    """
    pattern = await _live(session, pattern_id)
    if pattern is None or not gone:
        return 0
    rows = await session.execute(
        select(TrackedJobRow, SubscriptionRow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(SubscriptionRow.pattern_id == pattern.id, TrackedJobRow.dataflow.in_(gone))
        .order_by(TrackedJobRow.id)
        .with_for_update()
    )
    found = [(job, sub) for job, sub in rows]
    muted = {job.dataflow for job, sub in found if sub.muted_until is not None}
    ending = [(job, sub) for job, sub in found if sub.muted_until is None]
    for job, _ in ending:
        news = JobRemoved(JobRef(job.dataflow, job.run), job.title, Status.of(job.status), now)
        outbox.put(session, pattern.workspace, pattern.destination, news, now)
    await outbox.end_all(session, [sub.id for _, sub in ending])
    forgotten = delete(PatternMemberRow).where(
        PatternMemberRow.pattern_id == pattern.id, PatternMemberRow.dataflow.in_(set(gone) - muted)
    )
    await session.execute(forgotten)
    return len(ending)


async def _live(session: AsyncSession, pattern_id: int) -> PatternRow | None:
    """The pattern, locked, unless it ended or was paused meanwhile."""
    live = select(PatternRow).where(PatternRow.id == pattern_id, PatternRow.paused_because.is_(None))
    return (await session.scalars(live.with_for_update())).one_or_none()
