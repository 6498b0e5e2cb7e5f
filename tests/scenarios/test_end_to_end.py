import asyncio
import json
import re

from bot.demo.slack.stand_in import GUEST, Message
from tests.scenarios.world import ADMIN, DATAFLOW, EXAMPLE, JOB, LIMIT_S, MEMBER, NAME, RUN, World, shown

PUBLIC_WITHOUT_BOT, PRIVATE_WITHOUT_BOT = "C0DEMOGEN1", "C0DEMOHID1"


async def test_a_watched_job_from_command_to_alert(world: World) -> None:
    """Set up by its environment alone, the bot confirms a watch in the channel and alerts it when the job changes."""
    async with world.process() as bot:
        confirmation = await world.reply(f"watch {JOB}")
        assert confirmation.channel == world.channel
        assert confirmation.via == "chat.postMessage"
        assert NAME in confirmation.text
        assert "Up and Running" in confirmation.text

        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        alert = await world.alert("Running with Error")

        assert alert.text.startswith(f"❌ {NAME} is Running with Error · was ✅\u00a0Up and Running")
        assert await bot.stop() == 0


async def test_the_same_in_socket_mode(world: World) -> None:
    """With an app-level token the bot opens a socket and needs no public address; everything else is the same."""
    async with world.bot(SLACK_APP_TOKEN=world.slack.app.app_token, SLACK_SIGNING_SECRET=""):
        assert NAME in (await world.reply(f"watch {JOB}")).text
        world.jobs.set_status(DATAFLOW, RUN, "Running with Warning")
        await world.alert("Running with Warning")

        assert (await world.get("/slack/events"))[0] == 404


async def test_the_socket_is_opened_again_after_slack_closes_it(world: World) -> None:
    """Slack closes every socket now and then; commands continue to work."""
    async with world.bot(SLACK_APP_TOKEN=world.slack.app.app_token):
        await world.slack.disconnect()
        await world.slack.until(lambda: len(world.slack.connections.open) == 1, 15, world.slack.calls)
        assert "doesn't watch any jobs yet" in (await world.reply("list")).text


async def test_a_look_up_shows_the_job(world: World) -> None:
    """`status` shows the example of the service's own page to one person: that it ended long ago comes first, and what
    else means something stands in the details, which open the job's page too."""
    async with world.bot(INFORMATICA_JOB_URL="https://informatica.example/{dataflow}/{run}"):
        card = await world.reply(f"status {EXAMPLE}")
        assert card.ephemeral_to == MEMBER.id
        assert re.match(r"⏏️ testmonitor is Undeployed · it ended \d+\s(months|years) ago\n", card.text)
        for words in ("deployed by siqa_new", "Default", "25\xa0min\xa043\xa0s"):
            assert words.casefold() in card.text.casefold(), words

        await world.slack.press(card, "show_details", user=MEMBER.id)
        await world.slack.until(lambda: "011ZFB2500000000000N" in _details(world), 10, world.slack.calls)
        details = _details(world)
    for words in ("2lFy0UUNnlnbjhaoT3TSqw", "1948938e-3923-4602-aba8-f122e3d66faf", "42559", "Version: "):
        assert words in details, words
    assert "https://informatica.example/1948938e-3923-4602-aba8-f122e3d66faf/42559" in details


def _details(world: World) -> str:
    """What the modal holds, as JSON."""
    view = world.slack.views.top(MEMBER.id)
    return json.dumps(view.content) if view else ""


async def test_a_watch_is_listed_and_ended(world: World) -> None:
    """`list` shows what the channel watches; `unwatch` ends it for everybody to see, and the job isn't polled again."""
    async with world.bot():
        await world.reply(f"watch {JOB}")
        listed = await world.reply("list")
        assert "This channel watches 1 job" in listed.text
        assert NAME in listed.text

        ended = await world.reply(f"unwatch {JOB}", user=ADMIN.id)
        assert ended.ephemeral_to is None
        assert ended.channel == world.channel
        assert "stopped watching" in ended.text
        assert "doesn't watch any jobs yet" in (await world.reply("list")).text

        async with asyncio.timeout(LIMIT_S):
            while await world.metric("jobwatch_assigned_jobs"):
                await asyncio.sleep(0.02)
        requests = len(world.jobs.requests)
        world.jobs.set_status(DATAFLOW, RUN, "Stopped")
        await world.reply(f"status {JOB}")
        assert len(world.jobs.requests) == requests + 2, "a job that nobody watches is still polled"
    assert world.alerts() == []


async def test_a_person_gets_alerts_by_direct_message(world: World) -> None:
    """`to me` alerts the person alone, wherever it was typed."""
    async with world.bot():
        await world.send(f"watch {JOB} to me", user=GUEST.id)
        direct = world.slack.direct_message(GUEST.id).id
        await world.slack.wait_for(lambda m: m.channel == direct and NAME in m.text)
        await world.private_reply("direct message", GUEST.id)

        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        await world.alert("Running with Error", channel=direct)
    assert {m.channel for m in world.alerts()} == {direct}


async def test_the_elements_of_an_alert_do_what_they_say(world: World) -> None:
    """What goes on in the job is added to its alert; who takes care of it, and until when it is muted, shows there for
    everybody. The menu leads to details, history and the form, and asks before it ends the watch."""
    async with world.bot(INFORMATICA_JOB_URL="https://jobs.example.com/{dataflow}"):
        await world.reply(f"watch {JOB}")
        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        alert = await world.alert("Running with Error")
        assert f"https://jobs.example.com/{DATAFLOW}" in str(alert.blocks)
        for words in ("messages/s in", "Failing: target"):
            await world.slack.until(lambda words=words: words in str(alert.blocks), LIMIT_S, [alert])  # type: ignore[misc]

        await world.slack.press(alert, "acknowledge", user=ADMIN.id)
        await world.slack.until(lambda: "👀 Acknowledged by " in shown(alert), LIMIT_S, [alert])
        await chooses(world, alert, "For 8 hours")
        await world.slack.until(lambda: "🔇 Muted by " in shown(alert), LIMIT_S, [alert])
        await chooses(world, alert, "Until it changes")
        await world.slack.until(lambda: " until it changes" in shown(alert), LIMIT_S, [alert])

        await chooses(world, alert, "Details")
        await world.slack.until(lambda: DATAFLOW in str(top_view(world)), LIMIT_S, world.slack.messages)
        await chooses(world, alert, "History")
        assert " → ❌\u00a0Running with Error" in (await world.private_reply("→")).text
        await chooses(world, alert, "Change…")
        await world.slack.until(lambda: "Change a watch" in str(top_view(world)), LIMIT_S, world.slack.messages)

        world.jobs.set_status(DATAFLOW, RUN, "Up and Running")
        recovery = await world.alert("Up and Running")  # the mute is over
        assert recovery.thread_ts == alert.ts
        await chooses(world, recovery, "Stop watching…")
        question = await world.private_reply("Stop watching orders-to-lake")
        assert "danger" in str(question.blocks)
        await world.slack.press(question, "unwatch_job", user=MEMBER.id)
        await world.slack.wait_for(lambda m: m.ephemeral_to is None and "stopped watching" in m.text)
        assert "doesn't watch any jobs yet" in (await world.reply("list")).text


async def chooses(world: World, message: Message, label: str) -> None:
    """Somebody chooses what is called so in a menu of a message."""
    menus = [each for block in message.blocks for each in block.get("elements", []) if "options" in each]  # type: ignore[attr-defined]
    (action, value), *_ = [
        (menu["action_id"], option["value"])
        for menu in menus
        for option in menu["options"]
        if option["text"]["text"] == label
    ]
    await world.slack.press(message, action, user=MEMBER.id, value=value)


def top_view(world: World) -> object:
    view = world.slack.views.top(MEMBER.id)
    return view.content if view else None


async def test_the_bot_answers_to_any_name(world: World) -> None:
    """Whatever the manifest calls the command, it works, and lines to copy use that name."""
    async with world.bot():
        answer = await world.slack.command("statsu", user=MEMBER.id, channel=world.channel, command="/pipeline")
        assert answer.message is not None
        assert "/pipeline status" in answer.message.text


async def test_without_the_bot_in_a_channel_nothing_is_promised(world: World) -> None:
    """A watch in a channel that the bot can't post to isn't confirmed; the person learns how to invite the bot."""
    async with world.bot():
        for channel in (PUBLIC_WITHOUT_BOT, PRIVATE_WITHOUT_BOT):
            refused = await world.reply(f"watch {JOB}", channel=channel)
            assert refused.ephemeral_to == MEMBER.id
            assert "/invite @" in refused.text
            assert "doesn't watch any jobs yet" in (await world.reply("list", channel=channel)).text
