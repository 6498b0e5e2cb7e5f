"""The buttons of messages."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from bot.domain.pattern import Pattern
from bot.slack.grammar.commands import UnwatchAll
from bot.slack.grammar.writer import command_line
from bot.slack.messages.text import shorten

_LABEL_LIMIT = 75  # of Slack


class Action(StrEnum):
    """What a button does. Its value is a job as people type it; for `RESUME` a channel's ID, for `SAY` a command line,
    for `WATCH_ALL` such a line after the number of jobs that it confirms. `CHANGE` may have "to me" after the job."""

    SHOW = "show_job"
    SHARE = "share_job"
    WATCH = "watch_job"
    UNWATCH = "unwatch_job"
    UNMUTE = "unmute_job"
    RESUME = "resume_channel"
    SAY = "say_command"
    WATCH_ALL = "watch_all"
    CHANGE = "change_watch"


def button(label: str, action: Action | str, value: str, *, confirm: dict[str, Any] | None = None) -> dict[str, Any]:
    """A button. Slack sends back `action` and `value` when it is pressed."""
    text = {"type": "plain_text", "text": shorten(label, _LABEL_LIMIT)}
    element = {"type": "button", "text": text, "action_id": action, "value": value}
    return element | ({"confirm": confirm} if confirm else {})


def show_button(ref: str) -> dict[str, Any]:
    return button("Show status", Action.SHOW, ref)


def share_button(ref: str) -> dict[str, Any]:
    return button("Share here", Action.SHARE, ref)


def watch_button(ref: str) -> dict[str, Any]:
    return button("Watch here", Action.WATCH, ref)


def change_button(target: object, *, to_me: bool = False) -> dict[str, Any]:
    """Open the form that changes a watch: the channel's, or the person's own wherever they press it."""
    return button("Change…", Action.CHANGE, f"{target}{' to me' if to_me else ''}")


def follow_button(dataflow: str) -> dict[str, Any]:
    """Watch the dataflow across redeployments."""
    return button("Watch new runs", Action.WATCH, dataflow)


def unmute_button(ref: str) -> dict[str, Any]:
    return button("Unmute", Action.UNMUTE, ref)


def resume_button(channel_id: str) -> dict[str, Any]:
    return button("Resume alerts", Action.RESUME, channel_id)


def stop_button(ref: str) -> dict[str, Any]:
    """End a watch. It asks first, because the watch concerns everybody in the channel."""
    return _stop_button(Action.UNWATCH, ref, "Alerts for this job will no longer be posted here.")


def stop_pattern_button(pattern: Pattern) -> dict[str, Any]:
    line = command_line(UnwatchAll(pattern.glob))
    return _stop_button(Action.SAY, line, "Alerts for these jobs will no longer be posted here.")


def pick_button(number: int, label: str, line: str) -> dict[str, Any]:
    """One of several choices; it runs the command line."""
    return button(label, f"{Action.SAY}:{number}", line)


def watch_all_button(count: int, value: str) -> dict[str, Any]:
    return button(f"Watch all {count:,}", Action.WATCH_ALL, value)


def confirmation(ask: Mapping[str, str]) -> dict[str, Any]:
    """The dialog that a button opens before it acts: title, text, and the labels that confirm and deny."""
    return {part: {"type": "plain_text", "text": words} for part, words in ask.items()}


def _stop_button(action: Action, value: str, text: str) -> dict[str, Any]:
    ask = {"title": "Stop watching?", "text": text, "confirm": "Stop watching", "deny": "Keep watching"}
    return button("Stop watching", action, value, confirm=confirmation(ask))
