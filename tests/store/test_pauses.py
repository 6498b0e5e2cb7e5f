from bot.domain.destination import Destination
from bot.domain.notification.service import OutageEnded, Paused, Resumed
from bot.store import outages, pauses, reconcile
from bot.store.database import Database
from tests.cast import ANN, BEN, DEV, ERROR, HOUR, MINUTE, NOON, OPS, ORDERS, OTHER_WORKSPACE, UP, WARNING, WORKSPACE
from tests.store.steps import (
    becomes,
    claim,
    deliver_all,
    healthy,
    pending,
    pending_changes,
    run,
    settle,
    subscribe,
    the_subscription,
)

WHY = "is_archived"
LATER = NOON + HOUR


async def pause(database: Database, destination: str = OPS, why: str = WHY) -> int:
    async with database.writing() as session:
        return await pauses.pause(session, Destination(WORKSPACE, destination), why, LATER)


async def resume(database: Database, destination: str = OPS, workspace: str = WORKSPACE) -> int:
    async with database.writing() as session:
        return await pauses.resume(session, Destination(workspace, destination), LATER + MINUTE)


async def move(database: Database, old: str, new: str) -> int:
    async with database.writing() as session:
        return await pauses.move(session, Destination(WORKSPACE, old), Destination(WORKSPACE, new))


async def test_a_pause_concerns_one_destination_and_shows_its_reason(database: Database) -> None:
    """All subscriptions of a destination are paused with Slack's error code, and no others."""
    for number in (1, 2):
        await subscribe(database, healthy(number))
    await subscribe(database, healthy(1), DEV)
    await subscribe(database, healthy(1), workspace=OTHER_WORKSPACE)
    assert await pause(database) == 2

    for number in (1, 2):
        paused = await the_subscription(database, ref=run(number))
        assert (paused.paused_because, paused.paused_at) == (WHY, LATER)
    assert (await the_subscription(database, DEV, run(1))).paused_because is None
    assert await resume(database, workspace=OTHER_WORKSPACE) == 0


async def test_each_subscriber_is_notified_once_of_a_pause(database: Database) -> None:
    """Each person who subscribed gets one message with the number of their jobs, and no name: they may have left."""
    for number in range(12):
        await subscribe(database, healthy(number), by=ANN)
    await subscribe(database, healthy(1), DEV, by="U9")
    await subscribe(database, healthy(12, "ben's"), by=BEN)
    await pause(database)
    assert await pending(database) == [
        (ANN, Paused(OPS, WHY, 12)),
        (BEN, Paused(OPS, WHY, 1)),
    ]
    assert await pause(database) == 0
    assert len(await pending(database)) == 2


async def test_no_message_follows_a_failed_direct_message(database: Database) -> None:
    """A person whose direct messages fail isn't notified of the pause."""
    for person in (ANN, "W1"):
        await subscribe(database, destination=person, by=person)
        assert await pause(database, person) == 1
    assert await pending(database) == []


async def test_pending_deliveries_are_dropped_at_a_pause(database: Database) -> None:
    """A paused subscription returns to the last status that was really delivered, to be reconciled from there."""
    await subscribe(database)
    await becomes(database, WARNING)
    await deliver_all(database)
    await becomes(database, UP, ERROR)
    await claim(database, "dying")
    await pause(database)
    assert [destination for destination, _ in await pending(database)] == [ANN]
    assert (await the_subscription(database)).notified_status == WARNING.raw


async def test_nothing_is_queued_during_a_pause(database: Database) -> None:
    """A paused subscription gets no deliveries; the others do."""
    await subscribe(database)
    await subscribe(database, destination=DEV)
    await pause(database)
    await becomes(database, ERROR)
    assert [destination for destination, _ in await pending(database)] == [ANN, DEV]


async def test_a_resumed_destination_is_reconciled(database: Database) -> None:
    """A destination that can be reached again is notified of that, and then of what changed meanwhile."""
    await subscribe(database)
    await subscribe(database, healthy(1))
    await subscribe(database, healthy(2))
    await pause(database)
    await becomes(database, ERROR)
    await becomes(database, ERROR, UP, ref=run(1))
    await deliver_all(database)
    assert await resume(database) == 3
    assert await resume(database) == 0
    async with database.writing() as session:
        assert await reconcile.reconcile(session, LATER + MINUTE) == 1

    (queue,) = await claim(database, at=LATER + MINUTE)
    resumed, difference = [one.notification for one in queue.pending]
    assert (queue.destination.id, resumed) == (OPS, Resumed(3, LATER))
    assert difference.kind == "change"
    assert (difference.ref, difference.old, difference.new) == (ORDERS, UP, ERROR)
    assert (await the_subscription(database)).paused_because is None


async def test_a_resumption_that_came_too_early_is_undone_silently(database: Database) -> None:
    """Subscribers know of the pause and aren't notified again; other destinations stay live."""
    await subscribe(database)
    await subscribe(database, destination=DEV)
    await subscribe(database, workspace=OTHER_WORKSPACE)
    await pause(database)
    await deliver_all(database)
    await resume(database)
    await deliver_all(database)
    async with database.writing() as session:
        await pauses.pause_again(session, Destination(WORKSPACE, OPS), "not_in_channel", LATER)

    assert await pending(database) == []
    paused = await the_subscription(database)
    assert (paused.paused_because, paused.paused_at) == ("not_in_channel", LATER)
    assert (await the_subscription(database, DEV)).paused_because is None
    await becomes(database, ERROR, workspace=OTHER_WORKSPACE)
    assert await pending_changes(database) == [ERROR]


async def test_a_second_reason_does_not_replace_the_first(database: Database) -> None:
    """A paused subscription keeps its first reason and time."""
    await subscribe(database)
    await pause(database)
    async with database.writing() as session:
        await pauses.pause_again(session, Destination(WORKSPACE, OPS), "not_in_channel", LATER + HOUR)
    await pause(database, why="account_inactive")
    paused = await the_subscription(database)
    assert (paused.paused_because, paused.paused_at) == (WHY, LATER)


async def test_a_channels_subscriptions_and_queue_move_with_it(database: Database) -> None:
    """If Slack changes a channel's ID, its subscriptions and its queue move there, in order."""
    await subscribe(database, status_filter="problems")
    await subscribe(database, workspace=OTHER_WORKSPACE)
    await becomes(database, ERROR)
    await deliver_all(database)
    await becomes(database, UP)
    assert await move(database, OPS, "C_NEW") == 1

    await becomes(database, WARNING)
    assert await pending_changes(database, OPS) == []
    assert await pending_changes(database, "C_NEW") == [UP, WARNING]
    moved = await the_subscription(database, "C_NEW")
    assert (moved.status_filter, moved.notified_status) == ("problems", WARNING.raw)
    await becomes(database, ERROR, workspace=OTHER_WORKSPACE)
    assert await pending_changes(database, OPS) == [ERROR]  # the other workspace's channel of that name stayed


async def test_a_moved_channel_hears_of_the_end_of_an_outage(database: Database) -> None:
    """A channel whose ID changes during an outage is notified of its end under the new ID, once."""
    for destination in (OPS, DEV):
        await subscribe(database, destination=destination)
    async with database.writing() as session:
        await outages.begin(session, "no answer", NOON, NOON)
    for destination in (OPS, DEV):  # the second one finds that the new ID was notified, too
        await move(database, destination, "C_NEW")
    async with database.writing() as session:
        await outages.end(session, LATER, not_before=LATER)
    ended = [where for where, notification in await pending(database) if isinstance(notification, OutageEnded)]
    assert ended == ["C_NEW"]


async def test_a_subscription_under_the_new_id_replaces_the_old_one(database: Database) -> None:
    """A subscription made under the channel's new ID counts; the others move."""
    await subscribe(database, healthy(1), status_filter="errors")
    await subscribe(database, healthy(2))
    await subscribe(database, healthy(1), "C_NEW", by=BEN)
    await becomes(database, ERROR, ref=run(1))
    assert await move(database, OPS, "C_NEW") == 1

    assert await pending_changes(database, "C_NEW") == [ERROR]
    assert (await the_subscription(database, "C_NEW", run(1))).created_by == BEN
    (queue,) = await claim(database)
    await settle(database, queue)
    await becomes(database, WARNING, ref=run(1))
    await becomes(database, ERROR, ref=run(2))
    assert await pending_changes(database, "C_NEW") == [WARNING, ERROR]
    assert await move(database, OPS, "C_NEW") == 0
