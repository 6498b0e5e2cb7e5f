"""A silence: planned maintenance, in which a destination gets no alerts for the jobs that match a pattern."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.destination import Destination
from bot.domain.pattern import glob_of

LONGEST_REASON = 150
MAX_PER_DESTINATION = 20  # each new job is compared with all of them


class TooManySilences(Exception):
    """A destination has as many silences as are allowed."""


@dataclass(frozen=True)
class Silence:
    """Maintenance of the jobs whose names match. `key` as in `Pattern`; times are aware UTC."""

    id: int
    destination: Destination
    key: str
    created_by: str
    begins_at: datetime
    ends_at: datetime
    reason: str | None = None

    @property
    def glob(self) -> str | None:
        """The glob as commands spell it; None means all jobs."""
        return glob_of(self.key)
