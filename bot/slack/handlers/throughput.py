"""A job's throughput: read beside a look-up, within two seconds or not at all."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from cachetools import LRUCache

from bot.domain.throughput import Statistics, Throughput
from bot.informatica.errors import JobsServiceError

log = structlog.get_logger(__name__)

_LIMIT_S = 2.0
_JOBS_REMEMBERED = 1_000


class ThroughputReader:
    """Remembers the last statistics of each job, which rates are computed from."""

    def __init__(self, statistics: Callable[[str], Awaitable[Statistics]]) -> None:
        self._statistics = statistics
        self._last: LRUCache[str, Statistics] = LRUCache(_JOBS_REMEMBERED)

    async def read(self, dataflow: str) -> Throughput | None:
        """The throughput of a dataflow's run; None if it can't be had within two seconds. Never raises."""
        try:
            async with asyncio.timeout(_LIMIT_S):
                now = await self._statistics(dataflow)
        except (TimeoutError, JobsServiceError) as error:
            # Not available while a job is undeployed, nor in every organisation: nothing to warn about.
            log.debug("no throughput", dataflow=dataflow, error=str(error))
            return None
        before = self._last.get(dataflow)
        self._last[dataflow] = now
        return Throughput(now, before if before is not None and before.run == now.run else None)
