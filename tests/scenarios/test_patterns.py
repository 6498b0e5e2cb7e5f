"""Many jobs watched at once: those that come and go are told once, whatever happens in between."""

import asyncio

from bot.demo.informatica.stand_in import Fault as JobsFault
from bot.demo.informatica.stand_in import Resource
from bot.slack.grammar.presses import Action
from tests.scenarios.conftest import needs_list
from tests.scenarios.world import ADMIN, MEMBER, World, deliveries, shown

pytestmark = needs_list

NEW = ("orders-eu", "flow-eu", 50_001)
PATTERN = "all matching orders-*"


def said(world: World, words: str) -> int:
    """How often that was said in the channel."""
    return sum(words in shown(message) for message in world.alerts())


async def until_said(world: World, words: str, times: int = 1) -> None:
    await world.slack.until(lambda: said(world, words) == times, 30, world.slack.messages)


async def gathered(world: World, times: int = 3) -> None:
    """Until the list was asked for so many times more."""
    before = lists_asked_for(world)
    async with asyncio.timeout(30):
        while lists_asked_for(world) < before + times:
            await world.jobs.asked_again(1)


def lists_asked_for(world: World) -> int:
    return sum(request.path.endswith("/MIJobs") for request in world.jobs.requests)


async def test_jobs_that_come_and_go_are_told_once(world: World) -> None:
    """A channel that watches all that match hears of a new job, of its changes, and of its end; a restart and a list
    that fails in between repeat and invent nothing."""
    async with world.bot():
        confirmed = await world.asks(f"watch {PATTERN} on problems")
        assert f"<@{MEMBER.id}> is watching all jobs matching orders-* in this channel" in confirmed.text
        assert "orders-to-lake ✅ Up and Running" in confirmed.text
        assert "This channel already watches" in (await world.asks(f"watch {PATTERN}")).text
        world.jobs.add(*NEW, "Deploying")
        await until_said(world, "🆕 New job orders-eu: 🔄 Deploying")
        world.jobs.set_status(*NEW[1:], "Running with Error")
        await until_said(world, "❌ orders-eu is Running with Error")
        listed = (await world.asks("list")).text
        assert f"all jobs matching orders-* · 2 jobs · on problems · by <@{MEMBER.id}>" in listed
    async with world.bot():
        await gathered(world)
        world.jobs.fail(JobsFault.SERVER_ERROR, resource=Resource.LIST)
        world.jobs.list.missing.add(NEW[1])
        await gathered(world, 1)
        world.jobs.heal()
        world.jobs.list.statusless.add("5f0c7a52-8d1e-4b53-9d57-0f6f3c1b2a10")  # orders-to-lake is there, and not shown
        await until_said(world, "🗑️ orders-eu was removed from the job list")
        await gathered(world)
        assert "1 job · on problems" in (await world.asks("list")).text
        assert "stopped watching all jobs matching orders-*" in (await world.asks(f"unwatch {PATTERN}")).text
        await world.says("watch all matching payments-* to me", user=ADMIN.id)  # the list is asked for on and on
        world.jobs.list.missing.clear()
        await gathered(world)
    assert said(world, "New job orders-eu") == 1
    assert said(world, "orders-eu was removed") == 1
    assert said(world, "orders-eu is Running with Error") == 1
    assert len(world.alerts()) == 3


async def test_a_kill_in_between_repeats_nothing(world: World) -> None:
    """Killed right after a job came, the bot tells of it once (or again under the same number, where it died before it
    had noted Slack's answer); what came while it was away is told when it is back."""
    async with world.process() as bot:
        await world.asks(f"watch {PATTERN}")
        world.jobs.add(*NEW)
        await until_said(world, "🆕 New job orders-eu: ✅ Up and Running")
        await bot.kill()
    world.jobs.add("orders-us", "flow-us", 50_002, "Running with Warning")
    async with world.bot():
        await until_said(world, "🆕 New job orders-us: ⚠️ Running with Warning")
        await gathered(world)
    assert len({number for message in world.alerts() for number in deliveries(message)}) == 2


async def test_a_hundred_jobs_are_asked_about_and_then_watched(world: World) -> None:
    """More than a few are watched when somebody has said yes to their number; none of them is announced, and each of
    them is told of when it changes."""
    runs = [(f"sales-{number:03}", f"sales-flow-{number:03}", 60_000 + number) for number in range(100)]
    for run in runs:
        world.jobs.add(*run)
    async with world.bot():
        question = await world.asks("watch all matching sales-*")
        assert question.ephemeral_to == MEMBER.id
        before = len(world.slack.messages)
        await world.slack.press(question, Action.WATCH_ALL, user=MEMBER.id)
        confirmed = await world.slack.wait_for(lambda m: m in world.slack.messages[before:], timeout=20)
        assert "100 jobs match now" in confirmed.text
        async with asyncio.timeout(40):
            while "watches 100 jobs" not in (await world.asks("list")).text:
                await world.jobs.asked_again(30)
        for _, flow, number in runs:
            world.jobs.set_status(flow, number, "Running with Error")
        await world.slack.until(lambda: len({told.name for told in world.told()}) == 100, 60, world.slack.messages)
    assert all(told.statuses == ("✅", "❌") for told in world.told())
    assert said(world, "New job") == 0
