"""The machine's clock is set, or no host is found by its name, in the middle of the run: see `weather/`."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from bot.demo.process import BotProcess
from bot.demo.slack.stand_in import Fault
from tests.scenarios.proxy import Proxy, proxied
from tests.scenarios.world import DATAFLOW, JOB, NAME, RUN, Run, Told, World, deliveries, shown

_WEATHER = Path(__file__).parent / "weather"
_FORWARD, _BACK = signal.SIGUSR1, signal.SIGUSR2  # by an hour
_OWN = Run(NAME, DATAFLOW, RUN)
_LIMIT_S = 60  # far less than the hour by which the clock is set
# How long the library that speaks to Slack remembers the address of a name.
_REMEMBERED_S = 10


async def test_changes_are_told_at_once_whatever_the_clock_shows(world: World) -> None:
    """With the clock set forward by an hour, and back by two, changes are told within seconds, each once."""
    runs = await world.watched(1)
    async with _weather(world) as bot:
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
                await _set_clock(bot, [_FORWARD, _BACK, _BACK, _FORWARD][moves - 1])
            world.change(runs, status)
            await world.until_told(runs, emoji, timeout=_LIMIT_S)
        await world.asked(runs, 3)
        await bot.wait_for(lambda log: sum("the clock was set" in line for line in log) == 4)
    shows = ["✅", "⚠️", "❌", "✅", "⏹️", "🔄"]
    _assert_told(world, [Told(runs[0].name, way) for way in pairwise(shows)])


async def test_what_waits_for_its_next_try_does_not_wait_for_an_hour(world: World) -> None:
    """A message that Slack wants later is told soon, and once, although the clock is set back before it is due."""
    runs = await world.watched(1)
    world.slack.faults.retry_after = 3
    async with _weather(world) as bot:
        world.slack.fail(Fault.RATE_LIMITED)
        world.change(runs, "Running with Error")
        await bot.wait_for_log("not told yet")
        await _set_clock(bot, _BACK)
        assert world.alerts() == []
        await world.until_told(runs, "❌", timeout=_LIMIT_S)
        await world.asked(runs, 3)
    _assert_told(world, [Told(runs[0].name, ("✅", "❌"))])


async def test_a_mute_that_is_in_force_does_no_harm(world: World) -> None:
    """With the clock set back a muted job stays silent and the others are told; set forward, the mute that is over by
    then ends, with one message."""
    (other,) = await world.watched(1)
    async with _weather(world) as bot:
        await world.asks(f"watch {JOB}")
        await world.asks(f"mute {JOB} 30m")
        await _set_clock(bot, _BACK)
        world.change([_OWN, other], "Running with Error")
        await world.until_told([other], "❌", timeout=_LIMIT_S)
        await world.asked([_OWN, other], 3)
        assert [told.name for told in world.told()] == [other.name]
        await _set_clock(bot, _FORWARD)  # as it was: half an hour is not over
        await world.asked([_OWN, other], 3)
        assert len(world.alerts()) == 1
        await _set_clock(bot, _FORWARD)
        ended = await world.slack.wait_for(lambda m: m.metadata is not None and NAME in m.text, timeout=_LIMIT_S)
        assert "ended after" in shown(ended)
        world.change([_OWN], "Up and Running")
        await world.until_told([_OWN], "✅", timeout=_LIMIT_S)
        await world.asked([_OWN, other], 3)
    assert len(world.alerts()) == 3
    _assert_told(world, [Told(other.name, ("✅", "❌")), Told(NAME, ("❌", "✅"))])


async def test_the_jobs_service_is_not_found_by_its_name(world: World) -> None:
    """While its name leads nowhere that is told, logged and shown by `/readyz`, once; what changed meanwhile is told
    when it is found again."""
    (run,) = await world.watched(1)
    async with _by_name(world, "INFORMATICA_LOGIN_URL") as proxy, _weather(world) as bot:
        await world.asked([run], 2)
        await _lose_names(world, proxy)
        seen = await bot.wait_for_log("can't see a job now")
        assert "Name or service not known" in seen
        await world.slack.wait_for(lambda m: "Can't check any jobs" in m.text, timeout=_LIMIT_S)
        await world.ready(503, because="the jobs service can't be asked")
        world.change([run], "Running with Error")
        await _lookups_fail(bot, proxy)
        _find_names(world)
        await world.until_told([run], "❌", timeout=_LIMIT_S)
        await world.ready(200)
        await world.asked([run], 3)
    assert sum("Can't check any jobs" in m.text for m in world.alerts()) == 1
    assert sum("The jobs service is back" in m.text for m in world.alerts()) == 1
    assert len(world.alerts()) == 2
    _assert_told(world, [Told(run.name, ("✅", "❌"))])


async def test_slack_is_not_found_by_its_name(world: World) -> None:
    """While Slack's name leads nowhere what changes waits, and log and `/readyz` say so; then it is told once, what
    went there and back as its path."""
    lasting, flipped = runs = await world.watched(2)
    async with _by_name(world, "SLACK_API_URL") as proxy, _weather(world) as bot:
        world.change([lasting], "Running with Warning")
        await bot.wait_for_log('"event": "told"', timeout=_LIMIT_S)  # Slack's answer is not lost with the connection
        await _lose_names(world, proxy)
        await asyncio.sleep(_REMEMBERED_S + 1)
        world.change([lasting], "Stopped")
        world.change([flipped], "Running with Warning")
        await world.asked(runs, 3)
        world.change([flipped], "Up and Running")
        await world.asked(runs, 3)
        await bot.wait_for_log("not told yet")
        await _lookups_fail(bot, proxy)
        await world.ready(503, because="Slack can't be reached")
        _find_names(world)
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
async def _weather(world: World) -> AsyncIterator[BotProcess]:
    """The bot, in a process whose clock and names obey us."""
    async with world.bot(PYTHONPATH=str(_WEATHER), WEATHER_NO_NAMES=str(_sign(world))) as bot:
        yield bot


async def _set_clock(bot: BotProcess, by: signal.Signals) -> None:
    """Set the clock of the process, and wait until it is done."""

    def moves(log: list[str]) -> int:
        return sum("weather: the clock shows" in line for line in log)

    before = moves(bot.log)
    bot.signal(by)
    await bot.wait_for(lambda log: moves(log) > before)


@asynccontextmanager
async def _by_name(world: World, setting: str) -> AsyncIterator[Proxy]:
    """Let the bot reach a service by a name, and by a way that can be cut."""
    url = urlsplit(world.settings[setting])
    async with proxied("127.0.0.1", url.port or 80) as proxy:
        world.settings[setting] = url._replace(netloc=f"localhost:{proxy.port}").geturl()
        yield proxy


async def _lose_names(world: World, proxy: Proxy) -> None:
    """From now on no name is found, and whoever wants to go on has to look one up."""
    _sign(world).touch()
    proxy.cut()
    await proxy.open()


def _find_names(world: World) -> None:
    _sign(world).unlink()


def _sign(world: World) -> Path:
    return world.folder / "no-names"


async def _lookups_fail(bot: BotProcess, proxy: Proxy) -> None:
    """Until one more look-up has failed."""

    def failed(log: list[str]) -> int:
        return sum(f"weather: nobody finds localhost:{proxy.port}" in line for line in log)

    before = failed(bot.log)
    await bot.wait_for(lambda log: failed(log) > before, timeout=_LIMIT_S)


def _assert_told(world: World, expected: list[Told]) -> None:
    """These changes were told, each delivery in one message only, and no other change was."""
    assert Counter(world.told()) == Counter(expected)
    told = [id for message in world.alerts() for id in deliveries(message)]
    assert len(told) == len(set(told))
