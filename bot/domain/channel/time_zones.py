"""Time zones by their IANA names, as people search for them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

UTC_NAME = "UTC"
_AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def zone_named(name: str | None) -> tzinfo:
    """The time zone with an IANA name; UTC for None, and for a name that this machine doesn't know (any more)."""
    try:
        return ZoneInfo(name or UTC_NAME)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a name such as `America`, a folder
        return UTC


@cache
def names() -> Sequence[str]:
    """The names that people choose among: of cities, and UTC. Older spellings and offsets aren't among them."""
    cities = (name for name in available_timezones() if name.partition("/")[0] in _AREAS and "/" in name)
    return [UTC_NAME, *sorted(cities)]


@cache
def _every_name() -> frozenset[str]:
    return frozenset(available_timezones())


def is_time_zone(name: str) -> bool:
    """Whether this is an IANA name that the bot knows."""
    return name in _every_name()


def offset(name: str, now: datetime) -> str:
    """How far a zone's clocks are from UTC now, such as `UTC+5:30`; those of one that isn't known aren't."""
    minutes = (zone_named(name).utcoffset(now) or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"


def search(words: str, now: datetime, *, likely: Sequence[str] = ()) -> Sequence[str]:
    """The zones whose names or present offsets contain all the words; those that are `likely` first, then those whose
    city begins with the words."""
    wanted = list(dict.fromkeys(words.casefold().replace("_", " ").split()))
    first = [name for name in dict.fromkeys(likely) if is_time_zone(name)]
    every = dict.fromkeys([*first, *names()])
    searched = {name: _searched(name, now, wanted) for name in every}
    found = [name for name, text in searched.items() if all(word in text for word in wanted)]
    return sorted(found, key=lambda name: (name not in first, not _city(name).startswith(" ".join(wanted))))


def _searched(name: str, now: datetime, wanted: Sequence[str]) -> str:
    spelled = name.casefold().replace("_", " ")
    return f"{spelled} {offset(name, now).casefold()}" if any("utc" in word for word in wanted) else spelled


def _city(name: str) -> str:
    return name.casefold().replace("_", " ").rpartition("/")[2]
