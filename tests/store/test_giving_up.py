from datetime import datetime

from bot.domain.destination import Destination
from bot.domain.job import JobRef, Status
from bot.domain.notification import Queue
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
    changes_waiting,
    claim,
    deliveries,
    healthy,
    run,
    settle,
    subscribe,
    the_subscription,
    waits,
)

LATER = NOON + HOUR


async def give_up(database: Database, queue: Queue, before: datetime = LATER) -> int:
    async with database.writing() as session:
        return await delivery_store.give_up(session, queue, before, "timeout", LATER)


async def abandon(database: Database, destination: str = OPS) -> int:
    async with database.writing() as session:
        return await delivery_store.abandon(session, Destination(WORKSPACE, destination), "is_archived", LATER)


async def notified_status(database: Database, ref: JobRef = ORDERS) -> Status:
    return Status.of((await the_subscription(database, ref=ref)).notified_status)


async def test_what_waited_too_long_is_given_up_and_its_subscription_shows_it(database: Database) -> None:
    """What can't be told for long is history: it is settled untold, and the subscription says when and why."""
    await subscribe(database)
    await becomes(database, ERROR)
    (queue,) = await claim(database)
    assert await give_up(database, queue) == 1

    (row,) = await deliveries(database)
    assert (row.settled_at, row.message_ts, row.error, row.leased_by) == (LATER, None, "timeout", None)
    subscription = await the_subscription(database)
    assert (subscription.given_up_at, subscription.given_up_because) == (LATER, "timeout")
    assert subscription.notified_status == UP.raw  # so that the difference is told one day


async def test_what_is_younger_is_kept(database: Database) -> None:
    """Only what has waited since before then is given up; what is younger is told, and it goes on from there."""
    await subscribe(database)
    await becomes(database, WARNING, ERROR)  # a second and two after noon
    (queue,) = await claim(database)
    assert await give_up(database, queue, before=NOON + 2 * SECOND) == 1
    assert await changes_waiting(database) == [ERROR]
    assert await notified_status(database) == ERROR
    assert await give_up(database, queue, before=NOON) == 0


async def test_each_subscription_goes_back_to_what_it_was_told(database: Database) -> None:
    """Of several changes that are given up the oldest says what was told before them; others of the channel stay."""
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


async def test_it_goes_back_to_what_was_told_and_not_to_a_step_that_was_left_out(database: Database) -> None:
    """A recovery that was given up is still a recovery: what was told last is the error, not the deploying between."""
    await subscribe(database, status_filter="problems")
    await becomes(database, ERROR)
    (queue,) = await claim(database)
    await settle(database, queue)
    await becomes(database, DEPLOYING, UP)
    (queue,) = await claim(database)
    await give_up(database, queue)
    assert await notified_status(database) == ERROR


async def test_newer_news_that_came_meanwhile_goes_on_from_where_it_is(database: Database) -> None:
    """What was written after the queue was claimed is told, so what was told last is not taken back."""
    await subscribe(database)
    await becomes(database, WARNING)
    (queue,) = await claim(database)
    await becomes(database, ERROR)
    assert await give_up(database, queue) == 1
    assert await changes_waiting(database) == [ERROR]
    assert await notified_status(database) == ERROR


async def test_what_another_worker_told_meanwhile_is_not_given_up(database: Database) -> None:
    """A worker that was taken for dead does not take back what its successor told."""
    await subscribe(database)
    await becomes(database, ERROR)
    (queue,) = await claim(database)
    await settle(database, queue, at=NOON)
    assert await give_up(database, queue) == 0
    (row,) = await deliveries(database)
    assert (row.settled_at, row.message_ts, row.error) == (NOON, "1.0", None)
    assert await notified_status(database) == ERROR
    assert (await the_subscription(database)).given_up_at is None


async def test_news_of_no_subscription_is_given_up_too(database: Database) -> None:
    """What concerns the whole, such as an outage, ends like the rest."""
    async with database.writing() as session:
        outbox.put(session, Destination(WORKSPACE, OPS), change(), NOON)
    (queue,) = await claim(database)
    assert await give_up(database, queue) == 1
    assert await waits(database) == []


async def test_all_that_waits_for_a_gone_destination_is_abandoned(database: Database) -> None:
    """What waits for a destination that is gone is settled at once, leased or not, and of no other one."""
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
    assert len(await waits(database)) == 3
    assert await notified_status(database) == UP
    assert (await the_subscription(database, DEV)).notified_status == ERROR.raw
    assert (await the_subscription(database)).given_up_at is None  # it is paused, which says more
    assert await abandon(database) == 0
