"""Settings in words."""

from collections.abc import Iterator
from datetime import time

from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.quiet_hours import NOTHING, QuietHours
from bot.domain.channel.settings import ChangesBy, ChannelSettings
from bot.domain.status_filter import CHANGES, ERRORS, PROBLEMS, StatusFilter
from bot.slack.messages.blocks import sanitize
from bot.slack.messages.text import listed, status_words

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WHO = {
    ChangesBy.EVERYONE: "Everyone",
    ChangesBy.MEMBERS: "Members of this channel",
    ChangesBy.CREATORS: "Creators and admins",
}
_FILTERS = {CHANGES: "every status change", PROBLEMS: "problems only", ERRORS: "errors only"}
_MOST_STATUSES = 10


def settings_in_words(settings: ChannelSettings, *, to_person: bool) -> Iterator[tuple[str, str, str]]:
    """Each setting: the name of its field, its label, and what was chosen. Who may change what is a person's own isn't
    a question."""
    yield "default_filter", "New watches alert on", filter_words(settings.default_filter)
    yield "threads", "Threads", "on" if settings.threads else "off"
    yield "time_zone", "Time zone", zone_name(settings.time_zone or "UTC")
    yield "digest", "Digest", digest_words(settings.digest)
    yield "quiet_hours", "Quiet hours", quiet_words(settings.quiet_hours)
    if not to_person:
        yield "changes_by", "Who can change watches and settings", WHO[settings.changes_by].lower()
        yield "guests_may_change", "Guests", "can make changes, too" if settings.guests_may_change else "only look"


def clock_words(at: time) -> str:
    """A time of day as people type it: `9:00`."""
    return f"{at.hour}:{at:%M}"


def zone_name(zone: str) -> str:
    """A time zone's name without the underscores of the database: `America/New York`."""
    return sanitize(zone.replace("_", " "), 60)


def zone_words(zone: str) -> str:
    """Whose clock a time is of: `America/New York time`."""
    return zone if zone == "UTC" else f"{zone_name(zone)} time"


def filter_words(status_filter: StatusFilter) -> str:
    """Which changes are alerted on, without what each word includes."""
    if status_filter.word is not None:
        return _FILTERS[status_filter.word]
    statuses = [status_words(status, 40) for status in status_filter.statuses[:_MOST_STATUSES]]
    return listed(statuses, len(status_filter.statuses)) or "(no status)"


def digest_words(digest: DigestSchedule | None) -> str:
    if digest is None:
        return "off"
    return f"every {'day' if digest.weekday is None else WEEKDAYS[digest.weekday]} at {clock_words(digest.at)}"


def quiet_words(quiet: QuietHours | None) -> str:
    if quiet is None:
        return "off"
    exceptions = "no exceptions" if quiet.breaks_through == NOTHING else f"except {breaking_through(quiet)}"
    return f"{clock_words(quiet.start)}–{clock_words(quiet.end)}, {exceptions}"


def breaking_through(quiet: QuietHours) -> str:
    """What is delivered in quiet hours all the same, if anything is."""
    return filter_words(quiet.breaks_through).removesuffix(" only")
