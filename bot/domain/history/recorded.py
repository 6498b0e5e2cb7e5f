"""History: the recorded changes of a job."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.change import Change
from bot.domain.tracked_job import TrackedJob


@dataclass(frozen=True)
class History:
    """A job with its latest changes (newest first) and their `total` number, as far as whoever asks may know of them.

    `watched` is False if they don't watch the job any more: it is as they were last notified.
    """

    job: TrackedJob
    changes: Sequence[Change]
    total: int
    watched: bool
