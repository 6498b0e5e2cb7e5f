"""What the database is asked while nothing changes, and at the start."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import aiohttp
import psycopg
from sqlalchemy import make_url

from tests.benchmarks.figures import Figure
from tests.benchmarks.filling import fill, fill_queues
from tests.benchmarks.polling import CHANNEL, INTERVAL, channel_names, prepare, until_polled
from tests.benchmarks.processes import Bench
from tests.benchmarks.services import (
    busiest_second,
    connect,
    most_posts_in_a_second,
    request_count,
)

SERVER = os.environ.get("JOBWATCH_TEST_POSTGRESQL", "")


@asynccontextmanager
async def on_postgresql(bench: Bench) -> AsyncIterator[Bench]:
    """The same on a new database of a PostgreSQL server."""
    if not SERVER:
        raise LookupError("set JOBWATCH_TEST_POSTGRESQL to a server")
    name = f"b{uuid4().hex}"
    async with await psycopg.AsyncConnection.connect(SERVER, autocommit=True) as connection:
        await connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield bench.with_database(make_url(SERVER).set(database=name).render_as_string(hide_password=False))
        finally:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


# ── while nothing changes ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Written:
    """Rows written so far by table, and the transactions that wrote the jobs' rows as they are now."""

    rows: Counter[str]
    batches: int


async def _written(url: str) -> _Written:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        tables = await connection.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables")
        rows = Counter({str(name): int(count) for name, count in await tables.fetchall()})
        batches = await connection.execute("SELECT count(DISTINCT xmin::text) FROM watched_jobs")
        return _Written(rows, int((await batches.fetchone() or [0])[0]))


async def writes(bench: Bench) -> list[Figure]:
    """What is written while no job changes."""
    jobs, seconds = bench.scaled(2_000), 60
    async with on_postgresql(bench) as here:
        await prepare(here, jobs)
        async with here.bot(POLL_INTERVAL=str(INTERVAL)):
            await until_polled(here, jobs)
            before = await _written(here.settings["DATABASE_URL"])
            await asyncio.sleep(seconds)
            after = await _written(here.settings["DATABASE_URL"])
    rows = after.rows - before.rows
    a_job, heartbeats = rows["watched_jobs"] / jobs * 60 / seconds, rows["workers"] / seconds
    batches, others = after.batches / seconds, sum(rows.values()) - rows["watched_jobs"] - rows["workers"]
    return [
        Figure(
            f"database writes while none of {jobs:,} jobs changes (PostgreSQL)",
            "at most one batch a worker a second, one row a job a minute",
            f"{batches:.2f} batches and {heartbeats:.2f} heartbeats a second, {a_job:.2f} rows a job a minute,"
            f" {others} other rows",
            batches <= 1.05 and a_job <= 1.05 and others == 0,
            {"batches": batches, "heartbeats": heartbeats, "rows_a_job": a_job, "other_rows": others},
        )
    ]


# ── the start ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def start(bench: Bench) -> list[Figure]:
    """The time from the start of the process until it is ready, and what it asks for in its first seconds."""
    jobs, waiting = bench.scaled(10_000), bench.scaled(50_000)
    await prepare(bench, jobs)
    await _ready(bench)  # from then on the code is compiled and the files are cached
    before, ready = await bench.jobs.do(request_count), await _ready(bench, stays=INTERVAL)
    busiest, even = await bench.jobs.do(busiest_second, before), jobs / INTERVAL
    channels = channel_names(200)
    await bench.slack.do(connect, bench.port, channels)
    full = bench.with_database(f"sqlite:///{bench.folder}/waiting.db")
    await fill(full.settings["DATABASE_URL"], jobs, lambda _: [CHANNEL])
    await fill_queues(full.settings["DATABASE_URL"], [number % jobs for number in range(waiting)], channels)
    ready_full = await _ready(full, stays=INTERVAL)
    posts = await bench.slack.do(most_posts_in_a_second)
    return [
        Figure(
            f"start to ready with {jobs:,} jobs; then requests in the busiest second",
            "at most 2 s; no request storm",
            f"{ready:.1f} s; {busiest} ({even:.0f} if spread evenly)",
            ready <= 2 and busiest <= 1.5 * even + 20,
            {"seconds": ready, "busiest": busiest, "even": even},
        ),
        Figure(
            f"start to ready with {waiting:,} waiting deliveries; then posts in the busiest second",
            "at most 3 s; no request storm",
            f"{ready_full:.1f} s; {posts}",
            ready_full <= 3 and posts <= 25,
            {"seconds": ready_full, "posts": posts},
        ),
    ]


async def _ready(bench: Bench, stays: float = 0) -> float:
    """Seconds from the start of the process to the first 200 of `/readyz`."""
    began = time.monotonic()
    async with bench.starting(POLL_INTERVAL=str(INTERVAL)), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{bench.port}/readyz") as response:
                    if response.status == 200:
                        break
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.005)
        took = time.monotonic() - began
        await asyncio.sleep(stays)
        return took
