"""A change: a job's status became another one."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.domain.job import Job, JobRef, Status, StatusClass, Target, target_of
from bot.domain.tracked_job import Lasted, TrackedJob, follows_closely


@dataclass(frozen=True)
class Change:
    """A job's status became another one: what history, alerts and lists are made of.

    `at` is when the new status was first seen or, if the service says so, began; `old_since` is when the old one was
    first seen, `old_seen_at` when it last was (aware UTC; None if nobody watched then). Neither time is exact if nobody
    saw the beginning. After a redeployment of a followed job, `old_run` and `old_version` are those before it. `ends`
    says that the watch of a single run is over.
    """

    ref: JobRef
    title: str
    old: Status
    new: Status
    old_since: datetime | None
    at: datetime
    version: str | None = None
    started_by: str | None = None
    followed: bool = False
    old_run: int | None = None
    old_version: str | None = None
    ends: bool = False
    old_seen_at: datetime | None = None
    old_since_is_exact: bool = False
    at_is_exact: bool = True
    kind: Literal["change"] = "change"

    @property
    def target(self) -> Target:
        """The job as its watchers name it."""
        return target_of(self.ref, followed=self.followed)

    @property
    def is_failure(self) -> bool:
        """Whether the job works with errors now and didn't before: what people must know first."""
        before, now = self.old.status_class, self.new.status_class
        return now is StatusClass.ERROR and before is not StatusClass.ERROR

    @property
    def lasted(self) -> Lasted | None:
        """How long the old status lasted. If nobody looked for a while, it lasted at least until it was last seen."""
        if self.old_since is None:
            return None
        if self.old_seen_at is not None and not (self.at_is_exact or follows_closely(self.old_seen_at, self.at)):
            return Lasted(self.old_seen_at - self.old_since, is_exact=False)
        return Lasted(self.at - self.old_since, is_exact=self.old_since_is_exact)


def change_between(before: TrackedJob, job: Job, at: datetime) -> Change | None:
    """Compare a tracked job with what a poll showed `at` (aware UTC); None if nothing changed.

    A new run of a followed job is a change even if the status stayed the same.
    """
    is_redeployed = job.ref.run != before.ref.run
    if before.status == job.status and not is_redeployed:
        return None
    began = job.began(at, after=before.polled_at)
    return Change(
        ref=job.ref,
        title=job.name or before.title,  # keep the old name if the answer omits it
        old=before.status,
        new=job.status,
        old_since=before.status_since,
        at=began or at,
        version=job.deployed_version,
        started_by=job.started_by,
        followed=before.followed,
        old_run=before.ref.run if is_redeployed else None,
        old_version=before.version if is_redeployed else None,
        ends=replace(before, status=job.status).ended,
        old_seen_at=before.polled_at,
        old_since_is_exact=before.since_is_exact,
        at_is_exact=began is not None or follows_closely(before.polled_at, at),
    )
