import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from functools import partial

import pytest

from bot.demo.informatica.stand_in import Fault as JobsFault
from bot.demo.slack.stand_in import Channel, Fault
from tests.scenarios.world import DATAFLOW, JOB, MEMBER, NAME, RUN, Run, World, deliveries, shown


async def test_killed_between_a_change_and_its_post(world: World) -> None:
    """SIGKILL while a change is recorded and its post is under way: after the next start it comes, once, and no lease
    of the dead process keeps it waiting."""
    async with world.process() as bot:
        await world.asks(f"watch {JOB}")
        world.slack.fail(Fault.HANG, times=None)
        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        await world.slack.wait_for_call(lambda call: "Running with Error" in str(call.arguments.get("text")))
        await bot.kill()
    world.slack.heal()
    assert world.alerts() == []

    async with world.bot():
        await world.alert("Running with Error")
        await _settled(world)
    assert len(world.alerts()) == 1


async def test_stopped_and_started_nothing_is_repeated(world: World) -> None:
    """After a stop and a start the subscription is there, what was told is not told again, and an unchanged job is
    not announced; what changed in between is."""
    async with world.bot():
        await world.asks(f"watch {JOB}")
        world.jobs.set_status(DATAFLOW, RUN, "Running with Warning")
        await world.alert("Running with Warning")
    async with world.bot():
        await _settled(world)
        assert NAME in (await world.asks("list")).text
        assert len(world.alerts()) == 1
    world.jobs.set_status(DATAFLOW, RUN, "Stopped")
    async with world.bot():
        await world.alert("Stopped")
    assert len(world.alerts()) == 2


async def test_what_slack_did_not_accept_is_tried_again(world: World) -> None:
    """A message that Slack did not take the first time comes the next time, and once, whatever the fault was."""
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
    [run] = await world.watched(1, channels)
    async with world.bot():
        world.change([run], "Running with Error")
        for channel in channels:
            await world.until_told([run], "❌", channel)
        await world.asked([run], 4)
    tried = Counter(call.arguments["channel"] for call in world.slack.calls if call.method == "chat.postMessage")
    assert tried == dict.fromkeys(channels, 2)
    for channel in channels:
        assert world.told(channel) == [(run.name, ("✅", "❌"))]


async def test_a_lost_answer_may_repeat_a_message_and_its_metadata_tells(world: World) -> None:
    """Where Slack accepted a message and its answer was lost, it is posted again with the same delivery's ID."""
    async with world.bot():
        await world.asks(f"watch {JOB}")
        world.slack.fail(Fault.DROP_AFTER)
        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        first = await world.alert("Running with Error")
        second = await world.slack.wait_for(lambda m: m.metadata is not None and m is not first, timeout=20)
        await _settled(world)
    assert deliveries(first) == deliveries(second) != set()
    assert world.alerts() == [first, second]


@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.HTTP_500], ids=lambda fault: str(fault.name).lower())
async def test_changes_during_an_outage_of_slack(world: World, fault: Fault) -> None:
    """While Slack takes nothing, changes wait; afterwards each job is told once: one that is still bad, and one that
    was bad and is well again as a path, oldest status first."""
    still, back = await world.watched(2), await world.watched(3)
    async with world.bot() as bot:
        await world.asked([*still, *back])
        world.slack.fail(fault, times=None)
        for number, status in enumerate(("Running with Warning", "Running with Error"), start=1):
            world.change([*still, *back], status)
            await bot.wait_for(partial(_noticed, 5 * number))
        world.change(back, "Up and Running")
        await bot.wait_for(partial(_noticed, 13))
        assert world.alerts() == []
        world.slack.heal()
        await world.until_told(still, "❌")
        await world.until_told(back, "✅")
        await world.asked([*still, *back], 2)
    assert sorted(world.told()) == sorted(
        [(run.name, ("✅", "⚠️", "❌")) for run in still] + [(run.name, ("✅", "⚠️", "❌", "✅")) for run in back]
    )
    assert len(world.alerts()) == 1


def _noticed(changes: int, log: Sequence[str]) -> bool:
    """Whether so many changes were seen and recorded."""
    return sum('"event": "recorded"' in line for line in log) == changes


async def test_a_failed_look_is_no_status(world: World) -> None:
    """While a job can't be seen no status is told of it; `list` says why and when it was last seen, the log says it
    once; then it goes on."""
    async with world.bot() as bot:
        await world.asks(f"watch {JOB}")
        world.jobs.fail(JobsFault.SERVER_ERROR)
        await bot.wait_for_log("can't poll a job")
        async with asyncio.timeout(20):
            while "Can't check it now" not in (listed := (await world.asks("list")).text):
                pass
        assert "(the jobs service failed (HTTP 500)) · last checked" in listed
        assert "Up and Running" in listed
        await _settled(world)
        assert sum("can't poll a job" in line for line in bot.log) == 1
        assert not any(NAME + " is " in shown(message) for message in world.alerts())
        world.jobs.heal()
        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        await world.until_told([Run(NAME, DATAFLOW, RUN)], "❌")
        await _settled(world)
    assert world.told() == [(NAME, ("✅", "❌"))]


async def test_a_person_gets_an_answer_although_the_bot_is_stopped(world: World) -> None:
    """SIGTERM while a slow look-up is under way: the person hears of it, and it exits with 0 in ten seconds."""
    async with world.process() as bot:
        world.jobs.fail(JobsFault.HANG, dataflow=DATAFLOW)
        answer = await world.says(f"status {JOB}")
        assert answer.status == 200
        async with asyncio.timeout(10):
            bot.signal(signal.SIGTERM)
            told = await world.slack.wait_for(lambda m: m.ephemeral_to == MEMBER.id, timeout=10)
            assert await bot.ended() == 0
    assert f"/job status {JOB}" in told.text


async def test_a_quick_answer_is_given_before_the_bot_stops(world: World) -> None:
    """SIGTERM right after a command that can be done in time: it is done, answered, and the exit code is 0."""
    async with world.process() as bot:
        await world.says(f"status {JOB}")
        bot.signal(signal.SIGTERM)
        told = await world.slack.wait_for(lambda m: m.ephemeral_to == MEMBER.id)
        assert "Up and Running" in told.text
        assert await bot.ended() == 0


async def test_a_gone_channel_pauses_and_watching_again_resumes(world: World) -> None:
    """When a channel can't be told any more, that is tried once and no more; its subscriptions show why, who made them
    is told what to do, and `watch` brings them back: told is what is new since, and what comes."""
    channel = world.slack.channels[world.channel]
    direct = world.slack.direct_message(MEMBER.id).id
    async with world.bot():
        await world.asks(f"watch {JOB}")
        channel.is_archived = True
        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        paused = await world.slack.wait_for(lambda m: m.channel == direct and "are paused" in m.text, timeout=20)
        assert "the channel is archived" in paused.text
        assert "🚧 Alerts paused" in (await world.asks("list", channel=channel.id)).text
        world.jobs.set_status(DATAFLOW, RUN, "Stopped")
        await _settled(world)
        tried = [
            call for call in world.slack.calls if call.error == "is_archived" and call.method == "chat.postMessage"
        ]
        assert len(tried) == 1

        channel.is_archived = False
        assert "watch" in (await world.asks(f"watch {JOB}", channel=channel.id)).text
        await world.until_told([Run(NAME, DATAFLOW, RUN)], "⏹️", channel.id)
        world.jobs.set_status(DATAFLOW, RUN, "Up and Running")
        await world.until_told([Run(NAME, DATAFLOW, RUN)], "✅", channel.id)
    assert world.told(channel.id) == [(NAME, ("✅", "⏹️")), (NAME, ("⏹️", "✅"))]


async def _settled(world: World, looks: int = 4) -> None:
    """Until the watcher has looked a few more times: whatever it had to say it has said by then."""
    await world.jobs.asked_again(looks)
