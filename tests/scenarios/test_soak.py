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

# `JOBWATCH_TEST_SOAK_MINUTES=60 pytest -n0 tests/scenarios/test_soak.py` takes longer.
_MINUTES = float(os.environ.get("JOBWATCH_TEST_SOAK_MINUTES", "0.05"))
_SEED = int(os.environ.get("JOBWATCH_TEST_SOAK_SEED", "4"))
_JOBS = 110  # enough for bulk polling
# A refused login is never repeated: only a restart ends it.
_FAULTS = [fault for fault in Fault if fault is not Fault.LOGIN_REFUSED]
_LIMIT_S = 120  # a failed login is tried again within a minute


@pytest.mark.usefixtures("impatient_polls")
async def test_everything_works_again_once_it_is_healed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Each time both services are well again, every job's last status is delivered, in order, and only what Slack
    accepted without an answer is repeated. The log shows no fault of the bot's own."""
    chance, rounds = random.Random(_SEED), list[float]()
    runs = await world.watched_jobs(_JOBS)
    end = time.monotonic() + 60 * _MINUTES
    async with world.bot() as bot:
        await world.until_polled(runs)
        while time.monotonic() < end or not rounds:
            faults = _break(world, runs, chance)
            await _use(world, runs, chance)
            world.jobs.heal()
            world.slack.heal()
            _flip(world, chance.sample(runs, 10), chance)
            healed = time.monotonic()
            try:
                await world.until_all_delivered(runs, _LIMIT_S)
            except TimeoutError as late:
                late.add_note(f"seed {_SEED}, round {len(rounds) + 1}: {faults}")
                raise
            rounds.append(time.monotonic() - healed)
            assert not [line for line in bot.log if "Traceback" in line], faults
    with capsys.disabled():
        summary = f"all delivered within {max(rounds):.1f} s, {world.repeated_deliveries(runs)} deliveries repeated"
        sys.stdout.write(f"\n{len(rounds)} times broken and healed; {summary}\n")


def _break(world: World, runs: Sequence[Run], chance: random.Random) -> list[str]:
    """Plan up to three faults of the jobs service, each of one job, one resource or everything, and one of Slack."""
    planned = []
    for _ in range(chance.randint(0, 3)):
        fault, times = chance.choice(_FAULTS), chance.choice([None, chance.randint(1, 40)])
        run = chance.choice([None, chance.choice(runs)])
        resource = None if run else chance.choice([None, *Resource])
        world.jobs.fail(fault, dataflow=run and run.dataflow, times=times, resource=resource)
        planned.append(f"{fault.name} {times} times of {run or resource}")
    if chance.random() < 0.5:
        slow, times = chance.choice(list(SlackFault)), chance.choice([None, 1, 3])
        world.slack.fail(slow, times=times)
        planned.append(f"Slack: {slow.name} {times} times")
    return planned


async def _use(world: World, runs: Sequence[Run], chance: random.Random) -> None:
    """Let jobs change and people type for some seconds."""
    end = time.monotonic() + chance.uniform(1, 8)
    async with asyncio.TaskGroup() as commands:
        while time.monotonic() < end:
            await asyncio.sleep(chance.uniform(0, 0.3))
            run = chance.choice(runs)
            _flip(world, [run], chance)
            command = chance.choice(["status", "history", "jobs", "watch", "list", "unwatch nothing-like"])
            if chance.random() < 0.3:
                commands.create_task(world.send(f"{command} {run.dataflow} {run.run}"))


def _flip(world: World, runs: Sequence[Run], chance: random.Random) -> None:
    for run in runs:
        world.change([run], chance.choice(list(STATUS_ICONS)))
