"""How every resource of the service is asked: with the session, within a time limit, and not while it wants quiet."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from bot.informatica.connection import LARGEST_BODY, Answer, Connection, error_of, redacted
from bot.informatica.errors import BadAnswer, RateLimited, Unreachable
from bot.informatica.session import Session, SessionManager

T = TypeVar("T")

# Seconds. A service that asks for a longer silence is asked again all the same.
_LONGEST_QUIET = 600.0


class ResourceClient:
    """Asks the resources for `JobsService`. `limit` is the seconds that a whole question may take: waiting for a free
    connection and for a log-in included."""

    def __init__(
        self,
        session: SessionManager,
        connections: list[Connection],
        limit: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session = session
        self._limit = limit
        self._clock = clock
        self._quiet_until = -math.inf
        # What worked last at each resource: one may insist on POST while its neighbour knows nothing but GET.
        self._methods: dict[str, str] = {}
        # The line used last is taken first, so that few connections are kept busy and the others may lapse.
        self._free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        for one in connections:
            self._free.put_nowait(one)

    @asynccontextmanager
    async def limited(self) -> AsyncIterator[None]:
        """Whatever is asked within takes as long as one question may in all. Raises Unreachable when it is over."""
        try:
            async with asyncio.timeout(self._limit):
                yield
        except TimeoutError as error:
            raise Unreachable(timed_out=True) from error

    async def get(self, resource: str, path: str, read: Callable[[bytes], T], largest: int = LARGEST_BODY) -> T:
        """What `read` makes of the answer's body, when it is a whole 200 of at most `largest` bytes.

        `resource` names what has this path and its likes. Raises the JobsServiceError that any other answer
        stands for, and Busy without a request while the service wants to be left alone.
        """
        if (left := self._quiet_until - self._clock()) > 0:
            raise RateLimited(retry_after=left, detail="it asked to be left alone")
        try:
            async with self.limited():
                return await self._get(resource, path, read, largest)
        except RateLimited as error:
            # It means the whole service, whoever asked: nobody asks before the time is over.
            if error.retry_after is not None:
                until = self._clock() + min(error.retry_after, _LONGEST_QUIET)
                self._quiet_until = max(self._quiet_until, until)
            raise

    async def _get(self, resource: str, path: str, read: Callable[[bytes], T], largest: int) -> T:
        session = await self.session.current()
        answer = await self._ask_with_either_method(resource, path, session, largest)
        if answer.status == 401:
            session = await self.session.renewed(session)
            answer = await self._ask_with_either_method(resource, path, session, largest)
        if answer.status != 200 or not answer.whole:
            raise error_of(redacted(answer, session.session_id))
        with suppress(BadAnswer):
            return read(answer.body)
        return read(redacted(answer, session.session_id).body)  # fails again, in words that quote no session

    async def _ask_with_either_method(self, resource: str, path: str, session: Session, largest: int) -> Answer:
        """GET, or POST where the service insists: the jobs page has the one in its heading, the other in its sample."""
        method = self._methods.get(resource, "GET")  # which another question may change meanwhile
        answer = await self._ask(method, path, session, largest)
        if answer.status == 405:
            other = "POST" if method == "GET" else "GET"
            answer = await self._ask(other, path, session, largest)
            if answer.status == 200:
                self._methods[resource] = other
        return answer

    async def _ask(self, method: str, path: str, session: Session, largest: int) -> Answer:
        free = await self._free.get()
        try:
            return await free.ask(method, session.server + path, headers=session.headers, largest=largest)
        finally:
            self._free.put_nowait(free)
