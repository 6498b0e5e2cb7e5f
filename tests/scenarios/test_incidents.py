"""One incident, one thread: from the first problem until recovery, whatever happens to Slack and the bot meanwhile."""

import json
from collections.abc import Sequence

from bot.demo.slack.stand_in import ADMIN, MEMBER, Fault, Message
from tests.scenarios.world import LIMIT_S, Run, World, shown


def alerts(world: World) -> Sequence[Message]:
    return world.alerts(world.channel)


async def until_shows(world: World, message: Message, words: str) -> None:
    """Wait until a message was updated so that it shows these words."""
    await world.slack.until(lambda: words in shown(message), LIMIT_S, [message])


async def fails(world: World, job: Run) -> Message:
    """Let a job fail; return the first message of its incident."""
    world.change([job], "Running with Warning")
    await world.until_delivered([job], "⚠️")
    return alerts(world)[-1]


async def test_an_incident_is_one_thread_over_restarts(world: World) -> None:
    """Later alerts are replies to the first one; what gets worse or recovers shows in the channel, too. The first one
    shows the present status and, at the end, how long it lasted. A restart in between changes nothing of that."""
    (job,) = await world.watched_jobs(1)
    async with world.bot():
        first = await fails(world, job)
    async with world.bot():
        for status, icon in (("Running with Error", "❌"), ("Stopped", "⏹️"), ("Up and Running", "✅")):
            world.change([job], status)
            await world.until_delivered([job], icon)
            await until_shows(world, first, f"{icon} {job.name} is ")
        await until_shows(world, first, "recovered after")
        world.change([job], "Running with Error")
        await world.until_alerts(5)
    world.assert_delivered({job: "✅ ⚠️ ❌ ⏹️ ✅ ❌"})
    assert [(one.thread_ts, one.broadcast) for one in alerts(world)] == [
        (None, False),
        (first.ts, True),
        (first.ts, False),
        (first.ts, True),
        (None, False),
    ]


async def test_two_workers_share_a_thread(postgresql_world: World) -> None:
    """Whichever worker delivers, an alert finds the thread of its incident; and when one of them stops, the other goes
    on with it."""
    world, direct = postgresql_world, postgresql_world.slack.direct_message(MEMBER.id).id
    (job,) = await world.watched_jobs(1, [world.channel, MEMBER.id])
    async with world.bot("worker", PORT=""), world.bot("worker", PORT=""):
        for status, icon in (("Running with Warning", "⚠️"), ("Running with Error", "❌"), ("Stopped", "⏹️")):
            world.change([job], status)
            for place in (world.channel, direct):
                await world.until_delivered([job], icon, place)
    async with world.bot("worker", PORT=""):
        world.change([job], "Up and Running")
        for place in (world.channel, direct):
            await world.until_delivered([job], "✅", place)
            await until_shows(world, world.alerts(place)[0], "recovered after")
    for place in (world.channel, direct):
        world.assert_delivered({job: "✅ ⚠️ ❌ ⏹️ ✅"}, place)
        first, *replies = world.alerts(place)
        assert [(one.thread_ts, one.broadcast) for one in replies] == [(first.ts, loud) for loud in (True, False, True)]


async def test_a_deleted_first_message_begins_a_new_thread(world: World) -> None:
    """If somebody deletes the first message, the next alert is posted in the channel and takes its place."""
    (job,) = await world.watched_jobs(1)
    async with world.bot():
        world.slack.delete(await fails(world, job))
        world.change([job], "Running with Error")
        await world.until_delivered([job], "❌")
        second = alerts(world)[-1]
        world.change([job], "Up and Running")
        await world.until_delivered([job], "✅")
        await until_shows(world, second, "recovered after")
    assert [(one.thread_ts, one.broadcast) for one in alerts(world)] == [(None, False), (second.ts, True)]


async def test_a_locked_thread_costs_no_alert(world: World) -> None:
    """If Slack refuses replies in the thread, the alert is posted in the channel, and nothing is paused."""
    (job,) = await world.watched_jobs(1)
    async with world.bot():
        await fails(world, job)
        world.slack.fail("restricted_action_thread_locked")
        world.change([job], "Running with Error")
        await world.until_delivered([job], "❌")
        second = alerts(world)[-1]
        world.change([job], "Up and Running")
        await world.until_delivered([job], "✅")
    assert [(one.thread_ts, one.broadcast) for one in alerts(world)[1:]] == [(None, False), (second.ts, True)]


async def test_an_update_that_slack_refuses_costs_no_alert(world: World) -> None:
    """While Slack refuses to change the first message, alerts are delivered as ever; where it can't be known whether
    the thread is still there, in the channel, too. What was only put off is made up for."""
    (job,) = await world.watched_jobs(1)
    async with world.bot():
        first = await fails(world, job)
        for fault, status, icon in (
            (Fault.HTTP_500, "Running with Error", "❌"),
            (Fault.HANG, "Running with Warning", "⚠️"),
            ("edit_window_closed", "Stopped", "⏹️"),
        ):
            world.slack.fail(fault, method="chat.update", times=None)
            world.change([job], status)
            await world.until_delivered([job], icon)
            world.slack.heal()
            await until_shows(world, first, f"{icon} {job.name} is ")
    world.assert_delivered({job: "✅ ⚠️ ❌ ⚠️ ⏹️"})
    assert [(one.thread_ts, one.broadcast) for one in alerts(world)[1:]] == [
        (first.ts, True),
        (first.ts, True),
        (first.ts, False),
    ]


async def test_without_threads_each_alert_is_a_message_of_its_own(world: World) -> None:
    """After `threads off` no alert is a reply, for everybody to see; the first message still shows the present status.
    `threads` tells what was chosen, and a restart keeps it."""
    (job,) = await world.watched_jobs(1)
    async with world.bot():
        assert "Threads are on in this channel" in (await world.reply("threads")).text
        chosen = await world.reply("threads off")
        assert chosen.ephemeral_to is None
        assert f"<@{MEMBER.id}> turned threads off in this channel" in chosen.text
        first = await fails(world, job)
    async with world.bot():
        assert "Threads are off in this channel" in (await world.reply("threads")).text
        world.change([job], "Up and Running")
        await until_shows(world, first, "recovered after")
    assert [one.thread_ts for one in alerts(world)] == [None, None]


async def test_an_incident_is_acknowledged_once_and_for_all_to_see(world: World) -> None:
    """The first message names who takes care, also if another alert's button was pressed, which shows it, too. Later
    alerts don't ask that. Pressed again, the button says who does already; on an alert of an earlier incident, that
    this one is over."""
    (job,) = await world.watched_jobs(1)
    async with world.bot():
        first = await fails(world, job)
        world.change([job], "Running with Error")
        await world.until_delivered([job], "❌")
        worse, before = alerts(world)[-1], first.blocks
        await world.slack.press(worse, "acknowledge", user=MEMBER.id)
        await until_shows(world, first, "Acknowledged by ")
        await until_shows(world, worse, "acknowledged by ")
        world.change([job], "Running with Warning")
        await world.until_alerts(3)
        world.change([job], "Running with Error")
        await world.until_alerts(4)
        assert not any('"Acknowledge"' in json.dumps(one.blocks) for one in alerts(world)[2:])
        again = Message(first.ts, first.channel, first.text, before)
        await world.slack.press(again, "acknowledge", user=ADMIN.id)
        assert f"was already acknowledged by <@{MEMBER.id}>" in (await world.private_reply("already", ADMIN.id)).text

        world.change([job], "Up and Running")
        await until_shows(world, first, "recovered after")
        world.change([job], "Running with Error")
        await world.until_alerts(6)
        await world.slack.press(again, "acknowledge", user=ADMIN.id)
        await world.private_reply("This alert is over", ADMIN.id)
        later = alerts(world)[-1]
        assert "cknowledged by" not in shown(later)
        said = await world.reply(f"ack {job.name}", user=ADMIN.id)
        assert said.ephemeral_to is None
        await until_shows(world, later, "Acknowledged by ")


async def test_the_first_message_shows_mutes_and_the_end_of_the_watch(world: World) -> None:
    """A mute shows in the first message until it ends; so does the end of the watch."""
    (job,) = await world.watched_jobs(1)
    async with world.bot():
        first = await fails(world, job)
        await world.reply(f"mute {job.name} 2h")
        await until_shows(world, first, "Muted ")
        await world.reply(f"unmute {job.name}")
        await world.slack.until(lambda: "Muted " not in shown(first), LIMIT_S, [first])
        await world.reply(f"unwatch {job.name}")
        await until_shows(world, first, "the watch has ended")
        assert "the watch of" in (await world.reply(f"ack {job.name}")).text
