"""The jobs that one worker looks at: when each is due, and what of it is not written yet. Times are in seconds of a
clock that only goes forward, so that setting the machine's clock delays nothing."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from bot.domain.change import Change
from bot.domain.notification import JobAvailableAgain, JobUnavailable
from bot.domain.tracked_job import TrackedJob

# That a job was seen and is unchanged is written this often at most.
_WRITTEN_EVERY_S = 60


@dataclass(eq=False)
class AssignedJob:
    """A job of this worker. `stored` is what the database says of it, `known` what was seen, `news` what of that is
    to be recorded yet.

    It is `due` when it is to be looked at, `own_due` is when that would be if there were no list that shows it.
    """

    stored: TrackedJob
    tracked: TrackedJob
    due: float
    written: float
    own_due: float
    polls: float | None = None  # when the last look at it began
    recently_changed: bool = True  # to be looked at more often than each interval, or not looked at yet
    compared: int = 0  # the round of the list in which a look was last compared with it
    notification: list[Change | JobUnavailable | JobAvailableAgain] = field(default_factory=list)
    failing: float | None = None  # since when it can't be seen
    hung: bool = False  # the last look ended for want of time
    polling: bool = False
    writing: bool = False

    def is_unwritten(self, now: float) -> bool:
        """Whether what is known is to be written: news, a job that can't be seen or can again; else once a minute."""
        failing = (self.tracked.failure, self.tracked.unavailable_notified_at)
        return bool(
            self.notification
            or failing != (self.stored.failure, self.stored.unavailable_notified_at)
            or (self.tracked.polled_at != self.stored.polled_at and now - self.written >= _WRITTEN_EVERY_S)
        )


class Assignment:
    """All jobs of this worker, by their row's ID."""

    def __init__(self) -> None:
        self._jobs: dict[int, AssignedJob] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def ids(self) -> set[int]:
        return set(self._jobs)

    def all(self) -> Sequence[AssignedJob]:
        """Every job of this worker, as of now."""
        return list(self._jobs.values())

    def take(self, tracked: TrackedJob, due: float, now: float) -> None:
        """A job that was claimed; looked at for the first time when it is `due`."""
        self._jobs[tracked.id] = AssignedJob(stored=tracked, tracked=tracked, due=due, written=now, own_due=due)

    def drop(self, ids: Collection[int]) -> None:
        """Jobs that are somebody else's now, or nobody's."""
        for id in ids:
            self._jobs.pop(id, None)

    def holds(self, assigned: AssignedJob) -> bool:
        """Whether this very job is still on: it may have been dropped while a look at it was under way."""
        return self._jobs.get(assigned.tracked.id) is assigned

    def due(self, now: float) -> Sequence[AssignedJob]:
        """The jobs to be looked at, the longest overdue first."""
        return sorted((w for w in self._jobs.values() if w.due <= now and not w.polling), key=lambda w: w.due)

    def unwritten(self, now: float) -> Sequence[AssignedJob]:
        """What is to be written, except what is being written this moment. What is no news waits for a look under way,
        which may have some; not for one that may hang again."""
        return [
            w
            for w in self._jobs.values()
            if w.is_unwritten(now) and not w.writing and (w.notification or w.hung or not w.polling)
        ]

    def spare(self, fair: int, besides: Collection[int] = ()) -> Sequence[int]:
        """The jobs beyond a fair share, `besides` those that go anyway: others have less to do. Those being looked at,
        or with news to be recorded, stay."""
        staying = {id: w for id, w in self._jobs.items() if id not in besides}
        idle = [id for id, w in staying.items() if not (w.polling or w.writing or w.notification)]
        return idle[: max(0, len(staying) - fair)]

    def poll_soon(self, now: float, within: float) -> None:
        """All that can't be seen is due within some seconds."""
        for assigned in self._jobs.values():
            if assigned.failing is not None:
                assigned.due = min(assigned.due, now + random.random() * within)  # noqa: S311 - no secret
