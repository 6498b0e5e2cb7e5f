"""The shortcut *Watch this job*: which of the jobs in a message is meant. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.domain.job_search import NamedJob
from bot.slack.messages.blocks import Line, Message, message, plain, row, sanitize, with_unique_ids
from bot.slack.messages.modals.look_up import NOTHING, Chosen
from bot.slack.messages.text import counted, status_icon, status_words

WATCH = "watch_job_in_message"  # the shortcut's ID in the app's manifest
CHOOSE = "choose_job_to_watch"  # the button beside each job
MOST_JOBS = 10


def searching_view() -> dict[str, Any]:
    """Opened at once, since a trigger is valid for three seconds only."""
    return _modal("", message(["Looking for jobs in the message…"]).blocks)


def job_choice_view(kept: str, jobs: Sequence[NamedJob], now: datetime) -> dict[str, Any]:
    """Several jobs, each with a button. `kept` is the private metadata."""
    shown = jobs[:MOST_JOBS]
    left = len(jobs) - len(shown)
    more: list[Line] = [[f"… and {left} more. Use the shortcut on a message with fewer jobs."]] if left else []
    heading = message([f"{counted(len(jobs), 'job')} in this message. Which one do you want to watch?"], *more)
    rows = with_unique_ids(_row(job, now) for job in shown)
    return _modal(kept, [*heading.blocks, *rows])


def no_job_view(kept: str, unlisted: str | None) -> dict[str, Any]:
    """No job was found. `unlisted` says why the job list couldn't be searched."""
    if unlisted is None:
        lines = message(["I found no job in this message."], ["I look for job names, dataflow IDs and links to jobs."])
    else:
        lines = message(["I found no job in this message."], [f"I can't search the job list: {unlisted}."])
    choose = {"type": "button", "action_id": CHOOSE, "text": plain("Choose a job"), "value": NOTHING.value}
    return _modal(kept, [*lines.blocks, {"type": "actions", "elements": [choose]}])


def refused_view(refused: Message) -> dict[str, Any]:
    """Why nothing came of the shortcut."""
    return _modal("", [block for block in refused.blocks if block["type"] != "actions"])


def _row(job: NamedJob, now: datetime) -> dict[str, Any]:
    run = f" (run {job.run})" if job.run is not None else ""
    status = job.status if job.status and job.is_recent(now) else None
    icon, words = (f"{status_icon(status)} ", f" · {status_words(status, 40)}") if status else ("", "")
    chosen = Chosen(str(job.target), job.title)
    button = {"type": "button", "action_id": CHOOSE, "text": plain("Watch…"), "value": chosen.value}
    return row(f"{icon}{sanitize(job.title, 60)}{run}{words}", button)


def _modal(kept: str, blocks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": WATCH,
        "private_metadata": kept,
        "title": plain("Watch a job"),
        "close": plain("Close"),
        "blocks": list(blocks),
    }
