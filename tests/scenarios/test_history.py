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
from tests.scenarios.clocks import NIGHTS
from tests.scenarios.conftest import ItIs, SetClock
from tests.scenarios.world import DATAFLOW, JOB, LIMIT_S, MEMBER, NAME, RUN, Run, World

# Of each night: its days, the hour of the first one that is 24 hours before nine in the morning, and its length.
SHOWN = (
    ("8 Mar", "9 Mar", "08", 9),
    ("1 Nov", "2 Nov", "10", 11),
    ("31 Dec", "1 Jan", "09", 10),
    ("2 Jan", "3 Jan", "09", 10),
)


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


async def until_written(world: World) -> None:
    """Wait until a time in which nobody could poll is written that has just ended; it is written once."""
    async with opened(world.settings["DATABASE_URL"]) as database, asyncio.timeout(LIMIT_S):
        while not (found := await gaps(database)):
            await asyncio.sleep(0.05)
        assert len(found) == 1


async def gaps(database: Database) -> Sequence[timedelta]:
    """The times in which nobody could poll that ended in the last minute."""
    latest = select(GapRow).where(GapRow.until > datetime.now(UTC) - timedelta(minutes=1))
    async with database.reading() as session:
        return [row.until - row.since for row in await session.scalars(latest)]


def minutes_after(words: str, message: Message) -> int:
    found = re.search(rf"{words} (\d+)\u00a0min", message.text)
    assert found, message.text
    return int(found[1])


async def test_a_history_and_its_picture(either_world: World, it_is: ItIs, set_clock: SetClock) -> None:
    """A job fails for half an hour of the moved clock, and for twenty minutes nobody can poll it. Its history tells
    both, only to the person who asks, and the picture goes to their direct messages; a button shows another period in
    place of the first, another one shares the history with the channel. Nights in which nobody polls are as long as
    they were, on the clock of the person. If Slack takes no picture, all is in text."""
    world = either_world
    direct = world.slack.direct_message(MEMBER.id).id
    async with world.bots():
        await world.reply(f"watch {JOB}")
        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        await world.alert("Running with Error")
        for _ in range(3):
            set_clock(timedelta(minutes=9))  # a longer step would be a time in which nobody polled
            await world.until_polled([Run(NAME, DATAFLOW, RUN)], 2)
        world.jobs.set_status(DATAFLOW, RUN, "Up and Running")
        await world.alert("Up and Running")
        world.jobs.fail(JobsFault.SERVER_ERROR, DATAFLOW)
        await world.until_polled([Run(NAME, DATAFLOW, RUN)], 2)
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
        assert (await picture(world, direct, 2)).files[0].is_png
        await world.slack.press(told, "share_history", user=MEMBER.id)
        assert f"<@{MEMBER.id}> shares the history of {NAME}" in (await picture(world, world.channel)).text

        for number, (night, (day, next_day, hour, length)) in enumerate(zip(NIGHTS, SHOWN, strict=True), 3):
            world.slack.users[MEMBER.id].tz = night.zone
            it_is(night.evening)
            await until_written(world)
            set_clock(night.length)
            await until_written(world)
            said = await world.reply(f"history {NAME} 24h")
            assert "unknown for" in said.text
            alt = (await picture(world, direct, number)).files[0].alt_text
            assert f"from {day} {hour}:0" in alt
            assert f" to {next_day} 09:0" in alt
            assert f"Couldn't be checked from {day} 23:0" in alt
            assert f"for {length}\u00a0h" in alt

        world.slack.fail(Fault.HTTP_500, "upload")
        failed = await world.reply(f"history {NAME} 24h")
        assert "in your direct messages" not in str(failed.blocks)
        world.slack.app.scopes.discard("files:write")
        for text in (f"history {NAME}", f"history {JOB} month"):
            in_text = await world.reply(text)
            assert "✅" in str(in_text.blocks)
            assert "in your direct messages" not in str(in_text.blocks)
        await world.slack.press(in_text, "share_history", user=MEMBER.id)
        words = "shares the history"
        await world.slack.wait_for(lambda m: words in m.text and not m.files and m.channel == world.channel, LIMIT_S)
        assert not [m for m in world.slack.messages if "went wrong" in m.text]
