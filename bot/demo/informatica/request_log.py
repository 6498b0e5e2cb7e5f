"""The requests that the jobs service got."""

import asyncio
import time
from typing import NamedTuple

from aiohttp import web


class RecordedRequest(NamedTuple):
    """A request: monotonic seconds, method, path, and whether its session was live.

    `who` is its session ID, live or not. Each bot process has sessions of its own, so it tells them apart.
    """

    at: float
    method: str
    path: str
    session: bool
    who: str | None = None
    query: dict[str, str] = {}  # noqa: RUF012 - a tuple's default, which nobody changes


class RequestLog:
    """All requests in the order of their arrival."""

    def __init__(self) -> None:
        self.all: list[RecordedRequest] = []
        self._grown = asyncio.Condition()

    async def add(self, request: web.Request, session_id: str | None = None, *, live: bool = False) -> None:
        path, query = request.path, dict(request.query)
        recorded = RecordedRequest(time.monotonic(), request.method, path, live, session_id, query)
        async with self._grown:
            self.all.append(recorded)
            self._grown.notify_all()

    async def wait_for(self, times: int, timeout: float = 20) -> None:
        """Wait for that many more requests. Raises TimeoutError after `timeout` seconds."""
        enough = len(self.all) + times
        async with asyncio.timeout(timeout), self._grown:
            await self._grown.wait_for(lambda: len(self.all) >= enough)
