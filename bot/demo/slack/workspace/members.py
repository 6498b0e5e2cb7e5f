"""The people and channels of a workspace."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

PARTNER_TEAM = "T0DEMOPTN1"


@dataclass
class User:
    """A person. `team` is the company that they belong to, None for the workspace's own."""

    id: str
    name: str
    real_name: str
    tz: str = "Europe/London"
    is_admin: bool = False
    is_restricted: bool = False
    deleted: bool = False
    is_bot: bool = False
    team: str | None = None

    def profile(self, team_id: str) -> dict[str, object]:
        """The user as `users.info` has it, with the time zone as it is now."""
        now, team_id = datetime.now(ZoneInfo(self.tz)), self.team or team_id
        identity = {"id": self.id, "team_id": team_id, "name": self.name, "real_name": self.real_name}
        roles = {"is_admin": self.is_admin, "is_owner": False, "is_primary_owner": False, "is_bot": self.is_bot}
        roles |= {"is_restricted": self.is_restricted, "is_ultra_restricted": False}
        offset = (now.utcoffset() or timedelta()) // timedelta(seconds=1)
        zone = {"tz": self.tz, "tz_label": now.tzname(), "tz_offset": offset, "deleted": self.deleted}
        names = {"real_name": self.real_name, "display_name": self.name, "team": team_id}
        stranger = {"is_stranger": True} if self.team else {}
        return {**identity, **roles, **stranger, **zone, "profile": names}


@dataclass
class Channel:
    """A channel, or a direct message of the bot with `person`.

    `host` is the company in whose workspace a channel began that companies share (Slack Connect): another one, or this
    workspace's own. None if nobody shares it.
    """

    id: str
    name: str
    is_private: bool = False
    is_archived: bool = False
    members: set[str] = field(default_factory=set)
    person: str | None = None
    host: str | None = None


ADMIN = User("U0DEMOADA1", "ada", "Ada Admin", is_admin=True)
MEMBER = User("U0DEMOBEN1", "ben", "Ben Member", tz="America/New_York")
GUEST = User("U0DEMOGIL1", "gil", "Gil Guest", tz="Asia/Tokyo", is_restricted=True)
PARTNER = User("U0PARTPIA1", "pia", "Pia Partner", tz="Europe/Paris", team=PARTNER_TEAM)
LEFT = User("U0DEMOLEA1", "lea", "Lea Left", deleted=True)


def first_users() -> dict[str, User]:
    return {each.id: User(**vars(each)) for each in (ADMIN, MEMBER, GUEST, PARTNER, LEFT)}


def first_channels(bot: str) -> dict[str, Channel]:
    people = {ADMIN.id, MEMBER.id, GUEST.id}
    channels = [
        Channel("C0DEMOOPS1", "data-ops", members=people | {bot}),
        Channel("C0DEMOGEN1", "general", members=set(people)),
        Channel("C0DEMOOLD1", "old-project", is_archived=True, members=people | {bot}),
        Channel("C0PARTEXT1", "with-partner", members=people | {bot, PARTNER.id}, host=PARTNER_TEAM),
        Channel("C0DEMOSEC1", "payroll", is_private=True, members={ADMIN.id, bot}),
        Channel("C0DEMOHID1", "board", is_private=True, members={ADMIN.id}),
    ]
    return {each.id: each for each in channels}
