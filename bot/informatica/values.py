"""Single values on the wire, read tolerantly: text, numbers, times, JSON. Pure; nothing here fails on hostile input
but `load_json`, which says so."""

import json
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

LONGEST_TEXT = 1_000
# A field that nobody documented is kept for people to look at, not as an archive.
_MOST_ITEMS = 100
_DEEPEST = 8
# Python refuses to convert very long digit strings; no number of this service comes near.
_MOST_DIGITS = 40
# 1e11 seconds is the year 5138 and 1e11 milliseconds is 1973: larger numbers count milliseconds.
_MILLISECONDS_FROM = 1e11
_LONGEST_WAIT = 86_400.0

# Control characters (PostgreSQL refuses NUL), halves of surrogate pairs (no encoding takes them), line and
# paragraph separators, and the marks that turn the direction of the text around them.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def clean(text: str, most: int = LONGEST_TEXT) -> str:
    """Text that any database, log and message can hold: at most `most` characters, none of them control ones."""
    return _UNWANTED.sub(" ", text[:most]).strip()


def tidy(value: Any, depth: int = 0) -> Any:
    """A decoded JSON value with every text in it cleaned; what is too deep or too much is left out."""
    if isinstance(value, str):
        return clean(value)
    if not isinstance(value, dict | list):
        return value
    if depth == _DEEPEST:
        return None
    if isinstance(value, list):
        return [tidy(item, depth + 1) for item in value[:_MOST_ITEMS]]
    return {clean(key): tidy(item, depth + 1) for key, item in list(value.items())[:_MOST_ITEMS]}


def text(value: object, most: int = LONGEST_TEXT) -> str | None:
    """A text or a number as clean text; None for nothing, an empty text and any other type."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return clean(str(value), most) or None


def whole_number(value: object) -> int | None:
    """A whole number, given as one, as a float without a fraction, or in decimal digits; None for anything else."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and len(value) <= _MOST_DIGITS and value.strip().isascii() and value.strip().isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def amount(value: object) -> int | None:
    """A figure that counts something: a whole number of at least 0, rounded down, also from digits in a text.

    None for what is negative, no number, or larger than a database's integers. Never raises.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    exact = whole_number(value)  # as a float a large one would lose its last digits
    try:
        figure = exact if exact is not None else math.floor(float(value))
    except (ValueError, OverflowError):
        return None
    return figure if 0 <= figure < 1 << 63 else None


def parse_time(value: object) -> datetime | None:
    """A moment as aware UTC, in any form that the service's pages declare or show.

    ISO with an offset with or without a colon, with `Z` or with none (then UTC); seconds or milliseconds
    since 1970, as a number or in digits. None for nothing, for 0 (which its sister resources send for
    "not yet") and for what is no moment. Never raises.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return _from_epoch(float(value))
    except (ValueError, OverflowError, OSError):
        pass
    try:
        moment = datetime.fromisoformat(value.strip() if isinstance(value, str) else "")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _from_epoch(number: float) -> datetime | None:
    if not math.isfinite(number) or number <= 0:
        return None
    return datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS_FROM else number, UTC)


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """The seconds that a `Retry-After` header asks for, from seconds or an HTTP date; at most a day.

    `now` is aware. A date that has passed is 0; None for nothing and for what is neither. Never raises.
    """
    seconds = _seconds_until((value or "").strip(), now)
    return None if seconds is None else min(max(seconds, 0.0), _LONGEST_WAIT)


def _seconds_until(value: str, now: datetime) -> float | None:
    if value.isascii() and value.replace(".", "", 1).isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
        return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def load_json(body: bytes | str) -> Any:
    """The JSON document in `body`. Raises ValueError for what is none, is nested too deeply or says a field twice.

    A number that no computer can hold (NaN, Infinity, 1e400, hundreds of digits) becomes None: one absurd
    field must not hide a job.
    """
    try:
        return json.loads(
            body,
            parse_int=lambda digits: int(digits) if len(digits) <= _MOST_DIGITS else None,
            parse_float=lambda digits: number if math.isfinite(number := float(digits)) else None,
            parse_constant=lambda _: None,
            object_pairs_hook=_unambiguous,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs) and any(found[name] != value for name, value in pairs):
        raise ValueError("says one field twice")
    return found
