"""Digests come at their time of day, whatever clocks do, and each of them once."""

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.demo.slack.stand_in import MEMBER, Message
from tests.scenarios.conftest import ItIs
from tests.scenarios.test_elements import presses
from tests.scenarios.world import LIMIT_S, World, shown


def digests(world: World, place: str | None = None) -> Sequence[Message]:
    return [one for one in world.alerts(place or world.channel) if " digest · " in shown(one)]


async def nth(world: World, number: int, place: str | None = None) -> str:
    """Wait for the n-th digest in a place; return what it shows."""
    await world.slack.until(lambda: len(digests(world, place)) >= number, LIMIT_S, world.slack.messages)
    assert len(digests(world, place)) == number
    return shown(digests(world, place)[-1])


def come(world: World, place: str | None = None) -> list[str]:
    """When the digests in a place came, in UTC."""
    return [f"{datetime.fromtimestamp(float(one.ts), UTC):%d %b %Y %H:%M}" for one in digests(world, place)]


async def test_a_digest_comes_at_its_time_of_day(either_world: World, it_is: ItIs) -> None:
    """A digest comes at nine o'clock before and after each change of the clock, at midnight in a zone without one, over
    the year's end and in the zone of the person who asked; once, too, after the bot was down when it was due. It says
    what is bad and what changed; of a quiet day, that in one line. Choosing is confirmed for all, and shown again."""
    world, direct = either_world, either_world.slack.direct_message(MEMBER.id).id
    it_is("2031-03-29T07:30")
    job, _ = await world.watched_jobs(2)
    await world.watched_jobs(1, [MEMBER.id])
    async with world.bots():
        none = await world.reply("digest")
        assert "doesn't get a digest" in none.text
        assert "No changes" not in (await presses(world, none, "preview_digest")).text
        chosen = await world.reply("digest daily 9:00 berlin")
        assert chosen.ephemeral_to is None
        assert f"<@{MEMBER.id}> scheduled a digest in this channel: every day at 9:00, Europe/Berlin" in chosen.text
        assert "29 Mar 2031 08:00 UTC" in chosen.text
        own = await world.reply("digest daily 9:00", channel=direct)
        assert "every day at 9:00, America/New York time" in own.text
        assert "29 Mar 2031 13:00 UTC" in own.text
        it_is("2031-03-29T08:00")
        assert "no changes seen since 28 Mar 2031 08:00 UTC · 2 jobs Up and Running" in await nth(world, 1)
        it_is("2031-03-30T06:59")
        world.change([job], "Running with Error")
        await world.until_delivered([job], "❌")
        it_is("2031-03-30T07:00")  # an hour earlier than the day before: it's summer time now
        assert "1 of 2 jobs has a problem now" in (day := await nth(world, 2))
        assert f"❌ {job.name} is Running with Error" in day
        listed = await presses(world, digests(world)[-1], "show_list")
        assert "This channel watches 2 jobs" in listed.text
        await nth(world, 1, direct)  # late, as those that follow
    it_is("2031-10-25T12:00")
    async with world.bots():  # down for months: one digest, and it's late
        assert "This digest is late: it was due 31 Mar 2031 07:00 UTC" in await nth(world, 3)
        await nth(world, 2, direct)
        it_is("2031-10-26T07:30")
        await nth(world, 3, direct)
        assert "26 Oct 2031 08:00 UTC" in (await world.reply("digest")).text
        it_is("2031-10-26T08:00")
        await nth(world, 4)
        changed = await world.reply("digest daily midnight in Mumbai")
        assert "every day at 0:00, Asia/Kolkata time" in changed.text
        assert "26 Oct 2031 18:30 UTC" in changed.text
        it_is("2031-12-31T18:30")
        await nth(world, 5)
        await nth(world, 4, direct)
        it_is("2032-01-01T18:30")
        assert "Problems now" in await nth(world, 6)
        await nth(world, 5, direct)
        assert "turned off the digest" in (await world.reply("digest off")).text
    assert come(world) == [
        *("29 Mar 2031 08:00", "30 Mar 2031 07:00", "25 Oct 2031 12:00", "26 Oct 2031 08:00"),
        *("31 Dec 2031 18:30", "01 Jan 2032 18:30"),
    ]
