"""The database goes away in the middle of the work, in each of its ways, and comes back: nothing lost or repeated."""

import asyncio
import contextlib
import resource
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from bot.demo.process import BotProcess, free_port
from bot.demo.slack.stand_in import Message
from bot.store.workers import LEASE
from tests.scenarios.proxy import Proxy, proxied
from tests.scenarios.world import JOB, Run, Told, World, a_world, deliveries

_NO_DATABASE = "I can't reach my database"
_TROUBLE = "the database can't be "
_LIMIT_S = 60


async def test_postgresql_restarts_and_nobody_restarts_the_bot(
    behind_proxy: tuple[World, Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that restarts costs no change and repeats no message, commands get a clear answer meanwhile, and
    `/readyz` of each process says what is wrong until it is over."""
    world, proxy = behind_proxy
    told, lasting, flipped = runs = await world.watched(3)
    working = replace(world, port=free_port())
    async with (
        world.bot("web"),
        world.bot("worker", PORT=str(working.port)) as worker,
        world.bot("worker", PORT="") as other,
    ):
        await world.asked(runs, 10)  # by now each of them is some worker's
        _when_slack_accepts(world, monkeypatch, proxy.cut)
        world.change([told], "Running with Error")
        await world.until_told([told], "❌", timeout=_LIMIT_S)
        away_since = time.monotonic()

        await _changes_unwritten(world, lasting, flipped)
        for bot in (worker, other):
            await bot.wait_for_log("polling continues, writes are retried")
        for process in (world, working):
            await process.ready(503, because=_TROUBLE)
        for words in ("list", f"watch {JOB}"):
            assert _NO_DATABASE in (await world.asks(words)).text
        # Long enough for each worker to take the other one for dead.
        await asyncio.sleep(max(0.0, LEASE.total_seconds() + 1 - (time.monotonic() - away_since)))

        await proxy.open()
        await _back(world, lasting, flipped)
        for process in (world, working):
            await process.ready(200)
        assert lasting.name in (await world.asks("list")).text
        await world.asked(runs, 3)
    _assert_told_once(world, told, lasting, flipped)


async def test_postgresql_ends_every_connection_now_and_then(world_on_postgresql: World) -> None:
    """Connections that the server ends in the middle of whatever goes through them cost no change and repeat none."""
    world = world_on_postgresql
    runs = await world.watched(6)
    async with world.bot("worker", PORT=""), world.bot("worker", PORT=""):
        for run in runs:
            await world.asked(runs)
            world.change([run], "Running with Error")
            for _ in range(4):
                await asyncio.to_thread(_end_connections, world)
                await world.jobs.asked_again(2)
        await world.until_told(runs, "❌", timeout=_LIMIT_S)
        await world.asked(runs, 3)
    _assert_told(world, [Told(run.name, ("✅", "❌")) for run in runs])


async def test_sqlite_locked_by_somebody_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that another process keeps locked for longer than the bot waits costs no change and repeats no
    message; what only reads goes on, and what would write says that it can't."""
    told, lasting, flipped = runs = await world.watched(3)
    async with world.process() as bot:
        with contextlib.closing(sqlite3.connect(_file(world), isolation_level=None, timeout=10)) as somebody:
            _when_slack_accepts(world, monkeypatch, lambda: somebody.execute("BEGIN IMMEDIATE"))
            world.change([told], "Running with Error")
            await world.until_told([told], "❌", timeout=_LIMIT_S)

            await _changes_unwritten(world, lasting, flipped)
            await bot.wait_for_log("polling continues, writes are retried", timeout=_LIMIT_S)
            await world.ready(503, because=_TROUBLE)
            assert lasting.name in (await world.asks("list")).text
            assert _NO_DATABASE in (await world.asks(f"unwatch {lasting.dataflow} {lasting.run}")).text
        await _back(world, lasting, flipped)
        await bot.wait_for_log("the database can be written again")
        await world.ready(200)
        await world.asked(runs, 3)
    _assert_told_once(world, told, lasting, flipped)


async def test_sqlite_on_a_full_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While no file can grow the bot looks on, says so in its log and in `/readyz`, and tells everything, once, when
    there is room again."""
    told, lasting, flipped = runs = await world.watched(3)
    async with world.process() as bot:
        _when_slack_accepts(world, monkeypatch, lambda: _limit_files(bot, 0))
        world.change([told], "Running with Error")
        await world.until_told([told], "❌", timeout=_LIMIT_S)

        await _changes_unwritten(world, lasting, flipped)
        await bot.wait_for_log("polling continues, writes are retried", timeout=_LIMIT_S)
        await world.ready(503, because=_TROUBLE)
        assert _NO_DATABASE in (await world.asks(f"unwatch {lasting.dataflow} {lasting.run}")).text

        _limit_files(bot, None)
        await _back(world, lasting, flipped)
        await bot.wait_for_log("the database can be written again")
        await world.ready(200)
        await world.asked(runs, 3)
    _assert_told_once(world, told, lasting, flipped)


@pytest.fixture
async def world_on_postgresql(tmp_path: Path, postgresql_url: str) -> AsyncIterator[World]:
    async with a_world(tmp_path, postgresql_url) as made:
        yield made


@pytest.fixture
async def behind_proxy(tmp_path: Path, postgresql_url: str) -> AsyncIterator[tuple[World, Proxy]]:
    """A world whose database is reached through a proxy."""
    url = make_url(postgresql_url)
    async with proxied(url.host or "127.0.0.1", url.port or 5432) as proxy:
        through = url.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
        async with a_world(tmp_path, through) as made:
            yield made, proxy


def _when_slack_accepts(world: World, monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """Do something at the moment when Slack has accepted the next alert and the bot does not know it yet."""
    record = world.slack.workspace.record
    done: list[object] = []

    def recording(message: Message) -> Message:
        if message.metadata is not None and not done:
            done.append(do())
        return record(message)

    monkeypatch.setattr(world.slack.workspace, "record", recording)


async def _changes_unwritten(world: World, lasting: Run, flipped: Run) -> None:
    """While nothing can be written one job changes for good, and another one there and back; each is seen."""
    world.change([lasting], "Stopped")
    world.change([flipped], "Running with Warning")
    await world.asked([lasting, flipped], 3)
    world.change([flipped], "Up and Running")
    await world.asked([flipped], 3)


async def _back(world: World, lasting: Run, flipped: Run) -> None:
    await world.until_told([lasting], "⏹️", timeout=_LIMIT_S)
    await world.until_told([flipped], "✅", timeout=_LIMIT_S)


def _assert_told_once(world: World, told: Run, lasting: Run, flipped: Run) -> None:
    _assert_told(
        world,
        [
            Told(told.name, ("✅", "❌")),
            Told(lasting.name, ("✅", "⏹️")),
            Told(flipped.name, ("✅", "⚠️", "✅")),
        ],
    )


def _assert_told(world: World, expected: list[Told]) -> None:
    """This was told, each delivery in one message only, and nothing else."""
    assert Counter(world.told()) == Counter(expected)
    told = [id for message in world.alerts() for id in deliveries(message)]
    assert len(told) == len(set(told))


def _end_connections(world: World) -> None:
    with psycopg.connect(world.settings["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _file(world: World) -> str:
    return world.settings["DATABASE_URL"].removeprefix("sqlite:///")


def _limit_files(bot: BotProcess, size: int | None) -> None:
    """No file of the process may be written beyond this size, as on a disk that is full; None takes that back."""
    _, most = resource.prlimit(bot.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (most if size is None else size, most))
