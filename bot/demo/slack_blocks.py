"""The blocks of a message or view and what stands in them, however deep: a container has children, a carousel cards."""

from collections.abc import Iterator, Mapping, Sequence

# Where a block keeps the elements that somebody can use; an image may stand there too.
_ELEMENTS = {
    "section": "accessory",
    "actions": "elements",
    "context_actions": "elements",
    "input": "element",
    "card": "actions",
}
_CHILDREN = {"carousel": "elements", "container": "child_blocks"}


def interactive(blocks: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, dict[str, object]]]:
    """Every element that somebody can use, with the ID of the block in which it stands."""
    for block_id, block in placed(blocks):
        yield from ((block_id, each) for each in elements_of(block))


def placed(blocks: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Every block with its ID, those in other blocks included.

    One without a `block_id` is called by its place: `b2` is the third block, `b2.0` the first of its children.
    """
    for number, block in enumerate(blocks):
        yield from _within(block, f"b{number}")


def elements_of(block: Mapping[str, object]) -> list[dict[str, object]]:
    """The elements of this block itself that somebody can use."""
    return [each for each in _dicts(_field(block, _ELEMENTS)) if each.get("type") != "image"]


def children_of(block: Mapping[str, object]) -> list[tuple[str, dict[str, object]]]:
    """The blocks that stand in this one, each with its place in it as in a JSON pointer: `child_blocks/0`."""
    children, name = _field(block, _CHILDREN), _CHILDREN.get(str(block.get("type")))
    numbered = enumerate(children) if isinstance(children, list) else ()
    return [(f"{name}/{number}", child) for number, child in numbered if isinstance(child, dict)]


def _within(block: Mapping[str, object], place: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    yield str(block.get("block_id") or place), block
    for where, child in children_of(block):
        yield from _within(child, f"{place}.{where.rpartition('/')[2]}")


def _field(block: Mapping[str, object], names: Mapping[str, str]) -> object:
    return block.get(names.get(str(block.get("type")), ""))


def _dicts(value: object) -> list[dict[str, object]]:
    """The objects in a list, or the one that stands there alone."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]
