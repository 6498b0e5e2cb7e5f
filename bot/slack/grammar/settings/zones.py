"""Time zones: what people type for one, to its IANA name or a `GrammarError`."""

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from zoneinfo import available_timezones

from bot.domain.channel.time_zones import UTC_NAME
from bot.domain.names import folded
from bot.slack.grammar.errors import GrammarError, echo

ZONE_EXAMPLE = "Europe/Berlin"

_HINT = "Name a city, such as Europe/Berlin or America/New_York. Its daylight saving time is then followed."
_MOST_CHOICES = 3
_LONGEST = 60  # characters: no name of a zone is longer
_UTC = ("utc", "gmt", "z", "zulu", "universal", "etc/utc", "etc/gmt", "uct")
# Words around a name: `in Berlin`, `Berlin time`, `(Europe/Berlin)`.
_AROUND = re.compile(r"(?:(?:in|at) )?(?:the )?\(?(.*?)\)?(?: time)?(?: zone)?")

# Big cities that share the zone of another one.
_CITIES = {
    "America/Chicago": ("austin", "dallas", "houston"),
    "America/Los_Angeles": ("san francisco", "seattle", "silicon valley"),
    "America/New_York": ("atlanta", "boston", "miami", "washington"),
    "Asia/Kolkata": ("bangalore", "bengaluru", "chennai", "delhi", "hyderabad", "india", "mumbai", "pune"),
    "Asia/Shanghai": ("beijing", "china", "shenzhen"),
    "Europe/Berlin": ("cologne", "frankfurt", "germany", "hamburg", "munich", "stuttgart"),
    "Europe/London": ("england", "uk"),
    "Europe/Madrid": ("barcelona",),
    "Europe/Rome": ("milan",),
    "Europe/Zurich": ("basel", "geneva", "switzerland"),
}
# What is short for several zones, or for a fixed offset: only a city says which clock is meant.
_SHORT: Mapping[str, Sequence[str]] = {
    "cet cest met mez mesz": ("Europe/Berlin", "Europe/Paris", "Europe/Madrid"),
    "eet eest": ("Europe/Athens", "Europe/Helsinki", "Africa/Cairo"),
    "wet west": ("Europe/Lisbon",),
    "bst": ("Europe/London", "Asia/Dhaka"),
    "ist": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "msk": ("Europe/Moscow",),
    "est edt et eastern est5edt": ("America/New_York", "America/Toronto"),
    "cst cdt ct central cst6cdt": ("America/Chicago", "America/Mexico_City", "Asia/Shanghai"),
    "mst mdt mt mountain mst7mdt": ("America/Denver", "America/Phoenix"),
    "pst pdt pt pacific pst8pdt": ("America/Los_Angeles", "America/Vancouver"),
    "akst akdt": ("America/Anchorage",),
    "hst": ("Pacific/Honolulu",),
    "brt": ("America/Sao_Paulo",),
    "sast": ("Africa/Johannesburg",),
    "hkt": ("Asia/Hong_Kong",),
    "jst": ("Asia/Tokyo",),
    "kst": ("Asia/Seoul",),
    "sgt": ("Asia/Singapore",),
    "aest aedt": ("Australia/Sydney", "Australia/Brisbane"),
    "awst": ("Australia/Perth",),
    "nzst nzdt": ("Pacific/Auckland",),
}


def read_zone(text: str, line: Callable[[str], str]) -> str | GrammarError:
    """The IANA name of the time zone that a text names, by that name or by a city alone; case doesn't matter.

    `line` makes a line to copy from a name. What may mean several zones is asked about, with those as choices.
    """
    found = _AROUND.fullmatch(folded(text))
    key = _key(found[1] if found else text)
    if key in _UTC:
        return UTC_NAME
    if key.startswith("to_"):
        problem = f"I can only do that where you type it, not “{echo(text)}”."
        return GrammarError(
            problem, "Type it in that channel, or for yourself in our direct messages.", line("").rstrip()
        )
    names = _named().get(key, [])
    if len(names) == 1:
        return names[0]
    likely = (names or _short().get(key) or _nearest(key))[:_MOST_CHOICES]
    problem = f"“{echo(text)}” can mean more than one time zone." if len(names) > 1 else _unknown(text, key)
    choices = tuple((name, line(name)) for name in likely)
    return GrammarError(problem, _HINT, line(likely[0] if likely else ZONE_EXAMPLE), choices)


def _unknown(text: str, key: str) -> str:
    if key in _short():
        return f"“{echo(text)}” doesn't say which city's clock counts."
    if re.match(r"(?:utc|gmt|etc/gmt)?[+-]?\d", key):
        return f"“{echo(text)}” is an offset, not a time zone."
    return f"I don't know a time zone “{echo(text)}”."


def _key(name: str) -> str:
    """A name as names are compared."""
    return "_".join(folded(name).replace("_", " ").split())


@cache
def _named() -> Mapping[str, Sequence[str]]:
    """The zones by their names, and by their cities alone."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in sorted(available_timezones()):
        area, _, city = name.rpartition("/")
        if not area or area == "Etc":  # those are abbreviations, countries, and offsets with the wrong sign
            continue
        found[_key(name)] = [name]
        if _key(city) not in _short():
            found[_key(city)].append(name)
    for name, cities in _CITIES.items():
        found |= {_key(city): [name] for city in cities}
    return found


@cache
def _short() -> Mapping[str, Sequence[str]]:
    return {word: names for words, names in _SHORT.items() for word in words.split()}


def _nearest(key: str) -> Sequence[str]:
    """The zones with the most similar names; none for an offset or a long text."""
    if len(key) > _LONGEST or not any(character.isalpha() for character in key):
        return []
    near = difflib.get_close_matches(key, _named().keys(), n=_MOST_CHOICES, cutoff=0.7)
    return list(dict.fromkeys(name for each in near for name in _named()[each]))
