"""Parse single values tolerantly: text, numbers, times, JSON. Pure; only `load_json` raises on hostile input."""

import json
import math
import re
import sys
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

MAX_TEXT = 1_000
# Undocumented fields are kept for people to read, not as an archive.
_MAX_ITEMS = 100
_MAX_DEPTH = 8
# Python refuses to convert very long digit strings; no number of this service comes close.
_MAX_DIGITS = 40
# 1e11 seconds is the year 5138 and 1e11 milliseconds is 1973, so larger numbers are milliseconds.
_MILLISECONDS_FROM = 1e11
_MAX_WAIT = 86_400.0

# Control characters (PostgreSQL refuses NUL), lone surrogates (no encoding takes them), line and paragraph
# separators, and marks that change the direction of the text around them.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def clean(text: str, max_length: int = MAX_TEXT) -> str:
    """Text that any database, log and message can hold: shortened, without control characters."""
    shortened = text[:max_length]
    # Nearly every text is printable, which is quicker to see.
    return (shortened if shortened.isprintable() else _UNWANTED.sub(" ", shortened)).strip()


def tidy(value: Any, depth: int = 0) -> Any:
    """A decoded JSON value with every text cleaned, and cut to a maximum depth and size."""
    if isinstance(value, str):
        return clean(value)
    if not isinstance(value, dict | list):
        return value
    if depth == _MAX_DEPTH:
        return None
    if isinstance(value, list):
        return [tidy(item, depth + 1) for item in value[:_MAX_ITEMS]]
    # Every answer brings the same names: they are kept once.
    return {sys.intern(clean(key)): tidy(item, depth + 1) for key, item in list(value.items())[:_MAX_ITEMS]}


def text(value: object, max_length: int = MAX_TEXT) -> str | None:
    """A string or number as clean text; None for an empty string and any other type."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return clean(str(value), max_length) or None


def whole_number(value: object) -> int | None:
    """An integer, from an int, a float without a fraction or decimal digits; None for anything else."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and len(value) <= _MAX_DIGITS and value.strip().isascii() and value.strip().isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def amount(value: object) -> int | None:
    """A count: an integer of at least 0, rounded down, from a number or digits. Never raises.

    None if it is negative, not a number, or larger than a database's integers.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    exact = whole_number(value)  # a large one would lose its last digits as a float
    try:
        figure = exact if exact is not None else math.floor(float(value))
    except (ValueError, OverflowError):
        return None
    return figure if 0 <= figure < 1 << 63 else None


def parse_time(value: object) -> datetime | None:
    """A time as aware UTC, from any form that the service's pages declare or show. Never raises.

    ISO 8601 with an offset (with or without a colon), with `Z`, or with neither (then UTC); seconds or milliseconds
    since 1970, as a number or digits. None for anything else, and for 0, which related resources send for "not yet".
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
    """The seconds in a `Retry-After` header, from seconds or an HTTP date; at most a day. Never raises.

    `now` is aware. A past date is 0; None for a missing or malformed header.
    """
    seconds = _seconds_until((value or "").strip(), now)
    return None if seconds is None else min(max(seconds, 0.0), _MAX_WAIT)


def _seconds_until(value: str, now: datetime) -> float | None:
    if value.isascii() and value.replace(".", "", 1).isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
        return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def load_json(body: bytes | str) -> Any:
    """The JSON document in `body`. Raises ValueError if it is malformed, nested too deeply or has an ambiguous field.

    Numbers that can't be represented (NaN, Infinity, 1e400, hundreds of digits) become None, so that one absurd
    field doesn't hide a job.
    """
    try:
        return _DECODER.decode(
            body if isinstance(body, str) else body.decode(json.detect_encoding(body), "surrogatepass")
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs) and any(found[name] != value for name, value in pairs):
        raise ValueError("one field has two values")
    return found


_DECODER = json.JSONDecoder(
    parse_int=lambda digits: int(digits) if len(digits) <= _MAX_DIGITS else None,
    parse_float=lambda digits: number if math.isfinite(number := float(digits)) else None,
    parse_constant=lambda _: None,
    object_pairs_hook=_unambiguous,
)
