"""Shapes of JSON: each checks one value and says, in Slack's words and with a JSON pointer, what is wrong with it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

Check = Callable[[object, str], Iterator[str]]


@dataclass(frozen=True)
class Maybe:
    """A field that may be left out."""

    check: Check


def fault(words: str, at: str) -> str:
    """One line as in the `response_metadata.messages` of Slack's answer."""
    return f"[ERROR] {words} [json-pointer:{at}]"


def string(most: int, least: int = 1, pattern: str = "") -> Check:
    """Text of `least` to `most` characters that matches the whole `pattern`, if there is one."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield fault("must be a string", at)
        elif len(value) > most:
            yield fault(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            yield fault(f"must be more than {least - 1} characters", at)
        elif pattern and not re.fullmatch(pattern, value):
            yield fault("does not match the expected pattern", at)

    return check


def url(most: int = 3000, schemes: tuple[str, ...] = ()) -> Check:
    """An absolute URL; of one of `schemes`, if they are named."""
    text = string(most)

    def check(value: object, at: str) -> Iterator[str]:
        wrong = list(text(value, at))
        yield from wrong
        if not wrong and not _is_url(str(value), schemes):
            yield fault("invalid url", at)

    return check


def _is_url(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path)) and (not schemes or parts.scheme in schemes)


def integer(least: int | None = None, most: int | None = None) -> Check:
    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield fault("must be an integer", at)
        elif most is not None and value > most:
            yield fault(f"must be less than {most + 1}", at)
        elif least is not None and value < least:
            yield fault(f"must be more than {least - 1}", at)

    return check


def number(value: object, at: str) -> Iterator[str]:
    """Whole or not."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield fault("must be a number", at)


def flag(value: object, at: str) -> Iterator[str]:
    """True or false."""
    if not isinstance(value, bool):
        yield fault("must be a boolean", at)


def among(*words: str) -> Check:
    def check(value: object, at: str) -> Iterator[str]:
        if value not in words:
            yield fault("must be a valid enum value", at)

    return check


def array(item: Check, most: int, least: int = 1) -> Check:
    """A list of `least` to `most` items of one shape."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield fault("must be an array", at)
            return
        if len(value) > most:
            yield fault(f"no more than {most} items allowed", at)
        if len(value) < least:
            yield fault(f"no less than {least} items allowed", at)
        for number, each in enumerate(value):
            yield from item(each, f"{at}/{number}")

    return check


def record(**fields: Check | Maybe) -> Check:
    """An object with these fields and no others."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield fault("must provide an object", at)
            return
        for name in value.keys() - fields.keys():
            yield fault(f"invalid additional property: {name}", at)
        for name, field in fields.items():
            if name in value:
                yield from (field.check if isinstance(field, Maybe) else field)(value[name], f"{at}/{name}")
            elif not isinstance(field, Maybe):
                yield fault(f"missing required field: {name}", at)

    return check


def of_type(shapes: dict[str, Check], unknown: str = "unsupported type: {}") -> Check:
    """An object whose `type` says which of the shapes the rest of it has; `unknown` is said of any other type."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield fault("must provide an object", at)
        elif "type" not in value:
            yield fault("missing required field: type", at)
        elif not isinstance(value["type"], str) or value["type"] not in shapes:
            yield fault(unknown.format(value["type"]), f"{at}/type")
        else:
            yield from shapes[value["type"]]({key: each for key, each in value.items() if key != "type"}, at)

    return check


def every(*checks: Check) -> Check:
    """All of them hold."""

    def check(value: object, at: str) -> Iterator[str]:
        for each in checks:
            yield from each(value, at)

    return check


def at_most_one_of(*names: str) -> Check:
    """An object that has no two of these fields."""

    def check(value: object, at: str) -> Iterator[str]:
        if isinstance(value, dict) and len(value.keys() & set(names)) > 1:
            yield fault(f"must provide at most one of: {', '.join(names)}", at)

    return check


def in_order(least: str, most: str) -> Check:
    """An object whose one field isn't above the other, if it has both; numbers may stand in it as text."""

    def check(value: object, at: str) -> Iterator[str]:
        found = [_decimal(value.get(name)) for name in (least, most)] if isinstance(value, dict) else []
        low, high = found or (None, None)
        if low is not None and high is not None and low > high:
            yield fault(f"{least} cannot be greater than {most}", f"{at}/{least}")

    return check


def _decimal(value: object) -> Decimal | None:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def one_of(*names: str) -> Check:
    """An object that has exactly one of these fields."""

    def check(value: object, at: str) -> Iterator[str]:
        if isinstance(value, dict) and len(value.keys() & set(names)) != 1:
            yield fault(f"must provide exactly one of: {', '.join(names)}", at)

    return check


def some_of(*names: str) -> Check:
    """An object that has at least one of these fields."""

    def check(value: object, at: str) -> Iterator[str]:
        if isinstance(value, dict) and not value.keys() & set(names):
            yield fault(f"must provide at least one of: {', '.join(names)}", at)

    return check
