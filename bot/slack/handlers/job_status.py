"""`status`, and sharing a job with the channel."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bot.domain.job import Dataflow, Job, Target
from bot.slack.grammar.commands import ShowStatus
from bot.slack.grammar.presses import ShareJob
from bot.slack.handlers.throughput import ThroughputReader
from bot.slack.messages import look_up as cards
from bot.slack.request import Reply, Request


class JobStatusHandler:
    """Looks jobs up."""

    def __init__(self, look_up: Callable[[Target], Awaitable[Job]], throughput: ThroughputReader) -> None:
        self._look_up = look_up
        self._throughput = throughput

    async def show(self, _: ShowStatus, target: Target, request: Request) -> Reply:
        """Show a job, only to the person. Raises `JobsServiceError`.

        Its throughput is read at the same time and delays the reply by at most two seconds.
        """
        dataflow = target.id if isinstance(target, Dataflow) else target.dataflow
        throughput = asyncio.create_task(self._throughput.read(dataflow))
        try:
            job = await self._look_up(target)
            return Reply(cards.job_card(job, target, now=datetime.now(UTC), throughput=await throughput))
        finally:
            throughput.cancel()

    async def share(self, press: ShareJob, request: Request) -> Reply:
        """Show a job to everybody in the channel. Raises `JobsServiceError`."""
        job = await self._look_up(press.ref)
        return Reply(cards.shared_job_card(job, request.user, now=datetime.now(UTC)), in_channel=True)
