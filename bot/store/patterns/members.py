"""The jobs of a pattern: which are known, which are added and removed. Each is announced once, whoever discovers it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.job import Job, JobRef, Status
from bot.domain.notification.jobs import JobAdded, JobRemoved, JobUnavailable
from bot.domain.pattern import Pattern
from bot.store import outbox, subscriptions
from bot.store.sql.mapping import to_pattern, to_tracked_job
from bot.store.sql.tables import PatternMemberRow, PatternRow, SilenceRow, SubscriptionRow, TrackedJobRow
from bot.store.sql.upsert import insert_all_absent
from bot.store.watched import quiet, reminding, silenced
from bot.store.watched.leaving import LEAVING

# A claim further in the future than clocks differ means that the clock was set back: it no longer counts.
_CLOCK_SKEW = timedelta(minutes=1)


@dataclass(frozen=True)
class DiscoveredJob:
    """A pattern's job, looked up `at` (aware UTC). `is_new` if it is to be announced, not part of the baseline."""

    job: Job
    at: datetime
    is_new: bool


@dataclass(frozen=True)
class PatternMembers:
    """The jobs (dataflows) of a pattern, each with the time since when job lists lack it.

    `watched` are those that its destination has a subscription for, whoever made it.
    """

    missing_since: Mapping[str, datetime | None]
    watched: frozenset[str]


async def claim(session: AsyncSession, now: datetime, period: timedelta) -> Pattern | None:
    """Claim a live pattern that nobody claimed within the last `period`; None if there is none."""
    due = or_(
        PatternRow.discovered_at.is_(None),
        PatternRow.discovered_at <= now - period,
        PatternRow.discovered_at > now + _CLOCK_SKEW,
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
    return to_pattern(row, 0)


async def of_pattern(session: AsyncSession, pattern: Pattern) -> PatternMembers:
    """The jobs of a pattern."""
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
            SubscriptionRow.workspace == pattern.destination.workspace,
            SubscriptionRow.destination == pattern.destination.id,
        )
    )
    return PatternMembers({row.dataflow: row.missing_since for row in rows}, frozenset(watched))


async def note_missing(
    session: AsyncSession, pattern: Pattern, *, missing: Collection[str], back: Collection[str], asked_at: datetime
) -> None:
    """Note what a complete job list (asked for at `asked_at`) lacks for the first time, and what is back in it."""
    mine = update(PatternMemberRow).where(PatternMemberRow.pattern_id == pattern.id)
    if missing:
        first = mine.where(PatternMemberRow.dataflow.in_(missing), PatternMemberRow.missing_since.is_(None))
        await session.execute(first.values(missing_since=asked_at))
    if back:
        await _announce_unavailable(session, pattern, back, asked_at)
        await session.execute(mine.where(PatternMemberRow.dataflow.in_(back)).values(missing_since=None))


async def _announce_unavailable(session: AsyncSession, pattern: Pattern, back: Collection[str], now: datetime) -> None:
    """Queue what was held back about jobs that are listed again, but still can't be polled."""
    if await quiet.silent(session, pattern.destination.workspace, {pattern.destination.id}):
        return
    held_back = await session.execute(
        select(TrackedJobRow, SubscriptionRow.id)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .join(PatternMemberRow, LEAVING)
        .where(
            SubscriptionRow.pattern_id == pattern.id,
            SubscriptionRow.paused_because.is_(None),
            SubscriptionRow.muted_until.is_(None),
            TrackedJobRow.workspace == pattern.destination.workspace,
            TrackedJobRow.dataflow.in_(back),
            TrackedJobRow.unavailable_notified_at >= PatternMemberRow.missing_since,
        )
        .order_by(TrackedJobRow.id)
    )
    for row, subscription in held_back:
        job = to_tracked_job(row)
        since, reason = job.failing_since or now, job.failure or "it can't be polled"
        unavailable = JobUnavailable(job.ref, job.title, job.status, reason, since, job.followed)
        outbox.put(session, pattern.destination, unavailable, now, subscription=subscription)


async def note_failure(session: AsyncSession, pattern: Pattern, failure: str | None) -> None:
    """Note why new jobs can't be discovered now; None if they can."""
    mine = update(PatternRow).where(PatternRow.id == pattern.id)
    await session.execute(mine.values(failure=failure))


async def add(session: AsyncSession, pattern_id: int, jobs: Sequence[DiscoveredJob], now: datetime) -> int:
    """Subscribe a pattern's destination to discovered jobs and announce the new ones; return the number announced.

    Does nothing if the pattern has ended or is paused. Each subscription begins with a status from the jobs resource,
    never from the job list, which may be late. Whoever inserts the member announces it, so that it happens once. Those
    that maintenance mutes, or that come in quiet hours, are announced at its end.
    """
    pattern = await _live(session, pattern_id)
    if pattern is None or not jobs:
        return 0
    destination = Destination(pattern.workspace, pattern.destination)
    silences = await silenced.open_at(session, destination, now)
    by_dataflow = {found.job.ref.dataflow: found for found in jobs}
    rows = await _track(session, pattern.workspace, by_dataflow)
    members = [{"pattern_id": pattern.id, "dataflow": row.dataflow, "workspace": pattern.workspace} for row in rows]
    new = [values for values in members if by_dataflow[str(values["dataflow"])].is_new]
    inserted = await insert_all_absent(session, PatternMemberRow, new, PatternMemberRow.dataflow)
    added = {row.dataflow for row in inserted}
    begun = await _subscribe(session, pattern, rows, now)
    muted = await _mute(session, begun, rows, silences, now)
    is_quiet = await quiet.at(session, destination) is not None
    announced = [row for row in rows if row.id in begun.keys() - muted and row.dataflow in added and not is_quiet]
    for row in announced:
        notification = JobAdded(JobRef(row.dataflow, row.run), row.title, Status.of(row.status), now)
        outbox.put(session, destination, notification, now, subscription=begun[row.id])
    pattern.discovered_at = now
    return len(announced)


async def _track(session: AsyncSession, workspace: str, jobs: Mapping[str, DiscoveredJob]) -> Sequence[TrackedJobRow]:
    """The rows of the jobs, locked in the order in which everybody locks them; look-ups of those that were tracked
    before count like polls."""
    values = [
        {
            "workspace": workspace,
            "dataflow": dataflow,
            "run": found.job.ref.run,
            "followed": True,
            "version": found.job.deployed_version,
            "title": found.job.title,
            "status": found.job.status.raw,
            "status_since": found.job.began(found.at) or found.at,
            "since_is_exact": found.job.began(found.at) is not None,
            "polled_at": found.at,
        }
        for dataflow, found in sorted(jobs.items())
    ]
    inserted = {row.id for row in await insert_all_absent(session, TrackedJobRow, values)}
    these = select(TrackedJobRow).where(
        TrackedJobRow.workspace == workspace, TrackedJobRow.followed, TrackedJobRow.dataflow.in_(jobs)
    )
    rows = (await session.scalars(these.order_by(TrackedJobRow.id).with_for_update())).all()
    for row in rows:
        if row.id not in inserted:
            found = jobs[row.dataflow]
            await subscriptions.count_poll(session, row, found.job, found.at)
    return rows


async def _subscribe(
    session: AsyncSession, pattern: PatternRow, jobs: Sequence[TrackedJobRow], now: datetime
) -> Mapping[int, int]:
    """Subscribe where there is no subscription yet; return the new ones' IDs by their job's row ID."""
    values = [
        {
            "workspace": pattern.workspace,
            "watched_job_id": job.id,
            "destination": pattern.destination,
            "created_by": pattern.created_by,
            "created_at": now,
            "status_filter": pattern.status_filter,
            "notified_status": job.status,
            "pattern_id": pattern.id,
            "owner": pattern.owner,
            "runbook": pattern.runbook,
            **reminding.columns_of(pattern),
        }
        for job in jobs
    ]
    begun = await insert_all_absent(
        session, SubscriptionRow, values, SubscriptionRow.watched_job_id, SubscriptionRow.id
    )
    return {row.watched_job_id: row.id for row in begun}


async def _mute(
    session: AsyncSession,
    begun: Mapping[int, int],
    jobs: Sequence[TrackedJobRow],
    silences: Sequence[SilenceRow],
    now: datetime,
) -> set[int]:
    """Mute the new subscriptions that maintenance concerns; return the IDs of their jobs' rows."""
    if not silences:
        return set()
    subs = await session.scalars(select(SubscriptionRow).where(SubscriptionRow.id.in_(begun.values())))
    titles = {job.id: job.title for job in jobs}
    return {sub.watched_job_id for sub in subs if silenced.mute(sub, titles[sub.watched_job_id], silences, now)}


async def remove(session: AsyncSession, pattern_id: int, gone: Collection[str], now: datetime) -> int:
    """Remove jobs that left the job list, end the pattern's subscriptions to them and announce it; return the number
    announced.

    A muted one stays until its mute ends, all do until quiet hours end.
    """
    pattern = await _live(session, pattern_id)
    if pattern is None or not gone:
        return 0
    destination = Destination(pattern.workspace, pattern.destination)
    if await quiet.at(session, destination) is not None:
        return 0
    rows = await session.execute(
        select(TrackedJobRow, SubscriptionRow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(
            SubscriptionRow.pattern_id == pattern.id,
            TrackedJobRow.workspace == pattern.workspace,
            TrackedJobRow.dataflow.in_(gone),
        )
        .order_by(TrackedJobRow.id)
        .with_for_update()
    )
    found = [(job, sub) for job, sub in rows]
    muted = {job.dataflow for job, sub in found if sub.muted_until is not None}
    ending = [(job, sub) for job, sub in found if sub.muted_until is None]
    runs = await _runs_watched(session, destination, {job.dataflow for job, _ in ending})
    for job, _ in ending:
        ref, alone = JobRef(job.dataflow, job.run), tuple(runs.get(job.dataflow, ()))
        notification = JobRemoved(ref, job.title, Status.of(job.status), now, runs=alone)
        outbox.put(session, destination, notification, now)
    await outbox.end_subscriptions(session, [sub.id for _, sub in ending])
    removed = delete(PatternMemberRow).where(
        PatternMemberRow.pattern_id == pattern.id, PatternMemberRow.dataflow.in_(set(gone) - muted)
    )
    await session.execute(removed)
    return len(ending)


async def _runs_watched(
    session: AsyncSession, destination: Destination, dataflows: Collection[str]
) -> Mapping[str, Sequence[int]]:
    """The runs of some dataflows that a destination watches alone."""
    alone = (
        select(TrackedJobRow.dataflow, TrackedJobRow.run)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(
            TrackedJobRow.workspace == destination.workspace,
            TrackedJobRow.dataflow.in_(dataflows),
            ~TrackedJobRow.followed,
            SubscriptionRow.destination == destination.id,
        )
        .order_by(TrackedJobRow.run)
    )
    runs: dict[str, list[int]] = {}
    for dataflow, run in await session.execute(alone):
        runs.setdefault(dataflow, []).append(run)
    return runs


async def _live(session: AsyncSession, pattern_id: int) -> PatternRow | None:
    """The pattern, locked; None if it has ended or is paused."""
    live = select(PatternRow).where(PatternRow.id == pattern_id, PatternRow.paused_because.is_(None))
    return (await session.scalars(live.with_for_update())).one_or_none()
