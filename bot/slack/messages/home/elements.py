"""What can be used in the Home tab: its own elements, and blocks that say for which place a press in them acts."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from bot.domain.destination import is_conversation_id
from bot.slack.messages.blocks import plain

_PREFIX = "home"
LONGEST_WORDS = 80  # characters that are searched for


class Part(StrEnum):
    """The elements that change what the tab shows: the action ID of each."""

    WORDS = "home_words"
    CLEAR = "home_clear"
    PREVIOUS = "home_previous"
    NEXT = "home_next"


def block_id(place: str, name: str | int) -> str:
    """The ID of a block in which presses act for a place: a channel or, for the person's own alerts, their direct
    messages. Slack sends it along with each press."""
    return f"{_PREFIX}:{place}:{name}"


def place_of(action: Mapping[str, Any]) -> str | None:
    """The place for which a press acts; None if the bot didn't make its block."""
    prefix, _, rest = str(action.get("block_id") or "").partition(":")
    place = rest.partition(":")[0]
    return place if prefix == _PREFIX and is_conversation_id(place) else None


def search(words: str) -> dict[str, Any]:
    """The field for a part of a name. Slack keeps what was typed into a block of the same ID, so that a search that is
    cleared needs another one."""
    element = {
        "type": "plain_text_input",
        "action_id": Part.WORDS,
        "max_length": LONGEST_WORDS,
        "placeholder": plain("Part of a name, then Enter"),
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }
    kind = {"type": "input", "block_id": f"{Part.WORDS}:{words}", "dispatch_action": True, "optional": True}
    return kind | {
        "label": plain("Find a watched job"),
        "element": element | ({"initial_value": words} if words else {}),
    }


def turning(number: int, pages: int) -> list[dict[str, Any]]:
    """The buttons that show the pages before and after this one."""
    turns = [(Part.PREVIOUS, "Previous", number - 1)] if number > 1 else []
    turns += [(Part.NEXT, "Next", number + 1)] if number < pages else []
    return [_button(part, label, str(page)) for part, label, page in turns]


def clear() -> dict[str, Any]:
    return _button(Part.CLEAR, "Clear search", "1")


def _button(part: Part, label: str, value: str) -> dict[str, Any]:
    return {"type": "button", "action_id": part, "text": plain(label), "value": value}
