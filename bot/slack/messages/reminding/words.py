"""Reminders and escalation in confirmations, in the list, on a card and below an alert.

Only the escalation itself mentions a user group, because that notifies all its members. What everybody sees before
mentions nobody: who is named would be told too early.
"""

from dataclasses import replace

from bot.domain.destination import is_group_id
from bot.domain.incident import Incident
from bot.domain.job import Status
from bot.domain.reminding import Escalation, Failing, Reminding
from bot.slack.messages.blocks import Line, joined, moment, person
from bot.slack.messages.text import duration, unbroken

_ROOM_NEEDED = 30
_SENSE = {Failing.ERROR: "errors", Failing.PROBLEM: "problems"}


def reminding_lines(reminding: Reminding, *, names: bool = True) -> list[Line]:
    """A line for a confirmation, or without `names` for a card; none if nothing follows."""
    parts: list[Line] = []
    if reminders := reminding.reminders:
        every = f"{unbroken('⏰', 'Reminders')} every {duration(reminders.every)}"
        parts.append([f"{every} while there are {_SENSE[reminders.during]}"])
    if escalation := reminding.escalation:
        after = f" after {duration(escalation.after)} with {_SENSE[escalation.during]}"
        escalates = unbroken("🚨", "Escalates")
        told: Line = [f"{escalates} to ", *_who(escalation)] if names else [escalates]
        parts.append([*told, after])
    return [joined(parts)] if parts else []


def in_row(reminding: Reminding) -> str:
    """The same in the list, where people stand below all rows."""
    reminders, escalation = reminding.reminders, reminding.escalation
    parts = [
        f"{unbroken('⏰', 'reminds')} every {duration(reminders.every)}" if reminders else "",
        f"{unbroken('🚨', 'escalates')} after {duration(escalation.after)}" if escalation else "",
    ]
    return " · ".join(filter(None, parts))


def brief_reminding(reminding: Reminding, room: int) -> Line:
    """The same at the end of a pattern's line, with who is told; nothing where names have hardly any `room`."""
    if room < _ROOM_NEEDED:
        return []
    reminders, escalation = reminding.reminders, reminding.escalation
    every = f" · {unbroken('⏰', 'reminds')} every {duration(reminders.every)}" if reminders else ""
    if escalation is None:
        return [every]
    return [every, f" · {unbroken('🚨', 'escalates')} to ", *_who(escalation), f" after {duration(escalation.after)}"]


def after_alert(incident: Incident) -> list[Line]:
    """What follows as long as nobody acts; nothing once somebody did, or there is nothing to act on."""
    if not incident.is_open or not incident.is_reminded:
        return []
    escalation = incident.reminding.escalation if incident.escalated_at is None else None
    return next_steps(replace(incident.reminding, escalation=escalation), incident.status)


def next_steps(reminding: Reminding, status: Status) -> list[Line]:
    """What follows an alert that tells of a status."""
    reminders, escalation = reminding.reminders, reminding.escalation
    parts: list[Line] = []
    if reminders and reminders.during.includes(status):
        parts.append([f"{unbroken('⏰', 'Reminds')} every {duration(reminders.every)}"])
    if escalation and escalation.during.includes(status):
        parts.append([f"{unbroken('🚨', 'Escalates')} after {duration(escalation.after)}"])
    return [[*joined(parts), " · unless acknowledged"]] if parts else []


def escalated_note(incident: Incident) -> list[Line]:
    """Who was told that it lasts."""
    escalation = incident.reminding.escalation
    if incident.escalated_at is None or escalation is None:
        return []
    return [[f"{unbroken('🚨', 'Escalated')} to ", *_who(escalation), ", ", moment(incident.escalated_at)]]


def _who(escalation: Escalation) -> Line:
    return ["a user group"] if is_group_id(escalation.to) else [person(escalation.to)]
