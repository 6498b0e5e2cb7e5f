import json
from datetime import timedelta
from typing import Any

from bot.demo.slack.stand_in import Message
from bot.domain.job import Job, JobRef
from bot.slack.grammar.commands import Mute, Unmute
from bot.slack.grammar.presses import Action, AskToStop, Press, option_value_of
from tests.cast import ERROR, UP, job
from tests.slack.world import ANN, BEN, OPS, ORDERS, World


def run(number: int) -> JobRef:
    return JobRef(ORDERS.dataflow, number)


def lake(number: int) -> Job:
    return job(UP, JobRef(f"d{number}", 1), f"lake-{number:02}")


async def chooses(world: World, listed: Message, press: Press, *, row: int = 1) -> Message:
    """Somebody chooses an entry of a row's menu."""
    menu = Action.CHOOSE if row == 1 else f"{Action.CHOOSE}:{row}"
    return await world.presses(listed, menu, value=option_value_of(press))


async def test_a_page_is_turned_where_it_stands(world: World) -> None:
    """The buttons show the pages beside this one in its place, as things are then, and post nothing."""
    for number in range(1, 18):
        await world.asks(f"watch {run(number)}")
    listed = await world.asks("list")
    before = len(world.slack.messages)
    assert "Page 1 of 2" in listed.text
    assert listed.text.count("(run ") == 15

    await world.happens(world.slack.press(listed, Action.LIST_PAGE, user=BEN))
    assert listed.text.startswith("This channel watches 17 jobs\n")
    assert "Page 2 of 2" in listed.text
    assert listed.text.count("(run ") == 2

    await world.asks(f"unwatch {run(1)}", user=ANN)
    await world.happens(world.slack.press(listed, Action.LIST_PAGE, user=BEN))
    assert "Page 1 of 2" in listed.text
    assert listed.text.startswith("This channel watches 16 jobs\n")
    assert len(world.slack.messages) == before + 1


async def test_a_page_of_found_jobs_is_turned_where_it_stands(world: World) -> None:
    """The same for a search, whose words stay."""
    world.jobs.listed = [lake(number) for number in range(25)]
    found = await world.asks("jobs lake page 2")
    assert found.text.startswith("25 jobs with “lake” in the name · page 2 of 2\n")
    before = len(world.slack.messages)
    await world.happens(world.slack.press(found, Action.JOBS_PAGE, user=BEN))
    assert found.text.startswith("25 jobs with “lake” in the name · page 1 of 2\n")
    assert len(world.slack.messages) == before


async def test_found_jobs_that_are_watched_here_are_marked(world: World) -> None:
    """Who looks for something to watch sees what is watched already, in this place only."""
    world.jobs.listed = [lake(1), lake(2)]
    world.jobs.runs |= {"d1": JobRef("d1", 1), "d2": JobRef("d2", 1)}
    await world.asks("watch lake-01")
    await world.happens_to_say("watch lake-02 to me")
    blocks: list[Any] = (await world.asks("jobs")).blocks
    labels = [block["accessory"]["text"]["text"] for block in blocks if "accessory" in block]
    assert labels == ["Watching ✓", "Watch here"]


async def test_a_rows_menu_mutes_and_unmutes_its_job(world: World) -> None:
    """What is chosen beside a row is done to the job in it, for the channel."""
    for number in (1, 2):
        await world.asks(f"watch {run(number)}")
    listed = await world.asks("list")
    muted = await chooses(world, listed, Mute(run(2), timedelta(hours=1), None), row=2)
    assert f"<@{BEN}> muted orders in this channel until" in muted.text
    listed = await world.asks("list")
    assert "(run 2) · Up and Running · 🔇" in listed.text
    assert f"<@{BEN}> unmuted orders" in (await chooses(world, listed, Unmute(run(2)), row=2)).text


async def test_a_watch_ends_by_a_menu_after_a_question(world: World) -> None:
    """The menu asks the person alone and names the job; only the button below the question ends the watch, and both are
    safe when the watch is gone."""
    world.jobs.answers[ORDERS] = ERROR
    await world.asks(f"watch {ORDERS}")
    listed = await world.asks("list")
    question = await chooses(world, listed, AskToStop(ORDERS))
    assert question.ephemeral_to == BEN
    assert question.text.startswith("Stop watching orders (run 42559 only)?")
    assert await world.subscribed() == [(OPS, BEN)]
    assert '"style": "danger"' in json.dumps(question.blocks)
    ended = await world.presses(question, Action.UNWATCH)
    assert (ended.text, ended.ephemeral_to) == (f"<@{BEN}> stopped watching orders in this channel.", None)
    assert await world.subscribed() == []
    assert "doesn't watch" in (await world.presses(question, Action.UNWATCH)).text
    assert "doesn't watch" in (await chooses(world, listed, AskToStop(ORDERS))).text
