"""A pattern: a glob over job names. What `search_key` ignores doesn't matter: case, spaces, kinds of dashes."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.domain.destination import Destination
from bot.domain.names import search_key
from bot.domain.reminding import NO_REMINDING, Reminding
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import NO_CONTACT, Contact
from bot.domain.tracked_job import TrackedJob

ALL_JOBS = "*"
MAX_JOBS = 2_000  # of one pattern: each job is polled once in an interval
# Patterns of one channel or person, and those that one person made anywhere: each is compared with the whole list.
MAX_PER_DESTINATION = 20
MAX_PER_PERSON = 50


class TooManyPatterns(Exception):
    """A destination or, if `by_person`, whoever asks has as many patterns as `limit` allows."""

    def __init__(self, limit: int, *, by_person: bool) -> None:
        super().__init__(f"the limit of {limit} patterns is reached")
        self.limit = limit
        self.by_person = by_person


def normalize(glob: str | None) -> str:
    """The one spelling of a glob, in which it is compared with search keys; None means all jobs."""
    return search_key(glob) if glob and glob.strip() else ALL_JOBS


def glob_of(key: str) -> str | None:
    """A normalized glob as commands spell it; None means all jobs."""
    return None if key == ALL_JOBS else key


def matches(key: str, title: str) -> bool:
    """Whether a job's name matches a normalized glob."""
    return matches_key(key, search_key(title))


def matches_key(key: str, name_key: str) -> bool:
    """The same for the search key of the name, for who compares many."""
    return key == ALL_JOBS or fnmatchcase(name_key, key)


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
    contact: Contact = NO_CONTACT
    reminding: Reminding = NO_REMINDING

    @property
    def glob(self) -> str | None:
        """The glob as commands spell it; None means all jobs."""
        return glob_of(self.key)


@dataclass(frozen=True)
class Kept:
    """A job that stays watched because a pattern covers it. `was_named` if somebody had named it, which is undone."""

    job: TrackedJob
    pattern: Pattern
    was_named: bool
