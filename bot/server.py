"""Serves an ASGI application over HTTP. Connections are bounded in number and in time: strangers may open as many as
they like, and outgoing requests still get sockets."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from bot.settings import WrongSettings

# Slack sends a few requests at once. A quarter of the process's descriptors leaves enough for polls, messages and the
# database.
_MAX_CONNECTIONS, _SHARE_OF_DESCRIPTORS = 256, 4
# From a connection's start, or its last response, to the end of the next response. Slack waits three seconds.
_EXCHANGE_LIMIT_S = 10
# asyncio accepts as many connections in one go as the backlog says, before any of them can be closed.
_ACCEPTED_AT_ONCE, _BACKLOG = 8, 2048


def connection_limit() -> int:
    """How many connections may be open at the same time, by the process's limit of descriptors."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors == resource.RLIM_INFINITY:
        return _MAX_CONNECTIONS
    return max(1, min(_MAX_CONNECTIONS, descriptors // _SHARE_OF_DESCRIPTORS))


class _Config(uvicorn.Config):
    max_connections: int


class _Connection(H11Protocol):
    """A connection that is closed when an exchange takes too long, or when a new one needs its place."""

    config: _Config
    _since: float
    _limit: asyncio.TimerHandle

    @property
    def _awaits_request(self) -> bool:
        """Whether no complete request has arrived that is yet to be answered."""
        cycle: RequestResponseCycle | None = self.cycle  # None until the first request; uvicorn doesn't annotate it so
        return cycle is None or cycle.response_complete or cycle.more_body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._begin_exchange()
        self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._limit.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        if not self.transport.is_closing():
            self._limit.cancel()
            self._begin_exchange()
        super().on_response_complete()

    def _begin_exchange(self) -> None:
        self._since = self.loop.time()
        self._limit = self.loop.call_later(_EXCHANGE_LIMIT_S, self.transport.abort)

    def _make_room(self) -> None:
        """If there are too many connections, close the one that has been waiting for a request for the longest time.

        Not the newest: strangers who keep theirs open would keep Slack out.
        """
        live = [each for each in self.connections if isinstance(each, _Connection) and not each.transport.is_closing()]
        if len(live) > self.config.max_connections:
            waiting = [each for each in live if each._awaits_request]
            min(waiting, key=lambda each: each._since).transport.abort()


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: the process has its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            listener.listen(_BACKLOG)


@asynccontextmanager
async def listening(application: Starlette, port: int) -> AsyncIterator[None]:
    """Serve on all of this machine's addresses. At the end, requests under way get one second.

    Raises `WrongSettings` if the port can't be used.
    """
    settings: dict[str, Any] = {"log_config": None, "access_log": False, "lifespan": "off", "ws": "none"}
    config = _Config(application, http=_Connection, backlog=_ACCEPTED_AT_ONCE, timeout_graceful_shutdown=1, **settings)
    config.max_connections = connection_limit()
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[_bound(port)]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _bound(port: int) -> socket.socket:
    try:
        return socket.create_server(("", port), backlog=_BACKLOG)
    except OSError as error:
        raise WrongSettings(f"PORT is wrong: {port} can't be used ({error.strerror})") from error
