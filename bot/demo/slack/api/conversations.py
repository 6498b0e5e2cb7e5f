"""The methods about who and where: `auth.test`, `conversations.*` and `users.*`."""

from bot.demo.slack.api.content import Answer, Arguments
from bot.demo.slack.errors import Refused
from bot.demo.slack.workspace.members import Channel
from bot.demo.slack.workspace.workspace import Workspace

_MOST_MEMBERS = 1_000
_SCOPES = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}


def auth_test(workspace: Workspace, arguments: Arguments) -> Answer:
    app = workspace.app
    identity = {"team": app.team_name, "team_id": app.team_id, "is_enterprise_install": False}
    bot = {"user": "jobwatch", "user_id": app.bot_user_id, "bot_id": app.bot_id}
    return {"url": f"https://{app.team_domain}.slack.com/", **identity, **bot}


def info(workspace: Workspace, arguments: Arguments) -> Answer:
    channel = workspace.visible_to_bot(arguments.get("channel"))
    workspace.app.require("im:read" if channel.person else "groups:read" if channel.is_private else "channels:read")
    return {"channel": _described(workspace, channel)}


def members(workspace: Workspace, arguments: Arguments) -> Answer:
    """The IDs of those in a channel, in pages; the cursor is the last one of the page before."""
    channel = workspace.visible_to_bot(arguments.get("channel"))
    workspace.app.require("im:read" if channel.person else "groups:read" if channel.is_private else "channels:read")
    after, limit = str(arguments.get("cursor") or ""), int(str(arguments.get("limit") or 100))
    if not 0 < limit < _MOST_MEMBERS:
        raise Refused("invalid_limit")
    rest = sorted(each for each in channel.members if each > after)
    cursor = rest[limit - 1] if len(rest) > limit else ""
    return {"members": rest[:limit], "response_metadata": {"next_cursor": cursor}}


def of_person(workspace: Workspace, arguments: Arguments) -> Answer:
    """The conversations of a person, in pages; the cursor is the last one of the page before. Private ones are those
    that the app is in, too."""
    app, kinds = workspace.app, str(arguments.get("types") or "public_channel").split(",")
    if not kinds or not set(kinds) <= _SCOPES.keys():
        raise Refused("invalid_types")
    for kind in kinds:
        app.require(_SCOPES[kind])
    user = str(arguments.get("user") or app.bot_user_id)
    if user not in workspace.users and user != app.bot_user_id:
        raise Refused("user_not_found")
    after, limit = str(arguments.get("cursor") or ""), int(str(arguments.get("limit") or 100))
    if not 0 < limit < _MOST_MEMBERS:
        raise Refused("invalid_limit")
    no_archived = str(arguments.get("exclude_archived")).lower() in ("true", "1")
    mine = [each for each in workspace.channels.values() if user in each.members and _kind(each) in kinds]
    seen = [each for each in mine if not each.is_private or app.bot_user_id in each.members]
    rest = sorted(each.id for each in seen if each.id > after and not (no_archived and each.is_archived))
    cursor = rest[limit - 1] if len(rest) > limit else ""
    channels = [_described(workspace, workspace.channels[each]) for each in rest[:limit]]
    return {"channels": channels, "response_metadata": {"next_cursor": cursor}}


def _kind(channel: Channel) -> str:
    return "im" if channel.person else "private_channel" if channel.is_private else "public_channel"


def user_info(workspace: Workspace, arguments: Arguments) -> Answer:
    user = workspace.users.get(str(arguments.get("user")))
    if user is None:
        raise Refused("user_not_found")
    return {"user": user.profile(workspace.app.team_id)}


def _described(workspace: Workspace, channel: Channel) -> dict[str, object]:
    if channel.person:
        return {"id": channel.id, "is_im": True, "user": channel.person, "is_archived": False, "is_org_shared": False}
    kind = {"is_channel": not channel.is_private, "is_group": channel.is_private, "is_im": False, "is_mpim": False}
    state = {"is_private": channel.is_private, "is_archived": channel.is_archived}
    shared = {"is_ext_shared": channel.host is not None, "is_shared": channel.host is not None}
    is_member = workspace.app.bot_user_id in channel.members
    team = workspace.app.team_id
    return {
        "id": channel.id,
        "name": channel.name,
        **kind,
        **state,
        **shared,
        "is_member": is_member,
        "context_team_id": team,
    }
