"""Gaps: times in which a tracked job couldn't be polled, or wasn't, so that its status then is unknown."""

from datetime import datetime, timedelta

from bot.domain.tracked_job import Gap, TrackedJob, follows_closely

# More gaps than this don't wait to be written: each lasted minutes, while the database couldn't be reached at all.
_KEPT = 20


def gaps_after(before: TrackedJob, polled_at: datetime, wait: timedelta) -> tuple[Gap, ...]:
    """The job's latest gaps once it is polled at a time; the poll was due a `wait` after the last successful one."""
    if polled_at <= before.polled_at or follows_closely(before.polled_at + wait, polled_at):
        return before.gaps
    return (*before.gaps, Gap(before.polled_at, polled_at))[-_KEPT:]
