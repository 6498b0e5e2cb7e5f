"""The menus that Slack fills by itself: people, conversations and public channels."""

from bot.demo.slack.block_kit.schema import Json
from bot.demo.slack.workspace.members import Channel
from bot.demo.slack.workspace.workspace import Workspace

_EVERY_KIND = ("im", "private", "public")


def ids_for(workspace: Workspace, element: Json, user: str) -> list[str] | None:
    """The IDs that a person can choose in such a menu. None for any other element."""
    match str(element["type"]).removeprefix("multi_"):
        case "users_select":
            people = [each.id for each in workspace.users.values() if not each.deleted]
            return [*people, workspace.app.bot_user_id]
        case "channels_select":
            kinds = ["public"]
        case "conversations_select":
            kinds = _kinds(element.get("filter"))
        case _:
            return None
    is_guest = workspace.users[user].is_restricted or workspace.users[user].team is not None
    return [each.id for each in workspace.channels.values() if _kind(each) in kinds and _sees(each, user, is_guest)]


def _kinds(wanted: object) -> list[str]:
    included = wanted.get("include", _EVERY_KIND) if isinstance(wanted, dict) else _EVERY_KIND
    no_bots = isinstance(wanted, dict) and wanted.get("exclude_bot_users") is True
    return [each for each in included if not (no_bots and each == "im")]  # the only direct messages are the bot's


def _kind(channel: Channel) -> str:
    return "im" if channel.person else "private" if channel.is_private else "public"


def _sees(channel: Channel, user: str, is_guest: bool) -> bool:
    """Members see their channels, all but guests see all public ones, and nobody sees archived ones."""
    is_open = _kind(channel) == "public" and not is_guest
    return not channel.is_archived and (is_open or user in channel.members)
