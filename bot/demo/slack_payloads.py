"""What Slack sends to an app: a command, a press of a button, an event."""

import copy
import json
import time
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from bot.demo.slack_workspace import Channel, Message, ResponseUrl, Workspace

Payload = dict[str, object]


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
    trigger = workspace.views.new_trigger(user, channel.id)
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


def origin_of(workspace: Workspace, user: str) -> Payload:
    """What every interaction says of the person, the app and the workspace."""
    name = workspace.users[user].name
    return {
        "user": {"id": user, "username": name, "name": name, "team_id": workspace.team_id},
        "api_app_id": workspace.app_id,
        "token": workspace.verification_token,
        "team": {"id": workspace.team_id, "domain": workspace.team_domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def place_of(workspace: Workspace, message: Message) -> Payload:
    """Where something was done in a message, and the message as it was."""
    channel, is_ephemeral = workspace.channels[message.channel], message.ephemeral_to is not None
    container = {"type": "message", "message_ts": message.ts, "channel_id": channel.id, "is_ephemeral": is_ephemeral}
    place = {"container": container, "channel": {"id": channel.id, "name": _name_in_commands(channel)}}
    # Slack keeps no copy of an ephemeral message that it could send along.
    return place if is_ephemeral else {**place, "message": workspace.shown(message)}


def press(
    workspace: Workspace, message: Message, values: Payload, action: Payload, user: str, reply: ResponseUrl
) -> Parcel:
    """An action in a message; `values` is what stands in its inputs."""
    trigger = workspace.views.new_trigger(user, message.channel)
    payload: Payload = {
        "type": "block_actions",
        **origin_of(workspace, user),
        **place_of(workspace, message),
        "trigger_id": trigger,
        "state": {"values": values},
        "response_url": reply.url,
        "actions": [action],
    }
    return Parcel("interactive", payload, trigger)


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
