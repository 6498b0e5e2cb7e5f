"""What Slack sends to an app: a command, a press of a button, an event."""

import copy
import json
import time
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from bot.demo.slack_workspace import Channel, Message, ResponseUrl, Workspace

Payload = dict[str, object]

# Which field carries the choice, for elements whose choice is a plain word.
_WORDS = {
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
}
_OPTION = ("static_select", "external_select", "overflow", "radio_buttons")


@dataclass(frozen=True)
class Parcel:
    """One request to the bot, which can be sent again as it is.

    `reply` says to whom and where an immediate answer goes, None where Slack shows none.
    """

    kind: Literal["slash_commands", "interactive", "events_api"]
    payload: Payload
    trigger_id: str | None = None
    reply: ResponseUrl | None = None

    def body(self) -> tuple[bytes, str]:
        """The HTTP body and its content type."""
        form = "application/x-www-form-urlencoded"
        if self.kind == "slash_commands":
            return urlencode(self.payload).encode(), form
        if self.kind == "interactive":
            return urlencode({"payload": json.dumps(self.payload)}).encode(), form
        return json.dumps(self.payload).encode(), "application/json"


def command(workspace: Workspace, name: str, text: str, user: str, reply: ResponseUrl) -> Parcel:
    channel = workspace.channels[reply.channel]
    trigger = workspace.views.new_trigger(user)
    payload: Payload = {
        "token": workspace.verification_token,
        "team_id": workspace.team_id,
        "team_domain": workspace.team_domain,
        "channel_id": channel.id,
        "channel_name": _name_in_commands(channel),
        "user_id": user,
        "user_name": workspace.users[user].name,
        "command": name,
        "text": text,
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": reply.url,
        "trigger_id": trigger,
    }
    return Parcel("slash_commands", payload, trigger, reply)


def _name_in_commands(channel: Channel) -> str:
    return "privategroup" if channel.is_private else channel.name


def press(workspace: Workspace, message: Message, action: Payload, user: str, reply: ResponseUrl) -> Parcel:
    channel = workspace.channels[message.channel]
    trigger = workspace.views.new_trigger(user)
    person = workspace.users[user]
    payload: Payload = {
        "type": "block_actions",
        "user": {"id": user, "username": person.name, "name": person.name, "team_id": workspace.team_id},
        "api_app_id": workspace.app_id,
        "token": workspace.verification_token,
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.ephemeral_to is not None,
        },
        "trigger_id": trigger,
        "team": {"id": workspace.team_id, "domain": workspace.team_domain},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": channel.id, "name": _name_in_commands(channel)},
        "state": {"values": {}},
        "response_url": reply.url,
        "actions": [action],
    }
    if message.ephemeral_to is None:  # Slack keeps no copy of an ephemeral message that it could send along
        payload["message"] = workspace.shown(message)
    return Parcel("interactive", payload, trigger)


def action_of(message: Message, action_id: str, choice: str | None) -> Payload:
    """What a press of that element says. `choice` is the value of a select, and overrides that of a button.

    A `LookupError` if the message has no such element.
    """
    for number, block in enumerate(message.blocks):
        for element in _elements(block):
            if element.get("action_id") == action_id:
                identity = {"action_id": action_id, "block_id": block.get("block_id") or f"b{number}"}
                at = {"type": element["type"], "action_ts": f"{time.time():.6f}"}
                return {**identity, **_chosen(element, choice), **at}
    raise LookupError(f"no element {action_id!r} in the message {message}")


def _elements(block: Payload) -> list[Payload]:
    inside = block.get("elements")
    elements = [*(inside if isinstance(inside, list) else []), block.get("accessory")]
    return [each for each in elements if isinstance(each, dict)]


def _chosen(element: Payload, choice: str | None) -> Payload:
    kind = str(element["type"])
    if kind == "button":
        value = element.get("value") if choice is None else choice
        return {"text": element["text"]} | ({} if value is None else {"value": value})
    if kind in _WORDS:
        return {_WORDS[kind]: choice}
    if kind in _OPTION:
        return {"selected_option": _option(element, choice)}
    raise LookupError(f"the stand-in can't press a {kind}")


def _option(element: Payload, choice: str | None) -> Payload:
    options = element.get("options")
    for option in options if isinstance(options, list) else []:
        if option["value"] == choice:
            return dict(option)
    raise LookupError(f"no option {choice!r} in {element.get('action_id')!r}")


def event(workspace: Workspace, inner: Payload) -> Parcel:
    number = workspace.number()
    installed = {"enterprise_id": None, "team_id": workspace.team_id, "user_id": workspace.bot_user_id}
    payload: Payload = {
        "token": workspace.verification_token,
        "team_id": workspace.team_id,
        "api_app_id": workspace.app_id,
        "event": {"event_ts": workspace.timestamp(), **copy.deepcopy(inner)},
        "type": "event_callback",
        "event_id": f"Ev0DEMO{number:05d}",
        "event_time": int(time.time()),
        "authorizations": [{**installed, "is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
        "event_context": f"demo-{number}",
    }
    return Parcel("events_api", payload)


def url_verification(workspace: Workspace, challenge: str) -> Parcel:
    payload: Payload = {"token": workspace.verification_token, "challenge": challenge, "type": "url_verification"}
    return Parcel("events_api", payload)
