"""What holds over any sequence of polls, failures and restarts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.change import Change
from bot.domain.job import Job, Status
from bot.domain.notification.jobs import JobAvailableAgain, JobUnavailable
from bot.domain.tracked_job import TrackedJob
from bot.watch.decide import Decision, PollFailed, PollNotification, decide
from tests.cast import ENDED, ERROR, MINUTE, NOON, ORDERS, SECOND, UP, WARNING, WORKSPACE, job

# How long an example takes says more about the machine than about the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

START = NOON + 60 * MINUTE
TRACKED = TrackedJob(1, WORKSPACE, ORDERS, "orders", UP, status_since=NOON, polled_at=START - 30 * SECOND, version="3")


@dataclass(frozen=True)
class Restart:
    """The worker restarted, or another one took over: what isn't stored is forgotten."""


@dataclass(frozen=True)
class Poll:
    tracked: TrackedJob
    result: Job | PollFailed
    at: datetime
    decision: Decision


words = st.sampled_from(["Deploying", "UP_AND_RUNNING", "Stopped"]) | st.text(max_size=4)
statuses = st.sampled_from([UP, WARNING, ERROR, ENDED]) | words.map(Status.of)
jobs = st.builds(job, statuses, name=st.none() | st.sampled_from(["", "orders", "renamed"]))
retry_after = st.none() | st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=1))
failures = st.builds(PollFailed, st.sampled_from(["busy", "no answer"]), retry_after, st.booleans(), st.booleans())
intervals = st.timedeltas(min_value=timedelta(seconds=0.1), max_value=timedelta(days=1))
late = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=2))
chances = st.floats(0, 1)
Events = Sequence[tuple[Job | PollFailed | Restart, timedelta]]


def events(*kinds: st.SearchStrategy[Job | PollFailed | Restart]) -> st.SearchStrategy[Events]:
    return st.lists(st.tuples(st.one_of(*kinds), late), max_size=25)


restarts = st.builds(Restart)
everything = events(jobs, failures, failures, restarts)
unchanged = events(st.just(job(UP)), st.just(job(Status.of("UP_AND_RUNNING"))), failures, restarts)


def story_of(events: Events, interval: timedelta, chance: float = 0.5) -> list[Poll]:
    """One poll after the other, each no sooner than the one before it decided."""
    tracked, now, story = TRACKED, START, []
    for event, late in events:
        if isinstance(event, Restart):
            tracked = replace(tracked, failures=0, changed_at=None)
            continue
        decision = decide(tracked, event, now, interval, chance)
        story.append(Poll(tracked, event, now, decision))
        tracked, now = decision.tracked, now + decision.wait + late
    return story


def notifications_of(story: list[Poll]) -> list[PollNotification]:
    return [notification for poll in story for notification in poll.decision.notifications]


def changes(story: list[Poll]) -> list[Change]:
    return [notification for notification in notifications_of(story) if isinstance(notification, Change)]


def polled_statuses(story: list[Poll]) -> list[Status]:
    return [TRACKED.status] + [poll.result.status for poll in story if isinstance(poll.result, Job)]


@given(everything, intervals)
def test_changes_lead_to_the_present_status(events: Events, interval: timedelta) -> None:
    """The changes lead from the baseline to the last polled status, each from where the one before ended."""
    story = story_of(events, interval)
    notified, since = TRACKED.status, TRACKED.status_since
    for change in changes(story):
        assert change.old == notified
        assert change.new != notified
        assert change.old_since == since
        assert change.at > since
        notified, since = change.new, change.at
    assert notified == polled_statuses(story)[-1]


@given(everything, intervals)
def test_no_change_is_missed_and_none_invented(events: Events, interval: timedelta) -> None:
    """There is a change exactly if a successful poll differs from the successful poll before it."""
    story = story_of(events, interval)
    expected = [(old, new) for old, new in pairwise(polled_statuses(story)) if old != new]
    assert [(change.old, change.new) for change in changes(story)] == expected


@given(unchanged, intervals)
def test_an_unchanged_job_is_never_announced(events: Events, interval: timedelta) -> None:
    """While the status stays the same there is no change, however often polls fail and workers restart."""
    assert changes(story_of(events, interval)) == []


@given(everything, intervals)
def test_a_failed_poll_says_nothing_about_the_status(events: Events, interval: timedelta) -> None:
    """A failed poll makes no change, and leaves the status, its age, the title and the time of the last poll."""
    for poll in story_of(events, interval):
        if isinstance(poll.result, PollFailed):
            before, after = poll.tracked, poll.decision.tracked
            assert not any(isinstance(notification, Change) for notification in poll.decision.notifications)
            assert (after.status.raw, after.status_since) == (before.status.raw, before.status_since)
            assert (after.title, after.polled_at, after.changed_at) == (
                before.title,
                before.polled_at,
                before.changed_at,
            )
            assert after.failure == poll.result.reason


@given(events(jobs, failures, failures, failures, restarts), intervals)
def test_unavailable_and_available_again_alternate(events: Events, interval: timedelta) -> None:
    """Subscribers are notified once that a job is unavailable and once that it is available again, by the first good
    poll."""
    story = story_of(events, interval)
    kinds = [notification.kind for notification in notifications_of(story) if not isinstance(notification, Change)]
    assert kinds == ["out_of_sight", "back_in_sight"] * (len(kinds) // 2) + ["out_of_sight"] * (len(kinds) % 2)
    is_notified = False
    for poll in story:
        notification = [one for one in poll.decision.notifications if not isinstance(one, Change)]
        if isinstance(poll.result, Job):
            assert len(notification) == is_notified
            is_notified = False
        else:
            is_notified = is_notified or bool(notification)


@given(events(jobs, failures, failures, failures, restarts), intervals)
def test_when_a_job_is_notified_as_unavailable(events: Events, interval: timedelta) -> None:
    """A job is notified as unavailable as soon as one worker's third poll in a row failed while the service answers."""
    is_notified = False
    in_a_row = 0
    story = iter(story_of(events, interval))
    for event, _ in events:
        if isinstance(event, Restart):
            in_a_row = 0
            continue
        poll = next(story)
        if isinstance(event, Job):
            in_a_row, is_notified = 0, False
            continue
        in_a_row += 1
        is_due = in_a_row >= 3 and event.service_answers and not is_notified
        assert [notification.kind for notification in poll.decision.notifications] == ["out_of_sight"] * is_due
        is_notified = is_notified or is_due


@given(everything, intervals)
def test_failing_since_is_the_first_failure(events: Events, interval: timedelta) -> None:
    """`failing_since` is when the first failure in a row began, over restarts, and a good poll clears it."""
    began = None
    for poll in story_of(events, interval):
        began = (began or poll.at) if isinstance(poll.result, PollFailed) else None
        after = poll.decision.tracked
        assert after.failing_since == began
        assert (after.failure is None) == (began is None)
        assert (after.polled_at == poll.at) == isinstance(poll.result, Job)
        for notification in poll.decision.notifications:
            if isinstance(notification, JobUnavailable):
                assert notification.since == began
            elif isinstance(notification, JobAvailableAgain):
                assert notification.unavailable_since == poll.tracked.failing_since


@given(everything, intervals, chances)
def test_the_wait_has_bounds(events: Events, interval: timedelta, chance: float) -> None:
    """The wait is never under a third of the interval or a second, and after a failure an interval or what the service
    asked for."""
    for poll in story_of(events, interval, chance):
        wait = poll.decision.wait
        assert wait >= min(interval, max(interval / 3 - SECOND / 1000, SECOND))
        if isinstance(poll.result, Job):
            assert wait <= 10 * interval
        elif poll.result.retry_after is None:
            assert wait == interval
        else:
            silence = min(poll.result.retry_after, 10 * MINUTE)
            assert max(interval, silence) <= wait <= max(interval, silence + interval / 3 + SECOND / 1000)


@given(jobs | failures, intervals, chances)
def test_a_decision_is_pure(result: Job | PollFailed, interval: timedelta, chance: float) -> None:
    """Deciding twice from the same input gives the same result, and never another job."""
    first = decide(TRACKED, result, START, interval, chance)
    assert decide(TRACKED, result, START, interval, chance) == first
    tracked = first.tracked
    assert (tracked.id, tracked.workspace, tracked.ref) == (TRACKED.id, TRACKED.workspace, TRACKED.ref)
