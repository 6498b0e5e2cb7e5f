"""The digests that destinations get by their schedules: when each is due, and what it tells."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.destination import Destination
from bot.domain.notification.summaries import MutedJob, ScheduledDigest, Silenced
from bot.store.channels.period import what_happened
from bot.store.channels.settings import to_settings
from bot.store.sql.tables import ChannelSettingsRow, SubscriptionRow, TrackedJobRow
from bot.store.watched import same_job

_DAY = timedelta(days=1)
# No digest is due later than that; if one is, the clock was set back.
_LATEST = 8 * _DAY
# A digest after a long downtime tells of the last days only.
_LONGEST_PERIOD = 31 * _DAY
_MUTED_NAMED = 3


@dataclass(frozen=True)
class Due:
    """A destination whose digest is `due_at` a time that has come; None if it is still to be planned. The last one told
    of the time until `since`. `schedule` is None if a newer release wrote it, and this one can't read it."""

    destination: Destination
    schedule: DigestSchedule | None
    time_zone: str | None
    due_at: datetime | None
    since: datetime | None


async def claim(session: AsyncSession, now: datetime, *, waiting: Collection[Destination] = ()) -> Due | None:
    """Lock a destination whose digest is due or to be planned, until the end of the transaction; None if there is none
    that no other worker has locked. Leave out those that are `waiting`."""
    place = tuple_(ChannelSettingsRow.workspace, ChannelSettingsRow.destination)
    due_at = ChannelSettingsRow.digest_due_at
    row = (
        await session.scalars(
            select(ChannelSettingsRow)
            .where(
                ChannelSettingsRow.digest.is_not(None),
                or_(due_at.is_(None), due_at <= now, due_at > now + _LATEST),
                place.not_in([(one.workspace, one.id) for one in waiting]),
            )
            .limit(1)
            .with_for_update(skip_locked=True)
        )
    ).one_or_none()
    if row is None:
        return None
    due = row.digest_due_at if row.digest_due_at is not None and row.digest_due_at <= now else None
    chosen = to_settings(row)
    destination = Destination(row.workspace, row.destination)
    return Due(destination, chosen.digest, chosen.time_zone, due, row.digest_since)


async def plan(
    session: AsyncSession, destination: Destination, due_at: datetime, *, since: datetime | None = None
) -> None:
    """Plan the next digest, which tells of the time `since` then; since the one before, if that is None."""
    values = {"digest_due_at": due_at, **({"digest_since": since} if since else {})}
    await session.execute(
        update(ChannelSettingsRow)
        .where(ChannelSettingsRow.workspace == destination.workspace, ChannelSettingsRow.destination == destination.id)
        .values(values)
    )


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
