"""Many jobs are watched by the organisation's list; and one by one, by itself, where that is of no use."""

import asyncio
import re
from collections.abc import Sequence

import pytest

from bot.demo.informatica.stand_in import Fault
from bot.demo.process import BotProcess
from tests.scenarios.conftest import needs_list
from tests.scenarios.world import Run, Told, World

pytestmark = needs_list

_COUNT = 120
# What a busy machine has the time for: a round of looks at all of them.
_INTERVAL = 1.0
_BY_LIST = "jobs are watched by the list"
_SINGLY = "jobs are watched one by one"


class _Counted:
    """The requests from now on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._before = len(world.jobs.requests)

    @property
    def lists(self) -> int:
        return sum("MIJobs" in request.path for request in self._world.jobs.requests[self._before :])

    @property
    def looks(self) -> int:
        return sum("/jobs/" in request.path for request in self._world.jobs.requests[self._before :])

    def polled_at(self, run: Run) -> int:
        return sum(request.path == run.path for request in self._world.jobs.requests[self._before :])


async def _figure(world: World, name: str) -> int:
    _, page = await world.get("/metrics")
    found = re.search(rf"^{name} ([\d.e+]+)$", page, re.MULTILINE)
    assert found, page
    return int(float(found[1]))


async def _by_list(bot: BotProcess) -> None:
    await bot.wait_for_log(_BY_LIST, 60)


async def _changed_and_told(world: World, runs: Sequence[Run], status: str, emoji: str) -> None:
    world.change(runs, status)
    await world.until_told(runs, emoji)


def _once(runs: Sequence[Run], *emoji: str) -> list[Told]:
    return sorted(Told(run.name, emoji) for run in runs)


async def test_few_requests_when_all_is_well(world: World) -> None:
    """Once the list is believed, ten intervals cost their lists and half a look at each job; a change is told once, as
    ever, and `/metrics` says what goes on."""
    runs = await world.watched(_COUNT)
    async with world.bot(POLL_INTERVAL=str(_INTERVAL)) as bot:
        await _by_list(bot)
        assert await _figure(world, "jobwatch_watched_jobs") == _COUNT
        assert await _figure(world, "jobwatch_watching_by_list") == 1
        counted, looks = _Counted(world), await _figure(world, "jobwatch_looks_total")
        lists = await _figure(world, "jobwatch_list_requests_total")
        await asyncio.sleep(10 * _INTERVAL)
        assert 8 <= counted.lists <= 12
        assert 0.3 * _COUNT <= counted.looks <= 0.9 * _COUNT
        assert await _figure(world, "jobwatch_looks_total") - looks == pytest.approx(counted.looks, abs=20)
        assert await _figure(world, "jobwatch_list_requests_total") - lists == pytest.approx(counted.lists, abs=2)

        await _changed_and_told(world, runs[:3], "Running with Error", "❌")
        await asyncio.sleep(3 * _INTERVAL)
        assert sorted(world.told()) == _once(runs[:3], "✅", "❌")
        assert await _figure(world, "jobwatch_watching_by_list") == 1
    assert not any("a background task failed" in line for line in bot.log)


async def test_a_list_that_is_stale(world: World) -> None:
    """A list that says what was five intervals ago is found out by single looks, and every change is told once."""
    runs = await world.watched(_COUNT)
    async with world.bot(POLL_INTERVAL=str(_INTERVAL)) as bot:
        await _by_list(bot)
        world.jobs.list.lag = 5 * _INTERVAL
        world.change(runs[:40], "Running with Error")
        await bot.wait_for_log("the list is not as the jobs resource says", 30)
        assert await _figure(world, "jobwatch_watching_by_list") == 0
        await world.until_told(runs[:40], "❌")
        await _changed_and_told(world, runs[:40], "Up and Running", "✅")
        await asyncio.sleep(2 * _INTERVAL)
    paths: dict[str, list[str]] = {}
    for told in world.told():
        path = paths.setdefault(told.name, [])
        path += told.statuses[1:] if path else told.statuses
    assert paths == {run.name: ["✅", "❌", "✅"] for run in runs[:40]}


async def test_a_list_that_lacks_watched_jobs(world: World) -> None:
    """Jobs that the list lacks, or shows without a status, are looked at each interval; the others are not."""
    runs = await world.watched(_COUNT)
    world.jobs.list.missing = {run.dataflow for run in runs[:5]}
    world.jobs.list.statusless = {run.dataflow for run in runs[5:10]}
    async with world.bot(POLL_INTERVAL=str(_INTERVAL)) as bot:
        await _by_list(bot)
        counted = _Counted(world)
        await asyncio.sleep(8 * _INTERVAL)
        assert all(counted.polled_at(run) >= 5 for run in runs[:10])
        assert counted.looks <= 10 * 10 + 0.7 * _COUNT
        await _changed_and_told(world, [*runs[:2], *runs[8:12]], "Running with Warning", "⚠️")
    assert sorted(world.told()) == _once([*runs[:2], *runs[8:12]], "✅", "⚠️")


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault.LIST_FORBIDDEN, "does not list this organisation's jobs"),
        (Fault.LIST_ENDLESS, "the list is not whole|takes longer than an interval"),
        (Fault.LIST_STUCK, "the list is not whole"),
        (Fault.LIST_WITHOUT_STATUS, "the list has no job with a status"),
    ],
)
async def test_a_list_of_no_use(world: World, fault: Fault, why: str) -> None:
    """Where the list becomes refused, endless, stuck or empty of statuses, each job is looked at singly and every
    change is told; a list that is fetched in vain is fetched a few times only."""
    runs = await world.watched(_COUNT)
    async with world.bot(POLL_INTERVAL=str(_INTERVAL)) as bot:
        await _by_list(bot)
        world.jobs.fail(fault)
        world.change(runs[:10], "Running with Error")
        await bot.wait_for_log(_SINGLY + ": ", 30)
        await world.until_told(runs[:10], "❌")
        counted = _Counted(world)
        await asyncio.sleep(4 * _INTERVAL)
        assert await _figure(world, "jobwatch_watching_by_list") == 0
        assert counted.looks >= 2 * _COUNT
        assert any(re.search(why, line) for line in bot.log), fault
        await asyncio.sleep(2 * _INTERVAL)
        assert sum("MIJobs" in request.path for request in world.jobs.requests[-3 * _COUNT :]) <= 11
    assert sorted(world.told()) == _once(runs[:10], "✅", "❌")


async def test_an_outage_of_the_whole_service(world: World) -> None:
    """An outage is told once and its end once, with what changed meanwhile, also while jobs are watched by the list."""
    runs = await world.watched(_COUNT)
    async with world.bot(POLL_INTERVAL=str(_INTERVAL)) as bot:
        await _by_list(bot)
        world.jobs.fail(Fault.SERVER_ERROR)
        await world.alert_number(1)
        world.change(runs[:3], "Running with Error")
        await asyncio.sleep(3 * _INTERVAL)
        world.jobs.heal()
        await world.until_told(runs[:3], "❌")
        await asyncio.sleep(3 * _INTERVAL)
    assert len(world.alerts()) == 2
    assert sorted(world.told()) == _once(runs[:3], "✅", "❌")
