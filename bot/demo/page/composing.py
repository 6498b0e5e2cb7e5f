"""What a person types: a slash command, one of Slack's own, or a message."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from bot.demo.slack.stand_in import Channel, Message, SlackStandIn, User

_PLACES = (Path(__file__).parents[3], Path(__file__).parents[2])  # a checkout; an installed package


class Command(NamedTuple):
    name: str
    description: str
    hint: str


# Those of Slack itself that change something for the bot.
OF_SLACK = (
    Command("/invite", "Invite somebody to this channel", "@jobwatch"),
    Command("/remove", "Remove somebody from this channel", "@jobwatch"),
    Command("/archive", "Archive this channel", ""),
)


@cache
def commands() -> tuple[Command, ...]:
    """The commands of the app's manifest, and those of Slack that matter here."""
    path = next(place / "app_manifest.yml" for place in _PLACES if (place / "app_manifest.yml").exists())
    mine = yaml.safe_load(path.read_text())["features"]["slash_commands"]
    return (*(Command(each["command"], each["description"], each.get("usage_hint", "")) for each in mine), *OF_SLACK)


async def typed(slack: SlackStandIn, person: User, place: Channel, text: str, thread: str | None) -> None:
    """Do what was typed. `Refused` with Slack's word where Slack does not do it."""
    name, _, rest = text.strip().partition(" ")
    name = name.lower()
    if not name.startswith("/"):
        await slack.say(person.id, place.id, text, thread_ts=thread)
    elif thread:
        _privately(slack, person, place, f"{name} is not supported in threads. Sorry!", thread)
    elif name in {each.name for each in commands()} - {each.name for each in OF_SLACK}:
        await slack.command(rest.strip(), user=person.id, channel=place.id, command=name)
    elif name == "/archive":
        await slack.archive(place.id, person.id)
    elif name in ("/invite", "/remove"):
        await _membership(slack, person, place, name, rest.strip())
    else:
        _privately(slack, person, place, f"{name} is not a valid command.")


async def _membership(slack: SlackStandIn, person: User, place: Channel, name: str, who: str) -> None:
    """Invite or remove the bot; the people of the demo are where they are."""
    if who.removeprefix("@").lower() not in ("jobwatch", ""):
        _privately(slack, person, place, f"In this demo only @jobwatch comes and goes: {name} @jobwatch")
    elif name == "/invite":
        await slack.invite(place.id, inviter=person.id)
    else:
        await slack.remove_bot(place.id, person.id)


def _privately(slack: SlackStandIn, person: User, place: Channel, text: str, thread: str | None = None) -> None:
    said = Message(slack.timestamp(), place.id, text, user="USLACKBOT", ephemeral_to=person.id, via="slackbot")
    said.thread_ts = thread
    slack.record(said)
