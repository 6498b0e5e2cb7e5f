"""A tracked job: a job that somebody watches, as last seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.job import JobRef, Status, StatusClass, Target, target_of

# Ended jobs are polled every ten intervals. What happened while nobody looked for longer has no exact time.
_CLOSE = timedelta(minutes=10)
# And the setting of the interval isn't known here.
_ENDED_POLLED_WITHIN = timedelta(hours=1)


def follows_closely(seen: datetime, at: datetime) -> bool:
    """Whether so little time passed between two looks at a job that what is new began at the second one."""
    return at - seen <= _CLOSE


@dataclass(frozen=True)
class Lasted:
    """How long a status lasted: exactly, as far as polls can tell, or at least."""

    span: timedelta
    is_exact: bool


@dataclass(frozen=True)
class Gap:
    """A time between two successful polls that is longer than polling explains: what happened in it is unknown."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class TrackedJob:
    """A job that somebody watches, as the latest successful poll showed it. Times are aware UTC.

    `followed` jobs are followed across redeployments, others end with their run. `version` is that of the deployment.
    `status_since` is when the status was first seen. It is exact if the beginning was seen or proven; else the status
    may be older. `polled_at` is when the latest successful poll began.
    `failure` says why the job can't be polled now (since `failing_since`); `unavailable_notified_at` is when
    subscribers were notified of that.

    Kept in memory only, for the poller: the number of `failures` in a row, `changed_at`, the latest change that this
    worker saw, and the latest `gaps`, which are written with the job.
    """

    id: int
    workspace: str
    ref: JobRef
    title: str
    status: Status
    status_since: datetime
    polled_at: datetime
    followed: bool = False
    version: str | None = None
    failure: str | None = None
    failing_since: datetime | None = None
    unavailable_notified_at: datetime | None = None
    failures: int = 0
    changed_at: datetime | None = None
    since_is_exact: bool = False
    gaps: tuple[Gap, ...] = ()

    @property
    def target(self) -> Target:
        """The job as its watchers name it."""
        return target_of(self.ref, followed=self.followed)

    def lasted(self, now: datetime) -> "Lasted":
        """How long the status has been seen: until now or, if the job can't be polled, or wasn't lately, until it last
        was."""
        is_known = self.is_known(now)
        until = now if is_known else self.polled_at
        return Lasted(until - self.status_since, is_exact=self.since_is_exact and is_known)

    def is_known(self, now: datetime) -> bool:
        """Whether the status can be shown as the present one. If not, it is the last one seen."""
        return self.failure is None and not self.is_overdue(now)

    def is_overdue(self, at: datetime) -> bool:
        """Whether the latest successful poll is so old by then that nobody can say what became of the status."""
        if follows_closely(self.polled_at, at):
            return False
        is_rarely_polled = self.failure is None and self.status.status_class.is_inactive
        return not is_rarely_polled or at - self.polled_at > _ENDED_POLLED_WITHIN

    @property
    def ended(self) -> bool:
        """Whether its watches end: a single run never leaves Undeployed, since a redeployment gets a new run ID."""
        return not self.followed and self.status.status_class is StatusClass.UNDEPLOYED


@dataclass(frozen=True)
class JobsPage:
    """A page of jobs, worst first. `number` counts from 1; `total` counts the jobs on all `pages`."""

    jobs: Sequence[TrackedJob]
    number: int
    pages: int
    total: int
