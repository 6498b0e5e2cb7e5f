"""What a job moves: asked for beside a look, within two seconds or not at all."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import structlog

from bot.domain.throughput import Statistics, Throughput
from bot.informatica.errors import JobsServiceError

log = structlog.get_logger(__name__)

_LIMIT_S = 2.0
_REMEMBERED = 1_000  # jobs


class ThroughputReader:
    """Remembers the last figures of each job. `statistics` asks the jobs service for those of a dataflow."""

    def __init__(self, statistics: Callable[[str], Awaitable[Statistics]]) -> None:
        self._statistics = statistics
        self._last: OrderedDict[str, Statistics] = OrderedDict()

    async def of(self, dataflow: str) -> Throughput | None:
        """What the dataflow's run moves; None where that is not to be had in two seconds. Never raises."""
        try:
            async with asyncio.timeout(_LIMIT_S):
                now = await self._statistics(dataflow)
        except (TimeoutError, JobsServiceError) as error:
            # Not answered while a job is undeployed, nor by every organisation: no reason to complain.
            log.debug("no figures of a job", dataflow=dataflow, error=str(error))
            return None
        before = self._last.pop(dataflow, None)
        self._last[dataflow] = now
        if len(self._last) > _REMEMBERED:
            self._last.popitem(last=False)
        return Throughput(now, before if before is not None and before.run == now.run else None)
