"""What happens again and again, and when: the scheduler, and its guard against a clock that is set."""

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

_CLOCK_LOOK_S = 1.0
# A clock that is adjusted gradually drifts by less than that within one look.
_CLOCK_SET_S = 0.5


@asynccontextmanager
async def ticking(ticks: Sequence[tuple[Tick, float]], *, nightly: Tick) -> AsyncIterator[None]:
    """Call each tick every so many seconds, at once to begin with, and `nightly` once a night. A tick returns at
    once: the work is done in tasks of its owner."""
    scheduler = AsyncIOScheduler(
        timezone=UTC,  # or it asks the machine, whose answer may be one that it does not know
        # By default a tick that is a second late is dropped.
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    jobs = [
        scheduler.add_job(tick, "interval", seconds=seconds, next_run_time=datetime.now(UTC)) for tick, seconds in ticks
    ]
    scheduler.add_job(nightly, "cron", hour=3, jitter=1800)  # several workers do not all begin at once
    scheduler.start()
    guard = asyncio.create_task(_mind_the_clock(jobs))
    try:
        yield
    finally:
        guard.cancel()
        scheduler.shutdown(wait=False)


async def _mind_the_clock(jobs: Sequence[Job]) -> None:
    """APScheduler plans by the clock on the wall: one that is set back by an hour would stop every tick for an hour."""
    offset = time.time() - time.monotonic()
    while True:
        await asyncio.sleep(_CLOCK_LOOK_S)
        moved = time.time() - time.monotonic() - offset
        if abs(moved) < _CLOCK_SET_S:
            continue
        offset += moved
        log.warning("the clock was set; ticking on from now", seconds=round(moved, 1))
        for job in jobs:
            job.modify(next_run_time=datetime.now(UTC))
