"""What an alert says about one job: alone, in a headline, on a line, and on a line under a header."""

from collections.abc import Sequence
from typing import Any

from bot.domain.change import Change
from bot.domain.notification import (
    JobAdded,
    JobAvailableAgain,
    JobNotification,
    JobRemoved,
    JobUnavailable,
    Path,
    StillFailing,
)
from bot.slack.messages.alerts.contacts import alert_lines
from bot.slack.messages.blocks import Line, Message, bold, fallback, message, moment, person, sanitize
from bot.slack.messages.buttons import follow_button, show_button, stop_button
from bot.slack.messages.look_up import run_details
from bot.slack.messages.text import (
    capitalized,
    counted,
    duration,
    lasting,
    shorten,
    since,
    status_icon,
    status_text,
    status_words,
)

JobItem = Path | JobNotification

# For several jobs of a kind: an icon, the words that follow their number, and the header above them.
KINDS: dict[type, tuple[str, str, str]] = {
    JobUnavailable: ("📵", "can't be checked", "Can't be checked"),
    JobAvailableAgain: ("📶", "can be checked again", "Can be checked again"),
    StillFailing: ("🔔", "still failing after a mute", "Mute ended, still failing"),
    JobAdded: ("🆕", "added", "New jobs, now watched here"),
    JobRemoved: ("🗑️", "removed", "Removed from the job list, no longer watched"),
}

_NAME_LIMIT = 100
_WORDS_LIMIT = 40
_ENDED = "This watch was for one run only, so it has ended."
_STEPS_SHOWN = 6


def alert(item: JobItem) -> Message:
    """A message about one job. A lock screen shows its first line."""
    first, *more = _lines_alone(item)
    return message(first, *more, text=fallback(first), buttons=_buttons(item))


def _lines_alone(item: JobItem) -> list[Line]:
    room = _NAME_LIMIT
    match item:
        case Path(statuses=(_, _)):
            return [[*_is(item, "is", room), *_what_changed(item, room)], *_details(item), *alert_lines(item)]
        case Path():
            changes = f"{_redeployed(item)} · {_count(item)} since {status_text(item.statuses[0], _WORDS_LIMIT)}"
            return [[*_is(item, "is", room), changes], [_steps(item, words=True)], *_details(item), *alert_lines(item)]
        case JobUnavailable():
            then = ". I'll post here when I can check it again."
            return [
                [*brief(item, room), f" (run {item.ref.run})", _why(item, room)],
                ["Since ", moment(item.since), then],
            ]
        case StillFailing():
            return [
                [*brief(item, room), *_mute_ended(item)],
                [f"{_since(item.since_is_exact)} ", moment(item.since), f" · run {item.ref.run}"],
            ]
    return [line(item, room)]


def brief(item: JobItem, room: int) -> Line:
    """A job in a headline, its name in `room` characters."""
    name = bold(sanitize(item.title, room))
    match item:
        case JobUnavailable():
            return ["📵 Can't check ", name]
        case JobAvailableAgain():
            return ["📶 ", name, f" can be checked again: {_status(item, room)}"]
        case JobAdded():
            return ["🆕 New job ", name, f": {_status(item, room)}"]
        case JobRemoved():
            return ["🗑️ ", name, " was removed from the job list"]
        case StillFailing():
            return _is(item, "is still", room)
    return _is(item, "is", room)


def line(item: JobItem, room: int) -> Line:
    """A job on a line that needs no header."""
    match item:
        case Path():
            return [*_is(item, "is", room), *_what_changed(item, room), f" · run {_run(item)}", _end(item)]
        case JobUnavailable():
            return ["📵 Can't check ", *line_in_group(item, room)]
        case JobAvailableAgain():
            return [*brief(item, room), f" · run {item.ref.run} · {_unavailable(item)}"]
        case JobAdded():
            return [*brief(item, room), f" · run {item.ref.run} · now watched here"]
        case JobRemoved():
            return [*brief(item, room), f" · last seen {_status(item, room)} · no longer watched here"]
    return line_in_group(item, room)


def line_in_group(item: JobItem, room: int) -> Line:
    """A job on a line under the header of its kind."""
    run = _run(item) if isinstance(item, Path) else item.ref.run
    name: Line = [bold(sanitize(item.title, room)), f" (run {run})"]
    match item:
        case Path(statuses=(_, _)):
            return [*name, *_what_changed(item, room), _end(item)]
        case Path():
            steps = f"{_redeployed(item)} · {_count(item)}: {_steps(item)} {since(is_exact=item.last.at_is_exact)} "
            return [*name, steps, moment(item.last.at), _end(item)]
        case JobUnavailable():
            return [*name, " since ", moment(item.since), _why(item, room)]
        case JobAvailableAgain():
            return [*name, f": {_status(item, room)} · {_unavailable(item)}"]
        case JobAdded():
            return [*name, f": {_status(item, room)}"]
        case JobRemoved():
            return [*name, f" · last seen {_status(item, room)}"]
    return [*brief(item, room), f" {since(is_exact=item.since_is_exact)} ", moment(item.since), *_mute_ended(item)]


def words_limit(room: int) -> int:
    """How long a status may be where names have `room`. Documented ones always fit."""
    return max(20, room * 2 // 3)


def _is(item: Path | StillFailing, verb: str, room: int) -> Line:
    words = bold(status_words(item.status, words_limit(room)))
    return [f"{status_icon(item.status)} ", bold(sanitize(item.title, room)), f" {verb} ", words]


def _what_changed(path: Path, room: int) -> Line:
    """` · was ✅ Up and Running for 3 h 12 min`, or each step of several changes."""
    if len(path.statuses) > 2:
        return [f"{_redeployed(path)} · {_count(path)}: {_steps(path, words=True)}"]
    lasted = f" {lasting(path.last.lasted)}" if path.last.lasted is not None else ""
    return [f"{_redeployed(path)} · was {status_text(path.statuses[0], words_limit(room))}{lasted}"]


def _redeployed(path: Path) -> str:
    return " · redeployed" if path.redeployed else ""


def _count(path: Path) -> str:
    return counted(len(path.statuses) - 1, "change")


def _steps(path: Path, *, words: bool = False) -> str:
    """`✅ → ⚠️ → ❌`, with words where there is room; the beginning and the end of a long path."""
    steps = [status_text(status, _WORDS_LIMIT) if words else status_icon(status) for status in path.statuses]
    if len(steps) > _STEPS_SHOWN:
        steps[2:-3] = [f"… {len(steps) - 5} more …"]
    return " → ".join(steps)


def _run(path: Path) -> str:
    """`42559`, or `42558 → 42559` after a redeployment."""
    before = str(path.redeployed.old_run) if path.redeployed else None
    return _from_to(before, str(path.ref.run))


def _details(path: Path) -> list[Line]:
    """When the status began; the run, the version and the deployer as far as they are known; the end of a watch."""
    last = path.last
    before = path.redeployed.old_version if path.redeployed else None
    version = _from_to(before, last.version) if last.version else None
    run = run_details(_run(path), version, last.started_by)
    lines: list[Line] = [[f"{_since(last.at_is_exact)} ", moment(last.at), f" · {run}"]]
    return [*lines, [_ENDED]] if last.ends else lines


def _since(is_exact: bool) -> str:
    return capitalized(since(is_exact=is_exact))


def _from_to(before: str | None, now: str) -> str:
    return f"{shorten(before, 40)} → {shorten(now, 40)}" if before and before != now else shorten(now, 40)


def _end(path: Path) -> str:
    return " · its watch has ended" if path.last.ends else ""


def _why(item: JobUnavailable, room: int) -> str:
    return f": {sanitize(item.reason, 2 * room)} · last seen {_status(item, room)}"


def _mute_ended(item: StillFailing) -> Line:
    return [" · mute by ", person(item.muted_by), f" ended after {duration(item.at - item.muted_at)}"]


def _status(item: JobItem, room: int) -> str:
    return status_text(item.status, words_limit(room))


def _unavailable(item: JobAvailableAgain) -> str:
    return f"was unavailable for {duration(item.at - item.unavailable_since)}"


def _buttons(item: JobItem) -> Sequence[dict[str, Any]]:
    """The likeliest first. A job of a pattern has no button that stops its watch alone."""
    target = item.target
    match item:
        case JobRemoved():
            return []
        case JobAdded():
            return [show_button(target)]
        case Path(last=Change(ends=True)):
            return [follow_button(item.ref.dataflow)]
    return [show_button(target), stop_button(target)]
