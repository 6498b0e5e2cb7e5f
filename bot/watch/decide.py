"""The decision: a tracked job and the result of a poll give its next state and the notifications. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.change import Change, change_between
from bot.domain.history.gaps import gaps_after
from bot.domain.job import Job, StatusClass
from bot.domain.notification.jobs import JobAvailableAgain, JobUnavailable
from bot.domain.tracked_job import TrackedJob

# Failures in a row before subscribers are notified that a job is unavailable: one or two are a hiccup.
_NOTIFY_AFTER = 3

# A job that is deploying or changed recently is polled more often; one that ended long ago, less often.
_RECENT = timedelta(minutes=5)
_FAST_FACTOR = 1 / 3
_MIN_WAIT = timedelta(seconds=1)
_ENDED_AFTER = timedelta(hours=1)
_ENDED_FACTOR = 10

# A longer Retry-After isn't obeyed: it would leave subscribers blind for hours.
_MAX_RETRY_AFTER = timedelta(minutes=10)

PollNotification = Change | JobUnavailable | JobAvailableAgain


@dataclass(frozen=True)
class PollFailed:
    """A poll that returned no job. `reason` is for a person; `retry_after` is what the service asked for, if it did.

    `service_answers` says that the service works: it answered about this very job, or returned another job since this
    one first failed. `timed_out` says that no answer came in time.
    """

    reason: str
    retry_after: timedelta | None = None
    service_answers: bool = False
    timed_out: bool = False


@dataclass(frozen=True)
class Decision:
    """The job as it is `tracked` from now on, the `notifications` to record, in order, and the `wait` from the
    beginning of this poll to the next one."""

    tracked: TrackedJob
    notifications: tuple[PollNotification, ...]
    wait: timedelta


def decide(
    tracked: TrackedJob, result: Job | PollFailed, now: datetime, interval: timedelta, chance: float
) -> Decision:
    """Decide what follows from a poll that began at `now`. `chance` is a random number from 0 to 1.

    The baseline was taken when somebody subscribed first, so every status that differs from the tracked one is a
    change. A failed poll says nothing about the job: the status stays, and no change is reported.
    """
    if isinstance(result, PollFailed):
        return _failed(tracked, result, now, interval, chance)
    change = change_between(tracked, result, now)
    after = replace(
        tracked,
        ref=result.ref,
        version=result.deployed_version,
        title=result.name or tracked.title,  # keep the old name if the answer omits it
        status=result.status,
        status_since=change.at if change else tracked.status_since,
        since_is_exact=change.at_is_exact if change else tracked.since_is_exact,
        polled_at=now,
        failure=None,
        failing_since=None,
        unavailable_notified_at=None,
        failures=0,
        changed_at=now if change else tracked.changed_at,
        gaps=gaps_after(tracked, now, _wait(tracked, now, interval)),
    )
    notifications = tuple(one for one in (_available_again(tracked, after, now), change) if one)
    return Decision(after, notifications, _wait(after, now, interval))


def _available_again(tracked: TrackedJob, after: TrackedJob, now: datetime) -> JobAvailableAgain | None:
    if tracked.unavailable_notified_at is None:
        return None
    since = tracked.failing_since or tracked.unavailable_notified_at
    return JobAvailableAgain(after.ref, after.title, after.status, since, now, tracked.followed)


def _failed(tracked: TrackedJob, failed: PollFailed, now: datetime, interval: timedelta, chance: float) -> Decision:
    since = tracked.failing_since or now
    after = replace(tracked, failure=failed.reason, failing_since=since, failures=tracked.failures + 1)
    notifications: tuple[JobUnavailable, ...] = ()
    if after.failures >= _NOTIFY_AFTER and failed.service_answers and tracked.unavailable_notified_at is None:
        after = replace(after, unavailable_notified_at=now)
        unavailable = JobUnavailable(tracked.ref, tracked.title, tracked.status, failed.reason, since, tracked.followed)
        notifications = (unavailable,)
    wait = interval
    if failed.retry_after is not None:
        # All jobs were asked to wait as long; spread them, so that they don't come back at once.
        wait = max(interval, min(failed.retry_after, _MAX_RETRY_AFTER) + interval * _FAST_FACTOR * chance)
    return Decision(after, notifications, wait)


def _wait(tracked: TrackedJob, now: datetime, interval: timedelta) -> timedelta:
    changed_recently = tracked.changed_at is not None and now - tracked.changed_at < _RECENT
    if changed_recently or tracked.status.status_class is StatusClass.DEPLOYING:
        return max(interval * _FAST_FACTOR, min(interval, _MIN_WAIT))
    if tracked.status.status_class.is_inactive and now - tracked.status_since > _ENDED_AFTER:
        return interval * _ENDED_FACTOR
    return interval
