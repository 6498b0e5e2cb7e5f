"""Serves an ASGI application over HTTP. Connections are bounded in number and in time: strangers may open as many as
they like, and outgoing requests still get sockets."""

import asyncio
import errno
import os
import resource
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import h11
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from bot.settings import WrongSettings

# Slack sends a few requests at once. A quarter of the process's descriptors leaves enough for polls, messages and the
# database.
_MAX_CONNECTIONS, _SHARE_OF_DESCRIPTORS = 256, 4
# From a connection's start, or its last response, to the end of the next response. Slack waits three seconds.
_EXCHANGE_LIMIT_S = 10
# Of a body: each takes as long to parse however small it is. Slack's largest comes in two hundred packets.
_MAX_PIECES = 1_000
# A head or trailers that arrive at once are parsed however long they are: h11 bounds only what is incomplete. Fed in
# slices, they are incomplete first.
_SLICE = 4096
# asyncio accepts as many connections in one go as the backlog says, before any of them can be closed.
_ACCEPTED_AT_ONCE, _BACKLOG = 8, 2048


_STREAM = socket.SOCK_STREAM


def connection_limit() -> int:
    """How many connections may be open at the same time, by the process's limit of descriptors."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors == resource.RLIM_INFINITY:
        return _MAX_CONNECTIONS
    return max(1, min(_MAX_CONNECTIONS, descriptors // _SHARE_OF_DESCRIPTORS))


class _Config(uvicorn.Config):
    max_connections: int


class _Parser(h11.Connection):
    """Parses a connection's requests. It calls `too_many`, and goes no further, if a body comes in too many pieces: a
    stranger's chunks of a byte would keep everybody else waiting for seconds."""

    def __init__(self, too_many: Callable[[], None]) -> None:
        super().__init__(h11.SERVER)
        self._too_many = too_many
        self._pieces = 0

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        if self._pieces > _MAX_PIECES:
            return h11.NEED_DATA
        event = super().next_event()
        if isinstance(event, h11.Data):
            self._pieces += 1
        elif isinstance(event, h11.Request):
            self._pieces = 0
        if self._pieces > _MAX_PIECES:
            self._too_many()
        return event


class _Connection(H11Protocol):
    """A connection that is closed when an exchange takes too long, or when a new one needs its place."""

    config: _Config
    _since: float
    _limit: asyncio.TimerHandle

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn = _Parser(lambda: self.transport.abort())

    @property
    def _awaits_request(self) -> bool:
        """Whether no complete request has arrived that is yet to be answered."""
        cycle: RequestResponseCycle | None = self.cycle  # None until the first request; uvicorn doesn't annotate it so
        return cycle is None or cycle.response_complete or cycle.more_body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._begin_exchange()
        self._make_room()

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), _SLICE):
            if not self.transport.is_closing():
                super().data_received(data[start : start + _SLICE])

    def connection_lost(self, exc: Exception | None) -> None:
        self._limit.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        if not self.transport.is_closing():
            self._limit.cancel()
            self._begin_exchange()
        super().on_response_complete()

    def _begin_exchange(self) -> None:
        self._since = time.monotonic()  # a loop's own time may stand still while it accepts several
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
async def listening(
    application: Starlette, host: str | None, port: int, port_setting: str = "PORT"
) -> AsyncIterator[None]:
    """Serve on the addresses of `host`; None: on all of this machine's. At the end, requests under way get one second.

    Raises `WrongSettings` if the addresses or the port can't be used; `port_setting` is the name of the latter.
    """
    settings: dict[str, Any] = {"log_config": None, "access_log": False, "lifespan": "off", "ws": "none"}
    config = _Config(application, http=_Connection, backlog=_ACCEPTED_AT_ONCE, timeout_graceful_shutdown=1, **settings)
    config.max_connections = connection_limit()
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=await asyncio.to_thread(bound, host, port, port_setting)))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


# What people write for every address of a machine: the resolver would take the asterisk for loopback alone.
_EVERYWHERE = (None, "::", "*")
_ABOUT_PORTS = (errno.EADDRINUSE, errno.EACCES)


def address_of(host: str | None) -> str | None:
    """The address that HOST means; None for all of this machine's."""
    address = host and host.removeprefix("[").removesuffix("]")  # as in a URL
    return None if address in _EVERYWHERE else address


def bound(host: str | None, port: int, port_setting: str) -> list[socket.socket]:
    """Sockets that listen there. Raises `WrongSettings` as `listening` does."""
    address = address_of(host)
    try:
        return [_listener_everywhere(port)] if address is None else _listeners_at(address, port)
    except (socket.gaierror, UnicodeError) as error:
        raise WrongSettings(
            "HOST is wrong: it can't be resolved; set an address of this machine without a port, such as 127.0.0.1"
        ) from error
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise WrongSettings(
                "HOST is wrong: this machine doesn't have that address; leave it out to listen on every address"
            ) from error
        why = os.strerror(error.errno or 0)
        if error.errno in _ABOUT_PORTS:
            raise WrongSettings(f"{port_setting} is wrong: {port} can't be used ({why})") from error
        raise WrongSettings(f"HOST is wrong: the bot can't listen there ({why})") from error


def _listener_everywhere(port: int) -> socket.socket:
    """A socket for IPv6 and IPv4, or for IPv4 alone where the machine has no IPv6."""
    if socket.has_dualstack_ipv6():
        try:
            return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
    return socket.create_server(("", port))


def _listeners_at(host: str, port: int) -> list[socket.socket]:
    """A socket for each address of a host that this machine has: `localhost` may name one of IPv6 in vain."""
    found = dict.fromkeys((family, address) for family, *_, address in socket.getaddrinfo(host, port, type=_STREAM))
    listeners: list[socket.socket] = []
    missing = None
    try:
        for family, address in found:
            try:
                listeners.append(socket.create_server(address, family=family))
            except OSError as error:
                if error.errno != errno.EADDRNOTAVAIL:
                    raise
                missing = error
        if missing and not listeners:
            raise missing
    except OSError:
        for listener in listeners:
            listener.close()
        raise
    return listeners
