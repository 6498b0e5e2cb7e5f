"""What follows from one look. What follows from many is in test_decide_stories.py."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.domain.change import Change
from bot.domain.job import Job, Status
from bot.domain.notification import JobAvailableAgain, JobUnavailable
from bot.domain.tracked_job import TrackedJob
from bot.watch.decide import PollFailed, decide
from tests.cast import ENDED, ERROR, MINUTE, NOON, ORDERS, SECOND, UP, WARNING, WORKSPACE, job

INTERVAL = 30 * SECOND
NOW = NOON + 60 * MINUTE
EARLIER = NOON + 50 * MINUTE
DEPLOYING, STOPPED = Status.of("Deploying"), Status.of("Stopped")

KNOWN = TrackedJob(1, WORKSPACE, ORDERS, "orders", UP, status_since=NOON, polled_at=NOW - INTERVAL, version="3")
FAILING = replace(KNOWN, failure="busy", failing_since=EARLIER, failures=1)
UNSEEN = replace(FAILING, failures=3, unavailable_notified_at=EARLIER)


@dataclass(frozen=True)
class Case:
    sentence: str
    tracked: TrackedJob
    seen: Job | PollFailed
    expected: TrackedJob
    told: tuple[Status, Status] | None = None


CASES = [
    Case(
        "The same status is told to nobody, and its age remains.",
        KNOWN,
        job(UP),
        replace(KNOWN, polled_at=NOW),
    ),
    Case(
        "Another status is told, and is known since now.",
        KNOWN,
        job(ERROR),
        replace(KNOWN, status=ERROR, status_since=NOW, polled_at=NOW, changed_at=NOW),
        told=(UP, ERROR),
    ),
    Case(
        "A better status is told just as a worse one is.",
        replace(KNOWN, status=ERROR),
        job(UP),
        replace(KNOWN, status_since=NOW, polled_at=NOW, changed_at=NOW),
        told=(ERROR, UP),
    ),
    Case(
        "The same status in another spelling is no change.",
        KNOWN,
        job(Status.of("UP_AND_RUNNING")),
        replace(KNOWN, polled_at=NOW),
    ),
    Case(
        "A word that nobody knows is told as it is.",
        KNOWN,
        job(Status.of("Paused")),
        replace(KNOWN, status=Status.of("Paused"), status_since=NOW, polled_at=NOW, changed_at=NOW),
        told=(UP, Status.of("Paused")),
    ),
    Case(
        "A new name is remembered, and is no change.",
        KNOWN,
        job(UP, name="orders-to-lake"),
        replace(KNOWN, title="orders-to-lake", polled_at=NOW),
    ),
    Case(
        "A failed look changes nothing but that it failed.",
        KNOWN,
        PollFailed("busy"),
        replace(KNOWN, failure="busy", failing_since=NOW, failures=1),
    ),
    Case(
        "A further failure keeps when they began, and says the latest reason.",
        FAILING,
        PollFailed("no answer"),
        replace(KNOWN, failure="no answer", failing_since=EARLIER, failures=2),
    ),
    Case(
        "A good look ends the failures, in silence where the status is the same.",
        FAILING,
        job(UP),
        replace(KNOWN, polled_at=NOW),
    ),
    Case(
        "A status that changed while nobody could see is told with the first good look.",
        FAILING,
        job(ERROR),
        replace(KNOWN, status=ERROR, status_since=NOW, polled_at=NOW, changed_at=NOW),
        told=(UP, ERROR),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
def test_what_follows_from_a_look(case: Case) -> None:
    """From what was known and what was seen follows what the row's sentence says, in every field."""
    decision = decide(case.tracked, case.seen, NOW, INTERVAL, 0.5)
    assert decision.tracked == case.expected
    changes = [notification for notification in decision.notification if isinstance(notification, Change)]
    assert [(change.old, change.new) for change in changes] == ([case.told] if case.told else [])
    assert len(decision.notification) == len(changes)
    for change in changes:
        assert (change.ref, change.at, change.old_since) == (ORDERS, NOW, case.tracked.status_since)
        assert (change.title, change.version, change.started_by) == ("orders", "3", "ann")


@pytest.mark.parametrize("name", [None, ""], ids=["not said", "empty"])
def test_an_answer_without_a_name(name: str | None) -> None:
    """Where the service leaves the name out, the job is still called, and told, by the name that it had."""
    decision = decide(KNOWN, job(ERROR, name=name), NOW, INTERVAL, 0.5)
    assert decision.tracked.title == "orders"
    assert [notification.title for notification in decision.notification] == ["orders"]


def test_out_of_sight_is_told_after_three_failures() -> None:
    """The third failure in a row is told, with the reason and since when, if others can be seen."""
    decision = decide(replace(FAILING, failures=2), PollFailed("gone", others_seen=True), NOW, INTERVAL, 0.5)
    assert decision.notification == (JobUnavailable(ORDERS, "orders", UP, "gone", EARLIER),)
    assert decision.tracked.unavailable_notified_at == NOW


@pytest.mark.parametrize(
    ("known", "others_seen"),
    [
        pytest.param(FAILING, True, id="the second failure"),
        pytest.param(replace(FAILING, failures=2), False, id="nothing else can be seen either"),
        pytest.param(UNSEEN, True, id="told already"),
        pytest.param(replace(UNSEEN, failures=2), True, id="told already, before a restart"),
    ],
)
def test_when_out_of_sight_is_not_told(tracked: TrackedJob, others_seen: bool) -> None:
    """One or two failures are a hiccup, a service that shows nothing at all is an outage, and nothing is told twice."""
    decision = decide(tracked, PollFailed("gone", others_seen=others_seen), NOW, INTERVAL, 0.5)
    assert decision.notification == ()
    assert decision.tracked.unavailable_notified_at == tracked.unavailable_notified_at


@pytest.mark.parametrize("status", [UP, ERROR], ids=["unchanged", "changed"])
def test_back_in_sight_is_told_before_what_changed(status: Status) -> None:
    """A job that was told as out of sight is told as back, with how it is now; then what changed meanwhile."""
    back, *changes = decide(UNSEEN, job(status), NOW, INTERVAL, 0.5).notification
    assert back == JobAvailableAgain(ORDERS, "orders", status, EARLIER, NOW)
    assert [notification.kind for notification in changes] == (["change"] if status == ERROR else [])


def test_back_in_sight_after_a_subscriber_saw_it_first() -> None:
    """Where only that it was told is left of the failures, it is told as back all the same, unseen since then."""
    tracked = replace(KNOWN, unavailable_notified_at=EARLIER)
    assert decide(tracked, job(UP), NOW, INTERVAL, 0.5).notification == (
        JobAvailableAgain(ORDERS, "orders", UP, EARLIER, NOW),
    )


def since(status: Status, ago: timedelta) -> TrackedJob:
    """Known to be so for some time, by a worker that did not see it change."""
    return replace(KNOWN, status=status, status_since=NOW - ago)


def changed(ago: timedelta) -> TrackedJob:
    return replace(KNOWN, changed_at=NOW - ago, status_since=NOW - ago)


HOUR = 60 * MINUTE


@pytest.mark.parametrize(
    ("known", "seen", "interval", "wait"),
    [
        pytest.param(KNOWN, UP, 30.0, 30.0, id="the interval"),
        pytest.param(KNOWN, ERROR, 30.0, 10.0, id="a third for one that changed now"),
        pytest.param(changed(5 * MINUTE - SECOND), UP, 30.0, 10.0, id="a third within five minutes of a change"),
        pytest.param(changed(5 * MINUTE), UP, 30.0, 30.0, id="no longer after five minutes"),
        pytest.param(since(DEPLOYING, 9 * HOUR), DEPLOYING, 30.0, 10.0, id="a third as long as it is being deployed"),
        pytest.param(since(DEPLOYING, HOUR), DEPLOYING, 2.0, 1.0, id="a third, but not under a second"),
        pytest.param(since(DEPLOYING, HOUR), DEPLOYING, 0.5, 0.5, id="under a second where the interval is"),
        pytest.param(since(ENDED, HOUR), ENDED, 30.0, 30.0, id="one that ended is looked at as ever for an hour"),
        pytest.param(since(ENDED, HOUR + SECOND), ENDED, 30.0, 300.0, id="ten times after it"),
        pytest.param(since(STOPPED, HOUR + SECOND), STOPPED, 30.0, 300.0, id="the same for one that was stopped"),
        pytest.param(since(ENDED, 9 * HOUR), UP, 30.0, 10.0, id="one that was deployed again is watched closely"),
        pytest.param(since(ERROR, 9 * HOUR), ERROR, 30.0, 30.0, id="one in trouble for hours is looked at as ever"),
        pytest.param(since(WARNING, 9 * HOUR), WARNING, 30.0, 30.0, id="so is one with a warning"),
    ],
)
def test_when_a_job_is_looked_at_again(tracked: TrackedJob, seen: Status, interval: float, wait: float) -> None:
    """Often while it is likely to change, rarely when it is over, else once an interval."""
    decision = decide(tracked, job(seen), NOW, timedelta(seconds=interval), 0.5)
    assert decision.wait == timedelta(seconds=wait)


@pytest.mark.parametrize(
    "known",
    [KNOWN, FAILING, since(ENDED, 9 * HOUR), since(DEPLOYING, HOUR), changed(MINUTE)],
    ids=["live", "failing", "ended", "deploying", "changed"],
)
def test_when_a_job_that_can_not_be_seen_is_looked_at_again(tracked: TrackedJob) -> None:
    """After an interval, whatever its status was: that says nothing of what it is."""
    assert decide(tracked, PollFailed("busy"), NOW, INTERVAL, 0.5).wait == INTERVAL


@pytest.mark.parametrize(
    ("asked", "chance", "wait"),
    [
        pytest.param(120.0, 0.0, 120.0, id="as long as it asks"),
        pytest.param(120.0, 1.0, 130.0, id="and up to a third of an interval longer, so that not all come at once"),
        pytest.param(120.0, 0.5, 125.0, id="at random"),
        pytest.param(1.0, 0.0, 30.0, id="a service that asks for less is not asked more often"),
        pytest.param(0.0, 0.0, 30.0, id="nor one that asks for nothing"),
        pytest.param(86_400.0, 0.0, 600.0, id="one that asks for a day is asked after ten minutes all the same"),
    ],
)
def test_a_service_that_asks_to_be_left_alone(asked: float, chance: float, wait: float) -> None:
    """Retry-After is obeyed, within reason, and nobody comes back at the same moment as all others."""
    decision = decide(KNOWN, PollFailed("busy", timedelta(seconds=asked)), NOW, INTERVAL, chance)
    assert decision.wait == timedelta(seconds=wait)


def test_ten_minutes_are_the_longest_silence_but_not_the_longest_interval() -> None:
    """An interval of hours is kept, also when the service asks for a pause or looks fail."""
    for seen in (job(UP), PollFailed("busy"), PollFailed("busy", timedelta(days=1)), PollFailed("busy", SECOND)):
        assert decide(KNOWN, seen, NOW, 180 * MINUTE, 0.0).wait == 180 * MINUTE
