"""How soon people get answers, and how long the event loop stands still meanwhile."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from tests.benchmarks.figures import Figure, milliseconds, percentile
from tests.benchmarks.filling import fill
from tests.benchmarks.polling import CHANNEL, INTERVAL, prepare, until_polled
from tests.benchmarks.processes import Bench
from tests.benchmarks.services import (
    acknowledgements,
    add_jobs,
    connect,
    invite_people,
    keystrokes,
    replies,
    run_of,
    serve_list,
    session_id,
)

_COMMANDS_PER_S = 50
_PEOPLE = 40
_SAMPLES = 20


async def while_polling(bench: Bench) -> list[Figure]:
    """The time until a command is acknowledged, at fifty commands a second."""
    jobs, seconds = bench.scaled(2_000), 20
    await prepare(bench, jobs)
    await bench.slack.do(invite_people, _PEOPLE)
    async with bench.bot(POLL_INTERVAL=str(INTERVAL)):
        await until_polled(bench, jobs)
        texts = [f"status {_ref(number % jobs)}" for number in range(_COMMANDS_PER_S * seconds)]
        took = await bench.slack.do(acknowledgements, texts, CHANNEL, _COMMANDS_PER_S)
    middle, worst = statistics.median(took), percentile(took, 0.99)
    return [
        Figure(
            f"acknowledgement under {_COMMANDS_PER_S} commands a second while {jobs:,} jobs are polled",
            "median at most 15 ms, 99th percentile at most 100 ms",
            f"{milliseconds(middle)}, {milliseconds(worst)} ({len(took):,} commands)",
            middle <= 0.015 and worst <= 0.1,
            {"median": middle, "p99": worst},
        )
    ]


def _ref(number: int) -> str:
    run = run_of(number)
    return f"{run.dataflow} {run.run}"


async def with_many_jobs(bench: Bench) -> list[Figure]:
    """What people wait for where a thousand of twenty thousand jobs are watched, and the longest stall of the loop."""
    tracked, here = bench.scaled(20_000, 200), bench.scaled(1_000, 50)
    await bench.jobs.do(add_jobs, tracked)
    await bench.jobs.do(serve_list, 1_000)
    await bench.slack.do(connect, bench.port, ["C0BENCHALL1"])
    url = bench.settings["DATABASE_URL"]
    await fill(url, tracked, lambda number: ["C0BENCHALL1", *([CHANNEL] if number < here else [])])
    queries = [run_of(number).name[:10] for number in range(0, tracked, max(1, tracked // _SAMPLES))]
    async with bench.bot(POLL_INTERVAL="600"):
        await bench.slack.do(replies, ["jobs", "list"], CHANNEL)  # the job list is in memory from now on
        async with _probed(bench.port) as idle:
            await asyncio.sleep(5)
        async with _probed(bench.port) as stalls:
            status = await bench.slack.do(replies, [f"status {_ref(n)}" for n in range(_SAMPLES)], CHANNEL)
            listed = await bench.slack.do(replies, ["list"] * _SAMPLES, CHANNEL)
            typed = await bench.slack.do(keystrokes, queries, CHANNEL)
        service = await _service_time(bench)
    beyond = statistics.median(status) - service
    middle, keystroke = statistics.median(listed), statistics.median(typed)
    stall, usual = max(stalls), max(idle)
    return [
        Figure(
            "`/job status` beyond the jobs service's own time",
            "at most 30 ms",
            f"{milliseconds(beyond)} (the service {milliseconds(service)})",
            beyond <= 0.03,
            {"median": beyond, "max": max(status) - service},
        ),
        Figure(
            f"`/job list` with {here:,} watches of {tracked:,} tracked jobs",
            "at most 100 ms",
            milliseconds(middle),
            middle <= 0.1,
            {"median": middle, "max": max(listed)},
        ),
        Figure(
            f"a keystroke in the form with {tracked:,} names",
            "at most 50 ms",
            milliseconds(keystroke),
            keystroke <= 0.05,
            {"median": keystroke, "max": max(typed)},
        ),
        Figure(
            "longest stall of the loop during these, as `/healthz` shows it 100 times a second",
            "at most 50 ms",
            f"{milliseconds(stall)} (nobody asking: {milliseconds(usual)})",
            stall <= 0.05,
            {"max": stall, "idle_max": usual, "p99": percentile(stalls, 0.99)},
        ),
    ]


async def _service_time(bench: Bench) -> float:
    """The time that the jobs service takes for one job, asked without the bot."""
    headers = {"IDS-SESSION-ID": await bench.jobs.do(session_id)}
    took = []
    async with aiohttp.ClientSession(bench.jobs.url, headers=headers) as session:
        for number in range(_SAMPLES):
            began = time.monotonic()
            async with session.get(run_of(number).path) as response:
                await response.read()
            took.append(time.monotonic() - began)
    return statistics.median(took)


@asynccontextmanager
async def _probed(port: int) -> AsyncIterator[list[float]]:
    """The times that `/healthz` takes meanwhile."""
    took: list[float] = []

    async def probe() -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                began = time.monotonic()
                async with session.get(f"http://127.0.0.1:{port}/healthz") as response:
                    await response.read()
                took.append(time.monotonic() - began)
                await asyncio.sleep(max(0.0, 0.01 - took[-1]))

    probing = asyncio.create_task(probe())
    try:
        yield took
    finally:
        probing.cancel()
