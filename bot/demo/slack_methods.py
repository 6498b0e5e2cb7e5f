"""Every method of the Web API that the stand-in has, with the token and the scope that it needs."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.demo import slack_chat, slack_files, slack_people, slack_view_methods
from bot.demo.slack_faults import Refused
from bot.demo.slack_posts import Arguments
from bot.demo.slack_workspace import Channel, Workspace

Answer = dict[str, object]
Token = Literal["bot", "app"]


def auth_test(workspace: Workspace, arguments: Arguments) -> Answer:
    identity = {"team": workspace.team_name, "team_id": workspace.team_id, "is_enterprise_install": False}
    bot = {"user": "jobwatch", "user_id": workspace.bot_user_id, "bot_id": workspace.bot_id}
    return {"url": f"https://{workspace.team_domain}.slack.com/", **identity, **bot}


def connections_open(workspace: Workspace, arguments: Arguments) -> Answer:
    ticket = secrets.token_hex(16)
    workspace.tickets.add(ticket)
    host = workspace.origin.removeprefix("http://")
    return {"url": f"ws://{host}/link/?ticket={ticket}&app_id={workspace.app_id}"}


def conversations_open(workspace: Workspace, arguments: Arguments) -> Answer:
    """Open the direct message with one person; those with several aren't known here."""
    if arguments.get("channel"):
        return {"channel": {"id": workspace.seen_by_bot(arguments["channel"]).id}}
    users = [each for each in str(arguments.get("users") or "").split(",") if each]
    if not users:
        raise Refused("users_list_not_supplied")
    if len(users) > 1:
        raise Refused("too_many_users")
    person = workspace.users.get(users[0])
    if person is None:
        raise Refused("user_not_found")
    if person.deleted:
        raise Refused("user_disabled")
    return {"channel": {"id": workspace.direct_message(person.id).id}}


def conversations_info(workspace: Workspace, arguments: Arguments) -> Answer:
    channel = workspace.seen_by_bot(arguments.get("channel"))
    workspace.require("im:read" if channel.person else "groups:read" if channel.is_private else "channels:read")
    members = (
        {"num_members": len(channel.members)} if arguments.get("include_num_members") in (True, "true", "1") else {}
    )
    return {"channel": _channel(workspace, channel) | members}


def _channel(workspace: Workspace, channel: Channel) -> dict[str, object]:
    if channel.person:
        return {"id": channel.id, "is_im": True, "user": channel.person, "is_archived": False, "is_org_shared": False}
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_member": workspace.bot_user_id in channel.members,
        "context_team_id": workspace.team_id,
    }


def users_info(workspace: Workspace, arguments: Arguments) -> Answer:
    user = workspace.users.get(str(arguments.get("user")))
    if user is None:
        raise Refused("user_not_found")
    return {"user": slack_people.described(workspace, user)}


@dataclass(frozen=True)
class Method:
    """`scope` is asked of the bot token; None: none, or it depends on the arguments."""

    run: Callable[[Workspace, Arguments], Answer]
    scope: str | None = None
    token: Token = "bot"


METHODS = {
    "auth.test": Method(auth_test),
    "apps.connections.open": Method(connections_open, token="app"),
    "chat.postMessage": Method(slack_chat.post_message, "chat:write"),
    "chat.postEphemeral": Method(slack_chat.post_ephemeral, "chat:write"),
    "chat.update": Method(slack_chat.update, "chat:write"),
    "chat.delete": Method(slack_chat.delete, "chat:write"),
    "chat.getPermalink": Method(slack_chat.get_permalink),
    "conversations.open": Method(conversations_open, "im:write"),
    "conversations.info": Method(conversations_info),
    "users.info": Method(users_info, "users:read"),
    "files.getUploadURLExternal": Method(slack_files.get_upload_url, "files:write"),
    "files.completeUploadExternal": Method(slack_files.complete_upload, "files:write"),
    "files.info": Method(slack_files.info, "files:read"),
    "views.open": Method(slack_view_methods.open_view),
    "views.push": Method(slack_view_methods.push),
    "views.update": Method(slack_view_methods.update),
    "views.publish": Method(slack_view_methods.publish),
}
