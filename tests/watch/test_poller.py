"""Which jobs are polled, when, and how many at a time."""

import asyncio
import random
from datetime import timedelta
from itertools import cycle

import pytest
from pytest_mock import MockerFixture

from bot.domain.job import Status
from bot.informatica.errors import NotFound, RateLimited, Unreachable
from tests.cast import CLICKS, ENDED, ERROR, ORDERS, UP, WARNING
from tests.watch.world import World, runs


async def test_the_first_polls_are_spread(world: World) -> None:
    """Claimed jobs are polled once each within an interval, and not all at the same time."""
    for ref in runs(20):
        await world.subscribe(ref)
    poller = await world.started()
    at_a_time = []
    for _ in range(30):
        before = len(world.service.polled)
        await world.seconds(1, poller)
        at_a_time.append(len(world.service.polled) - before)
    assert sorted(world.service.polled) == runs(20)
    assert max(at_a_time) < 12


@pytest.mark.parametrize(
    ("before", "after", "seconds"),
    [(UP, UP, 30), (UP, ERROR, 10), (UP, Status.of("Deploying"), 10), (UP, NotFound(status=404), 30)],
    ids=["unchanged", "changed", "deploying", "failed"],
)
async def test_a_job_is_polled_again_as_decided(
    world: World, before: Status, after: Status | Exception, seconds: int
) -> None:
    """A job is polled again as soon as decided, counted from the beginning of the poll, and no sooner."""
    await world.subscribe(status=before)
    poller = await world.started()
    world.service.answers[ORDERS] = after
    await world.round(poller)
    await world.seconds(seconds - 1, poller)
    assert len(world.service.polled) == 1
    await world.seconds(1, poller)
    assert len(world.service.polled) == 2


async def test_a_job_that_ended_long_ago_is_polled_rarely(world: World) -> None:
    """A job that ended more than an hour ago is polled every ten intervals."""
    await world.subscribe(status=ENDED)
    row = await world.row()
    async with world.database.writing() as session:
        row.status_since -= timedelta(hours=1)
        await session.merge(row)
    world.service.usual = ENDED
    poller = await world.started()
    await world.round(poller)
    for _ in range(9):
        await world.round(poller)
    assert len(world.service.polled) == 1
    await world.round(poller)
    assert len(world.service.polled) == 2


async def test_retry_after_postpones_the_next_poll(world: World) -> None:
    """A job isn't polled again before Retry-After is over."""
    await world.subscribe()
    poller = await world.started()
    world.service.usual = RateLimited(status=429, retry_after=100.0)
    await world.round(poller)
    await world.tick(poller, after=99)
    assert len(world.service.polled) == 1
    await world.tick(poller, after=12)  # with what is added at random
    assert len(world.service.polled) == 2


async def test_a_hanging_poll_delays_no_other(world: World) -> None:
    """While one poll hangs, a tick returns at once, and other jobs are polled and their changes recorded."""
    await world.subscribe(ORDERS)
    await world.subscribe(CLICKS)
    poller = await world.started()
    world.service.answers = {ORDERS: asyncio.Event(), CLICKS: ERROR}
    await world.round(poller)
    world.service.answers[CLICKS] = WARNING
    await world.round(poller)
    assert [(old, new) for _, old, new in await world.changes()] == [
        (UP.raw, ERROR.raw),
        (ERROR.raw, WARNING.raw),
    ]
    assert world.service.polled.count(ORDERS) == 1  # it isn't polled a second time meanwhile
    assert world.service.under_way == 1


async def test_a_poll_has_a_time_limit(world: World) -> None:
    """A poll that takes too long is cancelled, and the job shows why it can't be polled."""
    await world.subscribe()
    poller = await world.started(timeout=timedelta(seconds=0.01))
    world.service.usual = asyncio.Event()
    await world.round(poller)
    await world.until(lambda: world.service.polled == [ORDERS] and not world.service.under_way)
    await world.seconds(1, poller)
    assert (await world.row()).failure == Unreachable(timed_out=True).reason


@pytest.mark.parametrize("concurrency", [1, 5])
async def test_everything_due_is_polled_in_one_tick(world: World, concurrency: int) -> None:
    """However many jobs are due, all are polled without another tick, and never more at a time than allowed."""
    for ref in runs(12):
        await world.subscribe(ref)
    poller = await world.started(concurrency=concurrency)
    gate = asyncio.Event()
    world.service.usual = gate
    await world.round(poller)
    assert world.service.under_way == concurrency
    gate.set()
    await world.rest()
    assert sorted(world.service.polled) == runs(12)
    assert world.service.most_at_once == concurrency


async def test_the_longest_overdue_job_is_polled_first(world: World, mocker: MockerFixture) -> None:
    """If there is no room for all due jobs, they are polled in the order in which they became due."""
    for ref in runs(4):
        await world.subscribe(ref)
    mocker.patch.object(random, "random", side_effect=cycle([0.9, 0.1, 0.5, 0.3]))
    poller = await world.started(concurrency=1)
    await world.tick(poller, after=300)
    assert [ref.run for ref in world.service.polled] == [2, 4, 3, 1]


@pytest.mark.parametrize(
    "late", [TimeoutError(), Unreachable(timed_out=True)], ids=["out of time", "no answer in time"]
)
async def test_jobs_that_time_out_take_a_quarter_of_the_room(world: World, late: Exception) -> None:
    """Jobs whose last poll timed out take turns in a quarter of the room, and healthy jobs are polled as always."""
    hung = runs(9)[:8]
    for ref in runs(9):
        await world.subscribe(ref)
        world.service.answers[ref] = late
    world.service.answers[runs(9)[8]] = UP
    poller = await world.started(concurrency=8)
    await world.round(poller)

    gate = asyncio.Event()
    world.service.answers |= dict.fromkeys(hung, gate)
    world.service.polled.clear()
    await world.round(poller)
    await world.round(poller)
    assert world.service.polled.count(runs(9)[8]) == 2
    assert len(world.service.polled) == 4
    assert world.service.under_way == 2

    gate.set()
    await world.rest()
    world.service.answers |= dict.fromkeys(hung, UP)
    for _ in range(3):
        await world.tick(poller)
    assert {*world.service.polled} == {*runs(9)}


async def test_a_job_that_timed_out_is_polled_even_with_little_room(world: World) -> None:
    """With room for a single poll, a job whose last poll timed out is still polled."""
    await world.subscribe()
    poller = await world.started(concurrency=1)
    world.service.usual = Unreachable(timed_out=True)
    for _ in range(3):
        await world.round(poller)
    assert len(world.service.polled) == 3


async def test_a_fault_of_the_bots_own_stops_no_job(world: World) -> None:
    """After a poll that failed in the bot itself, the job is polled again an interval later."""
    await world.subscribe()
    poller = await world.started()
    world.service.usual = RuntimeError("boom")
    await world.round(poller)
    assert (await world.row()).failure is None
    world.service.usual = ERROR
    await world.seconds(29, poller)
    assert len(world.service.polled) == 1
    await world.seconds(1, poller)
    assert await world.kinds() == ["change"]


async def test_a_job_without_subscribers_is_not_polled(world: World) -> None:
    """A job that nobody subscribes to any more isn't polled; it is again once somebody does."""
    await world.subscribe()
    poller = await world.started()
    await world.unsubscribe()
    await world.seconds(1, poller)
    await world.round(poller)
    assert world.service.polled == []
    await world.subscribe()
    await world.seconds(1, poller)
    await world.round(poller)
    assert world.service.polled == [ORDERS]


async def test_a_released_job_postpones_no_other(world: World, mocker: MockerFixture) -> None:
    """The remaining jobs are polled when they were due."""
    for ref in runs(2):
        await world.subscribe(ref)
    chance = mocker.patch.object(random, "random", return_value=0.5)
    poller = await world.started()
    chance.return_value = 0.99
    await world.unsubscribe(runs(2)[1])
    await world.seconds(16, poller)
    assert world.service.polled == runs(1)


async def test_a_new_job_is_claimed_while_the_poller_runs(world: World) -> None:
    """A job that somebody subscribes to while the poller runs is polled within an interval and two ticks."""
    poller = await world.started()
    await world.subscribe()
    await world.seconds(31, poller)
    assert world.service.polled == [ORDERS]


async def test_a_tick_that_comes_a_little_early_sends_a_heartbeat(world: World) -> None:
    """Every one-second tick sends a heartbeat, even if the last one came a few milliseconds late."""
    poller = await world.started()
    await world.subscribe(ORDERS)
    await world.tick(poller, after=0.995)
    assert (await world.row()).leased_by is not None


async def test_a_drained_poller_cancels_its_polls(world: World) -> None:
    """At a shutdown a poll under way is cancelled at once, and no other begins."""
    for ref in runs(3):
        await world.subscribe(ref)
    poller = await world.started(concurrency=1)
    world.service.usual = asyncio.Event()
    await world.round(poller)
    await poller.drain()
    assert world.service.under_way == 0
    await poller.tick()
    await world.rest()
    assert len(world.service.polled) == 1
