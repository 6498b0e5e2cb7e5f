"""Job search: among the watched jobs and those that the jobs service lists."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from bot.domain.destination import Destination
from bot.domain.job import Target
from bot.domain.job_search import JobIndex, NamedJob
from bot.informatica.errors import JobsServiceError
from bot.informatica.job_list import JobList
from bot.slack.grammar.commands import Jobs
from bot.slack.grammar.references import Name, Ref
from bot.slack.grammar.shortcodes import with_emoji
from bot.slack.messages import pickers
from bot.slack.request import Reply, Request
from bot.store import subscriptions
from bot.store.database import Database

log = structlog.get_logger(__name__)

# Seconds: if the list takes longer, only the watched jobs are searched.
_LIST_LIMIT_S = 8.0


@dataclass(frozen=True)
class Ambiguous:
    """A name that may mean several jobs."""

    name: str
    jobs: Sequence[NamedJob]


@dataclass(frozen=True)
class NotFound:
    """A name of no known job, and the jobs with `similar` names. `unlisted` says why the jobs service's list could not
    be searched; None if it was."""

    name: str
    unlisted: str | None
    similar: Sequence[NamedJob]


class JobSearch:
    """Finds jobs by name. `job_list` gets the organisation's list, at most a minute old."""

    def __init__(self, database: Database, job_list: Callable[[], Awaitable[JobList]]) -> None:
        self._database = database
        self._job_list = job_list

    async def find(self, ref: Ref, workspace: str) -> Target | Ambiguous | NotFound:
        """The job that a reference means."""
        if not isinstance(ref, Name):
            return ref
        watched = await self._watched(workspace)
        listed, unlisted = await self._listed()
        return _find(ref.text, JobIndex([*watched, *listed]), unlisted)

    async def find_watched(self, ref: Ref, destination: Destination) -> Target | Ambiguous | NotFound:
        """The same among the jobs that a destination watches. Needs no answer from the jobs service."""
        if not isinstance(ref, Name):
            return ref
        async with self._database.reading() as session:
            here = await subscriptions.of_destination(session, destination)
        watched = [NamedJob(sub.job.ref.dataflow, sub.job.title, sub.job.status) for sub in here]
        return _find(ref.text, JobIndex(watched), None)

    async def find_by_words(
        self, words: str, workspace: str, *, within: float = _LIST_LIMIT_S
    ) -> tuple[Sequence[NamedJob], str | None]:
        """The jobs whose names contain the words, worst first; and why the list isn't among them, if it could not be
        had `within` so many seconds."""
        watched = await self._watched(workspace)
        listed, unlisted = await self._listed(within)
        return _by_words(words, JobIndex([*watched, *listed])), unlisted

    async def show(self, command: Jobs, request: Request) -> Reply:
        """Handle `jobs`."""
        found, unlisted = await self.find_by_words(command.words, request.workspace)
        return Reply(pickers.jobs_page(found, command.words, unlisted, page=command.page, command=request.command))

    async def why_unlisted(self) -> str | None:
        """Why the jobs service's list can't be had; None if it can."""
        return (await self._listed())[1]

    async def _watched(self, workspace: str) -> Sequence[NamedJob]:
        async with self._database.reading() as session:
            tracked = await subscriptions.tracked_in_workspace(session, workspace)
        return [NamedJob(job.ref.dataflow, job.title, job.status) for job in tracked]

    async def _listed(self, within: float = _LIST_LIMIT_S) -> tuple[Sequence[NamedJob], str | None]:
        try:
            async with asyncio.timeout(within):
                job_list = await self._job_list()
        except TimeoutError:
            return [], "its list takes too long now"
        except JobsServiceError as error:
            log.info("names can't be searched in the job list", error=str(error))
            return [], error.reason
        newest = {job.ref.dataflow: job_list.newest(job.ref.dataflow) for job in job_list.jobs}
        return [NamedJob(dataflow, job.title, job.status) for dataflow, job in newest.items() if job], None


def _find(name: str, index: JobIndex, unlisted: str | None) -> Target | Ambiguous | NotFound:
    match found := index.find_by_name(name) or index.find_by_name(with_emoji(name)):
        case []:
            return NotFound(name, unlisted, index.find_similar(name))
        case [job]:
            return job.target
    return Ambiguous(name, found)


def _by_words(words: str, index: JobIndex) -> Sequence[NamedJob]:
    return index.find_by_words(words) or index.find_by_words(with_emoji(words))
