"""Finds the job that people name: among those that the bot watches, and those that the jobs service lists."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from bot.domain.destination import Destination
from bot.domain.job import Dataflow, Target
from bot.domain.job_search import NamedJob, find_by_name, find_by_words
from bot.informatica.errors import JobsServiceError
from bot.informatica.job_list import JobList
from bot.slack.grammar.references import Name, Ref
from bot.store import subscriptions
from bot.store.database import Database

log = structlog.get_logger(__name__)

# Seconds: a list that takes longer is not waited for, and the jobs that are watched are all that is known.
_LIST_LIMIT_S = 8.0


@dataclass(frozen=True)
class Several:
    """A name that may mean several jobs."""

    name: str
    jobs: Sequence[NamedJob]


@dataclass(frozen=True)
class Nobody:
    """No job that is known has such a name. `unlisted` says why the jobs service's list was not searched; None if it
    was."""

    name: str
    unlisted: str | None


class JobSearch:
    """`listing` gives the organisation's list, from memory where it is a minute old at most."""

    def __init__(self, database: Database, listing: Callable[[], Awaitable[JobList]]) -> None:
        self._database = database
        self._listing = listing

    async def find(self, ref: Ref, workspace: str) -> Target | Several | Nobody:
        """The job that is meant."""
        if not isinstance(ref, Name):
            return ref
        watched = await self._watched(workspace)
        listed, unlisted = await self._listed()
        found = find_by_name(ref.text, [*watched, *listed])
        match found:
            case []:
                return Nobody(ref.text, unlisted)
            case [job]:
                return Dataflow(job.dataflow)
        return Several(ref.text, found)

    async def find_watched(self, ref: Ref, destination: Destination) -> Target | Several | Nobody:
        """The job that is meant, of those that a destination watches: needs no answer from the jobs service."""
        if not isinstance(ref, Name):
            return ref
        async with self._database.reading() as session:
            here = await subscriptions.of_destination(session, destination)
        titles = {one.job.ref.dataflow: one.job for one in here}
        found = find_by_name(ref.text, [NamedJob(flow, job.title, job.status) for flow, job in titles.items()])
        match found:
            case []:
                return Nobody(ref.text, None)
            case [job]:
                return Dataflow(job.dataflow)
        return Several(ref.text, found)

    async def jobs(
        self, words: str, workspace: str, *, within: float = _LIST_LIMIT_S
    ) -> tuple[Sequence[NamedJob], str | None]:
        """The jobs with these words in their names, worst first; and why the list could not be had (`within` so many
        seconds), if so."""
        watched = await self._watched(workspace)
        listed, unlisted = await self._listed(within)
        return find_by_words(words, [*watched, *listed]), unlisted

    async def _watched(self, workspace: str) -> Sequence[NamedJob]:
        async with self._database.reading() as session:
            known = await subscriptions.tracked_in_workspace(session, workspace)
        return [NamedJob(one.ref.dataflow, one.title, one.status) for one in known]

    async def unlisted(self) -> str | None:
        """Why the jobs service's list can't be had, if so."""
        return (await self._listed())[1]

    async def _listed(self, within: float = _LIST_LIMIT_S) -> tuple[Sequence[NamedJob], str | None]:
        try:
            async with asyncio.timeout(within):
                listing = await self._listing()
        except TimeoutError:
            return [], "its list takes too long now"
        except JobsServiceError as error:
            log.info("names are not searched in the list", error=str(error))
            return [], error.reason
        newest = {job.ref.dataflow: listing.newest(job.ref.dataflow) for job in listing.jobs}
        return [NamedJob(flow, job.title, job.status) for flow, job in newest.items() if job], None
