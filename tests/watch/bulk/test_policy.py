"""What the job list says about a tracked job, and which jobs are polled singly all the same."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.job import Job, JobRef, Status
from bot.domain.tracked_job import TrackedJob
from bot.informatica.job_list import JobList
from bot.watch.bulk.policy import (
    Listed,
    NextPoll,
    agrees,
    is_polled_every_round,
    listed,
    next_poll,
    sample,
    why_useless,
)
from tests.cast import CLICKS, DEPLOYING, ENDED, ERROR, MINUTE, NOON, ORDERS, UP, WARNING, WORKSPACE, job

INTERVAL = timedelta(seconds=30)
SINGLE = TrackedJob(1, WORKSPACE, ORDERS, "orders", UP, status_since=NOON, polled_at=NOON)
FOLLOWED = replace(SINGLE, followed=True)
NEXT = JobRef(ORDERS.dataflow, ORDERS.run + 1)


def job_list(*jobs: Job, complete: bool = True, pages: int = 1) -> JobList:
    return JobList(jobs, complete=complete, asked_at=NOON, pages=pages)


@pytest.mark.parametrize(
    ("tracked", "jobs", "says"),
    [
        (SINGLE, [job(UP), job(ERROR, CLICKS)], Listed.AGREES),
        (SINGLE, [job(Status.of("UP_AND_RUNNING"))], Listed.AGREES),
        (SINGLE, [job(ERROR)], Listed.DIFFERS),
        (SINGLE, [job(UP), job(DEPLOYING, NEXT)], Listed.AGREES),
        (SINGLE, [job(UP, NEXT)], Listed.MISSING),
        (SINGLE, [], Listed.MISSING),
        (FOLLOWED, [job(UP), job(DEPLOYING, NEXT)], Listed.DIFFERS),
        (FOLLOWED, [job(UP), job(UP, NEXT)], Listed.DIFFERS),
        (replace(FOLLOWED, ref=NEXT), [job(ENDED), job(UP, NEXT)], Listed.AGREES),
        (replace(FOLLOWED, ref=NEXT), [job(UP)], Listed.DIFFERS),
        (FOLLOWED, [job(UP, CLICKS)], Listed.MISSING),
    ],
)
def test_what_the_list_says_about_a_job(tracked: TrackedJob, jobs: list[Job], says: Listed) -> None:
    """For a single run its row counts, for a followed job the newest run of its dataflow, in any spelling."""
    assert listed(tracked, job_list(*jobs)) is says


@pytest.mark.parametrize(
    ("tracked", "polled", "jobs", "expected"),
    [
        (SINGLE, job(UP), [job(UP)], True),
        (SINGLE, job(ERROR), [job(UP)], False),
        (SINGLE, job(ERROR), [job(ERROR, NEXT)], None),
        (FOLLOWED, job(UP), [job(UP), job(DEPLOYING, NEXT)], True),
        (FOLLOWED, job(DEPLOYING, NEXT), [job(ENDED)], False),
        (FOLLOWED, job(DEPLOYING, NEXT), [job(ENDED), job(DEPLOYING, NEXT)], True),
        (FOLLOWED, job(UP), [job(UP, CLICKS)], None),
    ],
)
def test_whether_the_list_agrees_with_a_poll(
    tracked: TrackedJob, polled: Job, jobs: list[Job], expected: bool | None
) -> None:
    """A poll is compared with the row of the same run. A list that lacks the current run of a followed job is
    behind."""
    assert agrees(tracked, polled, job_list(*jobs)) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [(UP, False), (ENDED, False), (Status.of("Stopped"), False)]
    + [(status, True) for status in (DEPLOYING, WARNING, ERROR, Status.of("Sulking"))],
)
def test_which_jobs_are_polled_every_round(status: Status, expected: bool) -> None:
    """Jobs that deploy or have a problem are polled in each round; healthy and ended ones aren't."""
    assert is_polled_every_round(replace(SINGLE, status=status)) is expected


_SAID, _SURE = st.sampled_from(Listed), st.booleans()


@given(_SAID, _SURE, _SURE, _SURE)
def test_an_untrusted_list_saves_no_poll(says: Listed, suspect: bool, alone: bool, sampled: bool) -> None:
    """While the list isn't trusted, each job is polled no later than without it."""
    assert next_poll(says, trusted=False, suspect=suspect, alone=alone, sampled=sampled) in (
        NextPoll.NOW,
        NextPoll.OWN_PACE,
    )


@given(_SAID, _SURE, _SURE, _SURE)
def test_only_unchanged_jobs_are_deferred(says: Listed, suspect: bool, alone: bool, sampled: bool) -> None:
    """A poll is deferred only if the list agrees and the job is no suspect, not alone and no sample. A difference is
    polled at once."""
    found = next_poll(says, trusted=True, suspect=suspect, alone=alone, sampled=sampled)
    assert (found is NextPoll.DEFERRED) == (says is Listed.AGREES and not (suspect or alone or sampled))
    assert found is NextPoll.NOW or not suspect
    assert found is NextPoll.NOW or says is not Listed.DIFFERS or alone


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=300))
def test_the_sample_rotates(times: list[float]) -> None:
    """In 21 rounds each job is in the sample, and no sample is larger than a 21st."""
    polls = dict(enumerate(times))
    polled = set()
    for number in range(21):
        chosen = sample([(at, id) for id, at in polls.items()])
        assert len(chosen) == -(-len(times) // 21)
        polls |= dict.fromkeys(chosen, 2000.0 + number)
        polled |= chosen
    assert polled == set(polls)


@pytest.mark.parametrize(
    ("found", "in_list", "why"),
    [
        (job_list(job()), 200, None),
        (job_list(job(), complete=False), 200, "the job list is incomplete"),
        (job_list(), 0, "the job list has no job with a status"),
        (job_list(job(), pages=50), 51, None),
        (job_list(job(), pages=50), 50, "the job list has 50 of them on 50 pages, so single polls cost less"),
    ],
)
def test_a_useless_list(found: JobList, in_list: int, why: str | None) -> None:
    """A list that is incomplete, has no statuses, or costs more than it saves isn't used."""
    assert why_useless(found, in_list, NOON, INTERVAL) == why


def test_a_list_from_long_ago_is_useless() -> None:
    """A list whose fetch began more than an interval before is too old."""
    assert why_useless(job_list(job()), 200, NOON + INTERVAL, INTERVAL) is None
    assert why_useless(job_list(job()), 200, NOON + MINUTE, INTERVAL) == "the job list comes too late"
