"""The dispatcher while all goes well: one message per queue, one at a time, at Slack's pace."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_mock import MockerFixture
from sqlalchemy.exc import OperationalError

from bot.domain.job import JobRef
from bot.notify.digest import LISTED, list_behind, next_digest
from bot.notify.dispatcher import Dispatcher
from bot.notify.messenger import ThreadGone
from bot.store import deliveries as delivery_store
from bot.store.database import Database
from tests.cast import CLICKS, DEV, ERROR, OPS, ORDERS, UP, WARNING
from tests.notify.fake import (
    Clock,
    FakeMessenger,
    all_quiet,
    becomes,
    deliveries,
    many_change,
    pass_time,
    paths,
    pending,
    round_of,
    tick,
    watched,
)


async def test_a_queue_is_delivered_in_one_message_and_settled(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher
) -> None:
    """A channel's queue is one message, and each delivery is settled with its ID."""
    orders = await watched(store, OPS)
    clicks = await watched(store, OPS, ref=CLICKS, name="clicks")
    await becomes(store, orders, WARNING, ERROR, UP)
    await becomes(store, clicks, ERROR)
    await tick(dispatcher)

    (delivered,) = messenger.delivered
    assert delivered.destination == OPS
    assert paths(delivered) == [(UP, ERROR), (UP, WARNING, ERROR, UP)]
    rows = await deliveries(store)
    assert delivered.digest.deliveries == tuple(row.id for row in rows)
    assert {(row.message_ts, row.settled_at is None, row.leased_by) for row in rows} == {("1.0", False, None)}


async def test_settled_deliveries_are_never_repeated(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """Further ticks deliver nothing once everything is settled."""
    await becomes(store, await watched(store, OPS), ERROR)
    await pass_time(dispatcher, clock, 20)
    assert len(messenger.delivered) == 1


async def test_deliveries_queued_meanwhile_come_in_the_next_message(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """What is queued while a message is under way follows together, a second later at the earliest."""
    orders = await watched(store, OPS)
    await becomes(store, orders, WARNING)
    answer = messenger.hold(OPS)
    await dispatcher.tick()
    await messenger.until(lambda: messenger.attempts == [OPS])
    await becomes(store, orders, ERROR, UP)
    answer.set()
    await all_quiet()
    await pass_time(dispatcher, clock, 0.5)
    assert [paths(delivered) for delivered in messenger.delivered] == [[(UP, WARNING)]]

    await pass_time(dispatcher, clock, 0.5)
    assert [paths(delivered) for delivered in messenger.delivered] == [[(UP, WARNING)], [(WARNING, ERROR, UP)]]
    assert [row.message_ts for row in await deliveries(store)] == ["1.0", "2.0", "2.0"]


async def test_a_destination_never_gets_two_messages_at_once(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """While a message to a channel is under way no other one is sent there, however often the dispatcher is woken.
    Other channels don't wait."""
    orders = await watched(store, OPS, DEV)
    await becomes(store, orders, WARNING)
    answer = messenger.hold(OPS)
    await dispatcher.tick()
    await messenger.until(lambda: DEV in messenger.destinations())
    await becomes(store, orders, ERROR)
    for _ in range(5):
        clock.now += 60
        await round_of(dispatcher)
    await messenger.until(lambda: messenger.destinations() == [DEV, DEV])
    assert messenger.attempts.count(OPS) == 1

    answer.set()
    await all_quiet()
    await pass_time(dispatcher, clock, 2)
    assert [paths(delivered) for delivered in messenger.delivered if delivered.destination == OPS] == [
        [(UP, WARNING)],
        [(WARNING, ERROR)],
    ]
    assert messenger.most_at_once == {OPS: 1, DEV: 1}


@pytest.fixture
async def two(
    database: Database, messenger: FakeMessenger, clock: Clock
) -> AsyncIterator[tuple[Dispatcher, Dispatcher]]:
    """Two workers on one database, of each kind."""
    one, other = (Dispatcher(database, messenger, worker=name, concurrency=5, clock=clock) for name in ("a", "b"))
    yield one, other
    await one.drain()
    await other.drain()


async def test_two_workers_never_deliver_to_one_destination_at_once(
    database: Database, messenger: FakeMessenger, two: tuple[Dispatcher, Dispatcher], clock: Clock
) -> None:
    """A channel's queue is left to the worker that delivers there; once it has ended, either continues."""
    orders = await watched(database, OPS)
    await becomes(database, orders, WARNING)
    answer = messenger.hold(OPS)
    await round_of(*two)
    await messenger.until(lambda: messenger.attempts == [OPS])
    await becomes(database, orders, ERROR)
    for _ in range(3):
        clock.now += 60
        await round_of(*two)
    assert messenger.attempts == [OPS]

    answer.set()
    await all_quiet()
    clock.now += 60
    await round_of(*two)
    await all_quiet()
    assert [paths(delivered) for delivered in messenger.delivered] == [[(UP, WARNING)], [(WARNING, ERROR)]]


async def test_two_workers_share_the_queues(
    database: Database, messenger: FakeMessenger, two: tuple[Dispatcher, Dispatcher], clock: Clock
) -> None:
    """Two workers woken at the same moments deliver each delivery once, in order."""
    channels = [f"C{number}" for number in range(12)]
    orders = await watched(database, *channels)
    clicks = await watched(database, *channels, ref=CLICKS, name="clicks")
    for new in (WARNING, ERROR, UP):
        await becomes(database, orders, new)
        clock.now += 20
        await round_of(*two)
        await becomes(database, clicks, new)
    while await pending(database):
        clock.now += 20
        await round_of(*two)
        await all_quiet()

    assert messenger.delivery_ids() == [row.id for row in await deliveries(database)]
    assert set(messenger.most_at_once.values()) == {1}
    for channel in channels:
        delivered = [
            id
            for delivered in messenger.delivered
            if delivered.destination == channel
            for id in delivered.digest.deliveries
        ]
        assert delivered == sorted(delivered)


async def test_the_longest_waiting_comes_first(store: Database, messenger: FakeMessenger, clock: Clock) -> None:
    """With room for one message at a time, destinations are served in the order in which something was queued."""
    narrow = Dispatcher(store, messenger, worker="t", concurrency=1, clock=clock)
    for number, channel in enumerate(("C9", "C1", "C5")):
        ref = JobRef(ORDERS.dataflow, number)
        await becomes(store, await watched(store, channel, ref=ref), ERROR)
    await tick(narrow)
    assert messenger.destinations() == ["C9", "C1", "C5"]
    await narrow.drain()


async def test_overlapping_rounds_claim_only_what_there_is_room_for(
    store: Database, messenger: FakeMessenger, clock: Clock, logs: list[MutableMapping[str, Any]]
) -> None:
    """Woken twice at the same moment, the dispatcher claims no queue that it has no room to deliver."""
    channels = [f"C{number}" for number in range(6)]
    await becomes(store, await watched(store, *channels), ERROR)
    crowded = Dispatcher(store, messenger, worker="t", concurrency=2, clock=clock)
    answers = [messenger.hold(channel) for channel in channels]
    crowded.wake()
    await round_of(crowded)
    assert [row.leased_by for row in await deliveries(store)] == ["t"] * 2 + [None] * 4
    for answer in answers:
        answer.set()
    await all_quiet()
    await crowded.drain()
    assert sorted(messenger.destinations()) == channels
    assert [line for line in logs if line["log_level"] == "error"] == []


async def test_many_jobs_are_one_message_and_a_list_in_its_thread(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """Many changes are one message; the list of all follows as replies, each job once, a second apart."""
    start = clock.now
    await many_change(store, 2 * LISTED + 1, ERROR, OPS)
    await tick(dispatcher)
    await pass_time(dispatcher, clock, 6)
    assert [delivered.at - start for delivered in messenger.delivered] == [0, 1, 2, 3]
    first, *replies = [delivered.digest for delivered in messenger.delivered]
    assert len(first.deliveries) == 2 * LISTED + 1
    parts = [digest.part for digest in replies if digest.part]
    assert {part.thread for part in parts} == {"1.0"}
    assert tuple(item for part in parts for item in part.items) == first.jobs
    assert await pending(store) == []


async def test_a_list_that_slack_refuses_in_the_thread_is_posted_by_itself(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """No name is lost: a part that can't be a reply is a message of its own, and the next one is tried as a reply."""
    await many_change(store, 2 * LISTED, ERROR, OPS)
    await tick(dispatcher)
    messenger.failures[OPS] = [ThreadGone("thread_not_found")]
    await pass_time(dispatcher, clock, 4)
    assert [delivered.thread for delivered in messenger.delivered] == [None, None, "1.0"]
    assert (
        sum(len(delivered.digest.part.items) for delivered in messenger.delivered if delivered.digest.part)
        == 2 * LISTED
    )


async def test_a_list_follows_once(store: Database, messenger: FakeMessenger, dispatcher: Dispatcher) -> None:
    """A message that two workers posted, one of which was frozen meanwhile, has one list behind it."""
    await many_change(store, LISTED, ERROR, OPS)
    now = datetime.now(UTC)
    async with store.writing() as session:
        (queue,) = await delivery_store.claim(session, "t", now, limit=1)
    digest = next_digest(queue.pending)
    for message_ts in ("1.1", "1.2"):
        async with store.writing() as session:
            behind = list_behind(digest, message_ts)
            await delivery_store.settle_delivered(session, queue, digest.deliveries, message_ts, now, behind)
    assert len(await pending(store)) == 1


async def test_a_turn_to_a_worse_status_passes_the_pace(
    database: Database, messenger: FakeMessenger, clock: Clock
) -> None:
    """In a channel that a flapping job has slowed down, its recovery waits, but its next failure and that of another
    job are delivered within a second."""
    worker = Dispatcher(database, messenger, worker="t", concurrency=5, clock=clock)
    orders = await watched(database, OPS)
    clicks = await watched(database, OPS, ref=CLICKS, name="clicks")
    for new in (WARNING, UP) * 3:  # the gap grows to fifteen seconds
        await becomes(database, orders, new)
        while await pending(database):
            await pass_time(worker, clock, 0.5)
    before = len(messenger.delivered)
    for delivered_soon, tracked, *path in (
        (True, orders, ERROR),
        (False, orders, UP),
        (False, orders, ERROR),
        (True, clicks, ERROR),
    ):
        await becomes(database, tracked, *path)
        await pass_time(worker, clock, 1)
        before += delivered_soon
        assert len(messenger.delivered) == before, path
    assert [paths(delivered) for delivered in messenger.delivered[-2:]] == [
        [(UP, ERROR)],
        [(UP, ERROR), (ERROR, UP, ERROR)],
    ]
    await worker.drain()


async def test_jobs_that_fail_one_after_the_other_share_messages(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """Twenty jobs that fail within ten seconds are five messages, the first at once; the lists behind them follow."""
    start, refs = clock.now, [JobRef(ORDERS.dataflow, number) for number in range(20)]
    jobs = [await watched(store, OPS, ref=ref, name=f"job {ref.run}") for ref in refs]
    for job in jobs:
        await becomes(store, job, ERROR)
        await tick(dispatcher)
        clock.now += 0.5
    await pass_time(dispatcher, clock, 20)
    alerts = [delivered for delivered in messenger.delivered if not delivered.digest.part]
    assert [delivered.at - start for delivered in alerts] == [0, 1, 3, 7, 11]
    assert sum(len(delivered.digest.jobs) for delivered in alerts) == len(jobs)
    assert await pending(store) == []


async def test_all_destinations_together_keep_slacks_pace(
    store: Database, messenger: FakeMessenger, clock: Clock
) -> None:
    """Of many destinations, twenty get their message at once and five more each second."""
    wide = Dispatcher(store, messenger, worker="t", concurrency=100, clock=clock)
    channels = [f"C{number:02}" for number in range(33)]
    await becomes(store, await watched(store, *channels), ERROR)
    delivered = []
    for _ in range(4):
        await tick(wide)
        delivered.append(len(messenger.delivered))
        clock.now += 1
    assert delivered == [20, 25, 30, 33]
    assert sorted(messenger.destinations()) == channels
    await wide.drain()


async def test_what_waits_for_the_pace_does_not_wait_for_a_tick(
    store: Database, messenger: FakeMessenger, clock: Clock
) -> None:
    """Between two ticks a message goes out as soon as the pace allows; where nothing waited, nothing is looked for."""
    wide = Dispatcher(store, messenger, worker="t", concurrency=100, clock=clock)
    orders = await watched(store, *(f"C{number:02}" for number in range(22)))
    await becomes(store, orders, ERROR)
    await tick(wide)
    for delivered in (21, 22, 22):
        clock.now += 0.2
        await wide.paced_tick()
        await all_quiet()
        assert len(messenger.delivered) == delivered
    await becomes(store, orders, UP)
    clock.now += 60
    await wide.paced_tick()
    await all_quiet()
    assert len(messenger.delivered) == 22
    await wide.drain()


async def test_a_database_fault_is_survived(
    store: Database,
    messenger: FakeMessenger,
    dispatcher: Dispatcher,
    clock: Clock,
    mocker: MockerFixture,
    logs: list[MutableMapping[str, Any]],
) -> None:
    """After a failed claim the next is a second later, not at every tick; the log has the fault once, and its end."""
    await becomes(store, await watched(store, OPS), ERROR)
    down = OperationalError("SELECT", {}, Exception("server closed the connection"))
    claim = mocker.patch.object(delivery_store, "claim", autospec=True, side_effect=down)
    await tick(dispatcher)
    await tick(dispatcher)
    assert messenger.attempts == []
    assert claim.call_count == 1
    clock.now += 1
    await tick(dispatcher)
    assert claim.call_count == 2
    mocker.stop(claim)
    clock.now += 1
    await tick(dispatcher)
    assert messenger.destinations() == [OPS]
    assert [line["event"] for line in logs] == [
        "can't claim deliveries; retrying soon",
        "deliveries can be claimed and settled again",
        "delivered",
    ]


async def test_a_drained_dispatcher_lets_a_message_be_accepted(
    store: Database, messenger: FakeMessenger, dispatcher: Dispatcher, clock: Clock
) -> None:
    """At a shutdown a message under way gets time to be accepted and settled; nothing else begins."""
    orders = await watched(store, OPS, DEV)
    await becomes(store, orders, WARNING)
    answer = messenger.hold(OPS)
    await dispatcher.tick()
    await messenger.until(lambda: DEV in messenger.destinations())
    await becomes(store, orders, ERROR)
    clock.now += 60
    ending = asyncio.create_task(dispatcher.drain())
    await asyncio.sleep(0)  # the draining begins
    await dispatcher.tick()
    answer.set()
    await ending
    await dispatcher.tick()
    await all_quiet()
    first, *_ = await deliveries(store)
    assert first.settled_at is not None
    assert first.message_ts in ("1.0", "2.0")
    assert sorted(messenger.destinations()) == [OPS, DEV]
    assert {(row.leased_by, row.attempts) for row in await pending(store)} == {(None, 0)}
