"""History: the recorded changes of a job, and the times in which nobody could tell its status."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.change import Change
from bot.domain.history.gaps import old_status_seen, seen_without
from bot.domain.history.timeline import Timeline, timeline
from bot.domain.tracked_job import Gap, TrackedJob


@dataclass(frozen=True)
class Recorded:
    """What is recorded of a job since some time: its latest changes (newest first), their `total` number, and the gaps
    that reach into that time, and the latest before, newest first. `last` is the latest change of all; None if there is
    none."""

    changes: Sequence[Change] = ()
    total: int = 0
    gaps: Sequence[Gap] = ()
    last: Change | None = None

    def timeline(
        self, tracked: TrackedJob, since: datetime, until: datetime, *, watched_since: datetime | None = None
    ) -> Timeline:
        """The job's timeline, from the oldest change that was read if there are more in that time."""
        changes = self.changes or ([self.last] if self.last else [])
        is_cut = self.total > len(self.changes) > 0
        if is_cut:
            watched_since = max(changes[-1].at, watched_since or since)
        line = timeline(tracked, changes, self.gaps, since, until, watched_since=watched_since)
        return replace(line, is_cut=is_cut)


@dataclass(frozen=True)
class History:
    """A job with its latest changes (newest first) and their `total` number, as far as whoever asks may know of them.

    `watched_since` is when their watch began; None if they don't watch the job any more: it is as they were last
    notified.
    """

    job: TrackedJob
    recorded: Recorded
    watched_since: datetime | None = None

    @property
    def present(self) -> TrackedJob:
        """The job with its status since it was seen without a gap."""
        gaps = self.recorded.gaps
        return seen_without(gaps[0], self.job) if gaps else self.job

    @property
    def changes(self) -> Sequence[Change]:
        return self.recorded.changes

    def as_known(self, change: Change) -> Change:
        """A change with its old status since that was seen without a gap."""
        seen_at = change.old_seen_at
        before = (gap for gap in self.recorded.gaps if seen_at is not None and gap.until <= seen_at)
        latest = next(before, None)
        return old_status_seen(latest, change) if latest else change

    @property
    def total(self) -> int:
        return self.recorded.total

    @property
    def watched(self) -> bool:
        return self.watched_since is not None

    def timeline(self, since: datetime, until: datetime) -> Timeline | None:
        """The job's timeline; None if they don't watch it: what they weren't notified of isn't theirs to know."""
        if self.watched_since is None:
            return None
        return self.recorded.timeline(self.job, since, until, watched_since=self.watched_since)
