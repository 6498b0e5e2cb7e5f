"""What stands in the fields of a form: Slack's `state.values`, from what a person filled in."""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.demo.slack_blocks import interactive

Payload = dict[str, object]
Key = tuple[str, str]
# What a person filled in: for a block's and an element's ID the typed text, the values of options, IDs or dates.
Filled = Mapping[Key, list[str]]
# Options that came from the app, by their value, for each element that asked for them.
Offers = Mapping[Key, Mapping[str, Payload]]


@dataclass(frozen=True)
class Field:
    """Where an element keeps what is in it, where it says what is in it at first, and of which sort that is."""

    name: str
    initial: str
    holds: Literal["text", "word", "number", "option", "rich_text", "file"] = "word"
    many: bool = False


_TEXT = Field("value", "initial_value", "text")
_OPTION = Field("selected_option", "initial_option", "option")
_OPTIONS = Field("selected_options", "initial_options", "option", many=True)

FIELDS = {
    "plain_text_input": _TEXT,
    "email_text_input": _TEXT,
    "url_text_input": _TEXT,
    "number_input": _TEXT,
    "rich_text_input": Field("rich_text_value", "initial_value", "rich_text"),
    "file_input": Field("files", "initial_files", "file", many=True),
    "datepicker": Field("selected_date", "initial_date"),
    "timepicker": Field("selected_time", "initial_time"),
    "datetimepicker": Field("selected_date_time", "initial_date_time", "number"),
    "static_select": _OPTION,
    "external_select": _OPTION,
    "radio_buttons": _OPTION,
    "checkboxes": _OPTIONS,
    "multi_static_select": _OPTIONS,
    "multi_external_select": _OPTIONS,
    "users_select": Field("selected_user", "initial_user"),
    "conversations_select": Field("selected_conversation", "initial_conversation"),
    "channels_select": Field("selected_channel", "initial_channel"),
    "multi_users_select": Field("selected_users", "initial_users", many=True),
    "multi_conversations_select": Field("selected_conversations", "initial_conversations", many=True),
    "multi_channels_select": Field("selected_channels", "initial_channels", many=True),
}
_PATTERNS = {"timepicker": "([01][0-9]|2[0-3]):[0-5][0-9]", "datetimepicker": "[0-9]{1,10}", "datepicker": "[0-9-]{10}"}


def values_of(
    blocks: Sequence[Payload], filled: Filled, offered: Offers | None = None, here: str | None = None
) -> dict[str, dict[str, Payload]]:
    """`state.values` of these blocks: what stands in each field, by its block's ID and its own.

    What isn't in `filled` is as it was at first; an empty list is an emptied field. `offered` holds the options of
    external menus, `here` is the conversation for menus that begin with the present one. A `LookupError` if something
    was filled in that nobody can choose.
    """
    values: dict[str, dict[str, Payload]] = {}
    for block_id, element in interactive(blocks):
        if element.get("type") not in FIELDS or not element.get("action_id"):
            continue
        key = (block_id, str(element["action_id"]))
        held = chosen(element, filled[key], (offered or {}).get(key)) if key in filled else _at_first(element, here)
        values.setdefault(key[0], {})[key[1]] = {"type": element["type"], **held}
    return values


def chosen(element: Payload, words: list[str], offered: Mapping[str, Payload] | None = None) -> Payload:
    """The field of an element with these words in it. A `LookupError` if it can't hold them."""
    field = FIELDS[str(element["type"])]
    if len(words) > 1 and not field.many:
        raise LookupError(f"{element.get('action_id')!r} takes one choice, not {words}")
    held = [_held(element, field, word, offered or {}) for word in words]
    return {field.name: held if field.many else next(iter(held), None)}


def options_of(element: Payload) -> Iterator[Payload]:
    """All options of an element, those in groups and those that are chosen at first included."""
    groups = _dicts(element.get("option_groups"))
    yield from _dicts(element.get("options"))
    yield from (each for group in groups for each in _dicts(group.get("options")))
    yield from _dicts([element.get("initial_option")])
    yield from _dicts(element.get("initial_options"))


def _held(element: Payload, field: Field, word: str, offered: Mapping[str, Payload]) -> object:
    match field.holds:
        case "option":
            return _option(element, word, offered)
        case "text":
            return word or None
        case "rich_text":
            return _rich(word) if word else None
        case "file":
            return {"id": word}
    if not _can_be(str(element["type"]), word):
        raise LookupError(f"{word!r} can't be chosen in {element.get('action_id')!r}")
    return int(word) if field.holds == "number" else word


def _at_first(element: Payload, here: str | None) -> Payload:
    field = FIELDS[str(element["type"])]
    first = copy.deepcopy(element.get(field.initial))
    first = None if first in ("", []) else first
    if first is None and here and element.get("default_to_current_conversation"):
        first = [here] if field.many else here
    return {field.name: [] if first is None and field.many else first}


def _option(element: Payload, value: str, offered: Mapping[str, Payload]) -> Payload:
    for option in (*options_of(element), *offered.values()):
        if option.get("value") == value:
            return copy.deepcopy(option)
    raise LookupError(f"no option {value!r} in {element.get('action_id')!r}")


def _can_be(kind: str, word: str) -> bool:
    if not word or not re.fullmatch(_PATTERNS.get(kind, ".*"), word):
        return False
    try:
        return kind != "datepicker" or bool(date.fromisoformat(word))
    except ValueError:
        return False


def _rich(text: str) -> Payload:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def _dicts(values: object) -> list[Payload]:
    return [each for each in values if isinstance(each, dict)] if isinstance(values, list) else []
