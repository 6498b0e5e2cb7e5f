"""Reads the settings form from Slack's view, and writes what the view keeps for it. Pure.

Everything that comes back is from outside, even what the bot once wrote: a value that can't have been chosen there
counts as the one that the field had when the form was opened.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import time
from enum import StrEnum
from typing import Any, TypeVar

from bot.domain.channel.settings import ChangesBy
from bot.domain.channel.time_zones import is_time_zone
from bot.domain.destination import is_conversation_id
from bot.domain.job import Status
from bot.domain.status_filter import CHANGES, ERRORS, PROBLEMS
from bot.slack.request import Unreadable
from bot.slack.settings_form.form import NONE, Choices, Digest, Form, Origin, Part
from bot.slack.view_state import command_in, kept_by, mapping, shown_among, state_of
from bot.slack.watch_form.form import SOME, STATUSES

ON = "on"
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)

# A field's content: the value of what is chosen, or of all that is, or a time of day; None if that is nothing.
Content = str | Sequence[str] | None
E_ = TypeVar("E_", bound=StrEnum)


def read_form(view: object) -> Form:
    """Read the form as somebody left it. Raises `Unreadable` if the bot didn't open it."""
    if not isinstance(view, Mapping):
        raise Unreadable("no view")
    kept = kept_by(view)
    channel, command = kept.get("channel"), command_in(kept)
    if not isinstance(channel, str) or not is_conversation_id(channel):
        raise Unreadable("no channel in the private metadata")
    opened = read_choices(mapping(kept.get("opened")), Choices())
    drawn = read_choices(mapping(kept.get("drawn")), opened)
    shown = {part: _content(view, part) for part in shown_parts(view)}
    return Form(Origin(channel, command), opened, read_choices(shown, drawn))


def shown_parts(view: Mapping[str, Any]) -> set[Part]:
    """The fields that the person sees."""
    return shown_among(view, Part)


def private_metadata(form: Form) -> str:
    """Write for the view to keep: where it was opened, and what its fields held then and hold now."""
    kept = {"channel": form.origin.channel, "command": form.origin.command}
    return json.dumps(kept | {"opened": contents(form.opened), "drawn": contents(form.choices)}, ensure_ascii=False)


def contents(choices: Choices) -> dict[Part, Content]:
    """The content of each field."""
    return {
        Part.FILTER: choices.filter,
        Part.STATUSES: [status.words for status in choices.statuses],
        Part.THREADS: [ON] if choices.threads else [],
        Part.ZONE: choices.zone,
        Part.DIGEST: choices.digest.value,
        Part.WEEKDAY: str(choices.weekday),
        Part.DIGEST_AT: _clock(choices.digest_at),
        Part.QUIET: ON if choices.quiet else "off",
        Part.QUIET_FROM: _clock(choices.quiet_from),
        Part.QUIET_UNTIL: _clock(choices.quiet_until),
        Part.THROUGH: choices.through,
        Part.THROUGH_STATUSES: [status.words for status in choices.through_statuses],
        Part.WHO: choices.changes_by.value,
        Part.GUESTS: [ON] if choices.guests else [],
    }


def read_choices(found: Mapping[Any, object], others: Choices) -> Choices:
    """The choices that these contents stand for; a field without one, or with one that it can't have, is as in
    `others`."""
    weekday = found.get(Part.WEEKDAY)
    zone = found.get(Part.ZONE)
    return Choices(
        filter=_word(found.get(Part.FILTER), (CHANGES, PROBLEMS, ERRORS, SOME), others.filter),
        statuses=_statuses(found, Part.STATUSES, others.statuses),
        threads=_is_on(found, Part.THREADS, is_on=others.threads),
        zone=zone if isinstance(zone, str) and is_time_zone(zone) else others.zone,
        digest=_enum(Digest, found.get(Part.DIGEST), others.digest),
        weekday=int(weekday) if isinstance(weekday, str) and re.fullmatch("[0-6]", weekday) else others.weekday,
        digest_at=_time(found, Part.DIGEST_AT, others.digest_at),
        quiet=_word(found.get(Part.QUIET), (ON, "off"), ON if others.quiet else "off") == ON,
        quiet_from=_time(found, Part.QUIET_FROM, others.quiet_from),
        quiet_until=_time(found, Part.QUIET_UNTIL, others.quiet_until),
        through=_word(found.get(Part.THROUGH), (CHANGES, PROBLEMS, ERRORS, SOME, NONE), others.through),
        through_statuses=_statuses(found, Part.THROUGH_STATUSES, others.through_statuses),
        changes_by=_enum(ChangesBy, found.get(Part.WHO), others.changes_by),
        guests=_is_on(found, Part.GUESTS, is_on=others.guests),
    )


def _content(view: Mapping[str, Any], part: Part) -> Content:
    state = state_of(view, part, part.action)
    if "selected_options" in state:
        options = state["selected_options"]
        values = [mapping(option).get("value") for option in options] if isinstance(options, list) else []
        return [value for value in values if isinstance(value, str)]
    value = state["selected_time"] if "selected_time" in state else mapping(state.get("selected_option")).get("value")
    return value if isinstance(value, str) else None


def _word(found: object, words: Sequence[str], other: str) -> str:
    return found if isinstance(found, str) and found in words else other


def _enum(kind: type[E_], found: object, other: E_) -> E_:
    return kind(found) if isinstance(found, str) and found in tuple(kind) else other


def _is_on(found: Mapping[Any, object], part: Part, *, is_on: bool) -> bool:
    boxes = found.get(part)
    return ON in boxes if isinstance(boxes, list) else is_on


def _statuses(found: Mapping[Any, object], part: Part, others: tuple[Status, ...]) -> tuple[Status, ...]:
    words = found.get(part)
    return tuple(status for status in STATUSES if status.words in words) if isinstance(words, list) else others


def _time(found: Mapping[Any, object], part: Part, other: time | None) -> time | None:
    """A time of day; None if the field is shown and empty."""
    if part not in found or found[part] is None:
        return None if part in found else other
    read = _TIME.fullmatch(str(found[part]))
    return time(int(read[1]), int(read[2])) if read else other


def _clock(at: time | None) -> str | None:
    return None if at is None else f"{at:%H:%M}"
