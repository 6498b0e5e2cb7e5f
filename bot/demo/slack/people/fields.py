"""What stands in the fields of a form: Slack's `state.values`, from what a person filled in."""

import copy
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.demo.slack.block_kit.reference import REFERENCE
from bot.demo.slack.block_kit.schema import Json, options_of
from bot.demo.slack.block_kit.traversal import interactive

Key = tuple[str, str]
# What a person filled in: for a block's and an element's ID the typed text, the values of options, IDs or dates.
Filled = Mapping[Key, list[str]]
# Options that came from the app, by their value, for each element that asked for them.
Offers = Mapping[Key, Mapping[str, Json]]


class Field(NamedTuple):
    """Where an element keeps what is in it, where it says what is in it at first, and of which sort that is."""

    name: str
    initial: str
    holds: str  # text, word, number or option

    @property
    def many(self) -> bool:
        return self.name.endswith("s")


FIELDS = {kind: Field(*words.split()) for kind, words in REFERENCE["fields"].items()}


def values_of(blocks: Sequence[Json], filled: Filled, offered: Offers | None = None) -> dict[str, dict[str, Json]]:
    """`state.values` of these blocks: what stands in each field, by its block's ID and its own.

    What isn't in `filled` is as it was at first; an empty list is an emptied field. `offered` holds the options of
    external menus. A `LookupError` if something was filled in that nobody can choose.
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
    """The field of an element with these words in it. A `LookupError` if it can't hold them."""
    field = FIELDS[str(element["type"])]
    if len(words) > 1 and not field.many:
        raise LookupError(f"{element.get('action_id')!r} takes one choice, not {words}")
    held = [_held(element, field, word, offered or {}) for word in words]
    return {field.name: held if field.many else next(iter(held), None)}


def option_of(element: Json, value: str, offered: Mapping[str, Json] | None = None) -> Json:
    """The option with this value: of the element itself, in a group, chosen at first, or from the app."""
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
