"""Checks of the blocks of a message or view: their shapes, and rules for all of them together."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from bot.demo.slack.block_kit.reference import BLOCK, VIEW, Surface
from bot.demo.slack.block_kit.schema import Json, array, fault
from bot.demo.slack.block_kit.traversal import elements_of
from bot.demo.slack.errors import Refused, invalid_arguments

__all__ = ["TABLE_TEXT_LIMIT", "TEXT_LIMIT", "Surface", "checked", "faults", "text_length"]

# Slack documents no limit for `msg_blocks_too_long`. It was seen to refuse a total of one more than this.
TEXT_LIMIT = 11_340
TABLE_TEXT_LIMIT = 10_000
VIEW_BYTES = 250_000

_MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}

_Placed = Sequence[tuple[str, Json]]


def faults(blocks: object, surface: Surface, at: str = "/blocks") -> list[str]:
    """A line in Slack's words for each fault. Empty if Slack would accept the blocks there."""
    wrong = list(array(BLOCK[surface], _MOST_BLOCKS[surface], 0)(blocks, at))
    if isinstance(blocks, list):
        known = [(f"{at}/{number}", block) for number, block in enumerate(blocks) if isinstance(block, dict)]
        wrong += [*_repeated_names(known), *_two_in_focus(known), *_tables(known)]
    return wrong


def text_length(blocks: object, *, in_table: bool = False) -> int:
    """Characters of text in the blocks, all together. Slack refuses a message with more than `TEXT_LIMIT`.

    Tables aren't counted: they have a limit of their own.
    """
    if isinstance(blocks, list):
        return sum(text_length(each, in_table=in_table) for each in blocks)
    if not isinstance(blocks, dict) or (blocks.get("type") == "table" and not in_table):
        return 0
    own = blocks.get("text")
    inner = (text_length(each, in_table=in_table) for each in blocks.values() if isinstance(each, dict | list))
    return (len(own) if isinstance(own, str) else 0) + sum(inner)


def checked(content: object, surface: Surface = "modal") -> Json:
    """The modal or Home tab, if Slack would accept it. Raises Refused."""
    if not isinstance(content, dict):
        raise invalid_arguments([fault("must provide an object", "/view")])
    wrong = list(VIEW[surface](content, "/view")) + faults(content.get("blocks"), surface, "/view/blocks")
    if surface == "modal" and "submit" not in content and _has_input(content.get("blocks")):
        wrong.append(fault("missing required field: submit", "/view"))
    if wrong:
        raise invalid_arguments(wrong)
    if len(json.dumps(content).encode()) > VIEW_BYTES:
        raise Refused("view_too_large")
    return content


def _has_input(blocks: object) -> bool:
    return isinstance(blocks, list) and any(isinstance(each, dict) and each.get("type") == "input" for each in blocks)


def _repeated_names(known: _Placed) -> Iterator[str]:
    blocks = Counter(block.get("block_id") for _, block in known)
    for at, block in known:
        if isinstance(name := block.get("block_id"), str) and blocks[name] > 1:
            yield fault(f"block_id `{name}` already exists", f"{at}/block_id")
        actions = Counter(name for each in elements_of(block) if isinstance(name := each.get("action_id"), str))
        for name in sorted(name for name, times in actions.items() if times > 1):
            yield fault(f"action_id `{name}` already exists", f"{at}/elements")


def _two_in_focus(known: _Placed) -> Iterator[str]:
    """Only one element can have the cursor at first."""
    focused = [at for at, block in known for each in elements_of(block) if each.get("focus_on_load") is True]
    for at in focused[1:]:
        yield fault("focus_on_load can be set on one element only", at)


def _tables(known: _Placed) -> Iterator[str]:
    tables = [(at, block) for at, block in known if block.get("type") == "table"]
    for at, table in tables:
        if text_length(table.get("rows"), in_table=True) > TABLE_TEXT_LIMIT:
            yield fault(f"must be less than {TABLE_TEXT_LIMIT + 1} characters", f"{at}/rows")
    for at, _ in tables[1:]:
        yield fault("only_one_table_allowed", at)
