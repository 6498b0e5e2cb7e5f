"""What a person sees in menus that Slack fills by itself: people, conversations and public channels."""

from bot.demo.slack_state import Payload
from bot.demo.slack_workspace import Channel, Workspace

_EVERY_KIND = ("im", "private", "public")


def ids_for(workspace: Workspace, element: Payload, user: str) -> list[str] | None:
    """What that person can choose in a menu of people, conversations or channels; None for any other element."""
    match str(element["type"]).removeprefix("multi_"):
        case "users_select":
            return [*(each.id for each in workspace.users.values() if not each.deleted), workspace.bot_user_id]
        case "channels_select":
            return [
                each.id
                for each in workspace.channels.values()
                if _kind(each) == "public" and _sees(workspace, each, user)
            ]
        case "conversations_select":
            kinds = _kinds(element)
            return [
                each.id for each in workspace.channels.values() if _kind(each) in kinds and _sees(workspace, each, user)
            ]
    return None


def _kinds(element: Payload) -> list[str]:
    wanted = element.get("filter")
    kinds = wanted.get("include", _EVERY_KIND) if isinstance(wanted, dict) else _EVERY_KIND
    no_bots = isinstance(wanted, dict) and wanted.get("exclude_bot_users") is True
    return [each for each in kinds if not (no_bots and each == "im")]  # the only direct messages here are the bot's


def _kind(channel: Channel) -> str:
    return "im" if channel.person else "private" if channel.is_private else "public"


def _sees(workspace: Workspace, channel: Channel, user: str) -> bool:
    """Members see their channels, and who is no guest sees all public ones. Nobody is offered an archived one."""
    is_guest = workspace.users[user].is_restricted
    is_open = _kind(channel) == "public" and not is_guest
    return not channel.is_archived and (is_open or user in channel.members)
