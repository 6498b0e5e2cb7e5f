"""The machine's clock is set, or no host name can be resolved, while the bot runs."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver

from bot.demo.slack.stand_in import Fault
from tests.scenarios.conftest import SetClock
from tests.scenarios.proxy import Proxy, running_proxy
from tests.scenarios.world import ADMIN, DATAFLOW, JOB, LIMIT_S, NAME, RUN, Run, World

_NAMED = Run(NAME, DATAFLOW, RUN)
_HOUR = timedelta(hours=1)  # far more than LIMIT_S
_resolve = ThreadedResolver.resolve


class Resolver:
    """Resolves host names as the system does, but not `localhost` while it `is_down`."""

    def __init__(self) -> None:
        self.is_down = False
        self._system = ThreadedResolver()
        self._failed = asyncio.Event()

    async def resolve(self, host: str, *args: Any, **more: Any) -> Sequence[ResolveResult]:
        """Replaces the one method of aiohttp's resolver."""
        if self.is_down and host == "localhost":
            self._failed.set()
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return await _resolve(self._system, host, *args, **more)

    async def until_failure(self) -> None:
        """Wait for the next failure to resolve a name."""
        self._failed.clear()
        async with asyncio.timeout(LIMIT_S):
            await self._failed.wait()

    async def fail(self, proxy: Proxy) -> None:
        """Resolve nothing from now on, and cut connections so that clients must resolve the name again."""
        self.is_down = True
        proxy.cut()
        await proxy.open()


@pytest.fixture
async def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """The resolver of this process. Slack's client caches addresses for ten seconds; here it hardly does."""
    made = Resolver()
    monkeypatch.setattr(ThreadedResolver, "resolve", lambda _, *args, **more: made.resolve(*args, **more))
    defaults = aiohttp.TCPConnector.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "ttl_dns_cache", 0.1)
    return made


async def test_changes_are_delivered_at_once_whatever_the_clock_shows(world: World, set_clock: SetClock) -> None:
    """If the clock is set forward by an hour, or back by two, changes are delivered within seconds, each once."""
    runs = await world.watched_jobs(1)
    async with world.bot() as bot:
        for by, times_back, status, icon in (
            (None, 0, "Running with Warning", "⚠️"),
            (_HOUR, 0, "Running with Error", "❌"),
            (-_HOUR, 1, "Up and Running", "✅"),
            (-_HOUR, 2, "Stopped", "⏹️"),
            (_HOUR, 2, "Deploying", "🔄"),
        ):
            if by is not None:
                set_clock(by)
            world.change(runs, status)
            await world.until_delivered(runs, icon)
            await bot.wait_for(partial(_was_set_back, times_back))
        await world.until_polled(runs, 3)
    world.assert_delivered({runs[0]: "✅ ⚠️ ❌ ✅ ⏹️ 🔄"})


def _was_set_back(times: int, log: Sequence[str]) -> bool:
    return sum("the clock was set back" in line for line in log) == times


async def test_the_next_attempt_does_not_wait_for_the_clock(world: World, set_clock: SetClock) -> None:
    """A rate-limited message is delivered soon, and once, although the clock is set back before it is due."""
    runs = await world.watched_jobs(1)
    world.slack.faults.retry_after = 3
    async with world.bot() as bot:
        world.slack.fail(Fault.RATE_LIMITED)
        world.change(runs, "Running with Error")
        await bot.wait_for_log("not delivered yet")
        set_clock(-_HOUR)
        assert world.alerts() == []
        await world.until_delivered(runs, "❌")
        await world.until_polled(runs, 3)
    world.assert_delivered({runs[0]: "✅ ❌"})


async def test_a_mute_ends_by_the_clock(world: World, set_clock: SetClock) -> None:
    """A muted job is silent, also when the clock is set back, while others aren't. When its time is over the mute ends
    with one message that the job still fails and who muted it."""
    (other,) = await world.watched_jobs(1)
    async with world.bot():
        await world.reply(f"watch {JOB}")
        muted = await world.reply(f"mute {JOB} 30m", user=ADMIN.id)
        assert f"<@{ADMIN.id}> muted" in muted.text
        await world.until_polled([_NAMED, other], 3)  # by then it is recorded that the reply was shown
        set_clock(-_HOUR)
        world.change([_NAMED, other], "Running with Error")
        await world.until_delivered([other], "❌")
        await world.until_polled([_NAMED, other], 3)
        assert [change.name for change in world.delivered()] == [other.name]
        assert "🔇\u00a0muted, 1\u00a0h" in (await world.reply("list")).text
        set_clock(_HOUR)  # the right time again: the half hour isn't over
        await world.until_polled([_NAMED, other], 3)
        assert len(world.alerts()) == 1
        set_clock(_HOUR)
        ended = await world.alert("still Running with Error")
        assert f"the mute by <@{ADMIN.id}> has ended" in ended.text
        assert "🔇" not in (await world.reply("list")).text
        world.change([_NAMED], "Up and Running")
        await world.until_delivered([_NAMED], "✅")
        await world.until_polled([_NAMED, other], 3)
    assert len(world.alerts()) == 3
    world.assert_delivered({other: "✅ ❌", _NAMED: "❌ ✅"})


async def test_the_name_of_the_jobs_service_cannot_be_resolved(world: World, resolver: Resolver) -> None:
    """The outage is announced, logged and in the metrics, once, and the bot stays ready; what changed meanwhile is
    delivered at its end."""
    (run,) = await world.watched_jobs(1)
    async with _by_name(world, "INFORMATICA_LOGIN_URL") as proxy, world.bot() as bot:
        await world.until_polled([run], 2)
        await resolver.fail(proxy)
        assert "Name or service not known" in await bot.wait_for_log("can't poll a job")
        outage = await world.alert_showing("Can't check the job watched here")
        assert await world.metric('jobwatch_service_up{service="jobs"}') == 0
        await world.until_ready()
        world.change([run], "Running with Error")
        await resolver.until_failure()
        resolver.is_down = False
        await world.until_delivered([run], "❌")
        await world.until_ready()
        await world.until_polled([run], 3)
    end = await world.alert_showing("The jobs service is back")
    assert world.alerts() == [outage, end]
    world.assert_delivered({run: "✅ ❌"})


async def test_the_name_of_slack_cannot_be_resolved(world: World, resolver: Resolver) -> None:
    """Changes wait, and log and metrics say so; then they are delivered once, those of one job as its path."""
    lasting, flipped = runs = await world.watched_jobs(2)
    async with _by_name(world, "SLACK_API_URL") as proxy, world.bot() as bot:
        world.change([lasting], "Running with Warning")
        await bot.wait_for_log('"event": "delivered"', timeout=LIMIT_S)  # before its answer can be lost
        await resolver.fail(proxy)
        world.change([lasting], "Stopped")
        world.change([flipped], "Running with Warning")
        await world.until_polled(runs, 3)
        world.change([flipped], "Up and Running")
        await world.until_polled(runs, 3)
        await bot.wait_for_log("not delivered yet")
        await resolver.until_failure()
        assert await world.metric('jobwatch_service_up{service="slack"}') == 0
        await world.until_ready()
        resolver.is_down = False
        await world.until_delivered([lasting], "⏹️")
        await world.until_delivered([flipped], "✅")
        await world.until_ready()
        await world.until_polled(runs, 3)
    assert (flipped.name, ("✅", "⚠️", "✅")) in world.delivered()
    world.assert_delivered({lasting: "✅ ⚠️ ⏹️", flipped: "✅ ⚠️ ✅"})


@asynccontextmanager
async def _by_name(world: World, setting: str) -> AsyncIterator[Proxy]:
    """Let the bot reach a service by a host name, through a proxy."""
    url = urlsplit(world.settings[setting])
    async with running_proxy("127.0.0.1", url.port or 80) as proxy:
        world.settings[setting] = url._replace(netloc=f"localhost:{proxy.port}").geturl()
        yield proxy
