"""What Slack accepts as blocks, from its Block Kit reference: types, fields, lengths and counts.

Not known here, and therefore refused: `video`, `file`, `call`, `context_actions` and the blocks of 2026
(`card`, `carousel`, `container`, `plan`, `task_card`, `data_table`, `data_visualization`).
"""

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from bot.demo.slack_elements import IMAGE, IN_ACTIONS, IN_CONTEXT, IN_INPUT, IN_SECTION, any_text, plain_text
from bot.demo.slack_rich_text import RICH_TEXT_ELEMENTS
from bot.demo.slack_shapes import (
    Check,
    Maybe,
    among,
    array,
    every,
    fault,
    flag,
    of_type,
    one_of,
    record,
    some_of,
    string,
)

Surface = Literal["message", "modal", "home"]

# Slack names no number for `msg_blocks_too_long`: the smallest total that it was seen to refuse is one more than this.
TEXT_LIMIT = 11_340
MARKDOWN_LIMIT = 12_000
TABLE_TEXT_LIMIT = 10_000

_MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
_BLOCK_ID = Maybe(string(255))


def _number(value: object, at: str) -> Iterator[str]:
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield fault("must be a number", at)


def _column(value: object, at: str) -> Iterator[str]:
    """A column that is as it comes is a null in the list."""
    if value is not None:
        yield from record(align=Maybe(among("left", "center", "right")), is_wrapped=Maybe(flag))(value, at)


_RICH_TEXT = record(block_id=_BLOCK_ID, elements=RICH_TEXT_ELEMENTS)
_CELL = of_type(
    {
        "raw_text": record(text=string(TABLE_TEXT_LIMIT)),
        "raw_number": record(value=_number, text=Maybe(string(255))),
        "rich_text": _RICH_TEXT,
    }
)

_EVERYWHERE: dict[str, Check] = {
    "section": every(
        record(
            block_id=_BLOCK_ID,
            text=Maybe(any_text(3000)),
            fields=Maybe(array(any_text(2000), 10)),
            accessory=Maybe(IN_SECTION),
            expand=Maybe(flag),
        ),
        some_of("text", "fields"),
    ),
    "header": record(block_id=_BLOCK_ID, text=plain_text(150)),
    "divider": record(block_id=_BLOCK_ID),
    "context": record(block_id=_BLOCK_ID, elements=array(IN_CONTEXT, 10)),
    "actions": record(block_id=_BLOCK_ID, elements=array(IN_ACTIONS, 25)),
    "image": every(
        record(block_id=_BLOCK_ID, title=Maybe(plain_text(2000)), **IMAGE), one_of("image_url", "slack_file")
    ),
    "rich_text": _RICH_TEXT,
}
_INPUT: dict[str, Check] = {
    "input": record(
        block_id=_BLOCK_ID,
        label=plain_text(2000),
        element=IN_INPUT,
        hint=Maybe(plain_text(2000)),
        optional=Maybe(flag),
        dispatch_action=Maybe(flag),
    )
}
_IN_MESSAGES: dict[str, Check] = {
    "markdown": record(block_id=_BLOCK_ID, text=string(MARKDOWN_LIMIT)),
    "table": record(
        block_id=_BLOCK_ID,
        rows=array(array(_CELL, 20), 100),
        column_settings=Maybe(array(_column, 20, 0)),
    ),
}
_IN_MODALS: dict[str, Check] = {
    "alert": record(
        block_id=_BLOCK_ID,
        text=any_text(3000),
        level=Maybe(among("default", "info", "warning", "error", "success")),
    )
}
_BLOCK: dict[Surface, Check] = {
    "message": of_type(_EVERYWHERE | _IN_MESSAGES),
    "modal": of_type(_EVERYWHERE | _INPUT | _IN_MODALS),
    "home": of_type(_EVERYWHERE | _INPUT),
}


def faults(blocks: object, surface: Surface, at: str = "/blocks") -> list[str]:
    """[] if Slack would accept the blocks there, otherwise a line for each fault, as Slack words it."""
    wrong = list(array(_BLOCK[surface], _MOST_BLOCKS[surface], 0)(blocks, at))
    if isinstance(blocks, list):
        known = [(f"{at}/{number}", block) for number, block in enumerate(blocks) if isinstance(block, dict)]
        wrong += [*_repeated_blocks(known), *_repeated_actions(known), *_totals(known, at)]
    return wrong


def text_length(blocks: object) -> int:
    """Characters of text in the blocks, all together. Slack refuses a message with more than `TEXT_LIMIT`.

    Markdown blocks and tables aren't counted: they have limits of their own.
    """
    if isinstance(blocks, list):
        return sum(text_length(each) for each in blocks)
    if not isinstance(blocks, dict) or blocks.get("type") in ("markdown", "table"):
        return 0
    own = blocks.get("text")
    return (len(own) if isinstance(own, str) else 0) + sum(
        text_length(each) for each in blocks.values() if isinstance(each, dict | list)
    )


def _repeated(names: list[object]) -> set[str]:
    """Those that stand there twice."""
    return {name for name, times in Counter(each for each in names if isinstance(each, str)).items() if times > 1}


def _repeated_blocks(known: list[tuple[str, dict[str, object]]]) -> Iterator[str]:
    repeated = _repeated([block.get("block_id") for _, block in known])
    for at, block in known:
        if str(block.get("block_id")) in repeated:
            yield fault(f"block_id `{block['block_id']}` already exists", f"{at}/block_id")


def _repeated_actions(known: list[tuple[str, dict[str, object]]]) -> Iterator[str]:
    for at, block in known:
        elements = block.get("elements")
        if isinstance(elements, list):
            names = [each.get("action_id") for each in elements if isinstance(each, dict)]
            for name in sorted(_repeated(names)):
                yield fault(f"action_id `{name}` already exists", f"{at}/elements")


def _totals(known: list[tuple[str, dict[str, object]]], at: str) -> Iterator[str]:
    marked = sum(len(str(block.get("text"))) for _, block in known if block.get("type") == "markdown")
    tables = [(where, block) for where, block in known if block.get("type") == "table"]
    if marked > MARKDOWN_LIMIT:
        yield fault(f"markdown must be less than {MARKDOWN_LIMIT + 1} characters in all blocks together", at)
    for where, _ in tables[1:]:
        yield fault("only_one_table_allowed", where)
    for where, block in tables:
        if text_length(block.get("rows")) > TABLE_TEXT_LIMIT:
            yield fault(f"must be less than {TABLE_TEXT_LIMIT + 1} characters", f"{where}/rows")
