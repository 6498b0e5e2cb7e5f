"""The blocks of a message or view, and the interactive elements in them."""

import copy
from collections.abc import Iterator, Mapping, Sequence

from bot.demo.slack.block_kit.schema import Json

# The field with a block's elements. It can also contain an image.
_ELEMENTS = {"section": "accessory", "actions": "elements", "input": "element"}


def placed(blocks: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """All blocks with their IDs. The third block without a `block_id` is `b2`."""
    return ((str(block.get("block_id") or f"b{number}"), block) for number, block in enumerate(blocks))


def interactive(blocks: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, Json]]:
    """The interactive elements, each with the ID of its block."""
    return ((block_id, each) for block_id, block in placed(blocks) for each in elements_of(block))


def elements_of(block: Mapping[str, object]) -> list[Json]:
    """The interactive elements of this block."""
    held = block.get(_ELEMENTS.get(str(block.get("type")), ""))
    found = held if isinstance(held, list) else [held]
    return [each for each in found if isinstance(each, dict) and each.get("type") != "image"]


def inputs(blocks: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The input blocks, with their IDs."""
    return ((block_id, block) for block_id, block in placed(blocks) if block.get("type") == "input")


def with_action_ids(blocks: Sequence[Json]) -> list[Json]:
    """A copy in which every element has an `action_id`. Slack adds those that are missing."""
    copies = [copy.deepcopy(each) for each in blocks]
    for number, (_, element) in enumerate(interactive(copies)):
        element.setdefault("action_id", f"a{number}")
    return copies
