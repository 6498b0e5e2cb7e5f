"""What a button means: its action and value → a wish, and the line that asks for the same."""

import re
from collections.abc import Mapping
from typing import Any

from bot.domain.job import Dataflow
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import Help, ShowStatus, Unmute, Unwatch, Watch
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse, parse_ref
from bot.slack.grammar.references import Name
from bot.slack.grammar.writer import line_of
from bot.slack.handlers.commands import Change, Resume, Share, Wish
from bot.slack.handlers.confirmations import read_confirmed
from bot.slack.messages.buttons import Action
from bot.slack.watch_form.form import read_target

_CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{2,30}", re.ASCII)


def is_seen_by_one(body: Mapping[str, Any]) -> bool:
    """Whether a button that was pressed belongs to a message that only this person sees."""
    container = body.get("container")
    return isinstance(container, dict) and container.get("is_ephemeral") is True


def pressed(action: Action, value: str, *, alone: bool) -> Wish | None:
    """What a button means; None where its value is none that the bot has written.

    That a channel's mute began is said to all of it: where one person `alone` can unmute, the mute is their own.
    """
    if action is Action.RESUME:
        return Resume(value) if _CHANNEL_ID.fullmatch(value) else None
    if action is Action.SAY:
        command = parse(value)
        return None if isinstance(command, GrammarError | Help) else command
    if action is Action.WATCH_ALL:
        return read_confirmed(value)
    if action is Action.CHANGE:
        return _change(value)
    ref = parse_ref(value)
    if isinstance(ref, GrammarError):
        return None
    if isinstance(ref, Name):  # a button holds no name: it is an ID that doesn't look like one
        ref = Dataflow(ref.text)
    match action:
        case Action.WATCH:
            return Watch(ref)
        case Action.UNWATCH:
            return Unwatch(ref)
        case Action.UNMUTE:
            return Unmute(ref, ME if alone else None)
        case Action.SHARE:
            return Share(ref)
    return ShowStatus(ref)


def line_for(wish: Wish, command: str) -> str:
    """The line that asks for the same as a button."""
    match wish:
        case Share(target):
            return f"{command} {line_of(ShowStatus(target))}"
        case Resume():
            return f"{command} list"
        case Change(target, to):
            return f"{command} {line_of(Watch(target, to))}"
    return f"{command} {line_of(wish)}"


def _change(value: str) -> Change | None:
    """A job, and "to me" behind it where the subscription is the person's own."""
    job, _, to = value.partition(" to ")
    target = read_target(job)
    return Change(target, to or None) if target is not None and to in ("", ME) else None
