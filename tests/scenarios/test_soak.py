"""Both services fail at random, again and again, while jobs change and people type: nothing stays broken."""

import asyncio
import os
import random
import sys
import time
from collections.abc import Sequence

import pytest

from bot.demo.informatica.stand_in import Fault, Resource
from bot.demo.slack.stand_in import Fault as SlackFault
from tests.scenarios.world import STATUS_ICONS, Run, World

# `JOBWATCH_TEST_SOAK_MINUTES=60 pytest -n0 tests/scenarios/test_soak.py` goes on for longer.
_MINUTES = float(os.environ.get("JOBWATCH_TEST_SOAK_MINUTES", "0.05"))
_SEED = int(os.environ.get("JOBWATCH_TEST_SOAK_SEED", "4"))
_JOBS = 110  # from a hundred on they are watched by the list
# A refused log-in is never repeated: there is no way back from that one but a restart.
_FAULTS = [fault for fault in Fault if fault is not Fault.LOGIN_REFUSED]
_LIMIT_S = 120  # a log-in that failed is tried again within a minute


async def test_whatever_failed_works_again_once_it_is_healed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Each time that both services are well again every job's last status is told, in order, and nothing twice but what
    Slack accepted without an answer; no fault of the bot's own shows in its log."""
    chance, rounds = random.Random(_SEED), list[float]()
    runs = await world.watched(_JOBS)
    end = time.monotonic() + 60 * _MINUTES
    async with world.bot() as bot:
        await world.asked(runs)
        while time.monotonic() < end or not rounds:
            given = _break(world, runs, chance)
            await _live(world, runs, chance)
            world.jobs.heal()
            world.slack.heal()
            _flip(world, chance.sample(runs, 10), chance)
            healed = time.monotonic()
            try:
                await world.until_all_told(runs, _LIMIT_S)
            except TimeoutError as untold:
                untold.add_note(f"seed {_SEED}, round {len(rounds) + 1}: {given}")
                raise
            rounds.append(time.monotonic() - healed)
            assert not [line for line in bot.log if "Traceback" in line], given
    with capsys.disabled():
        told = f"all was told within {max(rounds):.1f} s, {world.told_twice(runs)} deliveries twice"
        sys.stdout.write(f"\n{len(rounds)} times broken and healed; {told}\n")


def _break(world: World, runs: Sequence[Run], chance: random.Random) -> list[str]:
    """Up to three faults of the jobs service, each of one job, of one resource or of everything, and one of Slack's."""
    given = []
    for _ in range(chance.randint(0, 3)):
        fault, times = chance.choice(_FAULTS), chance.choice([None, chance.randint(1, 40)])
        run = chance.choice([None, chance.choice(runs)])
        resource = None if run else chance.choice([None, *Resource])
        world.jobs.fail(fault, dataflow=run and run.dataflow, times=times, resource=resource)
        given.append(f"{fault.name} {times} times of {run or resource}")
    if chance.random() < 0.5:
        slow, times = chance.choice(list(SlackFault)), chance.choice([None, 1, 3])
        world.slack.fail(slow, times=times)
        given.append(f"Slack: {slow.name} {times} times")
    return given


async def _live(world: World, runs: Sequence[Run], chance: random.Random) -> None:
    """Some seconds in which jobs change and people type."""
    end = time.monotonic() + chance.uniform(1, 8)
    async with asyncio.TaskGroup() as said:
        while time.monotonic() < end:
            await asyncio.sleep(chance.uniform(0, 0.3))
            run = chance.choice(runs)
            _flip(world, [run], chance)
            verb = chance.choice(["status", "history", "jobs", "watch", "list", "unwatch nothing-like"])
            if chance.random() < 0.3:
                said.create_task(world.says(f"{verb} {run.dataflow} {run.run}"))


def _flip(world: World, runs: Sequence[Run], chance: random.Random) -> None:
    for run in runs:
        world.change([run], chance.choice(list(STATUS_ICONS)))
