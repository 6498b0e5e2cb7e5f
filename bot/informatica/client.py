"""The client of the jobs service: one method per resource, each within a time limit."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from urllib.parse import quote, urlencode

import httpx
from cachetools import LRUCache

from bot.domain.job import Job, JobRef, Target
from bot.domain.throughput import Statistics
from bot.informatica.circumstances.reports import parse_failing_nodes
from bot.informatica.connections import Connections, open_connections
from bot.informatica.errors import BadAnswer, JobsServiceError, LoginRefused, NoList, NoRun, NotFound
from bot.informatica.job_list import JobListCache
from bot.informatica.parse import parse_job
from bot.informatica.parse_list import STREAMING, KnownRows, ListPage, parse_page
from bot.informatica.parse_runs import newest, parse_history, parse_statistics, parse_status
from bot.informatica.resource_client import JOBS, ResourceClient
from bot.informatica.session import SessionManager
from bot.network.proxies import DIRECT, Proxies

# Seconds: one look-up, including the waits for a free connection and for a login, and one HTTP request within it.
LOOK_UP_TIMEOUT = 15.0
REQUEST_TIMEOUT = 10.0
_MONITOR = "/sisvc/monitor/v1"
_LIST = "/mijobmonitor/api/v1/MIJobs"
# Jobs whose last answer is remembered: more than one process polls. Each takes about a kilobyte.
_REMEMBERED = 20_000
# A thousand rows are about 600 KB; texts may be longer than in the documentation's example.
_MAX_PAGE = 8 << 20


class JobsService:
    """Looks up jobs. Holds one session and a pool of connections; made by `connected`."""

    def __init__(
        self,
        sessions: SessionManager,
        connections: Connections,
        requests_at_once: int,
        look_up_timeout: float = LOOK_UP_TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._resources = ResourceClient(sessions, connections, requests_at_once, look_up_timeout, clock)
        self._list_takes_filters = True
        self._last_answers: LRUCache[JobRef, tuple[bytes, Job]] = LRUCache(_REMEMBERED)
        self._known_rows = KnownRows()
        self.job_list = JobListCache(self.page, self._confirm_login, clock)

    @property
    def refused(self) -> LoginRefused | None:
        """The service's refusal of the login, if any: look-ups fail until the bot is restarted."""
        return self._sessions.refused

    async def log_in(self) -> None:
        """Make sure that there is a session. Raises JobsServiceError; LoginRefused if a retry is pointless."""
        async with self._resources.limited():
            await self._sessions.current()

    async def _confirm_login(self) -> None:
        async with self._resources.limited():
            await self._sessions.confirm()

    async def job(self, ref: JobRef) -> Job:
        """The job as the service describes it now (page "jobs resource"). Raises JobsServiceError."""
        path = f"{_MONITOR}/jobs/{_segment(ref.dataflow)}/{ref.run}"
        return await self._resources.get(JOBS, path, lambda body: self._parsed(body, ref))

    def _parsed(self, body: bytes, ref: JobRef) -> Job:
        """The job in an answer. Most polls bring the answer that the last one brought: that isn't parsed again."""
        digest = blake2b(body, digest_size=16).digest()
        last = self._last_answers.get(ref)
        if last is not None and last[0] == digest:
            return last[1]
        job = parse_job(body, ref)
        self._last_answers[ref] = digest, job
        return job

    async def look_up(self, target: Target) -> Job:
        """The job of a run, or of a dataflow's current run. Raises JobsServiceError."""
        return await self.job(target if isinstance(target, JobRef) else await self.current_run(target.id))

    async def statistics(self, dataflow: str) -> Statistics:
        """What went through the dataflow's current run so far (page "statistics resource").

        Raises JobsServiceError, also for an undeployed dataflow: the service refuses its statistics.
        """
        path = f"{_MONITOR}/statistics/dataflows/{_segment(dataflow)}?intervals=60&overall=true"
        now = datetime.now(UTC)
        return await self._resources.get("statistics", path, lambda body: parse_statistics(body, now))

    async def failing_nodes(self, dataflow: str) -> tuple[tuple[str, str], ...]:
        """The nodes of the dataflow's current run that fail, each with the service's word for it, as far as the status
        resource tells. Raises JobsServiceError."""
        path = f"{_MONITOR}/status/dataflows/{_segment(dataflow)}"
        return await self._resources.get("status", path, parse_failing_nodes)

    async def page(self, skip: int, top: int = 1000) -> ListPage:
        """Up to `top` rows of the organisation's streaming jobs, sorted by name, after the first `skip` (MIJobs).

        The list may lag behind the jobs resource. If the service takes neither filter nor order, rows of other kinds
        are dropped here. Raises JobsServiceError.
        """
        if skip == 0:
            self._known_rows.begin()
        async with self._resources.limited():
            if self._list_takes_filters:
                try:
                    return await self._page(skip, top, filters=True)
                except BadAnswer as error:
                    if error.status != 400:
                        raise
            page = await self._page(skip, top, filters=False)
            self._list_takes_filters = False  # remembered for the life of the process
            return page

    async def current_run(self, dataflow: str) -> JobRef:
        """The dataflow's current run (pages "status resource" and "history resource"; otherwise the job list).

        Raises NoRun if no resource knows it, or the JobsServiceError of a resource that failed.
        """
        _segment(dataflow)
        errors: list[JobsServiceError] = []
        async with self._resources.limited():
            for find in (self._run_by_status, self._run_by_history, self._run_by_list):
                try:
                    run = await find(dataflow)
                except LoginRefused:
                    raise  # it concerns every resource
                except JobsServiceError as error:
                    errors.append(error)
                else:
                    if run is not None:
                        return JobRef(dataflow, run)
        # A resource that failed may know the run next time; a list that this account may not read never will.
        failed = next((error for error in errors if not isinstance(error, NotFound | NoList)), None)
        raise failed or NoRun(detail="no resource names a run of this dataflow")

    async def _run_by_status(self, dataflow: str) -> int | None:
        return await self._resources.get("status", f"{_MONITOR}/status/dataflows/{_segment(dataflow)}", parse_status)

    async def _run_by_history(self, dataflow: str) -> int | None:
        path = f"{_MONITOR}/history/dataflows/{_segment(dataflow)}"
        last = newest(await self._resources.get("history", path, parse_history, _MAX_PAGE))
        return last.run if last is not None else None

    async def _run_by_list(self, dataflow: str) -> int | None:
        job = (await self.job_list.jobs()).newest(dataflow)
        return job.ref.run if job is not None else None

    async def _page(self, skip: int, top: int, *, filters: bool) -> ListPage:
        selection = {"$filter": f"assetType eq '{STREAMING}'", "$orderby": "assetName"} if filters else {}
        query = urlencode({"$count": "true", **selection, "$skip": skip, "$top": top}, safe="$", quote_via=quote)
        read = partial(parse_page, known=self._known_rows)
        return await self._resources.get("list", f"{_LIST}?{query}", read, _MAX_PAGE)


def _segment(dataflow: str) -> str:
    """A dataflow ID as one URL path segment. Raises NotFound for an ID that can't be one."""
    if not dataflow.strip("."):
        raise NotFound(detail="no dataflow has such an ID")  # "." and ".." would lead to another resource
    return quote(dataflow, safe="", errors="replace")


@asynccontextmanager
async def connected(
    login_url: str,
    username: str,
    password: str,
    server_uri: str | None = None,
    *,
    connections: int = 24,
    keepalive: float = 120.0,
    look_up_timeout: float = LOOK_UP_TIMEOUT,
    request_timeout: float = REQUEST_TIMEOUT,
    proxies: Proxies = DIRECT,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[JobsService]:
    """A client with at most `connections` requests in flight, and one login. Sends nothing by itself; closes
    everything at the end.

    Times are in seconds. `keepalive` must exceed the poll interval, or each poll opens a new connection.
    """
    # The login has a connection to spare, so that it never waits behind jobs that hang.
    limits = partial(open_connections, limit=connections + 1, keepalive=keepalive, time_limit=request_timeout)
    async with AsyncExitStack() as stack:
        opened = (
            Connections(transport, request_timeout)
            if transport
            else await stack.enter_async_context(limits(proxies=proxies))
        )
        sessions = SessionManager(opened, login_url, username, password, server_uri, clock)
        stack.push_async_callback(sessions.close)
        service = JobsService(sessions, opened, connections, look_up_timeout, clock)
        stack.push_async_callback(service.job_list.close)
        yield service
