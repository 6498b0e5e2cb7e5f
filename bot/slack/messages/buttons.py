"""The buttons of messages."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from bot.domain.pattern import Pattern
from bot.slack.grammar.commands import UnwatchAll
from bot.slack.grammar.writer import command_line


class Action(StrEnum):
    """The buttons. Each carries a job, as people type it, as its value, `RESUME` a channel's ID,
    `SAY` the line of a command, `WATCH_ALL` such a line behind the number of jobs that it confirms; `CHANGE` may
    say "to me" after the job."""

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
    """A button. `action` and `value` come back when it is pressed."""
    element = {"type": "button", "text": {"type": "plain_text", "text": label}, "action_id": action, "value": value}
    return element | ({"confirm": confirm} if confirm else {})


def show_button(ref: str) -> dict[str, Any]:
    return button("Show job now", Action.SHOW, ref)


def change_button(target: object, *, to_me: bool = False) -> dict[str, Any]:
    """Change what is told of a job: to the channel, or to the person wherever they press it."""
    return button("Change…", Action.CHANGE, f"{target}{' to me' if to_me else ''}")


def follow_button(dataflow: str) -> dict[str, Any]:
    """Watch the dataflow from now on, whatever run it has."""
    return button("Follow the job", Action.WATCH, dataflow)


def resume_button(channel_id: str) -> dict[str, Any]:
    return button("Resume", Action.RESUME, channel_id)


def stop_button(ref: str) -> dict[str, Any]:
    """It asks before it ends a subscription that concerns everybody in the channel."""
    ask = {
        "title": "Stop watching?",
        "text": "Nobody here will be told any more when this job changes.",
        "confirm": "Stop watching",
        "deny": "Keep watching",
    }
    return button("Stop watching", Action.UNWATCH, ref, confirm=confirmation(ask))


def confirmation(ask: Mapping[str, str]) -> dict[str, Any]:
    """What a button asks before it does anything: its title, text, and the words that confirm and deny."""
    return {part: {"type": "plain_text", "text": words} for part, words in ask.items()}


def stop_pattern_button(pattern: Pattern) -> dict[str, object]:
    ask = {
        "title": "Stop watching?",
        "text": "Nobody here will be told any more of any of these jobs.",
        "confirm": "Stop watching",
        "deny": "Keep watching",
    }
    return button("Stop watching", Action.SAY, command_line(UnwatchAll(pattern.glob)), confirm=confirmation(ask))
