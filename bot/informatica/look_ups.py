"""Looks at several jobs at once, within a time: those that show nothing are left out."""

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
    """A job as a look showed it that began `at` (aware UTC)."""

    job: Job
    at: datetime


async def look_up_all(
    look_up: Callable[[Target], Awaitable[Job]], dataflows: Iterable[str], *, at_once: int, limit: float
) -> list[LookedUp]:
    """The jobs that could be seen within `limit` seconds, `at_once` looks under way at the same time."""
    seen: list[LookedUp] = []
    room = asyncio.Semaphore(at_once)

    async def one(dataflow: str) -> None:
        async with room:
            at = datetime.now(UTC)
            try:
                seen.append(LookedUp(await look_up(Dataflow(dataflow)), at))
            except JobsServiceError as error:
                log.info("a listed job can't be seen now", dataflow=dataflow, error=str(error))

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit), asyncio.TaskGroup() as looks:
            for dataflow in dataflows:
                looks.create_task(one(dataflow))
    return seen
