"""Many jobs in one message: their number, the worst by name, and the full list as replies in its thread."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TypeGuard

from bot.domain.job import Status
from bot.domain.notification.digest import MOST_NAMED, ListPart, Path
from bot.domain.notification.jobs import JobAvailableAgain, JobUnavailable, StillFailing
from bot.domain.notification.reminders import Escalated, Reminder
from bot.domain.status_filter import is_problem
from bot.slack.grammar.presses import ShowAll
from bot.slack.messages.alerts.actions import Above, acknowledge_menu, status_menu
from bot.slack.messages.alerts.lines import (
    KINDS,
    Failing,
    JobItem,
    brief_line,
    line,
    line_in_group,
    named,
    status_in,
    words_limit,
)
from bot.slack.messages.blocks import (
    Entry,
    Line,
    Message,
    bold,
    joined,
    long_message,
    room_for_names,
    sanitize,
)
from bot.slack.messages.buttons import button
from bot.slack.messages.text import capitalized, counted, status_icon, status_text, status_words, unbroken

_STATUSES_COUNTED = 5
_NAME_IN_TEXT = 60
_REASONS = 2
IN_MENU = 10


def few(jobs: Sequence[JobItem], room: int) -> list[Entry]:
    """A line for each job; one for all that can't be checked for the same reason, and one for all that can again."""
    return [
        Entry(line(group[0], room) if len(group) == 1 else _together(group, room), len(group))
        for group in _same_cause(jobs)
    ]


def many(jobs: Sequence[JobItem], room: int) -> list[Entry]:
    """What happened to how many, then the worst on a line each."""
    return [Entry([bold(capitalized(summary(jobs)))]), *(Entry(brief_line(job, room), 1) for job in jobs[:MOST_NAMED])]


def summary(jobs: Sequence[JobItem]) -> str:
    """What happened to how many: `2 jobs changed: ❌ orders, ✅ clicks`, `200 jobs changed: ❌ 198 Running with Error`,
    and the number of each other kind."""
    paths = [job for job in jobs if isinstance(job, Path)]
    what = _by_name(paths) if len(jobs) <= MOST_NAMED else _by_status(paths)
    parts = [f"{counted(len(paths), 'job')} changed: {what}"] if paths else []
    for kind, (icon, happened, _) in KINDS.items():
        if found := [job for job in jobs if isinstance(job, kind)]:
            count = counted(len(found), "job")
            what = f"Can't check {count}{_reasons(found)}" if kind is JobUnavailable else f"{count} {happened}"
            what += f": {_by_name(found)}" if kind in (Reminder, Escalated) and len(jobs) <= MOST_NAMED else ""
            parts.append(f"{icon} {what}")
    return " · ".join(parts)


def _by_name(jobs: Sequence[JobItem]) -> str:
    return ", ".join(f"{status_icon(job.status)} {sanitize(job.title, _NAME_IN_TEXT)}" for job in jobs)


def _by_status(paths: Sequence[Path]) -> str:
    counts = Counter(path.status for path in paths)
    said = [f"{unbroken(status_icon(one), f'{count:,}')} {status_words(one, 40)}" for one, count in counts.items()]
    if len(said) > _STATUSES_COUNTED:
        said[_STATUSES_COUNTED:] = [f"{sum([*counts.values()][_STATUSES_COUNTED:]):,} others"]
    return " · ".join(said)


def menus(jobs: Sequence[JobItem], above: Above | None = None) -> list[dict[str, Any]]:
    """For the jobs that fail: who takes care of which, unless that is asked `above`; and what is known of it."""
    failing = [job for job in jobs if _needs_somebody(job)][:IN_MENU]
    began = [(job.title, job.target, job.last.at if isinstance(job, Path) else job.at) for job in failing]
    asks = above is None or (above.repeats_buttons and not above.acknowledged)
    return [*(acknowledge_menu(began) if asks else []), *status_menu([(job.title, job.target) for job in failing])]


def show_all_button(count: int) -> dict[str, Any]:
    """Open the full list, with a search."""
    return button(f"Show all {count:,}", ShowAll())


def list_part(part: ListPart) -> Message:
    """A part of the full list: the jobs under a header for each status and kind."""

    def entries(room: int) -> Iterator[Entry]:
        yield Entry([f"{part.first:,}–{part.last:,} of {counted(part.total, 'job')}"])
        yield from _grouped(part.items, room)

    room = room_for_names(lambda room: (entry.line for entry in entries(room)))
    return long_message(list(entries(room)))


def _needs_somebody(job: JobItem) -> TypeGuard[Failing]:
    if isinstance(job, Path):
        return is_problem(job.status) and not job.last.ends
    return isinstance(job, StillFailing | Reminder) or (isinstance(job, Escalated) and job.watched_by is None)


def _same_cause(jobs: Sequence[JobItem]) -> list[list[JobItem]]:
    groups: dict[object, list[JobItem]] = {}
    for number, job in enumerate(jobs):
        match job:
            case JobUnavailable(reason=reason):
                cause: object = (JobUnavailable, reason)
            case JobAvailableAgain():
                cause = JobAvailableAgain
            case _:
                cause = number
        groups.setdefault(cause, []).append(job)
    return list(groups.values())


def _together(group: Sequence[JobItem], room: int) -> Line:
    first, count = group[0], counted(len(group), "job")
    jobs = joined([[*named(job, room), f" {status_in(job, room)}"] for job in group], ", ")
    if isinstance(first, JobUnavailable):
        return [f"📵 Can't check {count}: {sanitize(first.reason, 2 * room)} · last seen: ", *jobs]
    return [f"📶 {count} can be checked again: ", *jobs]


def _reasons(jobs: Sequence[JobItem]) -> str:
    """Why jobs can't be checked, the commonest reasons first, each once."""
    reasons = Counter(job.reason for job in jobs if isinstance(job, JobUnavailable)).most_common()
    said = [sanitize(reason, 60) for reason, _ in reasons[:_REASONS]]
    others = [f"{len(reasons) - _REASONS} other reasons"] if len(reasons) > _REASONS else []
    return f": {', '.join([*said, *others])}" if said else ""


def _grouped(jobs: Sequence[JobItem], room: int) -> Iterator[Entry]:
    """The jobs under a header for each status and kind, in the order of the digest."""
    groups: dict[Status | type, list[JobItem]] = {}
    for job in jobs:
        groups.setdefault(job.status if isinstance(job, Path) else type(job), []).append(job)
    for kind, group in groups.items():
        yield Entry([bold(f"{_header(kind, room)} ({len(group)})")])
        yield from (Entry(line_in_group(job, room), 1) for job in group)


def _header(kind: Status | type, room: int) -> str:
    if isinstance(kind, Status):
        return status_text(kind, words_limit(room))
    icon, _, header = KINDS[kind]
    return f"{icon} {header}"
