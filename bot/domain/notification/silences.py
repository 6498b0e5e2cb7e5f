"""What a destination is notified of at the end of maintenance and of quiet hours.

What is different then is delivered along with it, job by job: it makes one message.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.domain.history.period import BlindTime, Period
from bot.domain.notification.service import LastStatus
from bot.domain.pattern import glob_of
from bot.domain.status_filter import is_problem
from bot.domain.tracked_job import TrackedJob


@dataclass(frozen=True)
class Recovered:
    """A job that had a problem meanwhile for that long, and works again. Maybe it was longer unless that is exact."""

    title: str
    bad: timedelta
    is_exact: bool = False


@dataclass(frozen=True)
class Meanwhile:
    """What happened to the `jobs` concerned: `changed` of them had `changes`. `recovered` names the worst of those that
    work again, without a notification of their own along with this.

    Of those that have a problem at the end, without a notification of their own, there are `failing_count`, and
    `failing` names the worst. `unavailable` can't be checked then; `blind` are the longest times in which some couldn't
    be before.
    """

    jobs: int
    changed: int = 0
    changes: int = 0
    recovered: tuple[Recovered, ...] = ()
    failing: tuple[LastStatus, ...] = ()
    failing_count: int = 0
    unavailable: int = 0
    blind: tuple[BlindTime, ...] = ()

    @classmethod
    def of(cls, period: Period, notified: Mapping[TrackedJob, bool], unavailable: int) -> "Meanwhile":
        """What to say of a period. The `notified` jobs have notifications of their own; True for those with a problem.
        One that is watched by its name and by its run counts once, as in the period; another run is another job."""
        by_name, targets = {job.ref for job in notified if job.followed}, {job.target for job in notified}
        well = [job for job in period.worst if not is_problem(job.status) and job.target not in targets]
        once = [bad for job, bad in notified.items() if job.followed or job.ref not in by_name]
        return cls(
            jobs=period.jobs,
            changed=period.changed,
            changes=period.changes,
            recovered=tuple(Recovered(job.title, job.bad, job.bad_is_exact) for job in well),
            failing=tuple(LastStatus(job.title, job.status) for job in period.bad_now if job.target not in targets),
            failing_count=max(0, period.bad - sum(once)),
            unavailable=unavailable,
            blind=period.blind_times,
        )

    @property
    def until_then(self) -> "Meanwhile":
        """The same without how things are at the end: it's told later, when that is known better."""
        return replace(self, failing=(), failing_count=0, unavailable=0)


@dataclass(frozen=True)
class SilenceEnded:
    """Maintenance is over: the one that `by` began. `key` as in `Pattern`; `ended_by` is who ended it early."""

    key: str
    by: str
    since: datetime
    at: datetime
    meanwhile: Meanwhile
    reason: str | None = None
    ended_by: str | None = None
    kind: Literal["silence_ended"] = "silence_ended"

    @property
    def glob(self) -> str | None:
        """The pattern as commands spell it; None means all jobs."""
        return glob_of(self.key)


@dataclass(frozen=True)
class QuietHoursEnded:
    """Quiet hours are over. `since` is when they began."""

    since: datetime
    at: datetime
    meanwhile: Meanwhile
    kind: Literal["quiet_hours_ended"] = "quiet_hours_ended"


WindowEnded = SilenceEnded | QuietHoursEnded
