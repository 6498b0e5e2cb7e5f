"""What the list says of a watched job, and which jobs are looked up singly all the same."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.job import Job, JobRef, Status
from bot.domain.tracked_job import TrackedJob
from bot.informatica.job_list import JobList
from bot.watch.bulk.policy import Listed, NextPoll, agrees, is_minded, listed_status, sample, turn, why_useless
from tests.cast import CLICKS, DEPLOYING, ENDED, ERROR, MINUTE, NOON, ORDERS, UP, WARNING, WORKSPACE, job

INTERVAL = timedelta(seconds=30)
PINNED = TrackedJob(1, WORKSPACE, ORDERS, "orders", UP, status_since=NOON, polled_at=NOON)
FOLLOWED = replace(PINNED, followed=True)
NEXT = JobRef(ORDERS.dataflow, ORDERS.run + 1)


def listing(*jobs: Job, complete: bool = True, pages: int = 1) -> JobList:
    return JobList(jobs, complete=complete, asked_at=NOON, pages=pages)


@pytest.mark.parametrize(
    ("known", "jobs", "said"),
    [
        (PINNED, [job(UP), job(ERROR, CLICKS)], Listed.AGREES),
        (PINNED, [job(Status.of("UP_AND_RUNNING"))], Listed.AGREES),
        (PINNED, [job(ERROR)], Listed.DIFFERS),
        (PINNED, [job(UP), job(DEPLOYING, NEXT)], Listed.AGREES),
        (PINNED, [job(UP, NEXT)], Listed.MISSING),
        (PINNED, [], Listed.MISSING),
        (FOLLOWED, [job(UP), job(DEPLOYING, NEXT)], Listed.DIFFERS),
        (FOLLOWED, [job(UP), job(UP, NEXT)], Listed.DIFFERS),
        (replace(FOLLOWED, ref=NEXT), [job(ENDED), job(UP, NEXT)], Listed.AGREES),
        (replace(FOLLOWED, ref=NEXT), [job(UP)], Listed.DIFFERS),
        (FOLLOWED, [job(UP, CLICKS)], Listed.MISSING),
    ],
)
def test_what_the_list_says_of_a_job(tracked: TrackedJob, jobs: list[Job], said: Listed) -> None:
    """Of one run its row counts, of a job that is followed the newest run of its dataflow; a status that is spelt in
    another way is the same."""
    assert listed_status(tracked, listing(*jobs)) is said


@pytest.mark.parametrize(
    ("known", "seen", "jobs", "so"),
    [
        (PINNED, job(UP), [job(UP)], True),
        (PINNED, job(ERROR), [job(UP)], False),
        (PINNED, job(ERROR), [job(ERROR, NEXT)], None),
        (FOLLOWED, job(UP), [job(UP), job(DEPLOYING, NEXT)], True),
        (FOLLOWED, job(DEPLOYING, NEXT), [job(ENDED)], False),
        (FOLLOWED, job(DEPLOYING, NEXT), [job(ENDED), job(DEPLOYING, NEXT)], True),
        (FOLLOWED, job(UP), [job(UP, CLICKS)], None),
    ],
)
def test_whether_the_list_says_what_was_seen(tracked: TrackedJob, seen: Job, jobs: list[Job], so: bool | None) -> None:
    """The row of the very run that was seen is compared; a list that lacks the job says nothing, but one that lacks the
    new run of a job that is followed is behind."""
    assert agrees(tracked, seen, listing(*jobs)) is so


@pytest.mark.parametrize(
    ("status", "so"),
    [(UP, False), (ENDED, False), (Status.of("Stopped"), False)]
    + [(status, True) for status in (DEPLOYING, WARNING, ERROR, Status.of("Sulking"))],
)
def test_which_jobs_are_minded(status: Status, so: bool) -> None:
    """Jobs that are deploying or in trouble are looked up in each round; healthy ones and those that are over are
    not."""
    assert is_minded(replace(PINNED, status=status)) is so


_SAID, _SURE = st.sampled_from(Listed), st.booleans()


@given(_SAID, _SURE, _SURE, _SURE)
def test_a_list_that_is_not_trusted_saves_no_look(said: Listed, suspect: bool, alone: bool, sampled: bool) -> None:
    """Whatever a list says that is not believed, each job is looked up no later than without it."""
    assert turn(said, trusted=False, suspect=suspect, alone=alone, sampled=sampled) in (NextPoll.NOW, NextPoll.OWN_PACE)


@given(_SAID, _SURE, _SURE, _SURE)
def test_only_what_is_shown_unchanged_is_put_off(said: Listed, suspect: bool, alone: bool, sampled: bool) -> None:
    """A look is saved only at a job that the list shows as it is known, that is no suspect, in no trouble, and no
    sample; a job that the list shows changed is looked up at once."""
    found = turn(said, trusted=True, suspect=suspect, alone=alone, sampled=sampled)
    assert (found is NextPoll.SEEN) == (said is Listed.AGREES and not (suspect or alone or sampled))
    assert found is NextPoll.NOW or not suspect
    assert found is NextPoll.NOW or said is not Listed.DIFFERS or alone


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=300))
def test_a_sample_turns_round(times: list[float]) -> None:
    """In nineteen rounds each job was in the sample once, and no sample is larger than a nineteenth."""
    polls = dict(enumerate(times))
    seen = set()
    for number in range(19):
        chosen = sample([(at, id) for id, at in polls.items()])
        assert len(chosen) == -(-len(times) // 19)
        polls |= dict.fromkeys(chosen, 2000.0 + number)
        seen |= chosen
    assert seen == set(polls)


@pytest.mark.parametrize(
    ("found", "listed", "why"),
    [
        (listing(job()), 200, None),
        (listing(job(), complete=False), 200, "the list is not whole"),
        (listing(), 0, "the list has no job with a status"),
        (listing(job(), pages=50), 51, None),
        (listing(job(), pages=50), 50, "the list has 50 of them on 50 pages, so that single looks cost less"),
    ],
)
def test_a_list_of_no_use(found: JobList, listed: int, why: str | None) -> None:
    """Half a list, one without statuses, and one that costs more than it saves are not used."""
    assert why_useless(found, listed, NOON, INTERVAL) == why


def test_a_list_from_long_ago_is_of_no_use() -> None:
    """A list whose fetching somebody began more than an interval before is too old."""
    assert why_useless(listing(job()), 200, NOON + INTERVAL, INTERVAL) is None
    assert why_useless(listing(job()), 200, NOON + MINUTE, INTERVAL) == "the list comes too late"
