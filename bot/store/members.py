"""The jobs of patterns: which are known, which come in and which go, each told once whoever else gathers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.jobs import Job, JobRef, Status
from bot.news import Appeared, Disappeared
from bot.store import outbox, subscriptions
from bot.store.patterns import Pattern, pattern_of
from bot.store.tables import Member, PatternRecord, Subscription, WatchedJob
from bot.store.upsert import insert_all_absent

# A claim that lies further in the future than clocks differ means that the clock was set back: it counts no more.
_CLOCKS_DIFFER = timedelta(minutes=1)


@dataclass(frozen=True)
class Look:
    """What the jobs resource said of a pattern's job, asked `at` (aware UTC). `is_new` where the job is to be told as
    new: else it belongs to the baseline."""

    job: Job
    at: datetime
    is_new: bool


@dataclass(frozen=True)
class Members:
    """The jobs (dataflows) that a pattern knows, each with the time since when lists lack it; `watched` are those for
    which its destination has a subscription, whosever it is."""

    known: Mapping[str, datetime | None]
    watched: frozenset[str]


async def claim(session: AsyncSession, now: datetime, period: timedelta) -> Pattern | None:
    """A live pattern that nobody took in hand for a `period`; it is this worker's for the next one."""
    due = or_(
        PatternRecord.gathered_at.is_(None),
        PatternRecord.gathered_at <= now - period,
        PatternRecord.gathered_at > now + _CLOCKS_DIFFER,
    )
    first = (
        select(PatternRecord)
        .where(PatternRecord.paused_because.is_(None), due)
        .order_by(PatternRecord.gathered_at.asc().nulls_first(), PatternRecord.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = (await session.scalars(first)).one_or_none()
    if row is None:
        return None
    row.gathered_at = now
    return pattern_of(row, 0)


async def of(session: AsyncSession, pattern: Pattern) -> Members:
    """What is known of a pattern's jobs."""
    rows = await session.execute(select(Member.dataflow, Member.missing_since).where(Member.pattern_id == pattern.id))
    watched = await session.scalars(
        select(WatchedJob.dataflow)
        .join(Subscription, Subscription.watched_job_id == WatchedJob.id)
        .where(
            WatchedJob.followed,
            Subscription.workspace == pattern.workspace,
            Subscription.destination == pattern.destination,
        )
    )
    return Members({row.dataflow: row.missing_since for row in rows}, frozenset(watched))


async def note(
    session: AsyncSession, pattern: Pattern, *, missing: Collection[str], back: Collection[str], asked_at: datetime
) -> None:
    """What a complete list, asked for at that time, lacks for the first time, and what it has again."""
    mine = update(Member).where(Member.pattern_id == pattern.id)
    if missing:
        first = mine.where(Member.dataflow.in_(missing), Member.missing_since.is_(None))
        await session.execute(first.values(missing_since=asked_at))
    if back:
        await session.execute(mine.where(Member.dataflow.in_(back)).values(missing_since=None))


async def note_failure(session: AsyncSession, pattern: Pattern, failure: str | None) -> None:
    """Why new jobs can't be found now; None where they can."""
    mine = update(PatternRecord).where(PatternRecord.id == pattern.id)
    await session.execute(mine.values(failure=failure))


async def take_in(session: AsyncSession, pattern_id: int, looks: Sequence[Look], now: datetime) -> int:
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
    members = {row.dataflow for row in await insert_all_absent(session, Member, new, Member.dataflow)}
    begun = await _subscribe(session, pattern, rows, now)
    told = [row for row in rows if row.id in begun and row.dataflow in members]
    for row in told:
        news = Appeared(JobRef(row.dataflow, row.run), row.title, Status.of(row.status), now)
        outbox.put(session, pattern.workspace, pattern.destination, news, now, subscription=begun[row.id])
    pattern.gathered_at = now
    return len(told)


async def _watched(session: AsyncSession, workspace: str, looks: Mapping[str, Look]) -> Sequence[WatchedJob]:
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
    await insert_all_absent(session, WatchedJob, values)
    these = select(WatchedJob).where(
        WatchedJob.workspace == workspace, WatchedJob.followed, WatchedJob.dataflow.in_(looks)
    )
    rows = (await session.scalars(these.order_by(WatchedJob.id).with_for_update())).all()
    for row in rows:
        look = looks[row.dataflow]
        await subscriptions.count_look(session, row, look.job, look.at)
    return rows


async def _subscribe(
    session: AsyncSession, pattern: PatternRecord, jobs: Sequence[WatchedJob], now: datetime
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
    begun = await insert_all_absent(session, Subscription, values, Subscription.watched_job_id, Subscription.id)
    return {row.watched_job_id: row.id for row in begun}


async def let_go(session: AsyncSession, pattern_id: int, gone: Collection[str], now: datetime) -> int:
    """Forget jobs that left the list, end the pattern's subscriptions to them and tell of it; how many were told.

    One that is muted stays until the mute ends: meanwhile nothing is told of it.
    """
    pattern = await _live(session, pattern_id)
    if pattern is None or not gone:
        return 0
    rows = await session.execute(
        select(WatchedJob, Subscription)
        .join(Subscription, Subscription.watched_job_id == WatchedJob.id)
        .where(Subscription.pattern_id == pattern.id, WatchedJob.dataflow.in_(gone))
        .order_by(WatchedJob.id)
        .with_for_update()
    )
    found = [(job, sub) for job, sub in rows]
    muted = {job.dataflow for job, sub in found if sub.muted_until is not None}
    ending = [(job, sub) for job, sub in found if sub.muted_until is None]
    for job, _ in ending:
        news = Disappeared(JobRef(job.dataflow, job.run), job.title, Status.of(job.status), now)
        outbox.put(session, pattern.workspace, pattern.destination, news, now)
    await outbox.end_all(session, [sub.id for _, sub in ending])
    forgotten = delete(Member).where(Member.pattern_id == pattern.id, Member.dataflow.in_(set(gone) - muted))
    await session.execute(forgotten)
    return len(ending)


async def _live(session: AsyncSession, pattern_id: int) -> PatternRecord | None:
    """The pattern, locked, unless it ended or was paused meanwhile."""
    live = select(PatternRecord).where(PatternRecord.id == pattern_id, PatternRecord.paused_because.is_(None))
    return (await session.scalars(live.with_for_update())).one_or_none()
