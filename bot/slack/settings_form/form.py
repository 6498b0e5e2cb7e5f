"""The state of the settings form. Pure."""

from dataclasses import dataclass, replace
from datetime import time
from enum import StrEnum

from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.quiet_hours import NOTHING, QuietHours
from bot.domain.channel.settings import ChangesBy, ChannelSettings
from bot.domain.channel.time_zones import UTC_NAME
from bot.domain.destination import is_direct_message
from bot.domain.job import Status
from bot.domain.status_filter import CHANGES, ERRORS, StatusFilter
from bot.slack.watch_form.form import SOME, STATUSES

CALLBACK = "settings_form"
NONE = "nothing"  # breaks through
_MORNING, _EVENING, _END_OF_NIGHT = time(9), time(22), time(7)


class Part(StrEnum):
    """A field of the form; also the ID of its block."""

    FILTER = "new_watches"
    STATUSES = "new_statuses"
    THREADS = "threads"
    ZONE = "zone"
    DIGEST = "digest"
    WEEKDAY = "weekday"
    DIGEST_AT = "digest_at"
    QUIET = "quiet"
    QUIET_FROM = "quiet_from"
    QUIET_UNTIL = "quiet_until"
    THROUGH = "through"
    THROUGH_STATUSES = "through_statuses"
    WHO = "who"
    GUESTS = "guests"

    @property
    def action(self) -> str:
        """The ID of its element."""
        return f"settings_{self}"


class Digest(StrEnum):
    """How often there is a digest."""

    OFF = "off"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True)
class Origin:
    """Where the form was opened, and with which command. Kept in its private metadata."""

    channel: str
    command: str

    @property
    def is_direct(self) -> bool:
        """Whether it was opened in direct messages: the settings are the person's own."""
        return is_direct_message(self.channel)


@dataclass(frozen=True)
class Choices:
    """What the fields hold, those included that aren't shown now. Times are None where nothing is chosen.

    `filter` and `through` are a word of `StatusFilter` or `SOME`, for the statuses that follow; `through` also `NONE`.
    """

    filter: str = CHANGES
    statuses: tuple[Status, ...] = ()
    threads: bool = True
    zone: str = UTC_NAME
    digest: Digest = Digest.OFF
    weekday: int = 0
    digest_at: time | None = _MORNING
    quiet: bool = False
    quiet_from: time | None = _EVENING
    quiet_until: time | None = _END_OF_NIGHT
    through: str = ERRORS
    through_statuses: tuple[Status, ...] = ()
    changes_by: ChangesBy = ChangesBy.EVERYONE
    guests: bool = False

    @classmethod
    def of(cls, settings: ChannelSettings) -> "Choices":
        """The fields as they are filled in for some settings."""
        choices = cls(
            *_filter_fields(settings.default_filter),
            threads=settings.threads,
            zone=settings.time_zone or UTC_NAME,
            changes_by=settings.changes_by,
            guests=settings.guests_may_change,
        )
        if digest := settings.digest:
            often = Digest.DAILY if digest.weekday is None else Digest.WEEKLY
            choices = replace(choices, digest=often, weekday=digest.weekday or 0, digest_at=digest.at)
        if quiet := settings.quiet_hours:
            through, statuses = _filter_fields(quiet.breaks_through)
            choices = replace(choices, quiet=True, quiet_from=quiet.start, quiet_until=quiet.end)
            choices = replace(choices, through=through, through_statuses=statuses)
        return choices

    @property
    def schedule(self) -> DigestSchedule | None:
        """When digests come; None for never, or if no time is chosen."""
        if self.digest is Digest.OFF or self.digest_at is None:
            return None
        return DigestSchedule(self.digest_at, self.weekday if self.digest is Digest.WEEKLY else None)

    @property
    def quiet_hours(self) -> QuietHours | None:
        """The quiet hours; None for none, or if they lack a time."""
        if not self.quiet or self.quiet_from is None or self.quiet_until in (None, self.quiet_from):
            return None
        return QuietHours(self.quiet_from, self.quiet_until, _filter(self.through, self.through_statuses))

    @property
    def settings(self) -> ChannelSettings:
        """The settings that the fields stand for, if nothing is missing."""
        return ChannelSettings(
            threads=self.threads,
            default_filter=_filter(self.filter, self.statuses),
            time_zone=None if self.zone == UTC_NAME else self.zone,
            digest=self.schedule,
            quiet_hours=self.quiet_hours,
            changes_by=self.changes_by,
            guests_may_change=self.guests,
        )


@dataclass(frozen=True)
class Form:
    """What the fields hold, and what they held when the form was opened and nothing was chosen yet."""

    origin: Origin
    opened: Choices
    choices: Choices

    @classmethod
    def of(cls, origin: Origin, settings: ChannelSettings, zone: str | None) -> "Form":
        """The form as it is opened. `zone` is the person's own time zone, proposed where none was chosen."""
        opened = Choices.of(settings)
        proposed = replace(opened, zone=zone) if zone and settings.time_zone is None else opened
        return cls(origin, opened, proposed)

    def applied_to(self, present: ChannelSettings, by: str) -> ChannelSettings:
        """The settings once the form is saved: what somebody else changed meanwhile stays, unless it was changed here,
        too."""
        settings = present.with_choices(self.opened.settings, self.choices.settings)
        if settings.changes_by is present.changes_by:
            return replace(settings, restricted_by=present.restricted_by)
        return replace(settings, restricted_by=None if settings.changes_by is ChangesBy.EVERYONE else by)


def _filter_fields(status_filter: StatusFilter) -> tuple[str, tuple[Status, ...]]:
    """A filter as fields; statuses that the form doesn't offer aren't shown."""
    if status_filter.word is not None or status_filter == NOTHING:
        return status_filter.word or NONE, ()
    return SOME, tuple(status for status in STATUSES if status in status_filter.statuses)


def _filter(word: str, statuses: tuple[Status, ...]) -> StatusFilter:
    if word == NONE:
        return NOTHING
    return StatusFilter.of(statuses) if word == SOME else StatusFilter(word)
