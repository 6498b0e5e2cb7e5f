import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from structlog.testing import capture_logs

from bot.demo.slack.stand_in import Fault, SlackStandIn, served
from bot.slack.api.app import bolt_app
from bot.slack.api.calls import WebApiError
from bot.slack.api.client import http_session, web_client
from bot.slack.api.socket_mode import SocketMode, check_app_token
from bot.tasks import Tasks


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    standin = SlackStandIn()
    async with served(standin):
        yield standin


@pytest.fixture
async def sockets(slack: SlackStandIn) -> AsyncIterator[SocketMode]:
    """Socket Mode that is impatient, running."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(http_session())
        client = web_client(slack.app.bot_token, f"{slack.origin}/api/", session)
        app = bolt_app(client, "", lambda: None)
        made = SocketMode(app, client, slack.app.app_token, connect_limit=0.5, lost_limit=0.5, pause=0.05)
        running = Tasks("sockets", limit=1)
        stack.push_async_callback(running.drain, grace=0, last_words=6)
        running.start(made.run())
        yield made


async def test_a_refused_link_is_begun_anew(slack: SlackStandIn, sockets: SocketMode) -> None:
    """Where Slack refuses the link, whose address slack-sdk would try for ever, another one is asked for."""
    await slack.wait_connected()
    slack.fail(Fault.HTTP_503, method="socket", times=3)
    opened = len(_asked(slack))
    await slack.disconnect()
    await slack.until(lambda: len(_asked(slack)) > opened and len(slack.connections.open) == 1, 20, slack.calls)


async def test_a_slack_that_fails_is_asked_again(
    slack: SlackStandIn, sockets: SocketMode, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever apps.connections.open answers, the next connection is tried; the log has the fault once, and its end."""
    slack.fail("internal_error", method="apps.connections.open", times=3)
    with capture_logs() as logs:
        await slack.wait_connected(timeout=20)
        async with asyncio.timeout(5):
            while not sockets.connected:
                await asyncio.sleep(0)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    assert [line["event"] for line in logs if line["event"].startswith("Socket Mode")] == [
        "Socket Mode didn't connect or close in time; connecting again",
        "Socket Mode is connected",
        "Socket Mode works again",
    ]


async def test_whether_a_token_opens_a_socket(slack: SlackStandIn) -> None:
    """A refused app-level token is told from a Slack that can't be asked now."""
    async with http_session() as session:
        client = web_client(slack.app.bot_token, f"{slack.origin}/api/", session)
        await check_app_token(client, slack.app.app_token)
        with pytest.raises(WebApiError, match="invalid_auth") as refused:
            await check_app_token(client, "xapp-made-up")
        slack.fail(Fault.HTTP_503, method="apps.connections.open")
        with pytest.raises(WebApiError) as failed:
            await check_app_token(client, slack.app.app_token)
    assert (refused.value.is_refusal, failed.value.is_refusal) == (True, False)


def _asked(slack: SlackStandIn) -> list[object]:
    return [call for call in slack.calls if call.method == "apps.connections.open"]
