"""A TCP proxy that can be cut and opened again: for its clients, a server that restarts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Proxy:
    """Forwards connections to `port` on loopback to a server."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._listener: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def open(self) -> None:
        """Accept connections, on the same port as before."""
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Abort all connections, and refuse new ones until `open`."""
        if self._listener is not None:
            self._listener.close()
        for writer in self._open:
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(OSError):
            from_server, to_server = await asyncio.open_connection(*self._target)
            self._open.add(to_server)
            if writer.transport.is_closing():  # cut meanwhile
                to_server.transport.abort()
            await asyncio.gather(self._forward(reader, to_server), self._forward(from_server, writer))
            self._open.discard(to_server)
        self._open.discard(writer)
        writer.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def running_proxy(host: str, port: int) -> AsyncIterator[Proxy]:
    """An open proxy in front of a server; cut at the end."""
    proxy = Proxy(host, port)
    await proxy.open()
    try:
        yield proxy
    finally:
        proxy.cut()
        await asyncio.sleep(0)  # lets the tasks of aborted connections end
