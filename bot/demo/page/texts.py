"""Slack's text objects: as HTML, and as the bare words for where no markup can stand. Pure."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from bot.demo.page.mrkdwn import Reader, mrkdwn, plain

Part = Mapping[str, Any]

_CALLED = {"datepicker": "Date", "timepicker": "Time", "datetimepicker": "Date and time", "radio_buttons": "Choose one"}


def text(part: Part, reader: Reader) -> Markup:
    words = str(part.get("text", ""))
    if part.get("type") == "mrkdwn":
        return mrkdwn(words, reader, part.get("verbatim") is True)
    return plain(words, part.get("emoji") is not False)


def said(part: Part | None) -> str:
    return plain(str((part or {}).get("text", "")), (part or {}).get("emoji") is not False).unescape()


def called(element: Part) -> str:
    """What an element is called that has no label beside it."""
    return said(element.get("placeholder")) or _CALLED.get(str(element.get("type")), "Choose")
