"""What was filled in: a form's fields, named by the block and the element that they belong to. Pure."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from multidict import MultiMapping

from bot.demo.slack.block_kit.traversal import interactive

Filled = dict[tuple[str, str], list[str]]


def filled(blocks: Sequence[Mapping[str, object]], form: MultiMapping[object], zone: tzinfo) -> Filled:
    """What stands in each element now; an element that the form leaves out is empty."""
    found: Filled = {}
    for block_id, element in interactive(blocks):
        key = (block_id, str(element.get("action_id")))
        given = [str(each) for each in form.getall(field(*key), ()) if str(each)]
        found[key] = [_moment(each, zone) for each in given] if element.get("type") == "datetimepicker" else given
    return found


def field(block_id: str, action_id: str) -> str:
    """The name of an element's form field."""
    return json.dumps([block_id, action_id], separators=(",", ":"), ensure_ascii=False)


def _moment(local: str, zone: tzinfo) -> str:
    """A time as the browser's field has it, in the person's own zone, as Slack has it: seconds since 1970."""
    return str(int(datetime.fromisoformat(local).replace(tzinfo=zone).timestamp()))
