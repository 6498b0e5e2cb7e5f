"""The buttons and menus of messages."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.domain.job import Dataflow, JobLink, JobRef, Target
from bot.domain.names import EMPTY
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import OpenSettings, ShowStatus, Unmute, Unwatch, UnwatchAll, Watch, WatchAll
from bot.slack.grammar.presses import (
    Action,
    ChangeWatch,
    Press,
    ResumeAlerts,
    ShareJob,
    ShowDetails,
    action_of,
    option_value_of,
    value_of,
)
from bot.slack.messages.text import shorten

_LABEL_LIMIT = 75  # of Slack
_OPTION_LABEL_LIMIT = 40  # Slack counts the labels of all options in the length of a message
_VALUE_LIMIT = 2_000  # of Slack
_URL_LIMIT = 3_000  # of Slack
_OVERFLOW_LIMIT, _SELECT_LIMIT = 5, 100  # options, of Slack


def button(label: str, press: Press, *, confirm: dict[str, Any] | None = None) -> dict[str, Any]:
    """A button that carries what its press asks for."""
    text = {"type": "plain_text", "text": shorten(label, _LABEL_LIMIT)}
    element = {"type": "button", "text": text, "action_id": action_of(press), "value": value_of(press)}
    return element | ({"confirm": confirm} if confirm else {})


def overflow(choices: Sequence[tuple[str, Press]]) -> dict[str, Any] | None:
    """A ⋯ menu of at most five labels with what they ask for; None if nothing can be chosen."""
    options = _options(choices)[:_OVERFLOW_LIMIT]
    return {"type": "overflow", "action_id": Action.CHOOSE, "options": options} if options else None


def select(placeholder: str, choices: Sequence[tuple[str, Press]]) -> dict[str, Any] | None:
    """A menu that shows its placeholder until something is chosen; None if nothing can be chosen."""
    text = {"type": "plain_text", "text": shorten(placeholder, _LABEL_LIMIT)}
    kind = {"type": "static_select", "action_id": Action.CHOOSE, "placeholder": text}
    options = _options(choices)[:_SELECT_LIMIT]
    return kind | {"options": options} if options else None


def show_button(target: Target) -> dict[str, Any]:
    return button("Show status", ShowStatus(target))


def share_button(target: Target) -> dict[str, Any]:
    return button("Share here", ShareJob(target))


def watch_button(target: Target) -> dict[str, Any]:
    return button("Watch here", Watch(target))


def open_button(link: JobLink | None, ref: JobRef) -> list[dict[str, Any]]:
    """A button that opens the job's page in the browser; none if the bot doesn't know where that is.

    Slack reports the press, too. Its ID isn't an `Action`, since there is nothing to do about it.
    """
    url = link.url(ref) if link else ""
    if not url or len(url) > _URL_LIMIT:
        return []
    return [{"type": "button", "action_id": "open_job", "text": {"type": "plain_text", "text": "Open"}, "url": url}]


def watching_button(target: Target) -> dict[str, Any]:
    """Say that the job is watched here; it opens the form that changes how."""
    return button("Watching ✓", ChangeWatch(target))


def details_button(target: Target) -> dict[str, Any]:
    return button("Details", ShowDetails(target))


def change_button(target: Target, *, to_me: bool = False) -> dict[str, Any]:
    """Open the form that changes a watch: the channel's, or the person's own wherever they press it."""
    return button("Change…", ChangeWatch(target, ME if to_me else None))


def follow_button(dataflow: str) -> dict[str, Any]:
    """Watch the dataflow across redeployments."""
    return button("Watch new runs", Watch(Dataflow(dataflow)))


def unmute_button(target: Target, *, to_me: bool) -> dict[str, Any]:
    """End the mute of the channel, or the person's own."""
    return button("Unmute", Unmute(target, ME if to_me else None))


def resume_button(channel_id: str) -> dict[str, Any]:
    return button("Resume alerts", ResumeAlerts(channel_id))


def stop_button(target: Target, name: str) -> dict[str, Any]:
    """End a watch. It asks first, because the watch concerns everybody in the channel."""
    return _stop_button(Unwatch(target), f"This ends the watch of {shorten(name)} here.")


def stop_pattern_button(glob: str | None) -> dict[str, Any]:
    which = "all jobs" if glob is None else f"all jobs matching {shorten(glob)}"
    return _stop_button(UnwatchAll(glob), f"This ends the watch of {which} here.")


def settings_button() -> dict[str, Any]:
    return button("Settings", OpenSettings())


def page_buttons(number: int, pages: int, turn: Callable[[int], Press]) -> list[dict[str, Any]]:
    """Buttons that show the pages before and after this one in its place; none that Slack would refuse."""
    buttons = [("Previous", number - 1)] if number > 1 else []
    buttons += [("Next", number + 1)] if number < pages else []
    made = [button(label, turn(page)) for label, page in buttons]
    return [each for each in made if len(each["value"]) <= _VALUE_LIMIT]


def watch_all_button(command: WatchAll) -> dict[str, Any]:
    """Agree to the number of jobs that the command confirms."""
    return button(f"Watch all {command.confirmed:,}", command)


def confirmation(ask: Mapping[str, str]) -> dict[str, Any]:
    """The dialog that a button opens before it acts: title, text, and the labels that confirm and deny."""
    return {part: {"type": "plain_text", "text": words} for part, words in ask.items()}


def _options(choices: Sequence[tuple[str, Press]]) -> list[dict[str, Any]]:
    """An option for each choice whose value Slack accepts."""
    texts = [(shorten(label, _OPTION_LABEL_LIMIT) or EMPTY, option_value_of(press)) for label, press in choices]
    return [{"text": {"type": "plain_text", "text": text}, "value": value} for text, value in texts if value]


def _stop_button(press: Press, text: str) -> dict[str, Any]:
    ask = {"title": "Stop watching?", "text": text, "confirm": "Stop watching", "deny": "Keep watching"}
    return button("Stop watching", press, confirm=confirmation(ask) | {"style": "danger"})
