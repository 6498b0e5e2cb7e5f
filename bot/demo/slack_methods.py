"""Every method of the Web API that the stand-in has, with the token and the scope that it needs."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.demo import slack_chat, slack_people
from bot.demo.slack_faults import Refused
from bot.demo.slack_posts import Arguments, decoded
from bot.demo.slack_views import VIEWS_IN_STACK, Content, View, checked, invalid_arguments
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


def views_open(workspace: Workspace, arguments: Arguments) -> Answer:
    content = _content(arguments, "modal")
    user = workspace.views.exchange(arguments.get("trigger_id"))
    _is_new(workspace, content)
    return _shown(workspace, workspace.views.add(user, content))


def views_push(workspace: Workspace, arguments: Arguments) -> Answer:
    content = _content(arguments, "modal")
    user = workspace.views.exchange(arguments.get("trigger_id"))
    below = workspace.views.top(user)
    if below is None:
        raise Refused("not_found")
    if workspace.views.depth(below) >= VIEWS_IN_STACK:
        raise Refused("push_limit_reached")
    _is_new(workspace, content)
    return _shown(workspace, workspace.views.add(user, content, below))


def views_update(workspace: Workspace, arguments: Arguments) -> Answer:
    view = workspace.views.named(arguments.get("view_id"), arguments.get("external_id"))
    content = _content(arguments, "home" if view.content["type"] == "home" else "modal")
    _is_current(view, arguments)
    view.stored(content)
    return _shown(workspace, view)


def views_publish(workspace: Workspace, arguments: Arguments) -> Answer:
    user = str(arguments.get("user_id"))
    if user not in workspace.users:
        raise invalid_arguments(["invalid `user_id`"])
    if not workspace.home_tab_enabled:
        raise Refused("not_enabled")
    content = _content(arguments, "home")
    view = workspace.views.home(user)
    if view is None:
        return _shown(workspace, workspace.views.add(user, content))
    _is_current(view, arguments)
    view.stored(content)
    return _shown(workspace, view)


def _content(arguments: Arguments, surface: Literal["modal", "home"]) -> Content:
    return checked(decoded(arguments.get("view"), "invalid_arguments"), surface)


def _is_new(workspace: Workspace, content: Content) -> None:
    name = content.get("external_id")
    if name and any(each.content.get("external_id") == name for each in workspace.views.all.values()):
        raise Refused("duplicate_external_id")


def _is_current(view: View, arguments: Arguments) -> None:
    if arguments.get("hash") and arguments["hash"] != view.hash:
        raise Refused("hash_conflict")


def _shown(workspace: Workspace, view: View) -> Answer:
    workspace.touch()
    place = {"id": view.id, "hash": view.hash, "root_view_id": view.root, "previous_view_id": view.previous}
    owner = {"team_id": workspace.team_id, "app_id": workspace.app_id, "bot_id": workspace.bot_id}
    return {"view": {**view.content, **place, **owner, "state": {"values": {}}}}


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
    "views.open": Method(views_open),
    "views.push": Method(views_push),
    "views.update": Method(views_update),
    "views.publish": Method(views_publish),
}
