"""What *Acknowledge* is answered with, and how it shows in an alert that was posted before."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.domain.incident import Acknowledgement, Incident
from bot.domain.notification.confirmations import JobConfirmation
from bot.slack.grammar.commands import Acknowledge
from bot.slack.grammar.presses import option_value_of, value_of
from bot.slack.grammar.references import Ref
from bot.slack.messages.blocks import Line, Message, bold, code, message, moment, person, sanitize
from bot.slack.messages.text import status_text


def acknowledged(incident: Incident, *, by: str) -> Message:
    """Somebody takes care of it; for everybody there."""
    return message(["👀 ", person(by), " acknowledged ", *_job(incident), f" · {status_text(incident.status)}"])


def acknowledged_then(item: JobConfirmation, room: int = 100) -> Line:
    """The same on a line, for what Slack didn't take at once."""
    who: Line = ["👀 You"] if item.to_person else ["👀 ", person(item.by)]
    return [*who, " acknowledged ", bold(sanitize(item.title, room)), ", ", moment(item.at)]


def already_acknowledged(incident: Incident, before: Acknowledgement) -> Message:
    """Somebody does already."""
    return message(
        ["👀 ", *_job(incident), " was already acknowledged by ", person(before.by), ", ", moment(before.at)]
    )


def is_over(incident: Incident) -> Message:
    """The button belongs to an incident that is over. There may be a later one, with a button of its own."""
    if not incident.has_recovered:
        return message(["This alert is over: the watch of ", *_job(incident), " that it came from has ended."])
    if incident.lasted is not None and not incident.lasted.is_exact:
        return message(["✅ This alert is over: ", *_job(incident), " has recovered."])
    ended = incident.closed_at or incident.changed_at
    return message(["✅ This alert is over: ", *_job(incident), " recovered ", moment(ended), "."])


def nothing_to_acknowledge(ref: Ref, *, command: str) -> Message:
    """No alert of the job is open here."""
    return message(
        ["There is no open alert for ", bold(sanitize(str(ref))), " here."],
        ["See what is watched here: ", code(f"{command} list")],
    )


def with_note(
    text: str,
    blocks: Sequence[Mapping[str, Any]],
    press: Acknowledge,
    incident: Incident,
    *,
    by: str,
    at: datetime,
) -> Message:
    """An alert as Slack sent it along, with who acknowledged it in place of the button (or the entry of a menu)."""
    note = message(_note(incident, by, at)).blocks
    rest: list[Mapping[str, Any]] = []
    was_noted = False
    for block in blocks:
        if block.get("type") == "actions":
            rest += [] if was_noted else note
            was_noted = True
            elements = [*_without(block.get("elements"), press)]
            rest += [{**block, "elements": elements}] if elements else []
        else:
            rest.append(block)
    return Message(text, [dict(block) for block in (*rest, *([] if was_noted else note))])


def _without(elements: object, press: Acknowledge) -> Iterator[Mapping[str, Any]]:
    own, in_menu = value_of(press), option_value_of(press)
    for element in elements if isinstance(elements, list) else []:
        options = element.get("options")
        if isinstance(options, list):
            left = [option for option in options if option.get("value") != in_menu]
            if left:
                yield {**element, "options": left}
        elif element.get("value") != own:
            yield element


def _note(incident: Incident, by: str, at: datetime) -> Line:
    return ["👀 ", *_job(incident), " acknowledged by ", person(by), ", ", moment(at)]


def _job(incident: Incident) -> Line:
    return [bold(sanitize(incident.opening.title))]
