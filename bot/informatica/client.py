"""The client of the jobs service: one method a resource, each with a limit to the seconds that it may take."""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TypeVar
from urllib.parse import quote

import httpx

from bot.informatica.errors import BadAnswer, Busy, LoginRefused, NotFound, Unreachable
from bot.informatica.exchange import Answer, Line, blotted, failure, line
from bot.informatica.parse import parse_job
from bot.informatica.session import LoggedIn, Session
from bot.jobs import Job, JobRef

T = TypeVar("T")

# Seconds: a whole look (waiting for a free connection and for a log-in included), and one request within it.
LOOK_TIMEOUT = 15.0
REQUEST_TIMEOUT = 10.0
# A service that asks for a longer silence is asked again all the same.
_LONGEST_QUIET = 600.0


class JobsService:
    """Answers how a job is. Holds one session and a few connections; made by `connected`."""

    def __init__(
        self,
        session: Session,
        lines: list[Line],
        look_timeout: float = LOOK_TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._look_timeout = look_timeout
        self._clock = clock
        self._quiet_until = -math.inf
        self._method = "GET"
        # The line used last is taken first, so that few connections are kept busy and the others may lapse.
        self._free: asyncio.LifoQueue[Line] = asyncio.LifoQueue()
        for one in lines:
            self._free.put_nowait(one)

    @property
    def refused(self) -> LoginRefused | None:
        """The service's refusal of the log-in, if there was one: nothing can be seen until the bot is restarted."""
        return self._session.refused

    async def log_in(self) -> None:
        """Make sure that there is a session. Raises JobsServiceError; LoginRefused when it is no use to try again."""
        try:
            async with asyncio.timeout(self._look_timeout):
                await self._session.current()
        except TimeoutError as error:
            raise Unreachable(timed_out=True) from error

    async def job(self, ref: JobRef) -> Job:
        """The job as the service describes it now (page: "jobs resource"). Raises JobsServiceError."""
        if not ref.dataflow.strip("."):
            raise NotFound(detail="no dataflow has such an ID")  # "." and ".." in a URL lead to another resource
        if (left := self._quiet_until - self._clock()) > 0:
            raise Busy(retry_after=left, detail="it asked to be left alone")
        path = f"/sisvc/monitor/v1/jobs/{quote(ref.dataflow, safe='', errors='replace')}/{ref.run}"
        try:
            async with asyncio.timeout(self._look_timeout):
                return await self._get(path, lambda body: parse_job(body, ref))
        except TimeoutError as error:
            raise Unreachable(timed_out=True) from error
        except Busy as error:
            # It means the whole service, whoever asked: nobody asks before the time is over.
            if error.retry_after is not None:
                until = self._clock() + min(error.retry_after, _LONGEST_QUIET)
                self._quiet_until = max(self._quiet_until, until)
            raise

    async def _get(self, path: str, read: Callable[[bytes], T]) -> T:
        """What `read` makes of the answer's body, when it is a whole 200; any other answer is raised."""
        session = await self._session.current()
        answer = await self._ask_either_way(path, session)
        if answer.status == 401:
            session = await self._session.renewed(session)
            answer = await self._ask_either_way(path, session)
        if answer.status != 200 or not answer.whole:
            raise failure(blotted(answer, session.session_id))
        with suppress(BadAnswer):
            return read(answer.body)
        return read(blotted(answer, session.session_id).body)  # fails again, in words that quote no session

    async def _ask_either_way(self, path: str, session: LoggedIn) -> Answer:
        """GET, or POST where the service insists: the jobs page has the one in its heading, the other in its sample."""
        method = self._method  # which another look may change meanwhile
        answer = await self._ask(method, path, session)
        if answer.status == 405:
            other = "POST" if method == "GET" else "GET"
            answer = await self._ask(other, path, session)
            if answer.status == 200:
                self._method = other
        return answer

    async def _ask(self, method: str, path: str, session: LoggedIn) -> Answer:
        free = await self._free.get()
        try:
            return await free.ask(method, session.server + path, headers=session.headers)
        finally:
            self._free.put_nowait(free)


@asynccontextmanager
async def connected(
    login_url: str,
    username: str,
    password: str,
    server_uri: str | None = None,
    *,
    connections: int = 24,
    keepalive: float = 120.0,
    look_timeout: float = LOOK_TIMEOUT,
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
        door = await stack.enter_async_context(line(tls, keepalive=0, limit=request_timeout, transport=transport))
        lines = [
            await stack.enter_async_context(line(tls, keepalive=keepalive, limit=request_timeout, transport=transport))
            for _ in range(connections)
        ]
        session = Session(door, login_url, username, password, server_uri, clock)
        stack.push_async_callback(session.close)
        yield JobsService(session, lines, look_timeout, clock)
