"""The words for a request that got no answer."""

import asyncio
from contextlib import AsyncExitStack, suppress

import pytest

from bot.informatica.connections import open_connections
from bot.informatica.errors import Unreachable
from bot.network.proxies import DIRECT, Proxies, read_proxies
from tests.network.servers import over_tls, proxy_to

_UNRESOLVED = "its name, or that of the proxy to it, can't be resolved ("  # and what the machine's resolver says


async def _why(url: str, proxies: Proxies = DIRECT) -> str | None:
    async with open_connections(limit=1, keepalive=1, time_limit=10, proxies=proxies) as connections:
        with pytest.raises(Unreachable) as caught:
            await connections.send("GET", url)
    assert "INFORMATICA_LOGIN_URL" in caught.value.operator_remedy
    return caught.value.detail


async def test_each_obstacle_has_its_words(unused_tcp_port: int) -> None:
    """Whoever reads the log or asks the doctor learns in plain words what was in the way, and no library's."""
    answers = {
        "the connection was lost": b"",
        "what answers there doesn't speak HTTP": b"SSH-2.0-x\r\n\r\n",
        "its answer was cut off": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx",
    }

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(said)
            await writer.drain()
        writer.close()

    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(await asyncio.start_server(answer, "127.0.0.1", 0))
        port = server.sockets[0].getsockname()[1]
        for words, said in answers.items():  # noqa: B007 - `answer` reads it
            assert await _why(f"http://127.0.0.1:{port}/") == words
        refused, far = f"http://127.0.0.1:{unused_tcp_port}", "https://far.test.invalid/"
        assert await _why(refused) == "no connection can be made (Connection refused)"
        assert str(await _why(far)).startswith(_UNRESOLVED)
        tls = await stack.enter_async_context(over_tls(port))
        assert await _why(f"http://127.0.0.1:{tls}/") == "the connection was lost"
        proxy = await stack.enter_async_context(proxy_to(port, refusal="407 Proxy Authentication Required"))
        for url, words in (
            (refused, "no connection to the proxy can be made (Connection refused)"),
            ("http://proxy.test.invalid:1", _UNRESOLVED),
            (f"http://127.0.0.1:{proxy.port}", "the proxy answers 407 Proxy Authentication Required"),
        ):
            assert str(await _why(far, read_proxies({"https_proxy": url}))).startswith(words)
