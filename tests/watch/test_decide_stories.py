"""What holds over any sequence of looks, failures and restarts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from bot.domain.change import Change
from bot.domain.tracked_job import TrackedJob
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.job import Job, Status
from bot.domain.notification import JobAvailableAgain, JobUnavailable
from bot.watch.decide import Decision, PollFailed, decide
from tests.cast import ENDED, ERROR, MINUTE, NOON, ORDERS, SECOND, UP, WARNING, WORKSPACE, job

START = NOON + 60 * MINUTE
KNOWN = TrackedJob(1, WORKSPACE, ORDERS, "orders", UP, status_since=NOON, seen_at=START - 30 * SECOND, version="3")


@dataclass(frozen=True)
class Restart:
    """The worker ended, or another one took over: what is not stored is forgotten."""


@dataclass(frozen=True)
class Look:
    known: TrackedJob
    seen: Job | PollFailed
    at: datetime
    decision: Decision


words = st.sampled_from(["Deploying", "UP_AND_RUNNING", "Stopped"]) | st.text(max_size=4)
statuses = st.sampled_from([UP, WARNING, ERROR, ENDED]) | words.map(Status.of)
jobs = st.builds(job, statuses, name=st.none() | st.sampled_from(["", "orders", "renamed"]))
asked = st.none() | st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=1))
failures = st.builds(PollFailed, st.sampled_from(["busy", "no answer"]), asked, st.booleans(), st.booleans())
intervals = st.timedeltas(min_value=timedelta(seconds=0.1), max_value=timedelta(days=1))
late = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=2))
chances = st.floats(0, 1)
Events = Sequence[tuple[Job | PollFailed | Restart, timedelta]]


def events(*kinds: st.SearchStrategy[Job | PollFailed | Restart]) -> st.SearchStrategy[Events]:
    return st.lists(st.tuples(st.one_of(*kinds), late), max_size=25)


restarts = st.builds(Restart)
everything = events(jobs, failures, failures, restarts)
unchanged = events(st.just(job(UP)), st.just(job(Status.of("UP_AND_RUNNING"))), failures, restarts)


def assigned(events: Events, interval: timedelta, chance: float = 0.5) -> list[Look]:
    """Look after look, each no sooner than the one before it decided."""
    known, now, story = KNOWN, START, []
    for event, late in events:
        if isinstance(event, Restart):
            known = replace(known, failures=0, changed_at=None)
            continue
        decision = decide(known, event, now, interval, chance)
        story.append(Look(known, event, now, decision))
        known, now = decision.known, now + decision.wait + late
    return story


def told(story: list[Look]) -> list[Change | JobUnavailable | JobAvailableAgain]:
    return [news for look in story for news in look.decision.news]


def changes(story: list[Look]) -> list[Change]:
    return [news for news in told(story) if isinstance(news, Change)]


def seen_statuses(story: list[Look]) -> list[Status]:
    return [KNOWN.status] + [look.seen.status for look in story if isinstance(look.seen, Job)]


@given(everything, intervals)
def test_who_hears_every_change_knows_the_status(events: Events, interval: timedelta) -> None:
    """The changes told, in order, lead from the baseline to the last status seen, each one from where the one before
    it led, and none from a status to itself."""
    story = assigned(events, interval)
    heard, since = KNOWN.status, KNOWN.status_since
    for change in changes(story):
        assert change.old == heard
        assert change.new != heard
        assert change.old_since == since
        assert change.at > since
        heard, since = change.new, change.at
    assert heard == seen_statuses(story)[-1]


@given(everything, intervals)
def test_no_change_is_missed_and_none_invented(events: Events, interval: timedelta) -> None:
    """Exactly the good looks that differ from the good look before them are told, with what they saw."""
    story = assigned(events, interval)
    expected = [(old, new) for old, new in pairwise(seen_statuses(story)) if old != new]
    assert [(change.old, change.new) for change in changes(story)] == expected


@given(unchanged, intervals)
def test_silence_while_nothing_changes(events: Events, interval: timedelta) -> None:
    """However often looks fail and succeed again, and workers restart: while the status is the same, no change is
    told."""
    assert changes(assigned(events, interval)) == []


@given(everything, intervals)
def test_a_failure_says_nothing_of_the_status(events: Events, interval: timedelta) -> None:
    """A failed look tells no change, and changes neither the status nor its age, the title or when it was seen."""
    for look in assigned(events, interval):
        if isinstance(look.seen, PollFailed):
            before, after = look.known, look.decision.known
            assert not any(isinstance(news, Change) for news in look.decision.news)
            assert (after.status.raw, after.status_since) == (before.status.raw, before.status_since)
            assert (after.title, after.seen_at, after.changed_at) == (before.title, before.seen_at, before.changed_at)
            assert after.failure == look.seen.reason


@given(events(jobs, failures, failures, failures, restarts), intervals)
def test_out_of_sight_and_back_take_turns(events: Events, interval: timedelta) -> None:
    """It is told once that a job can't be seen and once that it can again, however often either is so and whoever
    looks; and it is told as back by the very look that shows it."""
    story = assigned(events, interval)
    kinds = [news.kind for news in told(story) if not isinstance(news, Change)]
    assert kinds == ["out_of_sight", "back_in_sight"] * (len(kinds) // 2) + ["out_of_sight"] * (len(kinds) % 2)
    is_told = False
    for look in story:
        news = [one for one in look.decision.news if not isinstance(one, Change)]
        if isinstance(look.seen, Job):
            assert len(news) == is_told
            is_told = False
        else:
            is_told = is_told or bool(news)


@given(events(jobs, failures, failures, failures, restarts), intervals)
def test_when_it_is_told_as_out_of_sight(events: Events, interval: timedelta) -> None:
    """As soon as three looks in a row failed that one worker made, if others can be seen; never sooner."""
    known_told = False
    in_a_row = 0
    story = iter(assigned(events, interval))
    for event, _ in events:
        if isinstance(event, Restart):
            in_a_row = 0
            continue
        look = next(story)
        if isinstance(event, Job):
            in_a_row, known_told = 0, False
            continue
        in_a_row += 1
        is_due = in_a_row >= 3 and event.others_seen and not known_told
        assert [news.kind for news in look.decision.news] == ["out_of_sight"] * is_due
        known_told = known_told or is_due


@given(everything, intervals)
def test_how_long_it_could_not_be_seen(events: Events, interval: timedelta) -> None:
    """`failing_since` is when the first failure in a row began, restarts or not, and a good look clears it."""
    began = None
    for look in assigned(events, interval):
        began = (began or look.at) if isinstance(look.seen, PollFailed) else None
        after = look.decision.known
        assert after.failing_since == began
        assert (after.failure is None) == (began is None)
        assert (after.seen_at == look.at) == isinstance(look.seen, Job)
        for news in look.decision.news:
            if isinstance(news, JobUnavailable):
                assert news.since == began
            elif isinstance(news, JobAvailableAgain):
                assert news.unavailable_since == look.known.failing_since


@given(everything, intervals, chances)
def test_how_soon_to_look_again(events: Events, interval: timedelta, chance: float) -> None:
    """Never sooner than a third of the interval or a second, whichever is longer; after a failure no later than the
    interval, unless the service asked for more; and then after ten minutes and a third of an interval at most."""
    for look in assigned(events, interval, chance):
        wait = look.decision.wait
        assert wait >= min(interval, max(interval / 3 - SECOND / 1000, SECOND))
        if isinstance(look.seen, Job):
            assert wait <= 10 * interval
        elif look.seen.retry_after is None:
            assert wait == interval
        else:
            silence = min(look.seen.retry_after, 10 * MINUTE)
            assert max(interval, silence) <= wait <= max(interval, silence + interval / 3 + SECOND / 1000)


@given(jobs | failures, intervals, chances)
def test_a_decision_touches_nothing(seen: Job | PollFailed, interval: timedelta, chance: float) -> None:
    """Deciding twice from the same gives the same, and which job it is never changes."""
    first = decide(KNOWN, seen, START, interval, chance)
    assert decide(KNOWN, seen, START, interval, chance) == first
    known = first.known
    assert (known.id, known.workspace, known.ref) == (KNOWN.id, KNOWN.workspace, KNOWN.ref)
