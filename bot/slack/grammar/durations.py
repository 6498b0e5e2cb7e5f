"""How long a mute lasts: `30m`, `for 2 hours`, `until 9:30 pm` to a length, a time of day, or a `GrammarError`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from bot.domain.names import folded
from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.tokens import Token, text_of

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=30)
DEFAULT_LENGTH = timedelta(hours=1)

_HINT = "A mute lasts from 1 minute to 30 days (30m, 2h, 1d), until a time of day (until 9:00), or until it changes."
_UNTIL_HINT = "“until” takes a time of day (9:00, tomorrow 9:00, noon) or “it changes”. For a longer mute, type 1d."

_UNITS = {"weeks": "w|weeks?", "days": "d|days?", "hours": "h|hrs?|hours?", "minutes": "m|mins?|minutes?"}
# Eight digits are far beyond the longest mute, short enough to echo, and can't overflow.
_LENGTH = re.compile(
    r"\s?(?:and )?".join(rf"(?:(?P<{unit}>\d{{1,8}}) ?(?:{words}))?" for unit, words in _UNITS.items()), re.ASCII
)
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d\d))? ?(?:([ap])\.?m\.?)?", re.ASCII)
_TOMORROW = re.compile(r"tomorrow(?: at)?(?: (.+))?")
_CHANGE = ("it changes", "its status changes", "changes", "change", "the next change")
_NAMED_LENGTHS = {
    "half an hour": timedelta(minutes=30),
    "an hour": timedelta(hours=1),
    "a day": timedelta(days=1),
    "a week": timedelta(weeks=1),
}
_NAMED_TIMES = {"noon": time(12), "midnight": time(0)}
MOST_TOKENS = 12  # for 1 week and 2 days and 3 hours and 4 minutes


@dataclass(frozen=True)
class MuteEnd:
    """When a mute ends: after a length of time, at a time of day (the next one, or tomorrow's), or when the status
    changes."""

    length: timedelta | None = None
    until: time | None = None
    tomorrow: bool = False
    until_change: bool = False


def read_mute_end(tokens: Sequence[Token], line: Callable[[str], str]) -> MuteEnd | GrammarError:
    """The end that the tokens spell; one hour if there are none.

    `line` makes a line to copy from a corrected clause. A time of day is on the clock of the person who typed it.
    """
    if not tokens:
        return MuteEnd(DEFAULT_LENGTH)
    opener, text = tokens[0].key, text_of(tokens[1:])
    if opener == "until":
        return _until(text, line)
    if opener == "tomorrow" and not tokens[0].quoted:
        return _until(text_of(tokens), line)
    return _for(text if opener == "for" else text_of(tokens), line)


def first_mute_end(tokens: Sequence[Token]) -> int | None:
    """Where the tokens begin to spell a length or a time of day up to their end, or else to resemble one; None if they
    never do. Looks a few tokens ahead, so that the work grows with their number only."""
    windows = [tokens[at : at + MOST_TOKENS + 1] for at in range(len(tokens))]
    for is_end in (_is_mute_end, _resembles_mute_end):
        for at, window in enumerate(windows):
            if is_end(window):  # what follows a word that begins an end isn't another one: until 2h, for tomorrow
                return at - (at > 0 and tokens[at - 1].key in ("until", "for"))
    return None


def _is_mute_end(window: Sequence[Token]) -> bool:
    """Whether the tokens spell a length or a time of day. A full window isn't all that follows."""
    return len(window) <= MOST_TOKENS and not isinstance(read_mute_end(window, str), GrammarError)


def _resembles_mute_end(window: Sequence[Token]) -> bool:
    """Whether the tokens were meant as one: a length beyond the limits, or a wrong time or one without "until"."""
    match [token.key for token in window[:2]]:
        case ["until", *_] | ["for"]:
            return True
        case ["for", following]:
            return following[:1].isdecimal()
    text = text_of(window)
    return parse_length(text) is not None or (
        text[:1].isdecimal() and not text.isdecimal() and parse_time(text) is not None
    )


def parse_length(text: str) -> timedelta | None:
    """`30m`, `45 minutes`, `1h30m`, `2 hours`, `1d`, `1w`, `an hour`: units from long to short, each at most once."""
    found = _LENGTH.fullmatch(folded(text))
    typed = {unit: digits for unit, digits in found.groupdict().items() if digits} if found else {}
    if not typed:
        return _NAMED_LENGTHS.get(folded(text))
    return timedelta(**{unit: int(digits) for unit, digits in typed.items()}) if typed else None


def parse_time(text: str) -> time | None:
    """`9`, `9:00`, `21:15`, `9am`, `9:30 pm`, `noon`, `midnight`: a time of day without a zone."""
    text = folded(text)
    found = _TIME.fullmatch(text)
    if not found:
        return _NAMED_TIMES.get(text)
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if minute > 59 or hour not in (range(1, 13) if half else range(24)):
        return None
    return time(hour % 12 + (12 if half == "p" else 0) if half else hour, minute)


def next_occurrence(at: time, zone: tzinfo, now: datetime, *, tomorrow: bool = False) -> datetime:
    """The next time (aware UTC) that clocks in `zone` show `at`: today's, or tomorrow's if that has passed or if
    `tomorrow` says so.

    A clock change can skip the time (then it is taken as if it weren't skipped) or repeat it (then both count).
    """
    today = now.astimezone(zone).date()
    moments = (
        datetime.combine(today + timedelta(days=days), at.replace(fold=fold), zone).astimezone(UTC)
        for days in range(tomorrow, 3)
        for fold in (0, 1)
    )
    return next(moment for moment in moments if moment > now)


def _for(text: str, line: Callable[[str], str]) -> MuteEnd | GrammarError:
    length = parse_length(text)
    if length is None:
        problem = f"“{echo(text)}” isn't a length of time." if text else "“for” needs a length of time."
        return GrammarError(problem, _HINT, line(_corrected(text)))
    if length < SHORTEST:
        return GrammarError(f"“{echo(text)}” is too short.", _HINT, line("1m"))
    if length > LONGEST:
        return GrammarError(f"“{echo(text)}” is too long.", _HINT, line("30d"))
    return MuteEnd(length)


def _corrected(text: str) -> str:
    """The text with the missing unit or the missing "until", otherwise an example."""
    if _TOMORROW.fullmatch(folded(text)):
        return f"until {text}"
    minutes = parse_length(f"{text}m")
    if minutes and SHORTEST <= minutes <= LONGEST:
        return f"{text}m"
    return f"until {text}" if parse_time(text) is not None and not text.isdecimal() else "2h"


def _until(text: str, line: Callable[[str], str]) -> MuteEnd | GrammarError:
    if folded(text) in _CHANGE:
        return MuteEnd(until_change=True)
    tomorrow = _TOMORROW.fullmatch(folded(text))
    at = parse_time(tomorrow[1] or "9:00") if tomorrow else parse_time(text)
    if at is not None:
        return MuteEnd(until=at, tomorrow=tomorrow is not None)
    if not text:
        return GrammarError("“until” needs a time of day.", _UNTIL_HINT, line("until 9:00"))
    length = parse_length(text)
    if length and SHORTEST <= length <= LONGEST:
        return GrammarError(f"“{echo(text)}” isn't a time of day.", "Type a length without “until”.", line(text))
    is_date = any(character.isalpha() for character in text)
    return GrammarError(f"“{echo(text)}” isn't a time of day.", _UNTIL_HINT, line("1d" if is_date else "until 9:00"))
