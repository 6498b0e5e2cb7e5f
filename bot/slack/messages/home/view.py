"""The Home tab: what a person and their channels watch, or how to begin. Pure."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.domain.home.page import HomePage
from bot.domain.job_search import NamedJob
from bot.slack.grammar.commands import OpenWatch, Watch
from bot.slack.messages.blocks import (
    Line,
    Message,
    bold,
    code,
    fallback,
    message,
    moment,
    plain,
    row,
    sanitize,
    with_unique_ids,
)
from bot.slack.messages.buttons import button
from bot.slack.messages.home.elements import block_id, clear, search, turning
from bot.slack.messages.home.rows import job_row
from bot.slack.messages.home.summary import cannot_ask, freshness, heading, what_is_off
from bot.slack.messages.text import counted, status_icon, status_words

JOBS_PER_PAGE = 20
MOST_SUGGESTED = 5

_AS_OF = "home:as_of"


def home_view(page: HomePage, direct_message: str, *, now: datetime) -> dict[str, Any]:
    """A page of the watched jobs. `direct_message` is the place for which presses about the person's own alerts act."""
    line, is_old = freshness(page, now)
    watch = button("Watch a job…", OpenWatch())
    blocks = [
        *message(*heading(page)).blocks,
        _small(line, None if is_old else _AS_OF),
        *what_is_off(page, direct_message),
        {"type": "actions", "block_id": block_id(direct_message, "top"), "elements": [watch]},
        search(page.words),
        *_found(page),
        *(job_row(one, direct_message, number, now) for number, one in enumerate(page.subscriptions)),
    ]
    if page.pages > 1:
        blocks.append(_small([f"Page {page.number} of {page.pages}"]))
        blocks.append({"type": "actions", "elements": turning(page.number, page.pages)})
    return _home(blocks)


def first_time_view(
    suggested: Sequence[NamedJob], direct_message: str, *, command: str, now: datetime, unasked: str | None = None
) -> dict[str, Any]:
    """Nothing is watched yet: the form, and the organisation's jobs that need somebody most, each with one button."""
    missing: list[Line] = [cannot_ask(unasked)] if unasked else []
    begin = message(
        ["Choose a job, and I'll send you a direct message when its status changes."],
        ["To alert a channel instead, type ", code(f"{command} watch NAME"), " there."],
        *missing,
    )
    open_form = button("Watch a job…", OpenWatch()) | {"style": "primary"}
    blocks = [
        {"type": "header", "text": plain("You don't watch any jobs yet")},
        *begin.blocks,
        {"type": "actions", "block_id": block_id(direct_message, "top"), "elements": [open_form]},
    ]
    if suggested:
        seen = min((job.as_of for job in suggested if job.as_of is not None), default=now)
        blocks += message([bold("Or begin with one of these"), ", as of ", moment(seen), ":"]).blocks
        blocks += [_suggestion(job, direct_message, number) for number, job in enumerate(suggested[:MOST_SUGGESTED])]
    return _home(blocks)


def refused_home_view(refused: Message) -> dict[str, Any]:
    """Why somebody sees nothing here."""
    return _home([block for block in refused.blocks if block["type"] != "actions"])


def unavailable_view() -> dict[str, Any]:
    """The database can't be read."""
    return _home(
        message(
            ["I can't reach my database, so I can't show your jobs. Open this tab again in a minute."],
            ["If this keeps happening, tell whoever runs this bot."],
        ).blocks
    )


def fingerprint(view: dict[str, Any]) -> str:
    """A hash of what a tab shows, apart from when it was made: a tab with the same needs no publishing."""
    shown = [block for block in view["blocks"] if block.get("block_id") != _AS_OF]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def _found(page: HomePage) -> list[dict[str, Any]]:
    """What is searched for, and how many jobs there are of it."""
    if not page.words:
        return []
    words = sanitize(page.words, 60)
    found = f"{counted(page.found, 'watched job')} with “{words}” in the name"
    none = f"No watched job has “{words}” in its name."
    return [*message([found if page.found else none]).blocks, {"type": "actions", "elements": [clear()]}]


def _suggestion(job: NamedJob, direct_message: str, number: int) -> dict[str, Any]:
    status = f"{status_icon(job.status)} " if job.status else ""
    words = f"\n{status_words(job.status, 80)}" if job.status else ""
    text = f"{status}{sanitize(job.title)}{words}"
    return row(text, button("Watch", Watch(job.target))) | {"block_id": block_id(direct_message, f"job-{number}")}


def _small(line: Line, name: str | None = None) -> dict[str, Any]:
    """Small print of the bot's own words and times."""
    text = {"type": "mrkdwn", "text": fallback(line), "verbatim": True}
    return {"type": "context", "elements": [text]} | ({"block_id": name} if name else {})


def _home(blocks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "home", "blocks": with_unique_ids(blocks)}
