"""A digest as one message: a lone job in full, or a headline and a line for each job."""

from collections import Counter
from collections.abc import Iterator, Sequence

from bot.domain.job import Status
from bot.domain.notification import Confirmation, Digest, OutageEnded, Path, Resumed
from bot.slack.messages.alerts import confirmations
from bot.slack.messages.alerts.contacts import owners_line
from bot.slack.messages.alerts.jobs import (
    KINDS,
    JobItem,
    alert,
    brief,
    line,
    line_in_group,
    words_limit,
)
from bot.slack.messages.alerts.service import paragraphs
from bot.slack.messages.blocks import Entry, Line, Message, bold, joined, long_message, room_for_names
from bot.slack.messages.text import counted, status_icon, status_text, status_words

_JOBS_NAMED = 3
_STATUSES_COUNTED = 5


def digest_message(digest: Digest) -> Message:
    """Render everything that waits for a destination. The first line alone says it all."""
    match digest:
        case Digest(items=(item,), more=0) if isinstance(item, JobItem):
            return alert(item)
        case Digest(items=(item,), more=0) if isinstance(item, Confirmation):
            return confirmations.confirmation_message(item, later=True)
    room = room_for_names(lambda room: (entry.line for entry in _entries(digest, room)))
    return long_message(list(_entries(digest, room)), items=len(digest.items), follow=digest.more)


def _entries(digest: Digest, room: int) -> Iterator[Entry]:
    """A headline, what concerns more than one job, the jobs, and what people did; each name in `room` characters."""
    jobs = [item for item in digest.items if isinstance(item, JobItem)]
    confirmed = [item for item in digest.items if isinstance(item, Confirmation)]
    others = paragraphs([item for item in digest.items if not isinstance(item, JobItem | Confirmation)], room)
    headline = [summary.line for summary, _ in others]
    headline += [_summary(jobs, room)] if jobs else []
    headline += [confirmations.summary(len(confirmed))] if confirmed else []
    headline += [[f"{digest.more:,} more follow"]] if digest.more else []
    yield Entry(joined(headline), sum(summary.items for summary, _ in others))
    for summary, details in others:
        if len(others) > 1 and details:
            yield Entry(summary.line)
        yield from details
    yield from _meanwhile(digest)
    yield from map(Entry, owners_line(job for job in jobs if isinstance(job, Path)))
    yield from _grouped(jobs, room) if len(jobs) > _JOBS_NAMED else (Entry(line(job, room), 1) for job in jobs)
    yield from (Entry(confirmations.line(item, room), 1) for item in confirmed)


def _summary(jobs: Sequence[JobItem], room: int) -> Line:
    """The jobs by name, or the number of each kind."""
    if len(jobs) <= _JOBS_NAMED:
        return joined([brief(job, room) for job in jobs])
    counts = Counter(job.status for job in jobs if isinstance(job, Path))
    changes = [f"{status_icon(s)} {count} {status_words(s, 40)}" for s, count in counts.items()]
    if len(changes) > _STATUSES_COUNTED:
        changes[_STATUSES_COUNTED:] = [f"{sum([*counts.values()][_STATUSES_COUNTED:])} others"]
    parts = [f"{counted(counts.total(), 'job')} changed: {' · '.join(changes)}"] if counts else []
    for kind, (icon, summary, _) in KINDS.items():
        if count := sum(isinstance(job, kind) for job in jobs):
            parts.append(f"{icon} {counted(count, 'job')} {summary}")
    return [" · ".join(parts)]


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


def _meanwhile(digest: Digest) -> Iterator[Entry]:
    """What follows the end of an outage or of a pause. It claims nothing about jobs that can't be checked yet."""
    if not any(isinstance(item, OutageEnded | Resumed) for item in digest.items):
        return
    if digest.more or any(isinstance(item, Path) for item in digest.items):
        yield Entry(["Changes in the meantime:"])
    elif any(isinstance(item, OutageEnded) for item in digest.items):
        yield Entry(["No changes so far."])
