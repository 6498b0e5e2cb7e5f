"""The message of an incident as it is at present: the first alert, updated until the job recovers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.domain.incident import Incident
from bot.domain.job import JobLink
from bot.domain.notification.digest import MOST_NAMED
from bot.slack.messages.alerts.actions import acknowledge_menu, incident_actions, status_menu
from bot.slack.messages.alerts.circumstances import circumstances_lines
from bot.slack.messages.alerts.contacts import alert_lines, owners_line
from bot.slack.messages.alerts.many import IN_MENU, show_all_button
from bot.slack.messages.blocks import (
    Line,
    Message,
    bold,
    fallback,
    joined,
    message,
    moment,
    person,
    room_for_names,
    sanitize,
)
from bot.slack.messages.buttons import open_button
from bot.slack.messages.look_up import run_details
from bot.slack.messages.muting import mute_note
from bot.slack.messages.reminding.words import after_alert, escalated_note
from bot.slack.messages.text import (
    capitalized,
    counted,
    duration,
    escape,
    known_to_last,
    since,
    status_icon,
    status_text,
    status_words,
)

_NAME_LIMIT = 100
_NAME_IN_TEXT = 60
_WORDS_LIMIT = 40


def incident_message(incidents: Sequence[Incident], now: datetime, link: JobLink | None = None) -> Message:
    """What a message says `now` (aware UTC) about the incidents that it shows, one or several, all of one destination.

    It holds buttons as long as one of them is open.
    """
    if len(incidents) == 1:
        return _alone(incidents[0], now, link)
    is_short = len(incidents) <= MOST_NAMED
    still_open = sorted((one for one in incidents if one.is_open), key=lambda one: one.status.status_class.severity)
    shown = incidents if is_short else still_open[:MOST_NAMED]
    hidden = [] if is_short else still_open[MOST_NAMED:]
    heading: list[Line] = [] if is_short else [[bold(_count(incidents))]]

    def lines(room: int) -> list[Line]:
        each = [_line(incident, room, now) for incident in shown]
        return [*heading, *each, *_also_acknowledged(hidden, room), *owners_line(still_open)]

    show_all = [] if is_short else [show_all_button(len(incidents))]
    buttons = [*show_all, *_menus(still_open)]
    text = _named(incidents) if is_short else _count(incidents)
    return message(*lines(room_for_names(lines)), buttons=buttons, text=escape(text))


def _named(incidents: Sequence[Incident]) -> str:
    """`3 jobs: ❌ orders, ❌ payments, ✅ clicks`."""
    jobs = [f"{status_icon(one.status)} {sanitize(one.opening.title, _NAME_IN_TEXT)}" for one in incidents]
    return f"{counted(len(incidents), 'job')}: {', '.join(jobs)}"


def _count(incidents: Sequence[Incident]) -> str:
    """`❌ 3 of 200 jobs still fail`, `✅ All 200 jobs have recovered · after 2 h`."""
    still_open = [one for one in incidents if one.is_open]
    if still_open:
        icon = status_icon(min((one.status for one in still_open), key=lambda status: status.status_class.severity))
        if len(still_open) == len(incidents):
            return f"{icon} {counted(len(incidents), 'job')} fail"
        return f"{icon} {len(still_open):,} of {counted(len(incidents), 'job')} still fail"
    left = sum(not one.has_recovered for one in incidents)
    if left:
        return f"{counted(len(incidents) - left, 'job')} recovered · {left:,} unwatched"
    lasted = [one.lasted for one in incidents if one.lasted is not None]
    last = max(one.span for one in lasted)
    at_least = "" if all(one.is_exact for one in lasted) else "at least "
    return f"✅ All {counted(len(incidents), 'job')} have recovered · the last after {at_least}{duration(last)}"


def _menus(still_open: Sequence[Incident]) -> list[dict[str, Any]]:
    free = [(one.opening.title, one.target, one.opened_at) for one in still_open if one.acknowledged is None]
    failing = [(one.opening.title, one.target) for one in still_open[:IN_MENU]]
    return [*acknowledge_menu(free[:IN_MENU]), *status_menu(failing)]


def _also_acknowledged(hidden: Sequence[Incident], room: int) -> list[Line]:
    """Who takes care of jobs that have no line, the latest first: the menu offers more jobs than are shown."""
    taken = [(one.acknowledged, one) for one in hidden if one.acknowledged is not None]
    if not taken:
        return []
    latest = sorted(taken, key=lambda pair: pair[0].at, reverse=True)
    named: list[Line] = [
        [bold(sanitize(one.opening.title, room)), " by ", person(by.by)] for by, one in latest[:MOST_NAMED]
    ]
    more = f", and {len(taken) - MOST_NAMED:,} more" if len(taken) > MOST_NAMED else ""
    return [["👀 Also acknowledged: ", *joined(named, ", "), more]]


def _alone(incident: Incident, now: datetime, link: JobLink | None) -> Message:
    headline, opening = _headline(incident, _NAME_LIMIT), incident.opening
    buttons = []
    if incident.is_open:
        page, is_taken = open_button(link, opening.ref), incident.acknowledged is not None
        is_muted = _is_muted(incident, now)
        buttons = incident_actions(incident.target, incident.opened_at, page, acknowledged=is_taken, muted=is_muted)
    contact = alert_lines(incident.status, incident.contact) if incident.is_open else []
    return message(
        headline,
        *contact,
        *_notes(incident, now),
        small=[
            *circumstances_lines(incident.circumstances, is_over=not incident.is_open),
            _began(incident),
            *after_alert(incident),
        ],
        buttons=buttons,
        text=fallback(headline),
    )


def _began(incident: Incident) -> Line:
    """Which run failed, and since when; once that is over, how it began, too."""
    opening = incident.opening
    run = run_details(opening.ref.run, opening.version, opening.started_by)
    if incident.is_open or incident.status == opening.new:
        what = "status" if incident.status == opening.new else "failing"
        return [f"{capitalized(run)} · {what} {since(is_exact=opening.at_is_exact)} ", moment(opening.at)]
    return [f"Began as {status_text(opening.new, _WORDS_LIMIT)} ", moment(opening.at), f" · {run}"]


def _line(incident: Incident, room: int, now: datetime) -> Line:
    notes = _notes(incident, now)
    return [*_headline(incident, room), *(piece for note in notes for piece in (" · ", *note))]


def _headline(incident: Incident, room: int) -> Line:
    name, words = bold(sanitize(incident.opening.title, room)), bold(status_words(incident.status, _WORDS_LIMIT))
    icon = f"{status_icon(incident.status)} "
    if incident.is_open:
        return [icon, name, " is ", words, _before(incident)]
    if incident.lasted is None:
        return [icon, name, " was ", words, " · the watch has ended"]
    at_least = "" if incident.lasted.is_exact else "at least "
    return [icon, name, " is ", words, f" · recovered after {at_least}{duration(incident.lasted.span)}"]


def _before(incident: Incident) -> str:
    """How the job was before the incident or, once it got worse or better, how the incident began."""
    opening = incident.opening
    if incident.status != opening.new:
        return f" · began as {status_text(opening.new, _WORDS_LIMIT)}"
    if opening.old == opening.new and opening.old_run is None:  # it failed before it was watched
        return ""
    lasted = f" {known_to_last(opening.lasted)}" if opening.lasted is not None else ""
    return f" · was {status_text(opening.old, _WORDS_LIMIT)}{lasted}".rstrip()


def _is_muted(incident: Incident, now: datetime) -> bool:
    return incident.is_open and incident.muted_until is not None and incident.muted_until > now


def _notes(incident: Incident, now: datetime) -> list[Line]:
    """Who takes care of it, who was told that it lasts, and until when its alerts are held back."""
    notes: list[Line] = []
    if incident.acknowledged is not None:
        notes.append(["👀 Acknowledged by ", person(incident.acknowledged.by), ", ", moment(incident.acknowledged.at)])
    if incident.is_open:
        notes += escalated_note(incident)
    if incident.muted_until is not None and _is_muted(incident, now):
        notes.append(mute_note(incident.muted_by, incident.muted_until, until_change=incident.muted_until_change))
    return notes
