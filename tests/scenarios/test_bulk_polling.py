"""Many jobs are polled in bulk, by the organisation's job list; and one by one, by itself, if the list is useless."""

import asyncio
import re
import time
from collections.abc import Callable

import pytest

from bot.demo.informatica.stand_in import Fault
from bot.watch.bulk import policy
from tests.scenarios.conftest import NewWorld, needs_list
from tests.scenarios.in_process import Bot
from tests.scenarios.world import LIMIT_S, Run, World

pytestmark = needs_list

_COUNT = 19  # one of them is polled singly in each round, as a sample
_INTERVAL_S = 0.6  # long enough for a busy machine to poll all of them singly


@pytest.fixture(autouse=True)
def fewer_jobs_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bulk polling begins with fewer jobs than usual."""
    monkeypatch.setattr(policy, "MIN_JOBS", 10)


class _Requests:
    """Counts the requests from now on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._before = len(world.jobs.requests)
        self._began = time.monotonic()

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not is_so():
                await self._world.until_requests(1)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def lists(self) -> int:
        return sum("MIJobs" in request.path for request in self._world.jobs.requests[self._before :])

    @property
    def fetched_lists(self) -> int:
        """The lists begun, whatever became of them and however many pages they have."""
        new = self._world.jobs.requests[self._before :]
        return sum("MIJobs" in request.path and request.query.get("$skip", "0") == "0" for request in new)

    @property
    def polls(self) -> int:
        return sum("/jobs/" in request.path for request in self._world.jobs.requests[self._before :])

    def polls_of(self, run: Run) -> int:
        return sum(request.path == run.path for request in self._world.jobs.requests[self._before :])


async def _until_bulk(bot: Bot) -> None:
    await bot.wait_for_log("jobs are polled in bulk, by the job list", LIMIT_S)


async def _until_metric(world: World, is_bulk_polling: bool) -> None:
    """Wait until `/metrics` says so: on a slow machine a list may come late, and count only in the next round."""
    async with asyncio.timeout(LIMIT_S):
        while bool(await world.metric("jobwatch_bulk_polling")) != is_bulk_polling:
            await world.until_requests(1)


async def test_few_requests_while_all_is_well(world: World) -> None:
    """Once the list is trusted, an interval costs its list and fewer polls, and `/metrics` says so. A change is
    delivered once, as ever, and so are the beginning and the end of an outage."""
    runs = await world.watched_jobs(_COUNT)
    async with world.bot(POLL_INTERVAL=str(_INTERVAL_S)) as bot:
        await _until_bulk(bot)
        assert await world.metric("jobwatch_assigned_jobs") == _COUNT
        await _until_metric(world, True)
        requests, polls = _Requests(world), await world.metric("jobwatch_polls_total")
        lists = await world.metric("jobwatch_job_list_requests_total")
        await requests.until(lambda: requests.lists == 6)
        assert 0.2 * _COUNT <= requests.polls < 4 * _COUNT  # on a slow machine the list may be late now and then
        assert requests.seconds >= 4 * _INTERVAL_S
        assert await world.metric("jobwatch_polls_total") - polls == pytest.approx(requests.polls, abs=20)
        assert await world.metric("jobwatch_job_list_requests_total") - lists == pytest.approx(requests.lists, abs=2)

        world.change(runs[:3], "Running with Error")
        await world.until_delivered(runs[:3], "❌")
        await world.until_polled(runs[:3], 3)
        world.assert_delivered(dict.fromkeys(runs[:3], "✅ ❌"))
        await _until_metric(world, True)

        world.jobs.fail(Fault.SERVER_ERROR)
        outage = await world.alert_showing("Can't check any")
        world.change(runs[:3], "Running with Warning")
        await world.until_polled(runs[:3], 3)
        world.jobs.heal()
        end = await world.alert_showing("The jobs service is back")
        await world.until_delivered(runs[:3], "⚠️")
        await world.until_polled(runs[:3], 3)
    world.assert_delivered(dict.fromkeys(runs[:3], "✅ ❌ ⚠️"))
    assert [m for m in world.alerts() if m.text in (outage.text, end.text)] == [outage, end]
    assert not any("a background task failed" in line for line in bot.log)


async def test_a_list_that_is_stale(world: World) -> None:
    """A list that is five intervals old is found out by single polls, and every change is delivered once."""
    runs = await world.watched_jobs(_COUNT)
    async with world.bot(POLL_INTERVAL=str(_INTERVAL_S)) as bot:
        await _until_bulk(bot)
        world.jobs.list.lag = 5 * _INTERVAL_S
        world.change(runs[:13], "Running with Error")
        await bot.wait_for_log("the job list contradicts the jobs resource", LIMIT_S)
        await _until_metric(world, False)
        await world.until_delivered(runs[:13], "❌")
        world.change(runs[:13], "Up and Running")
        await world.until_delivered(runs[:13], "✅")
        await world.until_polled(runs[:13], 3)
    world.assert_delivered(dict.fromkeys(runs[:13], "✅ ❌ ✅"))


async def test_a_list_that_lacks_watched_jobs(world: World) -> None:
    """Jobs that the list lacks, or shows without a status, are polled each interval; the others aren't."""
    runs = await world.watched_jobs(_COUNT)
    world.jobs.list.missing = {run.dataflow for run in runs[:5]}
    world.jobs.list.statusless = {run.dataflow for run in runs[5:10]}
    async with world.bot(POLL_INTERVAL=str(_INTERVAL_S)) as bot:
        await _until_bulk(bot)
        requests = _Requests(world)
        await requests.until(lambda: all(requests.polls_of(run) >= 5 for run in runs[:10]))
        often, seldom = (sum(map(requests.polls_of, some)) / len(some) for some in (runs[:10], runs[10:]))
        assert seldom <= 0.75 * often  # without the list as often
        changed = [*runs[:2], *runs[8:12]]
        world.change(changed, "Running with Warning")
        await world.until_delivered(changed, "⚠️")
    world.assert_delivered(dict.fromkeys(changed, "✅ ⚠️"))


_USELESS = {
    Fault.LIST_FORBIDDEN: "doesn't let the bot's account list the organisation's jobs",
    Fault.LIST_ENDLESS: "the job list is incomplete|takes longer than an interval",
    Fault.LIST_STUCK: "the job list is incomplete",
    Fault.LIST_WITHOUT_STATUS: "the job list has no job with a status",
}


async def test_a_list_that_is_useless(new_world: NewWorld) -> None:
    """If the list becomes refused, endless, stuck or empty of statuses, each job is polled singly and every change is
    delivered; after three or four tries, the useless list is fetched once in 20 intervals only."""
    async with asyncio.TaskGroup() as group:
        for fault in _USELESS:
            group.create_task(_becomes_useless(new_world, fault))


async def _becomes_useless(new_world: NewWorld, fault: Fault) -> None:
    async with new_world() as world:
        runs = await world.watched_jobs(_COUNT)
        async with world.bot(POLL_INTERVAL=str(1.5 * _INTERVAL_S)) as bot:
            await _until_bulk(bot)
            requests = _Requests(world)
            world.jobs.fail(fault)
            world.change(runs[:10], "Running with Error")
            await bot.wait_for_log("jobs are polled one by one: ", LIMIT_S)
            await world.until_delivered(runs[:10], "❌")
            await world.until_polled(runs, 5)
            await _until_metric(world, False)
            assert any(re.search(_USELESS[fault], line) for line in bot.log), fault
            assert requests.fetched_lists <= 4 + requests.seconds // (20 * 1.5 * _INTERVAL_S), fault
        world.assert_delivered(dict.fromkeys(runs[:10], "✅ ❌"))
