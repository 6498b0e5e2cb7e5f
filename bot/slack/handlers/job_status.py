"""`status`, sharing a job with the channel, and the details of a job."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from bot.domain.destination import Destination
from bot.domain.job import Dataflow, Job, JobLink, Target
from bot.domain.throughput import Throughput
from bot.informatica.errors import JobsServiceError
from bot.slack.api.views import ViewsApi
from bot.slack.grammar.commands import ShowStatus
from bot.slack.grammar.presses import ShareJob, ShowDetails
from bot.slack.grammar.references import Ref
from bot.slack.handlers.throughput import ThroughputReader
from bot.slack.messages import look_up as cards
from bot.slack.messages.look_up import Surroundings
from bot.slack.messages.modals import job_details
from bot.slack.request import Reply, Request
from bot.store.database import Database
from bot.store.lists import watch_list


class JobStatusHandler:
    """Looks jobs up. `link` leads to a job's page."""

    def __init__(
        self,
        database: Database,
        look_up: Callable[[Target], Awaitable[Job]],
        throughput: ThroughputReader,
        link: JobLink | None,
    ) -> None:
        self._database = database
        self._look_up = look_up
        self._throughput = throughput
        self._link = link

    async def show(self, _: ShowStatus, target: Target, request: Request) -> Reply:
        """Show a job, only to the person. Raises `JobsServiceError`, and what the database raises."""
        job, throughput = await self._observe(target)
        around = await self._surroundings(target, request)
        return Reply(cards.job_card(job, target, around, now=datetime.now(UTC), throughput=throughput))

    async def share(self, press: ShareJob, _: Ref, request: Request) -> Reply:
        """Show a job to everybody in the channel. Raises as `show` does."""
        target = press.ref
        job, throughput = await self._observe(target)
        around = await self._surroundings(target, request, shared=True)
        now = datetime.now(UTC)
        card = cards.shared_job_card(job, target, around, request.user, now=now, throughput=throughput)
        return Reply(card, in_channel=True)

    async def _observe(self, target: Target) -> tuple[Job, Throughput | None]:
        """The job, and its throughput, which is read at the same time and delays the reply by two seconds at most."""
        dataflow = target.id if isinstance(target, Dataflow) else target.dataflow
        throughput = asyncio.create_task(self._throughput.read(dataflow))
        try:
            return await self._look_up(target), await throughput
        finally:
            throughput.cancel()

    async def _surroundings(self, target: Target, request: Request, *, shared: bool = False) -> Surroundings:
        """What the card says of this place. A shared one says nothing of what the person watches elsewhere."""
        here, person = request.destination(), Destination(request.workspace, request.user)
        async with self._database.reading() as session:
            watched = await watch_list.find(session, here, target)
            has_history = watched is not None
            if not has_history and not shared:
                has_history = await watch_list.find(session, person, target) is not None
        return Surroundings(request.is_direct, watched, has_history, self._link)


class DetailsHandler:
    """Shows in a modal what else is known of a job."""

    def __init__(self, look_up: Callable[[Target], Awaitable[Job]], views_api: ViewsApi, link: JobLink | None) -> None:
        self._look_up = look_up
        self._views_api = views_api
        self._link = link

    async def show(self, press: ShowDetails, request: Request) -> Reply | None:
        """Open the modal before anything else is awaited: the trigger is valid for three seconds."""
        opened = await self._views_api.open(request.key, job_details.looking_up())
        if opened == "exchanged_trigger_id":  # the same press, delivered twice: the modal is open
            return None
        if isinstance(opened, str):
            return Reply(job_details.cannot_open(opened))
        await self._views_api.update(opened, await self.view(press.ref), force=True)
        return None

    async def view(self, target: Target) -> dict[str, Any]:
        """The modal with what is known of a job, or with the reason why it can't be looked up."""
        try:
            return job_details.job_details(await self._look_up(target), self._link)
        except JobsServiceError as error:
            return job_details.cannot_check(target, error.reason, error.remedy)
