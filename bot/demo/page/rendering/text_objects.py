"""Slack's text objects as HTML, and as bare words for attributes."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from bot.demo.page.rendering.mrkdwn import Reader, mrkdwn, plain, with_outlines

Part = Mapping[str, Any]

_DEFAULT_LABELS = {
    "datepicker": "Date",
    "timepicker": "Time",
    "datetimepicker": "Date and time",
    "radio_buttons": "Choose one",
}


def text(part: Part, reader: Reader) -> Markup:
    """A text object as HTML."""
    content = str(part.get("text", ""))
    if part.get("type") == "mrkdwn":
        return mrkdwn(content, reader, part.get("verbatim") is True)
    return with_outlines(plain(content, part.get("emoji") is not False))


def words(part: Part | None) -> str:
    """A plain text object's words, not escaped."""
    return plain(str((part or {}).get("text", "")), (part or {}).get("emoji") is not False).unescape()


def label(element: Part) -> str:
    """The accessible name of an element without a label beside it."""
    return words(element.get("placeholder")) or _DEFAULT_LABELS.get(str(element.get("type")), "Choose")
