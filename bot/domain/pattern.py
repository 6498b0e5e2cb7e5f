"""A pattern: a glob over job names. Case and the number of spaces don't matter."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.domain.destination import Destination
from bot.domain.status_filter import StatusFilter
from bot.domain.tracked_job import TrackedJob

ALL_JOBS = "*"
MAX_JOBS = 2_000  # of one pattern: each job is polled once in an interval


def normalize(glob: str | None) -> str:
    """The one spelling under which a glob is stored; None means all jobs."""
    return _folded(glob or ALL_JOBS) or ALL_JOBS


def matches(key: str, title: str) -> bool:
    """Whether a job's name matches a normalized glob."""
    return key == ALL_JOBS or fnmatchcase(_folded(title), key)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


@dataclass(frozen=True)
class Pattern:
    """A destination's watch of all jobs whose names match a glob. `jobs` counts the jobs that match now.

    `key` is the normalized glob. `paused_because` is Slack's error code, None while it is live. `failure` says why new
    jobs can't be discovered now.
    """

    id: int
    destination: Destination
    key: str
    created_by: str
    status_filter: StatusFilter
    jobs: int
    paused_because: str | None = None
    failure: str | None = None

    @property
    def glob(self) -> str | None:
        """The glob as commands spell it; None means all jobs."""
        return None if self.key == ALL_JOBS else self.key


@dataclass(frozen=True)
class Kept:
    """A job that stays watched because a pattern covers it. `was_named` if somebody had named it, which is undone."""

    job: TrackedJob
    pattern: Pattern
    was_named: bool
