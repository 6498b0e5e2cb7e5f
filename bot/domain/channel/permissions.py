"""Who may change what a channel watches, and its settings. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.channel.settings import ChangesBy, ChannelSettings


class Obstacle(StrEnum):
    """Why somebody may not make a change."""

    GUEST = "guest"  # guests only look here
    OUTSIDER = "outsider"  # only members of the channel may
    NOT_CREATOR = "not_creator"  # only whoever made it, and admins
    UNKNOWN = "unknown"  # Slack could not be asked


@dataclass(frozen=True)
class Role:
    """What a person is in the workspace."""

    is_guest: bool = False
    is_admin: bool = False


def obstacle(
    settings: ChannelSettings,
    person: str,
    role: Role | None,
    *,
    is_member: bool | None = None,
    creators: Collection[str] | None = None,
) -> Obstacle | None:
    """Why a person may not make a change in a channel with these settings; None if they may.

    `role` and `is_member` (of the channel) are None while Slack can't be asked: then nobody passes a restriction, but
    everybody what isn't restricted, so that an outage of Slack's directory stops no team. `creators` made what would
    change; None if it is new.
    """
    if role is None:
        return None if settings.changes_by is ChangesBy.EVERYONE else Obstacle.UNKNOWN
    if role.is_guest and not settings.guests_may_change:
        return Obstacle.GUEST
    if role.is_admin and not role.is_guest:
        return None
    match settings.changes_by:
        case ChangesBy.MEMBERS if is_member is None:
            return Obstacle.UNKNOWN
        case ChangesBy.MEMBERS if not is_member:
            return Obstacle.OUTSIDER
        case ChangesBy.CREATORS if creators is not None and person not in creators:
            return Obstacle.NOT_CREATOR
    return None


def obstacle_to_acknowledging(settings: ChannelSettings, role: Role | None) -> Obstacle | None:
    """Why a person may not acknowledge an incident. That changes no watch, so every member may, whatever was chosen;
    but it stops what reminds the others, so guests may only where they may change something."""
    may = role is None or not role.is_guest or settings.guests_may_change
    return None if may else Obstacle.GUEST
