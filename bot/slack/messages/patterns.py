"""Watches of many jobs at once: the question before, the confirmations, and the lines in the list."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.notification.confirmations import JobThen, PatternConfirmation
from bot.domain.pattern import MAX_JOBS, Kept, Pattern, TooManyPatterns
from bot.domain.status_filter import StatusFilter
from bot.domain.tracked_job import TrackedJob
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import UnwatchAll, WatchAll
from bot.slack.grammar.references import Name
from bot.slack.grammar.writer import command_line
from bot.slack.messages.alerts.contacts import brief_contact, contact_lines
from bot.slack.messages.blocks import Line, Message, bold, code, message, moment, person, sanitize
from bot.slack.messages.buttons import stop_pattern_button, watch_all_button
from bot.slack.messages.confirmations import (
    already_started,
    filter_changed,
    muted_lines,
    started,
    started_elsewhere,
    stopped,
)
from bot.slack.messages.delivery_problems import delivery_problem
from bot.slack.messages.reminding.words import brief_reminding, reminding_lines
from bot.slack.messages.text import counted, filter_text, listed, shorten, status_text

JOBS_NAMED = 5
_OTHERS = 10
_LISTED = 6
_LONGEST_NAME = 90  # in a line to copy
_INDENT = "      "
_ALL_CHANGES = StatusFilter()

# ── before ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def question(command: WatchAll, names: list[str]) -> Message:
    """Ask before watching more jobs than somebody may have expected. The button agrees to the command's number."""
    count = command.confirmed
    named = listed([sanitize(name, 60) for name in names[:JOBS_NAMED]], count)
    return message(
        [bold(f"That matches {count:,} jobs"), f": {named}."],
        ["Watch them all? If not, ignore this message and use a narrower pattern."],
        buttons=[watch_all_button(command)],
    )


def too_many(count: int) -> Message:
    return message(
        [f"Nothing was changed: that matches {count:,} jobs, and one pattern can cover {MAX_JOBS:,} at most."],
        ["Use a narrower pattern."],
    )


def too_many_patterns(error: TooManyPatterns, *, to_person: bool, command: str) -> Message:
    who = "you have" if to_person or error.by_person else "this channel has"
    where = " in all channels together" if error.by_person else ""
    return message(
        [f"Nothing was changed: {who} {error.limit} patterns{where}, and that is the limit."],
        ["Use one pattern for several, or stop one: ", code(f"{command} unwatch all matching PATTERN")],
    )


def no_list(reason: str, remedy: str, *, command: str) -> Message:
    """The organisation's job list can't be had."""
    return message(
        [f"Watching a pattern needs access to the organisation's job list, and I can't get it: {reason}."],
        [remedy],
        ["You can still watch one job by its IDs: ", code(sanitize(f"{command} watch DATAFLOW RUN", 200))],
    )


# ── confirmations ───────────────────────────────────────────────────────────────────────────────────────────────────


def now_watching(
    pattern: Pattern | PatternConfirmation,
    worst: Sequence[TrackedJob | JobThen],
    *,
    by: str,
    to_person: bool,
    as_of: datetime | None = None,
) -> Message:
    """To the destination: it gets alerts for these jobs from now on. The `worst` of them are named."""
    line = started(pattern_name(pattern.glob), pattern.status_filter, by=by, to_person=to_person)
    matches: Line = [_matched(pattern) if as_of else _matches(pattern)]
    button = stop_pattern_button(pattern.glob)
    lines = [matches, *_statuses(pattern, worst, as_of), *_following(pattern)]
    return message(line, *lines, buttons=[button])


def watching_differently(
    pattern: Pattern | PatternConfirmation,
    worst: Sequence[TrackedJob | JobThen],
    *,
    by: str,
    to_person: bool,
    as_of: datetime | None = None,
) -> Message:
    """To the destination: the filter of its watch changed, whom it calls, or what follows."""
    line = filter_changed(pattern_name(pattern.glob), pattern.status_filter, by=by, to_person=to_person)
    return message(line, *_statuses(pattern, worst, as_of), *_following(pattern))


def already_watching(pattern: Pattern, *, to_person: bool) -> Message:
    line = already_started(pattern_name(pattern.glob), pattern.status_filter, to_person=to_person)
    return message(line, [_matches(pattern)], *_following(pattern))


def watching_elsewhere(pattern: Pattern, *, to_person: bool) -> Message:
    """To the person who asked for alerts in another place."""
    if to_person:
        where = f" by direct message · {filter_text(pattern.status_filter)}"
        return message(["You'll get alerts for ", *pattern_name(pattern.glob), where], [_matches(pattern)])
    line = started_elsewhere(pattern_name(pattern.glob), pattern.status_filter, pattern.destination.id)
    return message(line, [_matches(pattern)])


def no_longer_watching(pattern: Pattern | PatternConfirmation, *, by: str, to_person: bool) -> Message:
    count = pattern.still_watched if isinstance(pattern, PatternConfirmation) else 0
    of_these = f"{counted(count, 'of these jobs is', 'of these jobs are')} still watched in another way."
    left: list[Line] = [[of_these]] if count else []
    return message([*stopped(pattern_name(pattern.glob), by=by, to_person=to_person), "."], *left)


def was_not_watching(glob: str | None, here: Sequence[Pattern], *, to_person: bool, command: str) -> Message:
    """There is no such pattern; those that there are get named."""
    who = "You have" if to_person else "This channel has"
    line: Line = [f"{who} no watch of ", *pattern_name(glob), "."]
    if not here:
        return message(line, ["See what is watched: ", code(f"{command} list")])
    named = listed([_words(pattern.glob, 60) for pattern in here[:_OTHERS]], len(here))
    return message(line, [f"Patterns watched here: {named}."])


def belongs_to_pattern(kept: Kept, *, to: str | None, command: str) -> Message:
    """A single job can't be taken out of a pattern; it can be muted."""
    job, pattern = bold(sanitize(kept.job.title)), pattern_name(kept.pattern.glob)
    first: Line = [job, " is still watched, because the watch of ", *pattern, " includes it."]
    if kept.was_named:
        first = ["The watch of ", job, " itself has ended, but the watch of ", *pattern, " still includes it."]
    ref = Name(kept.job.title) if len(kept.job.title) <= _LONGEST_NAME else kept.job.target
    mute = f"{command} mute {ref} 1d{' to me' if to == ME else ''}"
    unwatch = f"{command} {command_line(UnwatchAll(kept.pattern.glob, to))}"
    return message(
        first,
        ["No alerts for this job for a day: ", code(sanitize(mute, 200))],
        ["Stop watching all of them: ", code(sanitize(unwatch, 200))],
    )


# ── the list ────────────────────────────────────────────────────────────────────────────────────────────────────────


def list_lines(here: Sequence[Pattern], room: int) -> Sequence[Line]:
    """A line for each pattern, its glob in about `room` characters; below it whatever is unusual."""
    lines = [line for pattern in here[:_LISTED] for line in _list_lines(pattern, room)]
    if len(here) > _LISTED:
        lines.append([f"… and {len(here) - _LISTED} more patterns"])
    return lines


def _list_lines(pattern: Pattern, room: int) -> Sequence[Line]:
    on = f" · on {shorten(pattern.status_filter.text, room)}" if pattern.status_filter != _ALL_CHANGES else ""
    lines: list[Line] = [
        [
            "🔎 ",
            bold(_words(pattern.glob, room)),
            f" · {counted(pattern.jobs, 'job')}{on} · watched by ",
            person(pattern.created_by),
            *brief_contact(pattern.contact, room),
            *brief_reminding(pattern.reminding, room),
        ]
    ]
    if pattern.paused_because is not None:
        lines.append([f"{_INDENT}🚧 Alerts paused: {delivery_problem(pattern.paused_because).reason}"])
    elif pattern.failure is not None:
        lines.append([f"{_INDENT}📵 Can't look for new jobs now: {sanitize(pattern.failure, 2 * room)}"])
    return lines


def _following(pattern: Pattern | PatternConfirmation) -> list[Line]:
    """Whether maintenance holds its alerts back, whom they call, and what follows them."""
    until = pattern.until if isinstance(pattern, PatternConfirmation) else None
    return [*muted_lines(until, "them"), *contact_lines(pattern.contact), *reminding_lines(pattern.reminding)]


def pattern_name(glob: str | None, room: int = 100) -> Line:
    return [bold(_words(glob, room))]


def _words(glob: str | None, room: int) -> str:
    return "all jobs" if glob is None else f"all jobs matching {sanitize(glob, room)}"


def _matches(pattern: Pattern | PatternConfirmation) -> str:
    if not pattern.jobs:
        return "No matches yet. New jobs that match will be added."
    verb = "matches" if pattern.jobs == 1 else "match"
    return f"{counted(pattern.jobs, 'job')} {verb} now. New jobs that match will be added."


def _matched(pattern: Pattern | PatternConfirmation) -> str:
    return f"{counted(pattern.jobs, 'job')} matched then. New jobs that match are added."


def _statuses(
    pattern: Pattern | PatternConfirmation, worst: Sequence[TrackedJob | JobThen], as_of: datetime | None
) -> Sequence[Line]:
    if not worst:
        return []
    shown = [
        f"{sanitize(job.title, 60)} {status_text(job.status, 40)}{' (last seen)' if job.failure is not None else ''}"
        for job in worst[:JOBS_NAMED]
    ]
    when: Line = ["As of ", moment(as_of)] if as_of else ["Now"]
    return [[*when, f", worst first: {listed(shown, max(pattern.jobs, len(shown)))}"]]
