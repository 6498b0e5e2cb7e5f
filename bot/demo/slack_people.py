"""A person as `users.info` and the event `user_change` describe them, with their time zone as it is now."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.demo.slack_workspace import User, Workspace

# Time zones have long names of their own, summer and winter apart; those that aren't here keep their abbreviation.
_LABELS = {
    "GMT": "Greenwich Mean Time",
    "BST": "British Summer Time",
    "EST": "Eastern Standard Time",
    "EDT": "Eastern Daylight Time",
    "PST": "Pacific Standard Time",
    "PDT": "Pacific Daylight Time",
    "JST": "Japan Standard Time",
}


def described(workspace: Workspace, user: User) -> dict[str, object]:
    names = {"real_name": user.real_name, "display_name": user.name}
    roles = {"is_admin": user.is_admin, "is_restricted": user.is_restricted, "is_bot": False, "deleted": user.deleted}
    identity = {"id": user.id, "team_id": workspace.team_id, "name": user.name, "real_name": user.real_name}
    return {**identity, **roles, **_zone(user.tz), "profile": {**names, "team": workspace.team_id}}


def _zone(tz: str) -> dict[str, object]:
    now = datetime.now(ZoneInfo(tz))
    offset, abbreviation = now.utcoffset(), now.tzname() or tz
    seconds = int(offset.total_seconds()) if offset is not None else 0
    return {"tz": tz, "tz_label": _LABELS.get(abbreviation, abbreviation), "tz_offset": seconds}
