"""The process ends when it should not, or its memory is not what happened: nothing is lost, nothing is repeated."""

import asyncio
import itertools
import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import pytest

from bot.demo.process import BotProcess
from bot.demo.slack.stand_in import Fault
from tests.scenarios.world import INTERVAL, STATUS_ICONS, Run, World, changes

# `JOBWATCH_TEST_KILLS=100 JOBWATCH_TEST_SEED=7 pytest -n0 tests/scenarios/test_kills.py` kills more often, otherwise.
_KILLS = int(os.environ.get("JOBWATCH_TEST_KILLS", "5"))
_SEED = int(os.environ.get("JOBWATCH_TEST_SEED", "4"))
_GRACE = 30  # seconds that a slow machine may take on top of what is promised


async def test_killed_after_ten_changes(world: World) -> None:
    """SIGKILL when ten jobs have changed, of which five are noticed and wait for Slack: after the next start all ten
    are told within an interval, each once, and what was told before is not repeated."""
    old, noticed, unnoticed = [await world.watched(count) for count in (2, 5, 5)]
    async with world.process() as bot:
        await world.asked([*old, *noticed, *unnoticed])
        world.change(old, "Running with Warning")
        await world.until_told(old, "⚠️")
        world.slack.fail(Fault.HANG, times=None)
        world.change(noticed, "Running with Error")
        await bot.wait_for(lambda log: _noticed(log) == len(old) + len(noticed))
        world.change(unnoticed, "Running with Error")
        await bot.kill()
    world.slack.heal()
    before = len(world.told())
    async with world.bot():
        await world.until_told([*noticed, *unnoticed], "❌", timeout=INTERVAL + _GRACE)
        await world.asked([*old, *noticed, *unnoticed], 2)
    assert sorted(world.told()[before:]) == sorted((run.name, ("✅", "❌")) for run in [*noticed, *unnoticed])


def _noticed(log: Sequence[str]) -> int:
    return sum('"event": "recorded"' in line for line in log)


async def test_killed_at_random_moments(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """SIGKILL at random moments while ten jobs flip: every job's last status is told, in order; told twice is only
    what the metadata shows to be the same delivery."""
    chance, moments = random.Random(_SEED), Counter[str]()
    runs = await world.watched(10)
    async with _flipping(world, runs, chance):
        for _ in range(_KILLS):
            async with world.process_starting() as bot:
                moments[await _a_moment(world, bot, chance)] += 1
                await bot.kill()
    async with world.bot():
        await world.until_all_told(runs)
        await world.asked(runs, 2)
    twice = world.told_twice(runs)
    kills = ", ".join(f"{count} {when}" for when, count in sorted(moments.items()))
    with capsys.disabled():
        told = f"{len(world.alerts())} messages, {twice} deliveries told twice"
        sys.stdout.write(f"\nseed {_SEED}: killed {kills}; {told}\n")


async def _a_moment(world: World, bot: BotProcess, chance: random.Random) -> str:
    """Wait for a moment to kill the bot at; what it is doing then."""
    moment = chance.choices(["at its start", "at work", "when Slack had accepted a message"], [2, 5, 3])[0]
    seconds = chance.uniform(0, 1)
    if moment == "at its start":
        await asyncio.sleep(seconds)
        return moment
    await bot.wait_for_log("ready", timeout=60)
    if moment == "at work":
        await asyncio.sleep(seconds)
        return moment
    before = len(world.alerts())
    await world.alert_number(before + 1, timeout=60)
    return moment


@asynccontextmanager
async def _flipping(world: World, runs: Sequence[Run], chance: random.Random) -> AsyncIterator[None]:
    """Some job or other takes on its next status, many times a second."""
    statuses = {run: itertools.cycle([*list(STATUS_ICONS)[1:], "Up and Running"]) for run in runs}

    async def flip() -> None:
        while True:
            await asyncio.sleep(0.1)
            run = chance.choice(runs)
            world.change([run], next(statuses[run]))

    task = asyncio.create_task(flip())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_stopped_under_load(world: World) -> None:
    """SIGTERM while fifty jobs flip and Slack is slow and limits the rate: the exit code is 0 within ten seconds, and
    after the next start nothing is lost and nothing told twice."""
    runs = await world.watched(50)
    world.slack.rates.on = True
    async with world.process() as bot, _flipping(world, runs, random.Random(_SEED)):
        await world.alert_number(2, timeout=60)
        world.slack.fail(Fault.HANG, times=None)
        calls = len(world.slack.calls)
        await world.slack.until(lambda: len(world.slack.calls) > calls, 60, world.slack.calls)
        began = time.monotonic()
        bot.signal(signal.SIGTERM)
        assert await bot.ended() == 0
        assert time.monotonic() - began < 10
    world.slack.heal()
    async with world.bot():
        await world.until_all_told(runs)
        await world.asked(runs, 2)
    assert world.told_twice(runs) == 0


async def test_what_was_told_is_compared_at_a_start(world: World) -> None:
    """Where the database says, as one from a backup may, that a subscription was told something else than what is,
    the difference is told at the start, once, and nothing else is."""
    runs = await world.watched(5)
    async with world.bot():
        await world.asked(runs)
        world.change(runs[:3], "Running with Error")
        await world.until_told(runs[:3], "❌")
        await world.asked(runs)
    before = len(world.alerts())
    _was_told(world, runs[0], "Up and Running")
    _was_told(world, runs[1], "Running with Warning")
    async with world.bot():
        await world.until_told(runs[:2], "❌")
        await world.alert_number(before + 1)
        await world.asked(runs, 5)
    told = [told for message in world.alerts()[before:] for told in changes(message)]
    assert sorted(told) == [(runs[0].name, ("✅", "❌")), (runs[1].name, ("⚠️", "❌"))]
    assert len(world.alerts()) == before + 1


def _was_told(world: World, run: Run, status: str) -> None:
    database = sqlite3.connect(world.folder / "jobwatch.db")
    with database:
        of_job = "(SELECT id FROM watched_jobs WHERE dataflow = ?)"
        database.execute(
            f"UPDATE subscriptions SET told_status = ? WHERE watched_job_id = {of_job}", (status, run.dataflow)
        )
    database.close()
