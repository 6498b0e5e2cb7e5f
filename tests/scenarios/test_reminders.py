"""Reminders and escalation: what follows an alert while nobody acts, by the wall clock, whatever happens meanwhile."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import func, or_, select

from bot.demo.slack.stand_in import ADMIN, MEMBER, Message
from bot.domain.reminding import Escalation, Reminding
from bot.notify import reminding
from bot.store.database import opened
from bot.store.sql.tables import IncidentRow
from bot.watch import assignment
from tests.scenarios.conftest import ItIs, SetClock
from tests.scenarios.world import LIMIT_S, Run, World, shown

MINUTE = timedelta(minutes=1)
# Less than half an hour later, clocks in Berlin are set forward, set back, or show a new year; and those in Kolkata
# show a new day.
BEFORE_SUMMER, BEFORE_WINTER, BEFORE_NEW_YEAR = "2031-03-30T00:45", "2031-10-26T00:45", "2031-12-31T22:45"
BEFORE_MIDNIGHT_IN_KOLKATA = "2032-01-02T18:15"


@pytest.fixture(autouse=True)
def shorter_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polls are written at once, so that the moved clock makes no job look unpolled for long."""
    monkeypatch.setattr(assignment, "_WRITE_INTERVAL_S", 0.0)
    monkeypatch.setattr(reminding, "_SOON", timedelta(seconds=0.1))
    # On a busy machine a poll may time out: a job that can't be checked is looked at again.
    monkeypatch.setattr(reminding, "_RECHECK", timedelta(seconds=0.1))


def follow_ups(world: World, channel: str | None = None) -> Sequence[Message]:
    """The reminders and escalations so far."""
    return [one for one in world.alerts(channel) if " is still " in shown(one.as_posted)]


async def follows(world: World, count: int) -> Message:
    """Wait for so many reminders and escalations in all; the last one."""
    await world.slack.until(lambda: len(follow_ups(world)) >= count, LIMIT_S, world.slack.messages)
    assert len(follow_ups(world)) == count
    return follow_ups(world)[-1]


async def nothing_follows(world: World, job: Run, count: int) -> None:
    """No more than so many come while the job is polled."""
    await world.until_polled([job], 4)
    assert len(follow_ups(world)) == count


async def quarter_passes(world: World, job: Run, set_clock: SetClock) -> None:
    """A quarter of an hour, in steps that leave no time in which the job wasn't polled, even if a poll is lost."""
    for _ in range(5):
        await world.until_polled([job], 2)
        set_clock(3 * MINUTE)


async def planned(world: World, count: int) -> None:
    """Wait until so many alerts were recorded as delivered, with what follows them."""
    is_due = or_(IncidentRow.reminder_due_at.is_not(None), IncidentRow.escalation_due_at.is_not(None))
    due = select(func.count()).where(is_due)
    async with opened(world.settings["DATABASE_URL"]) as database, asyncio.timeout(LIMIT_S):
        found = 0
        while found < count:
            await asyncio.sleep(0.02)
            async with database.reading() as session:
                found = (await session.execute(due)).scalar_one()


async def becomes(world: World, job: Run, status: str, icon: str) -> Message:
    world.change([job], status)
    await world.until_delivered([job], icon)
    return world.alerts(world.channel)[-1]


async def test_what_follows_an_alert(either_world: World, it_is: ItIs, set_clock: SetClock) -> None:
    """Somebody is told once after a quarter of an hour, for the channel to see or, of a person's own watch, in their
    direct messages; reminders come every half an hour as replies, whatever the machine's clock does meanwhile. An
    acknowledgement or a mute silences both, until it gets worse or ends; after a downtime there is one; and the
    recovery ends them."""
    world = either_world
    it_is(BEFORE_SUMMER)
    (job,) = await world.watched_jobs(1)
    (own,) = await world.watched_jobs(1, [MEMBER.id], reminding=Reminding(None, Escalation(ADMIN.id, 15 * MINUTE)))
    async with world.bots():
        said = await world.reply(
            f"watch {job.name} remind every 30m while problem tell <@{ADMIN.id}> if problem for 15m"
        )
        assert "⏰ Reminders every 30 min while there are problems" in said.text.replace("\xa0", " ")
        first = await becomes(world, job, "Running with Warning", "⚠️")
        assert "Reminds every 30" in shown(first.as_posted)
        assert ADMIN.id not in str(first.blocks)  # a mention would tell them now
        world.change([own], "Running with Error")
        await planned(world, 2)
        await quarter_passes(world, job, set_clock)
        await follows(world, 2)
        (told,) = follow_ups(world, world.channel)
        assert f"escalated to <@{ADMIN.id}>" in told.text
        assert (told.thread_ts, told.broadcast) == (first.ts, True)
        (told,) = follow_ups(world, world.slack.direct_message(ADMIN.id).id)
        assert f"escalated to you by <@{MEMBER.id}>" in told.text
        await quarter_passes(world, job, set_clock)
        reminder = await follows(world, 3)
        assert (reminder.thread_ts, reminder.broadcast) == (first.ts, False)
        assert "30 min" in reminder.text.replace("\xa0", " ")
        set_clock(30 * MINUTE)
        reminder = await follows(world, 4)
        assert " min" not in reminder.text.replace("\xa0", " ")  # nobody could look meanwhile

        await world.slack.press(reminder, "acknowledge", user=MEMBER.id)
        await world.slack.until(lambda: "cknowledged by" in shown(reminder), LIMIT_S, [reminder])
        set_clock(45 * MINUTE)
        await nothing_follows(world, job, 4)
        await becomes(world, job, "Running with Error", "❌")
        await planned(world, 1)
        set_clock(15 * MINUTE)
        assert "escalated to" in (await follows(world, 5)).text

        await world.reply(f"mute {job.name} 2h")
        set_clock(60 * MINUTE)
        await nothing_follows(world, job, 5)
        await world.reply(f"unmute {job.name}")
        set_clock(30 * MINUTE)
        assert "escalated" not in (await follows(world, 6)).text
    it_is(BEFORE_WINTER)
    async with world.bots():
        await follows(world, 7)
        set_clock(30 * MINUTE)
        await follows(world, 8)
        it_is(BEFORE_NEW_YEAR)
        await follows(world, 9)
        set_clock(30 * MINUTE)
        await follows(world, 10)
        it_is(BEFORE_MIDNIGHT_IN_KOLKATA, "Asia/Kolkata")
        await follows(world, 11)
        set_clock(30 * MINUTE)
        await follows(world, 12)
        await becomes(world, job, "Up and Running", "✅")
        set_clock(60 * MINUTE)
        await nothing_follows(world, job, 12)
