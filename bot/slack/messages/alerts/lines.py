"""What an alert says about one job: on a line of its own, and on a line under a header."""

from datetime import timedelta

from bot.domain.destination import is_group_id
from bot.domain.notification.digest import Path
from bot.domain.notification.jobs import (
    JobAdded,
    JobAvailableAgain,
    JobNotification,
    JobRemoved,
    JobUnavailable,
    StillFailing,
)
from bot.domain.notification.reminders import Escalated, Reminder
from bot.domain.tracked_job import Lasted
from bot.slack.messages.blocks import Line, bold, group, moment, person, sanitize
from bot.slack.messages.delivery_problems import unreached_person
from bot.slack.messages.text import (
    counted,
    duration,
    known_to_last,
    lasting,
    runs_that,
    since,
    status_icon,
    status_text,
    status_words,
    unbroken,
)

JobItem = Path | JobNotification
Failing = Path | StillFailing | Reminder | Escalated  # what tells that a job fails, or no longer does

# For several jobs of a kind: an icon, the words that follow their number, and the header above them.
KINDS: dict[type, tuple[str, str, str]] = {
    JobUnavailable: ("📵", "can't be checked", "Can't be checked"),
    JobAvailableAgain: ("📶", "can be checked again", "Can be checked again"),
    StillFailing: ("🔔", "still failing after a mute", "Mute ended, still failing"),
    Escalated: ("🚨", "escalated", "Escalated"),
    Reminder: ("⏰", "still failing", "Still failing"),
    JobAdded: ("🆕", "added, now watched here", "New jobs, now watched here"),
    JobRemoved: ("🗑️", "removed from the job list", "Removed from the job list, no longer watched"),
}

WORDS_LIMIT = 40
_MINUTE = timedelta(minutes=1)
_STEPS_SHOWN = 6


def line(item: JobItem, room: int) -> Line:
    """A job on a line that needs no header, its name in `room` characters."""
    name = named(item, room)
    match item:
        case Path() | StillFailing() | Reminder() | Escalated():
            return [*headline(item, room), _end(item)]
        case JobUnavailable():
            return [*unavailable(item, name, room), " · since ", moment(item.since)]
        case JobAvailableAgain():
            return ["📶 ", *name, f" can be checked again after {_blind(item)}: {status_in(item, room)}"]
        case JobAdded():
            return ["🆕 New job ", *name, f": {status_in(item, room)} · now watched here"]
        case JobRemoved():
            seen = f"last seen {status_in(item, room)}"
            watched = f"{runs_that(item.runs)} here" if item.runs else "no longer watched here"
            return ["🗑️ ", *name, f" was removed from the job list · {seen} · {watched}"]


def brief_line(item: JobItem, room: int) -> Line:
    """A job below a headline that says why, and how many are like it."""
    name = named(item, room)
    match item:
        case JobUnavailable():
            return [f"{KINDS[type(item)][0]} ", *name, f" · last seen {status_in(item, room)}"]
        case JobRemoved():
            return [f"{KINDS[type(item)][0]} ", *name, *_removed(item, room)]
        case JobAvailableAgain() | JobAdded():
            return [f"{KINDS[type(item)][0]} ", *name, f": {status_in(item, room)}"]
    return line(item, room)


def line_in_group(item: JobItem, room: int) -> Line:
    """A job on a line under the header of its kind."""
    name = named(item, room)
    match item:
        case Path(statuses=(_, _)):
            return [*name, was(item, room), _end(item)]
        case Path():
            steps_taken = f"{_redeployed(item)} · {_count(item)}: {steps(item)} "
            return [*name, f"{steps_taken}{since(is_exact=item.last.at_is_exact)} ", moment(item.last.at), _end(item)]
        case JobUnavailable():
            return [*name, _why(item, room), " · since ", moment(item.since)]
        case JobAvailableAgain():
            return [*name, f" after {_blind(item)}: {status_in(item, room)}"]
        case JobAdded():
            return [*name, f": {status_in(item, room)}"]
        case JobRemoved():
            return [*name, *_removed(item, room)]
        case StillFailing() | Reminder() | Escalated():
            return headline(item, room)


def _removed(item: JobRemoved, room: int) -> Line:
    """The last status, and runs that are watched alone: the header says that the job isn't watched any more."""
    return [f" · last seen {status_in(item, room)}", f" · {runs_that(item.runs)}" if item.runs else ""]


def headline(item: Failing, room: int, *, alone: bool = False) -> Line:
    """`❌ orders is Running with Error · was ✅ Up and Running for 3 h 12 min`; `alone`, it leaves to the small print
    below it what that says better."""
    still = "is" if isinstance(item, Path) else "is still"
    name: Line = [bold(sanitize(item.title, room))] if alone else named(item, room)
    start: Line = [
        f"{status_icon(item.status)} ",
        *name,
        f" {still} ",
        bold(status_words(item.status, words_limit(room))),
    ]
    if isinstance(item, Path):
        return [*start, was(item, room, with_steps=not alone)]
    lasted = known_to_last(Lasted(_rounded(item.at - item.since), is_exact=item.since_is_exact))
    start = [*start, f" · {lasted}"] if lasted else start
    match item:
        case StillFailing(in_window=True):
            return start
        case StillFailing():
            return [*start, " · the mute by ", person(item.muted_by), " has ended"]
        case Escalated():
            return [*start, _in_all(item), *_escalated(item, says_why=alone)]
    return [*start, _in_all(item)]


def was(path: Path, room: int, *, with_steps: bool = True) -> str:
    """` · was ✅ Up and Running for 3 h 12 min`; of several changes their number, and each step."""
    before = status_text(path.statuses[0], words_limit(room))
    if len(path.statuses) > 2:
        changes = f"{_redeployed(path)} · {_count(path)}"
        return f"{changes}: {steps(path, words=True)}" if with_steps else f"{changes} since {before}"
    lasted = f" {known_to_last(path.last.lasted)}" if path.last.lasted is not None else ""
    return f"{_redeployed(path)} · was {before}{lasted}".rstrip()


def unavailable(item: JobUnavailable, name: Line, room: int) -> Line:
    """`📵 Can't check orders: the jobs service is busy · last seen ✅ Up and Running`."""
    return ["📵 Can't check ", *name, _why(item, room)]


def named(item: JobItem, room: int) -> Line:
    """A job by its name; with its run if that one alone is watched."""
    run = "" if is_followed(item) else f" (run {item.ref.run})"
    return [bold(sanitize(item.title, room)), run]


def is_followed(item: JobItem) -> bool:
    """Whether the job is watched across redeployments, and not a run of it."""
    return item.last.followed if isinstance(item, Path) else item.followed


def steps(path: Path, *, words: bool = False) -> str:
    """`✅ → ⚠️ → ❌`, with words where there is room; the beginning and the end of a long path."""
    shown = [status_text(status, WORDS_LIMIT) if words else status_icon(status) for status in path.statuses]
    if len(shown) > _STEPS_SHOWN:
        shown[2:-3] = [f"… {len(shown) - 5} more …"]
    return " → ".join(shown)


def words_limit(room: int) -> int:
    """How long a status may be where names have `room`. Documented ones always fit."""
    return max(20, room * 2 // 3)


def status_in(item: JobItem, room: int) -> str:
    return status_text(item.status, words_limit(room))


def _redeployed(path: Path) -> str:
    return " · redeployed" if path.redeployed else ""


def _count(path: Path) -> str:
    return counted(len(path.statuses) - 1, "change")


def _rounded(span: timedelta) -> timedelta:
    """Without the seconds: nobody needs them of what lasts for long."""
    return span - span % _MINUTE if span >= _MINUTE else span


def _in_all(item: Reminder | Escalated) -> str:
    """For how long it has failed, if that isn't only with this status."""
    if item.failing_since >= item.since:
        return ""
    return f" · failing {lasting(Lasted(_rounded(item.at - item.failing_since), is_exact=item.failing_is_exact))}"


def _escalated(item: Escalated, *, says_why: bool) -> Line:
    if item.unreached is not None:
        why = f": {unreached_person(item.unreached)}" if says_why else ""
        return [" · 🚨\N{NO-BREAK SPACE}couldn't reach ", person(item.to), why]
    if item.watched_by is not None:
        return [f" · {unbroken('🚨', 'escalated')} to you by ", person(item.watched_by)]
    return [f" · {unbroken('🚨', 'escalated')} to ", group(item.to) if is_group_id(item.to) else person(item.to)]


def _end(item: Failing) -> str:
    return " · its watch has ended" if isinstance(item, Path) and item.last.ends else ""


def _why(item: JobUnavailable, room: int) -> str:
    return f": {sanitize(item.reason, 2 * room)} · last seen {status_in(item, room)}"


def _blind(item: JobAvailableAgain) -> str:
    return duration(_rounded(item.at - item.unavailable_since))
