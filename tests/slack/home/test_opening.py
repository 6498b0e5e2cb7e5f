"""Who is shown a Home tab, what it says if that can't be made, and whose presses in it count."""

import json

import pytest

from bot.demo.slack.block_kit.traversal import interactive
from bot.demo.slack.stand_in import View
from bot.store.database import Database, DatabaseFault
from tests.cast import UP, job
from tests.slack.world import BEN, GIL, OPS, ORDERS, PIA, World


async def opens(world: World, user: str, tab: str = "home") -> View | None:
    answer = await world.slack.open_home(user, tab)
    assert answer is not None
    assert answer.status == 200
    await world.listeners.done()
    return world.slack.views.homes.get(user)


def words(view: View | None) -> str:
    assert view is not None
    return json.dumps(view.content, ensure_ascii=False)


async def test_who_is_shown_what(world: World) -> None:
    """Members and guests see what they watch; somebody of another company gets one sentence. The messages tab isn't
    the Home tab."""
    world.jobs.listed = [job(UP, ORDERS, "orders")]
    await world.asks(f"watch {ORDERS}")
    assert await opens(world, BEN, "messages") is None
    for person in (BEN, GIL):
        assert "Your channels watch 1 job" in words(await opens(world, person))
    refused = words(await opens(world, PIA))
    assert "I only work for members of the workspace" in refused
    assert "orders" not in refused


async def test_a_tab_without_the_database(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so, and shows the jobs again once the database is back and the tab is opened."""
    await world.asks(f"watch {ORDERS}")
    with monkeypatch.context() as patch:

        def fails(_: Database) -> None:
            raise DatabaseFault("it is away")

        patch.setattr(Database, "writing", fails)
        assert "I can't reach my database" in words(await opens(world, BEN))
    assert "Your channels watch 1 job" in words(await opens(world, BEN))


async def test_a_press_that_comes_too_late(world: World) -> None:
    """A row that is gone from what is watched is answered, for the place that it was of, and the tab shows what is
    watched now."""
    await world.asks(f"watch {ORDERS}")
    view = await opens(world, BEN)
    assert view is not None
    block, menu = next((block, each) for block, each in interactive(view.blocks) if each["type"] == "overflow")
    options = menu["options"]
    assert isinstance(options, list)
    await world.asks(f"unwatch {ORDERS}")
    await world.slack.press(view, str(menu["action_id"]), user=BEN, value=options[0]["value"], block_id=block)
    await world.listeners.done()
    assert OPS not in words(view)
    assert OPS in words(world.slack.views.top(BEN))
    assert "doesn't watch" in words(world.slack.views.top(BEN))
