import asyncio
import signal

from bot.demo.jobs_service import Fault as JobsFault
from bot.demo.slack_web_api import Fault
from tests.scenarios.world import DATAFLOW, JOB, MEMBER, NAME, RUN, World


async def test_killed_between_a_change_and_its_post(world: World) -> None:
    """SIGKILL while a change is recorded and its post is under way: after the next start it comes, once, and no lease
    of the dead process keeps it waiting."""
    async with world.bot() as bot:
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
    async with world.bot() as bot:
        await world.asks(f"watch {JOB}")
        world.jobs.set_status(DATAFLOW, RUN, "Running with Warning")
        await world.alert("Running with Warning")
        assert await bot.stop() == 0
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
    async with world.bot():
        await world.asks(f"watch {JOB}")
        for number, fault in enumerate(faults, start=1):
            world.slack.fail(fault)
            world.jobs.set_status(DATAFLOW, RUN, f"Status number {number}")
            await world.alert(f"Status number {number}")
        await _settled(world)
    assert len(world.alerts()) == len(faults)


async def test_a_lost_answer_may_repeat_a_message_and_its_metadata_tells(world: World) -> None:
    """Where Slack accepted a message and its answer was lost, it is posted again with the same delivery's ID."""
    async with world.bot():
        await world.asks(f"watch {JOB}")
        world.slack.fail(Fault.DROP_AFTER)
        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        first = await world.alert("Running with Error")
        second = await world.slack.wait_for(lambda m: m.metadata is not None and m is not first)
    assert first.metadata == second.metadata


async def test_changes_are_told_in_order_over_an_outage_of_slack(world: World) -> None:
    """While Slack is down changes wait; afterwards they are told oldest first."""
    async with world.bot() as bot:
        await world.asks(f"watch {JOB}")
        world.slack.fail(Fault.HTTP_503, times=None)
        for status in ("Running with Warning", "Running with Error", "Stopped"):
            world.jobs.set_status(DATAFLOW, RUN, status)
            await bot.wait_for_log(f'"new": "{status}"')
        world.slack.heal()
        await world.alert("Stopped", timeout=20)
    told = [m.text.split(" – ")[0] for m in world.alerts()]
    assert told == [f"🟡 {NAME} is Running with Warning", f"🔴 {NAME} is Running with Error", f"⚫ {NAME} is Stopped"]


async def test_a_failed_look_is_no_status(world: World) -> None:
    """While a job can't be seen nothing is told of it; `list` says why and when it was last seen; then it goes on."""
    async with world.bot() as bot:
        await world.asks(f"watch {JOB}")
        world.jobs.fail(JobsFault.SERVER_ERROR)
        await bot.wait_for_log("can't see a job now")
        await bot.wait_for(lambda log: sum("can't see a job now" in line for line in log) > 1)
        listed = await world.asks("list")
        assert "can't see it now (the jobs service has a fault of its own (HTTP 500))" in listed.text
        assert "Up and Running" in listed.text
        assert world.alerts() == []
        world.jobs.heal()
        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        await world.alert("Running with Error")
    assert len(world.alerts()) == 1


async def test_a_person_gets_an_answer_although_the_bot_is_stopped(world: World) -> None:
    """SIGTERM while a slow look-up is under way: the person hears of it, and it exits with 0 in ten seconds."""
    async with world.bot() as bot:
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
    async with world.bot() as bot:
        await world.says(f"status {JOB}")
        bot.signal(signal.SIGTERM)
        told = await world.slack.wait_for(lambda m: m.ephemeral_to == MEMBER.id)
        assert "Up and Running" in told.text
        assert await bot.ended() == 0


async def test_a_gone_channel_pauses_and_watching_again_resumes(world: World) -> None:
    """When a channel can't be told any more its subscriptions show why, nothing is retried for ever, and `watch`
    brings them back."""
    channel = world.slack.channels[world.channel]
    async with world.bot() as bot:
        await world.asks(f"watch {JOB}")
        channel.is_archived = True
        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        await bot.wait_for_log("the destination is gone")
        assert "paused: Slack says is_archived" in (await world.asks("list", channel=channel.id)).text
        channel.is_archived = False
        assert "watch" in (await world.asks(f"watch {JOB}", channel=channel.id)).text
        world.jobs.set_status(DATAFLOW, RUN, "Up and Running")
        await world.alert("Up and Running", channel=channel.id)
    assert len(world.alerts()) == 1


async def _settled(world: World, looks: int = 4) -> None:
    """Until the watcher has looked a few more times: whatever it had to say it has said by then."""
    await world.jobs.asked_again(looks)
