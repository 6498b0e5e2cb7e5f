"""The name of the bot's command, which a button that is pressed doesn't tell."""

from pathlib import Path

from pytest_mock import MockerFixture

from bot.demo.slack.stand_in import SlackStandIn
from bot.slack.command_name import CommandName
from bot.slack.grammar.presses import Action
from bot.store import installation
from bot.store.database import Database, DatabaseFault
from tests.slack.world import BEN, OPS, ORDERS, a_world

HERE, ELSEWHERE = "T1", "T2"


async def test_the_command_is_remembered_over_restarts(database: Database) -> None:
    """Each workspace has its own command, the last one that somebody used; until then it has the usual name."""
    before, after = CommandName(database), CommandName(database)
    assert await before.of(HERE) == "/job"
    for name in ("/jobs-old", "/jw", "/jw"):
        await before.heard(HERE, name)
    await before.heard(ELSEWHERE, "/watch")
    for names in (before, after):
        assert (await names.of(HERE), await names.of(ELSEWHERE)) == ("/jw", "/watch")


async def test_a_database_that_fails_stops_nothing(database: Database, mocker: MockerFixture) -> None:
    """While the name can't be read it is the usual one; one that could not be written is written with the next
    command."""
    names = CommandName(database)
    fault = DatabaseFault("OperationalError", "x")
    for function in ("command", "remember_command"):
        mocker.patch.object(installation, function, side_effect=fault)
    await names.heard(HERE, "/jw")
    assert await names.of(HERE) == "/job"
    mocker.stopall()
    await names.heard(HERE, "/jw")
    assert await CommandName(database).of(HERE) == "/jw"


async def test_a_button_speaks_of_the_command_as_it_is_called(slack: SlackStandIn, tmp_path: Path) -> None:
    """What is replied to a press after a restart names the command of the workspace."""
    async with a_world(slack, tmp_path / "w.db") as world:
        await slack.command(f"status {ORDERS}", user=BEN, channel=OPS, command="/jw")
        card = await slack.wait_for(lambda message: "orders is" in message.text)
    async with a_world(slack, tmp_path / "w.db") as world:
        await world.presses(card, Action.WATCH)
        stop = next(message for message in slack.messages if "is watching" in message.text)
        for _ in range(2):
            refused = await world.presses(stop, Action.UNWATCH)
        assert refused.text.endswith("See what is watched: /jw list")
