"""The HTTP server over real sockets: how many connections, and for how long."""

import asyncio
import errno
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import server
from bot.server import connection_limit, listening
from bot.settings import WrongSettings
from tests.ports import reserved_port

GET = b"GET / HTTP/1.1\r\nHost: bot\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Web:
    """A server whose answers wait for `answering`. `asked` is set by a request."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked, self.answering = asyncio.Event(), asyncio.Event()
        self.answering.set()
        self._open: list[asyncio.StreamWriter] = []

    async def answer(self, _: Request) -> Response:
        self.asked.set()
        await self.answering.wait()
        return PlainTextResponse("fine")

    async def connect(self, sent: bytes = b"", to: str = "127.0.0.1") -> Streams:
        reader, writer = await asyncio.open_connection(to, self.port)
        self._open.append(writer)
        writer.write(sent)
        await writer.drain()
        return reader, writer

    async def close(self) -> None:
        for writer in self._open:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def served(host: str | None = "127.0.0.1") -> AsyncIterator[Web]:
    with reserved_port() as port:
        web = Web(port)
        async with listening(Starlette(routes=[Route("/", web.answer, methods=["GET", "POST"])]), host, port):
            try:
                yield web
            finally:
                await web.close()


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """What arrived before the server closed the connection."""
    received = b""
    async with asyncio.timeout(10):
        with suppress(ConnectionError):
            while chunk := await reader.read(1000):
                received += chunk
    return received


@pytest.mark.parametrize(
    ("sent", "dripped", "received"),
    [
        (b"", b"", b""),
        (b"GET / HTTP/1.1\r\n", b"", b""),
        (b"GET / HTTP/1.1\r\n", b"X: y\r\n", b""),
        (b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 9999\r\n\r\n", b"x", b"fine"),
    ],
    ids=["no byte", "half a request", "headers without an end", "a body without an end, answered before it is read"],
)
async def test_no_connection_is_kept_without_a_request(
    sent: bytes, dripped: bytes, received: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection is closed unless a whole request arrives in time, however it drips."""
    monkeypatch.setattr(server, "_EXCHANGE_LIMIT_S", 0.2)
    async with served() as web:
        reader, writer = await web.connect(sent)
        closed = asyncio.create_task(until_closed(reader))
        while not closed.done():
            with suppress(ConnectionError):
                writer.write(dripped)
                await writer.drain()
            await asyncio.wait([closed], timeout=0.01)
        assert received in await closed


async def test_a_body_comes_in_so_many_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body in very small pieces, each of which takes time, is cut off where it exceeds the limit, whether it was
    answered already or not; one in fewer is read, and so is the next request."""
    monkeypatch.setattr(server, "_MAX_PIECES", 20)
    head, piece, end = (
        b"POST / HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1\r\nx\r\n",
        b"0\r\n\r\n",
    )
    async with served() as web:
        reader, writer = await web.connect(head + 20 * piece + end)
        for _ in range(2):
            async with asyncio.timeout(5):
                assert (await reader.readuntil(b"fine")).startswith(b"HTTP/1.1 200")
            writer.write(head + 20 * piece + end)
        answered, writer = await web.connect(head)
        await answered.readuntil(b"fine")
        writer.write(1_000 * piece)
        assert await until_closed(answered) == b""
        web.answering.clear()
        unanswered, _ = await web.connect(head + 1_000 * piece)
        assert await until_closed(unanswered) == b""


async def test_a_head_has_so_many_fields() -> None:
    """A head, or what follows a body, in very many fields, each of which takes time, isn't parsed, also if it arrives
    at once; a large body is."""
    fields, chunked = 20_000 * b"A:b\r\n", b"POST / HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with served() as web:
        reader, _ = await web.connect(b"GET / HTTP/1.1\r\nHost: bot\r\n" + fields + b"\r\n")
        assert b"fine" not in await until_closed(reader)
        reader, _ = await web.connect(chunked + b"0\r\n" + fields + b"\r\n" + GET)
        assert (await until_closed(reader)).count(b"fine") <= 1
        reader, _ = await web.connect(chunked + b"80000\r\n" + 0x80000 * b"x" + b"\r\n0\r\n\r\n" + GET)
        for _ in range(2):
            await reader.readuntil(b"fine")


async def test_each_request_has_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that sends one request after another stays open for longer than one may take."""
    monkeypatch.setattr(server, "_EXCHANGE_LIMIT_S", 0.5)
    async with served() as web:
        reader, writer = await web.connect()
        begun = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() < begun + 0.7:
            writer.write(GET)
            async with asyncio.timeout(5):
                assert (await reader.readuntil(b"fine")).startswith(b"HTTP/1.1 200")


async def test_whoever_waits_longest_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """If there are as many connections as there may be, a new one takes the place of the one that has been idle
    longest; a request that is being answered loses nothing."""
    monkeypatch.setattr(server, "connection_limit", lambda: 3)
    async with served() as web:
        web.answering.clear()
        busy, _ = await web.connect(GET)
        await web.asked.wait()
        oldest, _ = await web.connect()
        half, half_writer = await web.connect(b"GET / HTTP/1.1\r\n")
        new, _ = await web.connect(GET)
        assert await until_closed(oldest) == b""
        web.answering.set()
        half_writer.write(b"Host: bot\r\n\r\n")
        for reader in (busy, half, new):
            async with asyncio.timeout(5):
                assert (await reader.readuntil(b"fine")).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("descriptors", "connections"),
    [(1, 1), (64, 16), (128, 32), (1024, 256), (1_000_000, 256), (resource.RLIM_INFINITY, 256)],
)
def test_most_descriptors_are_for_outgoing_requests(
    descriptors: int, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Incoming connections take a quarter of the process's descriptors at most."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (descriptors, descriptors))
    assert connection_limit() == connections


needs_ipv6 = pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")


@needs_ipv6
@pytest.mark.parametrize(
    ("host", "reached", "unreached"),
    [
        (None, ["127.0.0.1", "::1"], []),
        ("::", ["127.0.0.1", "::1"], []),
        ("0.0.0.0", ["127.0.0.1"], ["::1"]),
        ("127.0.0.1", ["127.0.0.1"], ["127.0.0.2", "::1"]),
        ("*", ["127.0.0.1", "::1"], []),
        ("[::]", ["127.0.0.1", "::1"], []),
        ("::1", ["::1"], ["127.0.0.1"]),
        ("[::1]", ["::1"], ["127.0.0.1"]),
        ("localhost", ["localhost"], ["127.0.0.2"]),
    ],
)
async def test_where_it_listens(host: str | None, reached: list[str], unreached: list[str]) -> None:
    """On every address of both families unless HOST names one."""
    async with served(host) as web:
        for address in reached:
            reader, _ = await web.connect(GET, to=address)
            async with asyncio.timeout(5):
                assert (await reader.readuntil(b"fine")).startswith(b"HTTP/1.1 200")
        for address in unreached:
            with pytest.raises(ConnectionRefusedError):
                await web.connect(GET, to=address)


async def test_a_machine_without_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    """It listens on IPv4 alone where there is no IPv6, or no address of it."""
    create_server = socket.create_server

    def without_ipv6(*arguments: Any, **options: Any) -> socket.socket:
        if options.get("family") == socket.AF_INET6:
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        return create_server(*arguments, **options)

    monkeypatch.setattr(socket, "create_server", without_ipv6)
    async with served(None) as web:
        reader, _ = await web.connect(GET)
        assert (await reader.readuntil(b"fine")).startswith(b"HTTP/1.1 200")
    with pytest.raises(WrongSettings, match="HOST is wrong"):
        async with served("::1"):
            pass


@pytest.mark.parametrize(
    "host", ["no-such-host.invalid", "203.0.113.1", "127.0.0.1:3000", "http://127.0.0.1", "a..b", "::ffff:127.0.0.1"]
)
async def test_a_host_that_is_not_this_machines(host: str) -> None:
    """An address that the machine doesn't have, or that is none, is named as a wrong setting."""
    with pytest.raises(WrongSettings, match=r"^HOST is wrong: "):
        async with served(host):
            pass


@pytest.mark.parametrize("host", [None, "localhost"])
async def test_a_port_that_is_taken(host: str | None) -> None:
    """A second bot on the same port says so."""
    async with served(host) as web:
        with pytest.raises(
            WrongSettings, match=rf"^PORT is wrong: {web.port} can't be used \(Address already in use\)$"
        ):
            async with listening(Starlette(), host, web.port):
                pass
        with pytest.raises(WrongSettings, match=rf"^METRICS_PORT is wrong: {web.port} can't be used"):
            async with listening(Starlette(), host, web.port, "METRICS_PORT"):
                pass
