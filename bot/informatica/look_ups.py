"""Look up several jobs concurrently, within a time limit."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from bot.domain.job import Dataflow, Job, Target
from bot.informatica.errors import JobsServiceError

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class LookedUp:
    """A job, and when its look-up began (`at`, aware UTC)."""

    job: Job
    at: datetime


async def look_up_all(
    look_up: Callable[[Target], Awaitable[Job]], dataflows: Iterable[str], *, at_once: int, limit: float
) -> list[LookedUp]:
    """The jobs whose look-up succeeds within `limit` seconds, with at most `at_once` look-ups in flight."""
    found: list[LookedUp] = []
    slots = asyncio.Semaphore(at_once)

    async def look_up_one(dataflow: str) -> None:
        async with slots:
            at = datetime.now(UTC)
            try:
                found.append(LookedUp(await look_up(Dataflow(dataflow)), at))
            except JobsServiceError as error:
                log.info("look-up failed", dataflow=dataflow, error=str(error))

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit), asyncio.TaskGroup() as look_ups:
            for dataflow in dataflows:
                look_ups.create_task(look_up_one(dataflow))
    return found
