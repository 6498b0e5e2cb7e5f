"""Slack's events about channels and the app itself, and what they mean for subscriptions. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The events that the manifest subscribes to. A channel keeps its ID when it is renamed or made private.
FOLLOWED = (
    "app_uninstalled",
    "channel_archive",
    "channel_deleted",
    "channel_id_changed",
    "channel_left",
    "channel_unarchive",
    "group_archive",
    "group_deleted",
    "group_left",
    "group_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "tokens_revoked",
)

HOME_OPENED = "app_home_opened"
MENTION = "app_mention"
LINK_SHARED = "link_shared"

_LONGEST = 100  # characters of an ID


@dataclass(frozen=True)
class ChannelGone:
    """Nothing can be posted to a channel any more; `why` is the error code that the next message would get."""

    channel: str
    why: str


@dataclass(frozen=True)
class ChannelBack:
    """The bot may post to a channel again."""

    channel: str


@dataclass(frozen=True)
class ChannelMoved:
    """A channel's ID changed."""

    old: str
    new: str


@dataclass(frozen=True)
class AccessLost:
    """The bot's own access was taken away."""

    why: str


@dataclass(frozen=True)
class MembershipChanged:
    """A person joined or left a channel that the bot is in, so their Home tab may show something else."""

    person: str


ChannelEvent = ChannelGone | ChannelBack | ChannelMoved | AccessLost | MembershipChanged


_FIELDS = ("type", "channel", "user", "old_channel_id", "new_channel_id")


def relevant_fields(event: Mapping[str, Any]) -> dict[str, Any]:
    """What `channel_event` needs of an event, which may be long."""
    kept: dict[str, Any] = {
        field: value for field in _FIELDS if isinstance(value := event.get(field), str) and len(value) <= _LONGEST
    }
    tokens = event.get("tokens")
    bots = tokens.get("bot") if isinstance(tokens, Mapping) else None
    return kept | ({"tokens": {"bot": [True]}} if isinstance(bots, list) and bots else {})


def channel_event(event: Mapping[str, Any], me: str | None) -> ChannelEvent | None:
    """What an event means for the bot, whose user ID is `me`; None if nothing."""
    channel = event.get("channel")
    match event.get("type"), channel:
        case (("channel_archive" | "group_archive"), str(id)):
            return ChannelGone(id, "is_archived")
        case (("channel_left" | "group_left"), str(id)):
            return ChannelGone(id, "not_in_channel")
        case (("channel_deleted" | "group_deleted"), str(id)):
            return ChannelGone(id, "channel_not_found")
        case (("channel_unarchive" | "group_unarchive"), str(id)):
            return ChannelBack(id)
        case ("member_joined_channel" | "member_left_channel") as kind, str(id):
            return _membership(kind, id, event.get("user"), me)
        case "channel_id_changed", _:
            old, new = event.get("old_channel_id"), event.get("new_channel_id")
            return ChannelMoved(old, new) if isinstance(old, str) and isinstance(new, str) else None
        case "app_uninstalled", _:
            return AccessLost("the app was uninstalled")
        case "tokens_revoked", _:
            tokens = event.get("tokens")
            bots = tokens.get("bot") if isinstance(tokens, Mapping) else None
            return AccessLost("its token was revoked") if isinstance(bots, list) and bots else None
    return None


def _membership(kind: object, channel: str, who: object, me: str | None) -> ChannelEvent | None:
    """That the bot itself was removed, another event says."""
    if not isinstance(who, str):
        return None
    if who != me:
        return MembershipChanged(who)
    return ChannelBack(channel) if kind == "member_joined_channel" else None
