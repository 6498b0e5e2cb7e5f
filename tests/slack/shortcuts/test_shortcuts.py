"""The two shortcuts, from the payload to the modal."""

import asyncio

import pytest

from bot.demo.slack.block_kit.traversal import interactive
from bot.demo.slack.stand_in import Fault, Message, SlackStandIn, View
from bot.informatica.errors import NoList, Unreachable
from tests.cast import CLICKS, UP, WARNING, job
from tests.slack.world import ANN, BEN, OPS, ORDERS, PAYROLL, PIA, World

SOMEWHERE = "D0BETWEEN1"  # direct messages between people


@pytest.fixture(autouse=True)
def listed(world: World) -> None:
    """The organisation has two jobs, unless a test says otherwise."""
    world.jobs.listed = [job(UP, ORDERS, "orders"), job(WARNING, CLICKS, "clicks to lake")]


async def looks_up(world: World, user: str = BEN) -> View:
    await world.slack.use_shortcut("look_up_job", user=user)
    await world.listeners.done()
    return top(world, user)


async def watches(world: World, message: Message, user: str = BEN) -> View:
    await world.slack.use_shortcut_on(message, "watch_job_in_message", user=user)
    await world.listeners.done()
    return top(world, user)


def top(world: World, user: str = BEN) -> View:
    view = world.slack.views.top(user)
    assert view is not None
    return view


async def test_jobs_of_private_channels_show_nowhere_else(world: World) -> None:
    """Without the job list, people find what they watch themselves and, from a message, what its channel watches."""
    world.jobs.listed = NoList(status=403)
    await world.asks(f"watch {ORDERS.dataflow}", channel=PAYROLL, user=ANN)
    for user in (BEN, ANN):
        found = await world.slack.offered(await looks_up(world, user), "look_up_choose", user=user, query="")
        assert (found.options, found.groups, found.error) == ([], [], None)
    assert "no job in this message" in str((await watches(world, world.slack.say(ANN, OPS, "orders"), ANN)).content)
    assert "alerts for " in str((await watches(world, world.slack.say(ANN, PAYROLL, "orders"), ANN)).content)


async def test_the_last_press_counts(world: World) -> None:
    """While a job is looked up, another one is chosen: the modal ends with that one, and its menu takes no patterns."""
    view = await looks_up(world)
    found = await world.slack.offered(view, "look_up_choose", user=BEN, query="o*")
    assert "matching" not in str(found.options)
    world.jobs.answers[ORDERS] = slow = asyncio.Event()
    await world.slack.press_in_view(view, "look_up_choose", user=BEN, value=ORDERS.dataflow)
    await world.jobs.was_asked()
    await world.slack.press_in_view(view, "look_up_choose", user=BEN, value=CLICKS.dataflow)
    await world.slack.until(lambda: "look_up_details" in str(view.content), 20, [])
    slow.set()
    await world.listeners.done()
    assert CLICKS.dataflow in str(view.content)
    assert "Looking up" not in str(view.content)
    assert ORDERS.dataflow not in str(view.content)


async def test_what_cannot_be_looked_up_keeps_its_name(world: World) -> None:
    """A job that the menu offered by name is called so when it can't be looked up, too."""
    view = await looks_up(world)
    await world.slack.offered(view, "look_up_choose", user=BEN, query="o")
    world.jobs.listed = world.jobs.answers[ORDERS] = Unreachable(timed_out=True)
    await world.slack.press_in_view(view, "look_up_choose", user=BEN, value=ORDERS.dataflow)
    await world.listeners.done()
    shown = [block for block in view.blocks if block["type"] == "rich_text"]
    assert "Can't check " in str(shown)
    assert "'text': 'orders'" in str(shown)
    assert ORDERS.dataflow not in str(shown)


async def test_strangers_see_one_sentence(world: World) -> None:
    """Somebody of another company opens neither shortcut, nor a modal that is open already."""
    for view in (await looks_up(world, PIA), await watches(world, world.slack.say(BEN, OPS, "orders"), PIA)):
        assert "I only work for members of the workspace" in str(view.content)
        assert "orders" not in str(view.content)
    assert world.jobs.asked == []


async def test_elsewhere_alerts_go_to_the_person(world: World, slack: SlackStandIn) -> None:
    """In direct messages between people, where the bot isn't, the form offers the person's own direct messages."""
    slack.channels[SOMEWHERE] = type(slack.channels[OPS])(SOMEWHERE, "directmessage", members={BEN, ANN})
    message = slack.record(Message(slack.timestamp(), SOMEWHERE, "orders is down", user=ANN))
    content = str((await watches(world, message)).content)
    assert "you by direct message" in content
    assert "This channel" not in content


async def test_who_is_not_in_the_channel_watches_for_themselves(world: World) -> None:
    """Slack shows a public channel to people who aren't in it. They may not make it watch anything from elsewhere, so
    the form doesn't offer it either, nor while Slack can't be asked."""
    message = world.slack.say(ANN, OPS, "orders is down")
    assert "you by direct message" not in str((await watches(world, message)).content)
    world.slack.fail(Fault.RATE_LIMITED, "conversations.members", times=1)
    assert "you by direct message" in str((await watches(world, message)).content)
    world.slack.channels[OPS].members -= {BEN}
    assert "you by direct message" in str((await watches(world, message)).content)


async def test_a_watched_job_is_changed_not_watched_anew(world: World) -> None:
    """For a job that is watched there already, the form has that watch filled in, so that nobody changes it by watching
    the job again."""
    await world.asks(f"watch {ORDERS.dataflow} on errors owner me")
    view = await watches(world, world.slack.say(ANN, OPS, "orders is down"))
    assert view.content["title"] == {"type": "plain_text", "text": "Change a watch"}
    assert "errors only" in str(view.blocks)
    assert (await world.slack.submit(view, user=BEN)).errors == {}
    await world.listeners.done()
    assert "This channel already watches orders · errors only" in world.slack.messages[-1].text
    choice = await watches(world, world.slack.say(ANN, OPS, "orders, clicks to lake"))
    world.slack.channels[OPS].members -= {BEN}  # who left meanwhile isn't shown what the channel watches
    button = next(each for _, each in interactive(choice.blocks) if ORDERS.dataflow in str(each["value"]))
    await world.slack.press_in_view(choice, str(button["action_id"]), user=BEN)
    await world.listeners.done()
    assert "errors only" not in str(choice.blocks)
    assert "you by direct message" in str(choice.blocks)


async def test_a_shortcut_delivered_twice_opens_one_modal(world: World, slack: SlackStandIn) -> None:
    """Slack repeats what it thinks wasn't heard; a modal that can't be opened is explained by a direct message."""
    answer = await slack.use_shortcut("look_up_job", user=BEN)
    await slack.repeat(answer)
    await world.listeners.done()
    assert (len(slack.views.all), slack.messages) == (1, [])
    slack.fail("expired_trigger_id", method="views.open")
    await slack.use_shortcut("look_up_job", user=BEN)
    await world.listeners.done()
    (told,) = slack.messages
    assert (told.channel, "Try the shortcut again" in told.text) == (slack.direct_message(BEN).id, True)
