"""Which jobs are looked at, when, and how many at a time."""

import asyncio
import random
from datetime import timedelta
from itertools import cycle

import pytest
from pytest_mock import MockerFixture

from bot.domain.job import Status
from bot.informatica.errors import RateLimited, NotFound, Unreachable
from tests.cast import CLICKS, ENDED, ERROR, ORDERS, UP, WARNING
from tests.watch.world import World, runs


async def test_the_first_looks_are_spread(world: World) -> None:
    """Jobs that were taken on are looked at once each within an interval, and not all at the same time."""
    for ref in runs(20):
        await world.subscribe(ref)
    poller = await world.started()
    at_a_time = []
    for _ in range(30):
        before = len(world.service.asked)
        await world.seconds(1, poller)
        at_a_time.append(len(world.service.asked) - before)
    assert sorted(world.service.asked) == runs(20)
    assert max(at_a_time) < 12


@pytest.mark.parametrize(
    ("before", "after", "seconds"),
    [(UP, UP, 30), (UP, ERROR, 10), (UP, Status.of("Deploying"), 10), (UP, NotFound(status=404), 30)],
    ids=["unchanged", "changed", "deploying", "failed"],
)
async def test_how_soon_it_is_looked_at_again(
    world: World, before: Status, after: Status | Exception, seconds: int
) -> None:
    """As soon as was decided, counted from the beginning of the look, and no sooner."""
    await world.subscribe(status=before)
    poller = await world.started()
    world.service.answers[ORDERS] = after
    await world.round(poller)
    await world.seconds(seconds - 1, poller)
    assert len(world.service.asked) == 1
    await world.seconds(1, poller)
    assert len(world.service.asked) == 2


async def test_a_job_that_ended_long_ago_is_looked_at_rarely(world: World) -> None:
    """Ten intervals lie between two looks at a job that has been over for more than an hour."""
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
    assert len(world.service.asked) == 1
    await world.round(poller)
    assert len(world.service.asked) == 2


async def test_a_busy_service_is_left_alone_as_long_as_it_asks(world: World) -> None:
    """Retry-After puts the next look off."""
    await world.subscribe()
    poller = await world.started()
    world.service.usual = RateLimited(status=429, retry_after=100.0)
    await world.round(poller)
    await world.tick(poller, after=99)
    assert len(world.service.asked) == 1
    await world.tick(poller, after=12)  # with what is added at random
    assert len(world.service.asked) == 2


async def test_a_hanging_job_delays_nobody(world: World) -> None:
    """While one look hangs, a tick returns at once, and the other jobs are looked at and their changes recorded."""
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
    assert world.service.asked.count(ORDERS) == 1  # nobody looks at it a second time meanwhile
    assert world.service.under_way == 1


async def test_a_look_has_a_limit(world: World) -> None:
    """A look that takes too long is given up, and the list says why the job can't be seen."""
    await world.subscribe()
    poller = await world.started(poll_timeout=timedelta(seconds=0.01))
    world.service.usual = asyncio.Event()
    await world.round(poller)
    await world.until(lambda: world.service.asked == [ORDERS] and not world.service.under_way)
    await world.seconds(1, poller)
    assert (await world.row()).failure == "the jobs service did not answer in time"


@pytest.mark.parametrize("concurrency", [1, 5])
async def test_all_that_is_due_is_looked_at_in_one_go(world: World, concurrency: int) -> None:
    """However many jobs are due, no more looks are under way than allowed, and all come in turn without waiting for
    another tick."""
    for ref in runs(12):
        await world.subscribe(ref)
    poller = await world.started(concurrency=concurrency)
    gate = asyncio.Event()
    world.service.usual = gate
    await world.round(poller)
    assert world.service.under_way == concurrency
    gate.set()
    await world.rest()
    assert sorted(world.service.asked) == runs(12)
    assert world.service.most == concurrency


async def test_the_longest_overdue_is_looked_at_first(world: World, mocker: MockerFixture) -> None:
    """Where there is no room for all, nobody is overtaken."""
    for ref in runs(4):
        await world.subscribe(ref)
    mocker.patch.object(random, "random", side_effect=cycle([0.9, 0.1, 0.5, 0.3]))
    poller = await world.started(concurrency=1)
    await world.tick(poller, after=300)
    assert [ref.run for ref in world.service.asked] == [2, 4, 3, 1]


@pytest.mark.parametrize(
    "late", [TimeoutError(), Unreachable(timed_out=True)], ids=["out of time", "no answer in time"]
)
async def test_jobs_that_hung_take_a_quarter_of_the_room(world: World, late: Exception) -> None:
    """While many jobs hang, a quarter of the looks at most is spent on those that hung before; they take turns in it,
    and a healthy job is looked at as ever."""
    hung = runs(9)[:8]
    for ref in runs(9):
        await world.subscribe(ref)
        world.service.answers[ref] = late
    world.service.answers[runs(9)[8]] = UP
    poller = await world.started(concurrency=8)
    await world.round(poller)

    gate = asyncio.Event()
    world.service.answers |= dict.fromkeys(hung, gate)
    world.service.asked.clear()
    await world.round(poller)
    await world.round(poller)
    assert world.service.asked.count(runs(9)[8]) == 2
    assert len(world.service.asked) == 4
    assert world.service.under_way == 2

    gate.set()
    await world.rest()
    world.service.answers |= dict.fromkeys(hung, UP)
    for _ in range(3):
        await world.tick(poller)
    assert {*world.service.asked} == {*runs(9)}


async def test_one_that_hangs_has_room_even_where_there_is_little(world: World) -> None:
    """With room for a single look, a job that hung is still looked at again."""
    await world.subscribe()
    poller = await world.started(concurrency=1)
    world.service.usual = Unreachable(timed_out=True)
    for _ in range(3):
        await world.round(poller)
    assert len(world.service.asked) == 3


async def test_a_fault_of_the_bots_own_stops_no_job(world: World) -> None:
    """After a look that failed in a way that nobody foresaw the job is looked at again, an interval later."""
    await world.subscribe()
    poller = await world.started()
    world.service.usual = RuntimeError("boom")
    await world.round(poller)
    assert (await world.row()).failure is None
    world.service.usual = ERROR
    await world.seconds(29, poller)
    assert len(world.service.asked) == 1
    await world.seconds(1, poller)
    assert await world.kinds() == ["change"]


async def test_a_job_without_subscribers_is_dropped(world: World) -> None:
    """Once nobody subscribes to it any more, a job is not looked at and nobody's."""
    await world.subscribe()
    poller = await world.started()
    await world.unsubscribe()
    await world.seconds(1, poller)
    await world.round(poller)
    assert world.service.asked == []
    assert (await world.row()).leased_by is None


async def test_a_job_that_is_dropped_puts_no_other_off(world: World, mocker: MockerFixture) -> None:
    """The jobs that remain are looked at when they were due."""
    for ref in runs(2):
        await world.subscribe(ref)
    chance = mocker.patch.object(random, "random", return_value=0.5)
    poller = await world.started()
    chance.return_value = 0.99
    await world.unsubscribe(runs(2)[1])
    await world.seconds(16, poller)
    assert world.service.asked == runs(1)


async def test_one_that_is_subscribed_to_later_is_taken_on(world: World) -> None:
    """A job that somebody subscribes to while the watcher runs is looked at within an interval and two ticks."""
    poller = await world.started()
    await world.subscribe()
    await world.seconds(31, poller)
    assert world.service.asked == [ORDERS]


async def test_ticks_that_come_a_little_early_give_a_sign_of_life_all_the_same(world: World) -> None:
    """Every tick of a second takes on what is new, also where the last one was a few milliseconds late."""
    poller = await world.started()
    await world.subscribe(ORDERS)
    await world.tick(poller, after=0.995)
    assert (await world.row()).leased_by is not None


async def test_a_drained_watcher_gives_up_its_looks(world: World) -> None:
    """At a shutdown a look under way is given up at once, and no other one begins."""
    for ref in runs(3):
        await world.subscribe(ref)
    poller = await world.started(concurrency=1)
    world.service.usual = asyncio.Event()
    await world.round(poller)
    await poller.drain()
    assert world.service.under_way == 0
    await poller.tick()
    await world.rest()
    assert len(world.service.asked) == 1
