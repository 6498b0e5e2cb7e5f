"""The decision: from what was known and what was seen now, what is known next and what is to be told. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.change import Change, change_between
from bot.domain.job import Job, StatusClass
from bot.domain.notification import JobAvailableAgain, JobUnavailable
from bot.domain.tracked_job import TrackedJob

# Failures in a row before it is told that a job can't be seen: one or two are a hiccup.
_TOLD_AFTER = 3

# A job that is about to change, or has just changed, is looked at more often; one that is over, less often.
_RECENTLY = timedelta(minutes=5)
_FAST_FACTOR = 1 / 3
_SHORTEST = timedelta(seconds=1)
_OVER_AFTER = timedelta(hours=1)
_OVER_FACTOR = 10
_OVER = (StatusClass.UNDEPLOYED, StatusClass.STOPPED)

# A service that asks for a longer silence is asked again all the same: nobody is to be left blind for hours.
_LONGEST_SILENCE = timedelta(minutes=10)


@dataclass(frozen=True)
class PollFailed:
    """A look that showed nothing. `reason` is for a person; `retry_after` is the service's own wish, if it had one.

    `others_seen` says that the service is well: it answered about this very job, or showed another one since this
    one failed first. `hung` says that the look ended for want of time.
    """

    reason: str
    retry_after: timedelta | None = None
    others_seen: bool = False
    hung: bool = False


@dataclass(frozen=True)
class Decision:
    """What is `known` now, the `news` to record and tell, in order, and how long to `wait` from the look's beginning
    until the next one."""

    tracked: TrackedJob
    notification: tuple[Change | JobUnavailable | JobAvailableAgain, ...]
    wait: timedelta


def decide(tracked: TrackedJob, seen: Job | PollFailed, now: datetime, interval: timedelta, chance: float) -> Decision:
    """What follows from a look that began at `now`. `chance` is a random number from 0 to 1.

    The baseline was taken when the job was first subscribed to, so every status that differs from the known one is
    a change. A look that showed nothing says nothing of the job: the status stays what it was, and is never told.
    """
    if isinstance(seen, PollFailed):
        return _failed(tracked, seen, now, interval, chance)
    change = change_between(tracked, seen, now)
    after = replace(
        tracked,
        ref=seen.ref,
        version=seen.deployed_version,
        title=seen.name or tracked.title,  # an answer without a name unnames nothing
        status=seen.status,
        status_since=now if change else tracked.status_since,
        polled_at=now,
        failure=None,
        failing_since=None,
        unavailable_notified_at=None,
        failures=0,
        changed_at=now if change else tracked.changed_at,
    )
    back = _back_in_sight(tracked, after, now)
    return Decision(
        after, tuple(notification for notification in (back, change) if notification), _pause(after, now, interval)
    )


def _back_in_sight(tracked: TrackedJob, after: TrackedJob, now: datetime) -> JobAvailableAgain | None:
    if tracked.unavailable_notified_at is None:
        return None
    since = tracked.failing_since or tracked.unavailable_notified_at
    return JobAvailableAgain(after.ref, after.title, after.status, since, now, tracked.followed)


def _failed(tracked: TrackedJob, seen: PollFailed, now: datetime, interval: timedelta, chance: float) -> Decision:
    since = tracked.failing_since or now
    after = replace(tracked, failure=seen.reason, failing_since=since, failures=tracked.failures + 1)
    notification: tuple[JobUnavailable, ...] = ()
    if after.failures >= _TOLD_AFTER and seen.others_seen and tracked.unavailable_notified_at is None:
        after = replace(after, unavailable_notified_at=now)
        notification = (
            JobUnavailable(tracked.ref, tracked.title, tracked.status, seen.reason, since, tracked.followed),
        )
    wait = interval
    if seen.retry_after is not None:
        # All jobs were asked to wait as long: they don't come back at once.
        wait = max(interval, min(seen.retry_after, _LONGEST_SILENCE) + interval * _FAST_FACTOR * chance)
    return Decision(after, notification, wait)


def _pause(tracked: TrackedJob, now: datetime, interval: timedelta) -> timedelta:
    recently_changed = tracked.changed_at is not None and now - tracked.changed_at < _RECENTLY
    if recently_changed or tracked.status.status_class is StatusClass.DEPLOYING:
        return max(interval * _FAST_FACTOR, min(interval, _SHORTEST))
    if tracked.status.status_class in _OVER and now - tracked.status_since > _OVER_AFTER:
        return interval * _OVER_FACTOR
    return interval
