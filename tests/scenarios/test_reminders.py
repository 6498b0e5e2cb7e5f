"""Reminders and escalation: what follows an alert while nobody acts, by the wall clock, whatever happens meanwhile."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, or_, select

from bot.demo.slack.stand_in import ADMIN, MEMBER, Message
from bot.domain.reminding import Escalation, Reminders, Reminding
from bot.notify import reminding
from bot.store.database import opened
from bot.store.sql.tables import IncidentRow
from bot.watch import assignment
from tests.scenarios.conftest import SetClock
from tests.scenarios.world import LIMIT_S, Run, World, shown

MINUTE = timedelta(minutes=1)
# Half an hour before clocks in Europe are set forward.
BEFORE_SUMMER = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def shorter_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polls are written at once, so that the moved clock makes no job look unpolled for long."""
    monkeypatch.setattr(assignment, "_WRITE_INTERVAL_S", 0.0)
    monkeypatch.setattr(reminding, "_SOON", timedelta(seconds=0.1))


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


async def test_what_follows_an_alert(world: World, set_clock: SetClock) -> None:
    """Somebody is told once after a quarter of an hour, for the channel to see; reminders come every half an hour, also
    where clocks change to summer time, as replies. An acknowledgement or a mute silences both, until it gets worse or
    ends; after a downtime there is one; and the recovery ends them."""
    (job,) = await world.watched_jobs(1)
    set_clock(BEFORE_SUMMER - datetime.now(UTC))
    async with world.bot():
        said = await world.reply(
            f"watch {job.name} remind every 30m while problem tell <@{ADMIN.id}> if problem for 15m"
        )
        assert "⏰ Reminders every 30 min while there are problems" in said.text.replace("\xa0", " ")
        first = await becomes(world, job, "Running with Warning", "⚠️")
        assert "Reminds every 30" in shown(first.as_posted)
        assert ADMIN.id not in str(first.blocks)  # a mention would tell them now
        await planned(world, 1)
        set_clock(15 * MINUTE)
        told = await follows(world, 1)
        assert f"escalated to <@{ADMIN.id}>" in told.text
        assert (told.thread_ts, told.broadcast) == (first.ts, True)
        set_clock(15 * MINUTE)
        reminder = await follows(world, 2)
        assert (reminder.thread_ts, reminder.broadcast) == (first.ts, False)
        assert "30 min" in reminder.text.replace("\xa0", " ")
        set_clock(30 * MINUTE)
        reminder = await follows(world, 3)

        await world.slack.press(reminder, "acknowledge", user=MEMBER.id)
        await world.slack.until(lambda: "cknowledged by" in shown(reminder), LIMIT_S, [reminder])
        set_clock(45 * MINUTE)
        await nothing_follows(world, job, 3)
        await becomes(world, job, "Running with Error", "❌")
        await planned(world, 1)
        set_clock(15 * MINUTE)
        assert "escalated to" in (await follows(world, 4)).text

        await world.reply(f"mute {job.name} 2h")
        set_clock(60 * MINUTE)
        await nothing_follows(world, job, 4)
        await world.reply(f"unmute {job.name}")
        set_clock(30 * MINUTE)
        assert "escalated" not in (await follows(world, 5)).text
    set_clock(600 * MINUTE)
    async with world.bot():
        await follows(world, 6)
        set_clock(30 * MINUTE)
        await follows(world, 7)
        await becomes(world, job, "Up and Running", "✅")
        set_clock(60 * MINUTE)
        await nothing_follows(world, job, 7)


async def test_two_workers_remind_once(
    postgresql_world: World, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of four jobs that fail in a channel, two workers remind once each time. Of a person's own watch somebody else is
    told once, in their direct messages."""
    # On a busy machine a poll may time out: a job that can't be checked is looked at again.
    monkeypatch.setattr(reminding, "_RECHECK", timedelta(seconds=0.1))
    world = postgresql_world
    runs = await world.watched_jobs(4, reminding=Reminding(Reminders(30 * MINUTE)))
    mine = Reminding(None, Escalation(ADMIN.id, 15 * MINUTE))
    (own,) = await world.watched_jobs(1, [MEMBER.id], reminding=mine)

    def times() -> list[int]:
        said = [shown(one.as_posted) for one in follow_ups(world)]
        return [sum(words.count(f"{run.name} ") for words in said) for run in (*runs, own)]

    async with world.bot("worker", PORT=""), world.bot("worker", PORT=""):
        world.change([*runs, own], "Running with Error")
        await world.until_delivered(runs, "❌")
        await world.until_delivered([own], "❌", world.slack.direct_message(MEMBER.id).id)
        await planned(world, 5)
        set_clock(15 * MINUTE)
        told = await follows(world, 1)
        assert told.channel == world.slack.direct_message(ADMIN.id).id
        assert f"escalated to you by <@{MEMBER.id}>" in told.text
        for count in (1, 2):
            set_clock(30 * MINUTE)
            await world.slack.until(lambda: sum(times()) >= 4 * count + 1, LIMIT_S, world.slack.messages)  # noqa: B023
            assert times() == [count, count, count, count, 1]
        await world.until_polled([own], 4)
    assert times() == [2, 2, 2, 2, 1]
