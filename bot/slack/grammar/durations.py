"""For how long: `30m`, `for 2 hours`, `until 9:30 pm` → a length, a time of day, or a `GrammarError`. Pure."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo

from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.tokens import Word, said

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=30)
UNSAID = timedelta(hours=1)

_RIGHT = "A mute lasts from 1 minute to 30 days, such as 30m, 2h or 1d, or until a time of day, such as “until 9:00”."
_UNTIL_RIGHT = "“until” takes a time of day, such as 9:00, 9:30 pm or noon; for longer say 1d."

_UNITS = {"weeks": "w|weeks?", "days": "d|days?", "hours": "h|hrs?|hours?", "minutes": "m|mins?|minutes?"}
# Eight digits: far beyond the longest, short enough to be said again, and no overflow.
_LENGTH = re.compile(
    r"\s?(?:and )?".join(rf"(?:(?P<{unit}>\d{{1,8}}) ?(?:{words}))?" for unit, words in _UNITS.items()), re.ASCII
)
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d\d))? ?(?:([ap])\.?m\.?)?", re.ASCII)
_NAMED_TIMES = {"noon": time(12), "midnight": time(0)}
_MOST_WORDS = 12  # for 1 week and 2 days and 3 hours and 4 minutes


def read_span(words: Sequence[Word], line: Callable[[str], str]) -> timedelta | time | GrammarError:
    """How long the words say, an hour where they say nothing; `line` makes a line to copy of what would be right.

    A time of day is the wall clock's of the person who typed it.
    """
    if not words:
        return UNSAID
    opener, text = words[0].key, said(words[1:])
    if opener == "until":
        return _until(text, line)
    return _for(text if opener == "for" else said(words), line)


def is_span(words: Sequence[Word]) -> bool:
    """Whether the words, which are some, say how long."""
    return len(words) <= _MOST_WORDS and not isinstance(read_span(words, str), GrammarError)


def is_nearly_span(words: Sequence[Word]) -> bool:
    """Whether the words may be meant so: a length beyond the limits, a time without "until", or one that is wrong."""
    match [word.key for word in words]:
        case ["until", *_] | ["for"]:
            return True
        case ["for", next_word, *_]:
            return next_word[:1].isdecimal()
    text = said(words[: _MOST_WORDS + 1])
    return read_length(text) is not None or (
        text[:1].isdecimal() and not text.isdecimal() and read_time(text) is not None
    )


def read_length(text: str) -> timedelta | None:
    """`30m`, `45 minutes`, `1h30m`, `2 hours`, `1d`, `1w`: from the longest unit to the shortest, each once at most."""
    found = _LENGTH.fullmatch(text.casefold())
    said = {unit: digits for unit, digits in found.groupdict().items() if digits} if found else {}
    return timedelta(**{unit: int(digits) for unit, digits in said.items()}) if said else None


def read_time(text: str) -> time | None:
    """`9`, `9:00`, `21:15`, `9am`, `9:30 pm`, `noon`, `midnight`: a naive time of day."""
    text = text.casefold()
    found = _TIME.fullmatch(text)
    if not found:
        return _NAMED_TIMES.get(text)
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if minute > 59 or hour not in (range(1, 13) if half else range(24)):
        return None
    return time(hour % 12 + (12 if half == "p" else 0) if half else hour, minute)


def _for(text: str, line: Callable[[str], str]) -> timedelta | GrammarError:
    length = read_length(text)
    if length is None:
        wrong = f"“{echo(text)}” is no length of time." if text else "“for” needs to know how long."
        return GrammarError(wrong, _RIGHT, line(_meant(text)))
    if length < SHORTEST:
        return GrammarError(f"“{echo(text)}” is too short.", _RIGHT, line("1m"))
    if length > LONGEST:
        return GrammarError(f"“{echo(text)}” is too long.", _RIGHT, line("30d"))
    return length


def _meant(text: str) -> str:
    """What somebody means who left out the unit, or `until`; otherwise an example."""
    minutes = read_length(f"{text}m")
    if minutes and SHORTEST <= minutes <= LONGEST:
        return f"{text}m"
    return f"until {text}" if read_time(text) is not None and not text.isdecimal() else "2h"


def _until(text: str, line: Callable[[str], str]) -> time | GrammarError:
    at = read_time(text)
    if at is not None:
        return at
    if not text:
        return GrammarError("“until” needs to know when.", _UNTIL_RIGHT, line("until 9:00"))
    length = read_length(text)
    if length and SHORTEST <= length <= LONGEST:
        return GrammarError(f"“{echo(text)}” is a length of time.", "A length stands without “until”.", line(text))
    is_date = any(character.isalpha() for character in text)
    return GrammarError(f"“{echo(text)}” is no time of day.", _UNTIL_RIGHT, line("1d" if is_date else "until 9:00"))


def next_moment(at: time, zone: tzinfo, now: datetime) -> datetime:
    """The next time (aware UTC) that clocks in `zone` show `at`: today's, or tomorrow's where that is over.

    An hour that a change of the clocks leaves out is taken as if it had not; one that it repeats comes twice.
    """
    today = now.astimezone(zone).date()
    moments = (
        datetime.combine(today + timedelta(days=days), at.replace(fold=fold), zone).astimezone(UTC)
        for days in range(3)
        for fold in (0, 1)
    )
    return next(moment for moment in moments if moment > now)
