"""Many jobs are watched by the organisation's list; and one by one, by itself, where that is of no use."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence

import pytest

from bot.demo.informatica.stand_in import Fault
from bot.watch.bulk import policy
from tests.scenarios.conftest import NewWorld, needs_list
from tests.scenarios.in_process import Bot
from tests.scenarios.world import Run, Told, World

pytestmark = needs_list

_COUNT = 38  # two a round are looked at singly, however far the list is believed
# What a busy machine has the time for: a round of looks at all of them.
_INTERVAL = 0.75
_BY_LIST = "jobs are polled in bulk, by the job list"
_SINGLY = "jobs are polled one by one"


@pytest.fixture(autouse=True)
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes fewer jobs than usual to make the list worth its while."""
    monkeypatch.setattr(policy, "MIN_JOBS", 20)


class _Counted:
    """The requests from now on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._before = len(world.jobs.requests)
        self._began = time.monotonic()

    async def until(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not so():
                await self._world.jobs.asked_again(1, 60)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def lists(self) -> int:
        return sum("MIJobs" in request.path for request in self._world.jobs.requests[self._before :])

    @property
    def polls(self) -> int:
        return sum("/jobs/" in request.path for request in self._world.jobs.requests[self._before :])

    def polls_of(self, run: Run) -> int:
        return sum(request.path == run.path for request in self._world.jobs.requests[self._before :])


async def _by_list(bot: Bot) -> None:
    await bot.wait_for_log(_BY_LIST, 60)


async def _changed_and_told(world: World, runs: Sequence[Run], status: str, emoji: str) -> None:
    world.change(runs, status)
    await world.until_told(runs, emoji)


def _once(runs: Sequence[Run], *emoji: str) -> list[Told]:
    return sorted(Told(run.name, emoji) for run in runs)


async def test_few_requests_when_all_is_well(world: World) -> None:
    """Once the list is believed, intervals cost their lists and few looks; a change is told once, as
    ever, and `/metrics` says what goes on."""
    runs = await world.watched(_COUNT)
    async with world.bot(POLL_INTERVAL=str(_INTERVAL)) as bot:
        await _by_list(bot)
        assert await world.figure("jobwatch_assigned_jobs") == _COUNT
        assert await world.figure("jobwatch_bulk_polling") == 1
        counted, looks = _Counted(world), await world.figure("jobwatch_polls_total")
        lists = await world.figure("jobwatch_job_list_requests_total")
        await counted.until(lambda: counted.lists == 6)
        assert 0.2 * _COUNT <= counted.polls <= 2 * _COUNT  # on a slow machine the list may be late now and then
        assert counted.seconds >= 4 * _INTERVAL
        assert await world.figure("jobwatch_polls_total") - looks == pytest.approx(counted.polls, abs=20)
        assert await world.figure("jobwatch_job_list_requests_total") - lists == pytest.approx(counted.lists, abs=2)

        await _changed_and_told(world, runs[:3], "Running with Error", "❌")
        await world.asked(runs[:3], 3)
        assert sorted(world.told()) == _once(runs[:3], "✅", "❌")
        assert await world.figure("jobwatch_bulk_polling") == 1
    assert not any("a background task failed" in line for line in bot.log)


async def test_a_list_that_is_stale(world: World) -> None:
    """A list that says what was five intervals ago is found out by single looks, and every change is told once."""
    runs = await world.watched(_COUNT)
    async with world.bot(POLL_INTERVAL=str(_INTERVAL)) as bot:
        await _by_list(bot)
        world.jobs.list.lag = 5 * _INTERVAL
        world.change(runs[:13], "Running with Error")
        await bot.wait_for_log("the job list contradicts the jobs resource", 30)
        assert await world.figure("jobwatch_bulk_polling") == 0
        await world.until_told(runs[:13], "❌")
        await _changed_and_told(world, runs[:13], "Up and Running", "✅")
        await world.asked(runs[:13], 3)
    paths: dict[str, list[str]] = {}
    for told in world.told():
        path = paths.setdefault(told.name, [])
        path += told.statuses[1:] if path else told.statuses
    assert paths == {run.name: ["✅", "❌", "✅"] for run in runs[:13]}


async def test_a_list_that_lacks_watched_jobs(world: World) -> None:
    """Jobs that the list lacks, or shows without a status, are looked at each interval; the others are not."""
    runs = await world.watched(_COUNT)
    world.jobs.list.missing = {run.dataflow for run in runs[:5]}
    world.jobs.list.statusless = {run.dataflow for run in runs[5:10]}
    async with world.bot(POLL_INTERVAL=str(_INTERVAL)) as bot:
        await _by_list(bot)
        counted = _Counted(world)
        await counted.until(lambda: all(counted.polls_of(run) >= 5 for run in runs[:10]))
        assert counted.polls <= 10 * 10 + 0.7 * _COUNT
        await _changed_and_told(world, [*runs[:2], *runs[8:12]], "Running with Warning", "⚠️")
    assert sorted(world.told()) == _once([*runs[:2], *runs[8:12]], "✅", "⚠️")


_OF_NO_USE = {
    Fault.LIST_FORBIDDEN: "doesn't let the bot's account list the organisation's jobs",
    Fault.LIST_ENDLESS: "the job list is incomplete|takes longer than an interval",
    Fault.LIST_STUCK: "the job list is incomplete",
    Fault.LIST_WITHOUT_STATUS: "the job list has no job with a status",
}


async def test_a_list_of_no_use(new_world: NewWorld) -> None:
    """Where the list becomes refused, endless, stuck or empty of statuses, each job is looked at singly and every
    change is told; a list that is fetched in vain is fetched a few times only."""
    async with asyncio.TaskGroup() as group:
        for fault in _OF_NO_USE:
            group.create_task(_becomes_of_no_use(new_world, fault))


async def _becomes_of_no_use(new_world: NewWorld, fault: Fault) -> None:
    async with new_world() as world:
        runs = await world.watched(_COUNT)
        async with world.bot(POLL_INTERVAL=str(1.5 * _INTERVAL)) as bot:
            await _by_list(bot)
            world.jobs.fail(fault)
            world.change(runs[:10], "Running with Error")
            await bot.wait_for_log(_SINGLY + ": ", 30)
            await world.until_told(runs[:10], "❌")
            counted = _Counted(world)
            await world.asked(runs, 3)
            assert await world.figure("jobwatch_bulk_polling") == 0
            assert any(re.search(_OF_NO_USE[fault], line) for line in bot.log), fault
            assert counted.lists <= 11, fault
        assert sorted(world.told()) == _once(runs[:10], "✅", "❌"), fault


async def test_an_outage_of_the_whole_service(world: World) -> None:
    """An outage is told once and its end once, with what changed meanwhile, also in bulk polling."""
    runs = await world.watched(_COUNT)
    async with world.bot(POLL_INTERVAL=str(_INTERVAL)) as bot:
        await _by_list(bot)
        world.jobs.fail(Fault.SERVER_ERROR)
        await world.alert_number(1)
        world.change(runs[:3], "Running with Error")
        await world.asked(runs[:3], 3)
        world.jobs.heal()
        await world.until_told(runs[:3], "❌")
        await world.asked(runs[:3], 3)
    assert len(world.alerts()) == 2
    assert sorted(world.told()) == _once(runs[:3], "✅", "❌")
