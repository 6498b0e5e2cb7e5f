"""What goes on in a job that has just failed: asked of optional resources, each within two seconds or not at all."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from bot.domain.incident import Circumstances
from bot.domain.job import JobRef
from bot.domain.throughput import Statistics, Throughput
from bot.informatica.client import JobsService
from bot.informatica.errors import JobsServiceError

log = structlog.get_logger(__name__)

_LIMIT_S = 2.0
# Between two readings of the counters: a rate needs a second.
_BETWEEN_S = 1.1
T = TypeVar("T")


async def ask_circumstances(service: JobsService, ref: JobRef) -> Circumstances | None:
    """The throughput now and on average, and the failing nodes; None if nothing of that is known. Never raises."""
    first, nodes = await asyncio.gather(
        _within_limit(service.statistics(ref.dataflow)), _within_limit(service.failing_nodes(ref.dataflow))
    )
    second = None
    if first is not None:
        await asyncio.sleep(_BETWEEN_S)
        second = await _within_limit(service.statistics(ref.dataflow))
    return circumstances(ref, first, second, nodes or (), datetime.now(UTC))


def circumstances(
    ref: JobRef,
    first: Statistics | None,
    second: Statistics | None,
    nodes: tuple[tuple[str, str], ...],
    at: datetime,
) -> Circumstances | None:
    """What two readings of a run's counters and the reports of its nodes tell; None if that is nothing.

    The average covers the time from the deployment to the first reading. Another run's figures tell nothing.
    """
    first, second = (one if one is not None and one.run in (None, ref.run) else None for one in (first, second))
    average = Throughput(first) if first is not None else None
    now = Throughput(second, first) if first is not None and second is not None else None
    found = Circumstances(
        at,
        in_rate=now.rate("in_messages") if now else None,
        out_rate=now.rate("out_messages") if now else None,
        in_rate_before=average.average("in_messages") if average else None,
        out_rate_before=average.average("out_messages") if average else None,
        failing_nodes=nodes,
    )
    return found if found != Circumstances(at) else None


async def _within_limit(answer: Awaitable[T]) -> T | None:
    try:
        async with asyncio.timeout(_LIMIT_S):
            return await answer
    except (TimeoutError, JobsServiceError) as error:
        # Not available in every organisation: nothing to warn about.
        log.debug("circumstances unknown", error=str(error))
        return None
