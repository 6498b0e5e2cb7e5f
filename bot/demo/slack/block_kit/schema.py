"""Checks of JSON: each says, in Slack's words and with a JSON pointer, what is wrong with a value."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

Json = dict[str, object]
Check = Callable[[object, str], Iterator[str]]


def fault(words: str, at: str) -> str:
    """One line as in the `response_metadata.messages` of Slack's answer."""
    return f"[ERROR] {words} [json-pointer:{at}]"


def unless(holds: Callable[[object], bool], words: str) -> Check:
    """A check with one complaint."""

    def check(value: object, at: str) -> Iterator[str]:
        if not holds(value):
            yield fault(words, at)

    return check


def string(most: int, least: int = 1) -> Check:
    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield fault("must be a string", at)
        elif len(value) > most:
            yield fault(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            yield fault(f"must be more than {least - 1} characters", at)

    return check


def parsed(parse: Callable[[str], object], words: str, most: int) -> Check:
    """Text that `parse` takes: it raises ValueError, LookupError or OSError, or gives a false value, for other text."""
    text = string(most)

    def check(value: object, at: str) -> Iterator[str]:
        yield from (wrong := list(text(value, at)))
        try:
            is_good = bool(wrong or parse(str(value)))
        except (ValueError, LookupError, OSError):
            is_good = False
        if not is_good:
            yield fault(words, at)

    return check


def integer(least: int | None = None, most: int | None = None) -> Check:
    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield fault("must be an integer", at)
        elif most is not None and value > most:
            yield fault(f"must be less than {most + 1}", at)
        elif least is not None and value < least:
            yield fault(f"must be more than {least - 1}", at)

    return check


def among(*words: str) -> Check:
    return unless(lambda value: value in words, "must be a valid enum value")


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


def record(fields: Mapping[str, Check], optional: Collection[str]) -> Check:
    """An object with these fields and no others."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield fault("must provide an object", at)
            return
        yield from (fault(f"invalid additional property: {name}", at) for name in value.keys() - fields.keys())
        for name, field in fields.items():
            if name in value:
                yield from field(value[name], f"{at}/{name}")
            elif name not in optional:
                yield fault(f"missing required field: {name}", at)

    return check


def of_type(shapes: Mapping[str, Check], unknown: str = "unsupported type: {}") -> Check:
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


def fields_together(words: str, holds: Callable[[int], bool], names: list[str]) -> Check:
    """An object that has as many of these fields as it should."""
    together = f"{words}: {', '.join(names)}"
    return unless(lambda value: not isinstance(value, dict) or holds(len(value.keys() & set(names))), together)


def offered(name: str) -> Check:
    """What is selected at first must be among what is offered."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict) or name not in value:
            return
        options = list(options_of(value))
        if any(each not in options for each in (value[name] if isinstance(value[name], list) else [value[name]])):
            yield fault(f"invalid {name}", f"{at}/{name}")

    return check


def is_url(text: str, schemes: tuple[str, ...] = ()) -> bool:
    """Whether it is absolute; and of one of `schemes`, if they are named. May raise ValueError."""
    parts = urlsplit(text)
    return bool(parts.scheme and (parts.netloc or parts.path)) and (not schemes or parts.scheme in schemes)


def options_of(element: Json) -> Iterator[Json]:
    """The options of a menu, those in groups included."""
    for holder in (element, *_objects(element.get("option_groups"))):
        yield from _objects(holder.get("options"))


def _objects(values: object) -> list[Json]:
    return [each for each in values if isinstance(each, dict)] if isinstance(values, list) else []


PRIMITIVES: dict[str, Check] = {
    "anything": lambda value, at: iter(()),
    "flag": unless(lambda value: isinstance(value, bool), "must be a boolean"),
    "number": unless(lambda value: isinstance(value, int | float) and not isinstance(value, bool), "must be a number"),
    "url": parsed(is_url, "invalid url", 3000),
    "web": parsed(lambda text: is_url(text, ("http", "https")), "invalid url", 3000),
    "date": parsed(lambda text: len(text) == 10 and date.fromisoformat(text), "invalid date", 10),
    "time": parsed(
        lambda text: re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", text), "does not match the expected pattern", 5
    ),
    "timezone": parsed(ZoneInfo, "invalid timezone", 255),
    "decimal": parsed(
        lambda text: re.fullmatch(r"-?[0-9]*\.?[0-9]+", text), "does not match the expected pattern", 100
    ),
    "colour": parsed(lambda text: re.fullmatch("#[0-9A-Fa-f]{6}", text), "does not match the expected pattern", 7),
}
