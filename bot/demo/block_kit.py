"""What Slack accepts as blocks, from its Block Kit reference: types, fields, lengths, counts, and where each may stand.

Not known here, and therefore refused: `call`, which no reference describes; `auth_provider`, which needs a feature that
the app's manifest doesn't have; and cells of a `data_table` that hold a button.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from bot.demo.slack_blocks import children_of, elements_of
from bot.demo.slack_cards import CARD, CAROUSEL, container
from bot.demo.slack_charts import DATA_VISUALIZATION, chart_faults
from bot.demo.slack_layout import ALERT, CONTEXT_ACTIONS, FILE, MARKDOWN, MARKDOWN_LIMIT, layout_blocks
from bot.demo.slack_places import Surface
from bot.demo.slack_shapes import Check, array, fault, of_type
from bot.demo.slack_tables import DATA_TABLE, TABLE, table_faults
from bot.demo.slack_tasks import PLAN, TASK_CARD

__all__ = ["MARKDOWN_LIMIT", "TEXT_LIMIT", "Surface", "faults", "text_length"]

# Slack names no number for `msg_blocks_too_long`: the smallest total that it was seen to refuse is one more than this.
TEXT_LIMIT = 11_340

_MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
_WITH_LIMITS_OF_THEIR_OWN = ("markdown", "table", "data_table")

Placed = Sequence[tuple[str, dict[str, object]]]

# What Slack's page of containers lists. Its validator was seen to differ (slack-morphism); the page is what we follow.
_CHILDREN = {**layout_blocks("message"), "file": FILE, "table": TABLE}
# The surfaces of each: `blocks.json` of Slack's documentation, and for what of it could not be read, a reading of that
# page of July 2026 (berrydev-ai/skills). A library (slackblocks) also has charts and containers on App Home.
_SOMEWHERE: dict[Surface, dict[str, Check]] = {
    "message": {
        "card": CARD,
        "carousel": CAROUSEL,
        "container": container(_CHILDREN),
        "context_actions": CONTEXT_ACTIONS,
        "data_table": DATA_TABLE,
        "data_visualization": DATA_VISUALIZATION,
        "file": FILE,
        "markdown": MARKDOWN,
        "plan": PLAN,
        "table": TABLE,
        "task_card": TASK_CARD,
    },
    "modal": {"alert": ALERT, "card": CARD},
    "home": {"card": CARD, "carousel": CAROUSEL, "data_table": DATA_TABLE, "table": TABLE},
}
_SURFACES: tuple[Surface, ...] = ("message", "modal", "home")
_BLOCK: dict[Surface, Check] = {each: of_type({**layout_blocks(each), **_SOMEWHERE[each]}) for each in _SURFACES}


def faults(blocks: object, surface: Surface, at: str = "/blocks") -> list[str]:
    """[] if Slack would accept the blocks there, otherwise a line for each fault, as Slack words it."""
    wrong = list(array(_BLOCK[surface], _MOST_BLOCKS[surface], 0)(blocks, at))
    if isinstance(blocks, list):
        top = [(f"{at}/{number}", block) for number, block in enumerate(blocks) if isinstance(block, dict)]
        known = [each for where, block in top for each in _with_children(where, block)]
        wrong += [*_repeated_blocks(known), *_repeated_actions(known), *_two_in_focus(known)]
        wrong += [*_much_markdown(known, at), *table_faults(known, at), *chart_faults(known)]
    return wrong


def text_length(blocks: object) -> int:
    """Characters of text in the blocks, all together. Slack refuses a message with more than `TEXT_LIMIT`.

    Markdown blocks and tables aren't counted: they have limits of their own.
    """
    if isinstance(blocks, list):
        return sum(text_length(each) for each in blocks)
    if not isinstance(blocks, dict) or blocks.get("type") in _WITH_LIMITS_OF_THEIR_OWN:
        return 0
    own = blocks.get("text")
    return (len(own) if isinstance(own, str) else 0) + sum(
        text_length(each) for each in blocks.values() if isinstance(each, dict | list)
    )


def _with_children(at: str, block: dict[str, object]) -> Iterator[tuple[str, dict[str, object]]]:
    yield at, block
    for where, child in children_of(block):
        yield from _with_children(f"{at}/{where}", child)


def _repeated(names: list[object]) -> set[str]:
    """Those that stand there twice."""
    return {name for name, times in Counter(each for each in names if isinstance(each, str)).items() if times > 1}


def _repeated_blocks(known: Placed) -> Iterator[str]:
    repeated = _repeated([block.get("block_id") for _, block in known])
    for at, block in known:
        if str(block.get("block_id")) in repeated:
            yield fault(f"block_id `{block['block_id']}` already exists", f"{at}/block_id")


def _repeated_actions(known: Placed) -> Iterator[str]:
    for at, block in known:
        for name in sorted(_repeated([each.get("action_id") for each in elements_of(block)])):
            place = "actions" if block.get("type") == "card" else "elements"
            yield fault(f"action_id `{name}` already exists", f"{at}/{place}")


def _two_in_focus(known: Placed) -> Iterator[str]:
    """Only one element can have the cursor at first."""
    focused = [at for at, block in known for each in elements_of(block) if each.get("focus_on_load") is True]
    for at in focused[1:]:
        yield fault("focus_on_load can be set on one element only", at)


def _much_markdown(known: Placed, at: str) -> Iterator[str]:
    marked = sum(len(str(block.get("text"))) for _, block in known if block.get("type") == "markdown")
    if marked > MARKDOWN_LIMIT:
        yield fault(f"markdown must be less than {MARKDOWN_LIMIT + 1} characters in all blocks together", at)
