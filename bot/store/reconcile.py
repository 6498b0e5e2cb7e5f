"""Reconciliation: deliver the difference between a job's present status and what a subscription was notified of. Where
there is none, see that what follows an alert follows.

It is how a subscription continues after a pause, a mute or a message that was given up, and how every start begins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.status_filter import StatusFilter
from bot.domain.tracked_job import TrackedJob
from bot.store import outbox
from bot.store.incidents import untold
from bot.store.sql.mapping import to_subscription, to_tracked_job
from bot.store.sql.tables import DeliveryRow, SubscriptionRow, TrackedJobRow
from bot.store.sql.upsert import rows_changed
from bot.store.watched import beginnings, quiet
from bot.store.watched.difference import change_for

# So many are read at once, which takes some milliseconds.
_BATCH = 500
# What the decision about a subscription depends on.
_CONSIDERED = SubscriptionRow.notified_status + "\n" + TrackedJobRow.status + "\n" + SubscriptionRow.status_filter
_LIVE = (SubscriptionRow.paused_because.is_(None), SubscriptionRow.muted_until.is_(None))


@dataclass(frozen=True)
class Reconciled:
    """How many subscriptions were `notified`, and whether there may be more that are behind."""

    notified: int
    may_be_more: bool


async def reconcile_some(session: AsyncSession, now: datetime) -> Reconciled:
    """Queue the present status for live subscriptions that are behind and want it: for some of them, if there are many.

    Only subscriptions whose `considered` is empty are read: new ones, and those for which a pause, a mute, another
    filter or a message that was given up emptied it. A subscription with pending deliveries is left alone until those
    have brought it up to date. What quiet hours hold back is left to their end.
    """
    pending = exists().where(DeliveryRow.subscription_id == SubscriptionRow.id, DeliveryRow.settled_at.is_(None))
    rows = await session.execute(
        select(SubscriptionRow, TrackedJobRow)
        .join(TrackedJobRow, TrackedJobRow.id == SubscriptionRow.watched_job_id)
        .where(SubscriptionRow.considered.is_(None), *_LIVE, ~pending)
        .order_by(SubscriptionRow.watched_job_id, SubscriptionRow.id)
        .limit(_BATCH)
        # Both rows: the poller may be writing a change this very moment, which brings its own deliveries.
        .with_for_update(skip_locked=True)
    )
    found = rows.all()
    if not found:
        return Reconciled(0, may_be_more=False)
    filtered = await _breaking_through(session, [sub for sub, _ in found])
    jobs = await beginnings.without_gaps(session, [to_tracked_job(row) for _, row in found])
    notified = [
        (sub, change)
        for (sub, _), job in zip(found, jobs, strict=True)
        if (change := notify(session, sub, job, now, filtered.get(Destination(sub.workspace, sub.destination))))
    ]
    await session.flush()
    await untold.follow_up(session, [(sub, job) for sub, job in found], now)
    await session.execute(
        update(SubscriptionRow)
        .where(SubscriptionRow.id.in_([sub.id for sub, _ in found]), SubscriptionRow.watched_job_id == TrackedJobRow.id)
        .values(considered=_CONSIDERED)
        .execution_options(synchronize_session=False)
    )
    await outbox.end_subscriptions(session, [sub.id for sub, change in notified if change.ends])
    return Reconciled(len(notified), may_be_more=len(found) == _BATCH)


async def reconcile(session: AsyncSession, now: datetime) -> int:
    """Reconcile as many subscriptions as `reconcile_some`; return how many were notified."""
    return (await reconcile_some(session, now)).notified


async def reconsider(session: AsyncSession) -> int:
    """Empty `considered` where it is about another status or filter than the present ones; return the number.

    It compares every subscription with its job, so it is for the start and now and then: an earlier release that runs
    beside this one doesn't empty it.
    """
    stale = (
        select(SubscriptionRow.id)
        .join(TrackedJobRow, TrackedJobRow.id == SubscriptionRow.watched_job_id)
        .where(
            *_LIVE,
            SubscriptionRow.notified_status != TrackedJobRow.status,
            SubscriptionRow.considered != _CONSIDERED,
        )
        .order_by(SubscriptionRow.id)
        .with_for_update(skip_locked=True, of=SubscriptionRow)
    )
    found = update(SubscriptionRow).where(SubscriptionRow.id.in_(stale)).values(considered=None)
    return await rows_changed(session, found.execution_options(synchronize_session=False))


def notify(
    session: AsyncSession,
    sub: SubscriptionRow,
    job: TrackedJob,
    now: datetime,
    breaks_through: StatusFilter | None = None,
) -> Change | None:
    """Queue the difference for a subscription that is behind and wants it; return it. The job is as seen without a gap.
    In quiet hours only what `breaks_through` is delivered."""
    change = change_for(sub, job)
    if change is None or not to_subscription(sub, job).is_notified_of(change, breaks_through):
        return None
    outbox.put_change(session, sub, change, now)
    return change


async def _breaking_through(
    session: AsyncSession, subs: Sequence[SubscriptionRow]
) -> Mapping[Destination, StatusFilter]:
    """What breaks through at the destinations in which quiet hours are in force."""
    found: dict[Destination, StatusFilter] = {}
    for workspace in sorted({sub.workspace for sub in subs}):
        here = {sub.destination for sub in subs if sub.workspace == workspace}
        filtered = await quiet.breaking_through(session, workspace, here)
        found |= {Destination(workspace, one): what for one, what in filtered.items()}
    return found
