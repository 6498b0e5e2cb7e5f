"""`history` as people ask for it: what was seen, to whom it is shown, and what is said where there is none."""

import pytest

from bot.domain.job import Status
from tests.cast import CLICKS, ERROR, UP, WARNING
from tests.slack.world import ANN, BEN, GENERAL, OPS, ORDERS, PAYROLL, World


async def test_the_changes_seen_newest_first(world: World) -> None:
    """The person alone hears how the job is and what it went through, each with how long the old status lasted."""
    await world.asks(f"watch {ORDERS}")
    for status in (WARNING, ERROR, UP):
        await world.sees(status)
    world.jobs.asked.clear()
    answer = await world.asks(f"history {ORDERS}", user=ANN)
    first, *changes = answer.text.split("\n")
    assert answer.ephemeral_to == ANN
    assert first.startswith("🟢 orders (run 42559) is Up and Running since <!date^")
    assert [change.split(">  ")[1].split("  after")[0] for change in changes] == [
        "🔴 Running with Error → 🟢 Up and Running",
        "🟡 Running with Warning → 🔴 Running with Error",
        "🟢 Up and Running → 🟡 Running with Warning",
    ]
    assert all("  after " in change for change in changes)
    assert world.jobs.asked == []


async def test_a_job_that_did_not_change(world: World) -> None:
    """No change is an answer too: since when none was seen."""
    await world.asks(f"watch {ORDERS}")
    answer = await world.asks(f"history {ORDERS}")
    assert answer.text.split("\n")[1].startswith("No change was seen since <!date^")


async def test_a_long_history_is_cut(world: World) -> None:
    """The newest twenty are shown, and how many there were before them."""
    await world.asks(f"watch {ORDERS}")
    for number in range(23):
        await world.sees(Status.of(f"Status {number}"))
    first, *changes, last = (await world.asks(f"history {ORDERS}")).text.split("\n")
    assert "Status 22" in first
    assert len(changes) == 20
    assert "→ 🟣 Status 22" in changes[0]
    assert last == "… and 3 earlier changes"


async def test_a_job_that_nobody_watches_any_more(world: World) -> None:
    """What was seen of it is still told, and that nobody looks any more, so that nothing old passes for the present."""
    await world.asks(f"watch {ORDERS}")
    await world.sees(ERROR)
    await world.asks(f"unwatch {ORDERS}")
    first, *changes = (await world.asks(f"history {ORDERS}")).text.split("\n")
    assert first.startswith("Nobody watches orders (run 42559) now. The last that was seen: 🔴 Running with Error")
    assert len(changes) == 1


async def test_a_job_that_nobody_ever_watched(world: World) -> None:
    """There is no history of what nobody watched, and a line that starts one."""
    await world.asks(f"watch {ORDERS}")
    answer = await world.asks(f"history {CLICKS}")
    assert answer.ephemeral_to == BEN
    assert answer.text.startswith(f"Nobody has watched {CLICKS.dataflow} {CLICKS.run} so far")
    assert f"/job watch {CLICKS.dataflow} {CLICKS.run}" in answer.text


@pytest.mark.parametrize("channel", [GENERAL, PAYROLL])
async def test_a_history_is_the_jobs_wherever_it_is_asked_for(world: World, channel: str) -> None:
    """It shows the job alone: nothing of which channel watches it, or who."""
    await world.asks(f"watch {ORDERS}", user=ANN)
    await world.sees(ERROR)
    answer = await world.asks(f"history {ORDERS}", channel=channel)
    assert answer.text.startswith("🔴 orders")
    for secret in (OPS, ANN):
        assert secret not in answer.text + str(answer.blocks)


async def test_another_workspaces_history_is_not_shown(world: World) -> None:
    """What another workspace saw of a job is nobody's here."""
    await world.asks(f"watch {ORDERS}")
    await world.sees(ERROR)
    ours, world.slack.app.team_id = world.slack.app.team_id, "T0OTHER001"
    assert (await world.asks(f"history {ORDERS}")).text.startswith("Nobody has watched")
    world.slack.app.team_id = ours
