"""The contents of a form's fields: Slack's `state.values`, and the checks of Slack's client before it sends them.

Only the text for an empty field is Slack's; the others are documented nowhere. The browser checks addresses and
numbers.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.demo.slack.block_kit.reference import REFERENCE
from bot.demo.slack.block_kit.schema import Json, options_of
from bot.demo.slack.block_kit.traversal import inputs, interactive

Key = tuple[str, str]
REQUIRED, TEXT_LIMIT = "Please complete this required field.", 3000
# What a person filled in, by the IDs of block and element: typed text, values of options, IDs or dates.
Filled = Mapping[Key, list[str]]
# The options that the app sent for each external menu, by their value.
Offers = Mapping[Key, Mapping[str, Json]]


class Field(NamedTuple):
    """The names of an element's fields for its content and its initial content, and the type of the content."""

    name: str
    initial: str
    holds: str  # text, word, number or option

    @property
    def many(self) -> bool:
        return self.name.endswith("s")


FIELDS = {kind: Field(*words.split()) for kind, words in REFERENCE["fields"].items()}


def values_of(blocks: Sequence[Json], filled: Filled, offered: Offers | None = None) -> dict[str, dict[str, Json]]:
    """`state.values` of these blocks: the content of each field, by its block's ID and its own.

    A field that isn't in `filled` has its initial content; an empty list empties it. `offered` are the options of
    external menus. Raises `LookupError` if something was filled in that can't be chosen.
    """
    values: dict[str, dict[str, Json]] = {}
    for block_id, element in interactive(blocks):
        if element.get("type") not in FIELDS or not element.get("action_id"):
            continue
        key = (block_id, str(element["action_id"]))
        held = chosen(element, filled[key], (offered or {}).get(key)) if key in filled else _at_first(element)
        values.setdefault(key[0], {})[key[1]] = {"type": element["type"], **held}
    return values


def chosen(element: Json, words: list[str], offered: Mapping[str, Json] | None = None) -> Json:
    """The field of an element with this content. Raises `LookupError` if that can't be chosen."""
    field = FIELDS[str(element["type"])]
    if len(words) > 1 and not field.many:
        raise LookupError(f"{element.get('action_id')!r} takes one choice, not {words}")
    held = [_held(element, field, word, offered or {}) for word in words]
    return {field.name: held if field.many else next(iter(held), None)}


def option_of(element: Json, value: str, offered: Mapping[str, Json] | None = None) -> Json:
    """The option with this value: the element's own, an initial one, or one from the app. Raises `LookupError`."""
    first = element.get(FIELDS[str(element["type"])].initial) if element["type"] in FIELDS else None
    chosen_first = first if isinstance(first, list) else [first]
    for option in (*options_of(element), *chosen_first, *(offered or {}).values()):
        if isinstance(option, dict) and option.get("value") == value:
            return copy.deepcopy(option)
    raise LookupError(f"no option {value!r} in {element.get('action_id')!r}")


def _held(element: Json, field: Field, word: str, offered: Mapping[str, Json]) -> object:
    if field.holds == "option":
        return option_of(element, word, offered)
    if field.holds == "text":
        return word or None
    return int(word) if field.holds == "number" else word


def _at_first(element: Json) -> Json:
    field = FIELDS[str(element["type"])]
    first = copy.deepcopy(element.get(field.initial))
    first = None if first in ("", []) else first
    return {field.name: [] if first is None and field.many else first}


def form_errors(blocks: Sequence[Json], values: Mapping[str, Mapping[str, Json]]) -> dict[str, str]:
    """The errors of a form by block ID. `values` are its `state.values`."""
    found: dict[str, str] = {}
    for block_id, block in inputs(blocks):
        element = block.get("element")
        if isinstance(element, dict) and element.get("type") in FIELDS:
            field = FIELDS[str(element["type"])]
            held = values.get(block_id, {}).get(str(element.get("action_id")), {}).get(field.name)
            words = _error(element, held) if held else None if block.get("optional") else REQUIRED
            found |= {block_id: words} if words else {}
    return found


def _error(element: Json, held: object) -> str | None:
    if isinstance(held, list):
        most = element.get("max_selected_items")
        return f"Please choose at most {most}." if isinstance(most, int) and len(held) > most else None
    if element["type"] == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", TEXT_LIMIT)
        if isinstance(least, int) and len(str(held)) < least:
            return f"Please enter at least {least} characters."
        if isinstance(most, int) and len(str(held)) > most:
            return f"Please enter at most {most} characters."
    return None
