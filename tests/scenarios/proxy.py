"""A way to a server that can be cut and opened again: to whoever uses it that is a server that restarts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Proxy:
    """Hands on whatever comes to `port` (on loopback) to a server, and its answers back."""

    def __init__(self, host: str, port: int) -> None:
        self._server = host, port
        self._door: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def open(self) -> None:
        """Let connections in; on the same port as before."""
        self._door = await asyncio.start_server(self._come_in, "127.0.0.1", self.port)
        self.port = self._door.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """End every connection in the middle of whatever goes through it, and refuse new ones until `open`."""
        if self._door is not None:
            self._door.close()
        for writer in self._open:
            writer.transport.abort()

    async def _come_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(OSError):
            answers, questions = await asyncio.open_connection(*self._server)
            self._open.add(questions)
            if writer.transport.is_closing():  # cut meanwhile
                questions.transport.abort()
            await asyncio.gather(self._hand_on(reader, questions), self._hand_on(answers, writer))
            self._open.discard(questions)
        self._open.discard(writer)
        writer.transport.abort()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def proxied(host: str, port: int) -> AsyncIterator[Proxy]:
    """A proxy in front of a server, open; cut at the end."""
    proxy = Proxy(host, port)
    await proxy.open()
    try:
        yield proxy
    finally:
        proxy.cut()
        await asyncio.sleep(0)  # the tasks of what was cut come to their end
