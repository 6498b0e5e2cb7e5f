"""Serves an ASGI application over HTTP, without uvicorn's own signal handlers."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette

from bot.settings import WrongSettings


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: the process has its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def listening(application: Starlette, port: int) -> AsyncIterator[None]:
    """Serve on all of this machine's addresses. At the end, requests under way get one second.

    Raises `WrongSettings` if the port can't be used.
    """
    config = uvicorn.Config(
        application, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[_bound(port)]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _bound(port: int) -> socket.socket:
    try:
        return socket.create_server(("", port), backlog=2048)
    except OSError as error:
        raise WrongSettings(f"PORT is wrong: {port} can't be used ({error.strerror})") from error
