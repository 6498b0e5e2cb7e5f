"""`mute all` and `unmute all` as people say them in Slack."""

from datetime import UTC, datetime, timedelta

from bot.demo.slack.stand_in import Message
from bot.domain.destination import Destination
from bot.domain.notification.silences import SilenceEnded
from bot.slack.grammar.presses import Action
from bot.store.channels import silences
from tests.cast import ERROR, HOUR
from tests.slack.world import ANN, BEN, OPS, ORDERS, World


async def lasting(world: World, destination: str = OPS) -> list[tuple[str, str | None]]:
    """The patterns and reasons of a place's maintenance."""
    async with world.store.reading() as session:
        found = await silences.open_at(session, Destination(world.slack.app.team_id, destination))
    return [(one.key, one.reason) for one in found]


async def test_a_channel_sees_who_begins_maintenance_and_who_ends_it(world: World) -> None:
    """Everybody sees who muted what, until when and why; the same said again moves the end. Whoever ends it is told so
    alone, and everybody sees it in the message that tells what happened."""
    await world.asks(f"watch {ORDERS}")
    begun = await world.asks("mute all 2h upgrade", user=ANN)
    assert (begun.channel, begun.ephemeral_to) == (OPS, None)
    assert begun.text.startswith(f"🔇 <@{ANN}> muted all jobs in this channel for maintenance until <!date^")
    assert "Reason: upgrade\n1 job is muted" in begun.text
    await world.asks("mute all 3h")
    assert await lasting(world) == [("*", None)]
    await world.sees(ERROR)
    assert await world.waiting() == []
    ended = await world.presses(begun, Action.UNMUTE_ALL)
    assert (ended.ephemeral_to, world.recorded.times) == (BEN, 1)
    assert [one.ended_by for one in await world.waiting() if isinstance(one, SilenceEnded)] == [BEN]
    assert len(await world.waiting()) == 2
    again = await world.asks("unmute all")
    assert again.text.startswith("There is no maintenance in this channel.")


async def test_who_watches_during_maintenance_is_told_of_it(world: World) -> None:
    """A watch that maintenance mutes says so and until when: of a job and of a pattern, when it begins, changes, or
    was there before."""
    await world.asks("mute orders* 2h upgrade")
    muted = "🔇 Maintenance mutes it until <!date^"
    for typed in (f"watch {ORDERS}", f"watch {ORDERS}", f"watch {ORDERS} on errors"):
        assert muted in (await world.asks(typed)).text
    assert "🔇 Maintenance mutes them until <!date^" in (await world.asks("watch all matching orders*")).text
    assert "Maintenance" not in (await world.asks("watch all")).text
    assert "Maintenance" not in (await world.asks(f"watch {ORDERS} to me")).text


async def test_a_persons_own_maintenance(world: World) -> None:
    """What is to a person alone concerns nobody else; another channel can't be muted from here."""
    await world.asks(f"watch {ORDERS}")
    begun = await world.asks("mute orders* 2h to me")
    assert begun.ephemeral_to == BEN
    assert begun.text.startswith("🔇 You muted all jobs matching orders* for maintenance until")
    assert (await lasting(world), await lasting(world, BEN)) == ([], [("orders*", None)])
    elsewhere = await world.asks("mute all 2h to <#C0DEMOGEN1>")
    assert "Use this command in <#C0DEMOGEN1>" in elsewhere.text
    wrong = await world.asks("unmute all matching x* to me")
    assert "There is no maintenance of all jobs matching x* for you." in wrong.text
    ended = await world.presses(begun, Action.UNMUTE_ALL)
    assert ended.text.endswith("What happened meanwhile follows here.")
    assert [type(one) for one in await world.waiting(BEN)] == [SilenceEnded]


async def test_maintenance_is_begun_once(world: World) -> None:
    """Slack may deliver the command again: its end doesn't move, and the channel hears of it once."""
    first = await world.says("mute all 2h")
    await world.listeners.done()
    seen = len(world.slack.messages)
    world.listeners._started.clear()  # as if another process got it
    await world.slack.repeat(first, retry=1)
    await world.listeners.done()
    assert len(world.slack.messages) == seen


async def test_what_keeps_maintenance_from_beginning(world: World) -> None:
    """Without the person's time zone a time of day says nothing; and a place has so much of it at most."""
    world.slack.app.scopes.discard("users:read")
    answer = await world.asks("mute all until 9:00")
    assert answer.text.endswith("/job mute all 2h")
    world.slack.app.scopes.add("users:read")
    for number in range(20):
        await world.asks(f"mute {number}-* 1h")
    refused: Message = await world.asks("mute x-* 1h")
    assert (refused.ephemeral_to, len(await lasting(world))) == (BEN, 20)
    assert "already has 20 maintenance windows" in refused.text


async def test_the_end_of_day_is_the_persons_own(world: World) -> None:
    """`until 9:00` ends when the clock of whoever typed it shows nine the next time."""
    now = datetime.now(UTC)
    await world.asks("mute all until tomorrow 9:00")
    async with world.store.reading() as session:
        [one] = await silences.open_at(session, Destination(world.slack.app.team_id, OPS))
    assert now < one.ends_at < now + timedelta(hours=49)
    assert one.ends_at - now > HOUR
