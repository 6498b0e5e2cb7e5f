"""The history of a job in the whole bot: what is recorded while nobody can poll, the report, and its picture."""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.demo.informatica.stand_in import Fault as JobsFault
from bot.demo.slack.stand_in import Fault, Message
from bot.slack.handlers.history import pictures, showing
from bot.store.database import Database, opened
from bot.store.sql.tables import GapRow
from tests.scenarios.conftest import SetClock
from tests.scenarios.world import JOB, LIMIT_S, MEMBER, NAME, World


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text waits for the picture, however slow the machine is."""
    monkeypatch.setattr(pictures, "LIMIT_S", LIMIT_S)
    monkeypatch.setattr(showing, "PICTURE_FIRST_S", LIMIT_S)


async def picture(world: World, channel: str, number: int = 1) -> Message:
    """Wait for the picture of this number in a channel."""

    def shared() -> list[Message]:
        return [m for m in world.slack.messages if m.files and m.channel == channel]

    await world.slack.until(lambda: len(shared()) >= number, LIMIT_S, world.slack.messages)
    return shared()[number - 1]


async def until_written(world: World, number: int = 1) -> None:
    """Wait until so many times in which nobody could poll are written."""
    async with opened(world.settings["DATABASE_URL"]) as database, asyncio.timeout(LIMIT_S):
        while len(await gaps(database)) < number:
            await asyncio.sleep(0.05)


async def gaps(database: Database) -> Sequence[timedelta]:
    async with database.reading() as session:
        return [row.until - row.since for row in await session.scalars(select(GapRow))]


def minutes_after(words: str, message: Message) -> int:
    found = re.search(rf"{words} (\d+)\u00a0min", message.text)
    assert found, message.text
    return int(found[1])


async def test_a_history_and_its_picture(world: World, set_clock: SetClock) -> None:
    """A job fails for half an hour of the moved clock, and for twenty minutes nobody can poll it. Its history tells
    both, only to the person who asks, and the picture goes to their direct messages; a button shows another period in
    place of the first, another one shares the history with the channel. If Slack takes no picture, all is in text."""
    dataflow, run = JOB.split()
    direct = world.slack.direct_message(MEMBER.id).id
    async with world.bot():
        await world.reply(f"watch {JOB}")
        world.jobs.set_status(dataflow, int(run), "Running with Error")
        await world.alert("Running with Error")
        for _ in range(3):
            set_clock(timedelta(minutes=9))  # a longer step would be a time in which nobody polled
            await world.until_polls(2)
        world.jobs.set_status(dataflow, int(run), "Up and Running")
        await world.alert("Up and Running")
        world.jobs.fail(JobsFault.SERVER_ERROR, dataflow)
        await world.until_polls(2)
        set_clock(timedelta(minutes=20))
        world.jobs.heal()
        await until_written(world)

        told = await world.reply(f"history {NAME}")
        assert told.ephemeral_to == MEMBER.id
        assert 27 <= minutes_after("· 1 incident · time to recovery", told) < 40
        assert 20 <= minutes_after("· unknown for", told) < 33
        assert " → ✅\u00a0Up and Running" in told.text
        shared = await picture(world, direct)
        (file,) = shared.files
        assert (file.is_png, NAME in shared.text, "Running with Error from " in file.alt_text) == (True, True, True)
        assert "in your direct messages" in str(told.blocks)

        await world.slack.press(told, "turn_history", user=MEMBER.id)
        await world.slack.until(lambda: "The last 24 hours" in told.text, LIMIT_S, [told])
        assert (await picture(world, direct, 2)).files[0].content != file.content
        await world.slack.press(told, "share_history", user=MEMBER.id)
        assert f"<@{MEMBER.id}> shares the history of {NAME}" in (await picture(world, world.channel)).text

        world.slack.fail(Fault.HTTP_500, "upload")
        failed = await world.reply(f"history {NAME} 24h")
        assert "in your direct messages" not in str(failed.blocks)
        world.slack.app.scopes.discard("files:write")
        for text in (f"history {NAME}", f"history {JOB} month"):
            in_text = await world.reply(text)
            assert "· 1 incident ·" in in_text.text
            assert "✅" in str(in_text.blocks)
            assert "in your direct messages" not in str(in_text.blocks)
        await world.slack.press(in_text, "share_history", user=MEMBER.id)
        words = "shares the history"
        await world.slack.wait_for(lambda m: words in m.text and not m.files and m.channel == world.channel, LIMIT_S)
        assert not [m for m in world.slack.messages if "went wrong" in m.text]


async def test_two_workers_write_a_time_without_polls_once(postgresql_world: World, set_clock: SetClock) -> None:
    """In a night in which clocks are set forward nobody polls: two workers write that time once for each job, and the
    history counts the hours that passed, not one that clocks skipped."""
    world = postgresql_world
    set_clock(datetime(2031, 3, 9, 5, 30, tzinfo=UTC) - datetime.now(UTC))  # half past midnight in New York
    jobs = await world.watched_jobs(2)
    async with world.bot("worker", PORT=""):
        await world.until_polled(jobs, 2)
    set_clock(timedelta(hours=4))  # half past five there
    async with world.bot("worker", PORT=""), world.bot("worker", PORT=""), world.bot("web"):
        await until_written(world, 2)
        told = await world.reply(f"history {jobs[0].name} 24h")
        assert "unknown for 4\u00a0h" in told.text
        assert (await picture(world, world.slack.direct_message(MEMBER.id).id)).files
        await world.until_polled(jobs, 3)
    async with opened(world.settings["DATABASE_URL"]) as database:
        assert len(await gaps(database)) == 2
