"""The blocks of a message or view, and the elements in them that somebody can use."""

import copy
from collections.abc import Iterator, Mapping, Sequence

from bot.demo.slack.block_kit.schema import Json

# Where a block keeps its elements; an image may stand there too.
_ELEMENTS = {"section": "accessory", "actions": "elements", "input": "element"}


def placed(blocks: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every block with its ID. One without a `block_id` is called by its place: `b2` is the third."""
    return ((str(block.get("block_id") or f"b{number}"), block) for number, block in enumerate(blocks))


def interactive(blocks: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, Json]]:
    """Every element that somebody can use, with the ID of the block in which it stands."""
    return ((block_id, each) for block_id, block in placed(blocks) for each in elements_of(block))


def elements_of(block: Mapping[str, object]) -> list[Json]:
    """The elements of this block that somebody can use."""
    held = block.get(_ELEMENTS.get(str(block.get("type")), ""))
    found = held if isinstance(held, list) else [held]
    return [each for each in found if isinstance(each, dict) and each.get("type") != "image"]


def inputs(blocks: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The input blocks, with their IDs."""
    return ((block_id, block) for block_id, block in placed(blocks) if block.get("type") == "input")


def with_action_ids(blocks: Sequence[Json]) -> list[Json]:
    """The same blocks, in which every element has an `action_id`: Slack makes one up where the app gave none."""
    copies = [copy.deepcopy(each) for each in blocks]
    for number, (_, element) in enumerate(interactive(copies)):
        element.setdefault("action_id", f"a{number}")
    return copies
