"""What is said of many jobs at once: the question, the confirmation, the end, and their lines in the list. Pure."""

from collections.abc import Sequence

from bot.domain.pattern import MAX_JOBS, Kept, Pattern
from bot.domain.status_filter import StatusFilter
from bot.domain.tracked_job import TrackedJob
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import UnwatchAll, WatchAll
from bot.slack.grammar.patterns import PatternRef
from bot.slack.grammar.writer import command_line
from bot.slack.messages.blocks import Line, Message, bold, channel, code, message, outside, person
from bot.slack.messages.buttons import button, stop_pattern_button
from bot.slack.messages.delivery_problems import obstacle
from bot.slack.messages.text import counted, shorten, status_emoji, status_words, told_when

_NAMED = 5
_OTHERS = 10
_LISTED = 6
_ALL = StatusFilter()


def question(command: WatchAll, names: Sequence[str]) -> Message:
    """More jobs than somebody may have had in mind: asked before anything is done, with the answer as a button."""
    count = command.confirmed
    named = ", ".join(outside(name, 60) for name in names[:_NAMED])
    more = f" … and {count - _NAMED:,} more" if count > _NAMED else ""
    return message(
        [bold(f"That is {count:,} jobs"), f": {named}{more}."],
        ["Is that what you mean? If not, just ignore this, and say it again with fewer."],
        buttons=[button(f"Watch all {count:,}", command)],
    )


def too_many(count: int) -> Message:
    return message(
        [f"⚠️ That is {count:,} jobs, and of one pattern I take {MAX_JOBS:,} at most. Nothing was changed."],
        ["Say it with a pattern that fits fewer names."],
    )


def no_list(reason: str, remedy: str, *, command: str) -> Message:
    """Who is to know what is new must see the organisation's list."""
    return message(
        ["⚠️ To watch many jobs I need the organisation's list of jobs, and can't have it: ", f"{reason}."],
        [remedy],
        ["One job by its IDs works all the same: ", code(outside(f"{command} watch DATAFLOW RUN", 200))],
    )


def now_watching(pattern: Pattern, worst: Sequence[TrackedJob], *, by: str, to_person: bool) -> Message:
    """The confirmation, where its news will be told: how many jobs, what is told of each, and the worst of them."""
    if to_person:
        what: Line = ["👀 I'll tell you here about ", *_name(pattern)]
    else:
        what = ["👀 ", person(by), " made this channel watch ", *_name(pattern)]
    told = f". Told of each: {told_when(pattern.status_filter)}."
    return message(
        [*what, f": {_how_many(pattern)}", told], *_now(pattern, worst), buttons=[stop_pattern_button(pattern)]
    )


def watching_differently(pattern: Pattern, worst: Sequence[TrackedJob], *, by: str, to_person: bool) -> Message:
    if to_person:
        what: Line = ["👀 From now on I'll tell you about ", *_name(pattern)]
    else:
        what = ["👀 ", person(by), " changed what this channel is told about ", *_name(pattern)]
    return message([*what, f". From now on of each: {told_when(pattern.status_filter)}."], *_now(pattern, worst))


def already_watching(pattern: Pattern, *, to_person: bool) -> Message:
    return message(
        ["You already watch " if to_person else "This channel already watches ", *_name(pattern), "."],
        [f"{counted(pattern.jobs, 'job')}. Told of each: {told_when(pattern.status_filter)}."],
    )


def watching_elsewhere(pattern: Pattern, *, to_person: bool) -> Message:
    """To the person who asked for another place to be told."""
    where: Line = ["I'll tell you by direct message"] if to_person else [channel(pattern.destination.id), " is told"]
    return message(["👀 ", *where, " about ", *_name(pattern), f": {_how_many(pattern)}."])


def no_longer_watching(pattern: Pattern, *, by: str, to_person: bool) -> Message:
    if to_person:
        return message(["🔕 I won't tell you any more about ", *_name(pattern), "."])
    return message(["🔕 ", person(by), " made this channel stop watching ", *_name(pattern), "."])


def was_not_watching(glob: str | None, here: Sequence[Pattern], *, to_person: bool, command: str) -> Message:
    """There is no such pattern; which there are, if any."""
    watches = "You don't watch " if to_person else "This channel doesn't watch "
    first: Line = [watches, code(outside(str(PatternRef(glob)), 100)), "."]
    if not here:
        return message(first, ["What is watched: ", code(f"{command} list")])
    named = ", ".join(outside(str(PatternRef(pattern.glob)), 60) for pattern in here[:_OTHERS])
    return message(first, [f"What is watched so: {named}."])


def belongs_to_pattern(kept: Kept, *, to: str | None, command: str) -> Message:
    """One job of a pattern can't be taken out of it: how to have peace from it all the same."""
    ours = " to me" if to == ME else ""
    ended = "You named it too, and that is over; but it" if kept.was_named else "It"
    return message(
        [bold(outside(kept.job.title)), " stays watched: ", ended, " belongs to ", *_name(kept.pattern), "."],
        ["For a while without it: ", code(outside(f"{command} mute {kept.job.target} 1d{ours}", 200))],
        ["The end of them all: ", code(outside(f"{command} {command_line(UnwatchAll(kept.pattern.glob, to))}", 200))],
    )


def list_lines(here: Sequence[Pattern], room: int) -> Sequence[Line]:
    """A line for each pattern, above the jobs in the list, its name in about `room` characters; below it what is out of
    the ordinary."""
    lines = [line for pattern in here[:_LISTED] for line in _list_lines(pattern, room)]
    return [*lines, *([[f"… and {len(here) - _LISTED} more patterns"]] if len(here) > _LISTED else [])]


def _list_lines(pattern: Pattern, room: int) -> Sequence[Line]:
    on = f", on {shorten(pattern.status_filter.text, room)}" if pattern.status_filter != _ALL else ""
    name = bold(outside(str(PatternRef(pattern.glob)), room + len("all matching ")))
    lines: list[Line] = [["👀 ", name, f": {counted(pattern.jobs, 'job')}{on}, by ", person(pattern.created_by)]]
    if pattern.paused_because is not None:
        lines.append([f"      ⏸ paused: {obstacle(pattern.paused_because).why}"])
    elif pattern.failure is not None:
        lines.append([f"      ⚠️ I can't find all new ones now: {outside(pattern.failure, 2 * room)}"])
    return lines


def _name(pattern: Pattern) -> Line:
    if pattern.glob is None:
        return [bold("all jobs")]
    return ["all jobs matching ", bold(outside(pattern.glob))]


def _how_many(pattern: Pattern) -> str:
    return f"{counted(pattern.jobs, 'job')} now, and those to come" if pattern.jobs else "none now, but those to come"


def _now(pattern: Pattern, worst: Sequence[TrackedJob]) -> Sequence[Line]:
    if not worst:
        return []
    shown = [
        f"{status_emoji(job.status)} {outside(job.title, 60)} {status_words(job.status, 40)}" for job in worst[:_NAMED]
    ]
    more = f" … and {pattern.jobs - len(shown):,} more" if pattern.jobs > len(shown) else ""
    return [[f"Now, the worst first: {' · '.join(shown)}{more}"]]
