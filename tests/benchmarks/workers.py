"""Several workers on one PostgreSQL: what they manage together, and how they share the jobs."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from bot.demo.process import BotProcess, free_port
from tests.benchmarks.database import on_postgresql
from tests.benchmarks.figures import Figure
from tests.benchmarks.filling import fill
from tests.benchmarks.polling import CHANNEL, prepare
from tests.benchmarks.processes import Bench
from tests.benchmarks.services import (
    add_jobs,
    connect,
    polled_since,
    request_count,
    requests_by_session,
    serve_list,
    set_latency,
)

_TAKEN_OVER_S = 10
_LATENCY_S = 0.1


@asynccontextmanager
async def _workers(bench: Bench, count: int, interval: float) -> AsyncIterator[Sequence[tuple[BotProcess, int]]]:
    """So many workers, and the port of each."""
    async with AsyncExitStack() as stack:
        ports = [free_port() for _ in range(count)]
        yield [
            (
                await stack.enter_async_context(bench.bot("worker", PORT=str(port), POLL_INTERVAL=str(interval))),
                port,
            )
            for port in ports
        ]


async def two_workers(bench: Bench) -> list[Figure]:
    """How many polls a second two workers manage together against one, each as many as it may have in flight.

    The service takes its time, as it does far away: otherwise the machine's cores would be what is measured.
    """
    jobs, seconds, rates = bench.scaled(4_000, 200), 15, []
    async with on_postgresql(bench) as here:
        await prepare(here, jobs)
        await bench.jobs.do(set_latency, _LATENCY_S)
        for count in (1, 2):
            async with _workers(here, count, interval=0.1) as workers:
                await asyncio.sleep(8)
                before = [await bench.metric("jobwatch_polls_total", port) for _, port in workers]
                await asyncio.sleep(seconds)
                after = [await bench.metric("jobwatch_polls_total", port) for _, port in workers]
            rates.append((sum(after) - sum(before)) / seconds)
    one, two = rates
    return [
        Figure(
            f"PostgreSQL: polls a second of two workers against one, {1000 * _LATENCY_S:.0f} ms an answer",
            "at least 1.8",
            f"{two / one:.2f} ({two:,.0f} against {one:,.0f})",
            two / one >= 1.8,
            {"ratio": two / one, "one": one, "two": two},
        )
    ]


async def four_workers(bench: Bench) -> list[Figure]:
    """How evenly four workers share the jobs, and how soon the others poll those of one that is killed."""
    jobs, interval = bench.scaled(20_000), 40.0
    async with on_postgresql(bench) as here:
        await bench.jobs.do(add_jobs, jobs)
        await bench.jobs.do(serve_list, None)
        await bench.slack.do(connect, bench.port)
        await fill(here.settings["DATABASE_URL"], jobs, lambda _: [CHANNEL])
        async with _workers(here, 4, interval) as workers:
            await asyncio.sleep(5)
            shares = [await bench.metric("jobwatch_assigned_jobs", port) for _, port in workers]
            since = await bench.jobs.do(request_count)
            await asyncio.sleep(interval / 2)
            by_worker = await bench.jobs.do(requests_by_session, since)
            (killed, _), *rest = workers
            await killed.kill()
            taken = await _until_taken_over(bench, [port for _, port in rest], jobs)
            since = await bench.jobs.do(request_count)
            await asyncio.sleep(interval + 2)
            polled = len(await bench.jobs.do(polled_since, since))
    polls = sorted(by_worker.values())
    spread = max(shares) / min(shares) - 1
    return [
        Figure(
            f"four workers, {jobs:,} jobs on one PostgreSQL: shares; takeover after a SIGKILL",
            "even; within seconds, all polled again within an interval",
            f"{' · '.join(map(str, shares))} (polls {' · '.join(map(str, polls))}); {taken:.1f} s,"
            f" {polled:,} of {jobs:,} polled in {interval + 2:.0f} s",
            spread <= 0.02 and taken <= _TAKEN_OVER_S and polled >= jobs,
            {"spread": spread, "takeover": taken, "polled": polled},
        )
    ]


async def _until_taken_over(bench: Bench, ports: Sequence[int], jobs: int) -> float:
    """Seconds until some workers poll all jobs; endless after a minute."""
    began = time.monotonic()
    while sum([await bench.metric("jobwatch_assigned_jobs", port) for port in ports]) < jobs:
        if time.monotonic() - began > 60:
            return math.inf
        await asyncio.sleep(0.1)
    return time.monotonic() - began
