"""Channels, accounts and the app itself go away: the bot pauses, loses nothing, and says what to do."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta

import pytest

from bot.demo.slack.stand_in import GUEST, Answer, Message, SlackStandIn
from bot.notify import dispatcher
from tests.scenarios.in_process import Bot
from tests.scenarios.world import ADMIN, DATAFLOW, JOB, MEMBER, NAME, RUN, Run, World

_RUN = Run(NAME, DATAFLOW, RUN)
Deed = Callable[[SlackStandIn, str], Awaitable[Answer | None]]


def attempts(world: World, *destinations: str) -> int:
    """How often the bot tried to post to a destination."""
    return sum(
        call.method == "chat.postMessage" and call.arguments.get("channel") in destinations
        for call in world.slack.calls
    )


async def becomes(world: World, bot: Bot, status: str) -> None:
    """Change the job's status and wait until the bot has recorded that."""
    world.jobs.set_status(DATAFLOW, RUN, status)
    await bot.wait_for_log(f'"new": "{status}"')


async def pause_notice(world: World, person: str = MEMBER.id) -> Message:
    """The direct message that says that a channel's alerts are paused."""
    direct = world.slack.direct_message(person).id
    return await world.slack.wait_for(lambda m: m.channel == direct and "🚧 Alerts for" in m.text)


async def quiet(world: World) -> None:
    """Give the bot the time to post whatever it might."""
    await world.until_requests(4)


async def query(world: World, sql: str) -> list[tuple[object, ...]]:
    """Query the database directly. In a thread: it may have to wait for the bot."""

    def rows() -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(world.folder / "jobwatch.db")) as database:
            return database.execute(sql).fetchall()

    return await asyncio.to_thread(rows)


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
async def test_a_channel_goes_and_comes_back(world: World, end: Deed, back: Deed, why: str) -> None:
    """Nothing is posted to an archived channel and its subscribers learn what to do. When it is back, its alerts resume
    by themselves, with one message about what changed meanwhile."""
    channel = world.channel
    async with world.bot() as bot:
        await world.reply(f"watch {JOB}")
        before = attempts(world, channel)
        await end(world.slack, channel)
        notice = await pause_notice(world)
        assert f"in <#{channel}> are paused: {why}" in notice.text
        assert NAME not in notice.text  # who is told may not be in the channel any more
        assert "and alerts resume" in notice.text
        assert "Resume alerts" in str(notice.blocks)
        assert "🚧 Alerts for 1 job are paused" in (await world.reply("list", channel=channel)).text

        await becomes(world, bot, "Running with Warning")
        await becomes(world, bot, "Running with Error")
        await quiet(world)
        assert attempts(world, channel) == before

        await back(world.slack, channel)
        again = await world.alert("Running with Error", channel=channel)
        assert again.text.startswith("🔔 Alerts for 1 job have resumed")
        await becomes(world, bot, "Up and Running")
        await world.alert("Up and Running", channel=channel)
        await quiet(world)
    assert len(world.alerts(channel)) == 2
    assert len(world.alerts(notice.channel)) == 1


async def test_an_archived_channel_is_tried_once_more_at_most(world: World) -> None:
    """Without an event, the next alert finds out, and the channel gets no other while others do. `watch` resumes it,
    with what changed meanwhile."""
    channel = world.channel
    async with world.bot() as bot:
        await world.reply(f"watch {JOB}")
        await world.send(f"watch {JOB} to me", user=ADMIN.id)
        await world.slack.wait_for(lambda m: m.ephemeral_to == ADMIN.id)
        before = attempts(world, channel)
        world.slack.app.bot_events.clear()
        await world.slack.archive(channel)
        await becomes(world, bot, "Running with Warning")
        await pause_notice(world)
        for status in ("Running with Error", "Stopped"):
            await becomes(world, bot, status)
            await world.alert(status, channel=world.slack.direct_message(ADMIN.id).id)
        await quiet(world)
        assert attempts(world, channel) == before + 1

        await world.slack.unarchive(channel)
        await world.reply(f"watch {JOB}", channel=channel)
        await world.until_delivered([_RUN], "⏹️", channel)
        await becomes(world, bot, "Up and Running")
        await world.until_delivered([_RUN], "✅", channel)
    world.assert_delivered({_RUN: "✅ ⏹️ ✅"}, channel)


async def test_one_button_resumes_a_channel(world: World) -> None:
    """Without an event, the button says what is still in the way; after that is gone, it resumes the alerts."""
    channel = world.channel
    world.slack.app.bot_events.clear()
    async with world.bot() as bot:
        await world.reply(f"watch {JOB}")
        await world.slack.archive(channel)
        await becomes(world, bot, "Running with Error")
        notice = await pause_notice(world)
        before = attempts(world, channel)

        await world.slack.press(notice, "resume_channel", user=MEMBER.id)
        refused = await world.private_reply("are still paused")
        assert "Unarchive it, then press Resume alerts again" in refused.text
        await quiet(world)
        assert attempts(world, channel) == before

        await world.slack.unarchive(channel)
        await world.slack.press(notice, "resume_channel", user=MEMBER.id)
        await world.private_reply("Alerts for 1 job")
        await world.alert("Running with Error", channel=channel)
        await quiet(world)
    assert len(world.alerts(channel)) == 1
    assert len(world.alerts(notice.channel)) == 1


async def test_a_channel_that_goes_while_the_bot_is_stopped(world: World) -> None:
    """A change finds the channel archived after the next start: it is paused then, and alerted once it is back."""
    channel = world.channel
    async with world.bot():
        await world.reply(f"watch {JOB}")
    await world.slack.archive(channel)
    world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
    async with world.bot():
        await pause_notice(world)
    async with world.bot():
        await world.slack.unarchive(channel)
        await world.alert("Running with Error", channel=channel)


async def test_a_person_whose_account_is_closed(world: World) -> None:
    """Their direct messages are tried once more and then paused; the channel gets its alerts as before. Once they are
    back, `watch` resumes theirs."""
    person = GUEST.id
    async with world.bot() as bot:
        await world.reply(f"watch {JOB}")
        await world.send(f"watch {JOB} to me", user=person)
        await world.slack.wait_for(lambda m: m.ephemeral_to == person)
        direct = world.slack.direct_message(person).id
        before = attempts(world, person, direct)
        world.slack.users[person].deleted = True
        for status in ("Running with Warning", "Running with Error"):
            await becomes(world, bot, status)
            await world.alert(status)
        await bot.wait_for_log("the destination is gone")
        await quiet(world)
        assert attempts(world, person, direct) == before + 1
        assert await query(world, "SELECT destination FROM subscriptions WHERE paused_because IS NOT NULL") == [
            (person,)
        ]

        world.slack.users[person].deleted = False
        assert "Running with Error" in (await world.reply(f"watch {JOB}", user=person, channel=direct)).text
        await becomes(world, bot, "Up and Running")
        await world.alert("Up and Running", channel=direct)


async def test_the_app_is_removed_and_comes_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its token the bot says so on `/readyz`, posts nothing and pauses nothing; once the token works again, it
    delivers what waited, without a restart."""
    monkeypatch.setattr(dispatcher, "_ACCESS_REVOKED_FOR", timedelta(seconds=1))
    async with world.bot() as bot:
        await world.reply(f"watch {JOB}")
        posted = list(world.slack.messages)
        await world.slack.uninstall()
        body = await world.until_ready(503)
        assert "the app was uninstalled" in body or "account_inactive" in body

        await becomes(world, bot, "Running with Warning")
        await bot.wait_for_log("nothing can be delivered")
        await becomes(world, bot, "Running with Error")
        await quiet(world)
        assert (await world.get("/readyz"))[0] == 503
        assert world.slack.messages == posted
        assert await query(world, "SELECT paused_because FROM subscriptions") == [(None,)]

        world.slack.app.token_fault = None
        alert = await world.alert("Running with Error")
        assert "2 changes since ✅\u00a0Up and Running" in alert.text
        await world.until_ready()
        await quiet(world)
    assert world.alerts() == [alert]
