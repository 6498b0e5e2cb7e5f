"""Periodic ticks: the scheduler, and its guard against a machine clock that is set."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import structlog
from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = structlog.get_logger(__name__)

Tick = Callable[[], Awaitable[None]]

_CLOCK_CHECK_S = 1.0
# A clock that is adjusted gradually drifts by less than this within one check.
_CLOCK_SET_S = 0.5


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
        scheduler.add_job(tick, "interval", seconds=seconds, next_run_time=datetime.now(UTC)) for tick, seconds in ticks
    ]
    scheduler.add_job(nightly, "cron", hour=3, jitter=1800)  # jitter: several workers don't all begin at once
    scheduler.start()
    guard = asyncio.create_task(_watch_clock(jobs))
    try:
        yield
    finally:
        guard.cancel()
        scheduler.shutdown(wait=False)


async def _watch_clock(jobs: Sequence[Job]) -> None:
    """Reschedule the ticks when the clock is set: APScheduler plans by wall-clock time, so a clock that is set back by
    an hour would stop every tick for an hour."""
    offset = time.time() - time.monotonic()
    while True:
        await asyncio.sleep(_CLOCK_CHECK_S)
        moved = time.time() - time.monotonic() - offset
        if abs(moved) < _CLOCK_SET_S:
            continue
        offset += moved
        log.warning("the clock was set; ticks rescheduled", seconds=round(moved, 1))
        for job in jobs:
            job.modify(next_run_time=datetime.now(UTC))
