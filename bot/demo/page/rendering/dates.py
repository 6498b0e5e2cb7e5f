"""Slack's date placeholders, such as `{date_short}`, in the reader's time zone."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def from_timestamp(seconds: object) -> datetime | None:
    """The time of a Unix timestamp; None if it isn't a number or out of range."""
    try:
        return datetime.fromtimestamp(int(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def format_date(at: datetime, template: str, zone: tzinfo, now: datetime) -> str | None:
    """Fill in the template's placeholders. None if there are none or an unknown one. All times are aware."""
    try:
        local, today = at.astimezone(zone), now.astimezone(zone)
    except OverflowError:  # the last hours before the year 1 or after 9999
        return None
    names = _PLACEHOLDER.findall(template)
    if not names or any(name not in _FORMATS for name in names):
        return None
    return _PLACEHOLDER.sub(lambda found: _FORMATS[found[1]](local, today), template)


def _date(at: datetime) -> str:
    ending = "th" if 10 < at.day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(at.day % 10, "th")
    return f"{at:%B} {at.day}{ending}, {at.year}"


def _short(at: datetime) -> str:
    return f"{at:%b} {at.day}, {at.year}"


def _long(at: datetime) -> str:
    return f"{at:%A}, {_date(at)}"


def _pretty(otherwise: Callable[[datetime], str]) -> Callable[[datetime, datetime], str]:
    def words(at: datetime, now: datetime) -> str:
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
        return near.get((at.date() - now.date()).days) or otherwise(at)

    return words


def _ago(at: datetime, now: datetime) -> str:
    distance = abs(now - at)
    for unit, length in _UNITS:
        if (count := distance // length) >= 1:
            words = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"{words} ago" if at <= now else f"in {words}"
    return "just now"


_UNITS = (
    ("year", timedelta(days=365)),
    ("month", timedelta(days=30)),
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
)
_FORMATS: dict[str, Callable[[datetime, datetime], str]] = {
    "date_num": lambda at, _: f"{at:%Y-%m-%d}",
    "date": lambda at, _: _date(at),
    "date_short": lambda at, _: _short(at),
    "date_long": lambda at, _: _long(at),
    "date_pretty": _pretty(_date),
    "date_short_pretty": _pretty(_short),
    "date_long_pretty": _pretty(_long),
    "time": lambda at, _: f"{at:%H:%M}",
    "time_secs": lambda at, _: f"{at:%H:%M:%S}",
    "ago": _ago,
}
