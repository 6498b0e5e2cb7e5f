"""What is watched here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.domain.destination import is_direct_message
from bot.domain.job import JobRef
from bot.domain.pattern import Pattern
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Subscription, WatchedPage
from bot.slack.grammar.commands import History, Mute, ShowStatus, Unmute
from bot.slack.grammar.presses import AskToStop, ChangeWatch, Press, TurnListPage
from bot.slack.messages.alerts.contacts import mention
from bot.slack.messages.blocks import (
    Line,
    Message,
    bold,
    code,
    fallback,
    joined,
    message,
    moment,
    row,
    sanitize,
)
from bot.slack.messages.buttons import overflow, page_buttons, resume_button
from bot.slack.messages.delivery_problems import delivery_problem
from bot.slack.messages.muting import mute_note
from bot.slack.messages.patterns import list_lines
from bot.slack.messages.reminding.words import in_row
from bot.slack.messages.text import (
    ago,
    counted,
    duration,
    escape,
    known_to_last,
    remaining,
    shorten,
    status_icon,
    status_words,
    unbroken,
)

JOBS_PER_PAGE = 15
# How long a name may be: the first that leaves room for the rest of the page.
_ROOMS = (60, 30, 10)
_TEXT_LIMIT = 9_800  # characters in the blocks: Slack refuses about 11,000
_REASONS, _PEOPLE_NAMED = 3, 4
_MUTE = timedelta(hours=1)
_GIVEN_UP_AFTER = unbroken(24, "h")  # of retries
_ALL_CHANGES = StatusFilter()


def watch_list(
    watched: WatchedPage,
    patterns: Sequence[Pattern],
    *,
    place: str,
    command: str,
    now: datetime,
    above: Sequence[Line] = (),
) -> Message:
    """One page of what is watched in a channel or, in direct messages, by the person; the first begins with patterns.
    A page beyond the last one is said not to exist. `above` all stands why no alerts come now."""
    to_person = is_direct_message(place)
    header = list_header(watched, to_person=to_person)
    if not watched.total:
        top = list_lines(patterns, _ROOMS[0]) or [["Watch one: ", code(f"{command} watch NAME")]]
        return message(*above, header, *top)
    if watched.number > watched.pages:
        return message(header, *no_such_page(watched.number, watched.pages, f"{command} list"))
    top = [*above, header, *_causes(watched)]
    made = (_page(watched, top, patterns, place, room, now) for room in _ROOMS)
    return next(page for page in made if _length(page.blocks) <= _TEXT_LIMIT)


def list_header(watched: WatchedPage, *, to_person: bool) -> Line:
    """How many jobs are watched here, and for how many of them alerts are off."""
    total = watched.total + watched.pending
    if not total:
        return [f"{'You don' if to_person else 'This channel doesn'}'t watch any jobs yet."]
    notes = [
        f" · {watched.pending:,} not looked up yet" if watched.pending else "",
        f" · {watched.muted:,} muted" if watched.muted else "",
        f" · alerts for {watched.paused:,} paused" if watched.paused else "",
    ]
    who = "You watch" if to_person else "This channel watches"
    return [bold(f"{who} {counted(total, 'job')}"), *filter(None, notes)]


def no_such_page(number: int, pages: int, listing: str) -> Sequence[Line]:
    """A page beyond the last one; `listing` is the command of the first page."""
    there_are = "there is only one page" if pages == 1 else f"the last page is {pages:,}"
    return [[f"There is no page {number:,}: {there_are}."], ["See it: ", code(f"{listing} page {pages}")]]


def silence(one: Subscription) -> list[Line]:
    """Why alerts for a job don't come, or one didn't."""
    notes: list[Line] = []
    if one.muted_until is not None:
        notes.append(mute_note(one.muted_by, one.muted_until, until_change=one.muted_until_change))
    if one.paused_because is not None:
        at: Line = [" since ", moment(one.paused_at)] if one.paused_at else []
        notes.append(["🚧 Alerts paused", *at, f": {_remedied(one.paused_because)}"])
    if one.given_up_because is not None:
        notes.append(_given_up(one.given_up_because, one.given_up_at))
    return notes


def _page(
    watched: WatchedPage, top: Sequence[Line], patterns: Sequence[Pattern], place: str, room: int, now: datetime
) -> Message:
    number, pages = watched.number, watched.pages
    lines = [*top, *(list_lines(patterns, room) if number == 1 else [])]
    texts = [_row(one, room, now) for one in watched.subscriptions]
    rows = [row(text, _menu(one)) for text, one in zip(texts, watched.subscriptions, strict=True)]
    page = f"Page {number} of {pages} · " if pages > 1 else ""
    people = _people(watched.subscriptions)
    small: list[Line] = [[page, *people[0]], *people[1:]]
    buttons = page_buttons(number, pages, TurnListPage)
    buttons += [resume_button(place)] if watched.paused and not is_direct_message(place) else []
    spoken = [*map(fallback, lines), *map(escape, texts), *map(fallback, small)]
    return message(*lines, below=rows, small=small, buttons=buttons, text="\n".join(spoken))


def _causes(watched: WatchedPage) -> list[Line]:
    """Each cause once, however many jobs it concerns."""
    lines: list[Line] = []
    for why, count in _most_frequent(watched.failures):
        known = "the status is the last one seen" if count == 1 else "their statuses are the last ones seen"
        lines.append([f"📵 Can't check {counted(count, 'job')} now: {sanitize(why, 120)}; {known}."])
    for why, count in _most_frequent(watched.pauses):
        lines.append([f"🚧 Alerts for {counted(count, 'job')} are paused: {_remedied(why)}"])
    return lines


def _most_frequent(reasons: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    return list(reasons.items())[:_REASONS]


def _remedied(why: str) -> str:
    problem = delivery_problem(why)
    resume = " and alerts resume" if problem.resumes_alerts else ", then press Resume alerts or watch it again"
    return f"{problem.reason}. {problem.to_do}{resume}."


def _row(one: Subscription, room: int, now: datetime) -> str:
    """A job, its status and for how long, which changes are alerted on unless it is all of them, and whatever keeps
    alerts away. The causes stand above all rows."""
    job = one.job
    run = f" (run {job.target.run})" if isinstance(job.target, JobRef) else ""
    parts = [
        f"{status_icon(job.status)} {sanitize(job.title, room)}{run}",
        f"{status_words(job.status, min(40, 2 * room))} {known_to_last(job.lasted(now))}".strip(),
        f"on {shorten(one.status_filter.text, room)}" if one.status_filter != _ALL_CHANGES else "",
        in_row(one.reminding),
        f"{unbroken('📵', 'last')} checked {ago(now - job.polled_at)}" if not job.is_known(now) else "",
        _muted(one, now),
        unbroken("🚧", "paused") if one.paused_because is not None else "",
        _dropped(one),
    ]
    return " · ".join(filter(None, parts))


def _muted(one: Subscription, now: datetime) -> str:
    if one.muted_until is None:
        return ""
    if one.silence_id is not None:
        return unbroken("🔇", "maintenance")
    if one.muted_until_change:
        return f"{unbroken('🔇', 'muted')} until it changes"
    return f"{unbroken('🔇', 'muted,')} {unbroken(remaining(one.muted_until - now), 'left')}"


def _people(subscriptions: Sequence[Subscription]) -> Sequence[Line]:
    """Who made the watches on this page, whom they call and tell, and who muted some: said once, not in each row."""
    muted = [one.muted_by for one in subscriptions if one.silence_id is None and one.muted_by is not None]
    owners = [one.contact.owner for one in subscriptions if one.contact.owner is not None]
    told = [one.reminding.escalation.to for one in subscriptions if one.reminding.escalation is not None]
    lines = [_named("Watched by ", [one.created_by for one in subscriptions])]
    lines += [_named("Owned by ", owners)] if owners else []
    lines += [_named("Escalates to ", told)] if told else []
    return [*lines, *([_named("Muted by ", muted)] if muted else [])]


def _named(what: str, people: Sequence[str]) -> Line:
    """The people, who did most of it first."""
    most = Counter(people).most_common()
    left = len(most) - _PEOPLE_NAMED
    named: list[Line] = [[mention(who)] for who, _ in most[:_PEOPLE_NAMED]]
    return [what, *joined(named, ", "), *([f", and {left:,} more"] if left > 0 else [])]


def _given_up(why: str, at: datetime | None) -> Line:
    of: Line = [" of ", moment(at)] if at else []
    return ["📭 Alert", *of, f" dropped after {_GIVEN_UP_AFTER}: {delivery_problem(why).reason}"]


def _dropped(one: Subscription) -> str:
    why = one.given_up_because
    return f"{unbroken('📭', 'an')} alert was dropped: {delivery_problem(why).reason}" if why is not None else ""


def _menu(one: Subscription) -> dict[str, Any] | None:
    target = one.job.target
    mute: tuple[str, Press] = (f"Mute for {duration(_MUTE)}", Mute(target, _MUTE, None))
    if one.muted_until is not None:
        mute = ("Unmute", Unmute(target))
    return overflow(
        [
            ("Show status", ShowStatus(target)),
            mute,
            ("History", History(target)),
            ("Change…", ChangeWatch(target)),
            ("Stop watching…", AskToStop(target)),
        ]
    )


def _length(blocks: object) -> int:
    """Characters of text, as Slack counts them for a message."""
    if isinstance(blocks, dict):
        own = blocks.get("text")
        return (len(own) if isinstance(own, str) else 0) + sum(map(_length, blocks.values()))
    return sum(map(_length, blocks)) if isinstance(blocks, list | tuple) else 0
