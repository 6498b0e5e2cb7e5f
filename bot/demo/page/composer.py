"""What a person types: a message, a command of the app, or `/invite`."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from bot.demo.slack.people.messages import marked_up
from bot.demo.slack.stand_in import Channel, Message, SlackStandIn, User
from bot.demo.world import World

_FOLDERS = (Path(__file__).parents[3], Path(__file__).parents[2])  # a checkout; an installed package


# The one command of Slack's own that the bot tells people to use.
_INVITE = {"command": "/invite", "description": "Invite somebody to this channel", "usage_hint": "@jobwatch"}


@cache
def _features() -> dict[str, Any]:
    """The app's features, as its manifest has them."""
    path = next(folder / "app_manifest.yml" for folder in _FOLDERS if (folder / "app_manifest.yml").exists())
    return dict(yaml.safe_load(path.read_text())["features"])


def is_writable(place: Channel) -> bool:
    """Whether Slack shows a message field there: not in an archived channel, nor where the app takes no messages."""
    return not place.is_archived and not (place.person and _features()["app_home"]["messages_tab_read_only_enabled"])


@dataclass(frozen=True)
class Suggestion:
    """What the message field offers to somebody who begins to type `name`."""

    name: str
    hint: str = ""
    description: str = ""


def suggestions(world: World, person: User) -> list[Suggestion]:
    """The commands, and the names of people and channels that a command may contain."""
    commands = (*_features()["slash_commands"], _INVITE)
    channels = [each for each in world.places(person) if not each.person and not each.is_archived]
    return [
        *(Suggestion(each["command"], each["usage_hint"], each["description"]) for each in commands),
        *(Suggestion(f"#{each.name}", "", "private channel" if each.is_private else "") for each in channels),
        Suggestion("@jobwatch", "", "app"),
    ]


@dataclass(frozen=True)
class Shortcut:
    """A shortcut that Slack offers: beside the message field if it is global, else beside each message."""

    name: str
    callback_id: str
    is_global: bool


def shortcuts(person: User) -> list[Shortcut]:
    """The app's shortcuts; none for people of another company, in whose workspace the app isn't installed."""
    found = _features()["shortcuts"] if person.team is None else []
    return [Shortcut(each["name"], each["callback_id"], each["type"] == "global") for each in found]


class Composer:
    """The routes to which the message fields and the shortcuts are sent."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/{person}/{place}", self._send),
            web.post("/{person}/shortcuts/{callback}", self._use),
            web.post("/{person}/messages/{ts}/shortcuts/{callback}", self._use),
        ]

    async def _use(self, request: web.Request) -> web.Response:
        """A shortcut, perhaps for a message. As in Slack, what comes of it is a modal."""
        slack, callback = self._world.slack, request.match_info["callback"]
        user = self._world.person(request.match_info["person"]).id
        if "ts" in request.match_info:
            messages = {each.ts: each for each in slack.messages}
            await slack.use_shortcut_on(messages[request.match_info["ts"]], callback, user=user)
        else:
            await slack.use_shortcut(callback, user=user)
        return web.Response(status=204)

    async def _send(self, request: web.Request) -> web.Response:
        person = self._world.person(request.match_info["person"])
        places = {each.id: each for each in self._world.places(person)}
        place, form = places[request.match_info["place"]], await request.post()
        text = str(form.get("text", "")).strip()
        if text:
            await _typed(self._world.slack, person, place, text, str(form.get("thread") or "") or None)
        return web.Response(status=204)


async def _typed(slack: SlackStandIn, person: User, place: Channel, text: str, thread: str | None) -> None:
    """Do what the text asks for. `Refused` with Slack's error word if Slack doesn't allow it."""
    name, _, arguments = text.partition(" ")
    name, arguments = name.lower(), arguments.strip()
    if not name.startswith("/"):
        await slack.post(person.id, place.id, text, thread_ts=thread)
    elif thread:
        _from_slackbot(slack, person, place, f"{name} is not supported in threads. Sorry!", thread)
    elif name in {each["command"] for each in _features()["slash_commands"]}:
        await slack.command(marked_up(slack.workspace, arguments), user=person.id, channel=place.id, command=name)
    elif name != _INVITE["command"]:
        _from_slackbot(slack, person, place, f"{name} is not a valid command.")
    elif arguments.removeprefix("@").lower() not in ("jobwatch", ""):
        _from_slackbot(slack, person, place, "In this demo you can only invite @jobwatch.")
    else:
        await slack.invite(place.id, inviter=person.id)


def _from_slackbot(slack: SlackStandIn, person: User, place: Channel, text: str, thread: str | None = None) -> None:
    message = Message(slack.timestamp(), place.id, text, user="USLACKBOT", ephemeral_to=person.id, via="slackbot")
    message.thread_ts = thread
    slack.record(message)
