import asyncio
import logging
from collections.abc import Iterator

import aiohttp
import pytest
import stamina
from aiohttp import web
from structlog.testing import capture_logs

from bot.demo.slack.api import response_urls
from bot.demo.slack.stand_in import MEMBER, Fault, SlackStandIn
from bot.slack.api.response_urls import ResponseUrls
from bot.slack.messages.blocks import message
from tests.slack.api.answering import answering

GENERAL = "C0DEMOGEN1"
HELLO = message(["hello"])


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Retries don't wait."""
    stamina.set_testing(True, attempts=3)
    yield
    stamina.set_testing(False)


@pytest.fixture
def response_url(slack: SlackStandIn) -> str:
    return response_urls.issue(slack.workspace, MEMBER.id, GENERAL).url


@pytest.mark.parametrize("in_channel", [False, True])
async def test_a_reply_reaches_whom_it_is_for(
    slack: SlackStandIn, session: aiohttp.ClientSession, response_url: str, in_channel: bool
) -> None:
    """A reply is seen by the person alone, or by the channel where it concerns everybody there."""
    await ResponseUrls(session).post(response_url, HELLO, in_channel=in_channel)
    assert [m.ephemeral_to for m in slack.messages] == [None if in_channel else MEMBER.id]


@pytest.mark.parametrize("fault", [Fault.HTTP_500, Fault.HTTP_502_HTML, Fault.RATE_LIMITED, Fault.DROP_BEFORE])
async def test_a_reply_is_tried_three_times(
    slack: SlackStandIn,
    session: aiohttp.ClientSession,
    response_url: str,
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Two faults in a row don't leave a person without a reply, and the response URL is in no log of it."""
    slack.fail(fault, "response_url", times=2)
    with caplog.at_level(logging.DEBUG), capture_logs() as logs:
        await ResponseUrls(session).post(response_url, HELLO)
    assert len(slack.messages) == 1
    assert "/commands/" not in repr(logs) + caplog.text


@pytest.mark.parametrize("fault", [Fault.HTTP_500, Fault.DROP_BEFORE, "invalid_blocks"])
async def test_a_reply_that_never_arrives_ends_in_the_log(
    slack: SlackStandIn,
    session: aiohttp.ClientSession,
    response_url: str,
    fault: Fault | str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Giving up raises nothing and says so in the log, without the URL that would let anyone post."""
    slack.fail(fault, "response_url", times=None)
    with caplog.at_level(logging.DEBUG), capture_logs() as logs:
        await ResponseUrls(session).post(response_url, HELLO)
    assert slack.messages == []
    assert "error" in [log["log_level"] for log in logs]
    assert "/commands/" not in repr(logs) + caplog.text


async def test_garbage_for_a_response_does_not_show_the_url(session: aiohttp.ClientSession) -> None:
    """The HTTP library's own errors name the URL: they are not logged as they are."""

    async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"no HTTP at all\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(garbage, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with capture_logs() as logs:
            await ResponseUrls(session).post(f"http://127.0.0.1:{port}/commands/SECRET-MARK", HELLO)
    assert "error" in [log["log_level"] for log in logs]
    assert "SECRET-MARK" not in repr(logs)


async def test_a_reply_follows_no_redirect(session: aiohttp.ClientSession) -> None:
    """Whoever answers in Slack's place can't send the bot elsewhere."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    async with answering(answer) as url:
        await ResponseUrls(session).post(f"{url}commands/1", HELLO)
    assert asked == ["/api/commands/1"]
