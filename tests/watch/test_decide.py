"""What follows from one poll. What follows from many is in test_decide_stories.py."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.domain.change import Change
from bot.domain.job import Job, Status
from bot.domain.notification.jobs import JobAvailableAgain, JobUnavailable
from bot.domain.tracked_job import Gap, TrackedJob
from bot.watch.decide import PollFailed, decide
from tests.cast import ENDED, ERROR, MINUTE, NOON, ORDERS, SECOND, UP, WARNING, WORKSPACE, job

INTERVAL = 30 * SECOND
NOW = NOON + 60 * MINUTE
EARLIER = NOON + 50 * MINUTE
DEPLOYING, STOPPED = Status.of("Deploying"), Status.of("Stopped")

TRACKED = TrackedJob(
    1, WORKSPACE, ORDERS, "orders", UP, NOON, polled_at=NOW - INTERVAL, version="3", since_is_exact=True
)
FAILING = replace(TRACKED, failure="busy", failing_since=EARLIER, failures=1)
UNAVAILABLE = replace(FAILING, failures=3, unavailable_notified_at=EARLIER)


@dataclass(frozen=True)
class Case:
    sentence: str
    tracked: TrackedJob
    result: Job | PollFailed
    expected: TrackedJob
    change: tuple[Status, Status] | None = None


CASES = [
    Case(
        "The same status is no change, and its age remains.",
        TRACKED,
        job(UP),
        replace(TRACKED, polled_at=NOW),
    ),
    Case(
        "Another status is a change, and begins now.",
        TRACKED,
        job(ERROR),
        replace(TRACKED, status=ERROR, status_since=NOW, polled_at=NOW, changed_at=NOW),
        change=(UP, ERROR),
    ),
    Case(
        "What nobody looked at for a while began at some time before, and that while is a gap.",
        replace(TRACKED, polled_at=NOON),
        job(ERROR),
        replace(
            TRACKED,
            status=ERROR,
            status_since=NOW,
            since_is_exact=False,
            polled_at=NOW,
            changed_at=NOW,
            gaps=(Gap(NOON, NOW),),
        ),
        change=(UP, ERROR),
    ),
    Case(
        "A better status is a change just as a worse one.",
        replace(TRACKED, status=ERROR),
        job(UP),
        replace(TRACKED, status_since=NOW, polled_at=NOW, changed_at=NOW),
        change=(ERROR, UP),
    ),
    Case(
        "The same status in another spelling is no change.",
        TRACKED,
        job(Status.of("UP_AND_RUNNING")),
        replace(TRACKED, polled_at=NOW),
    ),
    Case(
        "An undocumented status is a change to that very word.",
        TRACKED,
        job(Status.of("Paused")),
        replace(TRACKED, status=Status.of("Paused"), status_since=NOW, polled_at=NOW, changed_at=NOW),
        change=(UP, Status.of("Paused")),
    ),
    Case(
        "A new name is kept, and is no change.",
        TRACKED,
        job(UP, name="orders-to-lake"),
        replace(TRACKED, title="orders-to-lake", polled_at=NOW),
    ),
    Case(
        "A failed poll changes nothing but that it failed.",
        TRACKED,
        PollFailed("busy"),
        replace(TRACKED, failure="busy", failing_since=NOW, failures=1),
    ),
    Case(
        "A further failure keeps when they began, and has the latest reason.",
        FAILING,
        PollFailed("no answer"),
        replace(TRACKED, failure="no answer", failing_since=EARLIER, failures=2),
    ),
    Case(
        "A good poll ends the failures, silently if the status is the same.",
        FAILING,
        job(UP),
        replace(TRACKED, polled_at=NOW),
    ),
    Case(
        "A status that changed during failures is a change at the first good poll.",
        FAILING,
        job(ERROR),
        replace(TRACKED, status=ERROR, status_since=NOW, polled_at=NOW, changed_at=NOW),
        change=(UP, ERROR),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
def test_a_poll_gives_the_next_state_and_the_change(case: Case) -> None:
    """A tracked job and a poll give the next state and the change that the row's sentence says, in every field."""
    decision = decide(case.tracked, case.result, NOW, INTERVAL, 0.5)
    assert decision.tracked == case.expected
    changes = [notification for notification in decision.notifications if isinstance(notification, Change)]
    assert [(change.old, change.new) for change in changes] == ([case.change] if case.change else [])
    assert len(decision.notifications) == len(changes)
    for change in changes:
        assert (change.ref, change.at, change.old_since) == (ORDERS, NOW, case.tracked.status_since)
        assert (change.title, change.version, change.started_by) == ("orders", "3", "ann")


@pytest.mark.parametrize("name", [None, ""], ids=["omitted", "empty"])
def test_an_answer_without_a_name_keeps_the_old_name(name: str | None) -> None:
    """If the answer omits the job's name, the job and its notifications keep the name known before."""
    decision = decide(TRACKED, job(ERROR, name=name), NOW, INTERVAL, 0.5)
    assert decision.tracked.title == "orders"
    assert [notification.title for notification in decision.notifications] == ["orders"]


def test_a_job_is_unavailable_after_three_failures() -> None:
    """The third failure in a row notifies subscribers, with the reason and the time of the first, if the service
    answers."""
    decision = decide(replace(FAILING, failures=2), PollFailed("gone", service_answers=True), NOW, INTERVAL, 0.5)
    assert decision.notifications == (JobUnavailable(ORDERS, "orders", UP, "gone", EARLIER),)
    assert decision.tracked.unavailable_notified_at == NOW


@pytest.mark.parametrize(
    ("tracked", "service_answers"),
    [
        pytest.param(FAILING, True, id="the second failure"),
        pytest.param(replace(FAILING, failures=2), False, id="the service doesn't answer at all"),
        pytest.param(UNAVAILABLE, True, id="notified already"),
        pytest.param(replace(UNAVAILABLE, failures=2), True, id="notified already, before a restart"),
    ],
)
def test_when_an_unavailable_job_is_not_notified(tracked: TrackedJob, service_answers: bool) -> None:
    """One or two failures are a hiccup, a silent service is an outage, and nothing is notified twice."""
    decision = decide(tracked, PollFailed("gone", service_answers=service_answers), NOW, INTERVAL, 0.5)
    assert decision.notifications == ()
    assert decision.tracked.unavailable_notified_at == tracked.unavailable_notified_at


@pytest.mark.parametrize("status", [UP, ERROR], ids=["unchanged", "changed"])
def test_available_again_comes_before_the_change(status: Status) -> None:
    """A job that was notified as unavailable is notified as available again, with its present status, and then its
    change."""
    back, *changes = decide(UNAVAILABLE, job(status), NOW, INTERVAL, 0.5).notifications
    assert back == JobAvailableAgain(ORDERS, "orders", status, EARLIER, NOW)
    assert [notification.kind for notification in changes] == (["change"] if status == ERROR else [])


def test_available_again_after_a_look_up_ended_the_failure() -> None:
    """If a look-up ended the failure first, the job is still notified as available again, since the notification."""
    tracked = replace(TRACKED, unavailable_notified_at=EARLIER)
    assert decide(tracked, job(UP), NOW, INTERVAL, 0.5).notifications == (
        JobAvailableAgain(ORDERS, "orders", UP, EARLIER, NOW),
    )


def since(status: Status, ago: timedelta) -> TrackedJob:
    """A job in this status for some time, tracked by a worker that didn't see it change."""
    return replace(TRACKED, status=status, status_since=NOW - ago)


def changed(ago: timedelta) -> TrackedJob:
    return replace(TRACKED, changed_at=NOW - ago, status_since=NOW - ago)


HOUR = 60 * MINUTE


@pytest.mark.parametrize(
    ("tracked", "status", "interval", "wait"),
    [
        pytest.param(TRACKED, UP, 30.0, 30.0, id="the interval"),
        pytest.param(TRACKED, ERROR, 30.0, 10.0, id="a third for one that changed now"),
        pytest.param(changed(5 * MINUTE - SECOND), UP, 30.0, 10.0, id="a third within five minutes of a change"),
        pytest.param(changed(5 * MINUTE), UP, 30.0, 30.0, id="no longer after five minutes"),
        pytest.param(since(DEPLOYING, 9 * HOUR), DEPLOYING, 30.0, 10.0, id="a third as long as it is being deployed"),
        pytest.param(since(DEPLOYING, HOUR), DEPLOYING, 2.0, 1.0, id="a third, but not under a second"),
        pytest.param(since(DEPLOYING, HOUR), DEPLOYING, 0.5, 0.5, id="under a second where the interval is"),
        pytest.param(since(ENDED, HOUR), ENDED, 30.0, 30.0, id="one that ended is polled as always for an hour"),
        pytest.param(since(ENDED, HOUR + SECOND), ENDED, 30.0, 300.0, id="ten times after it"),
        pytest.param(since(STOPPED, HOUR + SECOND), STOPPED, 30.0, 300.0, id="the same for one that was stopped"),
        pytest.param(since(ENDED, 9 * HOUR), UP, 30.0, 10.0, id="one that was deployed again is polled often"),
        pytest.param(since(ERROR, 9 * HOUR), ERROR, 30.0, 30.0, id="one with an error for hours is polled as always"),
        pytest.param(since(WARNING, 9 * HOUR), WARNING, 30.0, 30.0, id="so is one with a warning"),
    ],
)
def test_the_wait_until_the_next_poll(tracked: TrackedJob, status: Status, interval: float, wait: float) -> None:
    """A job is polled often while it is likely to change, rarely once it has ended, and otherwise every interval."""
    decision = decide(tracked, job(status), NOW, timedelta(seconds=interval), 0.5)
    assert decision.wait == timedelta(seconds=wait)


@pytest.mark.parametrize(
    "tracked",
    [TRACKED, FAILING, since(ENDED, 9 * HOUR), since(DEPLOYING, HOUR), changed(MINUTE)],
    ids=["live", "failing", "ended", "deploying", "changed"],
)
def test_the_wait_after_a_failed_poll(tracked: TrackedJob) -> None:
    """After a failed poll a job is polled at the next interval, whatever its last status."""
    assert decide(tracked, PollFailed("busy"), NOW, INTERVAL, 0.5).wait == INTERVAL


@pytest.mark.parametrize(
    ("retry_after", "chance", "wait"),
    [
        pytest.param(120.0, 0.0, 120.0, id="as long as it says"),
        pytest.param(120.0, 1.0, 130.0, id="and up to a third of an interval longer, so that not all come at once"),
        pytest.param(120.0, 0.5, 125.0, id="at random"),
        pytest.param(1.0, 0.0, 30.0, id="a shorter time doesn't shorten the interval"),
        pytest.param(0.0, 0.0, 30.0, id="nor does none at all"),
        pytest.param(86_400.0, 0.0, 600.0, id="a day is cut to ten minutes"),
    ],
)
def test_retry_after_is_obeyed_within_reason(retry_after: float, chance: float, wait: float) -> None:
    """Retry-After is obeyed up to ten minutes, with jitter, so that jobs don't come back at once."""
    decision = decide(TRACKED, PollFailed("busy", timedelta(seconds=retry_after)), NOW, INTERVAL, chance)
    assert decision.wait == timedelta(seconds=wait)


def test_an_interval_of_hours_is_kept() -> None:
    """An interval longer than ten minutes is kept, also after failed polls and with Retry-After."""
    for result in (job(UP), PollFailed("busy"), PollFailed("busy", timedelta(days=1)), PollFailed("busy", SECOND)):
        assert decide(TRACKED, result, NOW, 180 * MINUTE, 0.0).wait == 180 * MINUTE
