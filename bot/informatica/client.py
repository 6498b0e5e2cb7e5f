"""The client of the jobs service: one method a resource, each with a limit to the seconds that it may take."""

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import httpx

from bot.domain.job import Job, JobRef, Target
from bot.domain.throughput import Statistics
from bot.informatica.connection import Connection, open_connection
from bot.informatica.errors import BadAnswer, JobsServiceError, LoginRefused, NoList, NoRun, NotFound, RateLimited
from bot.informatica.job_list import JobListCache
from bot.informatica.parse import parse_job
from bot.informatica.parse_list import STREAMING, ListPage, parse_page
from bot.informatica.parse_runs import newest, parse_history, parse_statistics, parse_status
from bot.informatica.resource_client import ResourceClient
from bot.informatica.session import SessionManager

# Seconds: a whole look (waiting for a free connection and for a log-in included), and one request within it.
LOOK_UP_TIMEOUT = 15.0
REQUEST_TIMEOUT = 10.0
_MONITOR = "/sisvc/monitor/v1"
_LIST = "/mijobmonitor/api/v1/MIJobs"
# A thousand rows are about 600 KB; names and notes may be longer than in the documentation's example.
_LARGEST_PAGE = 8 << 20


class JobsService:
    """Answers how jobs are. Holds one session and a few connections; made by `connected`."""

    def __init__(
        self,
        session: SessionManager,
        connections: list[Connection],
        look_up_timeout: float = LOOK_UP_TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._resources = ResourceClient(session, connections, look_up_timeout, clock)
        self._filters = True
        self.job_list = JobListCache(self.page, self.log_in, clock)

    @property
    def refused(self) -> LoginRefused | None:
        """The service's refusal of the log-in, if there was one: nothing can be seen until the bot is restarted."""
        return self._session.refused

    async def log_in(self) -> None:
        """Make sure that there is a session. Raises JobsServiceError; LoginRefused when it is no use to try again."""
        async with self._resources.limited():
            await self._session.current()

    async def job(self, ref: JobRef) -> Job:
        """The job as the service describes it now (page: "jobs resource"). Raises JobsServiceError."""
        path = f"{_MONITOR}/jobs/{_segment(ref.dataflow)}/{ref.run}"
        return await self._resources.get("jobs", path, lambda body: parse_job(body, ref))

    async def look_up(self, target: Target) -> Job:
        """The job as it is meant: that run, or the run that its dataflow has now. Raises JobsServiceError."""
        return await self.job(target if isinstance(target, JobRef) else await self.current_run(target.id))

    async def statistics(self, dataflow: str) -> Statistics:
        """What went through the dataflow's run so far (page: "statistics resource").

        Raises JobsServiceError, also where the service has none: it refuses them while Undeployed.
        """
        path = f"{_MONITOR}/statistics/dataflows/{_segment(dataflow)}?intervals=60&overall=true"
        at = datetime.now(UTC)
        return await self._resources.get("statistics", path, lambda body: parse_statistics(body, at))

    async def page(self, skip: int, top: int = 1000) -> ListPage:
        """Up to `top` rows of the organisation's list of streaming jobs by name, after `skip` others (MIJobs).

        A row's job is as the list says, which may be late. Where the service takes no filter and no order,
        rows of other kinds come along and are sorted out here. Raises JobsServiceError.
        """
        async with self._resources.limited():
            if self._filters:
                try:
                    return await self._page(skip, top, filters=True)
                except BadAnswer as error:
                    if error.status != 400:
                        raise
            page = await self._page(skip, top, filters=False)
            self._filters = False  # it answers without: for the life of the process
            return page

    async def current_run(self, dataflow: str) -> JobRef:
        """The run that the dataflow has now (pages: "status resource", "history resource"; else the list).

        Raises NoRun if nobody knows it, or the JobsServiceError of whoever could not say.
        """
        _segment(dataflow)
        silent: list[JobsServiceError] = []
        async with self._resources.limited():
            for asked in (self._run_by_status, self._run_by_history, self._run_by_list):
                try:
                    run = await asked(dataflow)
                except (RateLimited, LoginRefused):
                    raise  # it means them all
                except JobsServiceError as error:
                    silent.append(error)
                else:
                    if run is not None:
                        return JobRef(dataflow, run)
        # Whoever failed may know it the next time; a list that is not for this account never does.
        failed = next((error for error in silent if not isinstance(error, NotFound | NoList)), None)
        raise failed or NoRun(detail="no resource knows a run of this dataflow")

    async def _run_by_status(self, dataflow: str) -> int | None:
        return await self._resources.get("status", f"{_MONITOR}/status/dataflows/{_segment(dataflow)}", parse_status)

    async def _run_by_history(self, dataflow: str) -> int | None:
        path = f"{_MONITOR}/history/dataflows/{_segment(dataflow)}"
        last = newest(await self._resources.get("history", path, parse_history, _LARGEST_PAGE))
        return last.run if last is not None else None

    async def _run_by_list(self, dataflow: str) -> int | None:
        job = (await self.job_list.jobs()).newest(dataflow)
        return job.ref.run if job is not None else None

    async def _page(self, skip: int, top: int, *, filters: bool) -> ListPage:
        wanted = {"$filter": f"assetType eq '{STREAMING}'", "$orderby": "assetName"} if filters else {}
        query = urlencode({"$count": "true", **wanted, "$skip": skip, "$top": top}, safe="$", quote_via=quote)
        return await self._resources.get("list", f"{_LIST}?{query}", parse_page, _LARGEST_PAGE)


def _segment(dataflow: str) -> str:
    """A dataflow's ID as one segment of a path. Raises NotFound for one that a URL would swallow."""
    if not dataflow.strip("."):
        raise NotFound(detail="no dataflow has such an ID")  # "." and ".." in a URL lead to another resource
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
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[JobsService]:
    """A client with at most `connections` requests in flight; sends nothing yet. Closes everything at the end.

    `keepalive` (seconds) must exceed the poll interval, or each look opens a connection of its own. All
    time limits are in seconds.
    """
    logging.getLogger("httpcore").setLevel(logging.INFO)  # its debug log prints headers, cookies among them
    tls = httpx.create_ssl_context()
    async with AsyncExitStack() as stack:
        # The log-in has a line of its own: it never waits behind jobs that hang. Not kept: it is used twice an hour.
        login_connection = await stack.enter_async_context(
            open_connection(tls, keepalive=0, limit=request_timeout, transport=transport)
        )
        connections = [
            await stack.enter_async_context(
                open_connection(tls, keepalive=keepalive, limit=request_timeout, transport=transport)
            )
            for _ in range(connections)
        ]
        session = SessionManager(login_connection, login_url, username, password, server_uri, clock)
        stack.push_async_callback(session.close)
        service = JobsService(session, connections, look_up_timeout, clock)
        stack.push_async_callback(service.job_list.close)
        yield service
