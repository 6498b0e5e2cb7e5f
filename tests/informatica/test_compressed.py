"""Answers that are compressed, although the bot asks for none that is."""

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.informatica.client import connected
from bot.informatica.errors import BadAnswer, JobsServiceError, RateLimited
from tests.informatica.conftest import DOCUMENTED, LOGIN

PLAIN = bytes(10 << 20)
MEMORY = 2 << 20


@asynccontextmanager
async def compressing(status: str, encoding: str, body: bytes, at: bytes) -> AsyncIterator[str]:
    """A server that logs everybody in, except that requests with `at` in their first line get this body."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        head, answer = "200 OK", json.dumps(LOGIN).encode()
        if at in asked.split(b"\r\n")[0]:
            head, answer = f"{status}\r\nContent-Encoding: {encoding}\r\nRetry-After: 7", body
        writer.write(f"HTTP/1.1 {head}\r\nContent-Length: {len(answer)}\r\nConnection: close\r\n\r\n".encode() + answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def error_from(url: str) -> JobsServiceError:
    async with connected(url, "jobwatch", "x", url, connections=1) as service:
        with pytest.raises(JobsServiceError) as caught:
            await service.job(DOCUMENTED)
    return caught.value


@pytest.mark.parametrize("at", [b"/jobs/", b"/login"])
async def test_a_compressed_answer_is_not_expanded(at: bytes) -> None:
    """However a small answer is compressed, the bot doesn't expand it: the size limit would come too late."""
    small = [
        ("gzip", gzip.compress(PLAIN)),
        ("gzip, gzip", gzip.compress(gzip.compress(PLAIN))),
        ("deflate", zlib.compress(PLAIN)),
        ("Identity, GZIP", gzip.compress(PLAIN)),
        ("br", b"\x1b\xff\xff"),
    ]
    for encoding, body in small:
        async with compressing("200 OK", encoding, body, at) as url:
            tracemalloc.start()
            error = await error_from(url)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert isinstance(error, BadAnswer), encoding
        assert error.detail == "the answer is compressed, which the bot didn't ask for"
        assert peak < MEMORY, encoding


async def test_what_a_status_says_holds_without_the_body() -> None:
    """A compressed answer of a busy service still says that it is busy, and for how long."""
    async with compressing("503 Busy", "gzip", gzip.compress(PLAIN), b"/jobs/") as url:
        error = await error_from(url)
    assert isinstance(error, RateLimited)
    assert error.retry_after == 7


async def test_identity_is_no_compression() -> None:
    """An answer that names the encoding that was asked for is read."""
    async with (
        compressing("200 OK", "identity", b'{"status": "Stopped"}', b"/jobs/") as url,
        connected(url, "jobwatch", "x", url, connections=1) as service,
    ):
        assert (await service.job(DOCUMENTED)).status.raw == "Stopped"
