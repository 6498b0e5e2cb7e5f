"""Several workers on one PostgreSQL database: one of them dies, leaves, joins or freezes."""

import asyncio
import signal
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

import psycopg
import pytest

from bot.demo.process import BotProcess
from tests.scenarios.in_process import Bot
from tests.scenarios.world import LIMIT_S, Run, World

_INTERVAL_S = 0.5
_JOBS = 10
# Two polls by the same worker, a tick and a little more: the worker that polls a job did so within this time.
_WINDOW_S = 3 * _INTERVAL_S
_TAKEN_OVER_S = 10


@pytest.fixture
def world(postgresql_world: World) -> World:
    """A world with a PostgreSQL database, and half a second between polls."""
    postgresql_world.settings["POLL_INTERVAL"] = str(_INTERVAL_S)
    return postgresql_world


async def test_two_workers_share_the_jobs_and_deliver_each_change_once(world: World) -> None:
    """With `web` and two workers each job is polled by one worker only, each polls half of them, and each change is
    delivered once. A worker that stops releases its jobs at once, not when its lease ends, and the other one polls them
    all again."""
    runs = await world.watched_jobs(_JOBS)
    async with world.bot("web"), _worker(world) as (_, first):
        await _until_shared(world, runs, {first})
        async with _worker(world) as (second, newcomer):
            await _until_shared(world, runs, {first, newcomer})
            began = time.monotonic()
            world.change(runs, "Running with Error")
            await world.until_delivered(runs, "❌")
            await world.until_polled(runs, 4)
            assert [sessions for sessions in _polled_by(world, began).values() if len(sessions) > 1] == []
            world.change(runs, "Running with Warning")
            await second.stop()
            assert await asyncio.to_thread(_count_workers, world) == 1
        await _until_shared(world, runs, {first})
        await world.until_delivered(runs, "⚠️")
        await world.until_polled(runs, 2)
    world.assert_delivered(dict.fromkeys(runs, "✅ ❌ ⚠️"))


async def test_a_killed_workers_jobs_are_polled_by_the_other_within_ten_seconds(world: World) -> None:
    """After SIGKILL of one worker the other polls its jobs within ten seconds, and what changed meanwhile is delivered
    once."""
    runs = await world.watched_jobs(_JOBS)
    async with _worker_process(world) as (victim, killed), _worker(world) as (_, other):
        await _until_shared(world, runs, {killed, other})
        orphans = [run for run in runs if _polled_by(world, time.monotonic() - _WINDOW_S)[run.path] == {killed}]
        killed_at = time.monotonic()
        await victim.kill()
        world.change(orphans, "Running with Error")
        await world.until_delivered(orphans, "❌")
        for orphan in orphans:
            polls = [one for one in world.jobs.requests if (one.path, one.who) == (orphan.path, other)]
            assert min(one.at for one in polls if one.at > killed_at) - killed_at < _TAKEN_OVER_S
        await world.until_polled(runs, 2)
    assert len(orphans) == _JOBS / 2
    world.assert_delivered(dict.fromkeys(orphans, "✅ ❌"))


async def test_a_worker_that_was_frozen_does_no_harm(world: World) -> None:
    """A worker that stands still for longer than its lease, and continues with what it knew then, repeats nothing,
    loses nothing, and gets its share again."""
    runs = await world.watched_jobs(_JOBS)
    async with _worker_process(world) as (sleeper, asleep), _worker(world) as (_, awake):
        await _until_shared(world, runs, {asleep, awake})
        flipped, *changed = [
            run for run in runs if _polled_by(world, time.monotonic() - _WINDOW_S)[run.path] == {asleep}
        ]
        sleeper.signal(signal.SIGSTOP)
        world.change(changed, "Running with Error")
        world.change([flipped], "Running with Warning")
        await world.until_delivered(changed, "❌")
        await world.until_delivered([flipped], "⚠️")
        world.change([flipped], "Up and Running")
        await world.until_delivered([flipped], "✅")
        sleeper.signal(signal.SIGCONT)
        await _until_shared(world, runs, {asleep, awake})
        world.change(changed, "Stopped")
        await world.until_delivered(changed, "⏹️")
        await world.until_polled(runs, 2)
    world.assert_delivered(dict.fromkeys(changed, "✅ ❌ ⏹️") | {flipped: "✅ ⚠️ ✅"})


@asynccontextmanager
async def _worker(world: World) -> AsyncIterator[tuple[Bot, str]]:
    """One more worker that polls, and the ID of its session with the jobs service."""
    known = set(world.jobs.sessions)
    async with world.bot("worker", PORT="") as bot:
        yield bot, await _new_session(world, known)


@asynccontextmanager
async def _worker_process(world: World) -> AsyncIterator[tuple[BotProcess, str]]:
    """The same in a process of its own."""
    known = set(world.jobs.sessions)
    async with world.process("worker", PORT="") as process:
        yield process, await _new_session(world, known)


async def _new_session(world: World, known: Collection[str]) -> str:
    """Wait for a request with a new session ID."""
    async with asyncio.timeout(LIMIT_S):
        while not (new := {one.who for one in world.jobs.requests if one.who and one.who not in known}):
            await world.until_requests(1)
    return new.pop()


def _polled_by(world: World, since: float) -> Mapping[str, set[str]]:
    """The session IDs that polled each job (by its path) since a time."""
    sessions: dict[str, set[str]] = defaultdict(set)
    for request in world.jobs.requests:
        if request.at >= since and request.who:
            sessions[request.path].add(request.who)
    return sessions


async def _until_shared(world: World, runs: Sequence[Run], among: Collection[str]) -> None:
    """Wait until each job was polled by one session only for a while, and each session polled equally many."""

    def is_so() -> bool:
        polled_by = _polled_by(world, time.monotonic() - _WINDOW_S)
        shares = Counter(id for sessions in polled_by.values() if len(sessions) == 1 for id in sessions)
        return shares == dict.fromkeys(among, len(runs) / len(among)) and len(polled_by) == len(runs)

    began = time.monotonic()
    async with asyncio.timeout(LIMIT_S):
        while time.monotonic() - began < _WINDOW_S or not is_so():
            await world.until_requests(1)


def _count_workers(world: World) -> int:
    """The number of live workers according to the database."""
    with psycopg.connect(world.settings["DATABASE_URL"]) as connection:
        found = connection.execute("SELECT count(*) FROM workers").fetchone()
    assert found is not None
    return int(found[0])
