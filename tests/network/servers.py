"""Servers that tests put in the bot's way: a TLS front, and an HTTP proxy."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

# A certificate for localhost, 127.0.0.1 and *.test.invalid, valid for a hundred years, with its key. Its own authority.
CERTIFICATE = Path(__file__).parent / "test.pem"


_Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def with_certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


@asynccontextmanager
async def over_tls(port: int) -> AsyncIterator[int]:
    """A port of loopback that hands on to `port`, and speaks TLS."""

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _piped(reader, writer, port)

    async with _serving(hand_on, with_certificate()) as tls_port:
        yield tls_port


@dataclass
class ForwardProxy:
    """An HTTP proxy. It hands on everything to `target`, a port of loopback, whatever host is asked for.

    `heads` are the heads of the requests to the proxy itself. With `refusal` it answers each with that status line.
    """

    target: int
    refusal: str | None = None
    heads: list[str] = field(default_factory=list)
    port: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.heads.append(head.decode("latin-1"))
            if self.refusal:
                writer.write(f"HTTP/1.1 {self.refusal}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            elif head.startswith(b"CONNECT "):
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await _piped(reader, writer, self.target)
            else:
                await _piped(reader, writer, self.target, head)
        writer.close()


@asynccontextmanager
async def proxy_to(target: int, *, refusal: str | None = None, tls: bool = False) -> AsyncIterator[ForwardProxy]:
    proxy = ForwardProxy(target, refusal)
    async with _serving(proxy.answer, with_certificate() if tls else None) as proxy.port:
        yield proxy


@asynccontextmanager
async def _serving(handler: _Handler, tls: ssl.SSLContext | None) -> AsyncIterator[int]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _piped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, first: bytes = b"") -> None:
    """Hand on both ways until both sides have ended."""
    answers, questions = await asyncio.open_connection("127.0.0.1", port)
    questions.write(first)
    await asyncio.gather(_copied(reader, questions), _copied(answers, writer))


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()
