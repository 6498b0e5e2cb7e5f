"""The jobs assigned to one worker: when each is due, and what isn't written yet.

Times are seconds of a monotonic clock, so that setting the machine's clock delays nothing.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.tracked_job import TrackedJob
from bot.watch.decide import PollNotification

# An unchanged job is written this often at most.
_WRITE_INTERVAL_S = 60


@dataclass(eq=False, slots=True)
class AssignedJob:
    """A job of this worker: as `stored` in the database, and as `tracked` in memory since the latest poll.

    It is polled when it is `due`. `own_due` is when it would be due without bulk polling.
    """

    stored: TrackedJob
    tracked: TrackedJob
    due: float
    written: float
    own_due: float
    last_poll: float | None = None  # when it began
    recently_changed: bool = True  # polled more often than every interval, or not polled yet
    compared: int = 0  # the round of the job list that a poll was last compared with
    notifications: list[PollNotification] = field(default_factory=list)  # not recorded yet
    failing_since: float | None = None
    timed_out: bool = False  # the last poll did
    polling: bool = False
    writing: bool = False

    def is_unwritten(self, now: float) -> bool:
        """Whether something is to be written: notifications, changes of availability and the ends of gaps at once, the
        rest once a minute."""
        if self.notifications:
            return True
        stored, tracked = self.stored, self.tracked
        if tracked is stored:
            return False
        is_old = now - self.written >= _WRITE_INTERVAL_S and tracked.polled_at != stored.polled_at
        return (
            is_old
            or tracked.failure != stored.failure
            or tracked.gaps != stored.gaps
            or tracked.unavailable_notified_at != stored.unavailable_notified_at
        )


class Assignment:
    """All jobs of this worker, by row ID."""

    def __init__(self) -> None:
        self._jobs: dict[int, AssignedJob] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def ids(self) -> set[int]:
        """The row IDs of the jobs."""
        return set(self._jobs)

    def ids_between(self, after: int, last: int | None) -> set[int]:
        """The row IDs after one and up to another; None for all after it."""
        if after == 0 and last is None:
            return set(self._jobs)
        return {id for id in self._jobs if after < id and (last is None or id <= last)}

    @property
    def has_notifications(self) -> bool:
        """Whether a notification waits to be recorded, or is being recorded."""
        return any(job.notifications for job in self._jobs.values())

    def all(self) -> Sequence[AssignedJob]:
        """Every job of this worker, as of now."""
        return list(self._jobs.values())

    def add(self, tracked: TrackedJob, due: float, now: float) -> None:
        """Add a job that was claimed; its first poll is `due`."""
        self._jobs[tracked.id] = AssignedJob(stored=tracked, tracked=tracked, due=due, written=now, own_due=due)

    def remove(self, ids: Collection[int]) -> None:
        """Remove jobs that another worker polls now, or that nobody watches."""
        for id in ids:
            self._jobs.pop(id, None)

    def holds(self, assigned: AssignedJob) -> bool:
        """Whether this very job is still assigned: it may have been removed during a poll."""
        return self._jobs.get(assigned.tracked.id) is assigned

    def due(self, now: float) -> Sequence[AssignedJob]:
        """The jobs to poll, the longest overdue first."""
        return sorted((job for job in self._jobs.values() if job.due <= now and not job.polling), key=lambda j: j.due)

    def unwritten(self, now: float) -> Sequence[AssignedJob]:
        """The jobs to write, except those being written.

        A job without notifications waits for a poll under way, which may bring some, but not if its last poll timed
        out: this one may hang, too.
        """
        return [
            job
            for job in self._jobs.values()
            if job.is_unwritten(now) and not job.writing and (job.notifications or job.timed_out or not job.polling)
        ]

    def surplus(self, fair: int, leaving: Collection[int] = ()) -> Sequence[int]:
        """The jobs beyond a fair share, apart from those that are `leaving` anyway. Jobs being polled or written, or
        with notifications to record, stay."""
        if len(self._jobs) <= fair:
            return []
        staying = {id: job for id, job in self._jobs.items() if id not in leaving}
        idle = [id for id, job in staying.items() if not (job.polling or job.writing or job.notifications)]
        return idle[: max(0, len(staying) - fair)]

    def poll_failing_soon(self, now: float, within: float) -> None:
        """Make all failing jobs due within some seconds, after an outage: they count as failing from now on, and for
        the first time, since that they failed in it says nothing about them."""
        for assigned in self._jobs.values():
            if assigned.failing_since is not None:
                assigned.failing_since = now
                assigned.tracked = replace(assigned.tracked, failures=0)
                assigned.due = min(assigned.due, now + random.random() * within)  # noqa: S311 - jitter, not a secret
