"""What a person does to one element of a message or view, as Slack tells it to the app."""

import copy
import time
from collections.abc import Iterator, Mapping, Sequence

from bot.demo.slack_blocks import interactive, placed
from bot.demo.slack_state import FIELDS, Payload, chosen, options_of

_NEEDS_A_CHOICE = ("overflow", "radio_buttons", "feedback_buttons")
_TOLD = ("placeholder", "timezone", *{field.initial for field in FIELDS.values()})


def element_of(blocks: Sequence[Payload], action_id: str, block_id: str | None = None) -> tuple[str, Payload]:
    """The element with this ID, and the ID of its block; the first one if `block_id` doesn't say which.

    A `LookupError` if there is none.
    """
    for place, element in interactive(blocks):
        if element.get("action_id") == action_id and block_id in (None, place):
            return place, element
    raise LookupError(f"no element {action_id!r}" + (f" in the block {block_id!r}" if block_id else ""))


def inputs(blocks: Sequence[Payload]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The input blocks, with their IDs."""
    return ((block_id, block) for block_id, block in placed(blocks) if block.get("type") == "input")


def named(blocks: Sequence[Payload]) -> list[Payload]:
    """The same blocks, in which every element has an `action_id`: Slack makes one up where the app gave none."""
    copies = [copy.deepcopy(each) for each in blocks]
    for number, (_, element) in enumerate(interactive(copies)):
        element.setdefault("action_id", f"a{number}")
    return copies


def action_of(
    block_id: str, element: Payload, value: str | list[str] | None, offered: Mapping[str, Payload] | None = None
) -> Payload:
    """The action in a `block_actions` payload. `value` is what was chosen; of a button it stands for its own value.

    A `LookupError` if that can't be done to the element.
    """
    identity = {"action_id": element.get("action_id"), "block_id": block_id}
    said = _said(element, value, offered)
    return {**identity, **said, "type": element["type"], "action_ts": f"{time.time():.6f}"}


def words_of(value: str | list[str] | None) -> list[str]:
    """What was chosen, as a list; text that was emptied is nothing."""
    return value if isinstance(value, list) else [value] if value else []


def _said(element: Payload, value: str | list[str] | None, offered: Mapping[str, Payload] | None) -> Payload:
    kind, words = str(element["type"]), words_of(value)
    if kind in ("button", "icon_button"):
        own = value if isinstance(value, str) else element.get("value")
        return {"text": element["text"]} | ({} if own is None else {"value": own})
    if value is None or (not words and kind in _NEEDS_A_CHOICE):
        raise LookupError(f"nothing was chosen in {element.get('action_id')!r}")
    if kind == "feedback_buttons":
        return _feedback(element, words[0])
    if kind == "overflow":
        return {"selected_option": _one(element, words[0])}
    if kind not in FIELDS:
        raise LookupError(f"no app hears of a {kind}")
    return chosen(element, words, offered) | {name: element[name] for name in _TOLD if name in element}


def _feedback(element: Payload, value: str) -> Payload:
    for name in ("positive_button", "negative_button"):
        button = element.get(name)
        if isinstance(button, dict) and button.get("value") == value:
            return {"text": button["text"], "value": value}
    raise LookupError(f"no button {value!r} in {element.get('action_id')!r}")


def _one(element: Payload, value: str) -> Payload:
    for option in options_of(element):
        if option.get("value") == value:
            return dict(option)
    raise LookupError(f"no option {value!r} in {element.get('action_id')!r}")
