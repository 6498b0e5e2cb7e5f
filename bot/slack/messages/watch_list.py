"""What is watched here, the help that begins with it, and what a job went through. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.change import Change
from bot.domain.job import JobRef, Status, Target
from bot.domain.status_filter import StatusFilter
from bot.slack.grammar.references import Ref
from bot.slack.messages.blocks import Line, Message, bold, code, message, moment, outside, person, room_for_names
from bot.slack.messages.text import counted, lasting, obstacle, shorten, status_emoji, status_shown, status_words, typed

ROWS_A_PAGE = 20
CHANGES_SHOWN = 20
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
        return message(_header(rows, to_person), *(above(60) or [first]))
    pages = -(-len(rows) // ROWS_A_PAGE)
    page = min(page, pages)
    shown = rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]
    top = above if page == 1 else _nothing
    room = room_for_names(lambda room: [*top(room), *(line for row in shown for line in _row(row, room))])
    lines: list[Line] = [_header(rows, to_person), *top(room), *(line for row in shown for line in _row(row, room))]
    if pages > 1:
        more: Line = [" · More: ", code(f"{command} list page {page + 1}")] if page < pages else []
        lines.append([f"Page {page} of {pages}", *more])
    return message(*lines)


def _header(rows: Sequence[Row], to_person: bool) -> Line:
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


# ── help ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def help_text(rows: Sequence[Row], *, to_person: bool, command: str) -> Message:
    """A short help that starts with what is watched here."""
    watched: list[Line] = [_header(rows, to_person)]
    watched += [[f"{status_emoji(r.status)} {outside(r.title, 80)} – {status_words(r.status)}"] for r in rows[:3]]
    if len(rows) > 3:
        watched.append([f"… and {len(rows) - 3} more: ", code(f"{command} list")])
    usage: list[Line] = [[code(f"{command} {example}"), f"  {meaning}"] for example, meaning in _usage(to_person)]
    names = "A job is named by its name, its dataflow ID, or dataflow ID and run ID; a pasted URL with them does too."
    return message(*watched, [""], *usage, [names])


def _usage(to_person: bool) -> list[tuple[str, str]]:
    told = "tell me" if to_person else "tell this channel"
    return [
        ("status NAME", "the job as it is now, only to you"),
        ("watch NAME", f"{told} whenever it changes its status"),
        ("watch", "a form that asks what to watch, and what to tell"),
        ("watch NAME on errors", "of errors alone; “on problems” adds warnings and ends"),
        *([] if to_person else [("watch NAME to me", "tell me alone, by direct message")]),
        ("watch all matching sales-*", "of every job with such a name, and of those to come; “watch all” is all jobs"),
        ("unwatch NAME", "stop telling; also “unwatch all matching sales-*”"),
        ("mute NAME 2h", "say nothing about it for two hours"),
        ("unmute NAME", "end that"),
        ("history NAME", "the changes seen, newest first"),
        ("list", "what is watched here, worst first"),
        ("jobs WORDS", "the jobs that there are, found by words of their names"),
    ]


# ── history ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def history(
    run: int,
    title: str,
    changes: Sequence[Change],
    now_status: Status,
    since: datetime,
    *,
    now: datetime,
    total: int,
    watched: bool,
) -> Message:
    """How the job is, and the newest of the `total` changes that were seen of it; `changes` come newest first.

    `since` is when it got into `now_status`. Where nobody watches it any more (`watched` False) that is merely the
    last that was seen.
    """
    name: Line = [bold(outside(title)), f" (run {run})"]
    status = bold(status_words(now_status))
    if watched:
        first: Line = [f"{status_emoji(now_status)} ", *name, " is ", status, " since ", moment(since)]
        lines: list[Line] = [[*first, f", for {lasting(now - since)}"]]
    else:
        seen = f"{status_emoji(now_status)} "
        lines = [["Nobody watches ", *name, " now. The last that was seen: ", seen, status, ", since ", moment(since)]]
    shown = changes[:CHANGES_SHOWN]
    lines += [_change(change) for change in shown] or [["No change was seen since ", moment(since), "."]]
    if total > len(shown):
        lines.append([f"… and {counted(total - len(shown), 'earlier change')}"])
    return message(*lines)


def _change(change: Change) -> Line:
    after = f"  after {lasting(change.lasted)}" if change.lasted is not None else ""
    redeployed = f"  redeployed: run {change.old_run} → {change.ref.run}" if change.old_run is not None else ""
    return [moment(change.at), f"  {status_shown(change.old, 40)} → {status_shown(change.new, 40)}{after}{redeployed}"]


def no_history(ref: Ref, command: str) -> Message:
    """A job that nobody ever watched: there is no history, and how there will be one."""
    return message(
        ["Nobody has watched ", code(outside(typed(ref))), " so far, so no change of it was seen."],
        ["Watch it: ", code(outside(f"{command} watch {typed(ref)}", 200))],
    )
