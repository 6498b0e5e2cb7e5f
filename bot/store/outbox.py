"""The transactional outbox: a change and its deliveries are written together, claimed by lease, settled when told."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Select, Update, delete, exists, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.change import Change
from bot.domain.job import Status
from bot.domain.notification import Notification
from bot.domain.status_filter import StatusFilter
from bot.domain.tracked_job import TrackedJob
from bot.store import workers
from bot.store.sql.tables import ChangeRow, DeliveryRow, SubscriptionRow

log = structlog.get_logger(__name__)

_JSON: TypeAdapter[Notification] = TypeAdapter(Notification)

# Of one destination's queue; far more than any message holds.
_AT_ONCE = 1_000
# A try that lies further in the future than clocks differ means that the clock was set back: it is due.
_CLOCKS_DIFFER = timedelta(minutes=1)

Destination = tuple[str, str]  # a workspace and a destination in it


@dataclass(frozen=True)
class PendingNotification:
    """News that waits. `attempts` counts the tries that failed."""

    id: int
    news: Notification
    created_at: datetime
    attempts: int
    subscription: int | None


@dataclass(frozen=True)
class Queue:
    """All that waits for one destination, oldest first: claimed, so that nobody else tells it anything."""

    workspace: str
    destination: str
    waiting: tuple[PendingNotification, ...]

    @property
    def place(self) -> Destination:
        return self.workspace, self.destination


def put(
    session: AsyncSession,
    workspace: str,
    destination: str,
    news: Notification,
    now: datetime,
    *,
    subscription: int | None = None,
    change: int | None = None,
    notified_before: str | None = None,
    not_before: datetime | None = None,
) -> None:
    """Let news wait for a destination. With `not_before` all that comes after it waits as long.

    `notified_before` is what the subscription was told last, where this news tells it another status.
    """
    session.add(
        DeliveryRow(
            workspace=workspace,
            change_id=change,
            subscription_id=subscription,
            destination=destination,
            news=_JSON.dump_json(news).decode(),
            notified_before=notified_before,
            created_at=now,
            next_try_at=not_before,
            tried_at=now if not_before else None,
            attempts=0,
        )
    )


async def record(session: AsyncSession, job: TrackedJob, change: Change) -> None:
    """Write a change of a watched job, and a delivery for each live subscription that wants to hear of it."""
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
    )
    session.add(row)
    await session.flush()
    for sub in await _listening(session, job):
        if change.ends or StatusFilter.read(sub.wants).wants(Status.of(sub.notified_status), change.new):
            before, sub.notified_status = sub.notified_status, change.new.raw
            put(
                session,
                sub.workspace,
                sub.destination,
                change,
                change.at,
                subscription=sub.id,
                change=row.id,
                notified_before=before,
            )
        if change.ends:
            await end(session, sub)


async def end(session: AsyncSession, sub: SubscriptionRow) -> None:
    """End a subscription whose run is over. What waits to be told of it is told all the same."""
    await session.flush()
    waiting = update(DeliveryRow).where(DeliveryRow.subscription_id == sub.id, DeliveryRow.settled_at.is_(None))
    await session.execute(waiting.values(subscription_id=None))
    await session.delete(sub)


async def end_all(session: AsyncSession, ids: Collection[int]) -> None:
    """End many subscriptions in the same way."""
    await session.flush()
    waiting = update(DeliveryRow).where(DeliveryRow.subscription_id.in_(ids), DeliveryRow.settled_at.is_(None))
    await session.execute(waiting.values(subscription_id=None))
    await session.execute(delete(SubscriptionRow).where(SubscriptionRow.id.in_(ids)))


async def announce(session: AsyncSession, job: TrackedJob, news: Notification, now: datetime) -> None:
    """Let each live subscription to a job hear of something that is no change of its status."""
    for sub in await _listening(session, job):
        put(session, sub.workspace, sub.destination, news, now, subscription=sub.id)


async def _listening(session: AsyncSession, job: TrackedJob) -> Iterable[SubscriptionRow]:
    # Locked, so that a mute, a pause or a catching-up at the same moment comes before or after, not in between.
    live = select(SubscriptionRow).where(
        SubscriptionRow.watched_job_id == job.id,
        SubscriptionRow.paused_because.is_(None),
        SubscriptionRow.muted_until.is_(None),
    )
    return await session.scalars(live.order_by(SubscriptionRow.id).with_for_update())


async def claim(
    session: AsyncSession, worker: str, now: datetime, *, limit: int, busy: Collection[Destination] = ()
) -> Sequence[Queue]:
    """Lease the queues of at most `limit` destinations that are due, the longest waiting first.

    The lease is on the head of a queue: while that is leased or waits for its next try, those behind it wait too. So
    the order holds, and no destination is told by two at once, with any number of workers. `busy` are the
    destinations that this worker is telling, or wants to leave in peace.
    """
    earlier, told_now = aliased(DeliveryRow), aliased(DeliveryRow)
    heads = (
        select(DeliveryRow)
        .where(
            DeliveryRow.settled_at.is_(None),
            or_(
                DeliveryRow.next_try_at.is_(None),
                DeliveryRow.next_try_at <= now,
                DeliveryRow.tried_at > now + _CLOCKS_DIFFER,
            ),
            or_(DeliveryRow.leased_by.is_(None), DeliveryRow.leased_by == worker),
            tuple_(DeliveryRow.workspace, DeliveryRow.destination).not_in(list(busy)),
            ~exists().where(
                earlier.settled_at.is_(None),
                earlier.workspace == DeliveryRow.workspace,
                earlier.destination == DeliveryRow.destination,
                earlier.id < DeliveryRow.id,
            ),
            # Its head was another one: of two that were written at once, the later one may come into sight first.
            ~exists().where(
                told_now.settled_at.is_(None),
                told_now.workspace == DeliveryRow.workspace,
                told_now.destination == DeliveryRow.destination,
                told_now.leased_by != worker,
            ),
        )
        .order_by(DeliveryRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.scalars(heads)).all()
    for row in rows:
        row.leased_by = worker
    if rows:
        await workers.enlist(session, worker)
    queues = [await _queue(session, row, now) for row in rows]
    return [queue for queue in queues if queue.waiting]


async def _queue(session: AsyncSession, head: DeliveryRow, now: datetime) -> Queue:
    mine = _unsettled(head.workspace, head.destination).where(
        or_(DeliveryRow.leased_by.is_(None), DeliveryRow.leased_by == head.leased_by)
    )
    rows = (
        await session.scalars(mine.order_by(DeliveryRow.id).limit(_AT_ONCE).with_for_update(skip_locked=True))
    ).all()
    read = {row.id: waiting for row in rows if (waiting := _waiting(row))}
    if unreadable := [row.id for row in rows if row.id not in read]:
        # A newer release wrote it. Nobody is to wait behind it; the present status is told instead.
        log.error("news that can't be read is left out", deliveries=unreadable)
        await _settle_untold(session, select(DeliveryRow).where(DeliveryRow.id.in_(unreadable)), "unreadable", now)
    return Queue(head.workspace, head.destination, tuple(read.values()))


def _waiting(row: DeliveryRow) -> PendingNotification | None:
    try:
        news = _JSON.validate_json(row.news)
    except ValidationError:
        return None
    return PendingNotification(row.id, news, row.created_at, row.attempts, row.subscription_id)


def _unsettled(workspace: str, destination: str) -> Select[DeliveryRow]:
    return select(DeliveryRow).where(
        DeliveryRow.settled_at.is_(None), DeliveryRow.workspace == workspace, DeliveryRow.destination == destination
    )


async def settle_told(
    session: AsyncSession, queue: Queue, told: Collection[int], message_ts: str, now: datetime
) -> None:
    """Slack accepted a message that covers some of a queue. Written whoever holds the lease by now: what was told
    must not be told again. What the message did not cover may be claimed again."""
    await session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id.in_(told))
        .values(settled_at=now, message_ts=message_ts, leased_by=None)
    )
    # The lease is on the head; those behind it may be on lease to whoever took the queue over.
    await session.execute(_all_of(queue).where(DeliveryRow.id == queue.waiting[0].id).values(leased_by=None))


async def settle_later(
    session: AsyncSession, worker: str, queue: Queue, next_try_at: datetime, error: str, now: datetime
) -> None:
    """Slack did not accept the message now; the queue is tried again."""
    mine = _all_of(queue).where(or_(DeliveryRow.leased_by == worker, DeliveryRow.leased_by.is_(None)))
    await session.execute(
        mine.values(
            next_try_at=next_try_at, tried_at=now, attempts=DeliveryRow.attempts + 1, error=error, leased_by=None
        )
    )


def _all_of(queue: Queue) -> Update:
    return update(DeliveryRow).where(
        DeliveryRow.id.in_([w.id for w in queue.waiting]), DeliveryRow.settled_at.is_(None)
    )


async def give_up(session: AsyncSession, queue: Queue, before: datetime, error: str, now: datetime) -> int:
    """Settle untold what has waited since `before` in a queue; how much that was. Its subscriptions show it."""
    old = [waiting.id for waiting in queue.waiting if waiting.created_at < before]
    untold = await _settle_untold(session, select(DeliveryRow).where(DeliveryRow.id.in_(old)), error, now)
    await session.execute(
        update(SubscriptionRow)
        .where(SubscriptionRow.id.in_({row.subscription_id for row in untold} - {None}))
        .values(given_up_at=now, given_up_because=error)
    )
    return len(untold)


async def abandon(session: AsyncSession, workspace: str, destination: str, error: str, now: datetime) -> int:
    """Settle untold all that waits for a destination that is gone; how much that was."""
    return len(await _settle_untold(session, _unsettled(workspace, destination), error, now))


async def _settle_untold(
    session: AsyncSession, which: Select[DeliveryRow], error: str, now: datetime
) -> Sequence[DeliveryRow]:
    """What was last told is again what was told before them, so that the difference can be told one day. Not for
    subscriptions for which newer news waits: that goes on from where it is."""
    concerned = which.with_only_columns(DeliveryRow.subscription_id)
    subs = {
        sub.id: sub
        for sub in await session.scalars(  # locked first, as by whoever writes news for them
            select(SubscriptionRow)
            .where(SubscriptionRow.id.in_(concerned))
            .order_by(SubscriptionRow.id)
            .with_for_update()
        )
    }
    which = which.where(DeliveryRow.settled_at.is_(None)).order_by(DeliveryRow.id).with_for_update()
    untold = (await session.scalars(which)).all()
    for row in untold:
        row.settled_at, row.error, row.leased_by = now, error, None
    await session.flush()
    newer = await session.scalars(
        select(DeliveryRow.subscription_id).where(
            DeliveryRow.subscription_id.in_(subs), DeliveryRow.settled_at.is_(None)
        )
    )
    told = {row.subscription_id: row.notified_before for row in reversed(untold) if row.notified_before is not None}
    for subscription in told.keys() - set(newer):
        if subscription in subs:
            subs[subscription].notified_status = told[subscription]
    return untold
