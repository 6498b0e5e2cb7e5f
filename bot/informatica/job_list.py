"""The organisation's job list, fetched page by page, once for all concurrent callers."""

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
from bot.domain.job_search import JobIndex, NamedJob
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

# Seconds for which a list, a failure and a refusal are kept.
_LIST_TTL = 60.0
_FAILURE_TTL = 5.0
_REFUSAL_TTL = 600.0
# Seconds for all pages together.
_FETCH_TIMEOUT = 120.0
# A longer list is taken for one that never ends.
_MAX_ROWS = 50_000
_MAX_PAGES = 500
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class JobList:
    """The organisation's jobs as the service lists them, each run once.

    `complete` says whether every row that the service counts was received; `asked_at` (aware UTC) is when the first
    page was requested, and `pages` the number of pages. `named` holds the dataflows of all rows, including rows
    without a run or a status, which show no job.
    """

    jobs: tuple[Job, ...]
    complete: bool
    asked_at: datetime
    pages: int = 1
    named: frozenset[str] = frozenset()

    def newest(self, dataflow: str) -> Job | None:
        """The dataflow's job that started last, the larger run ID if equal; None if the list has none."""
        return self._newest.get(dataflow)

    def run(self, ref: JobRef) -> Job | None:
        """The job of exactly this run; None if the list has none."""
        return self._runs.get(ref)

    async def indexed(self) -> JobIndex:
        """The newest job of each dataflow, by name. Made when it is first needed, in a thread, because thousands of
        names take long to fold; polling needs none."""
        return await asyncio.to_thread(getattr, self, "index")

    @cached_property
    def index(self) -> JobIndex:
        """The same without a thread."""
        newest = self._newest.values()
        return JobIndex(NamedJob(job.ref.dataflow, job.title, job.status, as_of=self.asked_at) for job in newest)

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
    """Caches the list for a minute. `page` fetches rows from an offset; `confirm_login` raises if the latest
    login failed.

    `pages_asked` counts the pages requested so far.
    """

    def __init__(
        self,
        page: Callable[[int], Awaitable[ListPage]],
        confirm_login: Callable[[], Awaitable[None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._page = page
        self._confirm_login = confirm_login
        self._clock = clock
        self.pages_asked = 0
        self._job_list: JobList | None = None
        self._began = -math.inf  # the fetch of the list
        self._failed: JobsServiceError | None = None
        self._failed_until = -math.inf
        self._attempt: asyncio.Task[JobList | JobsServiceError] | None = None

    async def jobs(self, *, fresh: bool = False, max_age: float | None = None) -> JobList:
        """The list, at most a minute old, or at most `max_age` seconds; with `fresh`, one whose fetch ends after this
        call. A failure is remembered for a few seconds, but not for who asks for a certain age.

        Raises NoList if this account can't list jobs (tried again after ten minutes), or any JobsServiceError.
        """
        now = self._clock()
        good_until = self._began + (_LIST_TTL if max_age is None else max_age)
        if self._job_list is not None and now < good_until and not fresh:
            return self._job_list
        asks_again = (fresh or max_age is not None) and not isinstance(self._failed, NoList)
        if self._failed is not None and now < self._failed_until and not asks_again:
            raise copy(self._failed)  # an error raised again and again grows its traceback each time
        # A task of its own, and shielded: a caller that stops waiting must not cancel the fetch for the others.
        if self._attempt is None:
            self._attempt = asyncio.create_task(self._fetch())
        outcome = await asyncio.shield(self._attempt)
        if isinstance(outcome, JobsServiceError):
            raise copy(outcome)
        return outcome

    async def close(self) -> None:
        """Cancel a fetch that is under way."""
        if self._attempt is not None:
            self._attempt.cancel()
            await asyncio.wait([self._attempt])

    async def _fetch(self) -> JobList | JobsServiceError:
        """Fetch all pages. Returns its error rather than raising it: every caller may have stopped waiting."""
        began = self._clock()
        try:
            async with asyncio.timeout(_FETCH_TIMEOUT):
                self._job_list = await self._all_pages()
        except TimeoutError:
            return self._remember_failure(Unreachable(timed_out=True))
        except JobsServiceError as error:
            return self._remember_failure(error)
        finally:
            self._attempt = None
        self._began, self._failed = began, None
        return self._job_list

    def _remember_failure(self, error: JobsServiceError) -> JobsServiceError:
        refused = isinstance(error, NoList)
        if refused:
            self._job_list = None
            log.warning("job list unavailable, look-ups by ID still work", error=str(error))
        self._failed, self._failed_until = error, self._clock() + (_REFUSAL_TTL if refused else _FAILURE_TTL)
        return error

    async def _all_pages(self) -> JobList:
        asked_at, pages = datetime.now(UTC), _Pages()
        try:
            pages.add(await self._read_page(0))
        except JobsServiceError as error:
            if not _is_refusal(error) or (self._job_list is not None and _is_unreadable(error)):
                raise
            await self._confirm_login()  # a login that failed says nothing about the list
            raise NoList.because(error) from error
        while pages.has_more:
            pages.add(await self._read_page(pages.rows))
        named = frozenset(pages.named)
        return JobList(tuple(pages.jobs.values()), pages.complete, asked_at, pages.number, named)

    async def _read_page(self, skip: int) -> ListPage:
        self.pages_asked += 1
        page = await self._page(skip)
        await page.read()
        return page


class _Pages:
    """The rows received so far, and whether more pages follow.

    The list ends at the service's own count. Without a count, or with fewer rows than counted, it ends with a page
    that is empty or has no new job: a service may return fewer rows than requested, repeat rows, or answer every
    request with its first page.
    """

    def __init__(self) -> None:
        self.jobs: dict[JobRef, Job] = {}
        self.rows = 0
        self.number = 0
        self.named: set[str] = set()
        self.has_more = True
        self._others = 0
        self._total: int | None = None
        self._ended = False

    def add(self, page: ListPage) -> None:
        before, jobs = len(self.jobs), page.jobs
        for job in jobs:
            self.jobs.setdefault(job.ref, job)
        self.named |= page.named
        self.rows += page.rows
        self._others += page.rows - len(jobs)
        self.number += 1
        self._total = page.total if page.total is not None else self._total
        self._ended = page.rows == 0
        nothing_new = bool(jobs) and len(self.jobs) == before
        too_much = self.rows >= _MAX_ROWS or self.number >= _MAX_PAGES
        self.has_more = not (self._ended or nothing_new or too_much or self.complete)

    @property
    def complete(self) -> bool:
        """Whether every counted row was received. A repeated row doesn't count: another one may be missing for it."""
        if self._total is None:
            return self._ended
        return len(self.jobs) + self._others >= self._total


def _is_refusal(error: JobsServiceError) -> bool:
    """Whether the list is closed to this account or doesn't exist, rather than failing for now."""
    if isinstance(error, LoginRefused | RateLimited):
        return False
    return isinstance(error, NotLoggedIn | NotAllowed | NotFound | BadAnswer) or error.status == 501


def _is_unreadable(error: JobsServiceError) -> bool:
    """Whether something in place of the list answered: a page, a redirect, half an answer. Where the list has answered
    before, that passes."""
    return isinstance(error, BadAnswer) and (error.status or 0) < 400
