"""Maintenance and quiet hours: no alerts for a time, and one message at its end that leaves nothing out."""

import re
from collections.abc import Sequence

from bot.demo.slack.stand_in import MEMBER, Message
from tests.scenarios.clocks import NIGHTS
from tests.scenarios.conftest import ItIs
from tests.scenarios.in_process import Bot
from tests.scenarios.test_elements import presses
from tests.scenarios.world import LIMIT_S, Run, World, shown


def ends(world: World) -> Sequence[Message]:
    """The messages that tell of an end."""
    return [one for one in world.alerts(world.channel) if " ended" in shown(one).splitlines()[0]]


async def nth(world: World, number: int) -> str:
    """Wait for the n-th of them; return what it shows."""
    await world.slack.until(lambda: len(ends(world)) >= number, LIMIT_S, world.slack.messages)
    assert len(ends(world)) == number
    return shown(ends(world)[-1])


async def turned(bot: Bot, times: int) -> None:
    """Wait until a bot has begun and ended so much in all."""
    await bot.wait_for(lambda log: sum('"turned": true' in line for line in log) >= times)


async def recorded(bot: Bot, run: Run, status: str) -> None:
    """Wait until a bot has recorded that a job has a status."""
    await bot.wait_for(lambda log: any(run.dataflow in line and f'"new": "{status}"' in line for line in log))


async def test_quiet_hours(either_world: World, it_is: ItIs) -> None:
    """On the nights when clocks are changed and at the year's end, quiet hours begin and end as the clocks of the place
    show: an error breaks through, a warning waits for the one message in the morning, which tells what came and went.
    What a downtime falls into is told once afterwards. `quiet` and `list` show them; `off` ends them at once."""
    world = either_world
    it_is("2031-03-29T20:00")
    slow, failing = await world.watched_jobs(2)
    async with world.bots() as bot:
        assert "no quiet hours" in (await world.reply("quiet")).text
        chosen = await world.reply("quiet 22:00-7:00 berlin")
        assert chosen.ephemeral_to is None
        assert "22:00–7:00, Europe/Berlin time" in chosen.text
        it_is("2031-03-29T21:00")
        await turned(bot, 1)
        assert "30 Mar 2031 05:00 UTC> · alerts on errors only" in (await world.reply("list")).text
        world.change([slow], "Running with Warning")
        await recorded(bot, slow, "Running with Warning")
        world.change([failing], "Running with Error")
        await world.until_delivered([failing], "❌")
        it_is("2031-03-30T04:59")
        await world.until_polled([slow, failing], 2)
        world.assert_delivered({failing: "✅ ❌"})
        it_is("2031-03-30T05:00")  # seven o'clock in summer time: an hour is missing in this night
        told = await nth(world, 1)
        assert "2 of 2 jobs changed since 29 Mar 2031 21:00 UTC" in told
        assert f"Earlier problem: ❌ {failing.name}" in told
        world.assert_delivered({failing: "✅ ❌", slow: "✅ ⚠️"})

        it_is("2031-10-25T20:00")
        await turned(bot, 3)
        world.change([slow], "Up and Running")
        await recorded(bot, slow, "Up and Running")
        world.change([slow], "Running with Warning")
        await bot.wait_for(lambda log: sum(f'"{slow.dataflow}/' in line and "Warning" in line for line in log) >= 3)
        it_is("2031-10-26T05:59")  # six o'clock for the second time
        await world.until_polled([slow, failing], 2)
        assert len(ends(world)) == 1
        it_is("2031-10-26T06:00")
        assert "nothing" not in await nth(world, 2)
        changed = await world.reply("quiet 22:00-7:00 Asia/Kolkata except problems")
        assert "Asia/Kolkata time" in changed.text
        it_is("2031-12-31T16:30")
        await turned(bot, 5)
        world.change([slow], "Deploying")
        await recorded(bot, slow, "Deploying")
    it_is("2032-01-01T01:30")
    async with world.bots() as bot:
        told = await nth(world, 3)
        assert f"{slow.name} (run {slow.run}) is Deploying" in told
        world.assert_delivered({failing: "✅ ❌", slow: "✅ ⚠️ 🔄"})
        it_is("2032-01-01T16:30")
        await turned(bot, 2)
        assert "They have begun" in (await world.reply("quiet")).text
        assert "What happened meanwhile follows" in (await world.reply("quiet off")).text
        assert "nothing changed" in await nth(world, 4)
        assert "no quiet hours" in (await world.reply("quiet off")).text


async def test_maintenance(either_world: World, it_is: ItIs) -> None:
    """`mute all` holds back what happens to all jobs, also to one that is watched meanwhile, over a restart, until a
    time on the clock of whoever typed it, whatever clocks do that night. `list` says until when, why and by whom. The
    end, by itself or by the button, is one message: what differs is delivered in it, an incident goes on from there,
    and afterwards alerts come as ever."""
    world, first = either_world, NIGHTS[0]
    it_is(first.evening)
    steady, failing, back = await world.watched_jobs(3)
    async with world.bots() as bot:
        begun = await world.reply("mute all until 9:00 upgrade of the agents")
        assert f"🔇 <@{MEMBER.id}> muted all jobs in this channel for maintenance until" in begun.text
        assert f"{first.end}>" in begun.text
        world.change([failing, back], "Running with Error")
        await recorded(bot, failing, "Running with Error")
        await recorded(bot, back, "Running with Error")
        world.change([back], "Up and Running")
        await recorded(bot, back, "Up and Running")
    [late] = await world.watched_jobs(1)
    async with world.bots() as bot:
        world.change([late], "Stopped")
        await recorded(bot, late, "Stopped")
        listed = (await world.reply("list")).text
        assert "🔇 Maintenance until" in listed
        assert f": upgrade of the agents · by <@{MEMBER.id}>" in listed
        assert "4 jobs · 4 muted" in listed
        assert world.alerts() == []
        it_is(first.morning)
        told = await nth(world, 1)
        assert re.search(r"has ended after (8\sh\s59\smin|9\sh): upgrade", told)
        assert "3 of 4 jobs changed" in told
        assert f"Recovered: {back.name}" in told
        world.assert_delivered({failing: "✅ ❌", late: "✅ ⏹️"})
        world.change([failing], "Up and Running")
        await world.until_delivered([failing], "✅")
        assert world.alerts()[-1].thread_ts == ends(world)[0].ts

        begun = await world.reply(f"mute all matching {late.name[:5]}* 1d")
        again = await presses(world, begun, "unmute_all")
        assert again.ephemeral_to == MEMBER.id
        assert f"Earlier problem: ⏹️ {late.name}" in await nth(world, 2)
        assert f"ended by <@{MEMBER.id}> · nothing changed · 1 earlier problem remains" in ends(world)[-1].text
        assert "There is no maintenance" in (await world.reply("unmute all")).text
        world.change([steady], "Running with Warning")
        await world.until_delivered([steady], "⚠️")

        statuses = ("Running with Error", "Deploying", "Up and Running")
        for number, (night, status) in enumerate(zip(NIGHTS[1:], statuses, strict=True), 3):
            it_is(night.evening)
            world.slack.users[MEMBER.id].tz = night.zone
            assert f"{night.end}>" in (await world.reply("mute all until 9:00")).text
            world.change([steady], status)
            await recorded(bot, steady, status)
            it_is(night.morning)
            await nth(world, number)
    world.assert_delivered({failing: "✅ ❌ ✅", late: "✅ ⏹️", steady: "✅ ⚠️ ❌ 🔄 ✅"})
