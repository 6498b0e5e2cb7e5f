"""The machine's clock is set, or no host is found by its name, in the middle of the run."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import time_machine

from bot.demo.slack.stand_in import Fault
from tests.scenarios.proxy import Proxy, proxied
from tests.scenarios.world import DATAFLOW, JOB, NAME, RUN, Run, Told, World, deliveries, shown

_OWN = Run(NAME, DATAFLOW, RUN)
_LIMIT_S = 60  # far less than the hour by which the clock is set
_HOUR = timedelta(hours=1)


SetClock = Callable[[timedelta], object]


@pytest.fixture
def set_clock() -> Iterator[SetClock]:
    """Sets the clock on the wall by so much; what only goes forward stays as it is."""
    with ExitStack() as stack:
        yield lambda by: stack.enter_context(time_machine.travel(datetime.now(UTC) + by, tick=True))


class Names:
    """While they `are_lost`, no host is found by its name."""

    def __init__(self) -> None:
        self.are_lost = False
        self._find = socket.getaddrinfo
        self._loop = asyncio.get_running_loop()
        self._in_vain = asyncio.Event()

    def find(self, host: Any, *args: Any, **more: Any) -> Any:
        """In place of the system's own."""
        if self.are_lost and host in ("localhost", b"localhost"):
            self._loop.call_soon_threadsafe(self._in_vain.set)
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self._find(host, *args, **more)

    async def looked_up_in_vain(self) -> None:
        """Until somebody has looked one up again."""
        self._in_vain.clear()
        async with asyncio.timeout(_LIMIT_S):
            await self._in_vain.wait()


@pytest.fixture
async def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """What a test may take away. The library that speaks to Slack remembers addresses for ten seconds; here it doesn't
    for long."""
    made = Names()
    monkeypatch.setattr(socket, "getaddrinfo", made.find)
    defaults = aiohttp.TCPConnector.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "ttl_dns_cache", 0.1)
    return made


async def test_changes_are_told_at_once_whatever_the_clock_shows(world: World, set_clock: SetClock) -> None:
    """With the clock set forward by an hour, and back by two, changes are told within seconds, each once."""
    runs = await world.watched(1)
    async with world.bot() as bot:
        for moves, (status, emoji) in enumerate(
            [
                ("Running with Warning", "⚠️"),
                ("Running with Error", "❌"),
                ("Up and Running", "✅"),
                ("Stopped", "⏹️"),
                ("Deploying", "🔄"),
            ]
        ):
            if moves:
                set_clock([_HOUR, -_HOUR, -_HOUR, _HOUR][moves - 1])
            world.change(runs, status)
            await world.until_told(runs, emoji, timeout=_LIMIT_S)
            await bot.wait_for(partial(_noticed, moves))
        await world.asked(runs, 3)
    shows = ["✅", "⚠️", "❌", "✅", "⏹️", "🔄"]
    _assert_told(world, [Told(runs[0].name, way) for way in pairwise(shows)])


def _noticed(moves: int, log: Sequence[str]) -> bool:
    return sum("the clock was set" in line for line in log) == moves


async def test_what_waits_for_its_next_try_does_not_wait_for_an_hour(world: World, set_clock: SetClock) -> None:
    """A message that Slack wants later is told soon, and once, although the clock is set back before it is due."""
    runs = await world.watched(1)
    world.slack.faults.retry_after = 3
    async with world.bot() as bot:
        world.slack.fail(Fault.RATE_LIMITED)
        world.change(runs, "Running with Error")
        await bot.wait_for_log("not delivered yet")
        set_clock(-_HOUR)
        assert world.alerts() == []
        await world.until_told(runs, "❌", timeout=_LIMIT_S)
        await world.asked(runs, 3)
    _assert_told(world, [Told(runs[0].name, ("✅", "❌"))])


async def test_a_mute_that_is_in_force_does_no_harm(world: World, set_clock: SetClock) -> None:
    """With the clock set back a muted job stays silent and the others are told; set forward, the mute that is over by
    then ends, with one message."""
    (other,) = await world.watched(1)
    async with world.bot():
        await world.asks(f"watch {JOB}")
        await world.asks(f"mute {JOB} 30m")
        set_clock(-_HOUR)
        world.change([_OWN, other], "Running with Error")
        await world.until_told([other], "❌", timeout=_LIMIT_S)
        await world.asked([_OWN, other], 3)
        assert [told.name for told in world.told()] == [other.name]
        set_clock(_HOUR)  # as it was: half an hour is not over
        await world.asked([_OWN, other], 3)
        assert len(world.alerts()) == 1
        set_clock(_HOUR)
        ended = await world.slack.wait_for(lambda m: m.metadata is not None and NAME in m.text, timeout=_LIMIT_S)
        assert "ended after" in shown(ended)
        world.change([_OWN], "Up and Running")
        await world.until_told([_OWN], "✅", timeout=_LIMIT_S)
        await world.asked([_OWN, other], 3)
    assert len(world.alerts()) == 3
    _assert_told(world, [Told(other.name, ("✅", "❌")), Told(NAME, ("❌", "✅"))])


async def test_the_jobs_service_is_not_found_by_its_name(world: World, names: Names) -> None:
    """While its name leads nowhere that is told, logged and shown by `/readyz`, once; what changed meanwhile is told
    when it is found again."""
    (run,) = await world.watched(1)
    async with _by_name(world, "INFORMATICA_LOGIN_URL") as proxy, world.bot() as bot:
        await world.asked([run], 2)
        await _lose_names(names, proxy)
        seen = await bot.wait_for_log("can't poll a job")
        assert "Name or service not known" in seen
        await world.slack.wait_for(lambda m: "Can't check any jobs" in m.text, timeout=_LIMIT_S)
        await world.ready(503, because="the jobs service can't be reached")
        world.change([run], "Running with Error")
        await names.looked_up_in_vain()
        names.are_lost = False
        await world.until_told([run], "❌", timeout=_LIMIT_S)
        await world.ready(200)
        await world.asked([run], 3)
    assert sum("Can't check any jobs" in m.text for m in world.alerts()) == 1
    assert sum("The jobs service is back" in m.text for m in world.alerts()) == 1
    assert len(world.alerts()) == 2
    _assert_told(world, [Told(run.name, ("✅", "❌"))])


async def test_slack_is_not_found_by_its_name(world: World, names: Names) -> None:
    """While Slack's name leads nowhere what changes waits, and log and `/readyz` say so; then it is told once, what
    went there and back as its path."""
    lasting, flipped = runs = await world.watched(2)
    async with _by_name(world, "SLACK_API_URL") as proxy, world.bot() as bot:
        world.change([lasting], "Running with Warning")
        await bot.wait_for_log(
            '"event": "delivered"', timeout=_LIMIT_S
        )  # Slack's answer is not lost with the connection
        await _lose_names(names, proxy)
        world.change([lasting], "Stopped")
        world.change([flipped], "Running with Warning")
        await world.asked(runs, 3)
        world.change([flipped], "Up and Running")
        await world.asked(runs, 3)
        await bot.wait_for_log("not delivered yet")
        await names.looked_up_in_vain()
        await world.ready(503, because="Slack can't be reached")
        names.are_lost = False
        await world.until_told([lasting], "⏹️", timeout=_LIMIT_S)
        await world.until_told([flipped], "✅", timeout=_LIMIT_S)
        await world.ready(200)
        await world.asked(runs, 3)
    _assert_told(
        world,
        [
            Told(lasting.name, ("✅", "⚠️")),
            Told(lasting.name, ("⚠️", "⏹️")),
            Told(flipped.name, ("✅", "⚠️", "✅")),
        ],
    )


@asynccontextmanager
async def _by_name(world: World, setting: str) -> AsyncIterator[Proxy]:
    """Let the bot reach a service by a name, and by a way that can be cut."""
    url = urlsplit(world.settings[setting])
    async with proxied("127.0.0.1", url.port or 80) as proxy:
        world.settings[setting] = url._replace(netloc=f"localhost:{proxy.port}").geturl()
        yield proxy


async def _lose_names(names: Names, proxy: Proxy) -> None:
    """From now on no name is found, and whoever wants to go on has to look one up."""
    names.are_lost = True
    proxy.cut()
    await proxy.open()


def _assert_told(world: World, expected: list[Told]) -> None:
    """These changes were told, each delivery in one message only, and no other change was."""
    assert Counter(world.told()) == Counter(expected)
    told = [id for message in world.alerts() for id in deliveries(message)]
    assert len(told) == len(set(told))
