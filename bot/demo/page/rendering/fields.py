"""Form fields: how elements name themselves, when they are sent, and how a sent form is read."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import quote

from multidict import MultiMapping

from bot.demo.page.rendering.dates import from_timestamp
from bot.demo.page.rendering.mrkdwn import Reader
from bot.demo.page.rendering.text_objects import text, words
from bot.demo.slack.block_kit.traversal import interactive

Part = Mapping[str, Any]
Fields = dict[tuple[str, str], list[str]]

_TYPED = ("plain_text_input", "email_text_input", "url_text_input", "number_input")


def field_name(block_id: str, action_id: str | None, *value: str) -> str:
    """The name of an element's form field. With a value, what a press on the element sends."""
    return json.dumps([block_id, str(action_id), *value], separators=(",", ":"), ensure_ascii=False)


def read_form(blocks: Sequence[Part], form: MultiMapping[object], zone: tzinfo) -> Fields:
    """The content of each element, by block ID and action ID. An element missing from the form is empty."""
    fields: Fields = {}
    for block_id, element in interactive(blocks):
        key = (block_id, str(element.get("action_id")))
        values = [str(each) for each in form.getall(field_name(*key), ()) if each]
        is_local = element.get("type") == "datetimepicker"
        fields[key] = [_to_timestamp(each, zone) for each in values] if is_local else values
    return fields


def sent_on(element: Part) -> str:
    """The browser events on which an element that dispatches actions is sent."""
    if element.get("type") not in _TYPED:
        return "change"
    config = element.get("dispatch_action_config") or {}
    names = {"on_enter_pressed": "enter", "on_character_entered": "input"}
    return " ".join(names[each] for each in config.get("trigger_actions_on") or ["on_enter_pressed"] if each in names)


def question(confirm: Part, reader: Reader) -> dict[str, str]:
    """The confirmation dialog of an element. `text` is HTML, already escaped."""
    return {
        "title": words(confirm.get("title")),
        "text": text(confirm.get("text") or {}, reader),
        "confirm": words(confirm.get("confirm")) or "Yes",
        "deny": words(confirm.get("deny")) or "Cancel",
        "style": confirm.get("style") or "primary",
    }


def to_local_time(timestamp: object, zone: tzinfo) -> str:
    """A Unix timestamp as the browser's field for date and time expects it."""
    at = from_timestamp(timestamp)
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if at else ""


def _to_timestamp(local: str, zone: tzinfo) -> str:
    return str(int(datetime.fromisoformat(local).replace(tzinfo=zone).timestamp()))


def element_id(path: str, *names: object) -> str:
    """An HTML ID that stays the same whenever the page is rendered again."""
    return quote("-".join([path.strip("/").replace("/", "-"), *map(str, names)]), safe="")
