"""Times as Slack words them for each reader, from a format with placeholders. Pure."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def moment(stamp: object) -> datetime | None:
    """The time of a count of seconds since 1970; None if it is none."""
    try:
        return datetime.fromtimestamp(int(str(stamp)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def dated(at: datetime, template: str, zone: tzinfo, now: datetime) -> str | None:
    """The template's words for that time, read at `now` (both aware). None if they have placeholders of their own."""
    try:
        local, today = at.astimezone(zone), now.astimezone(zone)
    except OverflowError:  # the last hours before the year 1 or after 9999
        return None
    names = _PLACEHOLDER.findall(template)
    if not names or any(name not in _FORMS for name in names):
        return None
    return _PLACEHOLDER.sub(lambda found: _FORMS[found[1]](local, today), template)


def _ordinal(day: int) -> str:
    ending = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _day(at: datetime) -> str:
    return f"{at:%B} {_ordinal(at.day)}, {at.year}"


def _short(at: datetime) -> str:
    return f"{at:%b} {at.day}, {at.year}"


def _long(at: datetime) -> str:
    return f"{at:%A}, {_day(at)}"


def _pretty(otherwise: Callable[[datetime], str]) -> Callable[[datetime, datetime], str]:
    def words(at: datetime, now: datetime) -> str:
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
        return near.get((at.date() - now.date()).days) or otherwise(at)

    return words


def _divider(at: datetime, now: datetime) -> str:
    is_this_year = at.year == now.year
    return _pretty(lambda day: f"{day:%A}, {day:%B} {_ordinal(day.day)}" if is_this_year else _long(day))(at, now)


def _ago(at: datetime, now: datetime) -> str:
    away = abs(now - at)
    for unit, length in _UNITS:
        if (count := away // length) >= 1:
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
_FORMS: dict[str, Callable[[datetime, datetime], str]] = {
    "date_num": lambda at, _: f"{at:%Y-%m-%d}",
    "date_slash": lambda at, _: f"{at:%d/%m/%Y}",
    "date": lambda at, _: _day(at),
    "date_short": lambda at, _: _short(at),
    "date_long": lambda at, _: _long(at),
    "date_long_full": lambda at, _: f"{at:%B} {at.day}, {at.year}",
    "date_pretty": _pretty(_day),
    "date_short_pretty": _pretty(_short),
    "date_long_pretty": _pretty(_long),
    "day_divider_pretty": _divider,
    "time": lambda at, _: f"{at:%H:%M}",
    "time_secs": lambda at, _: f"{at:%H:%M:%S}",
    "ago": _ago,
}
