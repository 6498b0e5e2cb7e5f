"""The transactional outbox: a change and its deliveries are written in one transaction, and so are a person's change
of a watch and its confirmation.

A confirmation is shown at once by whoever wrote it, which takes seconds. Meanwhile it waits in its destination's queue:
if the process dies or Slack doesn't accept it, the dispatcher delivers it, before whatever came later.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.notification.confirmations import (
    Confirmation,
    Deed,
    JobConfirmation,
    PatternConfirmation,
    SilenceConfirmation,
    Subject,
)
from bot.domain.notification.digest import Notification
from bot.domain.notification.jobs import JobAvailableAgain, JobUnavailable
from bot.domain.notification.reminders import Escalated
from bot.domain.tracked_job import TrackedJob
from bot.store.sql import notification_json
from bot.store.sql.mapping import to_subscription
from bot.store.sql.tables import ChangeRow, DeliveryRow, SubscriptionRow
from bot.store.watched import beginnings, quiet, same_job, until_change
from bot.store.watched import leaving as leaving_list

# Why a notification was settled that its destination can't get yet, in place of Slack's error code.
_HELD_BACK = "held back"
# The order of those since a time. By the plain column, SQLite would read all that are kept to save sorting these.
BY_ID = DeliveryRow.id + 0
# Longer than a request may take: until then whoever wrote a confirmation is showing it.
_SHOWN_WITHIN = timedelta(seconds=30)
_SOON = timedelta(seconds=1)


def put(
    session: AsyncSession,
    destination: Destination,
    notification: Notification,
    now: datetime,
    *,
    subscription: int | None = None,
    change: int | None = None,
    notified_before: str | None = None,
    not_before: datetime | None = None,
) -> DeliveryRow:
    """Add a notification to a destination's queue. `not_before` also holds back everything queued after it.

    `notified_before` is the subscription's previous `notified_status`, if this notification delivers another status.
    """
    row = DeliveryRow(
        workspace=destination.workspace,
        change_id=change,
        subscription_id=subscription,
        destination=destination.id,
        notification=notification_json.dump(notification),
        notified_before=notified_before,
        urgent=True if _is_urgent(notification) else None,
        created_at=now,
        next_try_at=not_before,
        tried_at=now if not_before else None,
        attempts=0,
    )
    session.add(row)
    return row


def _is_urgent(notification: Notification) -> bool:
    return isinstance(notification, Escalated) or (isinstance(notification, Change) and notification.is_failure)


def hold_back(
    session: AsyncSession,
    destination: Destination,
    notification: Notification,
    now: datetime,
    *,
    subscription: int | None = None,
) -> None:
    """Keep a notification for the end of a pause or of quiet hours, when `release` queues it; as long as what was
    delivered is kept."""
    hold(put(session, destination, notification, now, subscription=subscription), now)


def hold(row: DeliveryRow, now: datetime) -> None:
    """Hold back what is queued already."""
    row.settled_at, row.error, row.leased_by = now, _HELD_BACK, None


async def release(
    session: AsyncSession,
    destination: Destination,
    now: datetime,
    *,
    since: datetime,
    is_over: Callable[[Notification], bool],
) -> Sequence[Notification]:
    """Queue what was held back from a destination `since` then; return it, as far as this release can read it. What
    `is_over` isn't held any longer."""
    held = select(DeliveryRow).where(
        DeliveryRow.settled_at >= since,
        DeliveryRow.workspace == destination.workspace,
        DeliveryRow.destination == destination.id,
        DeliveryRow.message_ts.is_(None),
        DeliveryRow.error == _HELD_BACK,
    )
    released: list[Notification] = []
    for row in (await session.scalars(held.order_by(BY_ID).with_for_update())).all():
        row.error, notification = None, notification_json.load_if_readable(row.notification)
        if notification is not None and is_over(notification):
            continue
        row.settled_at, row.created_at = None, now
        released += [notification] if notification else []
    return released


async def record_change(
    session: AsyncSession, job: TrackedJob, change: Change, *, seen_at: datetime | None = None
) -> None:
    """Write a change of a tracked job, and a delivery for each subscription that it concerns.

    A destination that watches the job by its name and by its run gets one of them. What quiet hours hold back, their
    end delivers. `seen_at` is when the change was seen, if it began before.
    """
    change = await same_job.with_exact_old_beginning(session, job, change)
    row = ChangeRow(
        workspace=job.workspace,
        watched_job_id=job.id,
        title=change.title,
        old_status=change.old.raw,
        new_status=change.new.raw,
        old_since=change.old_since,
        at=change.at,
        version=change.version,
        started_by=change.started_by,
        run=change.ref.run,
        old_run=change.old_run,
        old_version=change.old_version,
        old_seen_at=change.old_seen_at,
        old_since_is_exact=change.old_since_is_exact,
        at_is_exact=change.at_is_exact,
    )
    session.add(row)
    await session.flush()
    if change.old != change.new:
        await until_change.end_mutes(session, job, seen_at or change.at)
        await session.flush()
    notified = await same_job.notified_of(session, job, change)
    known = await beginnings.change_as_known(session, job, change)
    live = list(await _live_subscriptions(session, job))
    filtered = await quiet.breaking_through(session, job.workspace, {sub.destination for sub in live})
    held_back: set[int] = set()
    for sub in live:
        subscription, breaks_through = to_subscription(sub, job), filtered.get(sub.destination)
        if not subscription.is_notified_of(change, breaks_through):
            held_back |= {sub.id} if subscription.is_notified_of(change) else set()
            continue
        if sub.destination in notified:
            sub.notified_status = change.new.raw
        else:
            put_change(session, sub, known, seen_at or change.at, change_id=row.id)
    if change.ends:
        await end_subscriptions(session, [sub.id for sub in live if sub.id not in held_back])


def put_change(
    session: AsyncSession, sub: SubscriptionRow, change: Change, now: datetime, *, change_id: int | None = None
) -> None:
    """Queue a change for a subscription, which counts as notified of the new status from now on."""
    before, sub.notified_status = sub.notified_status, change.new.raw
    put(
        session,
        Destination(sub.workspace, sub.destination),
        change,
        now,
        subscription=sub.id,
        change=change_id,
        notified_before=before,
    )


async def end_subscriptions(session: AsyncSession, ids: Collection[int]) -> None:
    """End subscriptions. What is queued for them is still delivered."""
    if not ids:
        return
    await session.flush()
    waiting = update(DeliveryRow).where(DeliveryRow.subscription_id.in_(ids), DeliveryRow.settled_at.is_(None))
    await session.execute(waiting.values(subscription_id=None))
    await session.execute(delete(SubscriptionRow).where(SubscriptionRow.id.in_(ids)))


async def notify_subscribers(session: AsyncSession, job: TrackedJob, notification: Notification, now: datetime) -> None:
    """Queue something other than a change of status for each live subscription to a job.

    A destination that watches the job by its name and by its run is notified of the first that is unavailable, and of
    the last that is available again. One whose pattern waits to remove the job isn't notified that it's unavailable.
    Both break through quiet hours where errors do: what can't be seen may be one. Who can be polled again is held back
    until the end of a pause, or of other quiet hours, if the last that was delivered is that it can't; no longer than
    that is true.
    """
    if isinstance(notification, JobUnavailable):
        await _drop_held(session, job)
    leaving = await leaving_list.subscriptions_to(session, job) if isinstance(notification, JobUnavailable) else set()
    unavailable = await same_job.unavailable_at(session, job)
    live = list(await _live_subscriptions(session, job))
    silent = await quiet.silent(session, job.workspace, {sub.destination for sub in live})
    for sub in live:
        if sub.destination in unavailable | silent or sub.id in leaving:
            continue
        put(session, Destination(sub.workspace, sub.destination), notification, now, subscription=sub.id)
    if isinstance(notification, JobAvailableAgain):
        deaf = [sub for sub in live if sub.destination in silent - unavailable]
        for sub in (*deaf, *await _paused_subscriptions(session, job)):
            if await was_told_unavailable(session, sub):
                hold_back(session, Destination(sub.workspace, sub.destination), notification, now, subscription=sub.id)


async def _drop_held(session: AsyncSession, job: TrackedJob) -> None:
    """Hold back no longer that a job can be polled again."""
    watching = select(SubscriptionRow.id).where(SubscriptionRow.watched_job_id == job.id)
    # Locked first: so does whoever ends a pause, before what is held back.
    ids = (await session.scalars(watching.order_by(SubscriptionRow.id).with_for_update())).all()
    held = update(DeliveryRow).where(DeliveryRow.subscription_id.in_(ids), DeliveryRow.error == _HELD_BACK)
    again = DeliveryRow.notification.contains(f'"{JobAvailableAgain.kind}"')
    await session.execute(held.where(again).values(error=None).execution_options(synchronize_session=False))


async def _live_subscriptions(session: AsyncSession, job: TrackedJob) -> Iterable[SubscriptionRow]:
    # Locked, so that a mute, a pause or a reconciliation at the same moment comes before or after, not in between.
    live = select(SubscriptionRow).where(
        SubscriptionRow.watched_job_id == job.id,
        SubscriptionRow.paused_because.is_(None),
        SubscriptionRow.muted_until.is_(None),
    )
    return await session.scalars(live.order_by(SubscriptionRow.id).with_for_update())


async def _paused_subscriptions(session: AsyncSession, job: TrackedJob) -> Sequence[SubscriptionRow]:
    paused = select(SubscriptionRow).where(
        SubscriptionRow.watched_job_id == job.id,
        SubscriptionRow.paused_because.is_not(None),
        SubscriptionRow.muted_until.is_(None),
    )
    return (await session.scalars(paused.order_by(SubscriptionRow.id).with_for_update())).all()


async def was_told_unavailable(session: AsyncSession, sub: SubscriptionRow) -> bool:
    """Whether the last that was delivered for a subscription, or waits, of whether its job can be polled is that it
    can't."""
    kinds = (DeliveryRow.notification.contains(f'"{one.kind}"') for one in (JobUnavailable, JobAvailableAgain))
    delivered = select(DeliveryRow.notification).where(
        DeliveryRow.subscription_id == sub.id,
        or_(DeliveryRow.message_ts.is_not(None), DeliveryRow.settled_at.is_(None)),
        or_(*kinds),
    )
    last = (await session.scalars(delivered.order_by(DeliveryRow.id.desc()).limit(1))).first()
    return last is not None and isinstance(notification_json.load_if_readable(last), JobUnavailable)


# ── confirmations ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Queued:
    """A confirmation, where it will be delivered, and the ID of that delivery."""

    confirmation: Confirmation
    destination: Destination
    delivery: int


async def put_confirmation(session: AsyncSession, destination: Destination, confirmation: Confirmation) -> Queued:
    """Queue a confirmation that the caller is about to show; then it calls `end_confirmation`, or
    `release_confirmation` if Slack didn't accept it.

    It replaces what still waits about the same subject. The dispatcher leaves it alone for half a minute, and all
    behind it.
    """
    subjects = {confirmation.subject}
    if isinstance(confirmation, JobConfirmation) and confirmation.deed is Deed.UNWATCHED:
        subjects.add(Subject(confirmation.target, mute=True))
    await drop_confirmations(session, destination, subjects)
    row = put(session, destination, confirmation, confirmation.at, not_before=confirmation.at + _SHOWN_WITHIN)
    await session.flush()
    return Queued(confirmation, destination, row.id)


async def end_confirmation(session: AsyncSession, queued: Queued) -> None:
    """Deliver a confirmation no more: it was shown, or what it confirms was undone."""
    await session.execute(
        delete(DeliveryRow).where(DeliveryRow.id == queued.delivery, DeliveryRow.settled_at.is_(None))
    )


async def release_confirmation(
    session: AsyncSession, queued: Queued, why: str, now: datetime, *, retry_after: timedelta | None = None
) -> None:
    """Leave a confirmation to the dispatcher, `why` being Slack's error code."""
    await session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id == queued.delivery, DeliveryRow.settled_at.is_(None))
        .values(next_try_at=now + (retry_after or _SOON), tried_at=now, attempts=1, error=why)
    )


async def drop_confirmations(session: AsyncSession, destination: Destination, subjects: Collection[Subject]) -> None:
    """Drop what still waits about some subjects: it isn't true any more."""
    kinds = (JobConfirmation.kind, PatternConfirmation.kind, SilenceConfirmation.kind)
    waiting = await session.execute(
        select(DeliveryRow.id, DeliveryRow.notification).where(
            DeliveryRow.settled_at.is_(None),
            DeliveryRow.workspace == destination.workspace,
            DeliveryRow.destination == destination.id,
            or_(*(DeliveryRow.notification.contains(f'"{kind}"', autoescape=True) for kind in kinds)),
        )
    )
    untrue = [id for id, text in waiting if _subject(text) in subjects]
    await session.execute(delete(DeliveryRow).where(DeliveryRow.id.in_(untrue)))


def _subject(text: str) -> Subject | None:
    notification = notification_json.load_if_readable(text)
    return notification.subject if isinstance(notification, Confirmation) else None
