"""The organisation's whole list of jobs, fetched page by page, once for everybody who asks."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import structlog

from bot.domain.job import Job, JobRef
from bot.informatica.errors import (
    BadAnswer,
    JobsServiceError,
    LoginRefused,
    NoList,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    RateLimited,
    Unreachable,
)
from bot.informatica.parse_list import ListPage

log = structlog.get_logger(__name__)

# Seconds: how long a list is good for, how long its failure is, and how long its refusal.
_FRESH = 60.0
_FAILED = 5.0
_REFUSED = 600.0
# Seconds for all pages together.
_LONGEST_FETCH = 120.0
# A list that goes on beyond this is taken for one without an end.
_MOST_ROWS = 10_000
_MOST_PAGES = 500
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class JobList:
    """The organisation's jobs as its list has them, each run once.

    `complete` says whether every row that the service counts was seen; `asked_at` (aware UTC) is when the
    first page was asked for, and `pages` how many there were. `named` are the dataflows of all rows, of those too
    that lack a run or a status and so show no job.
    """

    jobs: tuple[Job, ...]
    complete: bool
    asked_at: datetime
    pages: int = 1
    named: frozenset[str] = frozenset()

    def newest(self, dataflow: str) -> Job | None:
        """The job of the dataflow's run that started last, of equals the one with the larger run ID; None for none."""
        return self._newest.get(dataflow)

    def run(self, ref: JobRef) -> Job | None:
        """The job of this very run; None where the list lacks it."""
        return self._runs.get(ref)

    @cached_property
    def _runs(self) -> Mapping[JobRef, Job]:
        return {job.ref: job for job in self.jobs}

    @cached_property
    def _newest(self) -> Mapping[str, Job]:
        found: dict[str, Job] = {}
        for job in self.jobs:
            last = found.get(job.ref.dataflow)
            if last is None or _started(last) < _started(job):
                found[job.ref.dataflow] = job
        return found


def _started(job: Job) -> tuple[datetime, int]:
    return job.start_time or _LONG_AGO, job.ref.run


class JobListCache:
    """Holds the list for a minute. `page` asks for the rows from a number on, `log_in` makes sure of a session.

    `pages_asked` counts the pages asked for so far.
    """

    def __init__(
        self,
        page: Callable[[int], Awaitable[ListPage]],
        log_in: Callable[[], Awaitable[None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._page = page
        self._log_in = log_in
        self._clock = clock
        self.pages_asked = 0
        self._job_list: JobList | None = None
        self._good_until = -math.inf
        self._failed: JobsServiceError | None = None
        self._failed_until = -math.inf
        self._attempt: asyncio.Task[JobList | JobsServiceError] | None = None

    async def jobs(self, *, fresh: bool = False) -> JobList:
        """The list, at most a minute old; with `fresh` one whose fetching ends after this call.

        Raises NoList where this account can't list jobs (asked again after ten minutes only), or any
        JobsServiceError.
        """
        now = self._clock()
        if self._job_list is not None and now < self._good_until and not fresh:
            return self._job_list
        if self._failed is not None and now < self._failed_until and (not fresh or isinstance(self._failed, NoList)):
            raise copy(self._failed)  # one that is raised again and again grows its traceback each time
        # A task of its own, and shielded: whoever gives up waiting must not take the others' list along.
        if self._attempt is None:
            self._attempt = asyncio.create_task(self._fetch())
        outcome = await asyncio.shield(self._attempt)
        if isinstance(outcome, JobsServiceError):
            raise copy(outcome)
        return outcome

    async def close(self) -> None:
        """End a fetching that is under way."""
        if self._attempt is not None:
            self._attempt.cancel()
            await asyncio.wait([self._attempt])

    async def _fetch(self) -> JobList | JobsServiceError:
        """All pages. Returns its error rather than raising it: nobody may be left to hear it."""
        began = self._clock()
        try:
            async with asyncio.timeout(_LONGEST_FETCH):
                self._job_list = await self._all_pages()
        except TimeoutError:
            return self._remember_failure(Unreachable(timed_out=True))
        except JobsServiceError as error:
            return self._remember_failure(error)
        finally:
            self._attempt = None
        self._good_until, self._failed = began + _FRESH, None
        return self._job_list

    def _remember_failure(self, error: JobsServiceError) -> JobsServiceError:
        refused = isinstance(error, NoList)
        if refused:
            self._job_list = None
            log.warning("the organisation's jobs can't be listed; IDs work", error=str(error))
        self._failed, self._failed_until = error, self._clock() + (_REFUSED if refused else _FAILED)
        return error

    async def _all_pages(self) -> JobList:
        asked_at, pages = datetime.now(UTC), _Pages()
        try:
            pages.add(await self._read_page(0))
        except JobsServiceError as error:
            if not _is_refusal(error):
                raise
            await self._log_in()  # fails again where it was the log-in that failed: that says nothing of the list
            raise NoList.because(error) from error
        while pages.go_on:
            pages.add(await self._read_page(pages.rows))
        named = frozenset(pages.named)
        return JobList(tuple(pages.jobs.values()), pages.complete, asked_at, pages.number, named)

    async def _read_page(self, skip: int) -> ListPage:
        self.pages_asked += 1
        page = await self._page(skip)
        await page.read()
        return page


class _Pages:
    """What came so far, and whether there is more to come.

    The end is the service's own count. Without one, and where fewer came than were counted, it is a page
    that is empty or brings no job that was not there before: a service may give fewer rows than it was asked
    for, repeat rows, or answer every question with its first page.
    """

    def __init__(self) -> None:
        self.jobs: dict[JobRef, Job] = {}
        self.rows = 0
        self.number = 0
        self.named: set[str] = set()
        self.go_on = True
        self._others = 0
        self._total: int | None = None
        self._ended = False

    def add(self, page: ListPage) -> None:
        known, jobs = len(self.jobs), page.jobs
        for job in jobs:
            self.jobs.setdefault(job.ref, job)
        self.named |= page.named
        self.rows += page.rows
        self._others += page.rows - len(jobs)
        self.number += 1
        self._total = page.total if page.total is not None else self._total
        self._ended = page.rows == 0
        nothing_new = bool(jobs) and len(self.jobs) == known
        too_much = self.rows >= _MOST_ROWS or self.number >= _MOST_PAGES
        self.go_on = not (self._ended or nothing_new or too_much or self.complete)

    @property
    def complete(self) -> bool:
        """Whether all were seen: rows that came twice may have taken the place of rows that never came."""
        if self._total is None:
            return self._ended
        return len(self.jobs) + self._others >= self._total


def _is_refusal(error: JobsServiceError) -> bool:
    """Whether the list is not for this account, or not there, rather than not to be had just now."""
    if isinstance(error, LoginRefused | RateLimited):
        return False
    return isinstance(error, NotLoggedIn | NotAllowed | NotFound | BadAnswer) or error.status == 501
