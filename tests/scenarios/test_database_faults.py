"""The database goes away in the middle of the work, in each of its ways, and comes back: nothing lost or repeated."""

import asyncio
import contextlib
import resource
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from bot.demo.process import BotProcess
from bot.demo.slack.stand_in import Message
from bot.store import workers
from bot.watch import leases
from tests.ports import reserved_port
from tests.scenarios.proxy import Proxy, running_proxy
from tests.scenarios.world import JOB, LIMIT_S, Run, World, running_world

_REPLY = "I can't reach my database"
_PROBLEM = "the database can't be "
_LOGGED = "the database can't be written; polling continues, writes are retried"
_LEASE = timedelta(seconds=2)


async def test_postgresql_restarts_and_the_bot_does_not(
    proxied_world: tuple[World, Proxy], second_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart of the database costs no change and repeats no message; meanwhile commands get a clear reply, and
    `/readyz` of each process says what is wrong."""
    for module in (workers, leases):
        monkeypatch.setattr(module, "LEASE", _LEASE)
    world, proxy = proxied_world
    first, lasting, flipped = runs = await world.watched_jobs(3)
    worker_world = replace(world, port=second_port)
    async with (
        world.bot("web"),
        world.bot("worker", PORT=str(worker_world.port)) as worker,
        world.bot("worker", PORT="") as other,
    ):
        await world.until_polled(runs, 10)  # by now each of them is leased
        _when_slack_accepts(world, monkeypatch, proxy.cut)
        world.change([first], "Running with Error")
        await world.until_delivered([first], "❌")
        away_since = time.monotonic()

        await _change_unwritten(world, lasting, flipped)
        for bot in (worker, other):
            await bot.wait_for_log(_LOGGED)
        for process in (world, worker_world):
            await process.until_ready(503, because=_PROBLEM)
        for words in ("list", f"watch {JOB}"):
            assert _REPLY in (await world.reply(words)).text
        while time.monotonic() - away_since < _LEASE.total_seconds() + 1:  # each worker may take the other for dead
            await world.until_requests(1)

        await proxy.open()
        await _delivered(world, lasting, flipped)
        for process in (world, worker_world):
            await process.until_ready()
        assert lasting.name in (await world.reply("list")).text
        await world.until_polled(runs, 3)
    world.assert_delivered({first: "✅ ❌", lasting: "✅ ⏹️", flipped: "✅ ⚠️ ✅"})


async def test_postgresql_ends_every_connection_now_and_then(postgresql_world: World) -> None:
    """Connections that the server ends in the middle of their work cost no change and repeat none."""
    world = postgresql_world
    runs = await world.watched_jobs(6)
    async with world.bot("worker", PORT=""), world.bot("worker", PORT=""):
        for run in runs:
            await world.until_polled(runs)
            world.change([run], "Running with Error")
            for _ in range(4):
                await asyncio.to_thread(_end_connections, world)
                await world.until_requests(2)
        await world.until_delivered(runs, "❌")
        await world.until_polled(runs, 3)
    world.assert_delivered(dict.fromkeys(runs, "✅ ❌"))


async def test_sqlite_is_locked_by_another_process(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that is held for longer than the bot waits costs no change and repeats no message; reads continue, and
    commands that write say that they can't."""
    first, lasting, flipped = runs = await world.watched_jobs(3)
    async with world.process() as bot:
        with contextlib.closing(sqlite3.connect(_file(world), isolation_level=None, timeout=10)) as other:
            _when_slack_accepts(world, monkeypatch, lambda: other.execute("BEGIN IMMEDIATE"))
            world.change([first], "Running with Error")
            await world.until_delivered([first], "❌")

            await _change_unwritten(world, lasting, flipped)
            await bot.wait_for_log(_LOGGED, timeout=LIMIT_S)
            await world.until_ready(503, because=_PROBLEM)
            assert lasting.name in (await world.reply("list")).text
            assert _REPLY in (await world.reply(f"unwatch {lasting.dataflow} {lasting.run}")).text
        await _delivered(world, lasting, flipped)
        await bot.wait_for_log("the database can be written again")
        await world.until_ready()
        await world.until_polled(runs, 3)
    world.assert_delivered({first: "✅ ❌", lasting: "✅ ⏹️", flipped: "✅ ⚠️ ✅"})


async def test_sqlite_on_a_full_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While no file can grow the bot continues to poll and says so in its log and on `/readyz`; once there is room, it
    delivers everything, once."""
    first, lasting, flipped = runs = await world.watched_jobs(3)
    async with world.process() as bot:
        _when_slack_accepts(world, monkeypatch, lambda: _limit_files(bot, 0))
        world.change([first], "Running with Error")
        await world.until_delivered([first], "❌")

        await _change_unwritten(world, lasting, flipped)
        await bot.wait_for_log(_LOGGED, timeout=LIMIT_S)
        await world.until_ready(503, because=_PROBLEM)
        assert _REPLY in (await world.reply(f"unwatch {lasting.dataflow} {lasting.run}")).text

        _limit_files(bot, None)
        await _delivered(world, lasting, flipped)
        await bot.wait_for_log("the database can be written again")
        await world.until_ready()
        await world.until_polled(runs, 3)
    world.assert_delivered({first: "✅ ❌", lasting: "✅ ⏹️", flipped: "✅ ⚠️ ✅"})


@pytest.fixture
def second_port() -> Iterator[int]:
    """A port for a second process with health pages."""
    with reserved_port() as port:
        yield port


@pytest.fixture
async def proxied_world(tmp_path: Path, postgresql_url: str) -> AsyncIterator[tuple[World, Proxy]]:
    """A world with a PostgreSQL database behind a proxy."""
    url = make_url(postgresql_url)
    async with running_proxy(url.host or "127.0.0.1", url.port or 5432) as proxy:
        through = url.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
        async with running_world(tmp_path, through) as made:
            yield made, proxy


def _when_slack_accepts(world: World, monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """Do something after Slack has accepted the next alert and before the bot knows it."""
    record = world.slack.workspace.record
    done: list[object] = []

    def recording(message: Message) -> Message:
        if message.metadata is not None and not done:
            done.append(do())
        return record(message)

    monkeypatch.setattr(world.slack.workspace, "record", recording)


async def _change_unwritten(world: World, lasting: Run, flipped: Run) -> None:
    """While nothing can be written, change one job for good and another one there and back, and have each polled."""
    world.change([lasting], "Stopped")
    world.change([flipped], "Running with Warning")
    await world.until_polled([lasting, flipped], 3)
    world.change([flipped], "Up and Running")
    await world.until_polled([flipped], 3)


async def _delivered(world: World, lasting: Run, flipped: Run) -> None:
    await world.until_delivered([lasting], "⏹️")
    await world.until_delivered([flipped], "✅")


def _end_connections(world: World) -> None:
    with psycopg.connect(world.settings["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _file(world: World) -> str:
    return world.settings["DATABASE_URL"].removeprefix("sqlite:///")


def _limit_files(bot: BotProcess, size: int | None) -> None:
    """Let no file of the process grow beyond a size, as on a full disk; None lifts the limit."""
    _, most = resource.prlimit(bot.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (most if size is None else size, most))
