"""A change: a job's status became another one."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.domain.job import Job, JobRef, Status, Target, target_of
from bot.domain.tracked_job import TrackedJob


@dataclass(frozen=True)
class Change:
    """A job's status became another one: what history, alerts and lists are made of.

    `at` is when the new status was first seen, `old_since` when the old one was (aware UTC; None if nobody watched
    then). After a redeployment of a followed job, `old_run` and `old_version` are those before it. `ends` says that
    the watch of a single run is over.
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
    kind: Literal["change"] = "change"

    @property
    def target(self) -> Target:
        """The job as its watchers name it."""
        return target_of(self.ref, followed=self.followed)

    @property
    def lasted(self) -> timedelta | None:
        """How long the old status was seen."""
        return None if self.old_since is None else self.at - self.old_since


def change_between(before: TrackedJob, job: Job, at: datetime) -> Change | None:
    """Compare a tracked job with what a poll showed `at` (aware UTC); None if nothing changed.

    A new run of a followed job is a change even if the status stayed the same.
    """
    is_redeployed = job.ref.run != before.ref.run
    if before.status == job.status and not is_redeployed:
        return None
    return Change(
        ref=job.ref,
        title=job.name or before.title,  # keep the old name if the answer omits it
        old=before.status,
        new=job.status,
        old_since=before.status_since,
        at=at,
        version=job.deployed_version,
        started_by=job.started_by,
        followed=before.followed,
        old_run=before.ref.run if is_redeployed else None,
        old_version=before.version if is_redeployed else None,
        ends=replace(before, status=job.status).ended,
    )
