"""The digests that destinations get by their schedules: when each is due, and what it tells."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, tuple_, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.destination import Destination
from bot.domain.notification.summaries import MutedJob, ScheduledDigest, Silenced
from bot.store.channels.period import what_happened
from bot.store.channels.settings import to_settings
from bot.store.sql.tables import ChannelSettingsRow, SubscriptionRow, TrackedJobRow
from bot.store.sql.upsert import rows_changed
from bot.store.watched import same_job

_DAY = timedelta(days=1)
# No digest is due later than that; if one is, the clock was set back.
_LATEST = 8 * _DAY
# A digest after a long downtime tells of the last days only.
_LONGEST_PERIOD = 31 * _DAY
_MUTED_NAMED = 3
# Destinations found at a time.
_AT_ONCE = 20


@dataclass(frozen=True)
class Due:
    """A destination whose digest `is_due`, or still to be planned. `due_at` is when it was due; None if it was never
    planned. The last one told of the time until `since`. `chosen` is the schedule as it is stored; `schedule` is None
    if a newer release wrote it, and this one can't read it."""

    destination: Destination
    chosen: str
    schedule: DigestSchedule | None
    time_zone: str | None
    due_at: datetime | None
    since: datetime | None
    is_due: bool


async def due(session: AsyncSession, now: datetime, *, waiting: Collection[Destination] = ()) -> Sequence[Due]:
    """Some destinations whose digest is due or to be planned, but not those that are `waiting`."""
    place = tuple_(ChannelSettingsRow.workspace, ChannelSettingsRow.destination)
    due_at = ChannelSettingsRow.digest_due_at
    with_digest = select(ChannelSettingsRow).where(
        ChannelSettingsRow.digest.is_not(None), place.not_in([(one.workspace, one.id) for one in waiting])
    )
    # Each by the index, which SQLite would read whole for a condition with OR.
    conditions = due_at <= now, due_at.is_(None), due_at > now + _LATEST
    found = union_all(*(with_digest.where(one) for one in conditions)).limit(_AT_ONCE)
    rows = await session.scalars(select(ChannelSettingsRow).from_statement(found))
    return [_due(row, now) for row in rows]


def _due(row: ChannelSettingsRow, now: datetime) -> Due:
    chosen = to_settings(row)
    is_due = row.digest_due_at is not None and row.digest_due_at <= now
    return Due(
        Destination(row.workspace, row.destination),
        row.digest or "",
        chosen.digest,
        chosen.time_zone,
        row.digest_due_at,
        row.digest_since,
        is_due=is_due,
    )


async def plan(session: AsyncSession, due: Due, due_at: datetime, *, since: datetime | None = None) -> bool:
    """Plan the next digest, which tells of the time `since` then, if that is known. Return False if another worker was
    faster, or somebody chose otherwise meanwhile."""
    mine = (
        ChannelSettingsRow.workspace == due.destination.workspace,
        ChannelSettingsRow.destination == due.destination.id,
        ChannelSettingsRow.digest == due.chosen,
        ChannelSettingsRow.digest_due_at.is_not_distinct_from(due.due_at),
    )
    values = {"digest_due_at": due_at, "digest_since": since}
    return await rows_changed(session, update(ChannelSettingsRow).where(*mine).values(values)) == 1


async def plan_first(session: AsyncSession, destination: Destination, due_at: datetime) -> None:
    """Plan the first digest by a schedule that was just chosen."""
    await session.execute(
        update(ChannelSettingsRow)
        .where(ChannelSettingsRow.workspace == destination.workspace, ChannelSettingsRow.destination == destination.id)
        .values(digest_due_at=due_at)
    )


async def watches_jobs(session: AsyncSession, destination: Destination) -> bool:
    """Whether a destination watches any job, so that there is something to tell."""
    mine = SubscriptionRow.workspace == destination.workspace, SubscriptionRow.destination == destination.id
    return (await session.scalars(select(SubscriptionRow.id).where(*mine).limit(1))).first() is not None


async def make(
    session: AsyncSession,
    destination: Destination,
    schedule: DigestSchedule,
    due_at: datetime,
    now: datetime,
    *,
    since: datetime | None = None,
) -> ScheduledDigest | None:
    """Make a digest of the time from the last one, or else of a day or a week, until now; None if there is nobody to
    tell, since nothing is watched there, or alerts for all of it are paused."""
    silenced = await _silenced(session, destination)
    length = _DAY if schedule.weekday is None else 7 * _DAY
    begin = since if since and since < now else min(due_at, now) - length
    period = await what_happened(session, destination, max(begin, now - _LONGEST_PERIOD), now)
    return ScheduledDigest(schedule, due_at, period, silenced) if period.jobs > silenced.paused else None


async def _silenced(session: AsyncSession, destination: Destination) -> Silenced:
    """The jobs of a destination without alerts. One that it watches by its name and by its run counts once."""
    watched = (
        select(TrackedJobRow, SubscriptionRow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(
            SubscriptionRow.workspace == destination.workspace,
            SubscriptionRow.destination == destination.id,
            ~same_job.is_watched_by_name(),
        )
    )
    counts = watched.with_only_columns(
        func.count(SubscriptionRow.muted_until), func.count(SubscriptionRow.paused_because)
    )
    muted, paused = (await session.execute(counts)).one()
    first = watched.where(SubscriptionRow.muted_until.is_not(None)).order_by(
        SubscriptionRow.muted_until, TrackedJobRow.id
    )
    jobs = (
        [
            MutedJob(job.title, sub.muted_until, bool(sub.muted_until_change))
            for job, sub in (await session.execute(first.limit(_MUTED_NAMED)))
            if sub.muted_until
        ]
        if muted
        else []
    )
    return Silenced(muted, tuple(jobs), paused)
