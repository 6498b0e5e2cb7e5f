"""Pauses: the subscriptions of a destination that can't be reached are paused, never deleted, and resume later."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, delete, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.destination import Destination
from bot.domain.notification.jobs import JobAvailableAgain, JobUnavailable
from bot.domain.notification.service import LoginRefused, Outage, OutageEnded, Paused, Resumed
from bot.store import deliveries, outages, outbox
from bot.store.channels import settings, silences
from bot.store.incidents import unreached
from bot.store.incidents import writing as incidents
from bot.store.patterns import watches as patterns
from bot.store.retention import KEEP_DELIVERIES
from bot.store.sql import notification_json
from bot.store.sql.mapping import to_subscription, to_tracked_job
from bot.store.sql.tables import DeliveryRow, SubscriptionRow, TrackedJobRow
from bot.store.sql.upsert import rows_changed
from bot.store.watched import quiet, same_job
from bot.store.watched.difference import put_unavailable

# In the JSON of what begins or ends, apart from a job's status.
_BEGIN_OR_END = [f'"{one.kind}"' for one in (Outage, OutageEnded, LoginRefused, JobUnavailable, JobAvailableAgain)]


async def pause(session: AsyncSession, destination: Destination, why: str, now: datetime) -> int:
    """Pause the live subscriptions of a destination and notify those who made them; return the number of jobs.

    What was queued for the destination is dropped: on resumption the present status is delivered, and what became of
    an outage. Of an escalation whoever watches the job hears.
    """
    await patterns.pause(session, destination, why, now)
    live = SubscriptionRow.paused_because.is_(None)
    jobs = _jobs(destination, live).add_columns(SubscriptionRow.created_by).subquery()
    people = select(jobs.c.created_by, func.count()).group_by(jobs.c.created_by).order_by(jobs.c.created_by)
    by_person = [(person, count) for person, count in await session.execute(people)]
    paused = await _count_jobs(session, destination, live)
    dropped = await deliveries.abandon(session, destination, why, now)
    _hold(dropped, now)
    await _update(session, destination, live, {"paused_because": why, "paused_at": now})
    await unreached.note(session, dropped, why, now)
    if not destination.is_person:
        for person, count in by_person:
            # Only their number: the person may not be a member any more, and the names are those of today.
            outbox.put(session, Destination(destination.workspace, person), Paused(destination.id, why, count), now)
    return paused


def _hold(dropped: Sequence[DeliveryRow], now: datetime) -> None:
    """Of what was dropped (oldest first), hold back that an outage began, and the ends of what a destination was
    notified of: of an outage, or of a time in which a job couldn't be polled."""
    begun: set[int | None] = set()
    for row in dropped:
        if not any(kind in row.notification for kind in _BEGIN_OR_END):  # most are about statuses
            continue
        match notification_json.load_if_readable(row.notification):
            case OutageEnded() | JobAvailableAgain() if row.subscription_id not in begun:
                outbox.hold(row, now)
            case Outage() | LoginRefused():
                outbox.hold(row, now)
                begun.add(None)
            case JobUnavailable():
                begun.add(row.subscription_id)


async def _unavailable(session: AsyncSession, destination: Destination, which: ColumnElement[bool]) -> Sequence[int]:
    """Those subscriptions of a destination whose jobs can't be polled, one of each job; none in quiet hours that don't
    let that through."""
    if await quiet.silent(session, destination.workspace, {destination.id}):
        return []
    found = (
        select(SubscriptionRow.id)
        .join(TrackedJobRow, TrackedJobRow.id == SubscriptionRow.watched_job_id)
        .where(
            *_of(destination),
            which,
            SubscriptionRow.muted_until.is_(None),
            TrackedJobRow.unavailable_notified_at.is_not(None),
            ~same_job.is_watched_by_name(),
        )
    )
    return (await session.scalars(found.order_by(SubscriptionRow.id))).all()


async def _put_unavailable(session: AsyncSession, subscriptions: Sequence[int], now: datetime) -> None:
    rows = await session.execute(
        select(SubscriptionRow, TrackedJobRow)
        .join(TrackedJobRow, TrackedJobRow.id == SubscriptionRow.watched_job_id)
        .where(SubscriptionRow.id.in_(subscriptions))
        .order_by(SubscriptionRow.id)
        .execution_options(populate_existing=True)
    )
    for sub, job in rows.all():
        if not await outbox.was_told_unavailable(session, sub):
            await put_unavailable(session, to_subscription(sub, to_tracked_job(job)), now)


async def pause_again(session: AsyncSession, destination: Destination, why: str, now: datetime) -> None:
    """Undo a resumption that came too early. Nobody is notified: they know of the pause."""
    await patterns.pause(session, destination, why, now)
    await _update(
        session, destination, SubscriptionRow.paused_because.is_(None), {"paused_because": why, "paused_at": now}
    )


async def resume(session: AsyncSession, destination: Destination, now: datetime, *, because: str | None = None) -> int:
    """Resume the paused subscriptions of a destination, or those paused `because` of one of Slack's error codes, and
    say so there; return the number of jobs.

    `reconcile` delivers what changed meanwhile. An outage that lasts, or a job that can't be polled, is announced if it
    wasn't before; so is the end of one that was.
    """
    await patterns.resume(session, destination, because=because)
    reason = SubscriptionRow.paused_because
    paused = reason.is_not(None) if because is None else reason == because
    since = await session.scalar(select(func.min(SubscriptionRow.paused_at)).where(*_of(destination), paused))
    resumed = await _count_jobs(session, destination, paused)
    unavailable = await _unavailable(session, destination, paused)
    live = {"paused_because": None, "paused_at": None, "considered": None}
    await _update(session, destination, paused, live)
    if resumed:
        outbox.put(session, destination, Resumed(resumed, since or now), now)
    await _put_unavailable(session, unavailable, now)
    await outages.release(session, destination, now, since=now - KEEP_DELIVERIES)  # all that is still kept
    return resumed


async def move(session: AsyncSession, old: Destination, new: Destination) -> int:
    """Move what a channel whose ID changed watches, what waits for it or was delivered, the outages that it was
    notified of, its incidents, its settings and its maintenance; return the number of subscriptions."""
    await patterns.move(session, old, new)
    at_new = select(SubscriptionRow.watched_job_id).where(*_of(new))
    again = SubscriptionRow.watched_job_id.in_(at_new)  # the job was watched again under the channel's new ID
    await session.execute(delete(SubscriptionRow).where(*_of(old), again).execution_options(synchronize_session=False))
    moved = await _update(session, old, true(), {"destination": new.id, "considered": None})
    of_old = update(DeliveryRow).where(DeliveryRow.workspace == old.workspace, DeliveryRow.destination == old.id)
    await session.execute(of_old.values(destination=new.id).execution_options(synchronize_session=False))
    await outages.move(session, old, new)
    await incidents.move(session, old, new)
    await settings.move(session, old, new)
    await silences.move(session, old, new)
    return moved


def _jobs(destination: Destination, which: ColumnElement[bool]) -> Select[str, int]:
    """The jobs of a destination's subscriptions, each once: it may watch one by its name and by its run."""
    return (
        select(TrackedJobRow.dataflow, TrackedJobRow.run)
        .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .where(*_of(destination), which)
        .distinct()
    )


async def _count_jobs(session: AsyncSession, destination: Destination, which: ColumnElement[bool]) -> int:
    jobs = select(func.count()).select_from(_jobs(destination, which).subquery())
    return (await session.execute(jobs)).scalar_one()


async def _update(
    session: AsyncSession, destination: Destination, which: ColumnElement[bool], values: Mapping[str, object]
) -> int:
    """Update subscriptions of a destination, locked in the order of those who write deliveries; return their number."""
    locked = select(SubscriptionRow.id).where(*_of(destination), which).order_by(SubscriptionRow.id).with_for_update()
    these = update(SubscriptionRow).where(SubscriptionRow.id.in_(locked), which)
    return await rows_changed(session, these.values(values).execution_options(synchronize_session=False))


def _of(destination: Destination) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return SubscriptionRow.workspace == destination.workspace, SubscriptionRow.destination == destination.id
