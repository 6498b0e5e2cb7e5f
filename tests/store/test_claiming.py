import asyncio
from datetime import datetime

from bot.domain.destination import Destination
from bot.domain.job import Status
from bot.domain.notification import Queue
from bot.store import deliveries as delivery_store
from bot.store import outbox, workers
from bot.store.database import Database
from tests.cast import DEV, ERROR, HOUR, MINUTE, NOON, OPS, OTHER_WORKSPACE, SECOND, UP, WARNING, WORKSPACE, change
from tests.store.steps import becomes, claim, deliveries, healthy, run, settle, sql, subscribe, tell_all

LATER = NOON + HOUR


async def later(
    database: Database, queue: Queue, until: datetime, worker: str = "t", at: datetime = LATER, why: str = "timeout"
) -> None:
    async with database.writing() as session:
        await delivery_store.settle_retry(session, worker, queue, until, why, at)


async def put(database: Database, *statuses: Status, destination: str = OPS, workspace: str = WORKSPACE) -> None:
    async with database.writing() as session:
        for status in statuses:
            outbox.put(session, Destination(workspace, destination), change(new=status), NOON)
            await session.flush()


def told(queue: Queue) -> list[Status]:
    return [one.notification.new for one in queue.pending if one.notification.kind == "change"]


async def test_a_queue_is_claimed_whole_and_in_order(database: Database) -> None:
    """Whoever claims a destination gets all that waits for it, oldest first, so that it can be told in one message."""
    await subscribe(database, healthy(1))
    await subscribe(database, healthy(2))
    await becomes(database, WARNING, ref=run(2))
    await becomes(database, ERROR, UP, ref=run(1))
    (queue,) = await claim(database)
    assert queue.destination == Destination(WORKSPACE, OPS)
    assert told(queue) == [WARNING, ERROR, UP]
    assert [one.id for one in queue.pending] == [row.id for row in await deliveries(database)]


async def test_the_longest_waiting_destinations_come_first(database: Database) -> None:
    """Where there is no room for all, those that have waited longest are told."""
    for destination in ("C3", "C1", "C2"):
        await put(database, ERROR, destination=destination)
    assert [queue.destination for queue in await claim(database, limit=2)] == ["C3", "C1"]
    assert [queue.destination for queue in await claim(database, "other", limit=2)] == ["C2"]


async def test_destinations_do_not_wait_for_each_other(database: Database) -> None:
    """Each destination's queue is its own, in each workspace, whatever happens to the others."""
    await put(database, WARNING, ERROR)
    await put(database, WARNING, ERROR, destination=DEV)
    await put(database, ERROR, workspace=OTHER_WORKSPACE)
    queues = await claim(database)
    assert [(queue.place, told(queue)) for queue in queues] == [
        ((WORKSPACE, OPS), [WARNING, ERROR]),
        ((WORKSPACE, DEV), [WARNING, ERROR]),
        ((OTHER_WORKSPACE, OPS), [ERROR]),
    ]
    await later(database, queues[0], LATER + HOUR)
    for queue in queues[1:]:
        await settle(database, queue)
    await put(database, UP, destination=DEV)
    assert [queue.destination for queue in await claim(database)] == [DEV]


async def test_a_destination_is_never_told_by_two(database: Database) -> None:
    """While one worker tells a destination, nobody else gets any of its news, not even what came later."""
    await put(database, WARNING, ERROR)
    (queue,) = await claim(database, "a")
    await put(database, UP)
    assert await claim(database, "b") == []
    await settle(database, queue)
    assert [told(queue) for queue in await claim(database, "b")] == [[UP]]


async def test_of_many_workers_each_gets_other_destinations(database: Database) -> None:
    """However many workers claim at the same moment, each queue goes to one of them."""
    for n in range(12):
        await put(database, ERROR, WARNING, destination=f"C{n}")
    shares = await asyncio.gather(*(claim(database, f"t{n}", limit=3) for n in range(6)))
    shares += [await claim(database, "last")]
    claimed = [queue.destination for share in shares for queue in share]
    assert sorted(claimed) == sorted(f"C{n}" for n in range(12))


async def test_what_comes_into_sight_late_is_not_told_beside_what_is_being_told(postgresql: Database) -> None:
    """Of two deliveries that are written at once, the later one may be claimed before the earlier one can be seen:
    then the earlier one waits until that is told."""
    async with postgresql.writing() as slow:
        outbox.put(slow, Destination(WORKSPACE, OPS), change(new=WARNING), NOON)
        await slow.flush()
        await put(postgresql, ERROR)
        (queue,) = await claim(postgresql, "a")
        assert told(queue) == [ERROR]
    assert await claim(postgresql, "b") == []
    await settle(postgresql, queue)
    assert [told(queue) for queue in await claim(postgresql, "b")] == [[WARNING]]


async def test_busy_places_are_left_in_peace(database: Database) -> None:
    """A worker does not claim what it is telling already, or wants to spare."""
    await put(database, ERROR)
    await put(database, ERROR, destination=DEV)
    await put(database, ERROR, workspace=OTHER_WORKSPACE)
    queues = await claim(database, busy={(WORKSPACE, OPS), (OTHER_WORKSPACE, OPS)})
    assert [queue.place for queue in queues] == [(WORKSPACE, DEV)]
    assert len(await claim(database)) == 3  # its own lease is no obstacle: the answer to the claim may have been lost


async def test_a_head_that_waits_holds_back_its_queue(database: Database) -> None:
    """While the oldest waits for its next try, the order holds: nothing behind it, or after it, goes first."""
    await put(database, WARNING, ERROR)
    (queue,) = await claim(database)
    await later(database, queue, LATER + 30 * SECOND, why="ratelimited")
    await put(database, UP)

    assert await claim(database, "b", at=LATER + 29 * SECOND) == []
    (again,) = await claim(database, "b", at=LATER + 30 * SECOND)
    assert told(again) == [WARNING, ERROR, UP]
    assert [one.attempts for one in again.pending] == [1, 1, 0]
    row = (await deliveries(database))[0]
    assert (row.error, row.tried_at, row.settled_at) == ("ratelimited", LATER, None)


async def test_news_can_be_held_back_with_all_that_follows(database: Database) -> None:
    """What is put with a time to wait for brings along what comes after it, in one queue."""
    async with database.writing() as session:
        outbox.put(session, Destination(WORKSPACE, OPS), change(new=WARNING), NOON, not_before=NOON + MINUTE)
    await put(database, ERROR)
    assert await claim(database, at=NOON + 59 * SECOND) == []
    (queue,) = await claim(database, at=NOON + MINUTE)
    assert told(queue) == [WARNING, ERROR]


async def test_a_clock_that_was_set_back_stops_nothing(database: Database) -> None:
    """A try that lies in the future by more than clocks differ is due at once, or a destination would be silent for
    as long as the clock was wrong; one that lies in the future by less keeps its time."""
    await put(database, ERROR)
    (queue,) = await claim(database)
    await later(database, queue, LATER + 30 * SECOND, at=LATER)

    assert await claim(database, at=LATER - MINUTE) == []
    assert len(await claim(database, at=LATER - MINUTE - SECOND)) == 1
    async with database.writing() as session:
        outbox.put(session, Destination(WORKSPACE, DEV), change(), LATER, not_before=LATER + 30 * SECOND)
    queues = await claim(database, at=LATER - MINUTE - SECOND)
    assert [queue.destination for queue in queues] == [OPS, DEV]


async def test_only_who_holds_a_queue_can_put_it_off(database: Database) -> None:
    """A worker that was taken for dead does not put off what another one is telling."""
    await put(database, ERROR)
    (queue,) = await claim(database, "slow")
    async with database.writing() as session:
        await workers.leave(session, "slow")
    await claim(database, "fast")
    await later(database, queue, LATER + HOUR, worker="slow")

    (row,) = await deliveries(database)
    assert (row.leased_by, row.attempts, row.next_try_at) == ("fast", 0, None)
    await later(database, queue, LATER + HOUR, worker="fast")
    (row,) = await deliveries(database)
    assert (row.leased_by, row.attempts, row.next_try_at) == (None, 1, LATER + HOUR)


async def test_exactly_what_a_message_covered_is_settled(database: Database) -> None:
    """What a message told is over; what had no room in it can be claimed at once, by anyone, in its order."""
    await put(database, WARNING, ERROR, UP)
    (queue,) = await claim(database, "a")
    first, second, third = queue.pending
    await settle(database, queue, second)

    rows = await deliveries(database)
    assert [row.settled_at for row in rows] == [None, LATER, None]
    assert [row.message_ts for row in rows] == [None, "1.0", None]
    (rest,) = await claim(database, "b")
    assert [one.id for one in rest.waiting] == [first.id, third.id]
    await settle(database, rest)
    assert await claim(database) == []


async def test_what_was_told_stays_told_whoever_holds_the_lease(database: Database) -> None:
    """A message that Slack accepted after its lease had ended is not told again, and frees nothing of others."""
    await put(database, WARNING, ERROR)
    (queue,) = await claim(database, "slow")
    async with database.writing() as session:
        await workers.leave(session, "slow")
    (again,) = await claim(database, "fast")
    await settle(database, again, again.pending[0])
    (rest,) = await claim(database, "fast")
    assert told(rest) == [ERROR]

    await settle(database, queue, queue.pending[0])
    assert await claim(database, "third") == []
    await settle(database, queue)
    assert await claim(database, "third") == []
    assert await tell_all(database) == []


async def test_news_that_can_not_be_read_stops_nobody(database: Database) -> None:
    """What a newer release wrote is left out and shown as such; what is behind it is told, and so is the present
    status in its stead."""
    await subscribe(database)
    await becomes(database, WARNING, ERROR)
    first = (await deliveries(database))[0].id
    await sql(database, "UPDATE deliveries SET news = '{}' WHERE id = :id", id=first)
    (queue,) = await claim(database)
    assert [one.id for one in queue.pending] == [first + 1]
    assert (await deliveries(database))[0].error == "unreadable"
