"""What a person does to one element of a message or view, as Slack tells it to the app."""

import time
from collections.abc import Mapping, Sequence

from bot.demo.slack.block_kit.schema import Json
from bot.demo.slack.block_kit.traversal import interactive
from bot.demo.slack.people.fields import FIELDS, chosen, option_of

_ECHOED = ("placeholder", "timezone", *{field.initial for field in FIELDS.values()})


def element_of(blocks: Sequence[Json], action_id: str, block_id: str | None = None) -> tuple[str, Json]:
    """The element with this ID, and the ID of its block; the first one if `block_id` doesn't say which.

    A `LookupError` if there is none.
    """
    for place, element in interactive(blocks):
        if element.get("action_id") == action_id and block_id in (None, place):
            return place, element
    raise LookupError(f"no element {action_id!r}" + (f" in the block {block_id!r}" if block_id else ""))


def action_of(
    block_id: str, element: Json, value: str | list[str] | None, offered: Mapping[str, Json] | None = None
) -> Json:
    """The action in a `block_actions` payload. `value` is what was chosen; of a button it stands for its own value.

    A `LookupError` if that can't be done to the element.
    """
    identity = {"action_id": element.get("action_id"), "block_id": block_id}
    choice = _choice(element, value, offered)
    return {**identity, **choice, "type": element["type"], "action_ts": f"{time.time():.6f}"}


def words_of(value: str | list[str] | None) -> list[str]:
    """What was chosen, as a list; text that was emptied is nothing."""
    return value if isinstance(value, list) else [value] if value else []


def _choice(element: Json, value: str | list[str] | None, offered: Mapping[str, Json] | None) -> Json:
    kind, words = str(element["type"]), words_of(value)
    if kind == "button":
        own = value if isinstance(value, str) else element.get("value")
        return {"text": element["text"]} | ({} if own is None else {"value": own})
    if value is None or (not words and kind in ("overflow", "radio_buttons")):
        raise LookupError(f"nothing was chosen in {element.get('action_id')!r}")
    if kind == "overflow":
        return {"selected_option": option_of(element, words[0])}
    return chosen(element, words, offered) | {name: element[name] for name in _ECHOED if name in element}
