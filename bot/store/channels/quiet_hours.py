"""Quiet hours begin and end: once with several workers, and in good order after a downtime.

`quiet_since` says that they are in force. Who records a change reads it, see `bot.store.watched.quiet`; here it is
changed, along with what is to be told at the end.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.channel.quiet_hours import Window, read_exceptions
from bot.domain.channel.settings import ChannelSettings
from bot.domain.channel.time_zones import zone_named
from bot.domain.destination import Destination
from bot.domain.notification.silences import Meanwhile, QuietHoursEnded, SilenceEnded
from bot.domain.status_filter import is_problem
from bot.domain.tracked_job import TrackedJob
from bot.store import outages, outbox, reconcile
from bot.store.channels.meanwhile import count_unavailable, put_added
from bot.store.channels.period import Happened, what_happened_in
from bot.store.channels.settings import TO_BE_PLANNED, to_settings
from bot.store.incidents import reminding
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import ChannelSettingsRow, SubscriptionRow, TrackedJobRow
from bot.store.watched import beginnings
from bot.store.watched.paused import is_paused

# They turn at least once a day, even if that has 25 hours. What is due later was planned before a clock was set back.
_LONGEST = timedelta(hours=26)


async def read_due(session: AsyncSession, now: datetime) -> Sequence[Happened]:
    """What happened in the quiet hours that `turn_due` ends next; nothing if it ends none."""
    rows = (await session.scalars(_due(now))).all()
    return [await _happened(session, row, row.quiet_since, now) for row in rows if row.quiet_since is not None]


async def is_any_due(session: AsyncSession, now: datetime) -> bool:
    """Whether any begin or end, or are to be planned."""
    return (await session.scalars(_due(now))).one_or_none() is not None


async def turn_due(session: AsyncSession, now: datetime, known: Collection[Happened] = ()) -> bool:
    """Begin or end the quiet hours of a destination where that is due, or plan it; False if it is nowhere. `known` is
    what was read of them."""
    row = (await session.scalars(_due(now).with_for_update(skip_locked=True))).one_or_none()
    if row is not None:
        await _turn(session, row, now, known)
    return row is not None


def _due(now: datetime) -> Select[ChannelSettingsRow]:
    due = or_(ChannelSettingsRow.quiet_due_at <= now, ChannelSettingsRow.quiet_due_at > now + _LONGEST)
    return select(ChannelSettingsRow).where(due).limit(1)


async def read_at(session: AsyncSession, destination: Destination, now: datetime) -> Sequence[Happened]:
    """What happened so far in the quiet hours that are in force at a destination; nothing if none are."""
    row = (await session.scalars(_at(destination))).one_or_none()
    return [await _happened(session, row, row.quiet_since, now)] if row is not None and row.quiet_since else []


async def turn(
    session: AsyncSession, destination: Destination, now: datetime, known: Collection[Happened] = ()
) -> bool:
    """Begin, end and plan the quiet hours of a destination after others were chosen there, or none; return whether some
    that were in force ended. `known` is what was read of them."""
    row = (await session.scalars(_at(destination).with_for_update())).one_or_none()
    if row is None:
        return False
    was_quiet = row.quiet_since is not None
    await _turn(session, row, now, known)
    return was_quiet and row.quiet_since is None


def _at(destination: Destination) -> Select[ChannelSettingsRow]:
    return select(ChannelSettingsRow).where(
        ChannelSettingsRow.workspace == destination.workspace, ChannelSettingsRow.destination == destination.id
    )


async def _happened(session: AsyncSession, row: ChannelSettingsRow, since: datetime, now: datetime) -> Happened:
    return await Happened.read(session, Destination(row.workspace, row.destination), since, now)


def in_force(settings: ChannelSettings, now: datetime) -> Window | None:
    """The quiet hours in force where these settings were chosen; None outside of them."""
    hours = settings.quiet_hours
    return hours.window_at(now, zone_named(settings.time_zone)) if hours else None


async def _turn(session: AsyncSession, row: ChannelSettingsRow, now: datetime, known: Collection[Happened]) -> None:
    settings = to_settings(row)
    hours, window = settings.quiet_hours, in_force(settings, now)
    if window is None and row.quiet_since is not None:
        await _end(session, row, row.quiet_since, now, known)
    elif window is not None and row.quiet_since is None:
        # If that was planned, and the bot was down, they began while it was: nothing was delivered since.
        was_planned = row.quiet_due_at is not None and TO_BE_PLANNED < row.quiet_due_at <= window.begin
        row.quiet_since = window.begin if was_planned else now
    elif window is not None:
        await _consider_anew(session, row)
    # What a newer release wrote, and this one can't read, is looked at again later.
    unreadable = now + _LONGEST if row.quiet_hours is not None else None
    row.quiet_due_at = hours.next_turn(now, zone_named(settings.time_zone)) if hours else unreadable


async def _consider_anew(session: AsyncSession, row: ChannelSettingsRow) -> None:
    """Let what was held back so far break through, if it does by what was chosen meanwhile: `reconcile` tells it."""
    considered = select(SubscriptionRow.id).where(
        SubscriptionRow.workspace == row.workspace,
        SubscriptionRow.destination == row.destination,
        SubscriptionRow.considered.is_not(None),
    )
    locked = considered.order_by(SubscriptionRow.id).with_for_update()  # in the order of those who write deliveries
    these = update(SubscriptionRow).where(SubscriptionRow.id.in_(locked)).values(considered=None)
    await session.execute(these.execution_options(synchronize_session=False))


async def _end(
    session: AsyncSession, row: ChannelSettingsRow, since: datetime, now: datetime, known: Collection[Happened]
) -> None:
    """Let alerts through, and queue what is to be told: in one message, since it waits together."""
    row.quiet_since = None
    await session.flush()
    destination = Destination(row.workspace, row.destination)
    behind = await session.execute(
        select(TrackedJobRow, SubscriptionRow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(
            SubscriptionRow.workspace == row.workspace,
            SubscriptionRow.destination == row.destination,
            SubscriptionRow.paused_because.is_(None),
            SubscriptionRow.muted_until.is_(None),
            SubscriptionRow.notified_status != TrackedJobRow.status,
        )
        .order_by(TrackedJobRow.id, SubscriptionRow.id)
        .with_for_update()
    )
    told: dict[TrackedJob, bool] = {}
    ending: list[int] = []
    rows = behind.all()
    jobs = await beginnings.without_gaps(session, [to_tracked_job(row) for row, _ in rows])
    for job, (_, sub) in zip(jobs, rows, strict=True):
        if change := reconcile.notify(session, sub, job, now):
            told[job] = is_problem(change.new)
            ending += [sub.id] if change.ends else []
    is_told = not await is_paused(session, destination)
    held = await outages.release(session, destination, now, since=since) if is_told else []
    await put_added(session, destination, since, now)
    for one in held:
        if isinstance(one, SilenceEnded):
            await session.flush()
            await put_added(session, destination, one.since, now, pattern=one.key)
    await reminding.put_off_held(session, destination, read_exceptions(row.quiet_filter), now)
    await session.flush()
    period = await what_happened_in(session, destination, since, now, known)
    if period.jobs and is_told:
        meanwhile = Meanwhile.of(period, told, await count_unavailable(session, destination))
        outbox.put(session, destination, QuietHoursEnded(since, now, meanwhile), now)
    await outbox.end_subscriptions(session, ending)
