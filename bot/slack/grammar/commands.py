"""What people can ask the bot for, as data."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.quiet_hours import QuietHours
from bot.domain.history.lookback import Lookback
from bot.domain.reminding import NO_REMINDING, Reminding
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import NO_CONTACT, Contact
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.references import Ref


class _WithRecipient:
    """`to` is who gets the alerts: None for the place where the command was typed, `ME`, or a channel's ID."""

    to: str | None

    @property
    def to_me(self) -> bool:
        return self.to == ME


@dataclass(frozen=True)
class Help:
    """Show what the bot can do."""


@dataclass(frozen=True)
class ShowStatus:
    """Look up a job."""

    ref: Ref


@dataclass(frozen=True)
class Watch(_WithRecipient):
    """Subscribe to a job. `status_filter` is None if none was typed; `contact` and `reminding` are what changes, with
    people also as `ME`."""

    ref: Ref
    to: str | None = None
    status_filter: StatusFilter | None = None
    contact: Contact = NO_CONTACT
    reminding: Reminding = NO_REMINDING


@dataclass(frozen=True)
class OpenWatch(_WithRecipient):
    """Open the watch form, filled in with what was typed."""

    to: str | None = None
    status_filter: StatusFilter | None = None
    contact: Contact = NO_CONTACT
    reminding: Reminding = NO_REMINDING


@dataclass(frozen=True)
class WatchAll(_WithRecipient):
    """Subscribe to all jobs, or to those whose names match a glob.

    `confirmed` is the number of jobs that the person was asked about and agreed to.
    """

    pattern: str | None = None
    to: str | None = None
    status_filter: StatusFilter | None = None
    confirmed: int = 0
    contact: Contact = NO_CONTACT
    reminding: Reminding = NO_REMINDING


@dataclass(frozen=True)
class Unwatch(_WithRecipient):
    """End the subscription to a job."""

    ref: Ref
    to: str | None = None


@dataclass(frozen=True)
class UnwatchAll(_WithRecipient):
    """End the subscription to all jobs, or to those whose names match a glob."""

    pattern: str | None = None
    to: str | None = None


@dataclass(frozen=True)
class ListHere:
    """List what this channel watches. `page` counts from 1."""

    page: int = 1


@dataclass(frozen=True)
class Jobs:
    """Find the organisation's jobs whose names contain these words; all jobs if there are none."""

    words: str = ""
    page: int = 1


@dataclass(frozen=True)
class History:
    """Show what happened to a job in the time until now."""

    ref: Ref
    period: Lookback = Lookback.WEEK


@dataclass(frozen=True)
class Mute(_WithRecipient):
    """Mute a job for a length of time, until a time of day on the person's own clock (the next one, or tomorrow's), or
    until its status changes. Only one of them is said; `length` and `until` are None otherwise."""

    ref: Ref
    length: timedelta | None
    until: time | None
    to: str | None = None
    tomorrow: bool = False
    until_change: bool = False


@dataclass(frozen=True)
class Unmute(_WithRecipient):
    """End a mute early."""

    ref: Ref
    to: str | None = None


@dataclass(frozen=True)
class MuteAll(_WithRecipient):
    """Begin maintenance: mute all jobs, or those whose names match a glob, for a length of time or until a time of day,
    as in `Mute`."""

    pattern: str | None
    length: timedelta | None
    until: time | None
    to: str | None = None
    tomorrow: bool = False
    reason: str = ""


@dataclass(frozen=True)
class UnmuteAll(_WithRecipient):
    """End maintenance early: that of all jobs and every other one, or only that of a glob."""

    pattern: str | None = None
    to: str | None = None


@dataclass(frozen=True)
class Quiet:
    """Choose quiet hours, in a time zone if `zone` names one; end them for good if `off`; show them if neither."""

    hours: QuietHours | None = None
    zone: str | None = None
    off: bool = False


@dataclass(frozen=True)
class Acknowledge:
    """Say that somebody takes care of a job that fails here. `at` is a time in its incident (aware UTC), so that a
    press on an old message doesn't concern a later one; None for the present incident."""

    ref: Ref
    at: datetime | None = None


@dataclass(frozen=True)
class Threads:
    """Choose whether the alerts of an incident form a thread here; show what was chosen if `on` is None."""

    on: bool | None = None


@dataclass(frozen=True)
class ScheduleDigest:
    """Choose when a digest comes here, or that none does if `off`; show what was chosen if neither is said. `zone` is
    the IANA name of the time zone, None if none was typed."""

    schedule: DigestSchedule | None = None
    zone: str | None = None
    off: bool = False


@dataclass(frozen=True)
class PreviewDigest:
    """Show the digest that would come now."""


@dataclass(frozen=True)
class OpenSettings:
    """Open the form with the settings of this channel or, in direct messages, of the person."""


Command = (
    Help
    | ShowStatus
    | Watch
    | OpenWatch
    | WatchAll
    | Unwatch
    | UnwatchAll
    | ListHere
    | Jobs
    | History
    | Mute
    | Unmute
    | MuteAll
    | UnmuteAll
    | Quiet
    | Acknowledge
    | Threads
    | ScheduleDigest
    | PreviewDigest
    | OpenSettings
)
