"""The Resume button of the message that says that a channel can't be told."""

from datetime import UTC, datetime

import pytest

from bot.demo.slack.stand_in import Fault, Message
from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.incident import Posted
from bot.domain.notification.digest import Digest
from bot.domain.notification.service import Paused, Resumed
from bot.slack.grammar.presses import Action, ResumeAlerts
from bot.slack.messages.alerts.digest import digest_message
from bot.slack.request import Request
from bot.store import pauses
from tests.cast import CLICKS, ERROR, UP
from tests.slack.world import ANN, BEN, GENERAL, OPS, ORDERS, PAYROLL, World


async def told_of_pause(world: World, channel: str = OPS, person: str = BEN) -> Message:
    """What a person got in direct messages when a channel could not be told any more."""
    told = digest_message(Digest((Paused(channel, "is_archived", 1, ("orders",)),), (1,)))
    posted = await world.messenger.post(person, told)
    assert isinstance(posted, Posted)
    return world.slack.find(posted.channel, posted.ts)


async def paused_unheard(world: World, channel: str = OPS, why: str = "is_archived") -> None:
    """A channel watches two jobs and was paused; that it is back the bot has not heard."""
    await world.asks(f"watch {ORDERS}", channel=channel)
    await world.asks(f"watch {CLICKS}", user=ANN, channel=channel)
    async with world.store.writing() as session:
        await pauses.pause(session, Destination(world.slack.app.team_id, channel), why, datetime.now(UTC))


async def test_the_button_lets_a_channel_go_on(world: World) -> None:
    """Whoever presses it hears that it worked; the channel, that it goes on, and once what changed meanwhile."""
    await paused_unheard(world)
    await world.sees(ERROR)
    message = await told_of_pause(world)
    answer = await world.presses(message, Action.RESUME)
    assert answer.text == f"🔔 Alerts for 2 jobs in <#{OPS}> have resumed."
    assert answer.ephemeral_to == BEN
    assert await world.paused() == {OPS: {None}}
    resumed, change = await world.waiting(OPS)
    assert isinstance(resumed, Resumed)
    assert isinstance(change, Change)
    assert (resumed.count, change.old, change.new) == (2, UP, ERROR)
    assert world.recorded.times == 1


@pytest.mark.parametrize("deed", ["archived", "removed", "private, removed", "deleted"])
async def test_a_channel_that_still_can_not_be_told(world: World, deed: str) -> None:
    """Nothing is promised that Slack won't allow: the person hears what is in the way, and all stays paused, with no
    second message to anybody."""
    channel = PAYROLL if "private" in deed else OPS
    await paused_unheard(world, channel)
    shown = world.slack.channels[channel]
    if deed == "archived":
        shown.is_archived = True
    elif deed == "deleted":
        del world.slack.channels[channel]
    else:
        shown.members.discard(world.slack.app.bot_user_id)
    told = await world.waiting(BEN)
    answer = await world.presses(await told_of_pause(world, channel), Action.RESUME)
    assert answer.text.startswith(f"Alerts in <#{channel}> are still paused: ")
    assert ("the channel is archived" if deed == "archived" else "I'm not in the channel") in answer.text
    assert "press Resume alerts again" in answer.text
    assert answer.ephemeral_to == BEN
    assert await world.paused() == {channel: {"is_archived"}}
    assert await world.waiting(channel) == []
    assert await world.waiting(BEN) == told


@pytest.mark.parametrize("fault", [Fault.HTTP_503, Fault.RATE_LIMITED, "missing_scope", "a_word_of_next_year"])
async def test_a_slack_that_does_not_say_stops_nobody(world: World, fault: Fault | str) -> None:
    """Where Slack can't be asked how the channel is, the next message to it will show."""
    await paused_unheard(world)
    world.slack.fail(fault, "conversations.info", times=None)
    await world.presses(await told_of_pause(world), Action.RESUME)
    assert await world.paused() == {OPS: {None}}


async def test_a_channel_is_resumed_only_by_its_members(world: World) -> None:
    """Somebody who left a channel gets its name and the number of its jobs no more from an old direct message."""
    await paused_unheard(world, PAYROLL)
    answer = await world.presses(await told_of_pause(world, PAYROLL), Action.RESUME)  # Ben isn't in it
    assert answer.text.startswith(f"You can only do that for channels you're in, and you're not in <#{PAYROLL}>.")
    world.slack.fail(Fault.RATE_LIMITED, "conversations.members")
    answer = await world.presses(await told_of_pause(world, PAYROLL, ANN), Action.RESUME, user=ANN)
    assert answer.text.startswith(f"I couldn't ask Slack about <#{PAYROLL}>")
    assert await world.paused() == {PAYROLL: {"is_archived"}}
    await world.presses(await told_of_pause(world, PAYROLL, ANN), Action.RESUME, user=ANN)
    assert await world.paused() == {PAYROLL: {None}}


async def test_a_press_too_many(world: World) -> None:
    """Of several who were told, the second to press hears that nothing is paused any more; nothing is told twice."""
    await paused_unheard(world)
    await world.presses(await told_of_pause(world), Action.RESUME)
    before = await world.waiting(OPS)
    answer = await world.presses(await told_of_pause(world, person=ANN), Action.RESUME, user=ANN)
    assert answer.text == f"No alerts are paused in <#{OPS}>."
    assert answer.ephemeral_to == ANN
    assert await world.waiting(OPS) == before


async def test_a_press_that_is_delivered_twice_is_answered_once(world: World) -> None:
    """The second delivery does not say that nothing was paused."""
    await paused_unheard(world)
    message = await told_of_pause(world)
    press = await world.happens(world.slack.press(message, Action.RESUME, user=BEN))
    seen = len(world.slack.messages)
    world.listeners._started.clear()  # as if another process got it
    await world.happens(world.slack.repeat(press, retry=1))
    assert len(world.slack.messages) == seen


async def test_a_press_concerns_one_channel_of_one_workspace(world: World) -> None:
    """Other paused channels wait on, and so does the channel with the same ID in another workspace."""
    world.slack.channels[GENERAL].members.add(world.slack.app.bot_user_id)
    await paused_unheard(world)
    await paused_unheard(world, GENERAL)
    request = Request("T0OTHER001", world.slack.direct_message(BEN).id, BEN, "/job", "", "1", "http://127.0.0.1:9/x")
    reply = await world.handles(ResumeAlerts(OPS), request)
    assert reply is not None
    assert reply.message.text.startswith("No alerts are paused")
    await world.presses(await told_of_pause(world), Action.RESUME)
    assert await world.paused() == {OPS: {None}, GENERAL: {"is_archived"}}


@pytest.mark.parametrize(
    "value",
    ["", BEN, str(ORDERS), "C1", f"{OPS} ", f"{OPS}\n", "<!channel>", "C" + "A" * 5_000, "C0DÉMO0001", OPS.lower()],
)
async def test_a_value_that_the_bot_never_wrote_does_nothing(world: World, value: str) -> None:
    """A button with a person, a job or nonsense for a channel is acknowledged, and that is all."""
    await paused_unheard(world)
    message = await told_of_pause(world)
    seen = list(world.slack.messages)
    await world.happens(world.slack.press(message, Action.RESUME, user=BEN, value=value))
    assert world.slack.messages == seen
    assert await world.paused() == {OPS: {"is_archived"}}
    assert [call.method for call in world.slack.calls if call.method == "conversations.info"] == []


async def test_a_channel_that_was_never_paused(world: World) -> None:
    """A button whose channel watches nothing here lets nothing go on."""
    await world.asks(f"watch {ORDERS}")
    answer = await world.presses(await told_of_pause(world), Action.RESUME)
    assert answer.text == f"No alerts are paused in <#{OPS}>."
    assert await world.waiting(OPS) == []
