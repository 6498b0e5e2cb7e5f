"""Job search: among the jobs that the jobs service lists, and those that the person who asks may know to be watched."""

import asyncio
import contextlib
import re
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeGuard

import structlog
from cachetools import TTLCache

from bot.domain.destination import Destination
from bot.domain.job import Dataflow, JobRef, Target
from bot.domain.job_search import JobIndex, NamedJob
from bot.domain.names import search_key
from bot.domain.pattern import matches_key, normalize
from bot.informatica.errors import JobsServiceError
from bot.informatica.job_list import JobList
from bot.slack.grammar.commands import Jobs
from bot.slack.grammar.presses import TurnJobsPage
from bot.slack.grammar.references import Name, Ref, is_id
from bot.slack.grammar.shortcodes import with_emoji
from bot.slack.grammar.tokens import Token
from bot.slack.messages import pickers
from bot.slack.messages.blocks import Message
from bot.slack.request import Reply, Request
from bot.store.database import Database
from bot.store.lists import names

log = structlog.get_logger(__name__)

# Seconds: if the list takes longer, only the watched jobs are searched.
_LIST_LIMIT_S = 8.0
# Seconds: who presses a button of a job that isn't watched waits no longer for its name.
_NAME_LIMIT_S = 0.5
# Seconds for which statuses in an index count as seen just now, and names as they are.
_KNOWN_FOR_S = 10.0
# A run after a name, as the bot writes it, or alone: shorter numbers may be anything.
_WITH_RUN = re.compile(r"(.*\S) (?:\(run ([1-9][0-9]{0,17})(?: only)?\)|([1-9][0-9]{3,17}))")
# Jobs in all indexes together, apart from the list's: some ten megabytes.
_MOST_KNOWN = 50_000


@dataclass(frozen=True)
class Found:
    """The job that a reference means, and how it is named to people: by its name if that is known."""

    target: Target
    ref: Ref


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


Result = Found | Ambiguous | NotFound


@dataclass(frozen=True)
class _Known:
    """What somebody may know of, indexed, as of a `version` of what is watched and beside a job list."""

    version: tuple[int, ...]
    listed: JobIndex | None
    index: JobIndex


class JobSearch:
    """Finds jobs by name. `job_list` gets the organisation's list, at most a minute old.

    What others watch is theirs, and the store doesn't know which channels are private. So besides the list, only the
    jobs that some destinations watch are searched: where somebody asks, and their own.

    Who types in the form asks at every letter. So the index is kept for some seconds for the same destinations, as long
    as they watch the same jobs.
    """

    def __init__(
        self,
        database: Database,
        job_list: Callable[[], Awaitable[JobList]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._job_list = job_list
        self._known: TTLCache[tuple[frozenset[Destination], bool], _Known] = TTLCache(
            _MOST_KNOWN, _KNOWN_FOR_S, timer=clock, getsizeof=lambda known: 1 + len(known.index.keys)
        )

    async def find(self, ref: Ref, asking: Collection[Destination]) -> Result:
        """The job that a reference means."""
        if _is_sure(ref):
            return Found(ref, ref)
        index, unlisted = await self.index(asking, _LIST_LIMIT_S)
        return await _find(ref, index, unlisted)

    async def find_watched(self, ref: Ref, destination: Destination) -> Result:
        """The same among the jobs that a destination watches. Needs no answer from the jobs service.

        A dataflow of which several runs are watched there, and no name, means any of them.
        """
        if _is_sure(ref):
            return await self._which_run(Found(ref, ref), {destination})
        return await _find(ref, await self._indexed({destination}, None), None)

    async def find_seen(self, ref: Ref, asking: Collection[Destination]) -> Result:
        """The job that a reference means, for what was seen of it by those who ask: as in `find_watched`, it may be any
        of several runs."""
        found = await self.find(ref, asking)
        return await self._which_run(found, asking) if isinstance(found, Found) else found

    async def _which_run(self, found: Found, destinations: Collection[Destination]) -> Result:
        if isinstance(found.target, Dataflow):
            watched = await self._watched_by(destinations, found.target.id)
            runs = list({one.run: one for one in watched}.values())
            if len(runs) > 1 and all(one.run is not None for one in runs):
                return Ambiguous(runs[0].title, runs)
        return found

    async def named(self, found: Found, asking: Collection[Destination]) -> Found:
        """The same job by its name, if those who ask may know it. Needs no answer from the jobs service."""
        if isinstance(found.ref, Name):
            return found
        async with self._database.reading() as session:
            title = await names.title_of(session, asking, found.target)
        return replace(found, ref=Name(title)) if title else found

    async def listed_name(self, found: Found) -> Found:
        """The same job by its name in the organisation's list, if that can be had at once."""
        dataflow = found.target.id if isinstance(found.target, Dataflow) else found.target.dataflow
        index, _ = await self._listed(_NAME_LIMIT_S)
        jobs = index.find_by_name(dataflow) if index is not None and dataflow in index.keys else []
        return replace(found, ref=Name(jobs[0].title)) if jobs else found

    async def find_by_words(
        self, words: str, asking: Collection[Destination], *, within: float = _LIST_LIMIT_S, fresh: bool = False
    ) -> tuple[Sequence[NamedJob], str | None]:
        """The jobs whose names contain the words, worst first; and why the list isn't among them, if it could not be
        had `within` so many seconds. `fresh` if the watched jobs' statuses are to be those of now."""
        index, unlisted = await self.index(asking, within, fresh=fresh)
        return index.find_by_words(words) or index.find_by_words(with_emoji(words)), unlisted

    async def show(self, command: Jobs, request: Request) -> Reply:
        """Handle `jobs`."""
        return Reply(await self._page(command.words, command.page, request))

    async def turn_page(self, press: TurnJobsPage, request: Request) -> Reply:
        """Show another page where the button was pressed."""
        return Reply(await self._page(press.words, max(1, press.page), request), replaces=True)

    async def _page(self, words: str, page: int, request: Request) -> Message:
        found, unlisted = await self.find_by_words(words, request.asking, fresh=True)
        here = {job.target for job in await self._watched_by({request.destination()})}
        now = datetime.now(UTC)
        return pickers.jobs_page(found, words, unlisted, page=page, watched=here, command=request.command, now=now)

    async def why_unlisted(self) -> str | None:
        """Why the jobs service's list can't be had; None if it can."""
        return (await self._listed(_LIST_LIMIT_S))[1]

    async def count_matching(self, glob: str | None, *, within: float) -> int | None:
        """How many listed jobs match a glob; None if the list can't be had `within` so many seconds."""
        index, _ = await self._listed(within)
        key = normalize(glob)
        return sum(matches_key(key, name) for name in index.keys.values()) if index else None

    async def index(
        self, asking: Collection[Destination], within: float = _LIST_LIMIT_S, *, fresh: bool = False
    ) -> tuple[JobIndex, str | None]:
        """All jobs that those who ask may know; and why the list isn't among them, as for `find_by_words`."""
        listed, unlisted = await self._listed(within)
        return await self._indexed(asking, listed, fresh=fresh), unlisted

    async def _watched_by(
        self, destinations: Collection[Destination], dataflow: str | None = None
    ) -> Sequence[NamedJob]:
        async with self._database.reading() as session:
            return await names.watched_by(session, destinations, datetime.now(UTC), dataflow=dataflow)

    async def _indexed(
        self, destinations: Collection[Destination], listed: JobIndex | None, *, fresh: bool = False
    ) -> JobIndex:
        """The jobs that some destinations watch, with those that are listed."""
        key = frozenset(destinations), listed is None
        async with self._database.reading() as session:
            version = await names.version(session, destinations)
            known = None if fresh else self._known.get(key)
            if known is not None and known.version == version and known.listed is listed:
                return known.index
            watched = await names.watched_by(session, destinations, datetime.now(UTC))
        index = await asyncio.to_thread(JobIndex, watched, listed)
        with contextlib.suppress(ValueError):  # too many to be kept
            self._known[key] = _Known(version, listed, index)
        return index

    async def _listed(self, within: float) -> tuple[JobIndex | None, str | None]:
        try:
            async with asyncio.timeout(within):
                return await (await self._job_list()).indexed(), None
        except TimeoutError:
            return None, "its list takes too long now"
        except JobsServiceError as error:
            log.info("names can't be searched in the job list", error=str(error))
            return None, error.reason


def _is_sure(ref: Ref) -> TypeGuard[Target]:
    """Whether a reference can't be a name, nor a name with a run."""
    return isinstance(ref, Dataflow) or (isinstance(ref, JobRef) and is_id(Token(ref.dataflow)))


async def _find(ref: Ref, index: JobIndex, unlisted: str | None) -> Result:
    if not isinstance(ref, Name):
        named = _run_of(ref.dataflow, ref.run, index) if isinstance(ref, JobRef) else None
        return named or Found(ref, ref)
    name = ref.text
    match found := index.find_by_name(name) or index.find_by_name(with_emoji(name)):
        case []:
            with_run = _WITH_RUN.fullmatch(name)
            if with_run and (found_run := _run_of(with_run[1], int(with_run[2] or with_run[3]), index)):
                return found_run
            return NotFound(name, unlisted, await asyncio.to_thread(index.find_similar, name))
        case [job]:
            return Found(job.target, Name(job.title))
    return Ambiguous(name, found)


def _run_of(name: str, run: int, index: JobIndex) -> Found | None:
    """A run of the one job that has this very name; None if there is none."""
    jobs = index.find_by_name(name) or index.find_by_name(with_emoji(name))
    keys = {search_key(name), search_key(with_emoji(name))}
    same = [job for job in jobs if job.dataflow == name or search_key(job.title) in keys]
    titles = {job.dataflow: job.title for job in [job for job in same if job.run == run] or same}
    if len(titles) != 1:
        return None
    ((dataflow, title),) = titles.items()
    return Found(JobRef(dataflow, run), Name(title))
