"""What comes back from Slack with a view: the fields that it shows, what is in them, and what the bot had it keep.

All of it is from outside, even what the bot once wrote: what isn't there, or has another shape, is empty.
"""

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from bot.slack.request import Unreadable

PartT = TypeVar("PartT", bound=StrEnum)

_COMMAND = re.compile(r"/[\w.-]{1,40}")


def shown_among(view: Mapping[str, Any], parts: type[PartT]) -> set[PartT]:
    """Those of a form's fields that the person sees: Slack reports the contents of these, and shows errors only there.
    The fields' values are the IDs of their blocks."""
    blocks = view.get("blocks")
    found = [mapping(block) for block in blocks] if isinstance(blocks, list) else []
    ids = [block.get("block_id") for block in found if block.get("type") == "input"]
    return {part for part in parts if part in ids}


def state_of(view: Mapping[str, Any], block_id: str, action_id: str) -> Mapping[str, Any]:
    """What a field holds, in Slack's words."""
    state: object = view
    for name in ("state", "values", block_id, action_id):
        state = mapping(state).get(name)
    return mapping(state)


def kept_by(view: object) -> Mapping[str, Any]:
    """What the bot had the view keep."""
    try:
        return mapping(json.loads(str(mapping(view).get("private_metadata"))))
    except (ValueError, RecursionError):
        return {}


def command_in(kept: Mapping[str, Any]) -> str:
    """The bot's command where a view was opened. Raises `Unreadable` if the view keeps none: the bot didn't open it."""
    command = kept.get("command")
    if not isinstance(command, str) or not _COMMAND.fullmatch(command):
        raise Unreadable("no command in the private metadata")
    return command


def mapping(value: object) -> Mapping[str, Any]:
    """A JSON object, empty if it is something else."""
    return value if isinstance(value, Mapping) else {}
