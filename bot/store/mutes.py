"""Mutes: a muted subscription gets no alerts, and a reminder of what still fails at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.channel.quiet_hours import lets_errors_through
from bot.domain.destination import Destination
from bot.domain.job import Target
from bot.domain.tracked_job import TrackedJob
from bot.store import subscriptions
from bot.store.incidents import reminding
from bot.store.incidents import updates as incident_updates
from bot.store.sql.mapping import to_subscription, to_tracked_job
from bot.store.sql.tables import SilenceRow, SubscriptionRow, TrackedJobRow
from bot.store.watched import quiet, silenced
from bot.store.watched.difference import put_still_failing, put_unavailable
from bot.store.watched.until_change import clear_mute

_BATCH = 100  # each in some tens of milliseconds, so that nobody waits long for the database


@dataclass(frozen=True)
class Unmuted:
    """The end of a mute. `was_muted` is False if there was none; `changes_follow` if the job changed meanwhile."""

    job: TrackedJob
    was_muted: bool
    changes_follow: bool


async def mute(
    session: AsyncSession,
    destination: Destination,
    target: Target,
    *,
    until: datetime,
    by: str,
    now: datetime,
    until_change: bool = False,
) -> TrackedJob | None:
    """Mute a job at a destination, or move the end of its mute; return the job, None if it isn't watched there.

    With `until_change`, the next change of its status ends the mute, if that is before `until`.

    A job that is watched by its name and by its run is muted in both ways. If maintenance mutes it, the person does
    from now on.
    """
    found = await subscriptions.find_with_same_job(session, destination, target)
    for _, sub in found:
        sub.muted_until, sub.muted_by, sub.muted_at = until, by, sub.muted_at or now
        sub.muted_until_change, sub.silence_id = until_change or None, None
    await incident_updates.mark(session, destination, {job.dataflow for job, _ in found}, now)
    return to_tracked_job(found[0][0]) if found else None


async def unmute(session: AsyncSession, destination: Destination, target: Target, now: datetime) -> Unmuted | None:
    """End a mute early; None if the job isn't watched there. `reconcile` delivers what changed meanwhile."""
    found = await subscriptions.find_with_same_job(session, destination, target)
    muted = [(to_tracked_job(row), sub) for row, sub in found if sub.muted_until is not None]
    for _, sub in muted:
        clear_mute(sub)
    await _tell_incidents(session, destination, [(job.ref.dataflow, sub) for job, sub in muted], now)
    follow = any(to_subscription(sub, job).is_behind for job, sub in muted)
    return Unmuted(to_tracked_job(found[0][0]), bool(muted), follow) if found else None


async def end_mutes(session: AsyncSession, now: datetime) -> int:
    """End mutes that are over, and queue a reminder for each job that still fails, or that can't be polled; return
    their number.

    If there are many, it ends some of them. Those that maintenance made end with it, and a job that it concerns stays
    muted until then. In quiet hours only the reminders about what breaks through are queued.
    """
    over = await session.execute(
        select(TrackedJobRow, SubscriptionRow)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(SubscriptionRow.muted_until <= now, ~_by_open_silence())
        .order_by(TrackedJobRow.id, SubscriptionRow.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = over.all()
    places: dict[Destination, list[tuple[TrackedJobRow, SubscriptionRow]]] = {}
    for job, sub in rows:
        places.setdefault(Destination(sub.workspace, sub.destination), []).append((job, sub))
    for destination, here in sorted(places.items()):
        await _end(session, destination, here, now)
    return len(rows)


async def _end(
    session: AsyncSession,
    destination: Destination,
    over: Sequence[tuple[TrackedJobRow, SubscriptionRow]],
    now: datetime,
) -> None:
    """End mutes of one destination."""
    lasting = await silenced.going_on(session, destination, now)
    filtered = await quiet.at(session, destination)
    failing: list[tuple[TrackedJobRow, SubscriptionRow]] = []
    ended: list[tuple[str, SubscriptionRow]] = []
    for job, sub in over:
        muted = to_subscription(sub, to_tracked_job(job))
        if silenced.mute(sub, job.title, lasting, sub.muted_at or now):
            continue
        breaks_through = filtered is None or filtered.matches(muted.notified_status, muted.job.status)
        if muted.is_reminded_after_mute and breaks_through:
            failing.append((job, sub))
        elif filtered is None or lets_errors_through(filtered):
            await put_unavailable(session, muted, now)
        ended.append((job.dataflow, sub))
    await put_still_failing(session, failing, now)
    for _, sub in ended:
        clear_mute(sub)
    await _tell_incidents(session, destination, ended, now)


async def _tell_incidents(
    session: AsyncSession, destination: Destination, ended: Sequence[tuple[str, SubscriptionRow]], now: datetime
) -> None:
    """Show in the messages of incidents that mutes ended, and put off what follows them."""
    if ended:
        await incident_updates.mark(session, destination, {dataflow for dataflow, _ in ended}, now)
        await reminding.put_off(session, destination, ended, now)


def _by_open_silence() -> ColumnElement[bool]:
    """Whether a subscription is muted by maintenance that hasn't ended yet."""
    return exists().where(SilenceRow.id == SubscriptionRow.silence_id, SilenceRow.ended_at.is_(None))
