"""The fields for reminders and escalation, and what is chosen in them. Pure."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.domain.reminding import Failing, Reminders
from bot.slack.messages.text import duration
from bot.slack.watch_form.form import Form, Part, Span

_OFF = "off"
_VALUE = re.compile(rf"([1-9][0-9]{{0,3}}):({'|'.join(Failing)})", re.ASCII)
_REMIND = [timedelta(minutes=minutes) for minutes in (15, 30, 60, 240, 480, 1_440)]
_AFTER = [timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120, 240)]
_WITH = {Failing.ERROR: "errors", Failing.PROBLEM: "problems"}


def read_span(value: object) -> Span | None:
    """Read what was chosen; None for nothing, and for what can't have been chosen."""
    found = _VALUE.fullmatch(value) if isinstance(value, str) else None
    return Span(timedelta(minutes=int(found[1])), Failing(found[2])) if found else None


def is_rhythm(span: Span) -> bool:
    """Whether reminders may come so often."""
    return Reminders(span.length, span.during).is_possible


def remind_menu(form: Form) -> dict[str, Any]:
    """How often to remind."""
    off = _option("No reminders", _OFF)
    options = [
        _option(f"Every {duration(each.length)} while there are {_WITH[each.during]}", _value(each))
        for each in _spans(_REMIND, form.remind)
    ]
    return _select(Part.REMIND, [off, *options], _value(form.remind) if form.remind else _OFF)


def after_menu(form: Form) -> dict[str, Any]:
    """How long the job must fail before somebody is told."""
    options = [
        _option(f"After {duration(each.length)} with {_WITH[each.during]}", _value(each))
        for each in _spans(_AFTER, form.after)
    ]
    return _select(Part.AFTER, options, _value(form.after))


def _spans(lengths: Sequence[timedelta], chosen: Span | None) -> Sequence[Span]:
    """The spans to choose from, and the one that was typed."""
    offered = [Span(length, during) for during in Failing for length in lengths]
    return offered if chosen is None or chosen in offered else [chosen, *offered]


def _select(part: Part, options: list[dict[str, Any]], chosen: str) -> dict[str, Any]:
    (initial,) = (option for option in options if option["value"] == chosen)
    return {"type": "static_select", "action_id": part.action, "options": options, "initial_option": initial}


def _option(text: str, value: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": text}, "value": value}


def _value(span: Span) -> str:
    return f"{round(span.length.total_seconds() / 60)}:{span.during}"
