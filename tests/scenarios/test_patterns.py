"""Many jobs watched by a pattern: those that are added or removed are announced once, whatever happens in between."""

import asyncio

from bot.demo.informatica.stand_in import Fault, Resource
from bot.slack.grammar.presses import Action
from tests.scenarios.conftest import needs_list
from tests.scenarios.world import ADMIN, MEMBER, Run, World, delivery_ids, shown

pytestmark = needs_list

NEW = Run("orders-eu", "flow-eu", 50_001)
PATTERN = "all matching orders-*"


def count_shown(world: World, words: str) -> int:
    """The number of alerts that show these words."""
    return sum(words in shown(message.as_posted) for message in world.alerts())


async def until_listed(world: World, times: int = 3) -> None:
    """Wait until the job list was requested so many times more."""
    before = lists_requested(world)
    async with asyncio.timeout(30):
        while lists_requested(world) < before + times:
            await world.until_requests(1)


def lists_requested(world: World) -> int:
    return sum(request.path.endswith("/MIJobs") for request in world.jobs.requests)


async def test_jobs_that_are_added_and_removed_are_announced_once(world: World) -> None:
    """A channel that watches a pattern is alerted when a job is added, when it changes, and when it is removed. A
    restart and a failing list repeat and invent nothing."""
    async with world.bot():
        confirmed = await world.reply(f"watch {PATTERN} on problems")
        assert f"<@{MEMBER.id}> is watching all jobs matching orders-* in this channel" in confirmed.text
        assert "orders-to-lake ✅\u00a0Up and Running" in confirmed.text
        assert "This channel already watches" in (await world.reply(f"watch {PATTERN}")).text
        world.jobs.add(*NEW, "Deploying")
        await world.alert_showing("🆕 New job orders-eu: 🔄 Deploying")
        world.change([NEW], "Running with Error")
        await world.alert_showing("❌ orders-eu is Running with Error")
        listed = (await world.reply("list")).text
        assert f"all jobs matching orders-* · 2 jobs · on problems · watched by <@{MEMBER.id}>" in listed
    async with world.bot():
        await until_listed(world)
        world.jobs.fail(Fault.SERVER_ERROR, resource=Resource.LIST)
        world.jobs.list.missing.add(NEW.dataflow)
        await until_listed(world, 1)
        world.jobs.heal()
        world.jobs.list.statusless.add("5f0c7a52-8d1e-4b53-9d57-0f6f3c1b2a10")  # orders-to-lake exists without a row
        await world.alert_showing("🗑️ orders-eu was removed from the job list")
        await until_listed(world)
        assert "1 job · on problems" in (await world.reply("list")).text
        assert "stopped watching all jobs matching orders-*" in (await world.reply(f"unwatch {PATTERN}")).text
        await world.send("watch all matching payments-* to me", user=ADMIN.id)  # so that the list is still requested
        world.jobs.list.missing.clear()
        await until_listed(world)
    assert count_shown(world, "New job orders-eu") == 1
    assert count_shown(world, "orders-eu was removed") == 1
    assert count_shown(world, "orders-eu is Running with Error") == 1
    assert len(world.alerts()) == 3


async def test_a_kill_in_between_repeats_nothing(world: World) -> None:
    """If the bot is killed right after it announced a new job, it doesn't announce it again, or only with the same
    delivery ID. What was added while it was dead is announced after the next start."""
    async with world.process() as bot:
        await world.reply(f"watch {PATTERN}")
        world.jobs.add(*NEW)
        await world.alert_showing("🆕 New job orders-eu: ✅ Up and Running")
        await bot.kill()
    world.jobs.add("orders-us", "flow-us", 50_002, "Running with Warning")
    async with world.bot():
        await world.alert_showing("🆕 New job orders-us: ⚠️ Running with Warning")
        await until_listed(world)
    assert len({id for message in world.alerts() for id in delivery_ids(message)}) == 2


async def test_a_hundred_jobs_are_watched_after_a_confirmation(world: World) -> None:
    """If more than a few jobs match, they are watched once somebody confirms their number; asking twice costs one list.
    None of them is announced then; each is when it changes."""
    runs = [Run(f"sales-{number:03}", f"sales-flow-{number:03}", 60_000 + number) for number in range(100)]
    for run in runs:
        world.jobs.add(*run)
    async with world.bot():
        question = await world.reply("watch all matching sales-*")
        assert question.ephemeral_to == MEMBER.id
        lists = lists_requested(world)
        await world.reply("watch all matching sales-0*")
        assert lists_requested(world) == lists
        before = len(world.slack.messages)
        await world.slack.press(question, Action.WATCH_ALL, user=MEMBER.id)
        confirmed = await world.slack.wait_for(lambda m: m in world.slack.messages[before:], timeout=20)
        assert "100 jobs match now" in confirmed.text
        assert (await world.reply("list")).text.startswith("This channel watches 100 jobs")
        async with asyncio.timeout(40):
            while "not looked up yet" in (await world.reply("list")).text:
                await world.until_requests(30)
        world.change(runs, "Running with Error")
        await world.until_delivered(runs, "❌")
    world.assert_delivered(dict.fromkeys(runs, "✅ ❌"))
    assert count_shown(world, "New job") == 0
