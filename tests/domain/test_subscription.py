"""The one rule for what a subscription is notified of, and when."""

from dataclasses import replace
from datetime import datetime

import pytest

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import Status
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Subscription
from bot.domain.tracked_job import TrackedJob
from tests.cast import ANN, DEPLOYING, ENDED, ERROR, NOON, OPS, ORDERS, UP, WARNING, WORKSPACE

STOPPED, UNDOCUMENTED = Status.of("Stopped"), Status.of("Quiescing")


def subscription(
    notified: Status = UP,
    status_filter: str = "changes",
    *,
    job: Status = UP,
    paused_because: str | None = None,
    muted_until: datetime | None = None,
) -> Subscription:
    tracked = TrackedJob(1, WORKSPACE, ORDERS, "orders", job, status_since=NOON, polled_at=NOON)
    return Subscription(
        id=1,
        destination=Destination(WORKSPACE, OPS),
        job=tracked,
        created_by=ANN,
        status_filter=StatusFilter.read(status_filter),
        notified_status=notified,
        paused_because=paused_because,
        muted_until=muted_until,
    )


def change(old: Status, new: Status, *, ends: bool = False) -> Change:
    return Change(ORDERS, "orders", old, new, None, NOON, ends=ends)


LIVE, MUTED = subscription(), subscription(muted_until=NOON)
PAUSED = subscription(paused_because="is_archived")
PROBLEMS, ERRORS = subscription(status_filter="problems"), subscription(status_filter="errors")


@pytest.mark.parametrize(
    ("sentence", "who", "of", "expected"),
    [
        ("a live subscription is notified of a change that its filter matches", LIVE, change(UP, ERROR), True),
        ("a change that the filter excludes is left out", ERRORS, change(UP, WARNING), False),
        (
            "the filter compares with the last notified status, not with the last status",
            subscription(ERROR, "problems"),
            change(DEPLOYING, UP),
            True,
        ),
        ("deploying and back without a problem is left out", PROBLEMS, change(DEPLOYING, UP), False),
        ("the end of the watch is notified whatever the filter", ERRORS, change(UP, ENDED, ends=True), True),
        ("a muted subscription isn't notified", MUTED, change(UP, ERROR), False),
        ("a muted subscription isn't notified of its end either", MUTED, change(UP, ENDED, ends=True), False),
        ("a paused subscription isn't notified", PAUSED, change(UP, ERROR), False),
        ("a paused subscription isn't notified of its end either", PAUSED, change(UP, ENDED, ends=True), False),
    ],
)
def test_whom_a_change_concerns(sentence: str, who: Subscription, of: Change, expected: bool) -> None:
    """A change is delivered to live subscriptions whose filter matches it, and so is the end of their watch."""
    assert who.is_notified_of(of) is expected, sentence


@pytest.mark.parametrize(
    ("sentence", "who", "expected"),
    [
        ("the job is as notified", subscription(UP, job=UP), False),
        ("the job has another status now", subscription(UP, job=ERROR), True),
        ("another spelling is the same status", subscription(UP, job=Status.of("UP_AND_RUNNING")), False),
        ("the filter excludes the present status", subscription(UP, "errors", job=WARNING), False),
        ("a recovery was missed", subscription(ERROR, "problems", job=UP), True),
        ("the job only began to deploy after a problem", subscription(ERROR, "problems", job=DEPLOYING), False),
        ("during a mute it falls behind, too", replace(subscription(UP, job=ERROR), muted_until=NOON), True),
        ("during a pause as well", replace(subscription(UP, job=ERROR), paused_because="is_archived"), True),
    ],
)
def test_who_is_behind(sentence: str, who: Subscription, expected: bool) -> None:
    """A subscription is behind if the job has another status than it was notified of, and the filter matches it."""
    assert who.is_behind is expected, sentence


@pytest.mark.parametrize(
    ("sentence", "who", "expected"),
    [
        ("the job has an error", subscription(job=ERROR), True),
        ("the job has a warning", subscription(job=WARNING), True),
        ("the status is undocumented", subscription(job=UNDOCUMENTED), True),
        ("it still fails as notified before the mute", subscription(ERROR, job=ERROR), True),
        ("the job recovered", subscription(ERROR, job=UP), False),
        ("the job deploys", subscription(job=DEPLOYING), False),
        ("the job stopped, perhaps as planned", subscription(job=STOPPED), False),
        ("the job was undeployed, perhaps as planned", subscription(job=ENDED), False),
        ("the filter excludes warnings", subscription(status_filter="errors", job=WARNING), False),
        ("the filter lists only Stopped", subscription(status_filter="Stopped", job=ERROR), False),
        ("the filter lists that status", subscription(status_filter="Running with Error", job=ERROR), True),
        ("the destination is paused", subscription(job=ERROR, paused_because="is_archived"), False),
    ],
)
def test_who_is_reminded_after_a_mute(sentence: str, who: Subscription, expected: bool) -> None:
    """The end of a mute is delivered if the job still fails, in a status that the filter includes."""
    assert who.is_reminded_after_mute is expected, sentence


def test_a_subscription_is_live_unless_paused_or_muted() -> None:
    """A live subscription is neither paused nor muted."""
    assert [one.is_live for one in (LIVE, MUTED, PAUSED)] == [True, False, False]
