"""Much at once: many changes, and many jobs that hang."""

import time

import pytest

from bot.demo.informatica.stand_in import Fault
from bot.notify import pace
from tests.scenarios.world import World, changes, shown

# What a slow machine may take on top of what is promised, in seconds.
_GRACE = 20.0


async def test_many_changes_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two hundred jobs a hundred and fifty that change at once are told completely within two intervals, in under
    six messages, each job once; and Slack, which takes one a second, has to refuse none of them."""
    interval = 2.0
    runs = await world.watched(200)
    world.slack.rates.on = True
    monkeypatch.setattr(pace, "_MIN_GAP_S", 1.0)
    async with world.bot(POLL_INTERVAL=str(interval)):
        await world.asked(runs)
        began = time.monotonic()
        world.change(runs[:150], "Running with Error")
        await world.until_told(runs[:150], "❌")
        took = time.monotonic() - began
    assert sorted(world.told()) == sorted((run.name, ("✅", "❌")) for run in runs[:150])
    assert sum(any(changes(message)) for message in world.alerts()) < 6
    assert world.slack.rates.refused <= 1
    assert took < 2 * interval + _GRACE


async def test_jobs_that_hang_delay_nobody(world: World) -> None:
    """While thirty jobs hang, another one's change is told within two intervals."""
    healthy, *hung = await world.watched(31)
    for run in hung:
        world.jobs.fail(Fault.HANG, dataflow=run.dataflow)
    # Each look at them takes nearly a second: all of them, if they took all room, six.
    async with world.bot(POLL_INTERVAL="0.5", POLL_CONCURRENCY="4"):
        await world.asked(hung)
        await world.jobs.asked_again(10)  # by now it is known that they hang
        for status, emoji in (("Running with Error", "❌"), ("Up and Running", "✅")):
            began = time.monotonic()
            world.change([healthy], status)
            await world.until_told([healthy], emoji)
            assert time.monotonic() - began < 2 * 0.5 + 3


async def test_jobs_that_hang_are_told_once(world: World) -> None:
    """That fifty jobs can't be seen is told once for each, in a few messages."""
    healthy, *hung = await world.watched(51)
    for run in hung:
        world.jobs.fail(Fault.HANG, dataflow=run.dataflow)
    # All at the same time, so that three looks don't take long.
    async with world.bot(POLL_CONCURRENCY="200"):
        await world.slack.until(lambda: _out_of_sight(world) >= {run.name for run in hung}, 60, world.slack.messages)
        await world.asked(hung)
        await world.asked([healthy], 2)
    told = "\n".join(map(shown, world.alerts()))
    assert all(told.count(f"{run.name} (run ") == 1 for run in hung)
    assert "didn't answer in time" in told
    assert healthy.name not in told
    assert len(world.alerts()) < 10


def _out_of_sight(world: World) -> set[str]:
    """The names of the jobs on lines of their own."""
    lines = [line for message in world.alerts() for line in shown(message).splitlines()]
    return {line.split(" (run ")[0].removeprefix("📵 Can't check ") for line in lines if " (run " in line}
