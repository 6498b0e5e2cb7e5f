import asyncio
from dataclasses import replace
from datetime import datetime

from sqlalchemy import update

from bot.domain.destination import Destination
from bot.domain.job import Status
from bot.domain.notification.confirmations import Deed, JobConfirmation
from bot.domain.notification.digest import Queue
from bot.domain.notification.jobs import JobUnavailable
from bot.store import deliveries as delivery_store
from bot.store import outbox, reconcile, subscriptions, workers
from bot.store.database import Database
from bot.store.sql.tables import DeliveryRow
from tests.cast import (
    ANN,
    DEV,
    ERROR,
    HOUR,
    MINUTE,
    NOON,
    OPS,
    ORDERS,
    OTHER_WORKSPACE,
    SECOND,
    UP,
    WARNING,
    WORKSPACE,
    change,
)
from tests.store.steps import becomes, claim, deliver_all, deliveries, healthy, run, settle, sql, subscribe

LATER = NOON + HOUR


async def postpone(
    database: Database, queue: Queue, until: datetime, worker: str = "t", at: datetime = LATER, why: str = "timeout"
) -> None:
    async with database.writing() as session:
        await delivery_store.settle_retry(session, replace(queue, worker=worker), until, why, at)


async def put(database: Database, *statuses: Status, destination: str = OPS, workspace: str = WORKSPACE) -> None:
    async with database.writing() as session:
        for status in statuses:
            outbox.put(session, Destination(workspace, destination), change(new=status), NOON)
            await session.flush()


def statuses(queue: Queue) -> list[Status]:
    return [one.notification.new for one in queue.pending if one.notification.kind == "change"]


async def test_errors_come_first(database: Database) -> None:
    """Destinations for which a job's failure waits are claimed before the others, the longest waiting first. It passes
    nothing in its own queue, and waits there for its time; a failure that goes on is nothing new."""
    for destination, *waiting in (("C1", WARNING), ("C2", WARNING, ERROR), ("C3", UP), ("C4", ERROR), ("C5", ERROR)):
        await put(database, *waiting, destination=destination)
    async with database.writing() as session:
        outbox.put(session, Destination(WORKSPACE, "C6"), change(old=ERROR, new=ERROR), NOON)
    (fifth,) = [queue for queue in await claim(database) if queue.destination.id == "C5"]
    await postpone(database, fifth, until=LATER + HOUR)
    async with database.writing() as session:
        await workers.deregister_all(session)
    claimed = [await claim(database, limit=limit, worker=f"w{limit}") for limit in (1, 2, 9)]
    assert [[queue.destination.id for queue in some] for some in claimed] == [["C2"], ["C4", "C1"], ["C3", "C6"]]
    assert statuses(claimed[0][0]) == [WARNING, ERROR]


async def test_a_queue_is_claimed_whole_and_in_order(database: Database) -> None:
    """A claim of a destination returns everything pending for it, oldest first, so that it fits one message."""
    await subscribe(database, healthy(1))
    await subscribe(database, healthy(2))
    await becomes(database, WARNING, ref=run(2))
    await becomes(database, ERROR, UP, ref=run(1))
    (queue,) = await claim(database)
    assert queue.destination == Destination(WORKSPACE, OPS)
    assert statuses(queue) == [WARNING, ERROR, UP]
    assert [one.id for one in queue.pending] == [row.id for row in await deliveries(database)]


async def test_the_longest_waiting_destinations_come_first(database: Database) -> None:
    """If there is no room for all, the destinations that have waited longest are claimed."""
    for destination in ("C3", "C1", "C2"):
        await put(database, ERROR, destination=destination)
    assert [queue.destination.id for queue in await claim(database, limit=2)] == ["C3", "C1"]
    assert [queue.destination.id for queue in await claim(database, "other", limit=2)] == ["C2"]


async def test_destinations_do_not_wait_for_each_other(database: Database) -> None:
    """Each destination has its own queue in each workspace, whatever happens to the others."""
    await put(database, WARNING, ERROR)
    await put(database, WARNING, ERROR, destination=DEV)
    await put(database, ERROR, workspace=OTHER_WORKSPACE)
    queues = await claim(database)
    assert [(queue.destination, statuses(queue)) for queue in queues] == [
        (Destination(WORKSPACE, OPS), [WARNING, ERROR]),
        (Destination(WORKSPACE, DEV), [WARNING, ERROR]),
        (Destination(OTHER_WORKSPACE, OPS), [ERROR]),
    ]
    await postpone(database, queues[0], LATER + HOUR)
    for queue in queues[1:]:
        await settle(database, queue)
    await put(database, UP, destination=DEV)
    assert [queue.destination.id for queue in await claim(database)] == [DEV]


async def test_two_workers_never_deliver_to_one_destination(database: Database) -> None:
    """While one worker delivers to a destination, no other can claim anything for it, not even what came later."""
    await put(database, WARNING, ERROR)
    (queue,) = await claim(database, "a")
    await put(database, UP)
    assert await claim(database, "b") == []
    await settle(database, queue)
    assert [statuses(queue) for queue in await claim(database, "b")] == [[UP]]


async def test_each_queue_is_claimed_by_one_of_many_workers(database: Database) -> None:
    """Each queue goes to exactly one of many workers that claim at the same moment."""
    for n in range(12):
        await put(database, ERROR, WARNING, destination=f"C{n}")
    shares = await asyncio.gather(*(claim(database, f"t{n}", limit=3) for n in range(6)))
    shares += [await claim(database, "last")]
    claimed = [queue.destination.id for share in shares for queue in share]
    assert sorted(claimed) == sorted(f"C{n}" for n in range(12))


async def test_a_delivery_that_is_committed_late_waits(postgresql: Database) -> None:
    """Of two deliveries written at once, the one with the larger ID may be claimed first. The other one then pending
    until it is settled."""
    async with postgresql.writing() as slow:
        outbox.put(slow, Destination(WORKSPACE, OPS), change(new=WARNING), NOON)
        await slow.flush()
        await put(postgresql, ERROR)
        (queue,) = await claim(postgresql, "a")
        assert statuses(queue) == [ERROR]
    assert await claim(postgresql, "b") == []
    await settle(postgresql, queue)
    assert [statuses(queue) for queue in await claim(postgresql, "b")] == [[WARNING]]


async def test_busy_destinations_are_not_claimed(database: Database) -> None:
    """A worker doesn't claim destinations that it is delivering to, or that it paces."""
    await put(database, ERROR)
    await put(database, ERROR, destination=DEV)
    await put(database, ERROR, workspace=OTHER_WORKSPACE)
    queues = await claim(database, busy={Destination(WORKSPACE, OPS), Destination(OTHER_WORKSPACE, OPS)})
    assert [queue.destination.id for queue in queues] == [DEV]
    assert len(await claim(database)) == 3  # its own lease is no obstacle: the answer to the claim may have been lost


async def test_a_head_that_waits_holds_back_its_queue(database: Database) -> None:
    """While the oldest delivery waits for its next attempt, nothing behind it is delivered."""
    await put(database, WARNING, ERROR)
    (queue,) = await claim(database)
    await postpone(database, queue, LATER + 30 * SECOND, why="ratelimited")
    await put(database, UP)

    assert await claim(database, "b", at=LATER + 29 * SECOND) == []
    (again,) = await claim(database, "b", at=LATER + 30 * SECOND)
    assert statuses(again) == [WARNING, ERROR, UP]
    assert [one.attempts for one in again.pending] == [1, 1, 0]
    row = (await deliveries(database))[0]
    assert (row.error, row.tried_at, row.settled_at) == ("ratelimited", LATER, None)


async def test_a_delayed_notification_holds_back_what_follows(database: Database) -> None:
    """A notification with `not_before` is delivered in one queue with what came after it."""
    async with database.writing() as session:
        outbox.put(session, Destination(WORKSPACE, OPS), change(new=WARNING), NOON, not_before=NOON + MINUTE)
    await put(database, ERROR)
    assert await claim(database, at=NOON + 59 * SECOND) == []
    (queue,) = await claim(database, at=NOON + MINUTE)
    assert statuses(queue) == [WARNING, ERROR]


async def test_what_waits_for_its_time_is_not_taken_along(database: Database) -> None:
    """A confirmation that somebody is showing this moment stays out of the message before it, and what follows stays
    behind it; once shown, it is never delivered."""
    here = Destination(WORKSPACE, OPS)
    confirmation = JobConfirmation(Deed.WATCHED, ORDERS, "orders", UP, ANN, NOON)
    await put(database, ERROR)
    async with database.writing() as session:
        queued = await outbox.put_confirmation(session, here, confirmation)
    await put(database, UP)
    (queue,) = await claim(database, at=NOON)
    assert statuses(queue) == [ERROR]
    await settle(database, queue)
    assert await claim(database, at=NOON) == []
    (late,) = await claim(database, at=LATER)
    assert [one.notification.kind for one in late.pending] == ["job_confirmation", "change"]
    async with database.writing() as session:
        await outbox.end_confirmation(session, queued)
    (rest,) = await claim(database, at=NOON)
    assert statuses(rest) == [UP]


async def test_a_clock_that_is_set_back_stops_no_delivery(database: Database) -> None:
    """An attempt further in the future than clocks differ is due at once. One in the near future keeps its time."""
    await put(database, ERROR)
    (queue,) = await claim(database)
    await postpone(database, queue, LATER + 30 * SECOND, at=LATER)

    assert await claim(database, at=LATER - MINUTE) == []
    assert len(await claim(database, at=LATER - MINUTE - SECOND)) == 1
    async with database.writing() as session:
        outbox.put(session, Destination(WORKSPACE, DEV), change(), LATER, not_before=LATER + 30 * SECOND)
    queues = await claim(database, at=LATER - MINUTE - SECOND)
    assert [queue.destination.id for queue in queues] == [OPS, DEV]


async def test_only_the_lease_holder_can_postpone_a_queue(database: Database) -> None:
    """A worker that was wrongly taken for dead doesn't postpone what another one is delivering."""
    await put(database, ERROR)
    (queue,) = await claim(database, "slow")
    async with database.writing() as session:
        await workers.deregister(session, "slow")
    await claim(database, "fast")
    await postpone(database, queue, LATER + HOUR, worker="slow")

    (row,) = await deliveries(database)
    assert (row.leased_by, row.attempts, row.next_try_at) == ("fast", 0, None)
    await postpone(database, queue, LATER + HOUR, worker="fast")
    (row,) = await deliveries(database)
    assert (row.leased_by, row.attempts, row.next_try_at) == (None, 1, LATER + HOUR)


async def test_exactly_the_deliveries_of_a_message_are_settled(database: Database) -> None:
    """What a message contained is settled. The rest can be claimed at once, by any worker, in order."""
    await put(database, WARNING, ERROR, UP)
    (queue,) = await claim(database, "a")
    first, second, third = queue.pending
    await settle(database, queue, second)

    rows = await deliveries(database)
    assert [row.settled_at for row in rows] == [None, LATER, None]
    assert [row.message_ts for row in rows] == [None, "1.0", None]
    (rest,) = await claim(database, "b")
    assert [one.id for one in rest.pending] == [first.id, third.id]
    await settle(database, rest)
    assert await claim(database) == []


async def test_a_delivered_message_is_settled_without_a_lease(database: Database) -> None:
    """A message that Slack accepted after its lease ended isn't delivered again, and frees nothing that others hold."""
    await put(database, WARNING, ERROR)
    (queue,) = await claim(database, "slow")
    async with database.writing() as session:
        await workers.deregister(session, "slow")
    (again,) = await claim(database, "fast")
    await settle(database, again, again.pending[0])
    (rest,) = await claim(database, "fast")
    assert statuses(rest) == [ERROR]

    await settle(database, queue, queue.pending[0])
    assert await claim(database, "third") == []
    await settle(database, queue)
    assert await claim(database, "third") == []
    assert await deliver_all(database) == []


async def test_an_unreadable_notification_is_skipped(database: Database) -> None:
    """A notification of a newer release is skipped with an error, and the notifications behind it are delivered."""
    await subscribe(database)
    await becomes(database, WARNING, ERROR)
    first = (await deliveries(database))[0].id
    await sql(database, "UPDATE deliveries SET news = '{}' WHERE id = :id", id=first)
    (queue,) = await claim(database)
    assert [one.id for one in queue.pending] == [first + 1]
    assert (await deliveries(database))[0].error == "unreadable"


async def test_a_newer_releases_notification_is_left_to_it(database: Database) -> None:
    """While two releases run, the older one leaves what it can't read, and all behind it, to the newer one. A minute
    after it was due, it is skipped: nobody else seems to run."""
    await put(database, WARNING, ERROR, UP)
    first, second, third = [row.id for row in await deliveries(database)]
    await sql(database, "UPDATE deliveries SET news = '{}' WHERE id = :id", id=second)
    (queue,) = await claim(database, at=NOON + SECOND)
    assert [one.id for one in queue.pending] == [first]
    await settle(database, queue)
    assert await claim(database, at=NOON + SECOND) == []
    async with database.writing() as session:  # the newer one tried in vain
        await session.execute(update(DeliveryRow).where(DeliveryRow.id == second).values(next_try_at=NOON + MINUTE))
    assert await claim(database, at=NOON + MINUTE + SECOND) == []
    (queue,) = await claim(database, at=NOON + 2 * MINUTE)
    assert [one.id for one in queue.pending] == [third]
    assert [row.error for row in await deliveries(database)] == [None, "unreadable", None]


async def test_a_lost_change_is_reconciled_whatever_waits_behind_it(database: Database) -> None:
    """A change that is settled undelivered is delivered later as the present status, even if something that delivers
    no status waits for its subscription."""
    await subscribe(database)
    await becomes(database, ERROR)
    [row] = await deliveries(database)
    await sql(database, "UPDATE deliveries SET news = '{}' WHERE id = :id", id=row.id)
    async with database.writing() as session:
        unavailable = JobUnavailable(ORDERS, "orders", ERROR, "it hangs", NOON)
        outbox.put(session, Destination(WORKSPACE, OPS), unavailable, NOON, subscription=row.subscription_id)
    assert [one.kind for _, one in await deliver_all(database)] == ["out_of_sight"]
    async with database.writing() as session:
        assert await reconcile.reconcile(session, NOON) == 1


async def test_a_queue_stays_leased_without_its_head(database: Database) -> None:
    """A worker keeps the queue whose head was skipped as unreadable, or ended with its subscription: no other worker
    delivers the rest as well."""
    for number in (1, 2, 3):
        await subscribe(database, healthy(number))
        await becomes(database, ERROR, ref=run(number))
    head = (await deliveries(database))[0].id
    await sql(database, "UPDATE deliveries SET news = '{}' WHERE id = :id", id=head)
    (queue,) = await claim(database, "a")
    assert [one.id for one in queue.pending] == [head + 1, head + 2]
    assert await claim(database, "b") == []

    async with database.writing() as session:
        await subscriptions.unsubscribe(session, Destination(WORKSPACE, OPS), run(2))
    assert await claim(database, "b") == []
    await settle(database, queue)
    assert await claim(database, "b") == []


async def test_what_waits_can_be_seen_without_a_lease(database: Database) -> None:
    """The first notifications of some queues are seen in order, settled and unreadable ones left out."""
    await put(database, WARNING, ERROR, UP)
    await put(database, ERROR, destination=DEV)
    await put(database, ERROR, destination="C3")
    first = (await deliveries(database))[0].id
    await sql(database, "UPDATE deliveries SET news = '{}' WHERE id = :id", id=first)
    await settle(database, Queue(Destination(WORKSPACE, DEV), (await claim(database))[1].pending, "t"))
    async with database.reading() as session:
        seen = await delivery_store.waiting(session, [Destination(WORKSPACE, id) for id in (OPS, DEV)])
    assert seen == {Destination(WORKSPACE, OPS): [change(new=ERROR), change(new=UP)]}
