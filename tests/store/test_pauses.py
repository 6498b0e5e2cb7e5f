from bot.domain.destination import Destination
from bot.domain.notification import Paused, Resumed
from bot.store import pauses, reconcile
from bot.store.database import Database
from tests.cast import ANN, BEN, DEV, ERROR, HOUR, MINUTE, NOON, OPS, ORDERS, OTHER_WORKSPACE, UP, WARNING, WORKSPACE
from tests.store.steps import (
    becomes,
    changes_waiting,
    claim,
    healthy,
    run,
    settle,
    subscribe,
    tell_all,
    the_subscription,
    waits,
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


async def test_a_pause_shows_its_reason_and_stays_where_it_belongs(database: Database) -> None:
    """Every subscription of the destination is paused with Slack's own word for it, and nobody else's."""
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


async def test_those_who_subscribed_are_told_once_each(database: Database) -> None:
    """Each person hears of the pause in one message, with the number and some of the names of what they asked for."""
    for number in range(12):
        await subscribe(database, healthy(number), by=ANN)
    await subscribe(database, healthy(1), DEV, by="U9")
    await subscribe(database, healthy(12, "ben's"), by=BEN)
    await pause(database)
    assert await waits(database) == [
        (ANN, Paused(OPS, WHY, 12, tuple(f"job {number}" for number in range(10)))),
        (BEN, Paused(OPS, WHY, 1, ("ben's",))),
    ]
    assert await pause(database) == 0
    assert len(await waits(database)) == 2


async def test_a_person_who_cant_be_told_is_not_told_so(database: Database) -> None:
    """A direct message that fails is not followed by another one."""
    for person in (ANN, "W1"):
        await subscribe(database, destination=person, by=person)
        assert await pause(database, person) == 1
    assert await waits(database) == []


async def test_what_waited_is_given_up_and_told_as_a_difference_one_day(database: Database) -> None:
    """What was not told before the pause is not lost: after it, the subscription hears of what is different from what
    it was really told."""
    await subscribe(database)
    await becomes(database, WARNING)
    await tell_all(database)
    await becomes(database, UP, ERROR)
    await claim(database, "dying")
    await pause(database)
    assert [place for place, _ in await waits(database)] == [ANN]
    assert (await the_subscription(database)).notified_status == WARNING.raw


async def test_while_it_is_paused_nothing_piles_up(database: Database) -> None:
    """A paused subscription gets no deliveries; the others are told."""
    await subscribe(database)
    await subscribe(database, destination=DEV)
    await pause(database)
    await becomes(database, ERROR)
    assert [place for place, _ in await waits(database)] == [ANN, DEV]


async def test_a_destination_goes_on_where_it_was(database: Database) -> None:
    """When a channel can be told again it hears so, and then of what changed meanwhile."""
    await subscribe(database)
    await subscribe(database, healthy(1))
    await subscribe(database, healthy(2))
    await pause(database)
    await becomes(database, ERROR)
    await becomes(database, ERROR, UP, ref=run(1))
    await tell_all(database)
    assert await resume(database) == 3
    assert await resume(database) == 0
    async with database.writing() as session:
        assert await reconcile.reconcile(session, LATER + MINUTE) == 1

    (queue,) = await claim(database, at=LATER + MINUTE)
    resumed, difference = [one.notification for one in queue.pending]
    assert (queue.destination, resumed) == (OPS, Resumed(3, LATER))
    assert difference.kind == "change"
    assert (difference.ref, difference.old, difference.new) == (ORDERS, UP, ERROR)
    assert (await the_subscription(database)).paused_because is None


async def test_a_resumption_that_was_too_early_is_undone_silently(database: Database) -> None:
    """Those who subscribed heard of the pause: they are not told of it again. The other destinations go on."""
    await subscribe(database)
    await subscribe(database, destination=DEV)
    await subscribe(database, workspace=OTHER_WORKSPACE)
    await pause(database)
    await tell_all(database)
    await resume(database)
    await tell_all(database)
    async with database.writing() as session:
        await pauses.pause_again(session, Destination(WORKSPACE, OPS), "not_in_channel", LATER)

    assert await waits(database) == []
    paused = await the_subscription(database)
    assert (paused.paused_because, paused.paused_at) == ("not_in_channel", LATER)
    assert (await the_subscription(database, DEV)).paused_because is None
    await becomes(database, ERROR, workspace=OTHER_WORKSPACE)
    assert await changes_waiting(database) == [ERROR]


async def test_what_is_paused_already_keeps_its_reason(database: Database) -> None:
    """A second reason does not hide the first one, nor when it began."""
    await subscribe(database)
    await pause(database)
    async with database.writing() as session:
        await pauses.pause_again(session, Destination(WORKSPACE, OPS), "not_in_channel", LATER + HOUR)
    await pause(database, why="account_inactive")
    paused = await the_subscription(database)
    assert (paused.paused_because, paused.paused_at) == (WHY, LATER)


async def test_a_channel_that_moves_takes_everything_along(database: Database) -> None:
    """When Slack gives a channel another ID, its subscriptions and what waits for it are told there, in order."""
    await subscribe(database, status_filter="problems")
    await subscribe(database, workspace=OTHER_WORKSPACE)
    await becomes(database, ERROR)
    await tell_all(database)
    await becomes(database, UP)
    assert await move(database, OPS, "C_NEW") == 1

    await becomes(database, WARNING)
    assert await changes_waiting(database, OPS) == []
    assert await changes_waiting(database, "C_NEW") == [UP, WARNING]
    moved = await the_subscription(database, "C_NEW")
    assert (moved.status_filter, moved.notified_status) == ("problems", WARNING.raw)
    await becomes(database, ERROR, workspace=OTHER_WORKSPACE)
    assert await changes_waiting(database, OPS) == [ERROR]  # the other workspace's channel of that name stayed


async def test_a_channel_that_moves_to_where_some_is_watched_already_is_told_once(database: Database) -> None:
    """Whoever subscribed the channel anew under its new ID has the subscription that counts; the rest moves."""
    await subscribe(database, healthy(1), status_filter="errors")
    await subscribe(database, healthy(2))
    await subscribe(database, healthy(1), "C_NEW", by=BEN)
    await becomes(database, ERROR, ref=run(1))
    assert await move(database, OPS, "C_NEW") == 1

    assert await changes_waiting(database, "C_NEW") == [ERROR]
    assert (await the_subscription(database, "C_NEW", run(1))).created_by == BEN
    (queue,) = await claim(database)
    await settle(database, queue)
    await becomes(database, WARNING, ref=run(1))
    await becomes(database, ERROR, ref=run(2))
    assert await changes_waiting(database, "C_NEW") == [WARNING, ERROR]
    assert await move(database, OPS, "C_NEW") == 0
