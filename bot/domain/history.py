"""History: the recorded changes of a job."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.change import Change
from bot.domain.tracked_job import TrackedJob


@dataclass(frozen=True)
class History:
    """A job with its latest changes (newest first) and the `total` number recorded.

    `watched` is False if nobody subscribes any more: the job is as last seen.
    """

    job: TrackedJob
    changes: Sequence[Change]
    total: int
    watched: bool
