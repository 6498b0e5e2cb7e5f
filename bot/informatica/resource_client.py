"""GET a resource of the service: with the session, within a time limit, and not while it asks for quiet."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from operator import itemgetter
from typing import TypeVar

from bot.informatica.connections import MAX_BODY, Answer, Connections, error_of, redacted
from bot.informatica.errors import BadAnswer, GatewayAnswer, RateLimited, Unreachable
from bot.informatica.parse import parse_error
from bot.informatica.session import Session, SessionManager

T = TypeVar("T")

# The one resource that polling can't do without. Whatever happens to another one doesn't touch it.
JOBS = "jobs"
# Requests of all the other resources in flight, so that people's questions leave polls enough connections.
_OPTIONAL_AT_ONCE = 4

# Seconds. A longer Retry-After is cut to this, so that a mistaken header can't silence the bot for a day.
_MAX_QUIET = 600.0
_NO_QUIET: tuple[float, int | None] = (-math.inf, None)


class ResourceClient:
    """Sends the requests of `JobsService`, `at_once` of them at most.

    `time_limit` (seconds) bounds one request in all, including the waits for a free connection and for a login.
    """

    def __init__(
        self,
        sessions: SessionManager,
        connections: Connections,
        at_once: int,
        time_limit: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._time_limit = time_limit
        self._clock = clock
        # When each resource may be requested again, and the HTTP status that asked for it.
        self._quiet_until: dict[str, tuple[float, int | None]] = {}
        # The method that worked last, by resource: one may take only POST while another takes only GET.
        self._methods: dict[str, str] = {}
        self._connections = connections
        self._at_once = asyncio.Semaphore(at_once)
        self._optional = asyncio.Semaphore(max(1, min(_OPTIONAL_AT_ONCE, at_once // 2)))

    @asynccontextmanager
    async def limited(self) -> AsyncIterator[None]:
        """Bound everything inside by the time limit of one request. Raises Unreachable when it passes."""
        try:
            async with asyncio.timeout(self._time_limit):
                yield
        except TimeoutError as error:
            raise Unreachable(timed_out=True) from error

    async def get(self, resource: str, path: str, read: Callable[[bytes], T], max_body: int = MAX_BODY) -> T:
        """Return `read(body)` of a 200 answer of at most `max_body` bytes.

        `resource` names the kind of path. Raises the JobsServiceError that any other answer means, and RateLimited
        without a request while the service asks for quiet: about this resource, or about the jobs resource, after
        which all wait.
        """
        now = self._clock()
        until, status = max((self._quiet_until.get(each, _NO_QUIET) for each in (resource, JOBS)), key=itemgetter(0))
        if until > now:
            detail = "the service asked for no requests for a while"
            raise RateLimited(retry_after=until - now, status=status, detail=detail)
        try:
            async with self.limited():
                return await self._get(resource, path, read, max_body)
        except RateLimited as error:
            if error.retry_after is not None:
                until = self._clock() + min(error.retry_after, _MAX_QUIET)
                if until > self._quiet_until.get(resource, _NO_QUIET)[0]:
                    self._quiet_until[resource] = until, error.status
            raise

    async def _get(self, resource: str, path: str, read: Callable[[bytes], T], max_body: int) -> T:
        session = await self._sessions.current()
        answer = await self._send_with_either_method(resource, path, session, max_body)
        if answer.status == 401 and answer.may_be_services:
            session = await self._sessions.renewed(session, for_polls=resource == JOBS)
            answer = await self._send_with_either_method(resource, path, session, max_body)
        if answer.status != 200 or answer.problem:
            safe = redacted(answer, session.session_id)
            if resource == JOBS and answer.status == 404 and not answer.may_be_services:
                # The other resources may be absent, and then a page says so; this one is what the bot is made for.
                raise GatewayAnswer(status=404, detail=parse_error(safe.body)[1])
            raise error_of(safe)
        with suppress(BadAnswer):
            return read(answer.body)
        return read(redacted(answer, session.session_id).body)  # fails again, without quoting the session

    async def _send_with_either_method(self, resource: str, path: str, session: Session, max_body: int) -> Answer:
        """GET, or POST where the service insists: the jobs page has one in its heading, the other in its sample."""
        method = self._methods.get(resource, "GET")  # read once: a concurrent request may change it
        answer = await self._send(resource, method, path, session, max_body)
        if answer.status == 405:
            other = "POST" if method == "GET" else "GET"
            answer = await self._send(resource, other, path, session, max_body)
            if answer.status == 200:
                self._methods[resource] = other
        return answer

    async def _send(self, resource: str, method: str, path: str, session: Session, max_body: int) -> Answer:
        if resource == JOBS:
            return await self._send_in_turn(method, path, session, max_body)
        async with self._optional:
            return await self._send_in_turn(method, path, session, max_body)

    async def _send_in_turn(self, method: str, path: str, session: Session, max_body: int) -> Answer:
        async with self._at_once:
            return await self._connections.send(
                method, session.server + path, headers=session.headers, max_body=max_body
            )
