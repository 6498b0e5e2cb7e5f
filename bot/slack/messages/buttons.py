"""The buttons of messages. Pure."""

from collections.abc import Mapping
from typing import Any

from bot.domain.job import Dataflow, Target
from bot.domain.pattern import Pattern
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import ShowStatus, Unwatch, UnwatchAll, Watch
from bot.slack.messages.presses import ChangeWatch, Press, ResumeAlerts, action_of, value_of


def button(label: str, press: Press, *, confirm: dict[str, Any] | None = None) -> dict[str, Any]:
    """A button that carries what its press asks for."""
    element = {
        "type": "button",
        "text": {"type": "plain_text", "text": label},
        "action_id": action_of(press),
        "value": value_of(press),
    }
    return element | ({"confirm": confirm} if confirm else {})


def show_button(target: Target) -> dict[str, Any]:
    return button("Show job now", ShowStatus(target))


def change_button(target: Target, *, to_me: bool = False) -> dict[str, Any]:
    """Change which alerts go to the channel, or to the person wherever they press it."""
    return button("Change…", ChangeWatch(target, ME if to_me else None))


def follow_button(dataflow: str) -> dict[str, Any]:
    """Watch the dataflow from now on, across redeployments."""
    return button("Follow the job", Watch(Dataflow(dataflow)))


def resume_button(channel_id: str) -> dict[str, Any]:
    return button("Resume", ResumeAlerts(channel_id))


def stop_button(target: Target) -> dict[str, Any]:
    """Ask before ending a subscription that concerns everybody in the channel."""
    ask = {
        "title": "Stop watching?",
        "text": "Nobody here will be told any more when this job changes.",
        "confirm": "Stop watching",
        "deny": "Keep watching",
    }
    return button("Stop watching", Unwatch(target), confirm=confirmation(ask))


def stop_pattern_button(pattern: Pattern) -> dict[str, Any]:
    ask = {
        "title": "Stop watching?",
        "text": "Nobody here will be told any more of any of these jobs.",
        "confirm": "Stop watching",
        "deny": "Keep watching",
    }
    return button("Stop watching", UnwatchAll(pattern.glob), confirm=confirmation(ask))


def confirmation(ask: Mapping[str, str]) -> dict[str, Any]:
    """What a button asks before it does anything: its title, text, and the words that confirm and deny."""
    return {part: {"type": "plain_text", "text": words} for part, words in ask.items()}
