"""Much at once: many changes, and many jobs that hang."""

import asyncio
import time
from pathlib import Path

from bot.demo.informatica.stand_in import Fault
from tests.scenarios.world import World, changes, shown, worlds

# What a slow machine may take on top of what is promised, in seconds.
_GRACE = 20.0


async def test_three_hundred_changes_at_once(world: World) -> None:
    """Three hundred of five hundred jobs that change at once are told completely within two intervals, in under ten
    messages, each job once; and Slack, which takes one a second, has to refuse none of them."""
    interval = 6.0
    runs = await world.watched(500)
    world.slack.rates.on = True
    async with world.bot(POLL_INTERVAL=str(interval)):
        await world.asked(runs)
        began = time.monotonic()
        world.change(runs[:300], "Running with Error")
        await world.until_told(runs[:300], "❌")
        took = time.monotonic() - began
    assert sorted(world.told()) == sorted((run.name, ("✅", "❌")) for run in runs[:300])
    assert sum(any(changes(message)) for message in world.alerts()) < 10
    assert world.slack.rates.refused <= 1
    assert took < 2 * interval + _GRACE


async def test_jobs_that_hang(tmp_path: Path) -> None:
    """While fifty jobs hang, another one's change is told within two intervals; that the fifty can't be seen is told
    once for each, in a few messages."""
    async with worlds(tmp_path, 2) as made, asyncio.TaskGroup() as group:
        group.create_task(_a_healthy_job_is_not_delayed(made[0]))
        group.create_task(_hung_jobs_are_told_once(made[1]))


async def _a_healthy_job_is_not_delayed(world: World) -> None:
    healthy, *hung = await world.watched(51)
    for run in hung:
        world.jobs.fail(Fault.HANG, dataflow=run.dataflow)
    async with world.bot(POLL_INTERVAL="1"):
        await world.asked(hung)
        await world.asked(hung[:5])  # by now it is known that they hang
        for status, emoji in (("Running with Error", "❌"), ("Up and Running", "✅")):
            began = time.monotonic()
            world.change([healthy], status)
            await world.until_told([healthy], emoji)
            assert time.monotonic() - began < 2 + 5  # seven and a half if the fifty took all room


async def _hung_jobs_are_told_once(world: World) -> None:
    healthy, *hung = await world.watched(51)
    for run in hung:
        world.jobs.fail(Fault.HANG, dataflow=run.dataflow)
    # Each look at them takes three seconds; all at the same time, so that three of them don't take long.
    async with world.bot(POLL_INTERVAL="1", POLL_CONCURRENCY="200"):
        await world.slack.until(lambda: _out_of_sight(world) >= {run.name for run in hung}, 60, world.slack.messages)
        await world.asked(hung)
        await world.asked([healthy], 2)
    told = "\n".join(map(shown, world.alerts()))
    assert all(told.count(f"{run.name} (run ") == 1 for run in hung)
    assert "did not answer in time" in told
    assert healthy.name not in told
    assert len(world.alerts()) < 10


def _out_of_sight(world: World) -> set[str]:
    """The names of the jobs on lines of their own."""
    lines = [line for message in world.alerts() for line in shown(message).splitlines()]
    return {line.split(" (run ")[0].removeprefix("📵 Can't check ") for line in lines if " (run " in line}
