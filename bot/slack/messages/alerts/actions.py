"""The buttons and menus of alerts: the likeliest first, and nothing destructive beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from bot.domain.job import Target
from bot.slack.grammar.commands import Acknowledge, History, Mute, ShowStatus, Unmute
from bot.slack.grammar.presses import AskToStop, ChangeWatch, Press, ShowDetails
from bot.slack.messages.buttons import button, overflow, select, show_button

# The next working day begins, wherever the person is.
_MORNING = time(9)


def incident_actions(
    target: Target,
    at: datetime,
    page: Sequence[dict[str, Any]],
    *,
    acknowledged: bool = False,
    muted: bool = False,
) -> list[dict[str, Any]]:
    """For a job that fails. `at` is a time in its incident: a press on an old message can't concern a later one.
    `page` is the button that opens the job's page, if there is one."""
    acknowledge = [] if acknowledged else [button("Acknowledge", Acknowledge(target, at))]
    return [*acknowledge, *_present([mute_menu(target, muted=muted)]), *page, *_present([more_menu(target)])]


def calm_actions(target: Target, page: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """For a job that doesn't fail, or can't be checked."""
    return [show_button(target), *page, *_present([more_menu(target)])]


@dataclass(frozen=True)
class Above:
    """What a reply in a thread has above it: the message with the buttons, whose incidents are all acknowledged or not.

    A reply that `repeats_buttons` shows in the channel, too, where nobody sees that message.
    """

    repeats_buttons: bool
    acknowledged: bool


def acknowledge_menu(jobs: Sequence[tuple[str, Target, datetime]]) -> list[dict[str, Any]]:
    """For several jobs in one message: each by its name, with when its incident began."""
    return _present([select("Acknowledge…", [(title, Acknowledge(target, began)) for title, target, began in jobs])])


def status_menu(jobs: Sequence[tuple[str, Target]]) -> list[dict[str, Any]]:
    """For several jobs in one message: the status of each, with all its buttons."""
    return _present([select("Show status…", [(title, ShowStatus(target)) for title, target in jobs])])


def mute_menu(target: Target, *, muted: bool = False) -> dict[str, Any] | None:
    """How long to hold back a job's alerts; the end of that first if it is `muted`."""
    unmute: list[tuple[str, Press]] = [("Unmute", Unmute(target))] if muted else []
    choices: list[tuple[str, Press]] = [
        *unmute,
        ("For 1 hour", Mute(target, timedelta(hours=1), None)),
        ("For 8 hours", Mute(target, timedelta(hours=8), None)),
        ("Until tomorrow, 9:00", Mute(target, None, _MORNING, tomorrow=True)),
        ("Until it changes", Mute(target, None, None, until_change=True)),
    ]
    return select("Change mute…" if muted else "Mute…", choices)


def more_menu(target: Target) -> dict[str, Any] | None:
    """What is needed more seldom. The last entry asks before it acts."""
    choices: list[tuple[str, Press]] = [
        ("Details", ShowDetails(target)),
        ("History", History(target)),
        ("Change…", ChangeWatch(target)),
        ("Stop watching…", AskToStop(target)),
    ]
    return overflow(choices)


def _present(elements: Sequence[dict[str, Any] | None]) -> list[dict[str, Any]]:
    return [element for element in elements if element is not None]
