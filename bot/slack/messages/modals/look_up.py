"""The shortcut *Look up a job*: a modal with a menu of jobs and, once one is chosen, what is known of it. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.slack.messages.blocks import Message, message, plain, sanitize
from bot.slack.messages.delivery_problems import delivery_problem

LOOK_UP = "look_up_job"  # the shortcut's ID in the app's manifest
_LONGEST_OPTION = 75
_LONGEST_VALUE = 2_000


class Part(StrEnum):
    """The elements of the modal: the action ID of each. A button's value is the job that it is about."""

    JOB = "look_up_choose"
    STATUS = "look_up_status"
    HISTORY = "look_up_history"
    DETAILS = "look_up_details"
    WATCH = "look_up_watch"


_LABELS = {Part.WATCH: "Watch…", Part.STATUS: "Status", Part.HISTORY: "History", Part.DETAILS: "Details"}


@dataclass(frozen=True)
class Chosen:
    """A job by its ID as the menu writes it, and as the menu shows it."""

    id: str
    title: str

    @property
    def value(self) -> str:
        """The value of a button."""
        return json.dumps([self.id, shown_title(self.title)])


NOTHING = Chosen("", "")  # the value of a button that is about no job yet


def look_up_view(kept: str) -> dict[str, Any]:
    """The modal as it opens. `kept` is its private metadata."""
    return _modal(kept, [_menu(None), *_words("Choose a job to see its status.")])


def looking_up_view(kept: str, job: Chosen) -> dict[str, Any]:
    """While a job is looked up."""
    return _modal(kept, [_menu(job), *_words("Looking up the job…")])


def job_view(kept: str, job: Chosen, part: Part, content: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One part of what is known of a job. The blocks are those of a reply or of another modal, and the buttons lead to
    the other parts; of theirs, only those that open a page work here."""
    elements = [element for block in content for element in block.get("elements", ()) if block["type"] == "actions"]
    pages = [element for element in elements if "url" in element]
    blocks = [block for block in content if block["type"] != "actions"]
    buttons = [_button(each, job) for each in _LABELS if each is not part]
    return _modal(kept, [_menu(job), *blocks, {"type": "actions", "elements": [*buttons, *pages]}])


def refused_view(refused: Message) -> dict[str, Any]:
    """Why somebody can't look jobs up."""
    return _modal("", [block for block in refused.blocks if block["type"] != "actions"])


def cannot_open(reported: str) -> Message:
    """Slack didn't open the modal: `reported` is its error code."""
    return message([f"Slack didn't open the window: {delivery_problem(reported).reason}. Try the shortcut again."])


def shown_title(title: str) -> str:
    """A job's name as the menu shows it."""
    return sanitize(title, _LONGEST_OPTION)


def read_chosen(action: Mapping[str, Any]) -> Chosen | None:
    """The job that was chosen in the menu, or that a button is about; None if that can't be read."""
    option = action.get("selected_option")
    if isinstance(option, Mapping):
        text = option.get("text")
        found = [option.get("value"), text.get("text") if isinstance(text, Mapping) else ""]
    else:
        try:
            found = json.loads(str(action.get("value"))[:_LONGEST_VALUE])
        except (ValueError, RecursionError):
            return None
    match found:
        case [str(id), str(title)]:
            return Chosen(id, shown_title(title)) if id or title else NOTHING
    return None


def _menu(job: Chosen | None) -> dict[str, Any]:
    element: dict[str, Any] = {
        "type": "external_select",
        "action_id": Part.JOB,
        "placeholder": plain("Find a job"),
        "min_query_length": 0,
    }
    if job is None:
        element["focus_on_load"] = True
    else:
        element["initial_option"] = {"text": plain(shown_title(job.title)), "value": job.id}
    return {"type": "actions", "block_id": Part.JOB, "elements": [element]}


def _button(part: Part, job: Chosen) -> dict[str, Any]:
    return {"type": "button", "action_id": part, "text": plain(_LABELS[part]), "value": job.value}


def _words(text: str) -> Sequence[dict[str, Any]]:
    return message([text]).blocks


def _modal(kept: str, blocks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": LOOK_UP,
        "private_metadata": kept,
        "title": plain("Look up a job"),
        "close": plain("Close"),
        "blocks": list(blocks),
    }
