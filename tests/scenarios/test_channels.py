"""What people do to channels, to accounts and to the app itself: the bot follows, loses nothing, says what to do."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.slack.stand_in import GUEST, Answer, Message, SlackStandIn
from bot.notify import dispatcher
from tests.scenarios.inside import Bot
from tests.scenarios.world import ADMIN, DATAFLOW, JOB, MEMBER, NAME, RUN, World

Deed = Callable[[SlackStandIn, str], Awaitable[Answer | None]]


def tries(world: World, *places: str) -> int:
    """How often the bot tried to post to a place, whatever came of it."""
    return sum(
        call.method == "chat.postMessage" and call.arguments.get("channel") in places for call in world.slack.calls
    )


async def becomes(world: World, bot: Bot, status: str) -> None:
    """The job changes, and the bot has seen it."""
    world.jobs.set_status(DATAFLOW, RUN, status)
    await bot.wait_for_log(f'"new": "{status}"')


async def told_of_pause(world: World, person: str = MEMBER.id) -> Message:
    """The direct message that says that a channel can't be told any more."""
    direct = world.slack.direct_message(person).id
    return await world.slack.wait_for(lambda m: m.channel == direct and "🚧 Alerts for" in m.text)


async def quiet(world: World) -> None:
    """Until the bot has had the time to say all that it has to say."""
    await world.jobs.asked_again(4)


async def stored(world: World, question: str) -> list[tuple[object, ...]]:
    """What the database answers, or takes in, behind the bot's back."""
    return await asyncio.to_thread(_stored, world, question)  # it may have to wait for the bot


def _stored(world: World, question: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(world.folder / "jobwatch.db") as other:
        rows = other.execute(question).fetchall()
    other.close()
    return rows


_ENDS: dict[str, tuple[Deed, Deed, str]] = {
    "archived": (
        lambda slack, channel: slack.archive(channel),
        lambda slack, channel: slack.unarchive(channel),
        "the channel is archived",
    ),
    "removed": (
        lambda slack, channel: slack.remove_bot(channel),
        lambda slack, channel: slack.invite(channel),
        "I'm not in the channel",
    ),
}


@pytest.mark.parametrize(("end", "back", "why"), _ENDS.values(), ids=_ENDS.keys())
async def test_a_channel_ends_and_comes_back(world: World, end: Deed, back: Deed, why: str) -> None:
    """Nothing is posted to it from that moment on, whoever subscribed hears what to do; when it is back it goes on by
    itself, and is told once what changed meanwhile."""
    channel = world.channel
    async with world.bot() as bot:
        await world.asks(f"watch {JOB}")
        before = tries(world, channel)
        await end(world.slack, channel)
        told = await told_of_pause(world)
        assert f"in <#{channel}> are paused: {why}" in told.text
        assert NAME in told.text
        assert "and alerts resume" in told.text
        assert "Resume alerts" in str(told.blocks)
        assert "🚧 Alerts paused since" in (await world.asks("list", channel=channel)).text

        await becomes(world, bot, "Running with Warning")
        await becomes(world, bot, "Running with Error")
        await quiet(world)
        assert tries(world, channel) == before

        await back(world.slack, channel)
        again = await world.alert("Running with Error", channel=channel)
        assert again.text.startswith("🔔 Alerts for 1 job have resumed")
        await becomes(world, bot, "Up and Running")
        await world.alert("Up and Running", channel=channel)
        await quiet(world)
    assert len([m for m in world.alerts() if m.channel == channel]) == 2
    assert len([m for m in world.alerts() if m.channel == told.channel]) == 1


async def test_an_archived_channel_is_tried_once_more_at_most(world: World) -> None:
    """Where no event told of it, the next message finds out; after that one the channel is left alone, while others
    are told as ever."""
    channel = world.channel
    async with world.bot() as bot:
        await world.asks(f"watch {JOB}")
        await world.says(f"watch {JOB} to me", user=ADMIN.id)
        await world.slack.wait_for(lambda m: m.ephemeral_to == ADMIN.id)
        before = tries(world, channel)
        world.slack.app.bot_events.clear()
        await world.slack.archive(channel)
        await becomes(world, bot, "Running with Warning")
        await told_of_pause(world)
        for status in ("Running with Error", "Stopped"):
            await becomes(world, bot, status)
            await world.alert(status, channel=world.slack.direct_message(ADMIN.id).id)
        await quiet(world)
    assert tries(world, channel) == before + 1


async def test_one_button_lets_a_channel_go_on(world: World) -> None:
    """Without any event: the button says what is still in the way, and once that is gone the channel goes on."""
    channel = world.channel
    world.slack.app.bot_events.clear()
    async with world.bot() as bot:
        await world.asks(f"watch {JOB}")
        await world.slack.archive(channel)
        await becomes(world, bot, "Running with Error")
        told = await told_of_pause(world)
        before = tries(world, channel)

        await world.slack.press(told, "resume_channel", user=MEMBER.id)
        refused = await world.slack.wait_for(lambda m: m.ephemeral_to == MEMBER.id and "are still paused" in m.text)
        assert "Unarchive it, then press Resume alerts again" in refused.text
        await quiet(world)
        assert tries(world, channel) == before

        await world.slack.unarchive(channel)
        await world.slack.press(told, "resume_channel", user=MEMBER.id)
        await world.slack.wait_for(lambda m: m.ephemeral_to == MEMBER.id and "Alerts for 1 job" in m.text)
        await world.alert("Running with Error", channel=channel)
        await quiet(world)
    assert len([m for m in world.alerts() if m.channel == channel]) == 1
    assert len([m for m in world.alerts() if m.channel == told.channel]) == 1


async def test_a_channel_that_ends_while_the_bot_is_away(world: World) -> None:
    """What was change recorded finds the channel archived after the next start: it is paused then, and still told later."""
    channel = world.channel
    async with world.bot():
        await world.asks(f"watch {JOB}")
    await world.slack.archive(channel)
    world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
    async with world.bot():
        await told_of_pause(world)
    async with world.bot():
        await world.slack.unarchive(channel)
        await world.alert("Running with Error", channel=channel)


async def test_a_mute_ends_by_itself(world: World) -> None:
    """During a mute nothing is told; at its end, that the job is still in trouble, how long it was muted, by whom."""
    async with world.bot() as bot:
        await world.asks(f"watch {JOB}")
        muted = await world.asks(f"mute {JOB} 30m", user=ADMIN.id)
        assert f"<@{ADMIN.id}> muted" in muted.text
        await becomes(world, bot, "Running with Error")
        await quiet(world)
        assert world.alerts() == []
        assert "🔇 Muted until" in (await world.asks("list")).text

        await stored(world, f"UPDATE subscriptions SET muted_until = '{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}'")
        told = await world.alert("still Running with Error")
        assert f"mute by <@{ADMIN.id}> ended after " in told.text
        assert "🔇" not in (await world.asks("list")).text
        await becomes(world, bot, "Up and Running")
        await world.alert("Up and Running")
        await quiet(world)
    assert len(world.alerts()) == 2


async def test_a_mute_that_ends_while_all_is_well_says_nothing(world: World) -> None:
    """A job that recovered before the silence was over is no news."""
    async with world.bot() as bot:
        await world.asks(f"watch {JOB}")
        await world.asks(f"mute {JOB} 30m")
        await becomes(world, bot, "Running with Error")
        await becomes(world, bot, "Up and Running")
        await stored(world, f"UPDATE subscriptions SET muted_until = '{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}'")
        await bot.wait_for_log('"mutes_ended": 1')
        await quiet(world)
    assert world.alerts() == []


async def test_a_person_whose_account_is_closed(world: World) -> None:
    """Their direct messages are tried once more and then paused; the channel is told as before. Once they are back,
    saying it again is the way on."""
    person = GUEST.id
    async with world.bot() as bot:
        await world.asks(f"watch {JOB}")
        await world.says(f"watch {JOB} to me", user=person)
        await world.slack.wait_for(lambda m: m.ephemeral_to == person)
        direct = world.slack.direct_message(person).id
        before = tries(world, person, direct)
        world.slack.users[person].deleted = True
        for status in ("Running with Warning", "Running with Error"):
            await becomes(world, bot, status)
            await world.alert(status)
        await bot.wait_for_log("the destination is gone")
        await quiet(world)
        assert tries(world, person, direct) == before + 1
        assert await stored(world, "SELECT destination FROM subscriptions WHERE paused_because IS NOT NULL") == [
            (person,)
        ]

        world.slack.users[person].deleted = False
        assert "Running with Error" in (await world.asks(f"watch {JOB}", user=person, channel=direct)).text
        await becomes(world, bot, "Up and Running")
        await world.alert("Up and Running", channel=direct)


async def test_the_app_is_removed_and_comes_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its token the bot says so on `/readyz`, posts nothing and keeps everything; when the token works again
    it tells what waited, at its next try and without a restart."""
    monkeypatch.setattr(dispatcher, "_ACCESS_REVOKED_FOR", timedelta(seconds=1))
    async with world.bot() as bot:
        await world.asks(f"watch {JOB}")
        seen = list(world.slack.messages)
        await world.slack.uninstall()
        status, body = await _ready(world, 503)
        assert status == 503
        assert "the app was uninstalled" in body or "account_inactive" in body

        await becomes(world, bot, "Running with Warning")
        await bot.wait_for_log("nothing can be delivered")
        await becomes(world, bot, "Running with Error")
        await quiet(world)
        assert (await world.get("/readyz"))[0] == 503
        assert world.slack.messages == seen
        assert await stored(world, "SELECT paused_because FROM subscriptions") == [(None,)]

        world.slack.app.token_fault = None
        told = await world.alert("Running with Error", timeout=30)
        assert "2 changes since ✅ Up and Running" in told.text
        await _ready(world, 200)
        await quiet(world)
    assert world.alerts() == [told]


async def _ready(world: World, status: int) -> tuple[int, str]:
    """What `/readyz` says as soon as it has that status."""
    async with asyncio.timeout(70):
        while (answer := await world.get("/readyz"))[0] != status:
            pass
    return answer
