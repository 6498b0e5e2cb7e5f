"""Several workers on one PostgreSQL database: what becomes of the jobs of one that dies, leaves, joins or freezes."""

import asyncio
import signal
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from bot.demo.process import BotProcess
from tests.scenarios.in_process import Bot
from tests.scenarios.world import Run, Told, World, a_world, deliveries

_INTERVAL = 0.5
_JOBS = 10
# Two looks of the same worker, a tick and a little more: whoever looks at a job did so within this time.
_WINDOW_S = 3 * _INTERVAL
_TAKEN_OVER_S = 10
_LIMIT_S = 60


@pytest.fixture
async def world(tmp_path: Path, postgresql_url: str) -> AsyncIterator[World]:
    async with a_world(tmp_path, postgresql_url) as made:
        made.settings["POLL_INTERVAL"] = str(_INTERVAL)
        yield made


async def test_two_workers_share_the_jobs_and_tell_each_change_once(world: World) -> None:
    """With `web` and two workers each job is polled by one worker alone, each polls half of them, and each change is
    told once."""
    runs = await world.watched(_JOBS)
    async with world.bot("web"), _worker(world) as (_, one), _worker(world) as (_, other):
        await _evenly_shared(world, runs, {one, other})
        began = time.monotonic()
        world.change(runs, "Running with Error")
        await world.until_told(runs, "❌")
        await world.asked(runs, 4)
        assert [whose for whose in _polled_by(world, began).values() if len(whose) > 1] == []
        world.change(runs[:1], "Up and Running")
        await world.until_told(runs[:1], "✅")
        await world.asked(runs, 2)
    _assert_told_once(world, [(run, "✅", "❌") for run in runs] + [(runs[0], "❌", "✅")])


async def test_a_killed_workers_jobs_are_polled_by_the_other_within_ten_seconds(world: World) -> None:
    """After SIGKILL of one worker the other polls its jobs within ten seconds, and what changed meanwhile is told
    once."""
    runs = await world.watched(_JOBS)
    async with _worker_process(world) as (victim, killed), _worker(world) as (_, other):
        await _evenly_shared(world, runs, {killed, other})
        orphans = [run for run in runs if _polled_by(world, time.monotonic() - _WINDOW_S)[run.path] == {killed}]
        killed_at = time.monotonic()
        await victim.kill()
        world.change(orphans, "Running with Error")
        await world.until_told(orphans, "❌")
        for orphan in orphans:
            looks = [seen.at for seen in world.jobs.requests if (seen.path, seen.who) == (orphan.path, other)]
            assert min(at for at in looks if at > killed_at) - killed_at < _TAKEN_OVER_S
        await world.asked(runs, 2)
    assert len(orphans) == _JOBS / 2
    _assert_told_once(world, [(run, "✅", "❌") for run in orphans])


async def test_a_worker_that_joins_gets_its_share_and_one_that_stops_hands_it_back(world: World) -> None:
    """A second worker gets half of the jobs; stopped it leaves them free at once, not when its lease ends,
    and the first one polls them all again."""
    runs = await world.watched(_JOBS)
    async with _worker(world) as (_, first):
        await _evenly_shared(world, runs, {first})
        async with _worker(world) as (second, newcomer):
            await _evenly_shared(world, runs, {first, newcomer})
            world.change(runs, "Running with Warning")
            await second.stop()
            assert await asyncio.to_thread(_on_the_roll, world) == 1
        await _evenly_shared(world, runs, {first})
        await world.until_told(runs, "⚠️")
        await world.asked(runs, 2)
    _assert_told_once(world, [(run, "✅", "⚠️") for run in runs])


async def test_a_worker_that_was_frozen_does_no_harm(world: World) -> None:
    """A worker that stands still for longer than its lease, and wakes up with what it knew then, repeats nothing, loses
    nothing, and gets an even share again."""
    runs = await world.watched(_JOBS)
    async with _worker_process(world) as (sleeper, asleep), _worker(world) as (_, awake):
        await _evenly_shared(world, runs, {asleep, awake})
        flipped, *changed = [
            run for run in runs if _polled_by(world, time.monotonic() - _WINDOW_S)[run.path] == {asleep}
        ]
        sleeper.signal(signal.SIGSTOP)
        world.change(changed, "Running with Error")
        world.change([flipped], "Running with Warning")
        await world.until_told(changed, "❌")
        await world.until_told([flipped], "⚠️")
        world.change([flipped], "Up and Running")
        await world.until_told([flipped], "✅")
        sleeper.signal(signal.SIGCONT)
        await _evenly_shared(world, runs, {asleep, awake})
        world.change(changed, "Stopped")
        await world.until_told(changed, "⏹️")
        await world.asked(runs, 2)
    flips = [(flipped, "✅", "⚠️"), (flipped, "⚠️", "✅")]
    _assert_told_once(world, [(run, *way) for run in changed for way in (("✅", "❌"), ("❌", "⏹️"))] + flips)


@asynccontextmanager
async def _worker(world: World) -> AsyncIterator[tuple[Bot, str]]:
    """One more worker, at work; with the ID of its session, by which the service knows it."""
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
    """The session by which the service is asked, and was not before."""
    async with asyncio.timeout(_LIMIT_S):
        while not (new := {seen.who for seen in world.jobs.requests if seen.who and seen.who not in known}):
            await world.jobs.asked_again(1, _LIMIT_S)
    return new.pop()


def _polled_by(world: World, since: float) -> Mapping[str, set[str]]:
    """Of each job (by its path) who asked for it since then."""
    whose: dict[str, set[str]] = defaultdict(set)
    for seen in world.jobs.requests:
        if seen.at >= since and seen.who:
            whose[seen.path].add(seen.who)
    return whose


async def _evenly_shared(world: World, runs: Sequence[Run], among: Collection[str]) -> None:
    """Until each of these jobs was polled by one of them alone for a while, and each of them polled as many."""

    def so() -> bool:
        whose = _polled_by(world, time.monotonic() - _WINDOW_S)
        alone = Counter(who for asked in whose.values() if len(asked) == 1 for who in asked)
        return alone == dict.fromkeys(among, len(runs) / len(among)) and len(whose) == len(runs)

    began = time.monotonic()
    async with asyncio.timeout(_LIMIT_S):
        while time.monotonic() - began < _WINDOW_S or not so():
            await world.jobs.asked_again(1, _LIMIT_S)


def _assert_told_once(world: World, expected: Sequence[tuple[Run, str, str]]) -> None:
    """These changes were told, each in one message, and nothing else was."""
    assert Counter(world.told()) == Counter(Told(run.name, (old, new)) for run, old, new in expected)
    told = [id for message in world.alerts() for id in deliveries(message)]
    assert len(told) == len(set(told)) == len(expected)


def _on_the_roll(world: World) -> int:
    """How many workers are there, as the database has it."""
    with psycopg.connect(world.settings["DATABASE_URL"]) as connection:
        found = connection.execute("SELECT count(*) FROM workers").fetchone()
    assert found is not None
    return int(found[0])
