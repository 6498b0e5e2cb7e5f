"""What changed between what was known of a job and what was seen of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import change_between
from bot.domain.job import Dataflow, JobRef, Status
from bot.domain.tracked_job import TrackedJob
from tests.cast import ENDED, ERROR, MINUTE, NOON, ORDERS, UP, WORKSPACE, change, job

KNOWN = TrackedJob(
    1, WORKSPACE, ORDERS, "orders", UP, status_since=NOON - 192 * MINUTE, polled_at=NOON - MINUTE, version="2"
)
FOLLOWED = replace(KNOWN, followed=True)
NEXT = JobRef(ORDERS.dataflow, ORDERS.run + 1)


def test_a_status_that_stays_is_no_change() -> None:
    """The same status in another spelling is not announced."""
    assert change_between(KNOWN, job(UP), NOON) is None
    assert change_between(KNOWN, job(Status.of("UP_AND_RUNNING")), NOON) is None
    throttled = replace(KNOWN, status=Status.of("Throttled"))
    assert change_between(throttled, job(Status.of("THROTTLED")), NOON) is None


def test_a_change_says_all_that_an_alert_needs() -> None:
    """From the known status and the look: both statuses, how long the old one lasted, what the job said of itself."""
    assert change_between(KNOWN, job(ERROR), NOON) == change()
    assert change().lasted == timedelta(hours=3, minutes=12)


def test_an_answer_without_a_name_unnames_nothing() -> None:
    """The change bears the name that is known."""
    found = change_between(KNOWN, job(ERROR, name=None), NOON)
    assert found is not None
    assert found.title == "orders"


@given(st.text(), st.text())
def test_there_is_a_change_exactly_when_the_statuses_differ(old: str, new: str) -> None:
    """Whatever the two words are, they are told apart by their meaning alone."""
    found = change_between(replace(KNOWN, status=Status.of(old)), replace(job(), status=Status.of(new)), NOON)
    assert (found is None) == (Status.of(old) == Status.of(new))
    if found is not None:
        assert (found.old, found.new, found.at) == (Status.of(old), Status.of(new), NOON)


@pytest.mark.parametrize("status", [UP, ERROR, ENDED])
def test_another_run_of_a_followed_job_is_one_change(status: Status) -> None:
    """It names both runs and versions, whatever the status is, and ends nothing."""
    found = change_between(FOLLOWED, job(status, NEXT), NOON)
    assert found is not None
    assert (found.old, found.new, found.ref) == (UP, status, NEXT)
    assert (found.old_run, found.old_version, found.version) == (ORDERS.run, "2", "3")
    assert found.target == Dataflow(ORDERS.dataflow)
    assert not found.ends


def test_a_watch_of_one_run_ends_with_it() -> None:
    """That its run was undeployed ends it; a followed job may be deployed again."""
    pinned, followed = change_between(KNOWN, job(ENDED), NOON), change_between(FOLLOWED, job(ENDED), NOON)
    assert pinned is not None
    assert followed is not None
    assert (pinned.ends, followed.ends) == (True, False)
    assert (pinned.target, followed.target) == (ORDERS, Dataflow(ORDERS.dataflow))
