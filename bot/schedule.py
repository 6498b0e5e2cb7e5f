"""Periodic ticks: the scheduler, and its guard against a machine clock that is set."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

log = structlog.get_logger(__name__)

Tick = Callable[[], Awaitable[None]]

_CLOCK_CHECK_S = 1.0
_JITTER_S = 1800  # several workers don't all begin at once
_NIGHT = CronTrigger(hour=3, timezone=UTC)
_NIGHT_OR_LATER = CronTrigger(hour=3, timezone=UTC, jitter=_JITTER_S)


@asynccontextmanager
async def ticking(ticks: Sequence[tuple[Tick, float]], *, nightly: Tick) -> AsyncIterator[None]:
    """Call each tick at once and then every so many seconds, and `nightly` once a night.

    A tick returns at once: its owner does the work in tasks of its own.
    """
    scheduler = AsyncIOScheduler(
        timezone=UTC,  # else it asks the machine, whose zone it may not know
        # By default a tick that is a second late is dropped.
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    jobs = [
        (scheduler.add_job(tick, _Every(seconds), next_run_time=datetime.now(UTC)), timedelta(seconds=seconds))
        for tick, seconds in ticks
    ]
    night = scheduler.add_job(nightly, _NIGHT_OR_LATER)
    scheduler.start()
    guard = asyncio.create_task(_watch_clock(jobs, night))
    try:
        yield
    finally:
        guard.cancel()
        # `shutdown` cancels a tick that was submitted but hasn't run, and logs that as an error: let it run.
        scheduler.pause()
        await asyncio.sleep(0)
        scheduler.shutdown(wait=False)


class _Every(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Every so many seconds. What was missed isn't made up for: APScheduler's own trigger would step through it, which
    blocks the loop for minutes when a clock that began at 1970 is set."""

    def __init__(self, seconds: float) -> None:
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        planned = (previous or now) + self._interval
        return planned if planned > now else now + self._interval


async def _watch_clock(jobs: Sequence[tuple[Job, timedelta]], night: Job) -> None:
    """Reschedule what is planned later than it can be: APScheduler plans by wall-clock time, so a clock that is set
    back by an hour would stop every tick for an hour.

    Only the plan shows it for sure: between two checks the clock may be set forward and back.
    """
    while True:
        await asyncio.sleep(_CLOCK_CHECK_S)
        now = datetime.now(UTC)
        late = [job for job, interval in jobs if job.next_run_time > now + interval]
        for job in late:
            job.modify(next_run_time=now)
        if night.next_run_time > _NIGHT.get_next_fire_time(None, now) + timedelta(seconds=_JITTER_S):
            night.modify(next_run_time=_NIGHT_OR_LATER.get_next_fire_time(None, now))
            late.append(night)
        if late:
            log.warning("the clock was set back; ticks rescheduled", ticks=len(late))
