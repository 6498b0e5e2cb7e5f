"""What Slack sends to an app: commands, interactions and events."""

import copy
import json
import time
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode, urlsplit

from bot.demo.slack.block_kit.schema import Json
from bot.demo.slack.block_kit.traversal import placed
from bot.demo.slack.workspace.members import Channel
from bot.demo.slack.workspace.messages import Message, ResponseUrl
from bot.demo.slack.workspace.views import View
from bot.demo.slack.workspace.workspace import Workspace

Values = dict[str, dict[str, Json]]


@dataclass(frozen=True)
class AppRequest:
    """A request to the app, which can be repeated.

    `reply` is where an immediate answer is shown. None if Slack shows none.
    """

    kind: Literal["slash_commands", "interactive", "events_api"]
    payload: Json
    trigger_id: str | None = None
    reply: ResponseUrl | None = None

    def body(self) -> tuple[bytes, str]:
        """The HTTP body and its content type."""
        if self.kind == "events_api":
            return json.dumps(self.payload).encode(), "application/json"
        form = self.payload if self.kind == "slash_commands" else {"payload": json.dumps(self.payload)}
        return urlencode(form).encode(), "application/x-www-form-urlencoded"


def command(workspace: Workspace, name: str, text: str, user: str, reply: ResponseUrl) -> AppRequest:
    app, channel = workspace.app, workspace.channels[reply.channel]
    trigger = workspace.views.new_trigger(user)
    payload: Json = {"command": name, "text": text, "response_url": reply.url, "trigger_id": trigger}
    payload |= {"token": app.verification_token, "api_app_id": app.id, "is_enterprise_install": "false"}
    payload |= {"team_id": app.team_id, "team_domain": app.team_domain}
    payload |= {"channel_id": channel.id, "channel_name": _shown_name(channel)}
    payload |= {"user_id": user, "user_name": workspace.users[user].name}
    return AppRequest("slash_commands", payload, trigger, reply)


def block_actions(
    workspace: Workspace, where: Message | View, values: Values, action: Json, user: str, reply: ResponseUrl | None
) -> AppRequest:
    """An action in a message (with a response URL) or in a view. `values` are the contents of its fields."""
    trigger = workspace.views.new_trigger(user)
    more: Json = {"trigger_id": trigger, "actions": [action]}
    if reply:
        more |= {"state": {"values": values}, "response_url": reply.url}
    payload = _interaction(workspace, "block_actions", user) | _place(workspace, where, values) | more
    return AppRequest("interactive", payload, trigger)


def block_suggestion(
    workspace: Workspace, where: Message | View, values: Values, element: tuple[str, str], query: str, user: str
) -> AppRequest:
    """A query that a person typed into an external menu. `element` is its block's ID and its own."""
    asked = {"block_id": element[0], "action_id": element[1], "value": query}
    payload = _interaction(workspace, "block_suggestion", user) | asked | _place(workspace, where, values)
    return AppRequest("interactive", payload)


def view_submission(workspace: Workspace, view: View, values: Values, user: str) -> AppRequest:
    trigger = workspace.views.new_trigger(user)
    more = {"trigger_id": trigger, "view": described(workspace, view, values), "response_urls": []}
    return AppRequest("interactive", _interaction(workspace, "view_submission", user) | more, trigger)


def global_shortcut(workspace: Workspace, callback_id: str, user: str) -> AppRequest:
    """A shortcut that belongs to no place: no channel, and no response URL."""
    trigger = workspace.views.new_trigger(user)
    more: Json = {"callback_id": callback_id, "trigger_id": trigger, "action_ts": f"{time.time():.6f}"}
    return AppRequest("interactive", _interaction(workspace, "shortcut", user) | more, trigger)


def message_shortcut(
    workspace: Workspace, callback_id: str, message: Message, user: str, reply: ResponseUrl
) -> AppRequest:
    trigger, channel = workspace.views.new_trigger(user), workspace.channels[message.channel]
    more: Json = {"callback_id": callback_id, "trigger_id": trigger, "action_ts": f"{time.time():.6f}"}
    more |= {"channel": {"id": channel.id, "name": _shown_name(channel)}, "response_url": reply.url}
    more |= {"message_ts": message.ts, "message": workspace.shown(message)}
    return AppRequest("interactive", _interaction(workspace, "message_action", user) | more, trigger)


def event(workspace: Workspace, inner: Json) -> AppRequest:
    number, app = workspace.number(), workspace.app
    channel = workspace.channels.get(str(inner.get("channel")))
    host = channel.host if channel else None
    installed = {"enterprise_id": None, "team_id": app.team_id, "user_id": app.bot_user_id}
    # In a channel that another company hosts, the event is that company's; whose app it is for, authorizations say.
    payload: Json = {"token": app.verification_token, "team_id": host or app.team_id, "api_app_id": app.id}
    payload |= {"context_team_id": app.team_id, "context_enterprise_id": None}
    payload |= {"event": {"event_ts": workspace.timestamp(), **copy.deepcopy(inner)}, "type": "event_callback"}
    payload |= {"event_id": f"Ev0DEMO{number:05d}", "event_time": int(time.time()), "event_context": f"demo-{number}"}
    payload |= {"authorizations": [{**installed, "is_bot": True, "is_enterprise_install": False}]}
    payload["is_ext_shared_channel"] = host is not None
    return AppRequest("events_api", payload)


def mention(workspace: Workspace, message: Message) -> Json:
    """The event of a message that mentions the app. In a channel that companies share, it says whose the person is."""
    author = str(message.user)
    team = workspace.users[author].team or workspace.app.team_id
    inner: Json = {"type": "app_mention", "user": author, "text": message.text, "ts": message.ts, "team": team}
    inner |= {"channel": message.channel, "event_ts": message.ts}
    inner |= {"thread_ts": message.thread_ts} if message.thread_ts else {}
    return inner | ({"user_team": team, "source_team": team} if team != workspace.app.team_id else {})


def link_shared(workspace: Workspace, message: Message) -> Json:
    """The event of a message with links of which the app is told. Slack escapes the ampersands in them."""
    links = [{"domain": urlsplit(url).hostname, "url": url.replace("&", "&amp;")} for url in message.links]
    is_member = workspace.app.bot_user_id in workspace.channels[message.channel].members
    inner: Json = {"type": "link_shared", "user": str(message.user), "channel": message.channel, "links": links}
    inner |= {"message_ts": message.ts, "event_ts": message.ts, "is_bot_user_member": is_member}
    inner |= {"thread_ts": message.thread_ts} if message.thread_ts else {}
    return inner | {"source": "conversations_history", "unfurl_id": f"{message.channel}.{message.ts}.demo"}


def url_verification(workspace: Workspace, challenge: str) -> AppRequest:
    token = workspace.app.verification_token
    return AppRequest("events_api", {"token": token, "challenge": challenge, "type": "url_verification"})


def described(workspace: Workspace, view: View, values: Values) -> Json:
    """A view with all its fields. `values` are the contents of its inputs."""
    blocks = copy.deepcopy(view.blocks)
    for block_id, block in zip([name for name, _ in placed(blocks)], blocks, strict=True):
        block["block_id"] = block_id
    unsaid: Json = {"private_metadata": "", "callback_id": "", "external_id": "", "close": None, "submit": None}
    ending: Json = {"clear_on_close": False, "notify_on_close": False}
    place: Json = {"id": view.id, "hash": view.hash, "root_view_id": view.id, "previous_view_id": None}
    app = workspace.app
    owner = {"team_id": app.team_id, "app_installed_team_id": app.team_id, "app_id": app.id, "bot_id": app.bot_id}
    return {**unsaid, **ending, **view.content, "blocks": blocks, **place, **owner, "state": {"values": values}}


def _interaction(workspace: Workspace, kind: str, user: str) -> Json:
    """The fields of every interaction: the person, the app, and the workspace, which is the person's."""
    app, name = workspace.app, workspace.users[user].name
    team = workspace.users[user].team or app.team_id
    domain = app.team_domain if team == app.team_id else "partner"
    return {
        "type": kind,
        "user": {"id": user, "username": name, "name": name, "team_id": team},
        "api_app_id": app.id,
        "token": app.verification_token,
        "team": {"id": team, "domain": domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _place(workspace: Workspace, where: Message | View, values: Values) -> Json:
    """Where an interaction happened: in a view, or in a message of a channel."""
    if isinstance(where, View):
        return {"container": {"type": "view", "view_id": where.id}, "view": described(workspace, where, values)}
    channel, is_ephemeral = workspace.channels[where.channel], where.ephemeral_to is not None
    container: Json = {
        "type": "message",
        "message_ts": where.ts,
        "channel_id": channel.id,
        "is_ephemeral": is_ephemeral,
    }
    if where.unfurls and not where.blocks:
        container |= {"type": "message_attachment", "attachment_id": 1, "is_app_unfurl": True}
    if where.thread_ts:
        container["thread_ts"] = where.thread_ts
    place: Json = {"container": container, "channel": {"id": channel.id, "name": _shown_name(channel)}}
    # Slack keeps no copy of an ephemeral message that it could send along.
    return place if is_ephemeral else {**place, "message": workspace.shown(where)}


def _shown_name(channel: Channel) -> str:
    return "privategroup" if channel.is_private else channel.name
