"""Lists: every entry is on exactly one page, and every line to copy is a command."""

from dataclasses import replace
from datetime import UTC, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.destination import Destination
from bot.domain.history.lookback import Lookback
from bot.domain.history.recorded import History, Recorded
from bot.domain.history.timeline import Span, Timeline
from bot.domain.job import Dataflow, JobRef
from bot.domain.job_search import NamedJob
from bot.domain.pattern import Kept, Pattern
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Subscription
from bot.domain.tracked_job import TrackedJob
from bot.slack.grammar import commands
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import Mute, ShowStatus, Unmute, Watch
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import COMMANDS, parse
from bot.slack.grammar.presses import (
    AskToStop,
    ChangeWatch,
    Press,
    TurnJobsPage,
    TurnListPage,
    option_value_of,
    value_of,
)
from bot.slack.messages import help, patterns, pickers, watch_list
from bot.slack.messages.blocks import Message
from bot.slack.messages.history import report
from bot.slack.messages.history.figures import alt_text
from tests.cast import ANN, ERROR, HOUR, NOON, OPS, ORDERS, UP, WORKSPACE, change
from tests.slack.messages.reading import assert_acceptable, buttons, options, page_of, shown

HERE = Destination(WORKSPACE, OPS)
PATTERN = Pattern(1, HERE, "a b*", ANN, StatusFilter(), 12)


def subscription(number: int = 1) -> Subscription:
    job = TrackedJob(number, WORKSPACE, replace(ORDERS, run=number), f"job-{number:03}", UP, NOON, NOON)
    return Subscription(number, HERE, job, ANN, StatusFilter(), UP)


def list_of(subscriptions: list[Subscription], page: int) -> Message:
    return watch_list.watch_list(page_of(subscriptions, page), [], place=OPS, command="/job", now=NOON)


@given(st.integers(1, 3 * watch_list.JOBS_PER_PAGE + 1))
def test_every_watched_job_is_on_one_page(count: int) -> None:
    """All pages together name each job once, and buttons lead from each page to those beside it."""
    subscriptions = [subscription(number) for number in range(1, count + 1)]
    pages = -(-count // watch_list.JOBS_PER_PAGE)
    shown_pages = [list_of(subscriptions, page) for page in range(1, pages + 1)]
    texts = [shown(page) for page in shown_pages]
    names = [word for text in texts for word in text.split() if word.startswith("job-")]
    assert names == [one.job.title for one in subscriptions]
    for number, page in enumerate(shown_pages, 1):
        beside = {"Previous": number - 1} if number > 1 else {}
        beside |= {"Next": number + 1} if number < pages else {}
        assert buttons(page) == [(label, value_of(TurnListPage(to))) for label, to in beside.items()]
    beyond = shown(list_of(subscriptions, 999_999))
    assert "There is no page 999,999: " in beyond
    assert beyond.endswith(f"See it: /job list page {pages}")


def test_each_row_has_a_menu_for_its_job() -> None:
    """What a menu offers is done to the job in its row; a muted job can be unmuted. Nothing ends a watch at once."""
    muted = replace(subscription(2), muted_until=NOON)
    offered = options(list_of([subscription(1), muted], 1))
    for number, mute in ((1, Mute(JobRef(ORDERS.dataflow, 1), timedelta(hours=1), None)), (2, None)):
        job = JobRef(ORDERS.dataflow, number)
        expected: dict[str, Press] = {
            "Show status": ShowStatus(job),
            "Mute for 1\xa0h" if mute else "Unmute": mute or Unmute(job),
            "History": commands.History(job),
            "Change…": ChangeWatch(job),
            "Stop watching…": AskToStop(job),
        }
        assert offered[5 * (number - 1) : 5 * number] == [(k, option_value_of(press)) for k, press in expected.items()]


def test_three_hundred_jobs_can_be_listed() -> None:
    """Slack accepts every page of a long list."""
    subscriptions = [subscription(number) for number in range(1, 301)]
    for page in range(1, 16):
        assert_acceptable(list_of(subscriptions, page), f"page {page}")


def test_the_header_counts_silent_jobs() -> None:
    """Whoever trusts a silent channel sees at once for how many jobs alerts are off."""
    muted, paused = replace(subscription(), muted_until=NOON), replace(subscription(), paused_because="is_archived")
    both = replace(muted, paused_because="is_archived")
    for subscriptions, notes in (
        ([subscription()], ""),
        ([muted, subscription()], " · 1 muted"),
        ([muted, paused, both], " · 2 muted · alerts for 2 paused"),
    ):
        count = "1 job" if len(subscriptions) == 1 else f"{len(subscriptions)} jobs"
        assert shown(list_of(subscriptions, 1)).split("\n")[0] == f"This channel watches {count}{notes}"


def test_the_help_shows_every_command() -> None:
    """Every command has an example that can be typed as it stands, under whatever name the manifest gives it."""
    text = shown(help.help_text(page_of([]), to_person=False, command="/jw", now=NOON))
    examples = [line.split("  ")[0].removeprefix("/jw ") for line in text.split("\n") if line.startswith("/jw ")]
    for example in examples:
        assert not isinstance(parse(example), GrammarError), example
    assert {example.split()[0] for example in examples} == set(COMMANDS) - {"help"}


@given(st.integers(0, 3 * report.CHANGES_SHOWN), st.integers(0, 100))
def test_a_history_shows_the_latest_changes_and_counts_the_rest(recent: int, older: int) -> None:
    """At most ten changes are shown, and together with those counted they are all."""
    changes = [change(at=NOON - timedelta(hours=number)) for number in range(recent)]
    job = TrackedJob(1, WORKSPACE, ORDERS, "orders", UP, NOON, NOON)
    found = History(job, Recorded(changes, recent + older if recent else 0), NOON - timedelta(days=30))
    line = found.timeline(NOON - Lookback.WEEK.length, NOON)
    message = report.job_history(found, line, now=NOON)
    lines = shown(message).split("\n")
    shown_changes = sum("→" in line for line in lines)
    left = found.total - shown_changes
    assert shown_changes == min(recent, report.CHANGES_SHOWN)
    assert lines[-1].startswith(f"… and {left} earlier change") == (left > 0)


def test_a_job_search_has_pages() -> None:
    """Twenty jobs a page, each with a button that watches it; a page too far is said not to exist."""
    jobs = [NamedJob(f"d{number}", "orders", UP) for number in range(45)]
    message = pickers.jobs_page(jobs, "a 'b'", None, page=2, watched=(), command="/jw", now=NOON)
    assert shown(message).startswith("45 jobs with “a 'b'” in the name · page 2 of 3\n")
    expected: list[Press] = [Watch(Dataflow(f"d{number}")) for number in range(20, 40)]
    expected += [TurnJobsPage("a 'b'", 1), TurnJobsPage("a 'b'", 3)]
    assert [value for _, value in buttons(message)] == list(map(value_of, expected))
    beyond = pickers.jobs_page(jobs, "a 'b'", None, page=9, watched=(), command="/jw", now=NOON)
    assert shown(beyond) == """There is no page 9: the last page is 3.\nSee it: /jw jobs "a 'b'" page 3"""


def test_lines_to_copy_are_commands() -> None:
    """Whatever is offered to be copied is understood."""
    job = TrackedJob(1, WORKSPACE, ORDERS, "orders", UP, NOON, NOON, followed=True)
    kept = patterns.belongs_to_pattern(Kept(job, PATTERN, was_named=False), to=ME, command="/job")
    lines = [line.partition("/job ")[2] for line in shown(kept).split("\n")[1:]]
    assert lines == ["mute orders 1d to me", 'unwatch all matching "a b*" to me']
    for line in lines:
        assert not isinstance(parse(line), GrammarError), line


def test_a_history_that_begins_now_is_acceptable() -> None:
    """A watch that began this very moment has a history, too."""
    found = History(TrackedJob(1, WORKSPACE, ORDERS, "orders", UP, NOON, NOON), Recorded(), NOON)
    for period in Lookback:
        message = report.job_history(found, found.timeline(NOON - period.length, NOON), period, now=NOON)
        assert_acceptable(message)
        assert "Up and Running: unknown" in shown(message)


def test_the_text_of_a_picture_says_how_long_at_least() -> None:
    """A problem whose beginning or end wasn't seen lasted at least so long; one that goes on has lasted until now."""
    edges = [NOON + hour * HOUR for hour in range(7)]
    statuses = [ERROR, UP, ERROR, UP, ERROR, None]
    spans = [Span(*each, status) for each, status in zip(pairwise(edges), statuses, strict=True)]
    line = Timeline(NOON - HOUR, NOON, edges[-1], (*spans, Span(edges[-1], edges[-1] + HOUR, ERROR)))
    said = alt_text("orders", line, UTC).split(". ")
    assert [each for each in said if "from 14 Feb" in each and "Timeline" not in each] == [
        "Running with Error from 14 Feb 18:00 for at least 1\xa0h",
        "Couldn't be checked from 14 Feb 17:00 for 1\xa0h",
        "Running with Error from 14 Feb 16:00 for at least 1\xa0h",
        "Running with Error from 14 Feb 14:00 for 1\xa0h",
        "Running with Error from 14 Feb 12:00 for at least 1\xa0h.",
    ]
