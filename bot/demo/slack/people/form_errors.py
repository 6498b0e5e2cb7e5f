"""The checks of Slack's client before it sends a form: fields that are empty, too long or too full.

Only the text for an empty field is Slack's; the others are documented nowhere. The browser checks addresses and
numbers.
"""

from collections.abc import Mapping, Sequence

from bot.demo.slack.block_kit.schema import Json
from bot.demo.slack.block_kit.traversal import inputs
from bot.demo.slack.people.fields import FIELDS

REQUIRED = "Please complete this required field."
TEXT_LIMIT = 3000


def form_errors(blocks: Sequence[Json], values: Mapping[str, Mapping[str, Json]]) -> dict[str, str]:
    """The errors of a form by block ID. `values` are its `state.values`."""
    found: dict[str, str] = {}
    for block_id, block in inputs(blocks):
        element = block.get("element")
        if isinstance(element, dict) and element.get("type") in FIELDS:
            field = FIELDS[str(element["type"])]
            held = values.get(block_id, {}).get(str(element.get("action_id")), {}).get(field.name)
            words = _error(element, held) if held else None if block.get("optional") else REQUIRED
            found |= {block_id: words} if words else {}
    return found


def _error(element: Json, held: object) -> str | None:
    if isinstance(held, list):
        most = element.get("max_selected_items")
        return f"Please choose at most {most}." if isinstance(most, int) and len(held) > most else None
    if element["type"] == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", TEXT_LIMIT)
        if isinstance(least, int) and len(str(held)) < least:
            return f"Please enter at least {least} characters."
        if isinstance(most, int) and len(str(held)) > most:
            return f"Please enter at most {most} characters."
    return None
