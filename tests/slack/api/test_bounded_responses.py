"""Responses in Slack's place that are larger than they look."""

import gzip
import tracemalloc
from contextlib import suppress

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.slack.api.calls import WebApiError
from bot.slack.api.client import MAX_BODY, web_client, who_am_i
from bot.slack.api.response_urls import ResponseUrls
from bot.slack.messages.blocks import message
from tests.slack.api.answering import answering

_PLAIN = bytes(50 << 20)
_MEMORY = 15 << 20
_HOSTILE = {
    "a compressed one": (gzip.compress(_PLAIN), 1, "gzip"),
    "one that is compressed twice": (gzip.compress(gzip.compress(_PLAIN)), 1, "gzip, gzip"),
    "one that is compressed in another way": (b"\x1b\xff\xff", 1, "br"),
    "a huge one": (bytes(50_000), 1_000, None),
}
kinds = pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/gzip"])


@kinds
@pytest.mark.parametrize(("piece", "times", "encoding"), _HOSTILE.values(), ids=_HOSTILE.keys())
async def test_a_call_reads_no_more_than_the_limit(
    session: aiohttp.ClientSession, piece: bytes, times: int, encoding: str | None, kind: str
) -> None:
    """Whatever answers a call of the Web API, the bot neither expands it nor reads more than the limit."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return await _streamed(request, 200, {"Content-Type": kind} | _encoded(encoding), piece, times)

    async with answering(answer) as url:
        tracemalloc.start()
        with pytest.raises(WebApiError) as caught:
            await who_am_i(web_client("xoxb-1", url, session))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert caught.value.unreachable
    assert peak < _MEMORY


@pytest.mark.parametrize(("piece", "times", "encoding"), _HOSTILE.values(), ids=_HOSTILE.keys())
async def test_a_reply_reads_no_more_than_the_limit(
    session: aiohttp.ClientSession, piece: bytes, times: int, encoding: str | None
) -> None:
    """Nor does a reply by a response URL, whether it was accepted or refused."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return await _streamed(request, int(request.path[-3:]), _encoded(encoding), piece, times)

    async with answering(answer) as url:
        for status in (200, 404):
            tracemalloc.start()
            with capture_logs():
                await ResponseUrls(session, url).post(f"{url}commands/{status}", message(["hello"]))
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak < _MEMORY, status


async def test_a_response_up_to_the_limit_is_read(session: aiohttp.ClientSession) -> None:
    """A long response, in as many pieces as it comes, is read whole, and its connection is used again."""
    names, ports = "x" * (MAX_BODY - 150), set[int]()

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        ports.add(request.transport.get_extra_info("peername")[1])
        return web.json_response({"ok": True, "team_id": "T1", "user_id": "U1", "user": names})

    async with answering(answer) as url:
        for _ in range(2):
            assert (await who_am_i(web_client("xoxb-1", url, session))).user_name == names
    assert len(ports) == 1


def _encoded(encoding: str | None) -> dict[str, str]:
    return {"Content-Encoding": encoding} if encoding else {}


async def _streamed(
    request: web.Request, status: int, headers: dict[str, str], piece: bytes, times: int
) -> web.StreamResponse:
    response = web.StreamResponse(status=status, headers=headers)
    with suppress(ConnectionResetError):
        await response.prepare(request)
        for _ in range(times):
            await response.write(piece)
    return response
