"""What is watched here, the help that begins with it, and what a job went through. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.job import JobRef, Status, Target
from bot.domain.status_filter import StatusFilter
from bot.slack.messages.blocks import (
    Line,
    Message,
    bold,
    code,
    message,
    moment,
    outside,
    person,
    room_for_names,
)
from bot.slack.messages.delivery_problems import obstacle
from bot.slack.messages.text import counted, shorten, status_emoji, status_words, typed

ROWS_A_PAGE = 20
_ALL = StatusFilter()


@dataclass(frozen=True)
class Row:
    """A watched job as the list shows it. What ends with `_because` is None while all is well: `unseen_because` is a
    clause, the others are Slack's own words. `muted_until` is None when the time is over."""

    target: Target
    title: str
    status: Status
    since: datetime
    polled_at: datetime
    created_by: str
    status_filter: StatusFilter = _ALL
    unseen_because: str | None = None
    muted_until: datetime | None = None
    muted_by: str | None = None
    paused_because: str | None = None
    paused_at: datetime | None = None
    given_up_because: str | None = None
    given_up_at: datetime | None = None


def _nothing(room: int) -> Sequence[Line]:
    return []


def watch_list(
    rows: Sequence[Row],
    *,
    page: int,
    to_person: bool,
    command: str,
    above: Callable[[int], Sequence[Line]] = _nothing,
) -> Message:
    """What is watched here: `rows` in the order shown (worst first), one page of them. What stands `above` is said of
    many jobs at once, on the first page, each name in so many characters."""
    if not rows:
        first: Line = ["Watch one: ", code(f"{command} watch NAME")]
        return message(list_header(rows, to_person), *(above(60) or [first]))
    pages = -(-len(rows) // ROWS_A_PAGE)
    page = min(page, pages)
    shown = rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]
    top = above if page == 1 else _nothing
    room = room_for_names(lambda room: [*top(room), *(line for row in shown for line in _row(row, room))])
    lines: list[Line] = [list_header(rows, to_person), *top(room), *(line for row in shown for line in _row(row, room))]
    if pages > 1:
        more: Line = [" · More: ", code(f"{command} list page {page + 1}")] if page < pages else []
        lines.append([f"Page {page} of {pages}", *more])
    return message(*lines)


def list_header(rows: Sequence[Row], to_person: bool) -> Line:
    watches = "You watch" if to_person else "This channel watches"
    if not rows:
        return [f"{watches} no job yet."]
    muted = sum(row.muted_until is not None for row in rows)
    paused = sum(row.paused_because is not None for row in rows)
    notes = [f" · {count} {what}" for count, what in ((muted, "muted"), (paused, "paused")) if count]
    return [bold(f"{watches} {counted(len(rows), 'job')}"), *notes]


def _row(row: Row, room: int) -> list[Line]:
    """A job in the list, its name in `room` characters; below it what is out of the ordinary."""
    line: Line = [
        f"{status_emoji(row.status)} ",
        bold(outside(row.title, room)),
        f" – {status_words(row.status, min(40, 2 * room))} since ",
        moment(row.since),
        *_run(row.target),
        f" · on {shorten(row.status_filter.text, room)}" if row.status_filter != _ALL else "",
        " · by ",
        person(row.created_by),
    ]
    return [line, *(["      ", *note] for note in _notes(row, room))]


def _run(target: Target) -> Line:
    """Which run it is, where that alone is watched; a job that is followed goes by its name."""
    return [" · ", code(typed(target))] if isinstance(target, JobRef) else []


def _notes(row: Row, room: int) -> list[Line]:
    notes: list[Line] = []
    if row.muted_until is not None:
        by: Line = [" by ", person(row.muted_by)] if row.muted_by else []
        notes.append(["🔇 muted until ", moment(row.muted_until), *by])
    if row.unseen_because is not None:
        seen = moment(row.polled_at)
        notes.append([f"⚠️ can't see it now ({outside(row.unseen_because, 2 * room)}), last seen ", seen])
    if row.paused_because is not None:
        notes.append(_paused(row.paused_because, row.paused_at))
    if row.given_up_because is not None:
        status_filter: Line = [" of ", moment(row.given_up_at)] if row.given_up_at else []
        why = obstacle(row.given_up_because).why
        notes.append(["⚠️ a message", *status_filter, f" could not be told for 24 h ({why})"])
    return notes


def _paused(because: str, at: datetime | None) -> Line:
    since: Line = [" since ", moment(at)] if at else []
    found = obstacle(because)
    go_on = " and it goes on by itself" if found.by_itself else ", then watch it again"
    return ["⏸ paused", *since, f": {found.why}; {found.remedy}{go_on}"]
