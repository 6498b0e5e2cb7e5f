"""A period: what happened in it to the jobs that a destination watches."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.job import Status, Target


@dataclass(frozen=True)
class JobInPeriod:
    """A job in a period: its status when the period began, and `status` when it ended, first seen at `since`; it may be
    older unless that is exact. `bad` is how long it was seen in a status that is a problem."""

    target: Target
    title: str
    before: Status
    status: Status
    since: datetime
    changes: int
    bad: timedelta
    since_is_exact: bool = False


@dataclass(frozen=True)
class Period:
    """What happened to the `jobs` that a destination watches, from `since` until `until` (aware UTC, without its end).
    A job counts from when it was watched there.

    `changed` of them had `changes`, and `bad` are in a status that is a problem at the end: `bad_now` are some of
    these, the worst first, and `worst` some of those that were in such a status for the longest time. Of the time of
    all jobs together, `healthy` is how long they were seen Up and Running, and `known` how long their status was known;
    `unknown` is when they couldn't be polled, or weren't. `unavailable` of them weren't polled lately.
    """

    since: datetime
    until: datetime
    jobs: int = 0
    changed: int = 0
    changes: int = 0
    bad: int = 0
    unavailable: int = 0
    healthy: timedelta = timedelta(0)
    known: timedelta = timedelta(0)
    unknown: timedelta = timedelta(0)
    bad_now: tuple[JobInPeriod, ...] = ()
    worst: tuple[JobInPeriod, ...] = ()

    @property
    def share_healthy(self) -> float | None:
        """The part of the known time in which the jobs were healthy, from 0 to 1; None if nothing is known."""
        return self.healthy / self.known if self.known else None
