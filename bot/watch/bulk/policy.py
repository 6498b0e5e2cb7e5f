"""What the organisation's list says of the watched jobs, and which of them are looked up singly all the same. Pure.

What the list says is never told: it decides only which jobs the jobs resource is asked for, and when.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.domain.job import Job, StatusClass
from bot.domain.status_filter import is_problem
from bot.domain.tracked_job import TrackedJob
from bot.informatica.job_list import JobList

# With fewer jobs than this a worker asks three times a second at most: there is nothing to be saved.
FEWEST = 100
# Each job is looked up singly once in so many rounds: with what delays a look, within twenty intervals.
_ROTATION = 19
_OVER = (StatusClass.UNDEPLOYED, StatusClass.STOPPED)


class Listed(Enum):
    """What the list says of a watched job, against what is known of it."""

    AGREES = auto()
    DIFFERS = auto()
    MISSING = auto()


class NextPoll(Enum):
    """When a job is looked up singly: at once; at the pace of single looks; some time in this round, as a sample of
    those that the list shows unchanged; or not in this round."""

    NOW = auto()
    OWN_PACE = auto()
    SAMPLE = auto()
    SEEN = auto()


def listed_status(tracked: TrackedJob, listing: JobList) -> Listed:
    """What the list says of its run or, of a job that is followed, of the newest run of its dataflow."""
    row = listing.newest(tracked.ref.dataflow) if tracked.followed else listing.run(tracked.ref)
    if row is None:
        return Listed.MISSING
    return Listed.AGREES if row.ref == tracked.ref and row.status == tracked.status else Listed.DIFFERS


def agrees(tracked: TrackedJob, seen: Job, listing: JobList) -> bool | None:
    """Whether the list says what a single look at a known job showed; None where it says nothing of that run.

    A run that it lacks of a job that is followed, while it has others, is one that it does not have yet.
    """
    row = listing.run(seen.ref)
    if row is not None:
        return row.status == seen.status
    return False if tracked.followed and listing.newest(seen.ref.dataflow) is not None else None


def is_minded(tracked: TrackedJob) -> bool:
    """Whether it is looked up in each round, whatever the list says: it is deploying or in trouble, and not over."""
    status_class = tracked.status.status_class
    return status_class not in _OVER and (status_class is StatusClass.DEPLOYING or is_problem(tracked.status))


def turn(said: Listed, *, trusted: bool, suspect: bool, alone: bool, sampled: bool) -> NextPoll:
    """When the job is looked up of which the list `said` so.

    A `suspect` is one about which list and single look disagreed last time: that is settled at once. One that is
    `alone` is looked up at its own pace for a reason of its own: it is minded, can't be seen, or was not yet looked at.
    """
    if suspect or (trusted and said is Listed.DIFFERS and not alone):
        return NextPoll.NOW
    if not trusted or alone or said is Listed.MISSING:
        return NextPoll.OWN_PACE
    return NextPoll.SAMPLE if sampled else NextPoll.SEEN


def sample(polls: Sequence[tuple[float, int]]) -> set[int]:
    """The jobs to be checked in a round, by their IDs: of all (time of the last single look, ID) a twentieth, those
    looked at longest ago."""
    return {id for _, id in sorted(polls)[: math.ceil(len(polls) / _ROTATION)]}


def why_few(assigned: int) -> str | None:
    """Why so few jobs are watched one by one in any case; None where they are enough. In words as `why_useless`."""
    return f"fewer than {FEWEST} are watched" if assigned < FEWEST else None


def why_useless(listing: JobList, listed: int, asked: datetime, interval: timedelta) -> str | None:
    """Why a list that was asked for at a time (aware UTC), and has so many of the watched jobs, says nothing of
    use; None if it does. In words that complete "one by one: …"."""
    if not listing.complete:
        return "the list is not whole"
    if not listing.jobs:
        return "the list has no job with a status"
    if listing.asked_at < asked - interval:
        return "the list comes too late"
    if listed <= listing.pages:
        return f"the list has {listed:,} of them on {listing.pages:,} pages, so that single looks cost less"
    return None
