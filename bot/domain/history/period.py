"""A period: what happened in it to the jobs that a destination watches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.history.gaps import seen_without
from bot.domain.history.recorded import Recorded
from bot.domain.history.timeline import Timeline
from bot.domain.job import Status, Target
from bot.domain.status_filter import is_problem
from bot.domain.tracked_job import TrackedJob

_NOTHING = timedelta(0)
# So many jobs of each kind are named, and blind times.
_NAMED = 5
_BLIND_TIMES = 3
# What of a blind time reaches into a period is named if it's longer.
_BRIEF = timedelta(minutes=1)


@dataclass(frozen=True)
class BlindTime:
    """A time (aware UTC) in which the statuses of `jobs` were unknown, or of some of them after the others: they
    couldn't be polled, or weren't. It is over."""

    since: datetime
    until: datetime
    jobs: int


@dataclass(frozen=True)
class JobInPeriod:
    """A job in a period: its status `before` its first change in it, and its `status` at the end, first seen at
    `since`; it may be older unless that is exact. `bad` is how long it was seen in a status that is a problem; maybe it
    was for longer unless that is exact. `seen_until` is when the job was polled last if its status isn't known any more
    at the end."""

    target: Target
    title: str
    before: Status
    status: Status
    since: datetime
    changes: int
    bad: timedelta
    since_is_exact: bool = False
    bad_is_exact: bool = False
    seen_until: datetime | None = None


@dataclass(frozen=True)
class Period:
    """What happened to the `jobs` that a destination watches, from `since` until `until` (aware UTC, without its end).
    A job counts from when it was watched there.

    `changed` of them had `changes`, and `bad` are in a status that is a problem at the end: `bad_now` are some of
    these, the worst first, and `worst` some of those that were in such a status for the longest time. Of the time of
    all jobs together, `healthy` is how long they were seen Up and Running, `known` how long their status was known, and
    `blind` how long it wasn't, because they couldn't be polled, or weren't; `blind_times` are the longest such times
    that are over, in order. `unavailable` jobs can't be polled, or weren't lately; `unpolled` are those of the latter,
    of which a poll may show at any moment how they are.
    """

    since: datetime
    until: datetime
    jobs: int = 0
    changed: int = 0
    changes: int = 0
    bad: int = 0
    unavailable: int = 0
    unpolled: int = 0
    healthy: timedelta = _NOTHING
    known: timedelta = _NOTHING
    blind: timedelta = _NOTHING
    bad_now: tuple[JobInPeriod, ...] = ()
    worst: tuple[JobInPeriod, ...] = ()
    blind_times: tuple[BlindTime, ...] = ()

    @property
    def healthy_share(self) -> float | None:
        """The part of the known time in which the jobs were healthy, from 0 to 1; None if nothing is known."""
        return self.healthy / self.known if self.known else None

    @property
    def is_all_known(self) -> bool:
        """Whether all jobs were watched, and their statuses known, all the time."""
        return self.known >= self.jobs * (self.until - self.since)


class Tally:
    """Adds up a period, job by job."""

    def __init__(self, since: datetime, until: datetime) -> None:
        self._since = since
        self._until = until
        self._jobs: list[JobInPeriod] = []
        self._unavailable = self._unpolled = 0
        self._healthy = self._known = self._blind = _NOTHING
        self._blind_spans: list[tuple[datetime, datetime, int]] = []  # and the number of the job

    def add(self, job: TrackedJob, recorded: Recorded, *, watched_since: datetime) -> None:
        """Add a job as it is tracked now, with what is `recorded` of it since the beginning of the period."""
        timeline = recorded.timeline(job, self._since, self._until, watched_since=watched_since)
        figures = timeline.figures
        self._healthy += figures.healthy
        self._known += figures.known
        self._blind += figures.blind
        self._unavailable += not job.is_known(self._until)
        self._unpolled += job.failure is None and job.is_overdue(self._until)
        blind = [
            span
            for span in timeline.spans
            if span.status is None and span.until < self._until and span.length >= _BRIEF
        ]
        self._blind_spans += [(span.since, span.until, len(self._jobs)) for span in blind]
        self._jobs.append(self._summed_up(job, recorded, watched_since, timeline))

    def _summed_up(
        self, job: TrackedJob, recorded: Recorded, watched_since: datetime, timeline: Timeline
    ) -> JobInPeriod:
        begin = max(self._since, watched_since)
        inside = [change for change in recorded.changes if begin <= change.at < self._until]  # newest first
        later = [change for change in recorded.changes if change.at >= self._until]
        known = seen_without(recorded.gaps[0], job) if recorded.gaps else job
        status, since, is_exact = known.status, known.status_since, known.since_is_exact
        seen_until = None if job.is_known(self._until) else job.polled_at
        if later:  # the job changed after the period
            status, since, is_exact = later[-1].old, later[-1].old_since or self._since, later[-1].old_since_is_exact
            seen_until = None
        before = inside[-1].old if inside else status
        bad, bad_is_exact = _bad(timeline, self._since)
        unread = recorded.total - len(recorded.changes) if begin == self._since else 0  # all are older
        title, changes = job.title, len(inside) + unread
        return JobInPeriod(
            job.target,
            title,
            before,
            status,
            since,
            changes,
            bad,
            is_exact and seen_until is None,
            bad_is_exact,
            seen_until,
        )

    @property
    def period(self) -> Period:
        """What was added up."""
        bad = sorted((job for job in self._jobs if is_problem(job.status)), key=_severity)
        worst = sorted((job for job in self._jobs if job.bad), key=lambda job: (-job.bad, -job.changes, _severity(job)))
        return Period(
            since=self._since,
            until=self._until,
            jobs=len(self._jobs),
            changed=sum(job.changes > 0 for job in self._jobs),
            changes=sum(job.changes for job in self._jobs),
            bad=len(bad),
            unavailable=self._unavailable,
            unpolled=self._unpolled,
            healthy=self._healthy,
            known=self._known,
            blind=self._blind,
            bad_now=tuple(bad[:_NAMED]),
            worst=tuple(worst[:_NAMED]),
            blind_times=_blind_times(self._blind_spans),
        )


def _blind_times(spans: Sequence[tuple[datetime, datetime, int]]) -> tuple[BlindTime, ...]:
    """The longest blind times of all jobs together: those that overlap are one."""
    merged: list[tuple[datetime, datetime, set[int]]] = []
    for since, until, job in sorted(spans):
        if merged and since <= merged[-1][1]:
            begin, end, jobs = merged[-1]
            merged[-1] = begin, max(end, until), jobs | {job}
        else:
            merged.append((since, until, {job}))
    longest = sorted(merged, key=lambda one: one[0] - one[1])[:_BLIND_TIMES]
    return tuple(BlindTime(since, until, len(jobs)) for since, until, jobs in sorted(longest, key=lambda one: one[0]))


def _bad(timeline: Timeline, since: datetime) -> tuple[timedelta, bool]:
    """How long a job was seen in a status that is a problem, and whether it can't have been for longer."""
    bad = [span for span in timeline.spans if span.status is not None and is_problem(span.status)]
    is_all = not (timeline.figures.blind or timeline.is_cut)
    began_unseen = bool(bad) and bad[0].since == timeline.since > since
    return sum((span.length for span in bad), _NOTHING), is_all and not began_unseen


def _severity(job: JobInPeriod) -> tuple[int, str, str]:
    return job.status.status_class.severity, job.title.casefold(), str(job.target)
