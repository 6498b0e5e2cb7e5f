"""What a database with many watched jobs costs: an idle worker, and what people ask for.

`python -m tests.benchmarks.rows` prints figures for SQLite, and for PostgreSQL if JOBWATCH_TEST_POSTGRESQL is set to a
server; nothing is asserted. The CPU time is that of this process: on SQLite it contains the database's.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import NoReturn
from uuid import uuid4

import psycopg
import structlog
from sqlalchemy import insert, make_url

from bot.domain.destination import Destination
from bot.informatica.errors import NoList
from bot.informatica.job_list import JobList
from bot.notify.maintenance import Maintenance
from bot.slack.grammar.references import Name
from bot.slack.handlers.job_search import JobSearch
from bot.store import mutes
from bot.store.database import Database, opened
from bot.store.lists import watch_list
from bot.store.patterns import watches
from bot.store.sql.tables import SubscriptionRow, TrackedJobRow
from bot.watch.assignment import Assignment
from bot.watch.leases import LeaseKeeper
from tests.cast import BEN, OPS, WORKSPACE

_JOBS = 20_000
_PLACE = Destination(WORKSPACE, OPS)
_ASKING = frozenset((_PLACE, Destination(WORKSPACE, BEN)))
_SAMPLES = 7


async def fill(database: Database, now: datetime) -> None:
    """One channel watches everything, for errors only; half of the jobs have a warning that it isn't notified of."""
    jobs = [
        {
            "id": number,
            "workspace": WORKSPACE,
            "dataflow": f"{number:08d}-3923-4602-aba8-f122e3d66faf",
            "run": number,
            "followed": True,
            "title": f"orders {number} to lake",
            "status": "Running with Warning" if number % 2 else "Up and Running",
            "status_since": now,
            "polled_at": now,
        }
        for number in range(1, _JOBS + 1)
    ]
    subscriptions = [
        {
            "workspace": WORKSPACE,
            "watched_job_id": job["id"],
            "destination": OPS,
            "created_by": BEN,
            "created_at": now,
            "status_filter": "errors",
            "notified_status": "Up and Running",
        }
        for job in jobs
    ]
    async with database.writing() as session:
        connection = await session.connection()
        await connection.execute(insert(TrackedJobRow), jobs)
        await connection.execute(insert(SubscriptionRow), subscriptions)
    if not database.is_sqlite:  # PostgreSQL's autovacuum does it, in SQLite nobody
        async with database.writing() as session:
            await (await session.connection()).exec_driver_sql("ANALYZE")


def _drop(*_: object) -> NoReturn:
    raise structlog.DropEvent


async def unlisted() -> JobList:
    raise NoList(status=403)


async def timed(step: Callable[[], Awaitable[object]], samples: int = _SAMPLES) -> tuple[float, float]:
    """The median CPU time and duration of a step, in milliseconds."""
    cpu, took = [], []
    for _ in range(samples):
        used, began = time.process_time(), time.perf_counter()
        await step()
        cpu.append(1000 * (time.process_time() - used))
        took.append(1000 * (time.perf_counter() - began))
    return median(cpu), median(took)


async def measure(database: Database, kind: str) -> None:
    now = datetime.now(UTC)
    await fill(database, now)
    maintenance = Maintenance(database, keep_history=timedelta(days=90), on_recorded=lambda: None)
    keeper = LeaseKeeper(
        database, Assignment(), worker="w", interval=timedelta(seconds=30), clock=asyncio.get_running_loop().time
    )
    search = JobSearch(database, unlisted)
    structlog.configure(processors=[_drop])
    words = iter(range(10_000))

    async def idle() -> None:
        await maintenance.tick()
        while len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0.0005)

    async def page() -> object:
        async with database.reading() as session:
            return await watch_list.page(session, _PLACE, number=1, size=15)

    async def help_text() -> None:
        async with database.reading() as session:
            await watch_list.page(session, _PLACE, number=1, size=5)
            await watches.of_destination(session, _PLACE)

    async def mute() -> None:
        found = await search.find_watched(Name("orders 77 to lake"), _PLACE)
        async with database.writing() as session:
            await mutes.mute(session, _PLACE, found.target, until=now, by=BEN, now=now)  # type: ignore[union-attr]

    steps: Sequence[tuple[str, Callable[[], Awaitable[object]]]] = (
        ("idle tick: mutes and reconciliation (every 5 s)", idle),
        ("idle tick: heartbeat and leases (every second)", lambda: keeper.beat(timedelta())),
        ("/job", help_text),
        ("/job list", page),
        ("mute NAME", mute),
        ("status NAME", lambda: search.find(Name("orders 4711 to lake"), _ASKING)),
        ("a keystroke", lambda: search.find_by_words(f"orders {next(words)}", _ASKING)),
        ("a keystroke that matches everything", lambda: search.find_by_words("", _ASKING)),
    )
    for what, step in steps:
        first, (cpu, took) = await timed(step, 1), await timed(step)
        sys.stdout.write(f"{kind:<11} {what:<50} {cpu:8.1f} {took:8.1f} {first[0]:10.1f}\n")


async def main() -> None:
    sys.stdout.write(f"{f'{_JOBS} jobs, milliseconds':<62} {'CPU':>8} {'duration':>8} {'first, CPU':>10}\n")
    with tempfile.TemporaryDirectory() as folder:
        async with opened(f"sqlite:///{folder}/test.db") as database:
            await database.migrate()
            await measure(database, "SQLite")
    if server := os.environ.get("JOBWATCH_TEST_POSTGRESQL"):
        name = f"b{uuid4().hex}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
            try:
                url = make_url(server).set(database=name).render_as_string(hide_password=False)
                async with opened(url) as database:
                    await database.migrate()
                    await measure(database, "PostgreSQL")
            finally:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


if __name__ == "__main__":
    asyncio.run(main())
