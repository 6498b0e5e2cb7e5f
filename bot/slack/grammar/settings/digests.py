"""What people type after `digest`: when a digest comes here."""

from collections.abc import Sequence
from datetime import time

from bot.domain.channel.digest_schedule import WEEKDAYS, DigestSchedule
from bot.slack.grammar.commands import PreviewDigest, ScheduleDigest
from bot.slack.grammar.durations import parse_time
from bot.slack.grammar.errors import GrammarError, echo
from bot.slack.grammar.settings.zones import read_zone
from bot.slack.grammar.tokens import Token, text_of

_MORNING = time(9)
_HINT = "Say how often, at what time and, if you like, in which time zone; or “off”."
_TIME_HINT = "Type a time of day, such as 9:00 or 9am. A city can follow it."
_EXAMPLE = "digest daily 9:00"
_OFF = ("off", "none", "never", "stop")
_NOW = ("now", "preview")
_DAILY = ("daily", "day", "days")
_WEEKLY = ("weekly", "week", "weeks")
_FULL_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Words that say nothing by themselves.
_FILLERS = ("on", "every", "each", "once", "a")


def read_digest(tokens: Sequence[Token]) -> ScheduleDigest | PreviewDigest | GrammarError:
    """Read `daily 9:00`, `weekly mon 9:00 Berlin`, `every friday at 5pm`, `off` or `now`; nothing asks for what was
    chosen. Without a day it is Monday, without a time 9:00."""
    match [token.key for token in tokens]:
        case []:
            return ScheduleDigest()
        case [word] if word in _OFF:
            return ScheduleDigest(off=True)
        case [word] if word in _NOW:
            return PreviewDigest()
    at, is_weekly, weekday = _how_often(tokens)
    rest = tokens[at:]
    has_at = bool(rest) and rest[0].key == "at"
    rest = rest[1:] if has_at else rest
    length, said = _time(rest)
    if is_weekly is None and said is None:
        return GrammarError(f"I don't understand “{echo(text_of(tokens))}” after “digest”.", _HINT, _EXAMPLE)
    day = (weekday or 0) if is_weekly else None
    if said is None and rest and (has_at or rest[0].text[:1].isdecimal()):
        example = f"digest {DigestSchedule(_MORNING, day).text}"
        return GrammarError(f"“{echo(text_of(rest))}” isn't a time of day.", _TIME_HINT, example)
    schedule = DigestSchedule(said or _MORNING, day)
    zone = rest[length:]
    if not zone:
        return ScheduleDigest(schedule)
    name = read_zone(text_of(zone), f"digest {schedule.text} {{}}".format)
    return name if isinstance(name, GrammarError) else ScheduleDigest(schedule, name)


def _how_often(tokens: Sequence[Token]) -> tuple[int, bool | None, int | None]:
    """How many tokens say how often, whether that is weekly (None if they don't say), and on which day."""
    is_weekly, weekday = None, None
    for number, token in enumerate(tokens):
        day = _weekday(token.key)
        if token.key in _FILLERS:
            continue
        if day is not None and weekday is None:
            is_weekly, weekday = True, day
        elif token.key in (*_DAILY, *_WEEKLY) and is_weekly is None:
            is_weekly = token.key in _WEEKLY
        else:
            return number, is_weekly, weekday
    return len(tokens), is_weekly, weekday


def _weekday(word: str) -> int | None:
    """The number of a weekday: `mon`, `tues`, `Wednesday`, `fridays`, `fri,`."""
    bare = word.rstrip(",.").removesuffix("s") if len(word) > len("tues") else word.rstrip(",.")
    if len(bare) < len(WEEKDAYS[0]):
        return None
    return next((number for number, name in enumerate(_FULL_NAMES) if name.startswith(bare)), None)


def _time(tokens: Sequence[Token]) -> tuple[int, time | None]:
    """How many tokens say a time of day, and which: `9:00`, `9 am`."""
    for length in (2, 1):
        if len(tokens) >= length and (at := parse_time(text_of(tokens[:length]).rstrip(","))) is not None:
            return length, at
    return 0, None
