"""Gaps: times in which a tracked job couldn't be polled, or wasn't, so that its status then is unknown."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.change import Change
from bot.domain.tracked_job import Gap, TrackedJob, follows_closely

# More gaps than this don't wait to be written: each lasted minutes, while the database couldn't be reached at all.
_KEPT = 20


def gaps_after(before: TrackedJob, polled_at: datetime, wait: timedelta) -> tuple[Gap, ...]:
    """The job's latest gaps once it is polled at a time; the poll was due a `wait` after the last successful one."""
    if polled_at <= before.polled_at or follows_closely(before.polled_at + wait, polled_at):
        return before.gaps
    return (*before.gaps, Gap(before.polled_at, polled_at))[-_KEPT:]


def seen_without(gap: Gap, job: TrackedJob) -> TrackedJob:
    """The job with its status since its latest gap, if it was the same before: it may have changed in between."""
    if gap.since < job.status_since or job.ended:
        return job
    return replace(job, status_since=gap.until, since_is_exact=False)


def old_status_seen(gap: Gap, change: Change) -> Change:
    """The same for the old status of a change, with a gap that ended before that was last seen."""
    if change.old_since is None or gap.since < change.old_since:
        return change
    return replace(change, old_since=gap.until, old_since_is_exact=False)
