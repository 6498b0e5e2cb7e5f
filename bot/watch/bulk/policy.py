"""What the job list says about tracked jobs, and which of them are polled singly all the same. Pure.

The job list never causes an alert: it only decides which jobs are polled, and when.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.domain.job import Job, StatusClass
from bot.domain.status_filter import is_problem
from bot.domain.tracked_job import TrackedJob
from bot.informatica.job_list import JobList

# With fewer jobs than this, a worker polls three times a second at most: bulk polling would save nothing.
MIN_JOBS = 100
# Each job is polled singly once in so many rounds, which makes 22 intervals including all delays. So a round polls
# under 5 % of the jobs.
_ROTATION = 21


class Listed(Enum):
    """What the job list says about a tracked job."""

    AGREES = auto()
    DIFFERS = auto()
    MISSING = auto()


class NextPoll(Enum):
    """When a job is polled singly."""

    NOW = auto()
    OWN_PACE = auto()  # as without bulk polling
    SAMPLE = auto()  # some time in this round, to check the job list
    DEFERRED = auto()  # not in this round


def listed(tracked: TrackedJob, job_list: JobList) -> Listed:
    """What the job list says about a tracked run or, for a followed job, about the newest run of its dataflow."""
    row = job_list.newest(tracked.ref.dataflow) if tracked.followed else job_list.run(tracked.ref)
    if row is None:
        return Listed.MISSING
    return Listed.AGREES if row.ref == tracked.ref and row.status == tracked.status else Listed.DIFFERS


def agrees(tracked: TrackedJob, polled: Job, job_list: JobList) -> bool | None:
    """Whether the job list agrees with a single poll of a tracked job; None if it doesn't say.

    If it lacks the current run of a followed job but has another one, it is behind: it disagrees.
    """
    row = job_list.run(polled.ref)
    if row is not None:
        return row.status == polled.status
    return False if tracked.followed and job_list.newest(polled.ref.dataflow) is not None else None


def is_polled_every_round(tracked: TrackedJob) -> bool:
    """Whether a job is polled in each round whatever the job list says: it is deploying or has a problem, and hasn't
    ended."""
    status_class = tracked.status.status_class
    if status_class.is_inactive:
        return False
    return status_class is StatusClass.DEPLOYING or is_problem(tracked.status)


def next_poll(says: Listed, *, trusted: bool, suspect: bool, alone: bool, sampled: bool) -> NextPoll:
    """When to poll a job about which the job list `says` this.

    `suspect`: list and poll disagreed about it last time, which is settled at once. `alone`: it is polled at its own
    pace, since it has a problem, can't be polled, or wasn't polled yet.
    """
    if suspect or (trusted and says is Listed.DIFFERS and not alone):
        return NextPoll.NOW
    if not trusted or alone or says is Listed.MISSING:
        return NextPoll.OWN_PACE
    return NextPoll.SAMPLE if sampled else NextPoll.DEFERRED


def sample(polls: Sequence[tuple[float, int]]) -> set[int]:
    """The IDs of the jobs to check in a round: those with the oldest polls, given as (time of the last poll, ID)."""
    return {id for _, id in sorted(polls)[: math.ceil(len(polls) / _ROTATION)]}


def why_few(assigned: int) -> str | None:
    """Why so few jobs are polled one by one; None if there are enough for bulk polling. Worded like `why_useless`."""
    return f"fewer than {MIN_JOBS} are watched" if assigned < MIN_JOBS else None


def why_useless(job_list: JobList, in_list: int, asked: datetime, interval: timedelta) -> str | None:
    """Why a job list is useless for bulk polling; None if it is of use. Completes "polled one by one: …".

    It was requested at `asked` (aware UTC) and has `in_list` of the watched jobs.
    """
    if not job_list.complete:
        return "the job list is incomplete"
    if not job_list.jobs:
        return "the job list has no job with a status"
    if job_list.asked_at < asked - interval:
        return "the job list comes too late"
    if in_list <= job_list.pages:
        return f"the job list has {in_list:,} of them on {job_list.pages:,} pages, so single polls cost less"
    return None
