"""Slack's date placeholders, such as `{date_short}`, in the reader's time zone."""

import re
from datetime import UTC, datetime, tzinfo

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
    found = [_words(name, local, today) for name in _PLACEHOLDER.findall(template)]
    if not found or None in found:
        return None
    words = iter(found)
    return _PLACEHOLDER.sub(lambda _: str(next(words)), template)


_NEAR = {-1: "yesterday", 0: "today", 1: "tomorrow"}
_DATES = {"date": "{at:%B} {nth}, {at:%Y}", "date_short": "{at:%b} {at.day}, {at:%Y}"}
_DATES["date_long"] = "{at:%A}, " + _DATES["date"]
_OTHERS = {"date_num": "{at:%Y-%m-%d}", "time": "{at:%H:%M}", "time_secs": "{at:%H:%M:%S}"}
_UNITS = {"year": 365 * 86_400, "month": 30 * 86_400, "day": 86_400, "hour": 3_600, "minute": 60}


def _words(name: str, at: datetime, now: datetime) -> str | None:
    if name == "ago":
        return _ago(at, now)
    nth = f"{at.day}{'th' if 10 < at.day < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(at.day % 10, 'th')}"
    days = (at.date() - now.date()).days
    if name.endswith("_pretty") and days in _NEAR and name.removesuffix("_pretty") in _DATES:
        return _NEAR[days]
    template = _DATES.get(name.removesuffix("_pretty")) or _OTHERS.get(name)
    return template and template.format(at=at, nth=nth)


def _ago(at: datetime, now: datetime) -> str:
    distance = abs(now - at).total_seconds()
    for unit, length in _UNITS.items():
        if (count := int(distance // length)) >= 1:
            words = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"{words} ago" if at <= now else f"in {words}"
    return "just now"
