"""Changes between a tracked job and what a poll showed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import change_between
from bot.domain.job import Dataflow, JobRef, Status
from bot.domain.tracked_job import Lasted, TrackedJob
from tests.cast import DEPLOYING, ENDED, ERROR, HOUR, MINUTE, NOON, ORDERS, UP, WORKSPACE, change, job

TRACKED = TrackedJob(
    1, WORKSPACE, ORDERS, "orders", UP, NOON - 192 * MINUTE, NOON - MINUTE, version="2", since_is_exact=True
)
FOLLOWED = replace(TRACKED, followed=True)
NEXT_RUN = JobRef(ORDERS.dataflow, ORDERS.run + 1)


def test_another_spelling_of_a_status_is_no_change() -> None:
    """The same status in another spelling isn't announced, documented or not."""
    assert change_between(TRACKED, job(UP), NOON) is None
    assert change_between(TRACKED, job(Status.of("UP_AND_RUNNING")), NOON) is None
    throttled = replace(TRACKED, status=Status.of("Throttled"))
    assert change_between(throttled, job(Status.of("THROTTLED")), NOON) is None


def test_a_change_holds_all_that_an_alert_shows() -> None:
    """A change holds both statuses, how long the old one lasted, and who deployed which version."""
    assert change_between(TRACKED, job(ERROR), NOON) == change()
    assert change().lasted == Lasted(timedelta(hours=3, minutes=12), is_exact=True)


def test_a_change_keeps_the_name_that_an_answer_omits() -> None:
    """If the answer omits the job's name, the change has the name known before."""
    found = change_between(TRACKED, job(ERROR, name=None), NOON)
    assert found is not None
    assert found.title == "orders"


@given(st.text(), st.text())
def test_there_is_a_change_exactly_if_the_statuses_differ(old: str, new: str) -> None:
    """Any two statuses, documented or not, make a change if and only if they differ."""
    found = change_between(replace(TRACKED, status=Status.of(old)), replace(job(), status=Status.of(new)), NOON)
    assert (found is None) == (Status.of(old) == Status.of(new))
    if found is not None:
        assert (found.old, found.new, found.at) == (Status.of(old), Status.of(new), NOON)


@pytest.mark.parametrize("status", [UP, ERROR, ENDED])
def test_a_redeployment_of_a_followed_job_is_one_change(status: Status) -> None:
    """A new run of a followed job is a change in any status; it names both runs and versions, and ends nothing."""
    found = change_between(FOLLOWED, job(status, NEXT_RUN), NOON)
    assert found is not None
    assert (found.old, found.new, found.ref) == (UP, status, NEXT_RUN)
    assert (found.old_run, found.old_version, found.version) == (ORDERS.run, "2", "3")
    assert found.target == Dataflow(ORDERS.dataflow)
    assert not found.ends


def test_the_watch_of_a_single_run_ends_when_it_is_undeployed() -> None:
    """Undeployed ends the watch of a single run. A followed job may be deployed again, so its watch stays."""
    single, followed = change_between(TRACKED, job(ENDED), NOON), change_between(FOLLOWED, job(ENDED), NOON)
    assert single is not None
    assert followed is not None
    assert (single.ends, followed.ends) == (True, False)
    assert (single.target, followed.target) == (ORDERS, Dataflow(ORDERS.dataflow))


LASTED = [
    ("its beginning was seen", True, MINUTE, 192 * MINUTE, True),
    ("nobody saw its beginning", False, MINUTE, 192 * MINUTE, False),
    ("nobody saw its end: it lasted until it was last seen", True, 90 * MINUTE, 102 * MINUTE, False),
]


def test_a_duration_is_true_or_at_least() -> None:
    """The old status lasted exactly as long as it was seen if both its beginning and its end were, else at least."""
    for sentence, exact, unseen, span, is_exact in LASTED:
        found = change_between(replace(TRACKED, since_is_exact=exact, polled_at=NOON - unseen), job(ERROR), NOON)
        assert found is not None
        assert found.lasted == Lasted(span, is_exact=is_exact), sentence
        assert found.at_is_exact == (unseen == MINUTE), sentence


def test_a_status_lasts_as_long_as_it_is_seen() -> None:
    """A status has lasted until now, exactly if its beginning was seen; while the job can't be polled, or wasn't for
    long, at least until it last was. A job that ended is polled more seldom."""
    for tracked, span, is_exact in (
        (TRACKED, 192 * MINUTE, True),
        (replace(TRACKED, since_is_exact=False), 192 * MINUTE, False),
        (replace(TRACKED, failure="it hangs"), 191 * MINUTE, False),
        (replace(TRACKED, polled_at=NOON - 11 * MINUTE), 181 * MINUTE, False),
        (replace(TRACKED, status=ENDED, polled_at=NOON - 11 * MINUTE), 192 * MINUTE, True),
        (replace(TRACKED, status=ENDED, polled_at=NOON - 61 * MINUTE), 131 * MINUTE, False),
    ):
        assert tracked.lasted(NOON) == Lasted(span, is_exact=is_exact), tracked


def test_the_services_own_times_prove_more() -> None:
    """A change that nobody saw begins when the run ended or, if it is deploying, when it started; not if that
    contradicts what was seen."""
    away = replace(TRACKED, polled_at=NOON - 90 * MINUTE, followed=True)
    ended, deploying = (
        replace(job(ENDED), end_time=NOON - HOUR),
        replace(job(DEPLOYING, NEXT_RUN), start_time=NOON - HOUR),
    )
    for looked_up in (ended, deploying):
        found = change_between(away, looked_up, NOON)
        assert found is not None
        assert (found.at, found.at_is_exact) == (NOON - HOUR, True)
        assert found.lasted == Lasted(132 * MINUTE, is_exact=True)
    for contradicting in (NOON - 91 * MINUTE, NOON + MINUTE, None):
        found = change_between(away, replace(ended, end_time=contradicting), NOON)
        assert found is not None
        assert (found.at, found.at_is_exact) == (NOON, False), contradicting
    running = change_between(away, replace(job(ERROR), start_time=NOON - HOUR, end_time=NOON - HOUR), NOON)
    assert running is not None
    assert not running.at_is_exact
