"""A digest as one message: a lone job in full, a few on a line each, or how many and the worst of them."""

from collections.abc import Iterator, Sequence
from typing import Any

from bot.domain.job import JobLink
from bot.domain.notification.confirmations import Confirmation
from bot.domain.notification.digest import MOST_NAMED, Digest, ListPart, Path
from bot.domain.notification.jobs import StillFailing
from bot.domain.notification.reminders import Reminder
from bot.domain.notification.service import OutageEnded, Resumed
from bot.domain.notification.summaries import ScheduledDigest, Summary
from bot.slack.messages.alerts import confirmations
from bot.slack.messages.alerts.actions import Above
from bot.slack.messages.alerts.contacts import owners_line
from bot.slack.messages.alerts.jobs import alert, first_line
from bot.slack.messages.alerts.lines import JobItem
from bot.slack.messages.alerts.many import few, list_part, many, menus, show_all_button, summary
from bot.slack.messages.alerts.service import Paragraph, paragraphs
from bot.slack.messages.blocks import Entry, Message, fallback, joined, long_message, room_for_names
from bot.slack.messages.channel.digests import scheduled_digest
from bot.slack.messages.text import escape

_TEXT_LIMIT = 3_800  # Slack recommends at most 4,000 characters


def digest_message(digest: Digest, link: JobLink | None = None, above: Above | None = None) -> Message:
    """Render everything that waits for a destination. The fallback text alone says what happened. `link` leads to a
    job's page; a reply in a thread has something `above`."""
    match digest.items:
        case (ListPart() as part,):
            return list_part(part)
        case (ScheduledDigest() as scheduled,):
            return scheduled_digest(scheduled)
        case (item,) if isinstance(item, JobItem):
            return alert(item, link, above)
        case (item,) if isinstance(item, Confirmation):
            return confirmations.confirmation_message(item, later=True)
    room = room_for_names(lambda room: (entry.line for entry in _entries(digest, room)))
    entries, jobs = list(_entries(digest, room)), digest.jobs
    if not jobs:
        return long_message(entries)
    notices = [fallback(one.line) for one, _ in _paragraphs(digest, room)]
    confirmed = [fallback(confirmations.summary(len(found)))] if (found := _confirmed(digest)) else []
    text = _within_limit([*notices, _said(jobs), *confirmed])
    return long_message(entries, buttons=_buttons(jobs, above), text=text)


def _said(jobs: Sequence[JobItem]) -> str:
    """The jobs in the fallback text: one in full, several by name, or the number of each kind."""
    return fallback(first_line(jobs[0])) if len(jobs) == 1 else escape(summary(jobs))


def _within_limit(parts: Sequence[str]) -> str:
    """As many parts as a fallback text holds, at least one."""
    text = parts[0]
    for part in parts[1:]:
        if len(text) + len(part) > _TEXT_LIMIT:
            break
        text = f"{text} · {part}"
    return text


def _entries(digest: Digest, room: int) -> Iterator[Entry]:
    """What concerns more than one job, the jobs, and what people did; each name in `room` characters."""
    others, jobs = _paragraphs(digest, room), digest.jobs
    if others:
        headline = [*joined([one.line for one, _ in others]), _meanwhile(digest)]
        yield Entry(headline, sum(one.items for one, _ in others))
    for one, details in others:
        if len(others) > 1 and details:
            yield Entry(one.line)
        yield from details
    yield from few(jobs, room) if len(jobs) <= MOST_NAMED else many(jobs, room)
    yield from map(Entry, owners_line(job for job in jobs if isinstance(job, Path | StillFailing | Reminder)))
    yield from (Entry(confirmations.line(item, room), 1) for item in _confirmed(digest))


def _paragraphs(digest: Digest, room: int) -> list[Paragraph]:
    items = [item for item in digest.items if not isinstance(item, JobItem | Confirmation | Summary | ListPart)]
    return paragraphs(items, room, others_follow=bool(digest.jobs))


def _confirmed(digest: Digest) -> list[Confirmation]:
    return [item for item in digest.items if isinstance(item, Confirmation)]


def _meanwhile(digest: Digest) -> str:
    """What follows the end of an outage or of a pause. It claims nothing about jobs that can't be checked yet."""
    if any(isinstance(item, Path) for item in digest.items):
        has_ended = any(isinstance(item, OutageEnded | Resumed) for item in digest.items)
        return " · changes meanwhile:" if has_ended else ""
    return " · no changes so far" if any(isinstance(item, OutageEnded) for item in digest.items) else ""


def _buttons(jobs: Sequence[JobItem], above: Above | None) -> list[dict[str, Any]]:
    show_all = [show_all_button(len(jobs))] if len(jobs) > MOST_NAMED else []
    return [*show_all, *menus(jobs, above)]
