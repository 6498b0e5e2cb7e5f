"""Deliveries: claimed by lease, a destination's queue at a time, and settled once Slack has accepted the message."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

import structlog
from sqlalchemy import ColumnElement, Select, Update, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.domain.destination import Destination
from bot.domain.notification.digest import ListPart, Notification, PendingNotification, Queue
from bot.domain.reminding import NO_REMINDING, Reminding
from bot.domain.subscription import NO_CONTACT, Contact
from bot.store import outages, outbox, workers
from bot.store.incidents import reminding, unreached
from bot.store.sql import notification_json
from bot.store.sql.tables import DeliveryRow, SubscriptionRow
from bot.store.sql.upsert import rows_changed
from bot.store.watched import contacts

log = structlog.get_logger(__name__)

# Queues whose heads are looked at: databases limit the values in a statement.
_MAX_QUEUES = 10_000
# Of one queue; far more than a message holds.
_MAX_CLAIMED = 1_000
# Urgent deliveries; those behind them are found once these are settled.
_MAX_URGENT = 500
# Of one queue that isn't claimed yet: it is asked every second whether something urgent waits in it.
_MAX_SEEN = 100
# An attempt further in the future than clocks differ means that the clock was set back: it is due.
_CLOCK_SKEW = timedelta(minutes=1)
# So long a notification that can't be read is left to a worker of the newer release that wrote it.
_LEFT_TO_NEWER = timedelta(minutes=1)


async def claim(
    session: AsyncSession, worker: str, now: datetime, *, limit: int, busy: Collection[Destination] = ()
) -> Sequence[Queue]:
    """Lease the queues of at most `limit` destinations that are due: those for which something urgent waits before the
    others, and then the longest waiting first.

    A queue is leased as long as one of its deliveries is. The order holds, and no two workers deliver to the same
    destination: while the head waits for its next attempt, or anything is leased, the rest waits too. `busy`
    destinations are left out: this worker is delivering there, or paces them.
    """
    rows: list[DeliveryRow] = []
    if urgent := await _urgent(session, now, busy):
        heads = await _heads(session, worker, now, busy, _place.in_(urgent))
        rows += await session.scalars(heads.limit(limit))
    if len(rows) < limit:
        taken = [(row.workspace, row.destination) for row in rows]
        heads = await _heads(session, worker, now, busy, _place.not_in(taken))
        rows += await session.scalars(heads.limit(limit - len(rows)))
    if rows:
        await workers.register(session, worker)
    queues = [await _lease(session, worker, Destination(row.workspace, row.destination), now) for row in rows]
    return [queue for queue in queues if queue.pending]


_place = tuple_(DeliveryRow.workspace, DeliveryRow.destination)
_leased = aliased(DeliveryRow)  # made once: it takes longer than all the rest of a statement


def _due(now: datetime) -> ColumnElement[bool]:
    set_back = DeliveryRow.tried_at > now + _CLOCK_SKEW
    return or_(DeliveryRow.next_try_at.is_(None), DeliveryRow.next_try_at <= now, set_back)


async def _heads(
    session: AsyncSession, worker: str, now: datetime, busy: Collection[Destination], *where: ColumnElement[bool]
) -> Select[DeliveryRow]:
    """The first deliveries of all queues that are due and that no other worker has leased, the oldest first."""
    # Not only the head: of two written at once, the one with the larger ID may be committed first.
    others = select(_leased.workspace, _leased.destination).where(
        _leased.leased_by.is_not(None), _leased.leased_by != worker, _leased.settled_at.is_(None)
    )
    # Grouped by an index; asked for each delivery whether there is an earlier one, thousands would take long. And by
    # itself: PostgreSQL would look for them among all deliveries that are kept, in the order of their IDs.
    ids = (
        select(func.min(DeliveryRow.id))
        .where(
            DeliveryRow.settled_at.is_(None),
            _place.not_in([(d.workspace, d.id) for d in busy]),
            _place.not_in(others),
            *where,
        )
        .group_by(DeliveryRow.workspace, DeliveryRow.destination)
        .order_by(func.min(DeliveryRow.id))
        .limit(_MAX_QUEUES)
    )
    return (
        select(DeliveryRow)
        .where(DeliveryRow.id.in_((await session.scalars(ids)).all()), DeliveryRow.settled_at.is_(None), _due(now))
        .order_by(DeliveryRow.id)
        .with_for_update(skip_locked=True)
    )


async def _urgent(session: AsyncSession, now: datetime, busy: Collection[Destination]) -> set[tuple[str, str]]:
    """The destinations, as workspace and ID, for which something urgent waits that is due."""
    found = select(DeliveryRow.workspace, DeliveryRow.destination).where(
        DeliveryRow.urgent.is_not(None),
        DeliveryRow.settled_at.is_(None),
        _due(now),
        _place.not_in([(d.workspace, d.id) for d in busy]),
    )
    rows = await session.execute(found.order_by(DeliveryRow.id).limit(_MAX_URGENT))
    return {(workspace, destination) for workspace, destination in rows}


async def waiting(
    session: AsyncSession, destinations: Collection[Destination]
) -> Mapping[Destination, Sequence[Notification]]:
    """What waits for some destinations, oldest first: the first of each queue. Nothing is leased."""
    number = func.row_number().over(
        partition_by=(DeliveryRow.workspace, DeliveryRow.destination), order_by=DeliveryRow.id
    )
    numbered = (
        select(DeliveryRow.id, number.label("number"))
        .where(
            DeliveryRow.settled_at.is_(None),
            _place.in_([(d.workspace, d.id) for d in destinations]),
        )
        .subquery()
    )
    first = select(DeliveryRow).join(numbered, numbered.c.id == DeliveryRow.id).where(numbered.c.number <= _MAX_SEEN)
    found: dict[Destination, list[Notification]] = defaultdict(list)
    for row in await session.scalars(first.order_by(DeliveryRow.id)):
        if pending := _pending(row, {}):
            found[Destination(row.workspace, row.destination)].append(pending.notification)
    return found


async def _lease(session: AsyncSession, worker: str, destination: Destination, now: datetime) -> Queue:
    """Lease a queue whole: its head may end before it is delivered, with the subscription that it belongs to.

    What waits for its time holds back what follows: whoever wrote it may be showing it this moment. So does what only
    a newer release can read, while its workers may be about to deliver it.
    """
    free = _unsettled(destination).where(or_(DeliveryRow.leased_by.is_(None), DeliveryRow.leased_by == worker))
    ordered = free.order_by(DeliveryRow.id).limit(_MAX_CLAIMED).with_for_update(skip_locked=True)
    rows = [*takewhile(lambda row: _is_due(row, now), await session.scalars(ordered))]
    of_jobs = await contacts.of_subscriptions(session, {row.subscription_id for row in rows if row.subscription_id})
    read = {row.id: _pending(row, of_jobs) for row in rows}
    mine = [*takewhile(lambda row: read[row.id] is not None or not _is_left_to_newer(row, now), rows)]
    if unreadable := [row.id for row in mine if read[row.id] is None]:
        # No newer release is running any more. Nothing waits behind them; the present status is delivered instead.
        log.error("unreadable notifications skipped", deliveries=unreadable)
        which = select(DeliveryRow).where(DeliveryRow.id.in_(unreadable))
        await _settle_undelivered(session, which, "unreadable", now)
    pending = tuple(one for row in mine if (one := read[row.id]) is not None)
    leased = update(DeliveryRow).where(DeliveryRow.id.in_([one.id for one in pending]))
    await session.execute(leased.values(leased_by=worker))
    return Queue(destination, pending, worker)


def _is_left_to_newer(row: DeliveryRow, now: datetime) -> bool:
    """Whether a notification that can't be read has been due for so short a time that a newer worker may deliver it."""
    due = row.next_try_at or row.created_at
    return due <= now < due + _LEFT_TO_NEWER


def _is_due(row: DeliveryRow, now: datetime) -> bool:
    was_set_back = row.tried_at is not None and row.tried_at > now + _CLOCK_SKEW
    return row.next_try_at is None or row.next_try_at <= now or was_set_back


def _pending(row: DeliveryRow, of_jobs: Mapping[int, tuple[Contact, Reminding]]) -> PendingNotification | None:
    if (notification := notification_json.load_if_readable(row.notification)) is None:
        return None
    calls = of_jobs.get(row.subscription_id or 0, (NO_CONTACT, NO_REMINDING))
    return PendingNotification(row.id, notification, row.created_at, row.attempts, row.subscription_id, *calls)


def _unsettled(destination: Destination) -> Select[DeliveryRow]:
    return select(DeliveryRow).where(
        DeliveryRow.settled_at.is_(None),
        DeliveryRow.workspace == destination.workspace,
        DeliveryRow.destination == destination.id,
    )


async def settle_delivered(
    session: AsyncSession,
    queue: Queue,
    delivered: Collection[int],
    message_ts: str,
    now: datetime,
    behind: Sequence[ListPart] = (),
) -> bool:
    """Settle the deliveries that an accepted message contains, queue the list `behind` it, and release the rest of the
    queue.

    Written whoever holds the lease by now: what was delivered must not be delivered again. The list is queued by the
    first who settles, even if the message was posted twice: return whether this is the first.
    """
    settled = update(DeliveryRow).where(DeliveryRow.id.in_(delivered))
    values = {"settled_at": now, "message_ts": message_ts, "leased_by": None}
    is_first = await rows_changed(session, settled.where(DeliveryRow.settled_at.is_(None)).values(values)) > 0
    await session.execute(settled.values(values))
    for part in behind if is_first else ():
        outbox.put(session, queue.destination, part, now)
    # The rest may be leased by a worker that has taken the queue over.
    await session.execute(_all_of(queue).where(DeliveryRow.leased_by == queue.worker).values(leased_by=None))
    return is_first


async def settle_retry(session: AsyncSession, queue: Queue, next_try_at: datetime, error: str, now: datetime) -> None:
    """Release a queue whose message wasn't accepted, until its next attempt."""
    await reminding.drop_taken(session, queue)
    mine = _all_of(queue).where(or_(DeliveryRow.leased_by == queue.worker, DeliveryRow.leased_by.is_(None)))
    attempts = DeliveryRow.attempts + 1
    await session.execute(
        mine.values(next_try_at=next_try_at, tried_at=now, attempts=attempts, error=error, leased_by=None)
    )


def _all_of(queue: Queue) -> Update:
    ids = [pending.id for pending in queue.pending]
    return update(DeliveryRow).where(DeliveryRow.id.in_(ids), DeliveryRow.settled_at.is_(None))


async def give_up(session: AsyncSession, queue: Queue, before: datetime, error: str, now: datetime) -> int:
    """Settle what has waited in a queue since `before`, undelivered; return its number. Its subscriptions show it."""
    old = [pending.id for pending in queue.pending if pending.created_at < before]
    which = select(DeliveryRow).where(DeliveryRow.id.in_(old))
    undelivered = await _settle_undelivered(session, which, error, now)
    await session.execute(
        update(SubscriptionRow)
        .where(SubscriptionRow.id.in_({row.subscription_id for row in undelivered} - {None}))
        .values(given_up_at=now, given_up_because=error)
    )
    await outages.put_again(session, queue.destination, undelivered, now)
    await unreached.note(session, undelivered, error, now)
    return len(undelivered)


async def abandon(session: AsyncSession, destination: Destination, error: str, now: datetime) -> Sequence[DeliveryRow]:
    """Settle the queue of a destination that is gone, undelivered; return it."""
    return await _settle_undelivered(session, _unsettled(destination), error, now)


async def _settle_undelivered(
    session: AsyncSession, which: Select[DeliveryRow], error: str, now: datetime
) -> Sequence[DeliveryRow]:
    """Settle deliveries and restore each subscription's `notified_status`, so that it can be reconciled later.

    Not for subscriptions with newer pending changes: those continue from where they are.
    """
    concerned = which.with_only_columns(DeliveryRow.subscription_id)
    subs = {
        sub.id: sub
        for sub in await session.scalars(  # locked first, in the order of those who write deliveries
            select(SubscriptionRow)
            .where(SubscriptionRow.id.in_(concerned))
            .order_by(SubscriptionRow.id)
            .with_for_update()
        )
    }
    which = which.where(DeliveryRow.settled_at.is_(None)).order_by(DeliveryRow.id).with_for_update()
    undelivered = (await session.scalars(which)).all()
    for row in undelivered:
        row.settled_at, row.error, row.leased_by = now, error, None
    await session.flush()
    newer = await session.scalars(
        select(DeliveryRow.subscription_id).where(
            DeliveryRow.subscription_id.in_(subs),
            DeliveryRow.settled_at.is_(None),
            DeliveryRow.notified_before.is_not(None),
        )
    )
    before = {
        row.subscription_id: row.notified_before for row in reversed(undelivered) if row.notified_before is not None
    }
    for subscription in before.keys() - set(newer):
        if subscription in subs:
            subs[subscription].notified_status = before[subscription]
            subs[subscription].considered = None
    return undelivered
