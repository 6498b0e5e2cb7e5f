"""An alert about one job: a first line that says it all, what else is known in small print, and its buttons."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.change import Change
from bot.domain.job import JobLink
from bot.domain.notification.digest import Path
from bot.domain.notification.jobs import JobAdded, JobAvailableAgain, JobRemoved, JobUnavailable, StillFailing
from bot.domain.notification.reminders import Escalated, Reminder
from bot.domain.status_filter import is_problem
from bot.slack.messages.alerts.actions import Above, calm_actions, incident_actions
from bot.slack.messages.alerts.contacts import alert_lines
from bot.slack.messages.alerts.lines import JobItem, headline, is_followed, line, steps, unavailable
from bot.slack.messages.blocks import Line, Message, bold, fallback, message, moment, sanitize
from bot.slack.messages.buttons import follow_button, open_button, show_button
from bot.slack.messages.look_up import run_details
from bot.slack.messages.reminding.words import next_steps
from bot.slack.messages.text import capitalized, shorten, since

_NAME_LIMIT = 100
_UNREACHED = "Nobody else was notified. Name somebody else with “Change…” in the ⋯ menu."
_ENDED = "This watch was for one run only, so it has ended."


def alert(item: JobItem, link: JobLink | None = None, above: Above | None = None) -> Message:
    """A message about one job. A lock screen shows its first line. A reply in a thread has something `above`."""
    first = first_line(item)
    contact, buttons = _contact(item), _buttons(item, link, above)
    return message(first, *contact, small=_small_print(item), text=fallback(first), buttons=buttons)


def first_line(item: JobItem) -> Line:
    """What happened, to which job: it alone says it all."""
    match item:
        case Path() | StillFailing() | Reminder() | Escalated():
            return headline(item, _NAME_LIMIT, alone=True)
        case JobUnavailable():
            return unavailable(item, [bold(sanitize(item.title, _NAME_LIMIT))], _NAME_LIMIT)
    return line(item, _NAME_LIMIT)


def _contact(item: JobItem) -> list[Line]:
    """Whom to call, and what to do. Who is told that a job fails for long is called instead of its owner."""
    if isinstance(item, Escalated):
        return alert_lines(item.status, replace(item.contact, owner=None))
    return alert_lines(item.status, item.contact) if isinstance(item, Path | StillFailing | Reminder) else []


def _small_print(item: JobItem) -> list[Line]:
    """When the status began; the run, the version and the deployer as far as they are known."""
    match item:
        case Path():
            began = _began(_deployment(item), item.last.at, is_exact=item.last.at_is_exact)
            several: list[Line] = [[steps(item, words=True)]] if len(item.statuses) > 2 else []
            ended: list[Line] = [[_ENDED]] if item.last.ends else []
            following = [] if item.last.ends else next_steps(item.reminding, item.status)
            return [*several, began, *following, *ended]
        case StillFailing():
            run = run_details(item.ref.run, item.version, item.started_by)
            return [_began(run, item.since, is_exact=item.since_is_exact)]
        case Reminder() | Escalated():
            run = run_details(item.ref.run, item.version, None)
            unreached: list[Line] = [[_UNREACHED]] if isinstance(item, Escalated) and item.unreached else []
            return [*unreached, _began(run, item.since, is_exact=item.since_is_exact)]
        case JobUnavailable():
            return [[f"Run {item.ref.run} · since ", moment(item.since)], ["I'll post here when I can check it again."]]
        case JobAvailableAgain() | JobAdded() if is_followed(item):
            return [[f"Run {item.ref.run}"]]
    return []


def _deployment(path: Path) -> str:
    """`run 42559 · version 3 · deployed by ann`; after a redeployment `run 42558 → 42559 · version 2 → 3`."""
    last, moved = path.last, path.redeployed
    run = _from_to(str(moved.old_run) if moved else None, str(last.ref.run))
    version = _from_to(moved.old_version if moved else None, last.version) if last.version else None
    return run_details(run, version, last.started_by)


def _began(run: str, at: datetime, *, is_exact: bool) -> Line:
    return [f"{capitalized(run)} · status {since(is_exact=is_exact)} ", moment(at)]


def _from_to(before: str | None, now: str) -> str:
    return f"{shorten(before, 40)} → {shorten(now, 40)}" if before and before != now else shorten(now, 40)


def _buttons(item: JobItem, link: JobLink | None, above: Above | None) -> Sequence[dict[str, Any]]:
    """The likeliest first. A job of a pattern has no button that stops its watch alone."""
    target, page = item.target, open_button(link, item.ref)
    taken = above is not None and above.acknowledged
    match item:
        case JobRemoved():
            return []
        case JobAdded():
            return [show_button(target), *page]
        case Path(last=Change(ends=True)):
            return [follow_button(item.ref.dataflow), *page]
        case Path() if is_problem(item.status) and (above is None or above.repeats_buttons):
            return incident_actions(target, item.last.at, page, acknowledged=taken)
        case Escalated(watched_by=str()):  # it's watched where they aren't
            return [show_button(target), *page]
        case StillFailing() | Reminder() | Escalated():
            return incident_actions(target, item.at, page, acknowledged=taken)
    return calm_actions(target, page)
