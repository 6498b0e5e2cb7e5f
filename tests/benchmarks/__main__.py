"""Measures what people wait for and what it costs: the start, an acknowledgement, the time from a change to its alert,
a flood, and a process that watches thousands of jobs, polled one by one and in bulk.

`python -m tests.benchmarks` prints figures; nothing is asserted. Linux only: it reads /proc.
"""

import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import aiohttp

from bot.demo.informatica.stand_in import Fault
from bot.demo.slack.stand_in import Channel
from tests.scenarios.world import DATAFLOW, JOB, RUN, Run, World, changes, running_world

_STARTS = 5
_COMMANDS = 50
_FLIPS = 10
_INTERVAL = 10  # seconds between polls, where thousands of jobs are polled one by one
# The number of jobs, and how many of them a page of the job list has; None: no job list.
_MANY = ((2_000, None), (5_000, None), (5_000, 100), (5_000, 1_000))
_BULK_INTERVAL = 30  # the default; fifty pages one after the other take a while
_MEASURED_S = 60
_CHANNELS = 20  # a change in each, since a channel's messages are paced


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
    return [(await world.send(f"status {JOB}")).elapsed for _ in range(_COMMANDS)]


async def lags(world: World) -> list[float]:
    """Seconds from a job's change to its alert in Slack."""
    await world.reply(f"watch {JOB}")
    found = []
    for flip in range(_FLIPS):
        words = ("Running with Error", "Up and Running")[flip % 2]
        posted = len(world.alerts())
        # Otherwise it would measure the channel's pace, which slows down if messages come quickly.
        await asyncio.sleep(0 if flip == 0 else 2.5)
        began = time.monotonic()
        world.jobs.set_status(DATAFLOW, RUN, words)
        await world.until_alerts(posted + 1)
        found.append(time.monotonic() - began)
    return found


async def flood(world: World) -> str:
    """300 of 500 jobs change at once, and Slack accepts a message a second."""
    runs = await world.watched_jobs(500)
    world.slack.rates.on = True
    async with world.process(POLL_INTERVAL=str(_INTERVAL)):
        await world.until_polled(runs)
        began = time.monotonic()
        world.change(runs[:300], "Running with Error")
        await world.until_delivered(runs[:300], "❌")
        took = time.monotonic() - began
    messages = sum(any(changes(message)) for message in world.alerts())
    return f"{messages} messages, {took:.1f} s, {world.slack.rates.refused} refused"


async def thousands(world: World, count: int, page: int | None) -> str:
    """What so many watched jobs cost, and how long it takes from a change to its alert."""
    if page is None:
        world.jobs.fail(Fault.LIST_FORBIDDEN)
    world.jobs.list.cap = page
    channels = [f"C0DEMOMANY{number}" for number in range(_CHANNELS)]
    for channel in channels:
        world.slack.channels[channel] = Channel(channel, channel.lower(), members={world.slack.app.bot_user_id})
    runs = {channel: await world.watched_jobs(count // _CHANNELS, [channel]) for channel in channels}
    everything = [run for some in runs.values() for run in some]
    interval = _INTERVAL if page is None else _BULK_INTERVAL
    async with world.process(POLL_INTERVAL=str(interval)) as bot:
        await world.until_polled(everything, timeout=300)
        if page is not None:
            await bot.wait_for_log("jobs are polled in bulk", 600)
            await asyncio.sleep(interval)
        used, before = _cpu_seconds(bot.pid), len(world.jobs.requests)
        await asyncio.sleep(_MEASURED_S)
        cpu = (_cpu_seconds(bot.pid) - used) * 10 / _MEASURED_S
        requests = (len(world.jobs.requests) - before) * interval / _MEASURED_S
        memory = _resident_mib(bot.pid)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_flip(world, runs[channel][0], channel, interval)) for channel in channels]
    lag = [task.result() for task in tasks]
    return (
        f"interval {interval} s, CPU {cpu:.2f} s per 10 s, {memory:.0f} MiB, {requests:.0f} requests an interval, "
        f"lag median {statistics.median(lag):.1f} s, max {max(lag):.1f} s"
    )


async def _flip(world: World, run: Run, channel: str, interval: float) -> float:
    """Seconds from a job's change, at some moment of an interval, to its alert."""
    await asyncio.sleep(random.uniform(0, interval))
    began = time.monotonic()
    world.change([run], "Running with Error")
    await world.until_delivered([run], "❌", channel, timeout=120)
    return time.monotonic() - began


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mib(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


async def in_running_world(measure: Callable[[World], Awaitable[str]]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        async with running_world(Path(folder)) as world:
            return await measure(world)


async def main() -> None:
    sys.stdout.write(f"{'milliseconds':<58} {'min':>7} {'median':>7} {'max':>7}\n")
    with tempfile.TemporaryDirectory() as folder:
        async with running_world(Path(folder)) as world:
            report("start to /readyz 200, SQLite, new database (1 start)", [await start(world)])
            report(f"start to /readyz 200, SQLite ({_STARTS} starts)", [await start(world) for _ in range(_STARTS)])
            async with world.process():
                report(f"acknowledgement of /job status, idle ({_COMMANDS})", await acknowledgements(world))
            async with world.process(POLL_INTERVAL="1"):
                report(f"change to alert, interval 1 s ({_FLIPS} changes)", await lags(world))
    sys.stdout.write(f"300 of 500 change at once, interval {_INTERVAL} s: {await in_running_world(flood)}\n")
    for count, page in _MANY:
        way = "one by one" if page is None else f"in bulk, {page} a page"
        figures = await in_running_world(partial(thousands, count=count, page=page))
        sys.stdout.write(f"{count} jobs {way}: {figures}\n")


asyncio.run(main())
