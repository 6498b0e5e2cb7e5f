"""A command can be written as a line, and the line is read as the same command."""

from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.quiet_hours import NOTHING, QuietHours
from bot.domain.history.lookback import Lookback
from bot.domain.job import Dataflow, JobRef, Status
from bot.domain.reminding import NO_ESCALATION, NO_REMINDERS, Escalation, Failing, Reminders, Reminding
from bot.domain.status_filter import CHANGES, ERRORS, PROBLEMS, StatusFilter
from bot.domain.subscription import Contact
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import (
    Acknowledge,
    Command,
    Help,
    History,
    Jobs,
    ListHere,
    Mute,
    MuteAll,
    OpenSettings,
    OpenWatch,
    PreviewDigest,
    Quiet,
    ScheduleDigest,
    ShowStatus,
    Threads,
    Unmute,
    UnmuteAll,
    Unwatch,
    UnwatchAll,
    Watch,
    WatchAll,
)
from bot.slack.grammar.parser import parse
from bot.slack.grammar.references import Name
from bot.slack.grammar.writer import command_line
from tests.slack.grammar.test_references import VISIBLE, is_no_uuid

_STATUSES = ("Deploying", "Up and Running", "Running with Warning", "Running with Error", "Undeployed", "Stopped")
_UUIDS = st.uuids().map(str)
_TEXTS = st.text(VISIBLE, min_size=1, max_size=20)
_PHRASES = st.lists(
    st.one_of(
        _TEXTS,
        st.sampled_from(
            ["to", "me", "on", "errors", "page", "2", "all", "2h", "7d", "week", "until", "owner", "runbook", "none"]
        ),
        st.sampled_from(["remind", "every", "30m", "while", "error", "tell", "off", "if", "for", "15m"]),
    ),
    min_size=1,
    max_size=4,
).map(" ".join)
_REFS = st.one_of(
    st.builds(JobRef, _UUIDS, st.integers(1, 10**18 - 1)),
    st.builds(Dataflow, _UUIDS),
    st.builds(Name, _PHRASES.filter(is_no_uuid)),
)
_TO = st.sampled_from([None, ME, "C0LAKE", "G0LAKE"])
_FILTERS = st.one_of(
    st.none(),
    st.sampled_from([CHANGES, PROBLEMS, ERRORS]).map(StatusFilter),
    st.lists(st.sampled_from(_STATUSES), min_size=1, unique=True).map(
        lambda statuses: StatusFilter.of([Status.of(words) for words in statuses])
    ),
)


def _is_exception(chosen: StatusFilter | None) -> bool:
    """Whether it can be what breaks through quiet hours: not every change."""
    return chosen is not None and chosen != StatusFilter()


_OWNERS = st.sampled_from([None, "none", ME, "U0ANN", "W0ANN", "S0TEAM"])
_RUNBOOKS = st.sampled_from([None, "none", "https://wiki.example.com/x?a=1&b=%7C#y", "http://[::1]:8080/(x)'"])
_CONTACTS = st.builds(Contact, _OWNERS, _RUNBOOKS)
_REMINDERS = st.builds(
    Reminders, st.integers(5, 1_440).map(lambda minutes: timedelta(minutes=minutes)), st.sampled_from(Failing)
)
_ESCALATIONS = st.builds(
    Escalation,
    st.sampled_from([ME, "U0ANN", "S0TEAM"]),
    st.integers(1, 1_440).map(lambda minutes: timedelta(minutes=minutes)),
    st.sampled_from(Failing),
)
_REMINDING = st.builds(
    Reminding, st.none() | st.just(NO_REMINDERS) | _REMINDERS, st.none() | st.just(NO_ESCALATION) | _ESCALATIONS
)
_GLOBS = st.sampled_from([None, "orders-*", "a b*", "orders", "on errors*", "[ab]?"])
_LENGTHS = st.integers(1, 43_200).map(lambda minutes: timedelta(minutes=minutes))
_TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0))
_SCHEDULES = st.builds(DigestSchedule, _TIMES, st.none() | st.integers(0, 6))
_REASONS = st.one_of(st.just(""), _PHRASES)
_QUIET = st.builds(QuietHours, _TIMES, _TIMES, st.one_of(st.just(NOTHING), _FILTERS.filter(_is_exception))).filter(
    lambda hours: hours.start != hours.end
)
_ZONES = st.sampled_from([None, "UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata"])
_COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.just(Help()),
    st.builds(ListHere, st.integers(1, 999)),
    st.builds(Jobs, st.one_of(st.just(""), _PHRASES), st.integers(1, 999)),
    st.builds(ShowStatus, _REFS),
    st.builds(History, _REFS, st.sampled_from(Lookback)),
    st.builds(Watch, _REFS, _TO, _FILTERS, _CONTACTS, _REMINDING),
    st.builds(OpenWatch, _TO, _FILTERS, _CONTACTS, _REMINDING),
    st.builds(WatchAll, _GLOBS, _TO, _FILTERS, contact=_CONTACTS, reminding=_REMINDING),
    st.builds(Unwatch, _REFS, _TO),
    st.builds(UnwatchAll, _GLOBS, _TO),
    st.builds(Mute, _REFS, _LENGTHS, st.none(), _TO),
    st.builds(Mute, _REFS, st.none(), _TIMES, _TO),
    st.builds(Unmute, _REFS, _TO),
    st.builds(MuteAll, _GLOBS, _LENGTHS, st.none(), _TO, reason=_REASONS),
    st.builds(MuteAll, _GLOBS, st.none(), _TIMES, _TO, st.booleans(), _REASONS),
    st.builds(UnmuteAll, _GLOBS, _TO),
    st.builds(Quiet, _QUIET, _ZONES),
    st.sampled_from([Quiet(), Quiet(off=True)]),
    st.builds(Acknowledge, _REFS),
    st.builds(Threads, st.sampled_from([None, True, False])),
    st.builds(ScheduleDigest, off=st.booleans()),
    st.builds(ScheduleDigest, _SCHEDULES, st.sampled_from([None, "UTC", "Europe/Berlin", "America/New_York"])),
    st.just(PreviewDigest()),
    st.builds(OpenSettings),
)


@given(_COMMANDS)
@example(Jobs("page 2"))
@example(Jobs("a “b” c", 3))
@example(Watch(Name("sync on errors"), ME, StatusFilter(ERRORS)))
def test_a_written_command_is_read_as_the_same(command: Command) -> None:
    """Whatever was asked for, the line that repeats it asks for the same."""
    assert parse(command_line(command)) == command
