"""What Slack's client itself says of a form before it sends it: fields that are empty, too long, or no address.

Only the words for an empty field are Slack's; where those for the other faults are documented nowhere, they are ours.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from bot.demo.slack_actions import inputs
from bot.demo.slack_state import FIELDS, Payload

REQUIRED = "Please complete this required field."


def complaints(blocks: Sequence[Payload], values: Mapping[str, Mapping[str, Payload]]) -> dict[str, str]:
    """The words under each input block that can't be sent as it is, by the block's ID; `values` as in `state`."""
    found: dict[str, str] = {}
    for block_id, block in inputs(blocks):
        element = block.get("element")
        if isinstance(element, dict) and element.get("type") in FIELDS:
            held = values.get(block_id, {}).get(str(element.get("action_id")), {})
            words = _complaint(element, held.get(FIELDS[str(element["type"])].name), bool(block.get("optional")))
            found |= {block_id: words} if words else {}
    return found


def _complaint(element: Payload, held: object, optional: bool) -> str | None:
    if not held:
        return None if optional else REQUIRED
    match element["type"]:
        case "plain_text_input":
            return _length(element, str(held))
        case "email_text_input":
            is_one = re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", str(held))
            return None if is_one else "Please enter a valid email address."
        case "url_text_input":
            return None if _is_url(str(held)) else "Please enter a valid URL."
        case "number_input":
            return _number(element, str(held))
    return _count(element, held)


def _length(element: Payload, text: str) -> str | None:
    least, most = _whole(element.get("min_length")), _whole(element.get("max_length"))
    if least is not None and len(text) < least:
        return f"Please enter at least {least} characters."
    if len(text) > (3000 if most is None else most):
        return f"Please enter at most {3000 if most is None else most} characters."
    return None


def _number(element: Payload, text: str) -> str | None:
    number, least, most = _decimal(text), _decimal(element.get("min_value")), _decimal(element.get("max_value"))
    if number is None:
        return "Please enter a valid number."
    if not element.get("is_decimal_allowed") and number != number.to_integral_value():
        return "Please enter a whole number."
    if least is not None and number < least:
        return f"Please enter a number of at least {least}."
    if most is not None and number > most:
        return f"Please enter a number of at most {most}."
    return None


def _count(element: Payload, held: object) -> str | None:
    most = _whole(element.get("max_selected_items" if element["type"] != "file_input" else "max_files"))
    if most is not None and isinstance(held, list) and len(held) > most:
        return f"Please choose at most {most}."
    return None


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc) and not re.search(r"\s", text)


def _decimal(text: object) -> Decimal | None:
    try:
        number = Decimal(str(text)) if isinstance(text, str) and re.fullmatch(r"-?[0-9]*\.?[0-9]+", text) else None
    except InvalidOperation:
        return None
    return number


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
