"""What is watched here."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.domain.job import JobRef, Target
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Subscription, WatchedPage
from bot.slack.messages.alerts.contacts import brief_contact
from bot.slack.messages.blocks import Line, Message, bold, code, message, moment, person, room_for_names, sanitize
from bot.slack.messages.delivery_problems import delivery_problem
from bot.slack.messages.text import counted, shorten, since, status_icon, status_words, typed

JOBS_PER_PAGE = 20
_INDENT = "      "
_ALL_CHANGES = StatusFilter()


def _nothing(room: int) -> Sequence[Line]:
    return []


def watch_list(
    watched: WatchedPage,
    *,
    to_person: bool,
    command: str,
    above: Callable[[int], Sequence[Line]] = _nothing,
) -> Message:
    """One page of what is watched here. A page beyond the last one is said not to exist.

    `above` makes the lines about patterns for the top of the first page, with a given room for each name.
    """
    header = list_header(watched, to_person=to_person)
    if not watched.total:
        return message(header, *(above(60) or [["Watch one: ", code(f"{command} watch NAME")]]))
    number, pages = watched.number, watched.pages
    if number > pages:
        return message(header, *no_such_page(number, pages, f"{command} list"))
    top = above if number == 1 else _nothing

    def body(room: int) -> list[Line]:
        return [*top(room), *(line for one in watched.subscriptions for line in _lines(one, room))]

    lines: list[Line] = [header, *body(room_for_names(body))]
    if pages > 1:
        following: Line = [" · Next: ", code(f"{command} list page {number + 1}")] if number < pages else []
        lines.append([f"Page {number} of {pages}", *following])
    return message(*lines)


def list_header(watched: WatchedPage, *, to_person: bool) -> Line:
    """How many jobs are watched here, and for how many of them alerts are off."""
    if not watched.total:
        return [f"{'You don' if to_person else 'This channel doesn'}'t watch any jobs yet."]
    notes = [
        f" · {watched.muted:,} muted" if watched.muted else "",
        f" · alerts for {watched.paused:,} paused" if watched.paused else "",
    ]
    who = "You watch" if to_person else "This channel watches"
    return [bold(f"{who} {counted(watched.total, 'job')}"), *filter(None, notes)]


def no_such_page(number: int, pages: int, listing: str) -> Sequence[Line]:
    """A page beyond the last one; `listing` is the command of the first page."""
    there_are = "there is only one page" if pages == 1 else f"the last page is {pages:,}"
    return [[f"There is no page {number:,}: {there_are}."], ["See it: ", code(f"{listing} page {pages}")]]


def _lines(one: Subscription, room: int) -> list[Line]:
    """A job in the list, its name in `room` characters; below it whatever is unusual."""
    job = one.job
    line: Line = [
        f"{status_icon(job.status)} ",
        bold(sanitize(job.title, room)),
        f" · {status_words(job.status, min(40, 2 * room))} {since(is_exact=job.since_is_exact)} ",
        moment(job.status_since),
        *_run(job.target),
        f" · on {shorten(one.status_filter.text, room)}" if one.status_filter != _ALL_CHANGES else "",
        " · by ",
        person(one.created_by),
        *brief_contact(one.contact, room),
    ]
    return [line, *([_INDENT, *note] for note in _notes(one, room))]


def _run(target: Target) -> Line:
    """The IDs, if a single run is watched."""
    return [" · ", code(typed(target))] if isinstance(target, JobRef) else []


def _notes(one: Subscription, room: int) -> list[Line]:
    notes: list[Line] = []
    if one.muted_until is not None:
        by: Line = [" by ", person(one.muted_by)] if one.muted_by else []
        notes.append(["🔇 Muted until ", moment(one.muted_until), *by])
    if one.job.failure is not None:
        why = f"📵 Can't check it now ({sanitize(one.job.failure, 2 * room)}) · last checked "
        notes.append([why, moment(one.job.polled_at)])
    if one.paused_because is not None:
        notes.append(_paused(one.paused_because, one.paused_at))
    if one.given_up_because is not None:
        at: Line = [" of ", moment(one.given_up_at)] if one.given_up_at else []
        why = delivery_problem(one.given_up_because).reason
        notes.append(["📭 Alert", *at, f" dropped after 24 h: {why}"])
    return notes


def _paused(why: str, at: datetime | None) -> Line:
    since: Line = [" since ", moment(at)] if at else []
    problem = delivery_problem(why)
    resume = " and alerts resume" if problem.resumes_alerts else ", then watch it again"
    return ["🚧 Alerts paused", *since, f": {problem.reason}. {problem.to_do}{resume}."]
