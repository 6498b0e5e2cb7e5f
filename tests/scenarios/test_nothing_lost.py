import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from functools import partial

import pytest

from bot.demo.informatica.stand_in import DEMO_JOBS
from bot.demo.informatica.stand_in import Fault as JobsFault
from bot.demo.slack.stand_in import Channel, Fault
from tests.scenarios.world import ADMIN, DATAFLOW, EXAMPLE, JOB, NAME, RUN, World, delivery_ids, shown


async def test_after_a_restart_nothing_is_repeated(world: World) -> None:
    """After a stop and a start the subscription is there, nothing is delivered again, and an unchanged job isn't
    announced. What changed while the bot was stopped is."""
    async with world.bot():
        await world.reply(f"watch {JOB}")
        world.jobs.set_status(DATAFLOW, RUN, "Running with Warning")
        await world.alert("Running with Warning")
    async with world.bot():
        await world.until_requests(4)
        assert NAME in (await world.reply("list")).text
        assert len(world.alerts()) == 1
    world.jobs.set_status(DATAFLOW, RUN, "Stopped")
    async with world.bot():
        await world.alert("Stopped")
    assert len(world.alerts()) == 2


async def test_a_message_that_slack_refused_is_sent_again(world: World) -> None:
    """Whatever the fault was, a message that Slack didn't accept is accepted at the next attempt, and posted once."""
    faults = (
        Fault.HTTP_500,
        Fault.RATE_LIMITED,
        Fault.HTTP_503,
        Fault.HTTP_502_HTML,
        Fault.INTERNAL_ERROR,
        Fault.DROP_BEFORE,
    )
    channels = [f"C0DEMOFLT{number}" for number in range(len(faults))]
    for channel, fault in zip(channels, faults, strict=True):
        world.slack.channels[channel] = Channel(channel, fault.name.lower(), members={world.slack.app.bot_user_id})
        world.slack.fail(fault, channel=channel)
    [run] = await world.watched_jobs(1, channels)
    async with world.bot():
        world.change([run], "Running with Error")
        for channel in channels:
            await world.until_delivered([run], "❌", channel)
        await world.until_polled([run], 4)
    attempts = Counter(call.arguments["channel"] for call in world.slack.calls if call.method == "chat.postMessage")
    assert attempts == dict.fromkeys(channels, 2)
    for channel in channels:
        world.assert_delivered({run: "✅ ❌"}, channel)


@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.HTTP_503], ids=lambda fault: str(fault.name).lower())
async def test_a_watch_is_confirmed_once_slack_accepts_it(world: World, fault: Fault) -> None:
    """While Slack accepts nothing, the person reads that the watch is saved. Afterwards the channel sees it confirmed,
    once, in the message that brings what changed meanwhile, and the watch that ended meanwhile never."""
    clicks = DEMO_JOBS[1]
    async with world.bot() as bot:
        world.slack.fail(fault, times=None)
        await world.send(f"watch {JOB}")
        await world.private_reply("saved")
        await world.send(f"watch {clicks[1]} {clicks[2]}", user=ADMIN.id)
        await world.private_reply("saved", ADMIN.id)
        await world.send(f"unwatch {clicks[1]} {clicks[2]}", user=ADMIN.id)
        await world.slack.wait_for(lambda m: "stopped watching" in m.text)
        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        await bot.wait_for(partial(_recorded, 1))
        assert world.alerts() == []
        world.slack.heal()
        alert = await world.alert("Running with Error")
        await world.until_requests(4)
    assert f"is watching {NAME} (run {RUN} only) in this channel" in shown(alert)
    assert sum("is watching" in shown(m) for m in world.slack.messages) == 1


async def test_a_repeated_message_has_the_same_delivery_id(world: World) -> None:
    """If Slack accepted a message but its answer was lost, it is posted again with the same delivery ID."""
    async with world.bot():
        await world.reply(f"watch {JOB}")
        world.slack.fail(Fault.DROP_AFTER)
        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        await world.until_alerts(2)
        await world.until_requests(4)
    first, second = world.alerts()
    assert delivery_ids(first) == delivery_ids(second) != set()


@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.HTTP_500], ids=lambda fault: str(fault.name).lower())
async def test_changes_during_an_outage_of_slack(world: World, fault: Fault) -> None:
    """While Slack accepts nothing, changes wait. Afterwards one message shows each job's path of statuses, of those
    that still fail and of those that recovered."""
    failing, recovered = await world.watched_jobs(2), await world.watched_jobs(3)
    runs = [*failing, *recovered]
    async with world.bot() as bot:
        await world.until_polled(runs)
        world.slack.fail(fault, times=None)
        for number, status in enumerate(("Running with Warning", "Running with Error"), start=1):
            world.change(runs, status)
            await bot.wait_for(partial(_recorded, 5 * number))
        world.change(recovered, "Up and Running")
        await bot.wait_for(partial(_recorded, 13))
        assert world.alerts() == []
        world.slack.heal()
        await world.until_delivered(failing, "❌")
        await world.until_delivered(recovered, "✅")
        await world.until_polled(runs, 2)
    world.assert_delivered(dict.fromkeys(failing, "✅ ⚠️ ❌") | dict.fromkeys(recovered, "✅ ⚠️ ❌ ✅"))
    assert len(world.alerts()) == 1


def _recorded(changes: int, log: Sequence[str]) -> bool:
    return sum('"event": "recorded"' in line for line in log) == changes


async def test_every_command_is_answered_before_the_bot_stops(world: World) -> None:
    """SIGTERM while a quick and a slow look-up are under way: the quick one is answered, the slow one gets a reply to
    try again, and the exit code is 0 within ten seconds."""
    async with world.process() as bot:
        world.jobs.fail(JobsFault.HANG, dataflow=DATAFLOW)
        await asyncio.gather(world.send(f"status {EXAMPLE}"), world.send(f"status {JOB}"))
        async with asyncio.timeout(10):
            bot.signal(signal.SIGTERM)
            await world.private_reply("testmonitor is Undeployed")
            await world.private_reply(f"/job status {JOB}")
            assert await bot.ended() == 0
