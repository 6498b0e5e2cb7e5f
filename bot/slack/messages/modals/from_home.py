"""What follows a press in the Home tab, which has no message to answer in: modals."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain.destination import is_conversation_id, is_direct_message
from bot.domain.notification.confirmations import NO_OTHER_WATCHES, OtherWatches
from bot.domain.tracked_job import TrackedJob
from bot.slack.grammar.presses import Action, AskToStop, read_press, value_of
from bot.slack.messages.blocks import Line, Message, bold, channel, message, sanitize
from bot.slack.messages.confirmations import job_name, other_watches
from bot.slack.messages.delivery_problems import delivery_problem
from bot.slack.messages.text import status_text

STOP = "home_stop"


def stop_question(
    job: TrackedJob, place: str, now: datetime, others: OtherWatches = NO_OTHER_WATCHES
) -> dict[str, Any]:
    """Ask before a watch ends: that of a channel or, in direct messages, the person's own. Closing changes nothing."""
    kept = {"place": place, "press": value_of(AskToStop(job.target))}
    of_channel: Line = [channel(place), " will get no more alerts for "]
    where: Line = ["You'll get no more alerts for "] if is_direct_message(place) else of_channel
    asked: list[Line] = [[*where, bold(sanitize(job.title)), "."]]
    if others:
        asked = [["This ends the watch of ", *job_name(job), "."], *other_watches(others, "also")]
    status = status_text(job.status)
    known = f"It's {status} now." if job.is_known(now) else f"It was last seen {status}."
    lines = message(*asked, [known])
    return {
        "type": "modal",
        "callback_id": STOP,
        "private_metadata": json.dumps(kept),
        "title": _plain("Stop watching?"),
        "submit": _plain("Stop watching"),
        "close": _plain("Keep watching"),
        "blocks": list(lines.blocks),
    }


def cannot_ask(reported: str) -> Message:
    """Slack didn't open the question: `reported` is its error code."""
    return message([f"Slack didn't show the question: {delivery_problem(reported).reason}. Choose the entry again."])


def read_stop(view: object) -> tuple[str, AskToStop] | None:
    """The place and the watch that somebody agreed to stop; None if the bot didn't ask."""
    try:
        kept = json.loads(str(view.get("private_metadata"))) if isinstance(view, Mapping) else None
    except ValueError:
        return None
    place, value = (kept.get(field) if isinstance(kept, dict) else None for field in ("place", "press"))
    press = read_press(Action.ASK_TO_STOP, value, is_ephemeral=True) if isinstance(value, str) else None
    if not isinstance(press, AskToStop) or not isinstance(place, str) or not is_conversation_id(place):
        return None
    return place, press


def reply_modal(reply: Message, place: str) -> dict[str, Any]:
    """A reply that is a message elsewhere, about a channel or, in direct messages, the person's own alerts. Its buttons
    would act for no place, so they are left out."""
    about = [] if is_direct_message(place) else message(["About ", channel(place), ":"]).blocks
    blocks = [{key: value for key, value in block.items() if key != "accessory"} for block in [*about, *reply.blocks]]
    return {
        "type": "modal",
        "callback_id": "home_reply",
        "title": _plain("Jobwatch"),
        "close": _plain("Close"),
        "blocks": [block for block in blocks if block["type"] != "actions"],
    }


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}
