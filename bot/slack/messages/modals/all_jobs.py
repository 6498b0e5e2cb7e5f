"""All jobs of a message that names only the worst of them: a modal with pages and a search. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.destination import is_conversation_id
from bot.domain.tracked_job import JobsPage, TrackedJob
from bot.slack.messages.blocks import Line, Message, bold, message, plain, room_for_names, sanitize
from bot.slack.messages.delivery_problems import delivery_problem
from bot.slack.messages.text import ago, counted, known_to_last, status_icon, status_words

CALLBACK = "all_jobs"
_WORDS_LIMIT = 100
_LAST_PAGE = 999


class Part(StrEnum):
    """The elements of the modal: the action ID of each."""

    WORDS = "all_jobs_words"
    PREVIOUS = "all_jobs_previous"
    NEXT = "all_jobs_next"


@dataclass(frozen=True)
class Shown:
    """What the modal shows: the jobs of the message `ts` in a channel whose names contain the words, from a page."""

    channel: str
    ts: str
    words: str = ""
    page: int = 1


def all_jobs_view(shown: Shown, found: JobsPage, *, now: datetime) -> dict[str, Any]:
    """A page of the jobs as they are `now`, worst first."""

    def lines(room: int) -> list[Line]:
        return [_heading(shown, found), *(_line(job, room, now) for job in found.jobs)]

    turns = [(Part.PREVIOUS, "Previous")] if found.number > 1 else []
    turns += [(Part.NEXT, "Next")] if found.number < found.pages else []
    buttons = [
        {"type": "button", "action_id": part, "text": plain(label), "value": str(found.number)} for part, label in turns
    ]
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": json.dumps([shown.channel, shown.ts, found.number]),
        "title": plain("All jobs"),
        "submit": plain("Search"),  # Slack wants a button to submit an input
        "close": plain("Close"),
        "blocks": [_search(), *message(*lines(room_for_names(lines)), buttons=buttons).blocks],
    }


def refused_view(refused: Message) -> dict[str, Any]:
    """Why somebody can't see the list."""
    empty = {"type": "modal", "callback_id": CALLBACK, "title": plain("All jobs"), "close": plain("Close")}
    return empty | {"blocks": [block for block in refused.blocks if block["type"] != "actions"]}


def not_kept() -> Message:
    """The message is too old, or its jobs aren't watched by anybody any more."""
    return message(
        ["I can't list these jobs: the message is older than 7 days, or they aren't watched any more."],
        ["The full list is in the thread of the message, or below it."],
    )


def cannot_open(reported: str) -> Message:
    """Slack didn't open the modal: `reported` is its error code."""
    return message([f"Slack didn't show the list: {delivery_problem(reported).reason}. Press the button again."])


def read_shown(view: object, action_id: str) -> Shown | None:
    """What to show after somebody pressed a button of the modal or searched; None if the bot didn't open it."""
    if not isinstance(view, Mapping):
        return None
    try:
        channel, ts, page = json.loads(str(view.get("private_metadata")))
    except (ValueError, TypeError):
        return None
    if not (isinstance(channel, str) and is_conversation_id(channel) and isinstance(ts, str) and isinstance(page, int)):
        return None
    step = {Part.PREVIOUS.value: page - 1, Part.NEXT.value: page + 1}.get(action_id, 1)
    return Shown(channel, ts, _typed(view), max(1, min(step, _LAST_PAGE)))


def _typed(view: Mapping[str, Any]) -> str:
    found: Any = view
    for key in ("state", "values", Part.WORDS, Part.WORDS, "value"):
        found = found.get(key) if isinstance(found, Mapping) else None
    return " ".join(str(found or "").split())[:_WORDS_LIMIT]


def _search() -> dict[str, Any]:
    element = {
        "type": "plain_text_input",
        "action_id": Part.WORDS,
        "max_length": _WORDS_LIMIT,
        "placeholder": plain("Part of a name, then Enter"),
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }
    kind = {"type": "input", "block_id": Part.WORDS, "dispatch_action": True, "optional": True}
    return kind | {"label": plain("Search"), "element": element}


def _heading(shown: Shown, found: JobsPage) -> Line:
    about = f" with “{sanitize(shown.words, 60)}” in the name" if shown.words else ""
    page = f" · page {found.number} of {found.pages}" if found.pages > 1 else ""
    now = "as it is now" if found.total == 1 else "as they are now"
    return [bold(f"{counted(found.total, 'job')}{about}, {now}{page}")]


def _line(job: TrackedJob, room: int, now: datetime) -> Line:
    run = "" if job.followed else f" (run {job.ref.run})"
    lasted = known_to_last(job.lasted(now))
    words = f" · {status_words(job.status, 40)}{' ' if lasted else ''}{lasted}"
    unknown = " · can't be checked now" if job.failure is not None else ""
    if job.failure is None and not job.is_known(now):
        unknown = f" · last checked {ago(now - job.polled_at)}"
    return [f"{status_icon(job.status)} ", bold(sanitize(job.title, room)), run, words, unknown]
