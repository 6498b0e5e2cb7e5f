"""The jobs service, or one job, is unavailable: one message when that begins, one when it ends."""

import asyncio
import re

import pytest

from bot.app import worker
from bot.demo.informatica.stand_in import Fault
from tests.scenarios.conftest import NewWorld
from tests.scenarios.world import ADMIN, MEMBER, PRIVATE, World, changes, shown

_INTERVAL_S = 1.0  # an outage is a matter of intervals, and a slow machine needs some room
_JOBS = 8
_SINCE = re.compile(r"since \d\d \w+ \d{4} \d\d:\d\d UTC")


async def test_an_outage_of_the_jobs_service(new_world: NewWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it fails, each channel gets one message that says since when and what isn't known, and one at the end.
    Everything that changed meanwhile is told with the end or, if polls take long, right after it; nothing else is."""
    monkeypatch.setattr(worker, "REQUEST_TIMEOUT", 2)  # if load alone let polls time out, jobs would be unavailable
    faults = (Fault.DROP, Fault.SERVER_ERROR, Fault.UNAVAILABLE, Fault.HANG)
    started = asyncio.Barrier(len(faults))  # a bot that starts blocks the loop, and with it an outage under way
    async with asyncio.TaskGroup() as group:
        for fault in faults:
            group.create_task(_outage(new_world, fault, started))


async def _outage(new_world: NewWorld, fault: Fault, started: asyncio.Barrier) -> None:
    async with new_world() as world:
        channels = (world.channel, PRIVATE)
        runs = await world.watched_jobs(_JOBS, channels)
        world.jobs.faults.retry_after = "1"  # goes with 503
        world.jobs.latency = 0.1  # so that polls are under way when it begins
        async with world.bot(POLL_INTERVAL=str(_INTERVAL_S)):
            await world.until_polled(runs)
            await started.wait()
            await world.until_polled(runs)
            world.jobs.fail(fault)
            begins = [await world.alert_showing("Can't check any", channel) for channel in channels]
            world.change(runs[:2], "Running with Error")
            await world.until_polls(2 * _JOBS)
            assert len(world.alerts()) == len(channels), fault
            world.jobs.heal()
            ends = [await world.alert_showing("The jobs service is back", channel) for channel in channels]
            for channel in channels:
                await world.until_delivered(runs[:2], "❌", channel)
            await world.until_polled(runs, 2)
        for channel, begin, end in zip(channels, begins, ends, strict=True):
            assert _SINCE.search(shown(begin)), fault
            assert f"any of the {_JOBS} jobs watched here" in shown(begin), fault
            assert "The jobs service is back after" in shown(end), fault
            first, second, *later = world.alerts(channel)
            assert [first, second] == [begin, end], fault
            assert all(map(changes, later)), fault
            told = [change for alert in (end, *later) for change in changes(alert)]
            assert sorted(told) == sorted((run.name, ("✅", "❌")) for run in runs[:2]), (fault, shown(end))


async def test_a_job_that_alone_is_unavailable(world: World) -> None:
    """A job that the service doesn't know, while others are fine, is announced after three failed polls in a row and
    once more when it is back. Meanwhile it has no new status: `list` says why, and the log says it once."""
    runs = await world.watched_jobs(5)
    async with world.bot() as bot:
        await world.until_polled(runs)
        world.jobs.fail(Fault.NOT_FOUND, dataflow=runs[0].dataflow, times=2)
        await world.until_polled(runs, 5)
        assert world.alerts() == []

        before = len(world.jobs.requests)
        world.jobs.fail(Fault.NOT_FOUND, dataflow=runs[0].dataflow)
        gone = await world.alert_showing("Can't check")
        assert sum(request.path == runs[0].path for request in world.jobs.requests[before:]) >= 3
        assert runs[0].name in shown(gone)
        assert "says there is no such job · last seen ✅ Up and Running" in shown(gone)
        listed = (await world.reply("list")).text
        assert "📵 Can't check 1 job now: the jobs service says there is no such job; " in listed
        assert "Up and Running · 📵\u00a0last checked" in re.sub(" for [^·]*", "", listed)
        await world.until_polled(runs, 4)
        assert world.alerts() == [gone]
        assert sum("can't poll a job" in line for line in bot.log) == 2  # each time that it began to fail

        world.jobs.heal()
        world.change(runs[:1], "Running with Error")
        await world.until_delivered(runs[:1], "❌")
        await world.until_polled(runs, 3)
    world.assert_delivered({runs[0]: "✅ ❌"})


async def test_a_login_that_is_refused_one_day(world: World) -> None:
    """If the session expires and the new login is refused, it isn't repeated. Subscribers get one direct message each,
    the channel gets the outage, and the metrics say so. The bot stays ready, since people ask it now."""
    runs = [*await world.watched_jobs(10), *await world.watched_jobs(10, by=ADMIN.id)]
    async with world.bot():
        await world.until_polled(runs)
        world.jobs.log_in.accounts = dict.fromkeys(world.jobs.log_in.accounts, "another password")
        world.jobs.expire_sessions()
        direct = [world.slack.direct_message(user).id for user in (MEMBER.id, ADMIN.id)]
        notices = [await world.alert_showing("refused the bot's login", channel) for channel in direct]
        await world.alert_showing("Can't check any")
        await world.until_polls(5 * len(runs))
        await world.until_ready()
        assert await world.metric("jobwatch_login_refused") == 1
    assert all("Tell whoever runs this bot." in shown(notice) for notice in notices)
    assert len(world.jobs.logins) == 2
    assert len(world.alerts()) == 3, [one.text for one in world.alerts()]
