"""The teller while all goes well: one message for all that waits, one at a time, at Slack's pace."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest
from pytest_mock import MockerFixture
from sqlalchemy.exc import OperationalError

from bot.domain.job import JobRef
from bot.notify.digest import MOST_ITEMS
from bot.notify.dispatcher import Dispatcher
from bot.store import outbox
from bot.store.database import Database
from tests.cast import CLICKS, DEV, ERROR, OPS, ORDERS, UP, WARNING
from tests.notify.fake import (
    Clock,
    Fake,
    all_quiet,
    becomes,
    deliveries,
    many_change,
    pass_time,
    paths,
    round_of,
    tick,
    waiting,
    watched,
)


async def test_what_waits_is_told_in_one_message_and_settled(
    store: Database, messenger: Fake, dispatcher: Dispatcher
) -> None:
    """All that waits for a channel is one message, and each delivery keeps that message's name."""
    orders = await watched(store, OPS)
    clicks = await watched(store, OPS, ref=CLICKS, name="clicks")
    await becomes(store, orders, WARNING, ERROR, UP)
    await becomes(store, clicks, ERROR)
    await tick(dispatcher)

    (told,) = messenger.told
    assert told.destination == OPS
    assert paths(told) == [(UP, ERROR), (UP, WARNING, ERROR, UP)]
    rows = await deliveries(store)
    assert told.digest.deliveries == tuple(row.id for row in rows)
    assert {(row.message_ts, row.settled_at is None, row.leased_by) for row in rows} == {("1.0", False, None)}


async def test_what_was_told_is_never_told_again(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock
) -> None:
    """Further ticks after everything is settled tell nothing."""
    await becomes(store, await watched(store, OPS), ERROR)
    await pass_time(dispatcher, clock, 20)
    assert len(messenger.told) == 1


async def test_what_arrives_meanwhile_comes_in_the_next_message(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock
) -> None:
    """News that arrive while a message is under way are told after it, together, and a second later at the earliest."""
    orders = await watched(store, OPS)
    await becomes(store, orders, WARNING)
    answer = messenger.hold(OPS)
    await dispatcher.tick()
    await messenger.until(lambda: messenger.tried == [OPS])
    await becomes(store, orders, ERROR, UP)
    answer.set()
    await all_quiet()
    await pass_time(dispatcher, clock, 0.5)
    assert [paths(told) for told in messenger.told] == [[(UP, WARNING)]]

    await pass_time(dispatcher, clock, 0.5)
    assert [paths(told) for told in messenger.told] == [[(UP, WARNING)], [(WARNING, ERROR, UP)]]
    assert [row.message_ts for row in await deliveries(store)] == ["1.0", "2.0", "2.0"]


async def test_a_destination_is_never_told_by_two_at_once(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock
) -> None:
    """While a message to a channel is under way no other one goes there, however often the teller is woken and however
    long it takes; other channels do not wait."""
    orders = await watched(store, OPS, DEV)
    await becomes(store, orders, WARNING)
    answer = messenger.hold(OPS)
    await dispatcher.tick()
    await messenger.until(lambda: DEV in messenger.where())
    await becomes(store, orders, ERROR)
    for _ in range(5):
        clock.now += 60
        await round_of(dispatcher)
    await messenger.until(lambda: messenger.where() == [DEV, DEV])
    assert messenger.tried.count(OPS) == 1

    answer.set()
    await all_quiet()
    await pass_time(dispatcher, clock, 2)
    assert [paths(told) for told in messenger.told if told.destination == OPS] == [[(UP, WARNING)], [(WARNING, ERROR)]]
    assert messenger.most_at_once == {OPS: 1, DEV: 1}


@pytest.fixture
async def two(database: Database, messenger: Fake, clock: Clock) -> AsyncIterator[tuple[Dispatcher, Dispatcher]]:
    """Two workers on one database, of each kind."""
    one, other = (Dispatcher(database, messenger, worker=name, concurrency=5, clock=clock) for name in ("a", "b"))
    yield one, other
    await one.drain()
    await other.drain()


async def test_two_tellers_never_tell_one_destination_at_once(
    database: Database, messenger: Fake, two: tuple[Dispatcher, Dispatcher], clock: Clock
) -> None:
    """What waits for a channel that one worker is telling is left to that worker; when it has ended, either goes on."""
    orders = await watched(database, OPS)
    await becomes(database, orders, WARNING)
    answer = messenger.hold(OPS)
    await round_of(*two)
    await messenger.until(lambda: messenger.tried == [OPS])
    await becomes(database, orders, ERROR)
    for _ in range(3):
        clock.now += 60
        await round_of(*two)
    assert messenger.tried == [OPS]

    answer.set()
    await all_quiet()
    clock.now += 60
    await round_of(*two)
    await all_quiet()
    assert [paths(told) for told in messenger.told] == [[(UP, WARNING)], [(WARNING, ERROR)]]


async def test_two_tellers_share_what_waits(
    database: Database, messenger: Fake, two: tuple[Dispatcher, Dispatcher], clock: Clock
) -> None:
    """Woken at the same moments while news arrive, two workers tell each delivery once, in order, and no destination
    at once."""
    places = [f"C{number}" for number in range(12)]
    orders = await watched(database, *places)
    clicks = await watched(database, *places, ref=CLICKS, name="clicks")
    for new in (WARNING, ERROR, UP) * 2:
        await becomes(database, orders, new)
        clock.now += 20
        await round_of(*two)
        await becomes(database, clicks, new)
    while await waiting(database):
        clock.now += 20
        await round_of(*two)
        await all_quiet()

    assert messenger.covered() == [row.id for row in await deliveries(database)]
    assert set(messenger.most_at_once.values()) == {1}
    for place in places:
        told = [id for told in messenger.told if told.destination == place for id in told.digest.deliveries]
        assert told == sorted(told)


async def test_the_longest_waiting_comes_first(store: Database, messenger: Fake, clock: Clock) -> None:
    """With room for one message at a time the destinations are told in the order in which their news came."""
    narrow = Dispatcher(store, messenger, worker="t", concurrency=1, clock=clock)
    for number, place in enumerate(("C9", "C1", "C5")):
        ref = JobRef(ORDERS.dataflow, number)
        await becomes(store, await watched(store, place, ref=ref), ERROR)
    await tick(narrow)
    assert messenger.where() == ["C9", "C1", "C5"]
    await narrow.drain()


async def test_rounds_that_overlap_claim_no_more_than_there_is_room_for(
    store: Database, messenger: Fake, clock: Clock, logs: list[MutableMapping[str, Any]]
) -> None:
    """Woken twice at the same moment, the teller claims no destination that it has no room to tell; all are told in
    the end."""
    places = [f"C{number}" for number in range(6)]
    await becomes(store, await watched(store, *places), ERROR)
    crowded = Dispatcher(store, messenger, worker="t", concurrency=2, clock=clock)
    answers = [messenger.hold(place) for place in places]
    crowded.wake()
    await round_of(crowded)
    assert [row.leased_by for row in await deliveries(store)] == ["t"] * 2 + [None] * 4
    for answer in answers:
        answer.set()
    await all_quiet()
    await crowded.drain()
    assert sorted(messenger.where()) == places
    assert [line for line in logs if line["log_level"] == "error"] == []


async def test_more_than_one_message_holds_is_told_completely(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock
) -> None:
    """What needs several messages is told in as many, each job once, the first at once and the others a second apart:
    what is known already does not wait longer than Slack asks for."""
    start = clock.now
    await many_change(store, 2 * MOST_ITEMS + 1, ERROR, OPS)
    await tick(dispatcher)
    await pass_time(dispatcher, clock, 5)
    assert [told.at - start for told in messenger.told] == [0, 1, 2]
    assert [told.digest.more for told in messenger.told] == [MOST_ITEMS + 1, 1, 0]
    assert messenger.covered() == [row.id for row in await deliveries(store)]
    assert len(messenger.covered()) == 2 * MOST_ITEMS + 1
    assert await waiting(store) == []


async def test_all_together_keep_slacks_pace(store: Database, messenger: Fake, clock: Clock) -> None:
    """Of many destinations twenty are told at once and five more each second, whatever room there is for messages."""
    wide = Dispatcher(store, messenger, worker="t", concurrency=100, clock=clock)
    places = [f"C{number:02}" for number in range(33)]
    await becomes(store, await watched(store, *places), ERROR)
    told = []
    for _ in range(4):
        await tick(wide)
        told.append(len(messenger.told))
        clock.now += 1
    assert told == [20, 25, 30, 33]
    assert sorted(messenger.where()) == places
    await wide.drain()


async def test_a_database_out_of_reach_is_survived(
    store: Database,
    messenger: Fake,
    dispatcher: Dispatcher,
    clock: Clock,
    mocker: MockerFixture,
    logs: list[MutableMapping[str, Any]],
) -> None:
    """What can't be claimed now is claimed a second later, not at every tick until then, and the log says so in a
    line."""
    await becomes(store, await watched(store, OPS), ERROR)
    down = OperationalError("SELECT", {}, Exception("server closed the connection"))
    claim = mocker.patch.object(outbox, "claim", autospec=True, side_effect=down)
    await tick(dispatcher)
    await tick(dispatcher)
    assert messenger.tried == []
    assert [line["event"] for line in logs] == ["can't claim what waits; it is tried again soon"]
    mocker.stop(claim)
    clock.now += 1
    await tick(dispatcher)
    assert messenger.where() == [OPS]


async def test_a_drained_teller_lets_a_message_be_accepted(
    store: Database, messenger: Fake, dispatcher: Dispatcher, clock: Clock
) -> None:
    """At a shutdown a message under way gets its time to be accepted and written down; nothing else begins."""
    orders = await watched(store, OPS, DEV)
    await becomes(store, orders, WARNING)
    answer = messenger.hold(OPS)
    await dispatcher.tick()
    await messenger.until(lambda: DEV in messenger.where())
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
    assert sorted(messenger.where()) == [OPS, DEV]
    assert {(row.leased_by, row.attempts) for row in await waiting(store)} == {(None, 0)}
