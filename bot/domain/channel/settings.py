"""The settings of a channel, or of a person's direct messages."""

from dataclasses import dataclass, fields, replace
from enum import StrEnum

from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.quiet_hours import QuietHours
from bot.domain.status_filter import StatusFilter

_ALL_CHANGES = StatusFilter()


class ChangesBy(StrEnum):
    """Who may change what a channel watches, and its settings. Guests may not, whatever is chosen, unless they are
    allowed. The values are stored."""

    EVERYONE = "everyone"
    MEMBERS = "members"  # of the channel
    CREATORS = "creators"  # whoever made a watch may change it; admins of the workspace may change all, also settings


@dataclass(frozen=True)
class ChannelSettings:
    """What was chosen for all alerts at a destination.

    `threads` says whether an incident's alerts form a thread. `default_filter` is that of watches without one. The
    times of digest and quiet hours are in `time_zone`, an IANA name such as `Europe/Berlin`; None for UTC.
    `restricted_by` chose who may change things, if not everyone: they may change the settings again, like admins.
    """

    threads: bool = True
    default_filter: StatusFilter = _ALL_CHANGES
    time_zone: str | None = None
    digest: DigestSchedule | None = None
    quiet_hours: QuietHours | None = None
    changes_by: ChangesBy = ChangesBy.EVERYONE
    guests_may_change: bool = False
    restricted_by: str | None = None

    def with_choices(self, shown: "ChannelSettings", chosen: "ChannelSettings") -> "ChannelSettings":
        """These settings with what somebody chose who was `shown` others. What they left as it was stays as it is: it
        may have changed since."""
        names = [field.name for field in fields(self)]
        anew = {name: getattr(chosen, name) for name in names if getattr(chosen, name) != getattr(shown, name)}
        return replace(self, **anew)
