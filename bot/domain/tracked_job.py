"""A tracked job: a job that somebody watches, as last seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.job import JobRef, Status, StatusClass, Target, target_of


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
        """How long the status has been seen: until now or, if the job can't be polled, until it last was."""
        until = now if self.failure is None else self.polled_at
        return Lasted(until - self.status_since, is_exact=self.since_is_exact and self.failure is None)

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
