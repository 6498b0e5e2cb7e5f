"""The process is killed or stopped, or its database is from a backup: nothing is lost and nothing is repeated."""

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
from contextlib import asynccontextmanager, closing, suppress

import pytest

from bot.demo.process import BotProcess
from bot.demo.slack.stand_in import Fault
from tests.scenarios.world import LIMIT_S, STATUS_ICONS, Run, World, changes

# `JOBWATCH_TEST_KILLS=100 JOBWATCH_TEST_SEED=7 pytest -n0 tests/scenarios/test_kills.py` kills more often, at other
# moments.
_KILLS = int(os.environ.get("JOBWATCH_TEST_KILLS", "3"))
_SEED = int(os.environ.get("JOBWATCH_TEST_SEED", "4"))
_MOMENTS = ("at work", "when Slack had accepted a message", "at its start")


async def test_killed_after_ten_changes(world: World) -> None:
    """SIGKILL when five changes are recorded and on their way to Slack, and five aren't recorded: after the next start
    all are delivered once, although the dead process held leases, and earlier ones aren't repeated."""
    old, recorded, unrecorded = [await world.watched_jobs(count) for count in (2, 5, 5)]
    runs = [*old, *recorded, *unrecorded]
    async with world.process() as bot:
        await world.until_polled(runs)
        world.change(old, "Running with Warning")
        await world.until_delivered(old, "⚠️")
        world.slack.fail(Fault.HANG, times=None)
        calls = len(world.slack.calls)
        world.change(recorded, "Running with Error")
        await bot.wait_for(lambda log: _recorded(log) == len(old) + len(recorded))
        await world.slack.until(lambda: len(world.slack.calls) > calls, LIMIT_S, world.slack.calls)  # one is under way
        world.change(unrecorded, "Running with Error")
        await bot.kill()
    world.slack.heal()
    before = len(world.delivered())
    async with world.bot():
        await world.until_delivered([*recorded, *unrecorded], "❌")
        await world.until_polled(runs, 2)
    assert sorted(world.delivered()[before:]) == sorted((run.name, ("✅", "❌")) for run in [*recorded, *unrecorded])


def _recorded(log: Sequence[str]) -> int:
    return sum('"event": "recorded"' in line for line in log)


async def test_killed_at_random_moments(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """SIGKILL at random moments of each kind while ten jobs flip: every job's last status is delivered, in order, and
    only what the metadata identifies as the same delivery is repeated."""
    chance, moments = random.Random(_SEED), Counter[str]()
    runs = await world.watched_jobs(10)
    async with _flipping(world, runs, chance):
        for moment in itertools.islice(itertools.cycle(_MOMENTS), _KILLS):
            async with world.starting_process() as bot:
                await _until(moment, world, bot, chance)
                moments[moment] += 1
                await bot.kill()
    async with world.bot():
        await world.until_all_delivered(runs)
        await world.until_polled(runs, 2)
    repeated = world.repeated_deliveries(runs)
    kills = ", ".join(f"{count} {when}" for when, count in sorted(moments.items()))
    with capsys.disabled():
        counts = f"{len(world.alerts())} messages, {repeated} deliveries repeated"
        sys.stdout.write(f"\nseed {_SEED}: killed {kills}; {counts}\n")


async def _until(moment: str, world: World, bot: BotProcess, chance: random.Random) -> None:
    """Wait for a moment of this kind to kill the bot at."""
    if moment != "at its start":
        await bot.wait_for_log("ready", timeout=60)
    if moment == "when Slack had accepted a message":
        await world.until_alerts(len(world.alerts()) + 1)
    else:
        await asyncio.sleep(chance.uniform(0, 1))


@asynccontextmanager
async def _flipping(world: World, runs: Sequence[Run], chance: random.Random) -> AsyncIterator[None]:
    """Ten times a second, some job gets its next status."""
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
    """SIGTERM while fifty jobs flip and Slack hangs: the exit code is 0 within ten seconds, and after the next start
    nothing is lost and nothing is repeated."""
    runs = await world.watched_jobs(50)
    world.slack.rates.on = True
    async with world.process() as bot, _flipping(world, runs, random.Random(_SEED)):
        await world.until_alerts(2)
        world.slack.fail(Fault.HANG, times=None)
        calls = len(world.slack.calls)
        await world.slack.until(lambda: len(world.slack.calls) > calls, LIMIT_S, world.slack.calls)
        began = time.monotonic()
        bot.signal(signal.SIGTERM)
        assert await bot.ended() == 0
        assert time.monotonic() - began < 10
    world.slack.heal()
    world.slack.rates.on = False
    async with world.bot():
        await world.until_all_delivered(runs)
        await world.until_polled(runs, 2)
    assert world.repeated_deliveries(runs) == 0


async def test_a_start_reconciles_what_was_delivered(world: World) -> None:
    """If the database, restored from a backup, says that a subscription was notified of another status than the present
    one, the start delivers the difference once, and nothing else."""
    runs = await world.watched_jobs(5)
    async with world.bot():
        await world.until_polled(runs)
        world.change(runs[:3], "Running with Error")
        await world.until_delivered(runs[:3], "❌")
        await world.until_polled(runs)
    before = len(world.alerts())
    _set_notified_status(world, runs[0], "Up and Running")
    _set_notified_status(world, runs[1], "Running with Warning")
    async with world.bot():
        await world.until_alerts(before + 1)
        await world.until_polled(runs, 5)
    delivered = [change for message in world.alerts()[before:] for change in changes(message)]
    assert sorted(delivered) == [(runs[0].name, ("✅", "❌")), (runs[1].name, ("⚠️", "❌"))]
    assert len(world.alerts()) == before + 1


def _set_notified_status(world: World, run: Run, status: str) -> None:
    of_job = "watched_job_id = (SELECT id FROM watched_jobs WHERE dataflow = ?)"
    with closing(sqlite3.connect(world.folder / "jobwatch.db")) as database, database:
        database.execute(f"UPDATE subscriptions SET told_status = ? WHERE {of_job}", (status, run.dataflow))
