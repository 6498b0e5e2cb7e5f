"""What the page sends when somebody uses an element, and what it asks before that. Pure."""

import json
from collections.abc import Mapping
from datetime import tzinfo
from typing import Any
from urllib.parse import quote

from bot.demo.page.dates import moment
from bot.demo.page.mrkdwn import Reader
from bot.demo.page.texts import said, text

Part = Mapping[str, Any]

_WRITTEN = ("plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input")


def press(element: Part, block_id: str, value: str | None = None) -> str:
    """Which element of which block it was, and the value of what was pressed if it has one."""
    said = [block_id, str(element.get("action_id")), *([] if value is None else [value])]
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False)


def trigger(element: Part) -> str:
    """What a person does that the app hears of at once."""
    if element.get("type") not in _WRITTEN:
        return "change"
    config = element.get("dispatch_action_config") or {}
    on = config.get("trigger_actions_on") or ["on_enter_pressed"]
    names = {"on_enter_pressed": "entered", "on_character_entered": "input changed delay:300ms"}
    return ", ".join(names[each] for each in on if each in names)


def question(confirm: Part, reader: Reader) -> dict[str, str]:
    """What is asked before it counts. The text is HTML already."""
    return {
        "title": said(confirm.get("title")),
        "text": text(confirm.get("text") or {}, reader),
        "confirm": said(confirm.get("confirm")) or "Yes",
        "deny": said(confirm.get("deny")) or "Cancel",
        "style": confirm.get("style") or "primary",
    }


def local(stamp: object, zone: tzinfo) -> str:
    """A count of seconds since 1970 as a browser's field for date and time takes it."""
    at = moment(stamp)
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if at else ""


def anchor(act: str, *names: object) -> str:
    """An ID for a part of the page, the same at each drawing."""
    return quote("-".join([act.strip("/").replace("/", "-"), *map(str, names)]), safe="")
