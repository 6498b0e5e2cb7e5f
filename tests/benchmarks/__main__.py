"""Measures what people wait for: the start, an acknowledgement, and the way from a change to its alert.

`python -m tests.benchmarks` prints minimum, median and maximum of each in milliseconds; nothing is asserted.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from tests.scenarios.world import DATAFLOW, JOB, RUN, World, a_world

_STARTS = 5
_COMMANDS = 50
_FLIPS = 10


def report(what: str, seconds: Sequence[float]) -> None:
    low, middle, high = (1000 * f(seconds) for f in (min, statistics.median, max))
    sys.stdout.write(f"{what:<58} {low:7.1f} {middle:7.1f} {high:7.1f}\n")


async def start(world: World) -> float:
    """Seconds from the start of the process to the first 200 of `/readyz`."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=world.settings, cwd=world.folder, stderr=asyncio.subprocess.DEVNULL
    )
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{world.port}/readyz") as response:
                    if response.status == 200:
                        break
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.005)
    took = time.monotonic() - began
    process.terminate()
    await process.wait()
    return took


async def acknowledgements(world: World) -> list[float]:
    """Seconds until each command is acknowledged, one after the other."""
    return [(await world.says(f"status {JOB}")).elapsed for _ in range(_COMMANDS)]


async def lags(world: World) -> list[float]:
    """Seconds from a job's change to its alert in Slack."""
    await world.asks(f"watch {JOB}")
    found = []
    for flip in range(_FLIPS):
        words = ("Running with Error", "Up and Running")[flip % 2]
        posted = len(world.alerts())
        began = time.monotonic()
        world.jobs.set_status(DATAFLOW, RUN, words)
        await world.alert_number(posted + 1)
        found.append(time.monotonic() - began)
    return found


async def main() -> None:
    sys.stdout.write(f"{'milliseconds':<58} {'min':>7} {'median':>7} {'max':>7}\n")
    with tempfile.TemporaryDirectory() as folder:
        async with a_world(Path(folder)) as world:
            report("start to /readyz 200, SQLite, new database (1 start)", [await start(world)])
            report(f"start to /readyz 200, SQLite ({_STARTS} starts)", [await start(world) for _ in range(_STARTS)])
            async with world.bot():
                report(f"acknowledgement of /job status, idle ({_COMMANDS})", await acknowledgements(world))
            async with world.bot(POLL_INTERVAL="1"):
                report(f"change to alert, interval 1 s ({_FLIPS} changes)", await lags(world))


asyncio.run(main())
