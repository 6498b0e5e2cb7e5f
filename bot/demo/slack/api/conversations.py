"""The methods about who and where: `auth.test`, `conversations.info` and `users.info`."""

from bot.demo.slack.api.content import Answer, Arguments
from bot.demo.slack.errors import Refused
from bot.demo.slack.workspace.members import Channel
from bot.demo.slack.workspace.workspace import Workspace


def auth_test(workspace: Workspace, arguments: Arguments) -> Answer:
    app = workspace.app
    identity = {"team": app.team_name, "team_id": app.team_id, "is_enterprise_install": False}
    bot = {"user": "jobwatch", "user_id": app.bot_user_id, "bot_id": app.bot_id}
    return {"url": f"https://{app.team_domain}.slack.com/", **identity, **bot}


def info(workspace: Workspace, arguments: Arguments) -> Answer:
    channel = workspace.visible_to_bot(arguments.get("channel"))
    workspace.app.require("im:read" if channel.person else "groups:read" if channel.is_private else "channels:read")
    return {"channel": _described(workspace, channel)}


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
    is_member = workspace.app.bot_user_id in channel.members
    team = workspace.app.team_id
    return {"id": channel.id, "name": channel.name, **kind, **state, "is_member": is_member, "context_team_id": team}
