from datetime import datetime

from bot.domain.destination import Destination
from bot.domain.job import JobRef, Status
from bot.domain.notification.digest import Queue
from bot.store import deliveries as delivery_store
from bot.store import outbox
from bot.store.database import Database
from tests.cast import (
    DEPLOYING,
    DEV,
    ERROR,
    HOUR,
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
from tests.store.steps import (
    becomes,
    claim,
    deliveries,
    healthy,
    pending,
    pending_changes,
    run,
    settle,
    subscribe,
    the_subscription,
)

LATER = NOON + HOUR


async def give_up(database: Database, queue: Queue, before: datetime = LATER) -> int:
    async with database.writing() as session:
        return await delivery_store.give_up(session, queue, before, "timeout", LATER)


async def abandon(database: Database, destination: str = OPS) -> int:
    async with database.writing() as session:
        place = Destination(WORKSPACE, destination)
        return len(await delivery_store.abandon(session, place, "is_archived", LATER))


async def notified_status(database: Database, ref: JobRef = ORDERS) -> Status:
    return Status.of((await the_subscription(database, ref=ref)).notified_status)


async def test_an_old_delivery_is_given_up_and_the_subscription_shows_it(database: Database) -> None:
    """A delivery that failed for too long is settled as given up, and its subscription shows when and why."""
    await subscribe(database)
    await becomes(database, ERROR)
    (queue,) = await claim(database)
    assert await give_up(database, queue) == 1

    (row,) = await deliveries(database)
    assert (row.settled_at, row.message_ts, row.error, row.leased_by) == (LATER, None, "timeout", None)
    subscription = await the_subscription(database)
    assert (subscription.given_up_at, subscription.given_up_because) == (LATER, "timeout")
    assert subscription.notified_status == UP.raw  # so that it is reconciled later


async def test_younger_deliveries_are_kept(database: Database) -> None:
    """Only deliveries from before the given time are given up; younger ones are still delivered."""
    await subscribe(database)
    await becomes(database, WARNING, ERROR)  # a second and two after noon
    (queue,) = await claim(database)
    assert await give_up(database, queue, before=NOON + 2 * SECOND) == 1
    assert await pending_changes(database) == [ERROR]
    assert await notified_status(database) == ERROR
    assert await give_up(database, queue, before=NOON) == 0


async def test_each_subscription_returns_to_its_last_delivered_status(database: Database) -> None:
    """If several changes are given up, the oldest one says which status was delivered before. Other subscriptions
    stay."""
    await subscribe(database, healthy(1))
    await subscribe(database, healthy(2))
    await subscribe(database, healthy(3))
    await becomes(database, WARNING, ref=run(1))
    await becomes(database, ERROR, ref=run(3))
    (queue,) = await claim(database)
    await settle(database, queue)
    await becomes(database, ERROR, UP, ref=run(1))
    await becomes(database, WARNING, ref=run(2))
    (queue,) = await claim(database)
    assert await give_up(database, queue) == 3
    assert [await notified_status(database, run(number)) for number in (1, 2, 3)] == [WARNING, UP, ERROR]
    assert (await the_subscription(database, ref=run(3))).given_up_at is None


async def test_a_filtered_status_does_not_count_as_delivered(database: Database) -> None:
    """After a recovery is given up, the last delivered status is the error, not the filtered step between."""
    await subscribe(database, status_filter="problems")
    await becomes(database, ERROR)
    (queue,) = await claim(database)
    await settle(database, queue)
    await becomes(database, DEPLOYING, UP)
    (queue,) = await claim(database)
    await give_up(database, queue)
    assert await notified_status(database) == ERROR


async def test_newer_pending_deliveries_keep_the_status(database: Database) -> None:
    """If a newer delivery is pending, the subscription keeps the newer status."""
    await subscribe(database)
    await becomes(database, WARNING)
    (queue,) = await claim(database)
    await becomes(database, ERROR)
    assert await give_up(database, queue) == 1
    assert await pending_changes(database) == [ERROR]
    assert await notified_status(database) == ERROR


async def test_a_delivery_of_another_worker_is_not_given_up(database: Database) -> None:
    """A worker that was wrongly taken for dead doesn't undo what its successor delivered."""
    await subscribe(database)
    await becomes(database, ERROR)
    (queue,) = await claim(database)
    await settle(database, queue, at=NOON)
    assert await give_up(database, queue) == 0
    (row,) = await deliveries(database)
    assert (row.settled_at, row.message_ts, row.error) == (NOON, "1.0", None)
    assert await notified_status(database) == ERROR
    assert (await the_subscription(database)).given_up_at is None


async def test_a_notification_without_a_subscription_is_given_up_too(database: Database) -> None:
    """A notification about the whole service, such as an outage, is given up like any other."""
    async with database.writing() as session:
        outbox.put(session, Destination(WORKSPACE, OPS), change(), NOON)
    (queue,) = await claim(database)
    assert await give_up(database, queue) == 1
    assert await pending(database) == []


async def test_the_queue_of_a_gone_destination_is_abandoned(database: Database) -> None:
    """Everything pending for a destination that is gone is settled at once, leased or not; other destinations keep
    theirs."""
    await subscribe(database)
    await subscribe(database, destination=DEV)
    await subscribe(database, workspace=OTHER_WORKSPACE)
    await becomes(database, WARNING, ERROR)
    await becomes(database, ERROR, workspace=OTHER_WORKSPACE)
    await claim(database)
    assert await abandon(database) == 2

    gone = [row for row in await deliveries(database) if row.destination == OPS and row.workspace == WORKSPACE]
    assert [(row.settled_at, row.message_ts, row.error, row.leased_by) for row in gone] == [
        (LATER, None, "is_archived", None)
    ] * 2
    assert len(await pending(database)) == 3
    assert await notified_status(database) == UP
    assert (await the_subscription(database, DEV)).notified_status == ERROR.raw
    assert (await the_subscription(database)).given_up_at is None  # it is paused, which says more
    assert await abandon(database) == 0
