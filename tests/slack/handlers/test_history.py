"""`history` as people use it: what it shows, to whom, and what it says if there is none."""

import re

import pytest

from bot.demo.slack.stand_in import Fault
from bot.domain.job import Status
from bot.slack.grammar.commands import History
from bot.slack.handlers.history import pictures, showing
from bot.slack.request import Request
from tests.cast import CLICKS, ERROR, UP, WARNING
from tests.slack.world import ANN, BEN, GENERAL, OPS, ORDERS, PAYROLL, World


async def test_the_changes_seen_newest_first(world: World) -> None:
    """Only the person sees the status and the changes, each with how long the old status lasted."""
    await world.asks(f"watch {ORDERS}")
    for status in (WARNING, ERROR, UP):
        await world.sees(status)
    world.jobs.asked.clear()
    answer = await world.asks(f"history {ORDERS}", user=ANN)
    first, figures, *changes = answer.text.split("\n")
    assert answer.ephemeral_to == ANN
    assert figures.startswith("The last 7 days: Up and Running ")
    assert first.startswith("✅ orders (run 42559) is Up and Running · for ")
    lasted = re.compile(r" for (at least )?\d+\u00a0s →")
    assert all(lasted.search(change) for change in changes)
    assert [lasted.sub(" →", change.split("> · ")[1]).replace("\u00a0", " ") for change in changes] == [
        "❌ Running with Error → ✅ Up and Running",
        "⚠️ Running with Warning → ❌ Running with Error",
        "✅ Up and Running → ⚠️ Running with Warning",
    ]
    assert world.jobs.asked == []


async def test_a_job_that_did_not_change(world: World) -> None:
    """Without a change it says that there was none."""
    await world.asks(f"watch {ORDERS}")
    answer = await world.asks(f"history {ORDERS}")
    assert answer.text.split("\n")[2] == "No changes in this time."


async def test_a_long_history_is_cut(world: World) -> None:
    """The latest ten changes are shown, and the earlier ones counted."""
    await world.asks(f"watch {ORDERS}")
    for number in range(13):
        await world.sees(Status.of(f"Status {number}"))
    first, _, *changes, last = (await world.asks(f"history {ORDERS}")).text.split("\n")
    assert "Status 12" in first
    assert len(changes) == 10
    assert "→ ❔\u00a0Status 12" in changes[0]
    assert last == "… and 3 earlier changes in this time"


async def test_a_job_that_nobody_ever_watched(world: World) -> None:
    """There is no history of a job that nobody watched, and a line to copy that starts one."""
    await world.asks(f"watch {ORDERS}")
    answer = await world.asks(f"history {CLICKS}")
    assert answer.ephemeral_to == BEN
    assert answer.text.startswith(f"There is no history for {CLICKS.dataflow} {CLICKS.run}")
    assert f"/job watch {CLICKS.dataflow} {CLICKS.run}" in answer.text


async def test_a_history_tells_nobody_who_watches(world: World) -> None:
    """It shows only the job: not which channel watches it, nor who. Where the job isn't watched, it is as if nobody
    watched it; the person who watches it sees it everywhere."""
    await world.asks(f"watch {ORDERS}", user=ANN)
    await world.asks(f"watch {CLICKS} to me", user=BEN)
    await world.sees(ERROR)
    shown = await world.asks(f"history {ORDERS}")
    assert shown.text.startswith("❌ orders")
    for secret in (OPS, ANN):
        assert secret not in shown.text + str(shown.blocks)
    unknown = "ffffffff" + ORDERS.dataflow[8:]
    for channel in (GENERAL, PAYROLL):
        for ref in (str(ORDERS), ORDERS.dataflow):
            answer = await world.asks(f"history {ref}", channel=channel)
            never = await world.asks(f"history {ref.replace(ORDERS.dataflow, unknown)}", channel=channel)
            assert answer.text == never.text.replace(unknown, ORDERS.dataflow)
        assert "is Up and Running" in (await world.asks(f"history {CLICKS}", channel=channel, user=BEN)).text


async def test_another_workspaces_history_is_not_shown(world: World) -> None:
    """Another workspace's history of a job isn't shown here."""
    await world.asks(f"watch {ORDERS}")
    await world.sees(ERROR)
    request = Request("T0OTHER001", OPS, BEN, "/job", f"/job history {ORDERS}", "1", "http://127.0.0.1:9/x")
    reply = await world.handles(History(ORDERS), request)
    assert reply is not None
    assert reply.message.text.startswith("There is no history")


async def test_the_text_does_not_wait_for_the_picture(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply is there while the picture is still on its way. One that never arrives is given up, and said nowhere."""
    monkeypatch.setattr(showing, "PICTURE_FIRST_S", 0)
    await world.asks(f"watch {ORDERS}")
    world.slack.fail(Fault.HANG, "upload")
    before = len(world.slack.messages)
    await world.says(f"history {ORDERS}")
    reply = await world.next_message(before)
    assert "The last 7 days" in reply.text
    world.slack.heal()
    await world.slack.until(lambda: bool(world.slack.messages[-1].files), 10, world.slack.messages)
    monkeypatch.setattr(pictures, "LIMIT_S", 0)
    (reply,) = await world.happens_to_say(f"history {ORDERS} 30d")
    assert "The last 30 days" in reply.text


async def test_only_what_the_channel_watches_is_shared_with_it(world: World) -> None:
    """What a person watches alone isn't shared with a channel. In a direct message there is nobody to share it with."""
    await world.asks(f"watch {CLICKS} to me")
    reply = await world.asks(f"history {CLICKS}", channel=GENERAL)
    refused = await world.presses(reply, "share_history")
    assert (refused.text.startswith("I can't share the history of"), refused.ephemeral_to) == (True, BEN)
    direct = await world.asks(f"history {CLICKS}", channel=world.slack.direct_message(BEN).id)
    assert "share_history" not in str(direct.blocks)
    assert "turn_history" in str(direct.blocks)
