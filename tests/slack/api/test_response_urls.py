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
    await ResponseUrls(session, slack.origin).post(response_url, HELLO, in_channel=in_channel)
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
        await ResponseUrls(session, slack.origin).post(response_url, HELLO)
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
        await ResponseUrls(session, slack.origin).post(response_url, HELLO)
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
            await ResponseUrls(session, url := f"http://127.0.0.1:{port}/").post(f"{url}commands/SECRET-MARK", HELLO)
    assert "error" in [log["log_level"] for log in logs]
    assert "SECRET-MARK" not in repr(logs)


async def test_a_reply_follows_no_redirect(session: aiohttp.ClientSession) -> None:
    """Whoever answers in Slack's place can't send the bot elsewhere."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    async with answering(answer) as url:
        await ResponseUrls(session, url).post(f"{url}commands/1", HELLO)
    assert asked == ["/api/commands/1"]


@pytest.mark.parametrize(
    ("api_url", "response_url"),
    [
        ("https://slack.com/api/", "https://hooks.slack.com/commands/T1/2/3"),
        ("https://slack.com/api/", "https://hooks.slack.com/actions/T1/2/3?a=b%20c"),
        ("https://slack.com/api/", "https://slack.com/app/1"),
        ("https://slack-gov.com/api/", "https://hooks.slack-gov.com/commands/1"),
        ("https://slack-gov.com/api/", "https://hooks.slack.com/commands/1"),
        ("https://relay.example:8443/api/", "https://relay.example:8443/commands/1"),
        ("http://127.0.0.1:3001/api/", "http://127.0.0.1:3001/commands/1"),
    ],
)
async def test_where_replies_are_posted(api_url: str, response_url: str) -> None:
    """A reply goes to Slack's hosts, and to the host of the configured API."""
    assert await _posted_to(api_url, response_url) == [response_url]


@pytest.mark.parametrize(
    "response_url",
    [
        "https://attacker.example/commands/1",
        "https://slack.com.attacker.example/commands/1",
        "https://notslack.com/commands/1",
        "https://hooks.slack.com@attacker.example/commands/1",
        "https://user:password@hooks.slack.com/commands/1",
        "https://attacker.example\\@hooks.slack.com/commands/1",
        "https://attacker.example#.slack.com/commands/1",
        "https://attacker.example?.slack.com/commands/1",
        "https://attacker.example/.slack.com/commands/1",
        "https://hooks.slack.com\\.attacker.example/commands/1",
        "https://hooks.slack.com:8443/commands/1",
        "https://hooks.ſlack.com/commands/1",
        "https://hooks.slack.com/\nHost: x",
        " https://hooks.slack.com/commands/1",
        "http://hooks.slack.com/commands/1",
        "http://127.0.0.1:3002/commands/1",
        "http://localhost:3001/commands/1",
        "https://127.0.0.1:3001/commands/1",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]:3001/commands/1",
        "file:///etc/passwd",
        "//hooks.slack.com/commands/1",
        "",
    ],
)
async def test_where_replies_are_never_posted(response_url: str) -> None:
    """No other address gets a reply, however much it resembles Slack's, and the log doesn't show it."""
    with capture_logs() as logs:
        assert await _posted_to("http://127.0.0.1:3001/api/", response_url) == []
    assert [log["log_level"] for log in logs] == ["error"]
    assert not response_url or response_url not in repr(logs)


async def _posted_to(api_url: str, response_url: str) -> list[str]:
    posted: list[str] = []

    async def refuse(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        posted.append(str(request.url))
        raise aiohttp.ClientConnectionError

    stamina.set_testing(True, attempts=1)
    async with aiohttp.ClientSession(middlewares=(refuse,)) as session:
        await ResponseUrls(session, api_url).post(response_url, HELLO)
    return posted
