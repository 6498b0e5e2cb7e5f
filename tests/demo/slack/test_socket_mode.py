"""Socket Mode of the stand-in, as slack_sdk's client lives through it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack.stand_in import MEMBER, Fault, SlackStandIn, served

OPS = "C0DEMOOPS1"
BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go", "value": "1"}


class Bot:
    """Acknowledges what it gets, with `payload` if there is one; not at all while `silent`."""

    def __init__(self) -> None:
        self.requests: list[SocketModeRequest] = []
        self.payload: dict[str, object] | None = None
        self.silent = False

    async def handle(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.requests.append(request)
        if not self.silent:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, self.payload))


@asynccontextmanager
async def linked(slack: SlackStandIn, base_url: str, bot: Bot) -> AsyncIterator[SocketModeClient]:
    web_client = AsyncWebClient(slack.app.app_token, base_url)
    client = SocketModeClient(slack.app.app_token, web_client=web_client, ping_interval=0.2)
    client.socket_mode_request_listeners.append(bot.handle)
    await client.connect()  # type: ignore[no-untyped-call]
    try:
        yield client
    finally:
        await client.close()  # type: ignore[no-untyped-call]


async def test_commands_presses_and_events_come_over_the_link() -> None:
    """With a link open everything goes over it in typed envelopes, without a request URL."""
    slack, bot = SlackStandIn(), Bot()
    async with served(slack) as base_url, linked(slack, base_url, bot):
        await slack.wait_connected()
        command = await slack.command("list", user=MEMBER.id, channel=OPS)
        await AsyncWebClient(slack.app.bot_token, base_url).chat_postMessage(
            channel=OPS, text="x", blocks=[{"type": "actions", "elements": [BUTTON]}]
        )
        press = await slack.press(slack.messages[0], "go", user=MEMBER.id)
        event = await slack.event({"type": "app_home_opened", "user": MEMBER.id})
        again = await slack.repeat(event, retry=1)

    assert [each.status for each in (command, press, event, again)] == [200] * 4
    assert [each.type for each in bot.requests] == ["slash_commands", "interactive", "events_api", "events_api"]
    assert bot.requests[0].payload["trigger_id"] == command.trigger_id
    assert (bot.requests[3].retry_attempt, bot.requests[3].payload) == (1, bot.requests[2].payload)


async def test_an_acknowledgement_may_answer() -> None:
    """The payload of an acknowledgement is the immediate answer to a command."""
    slack, bot = SlackStandIn(), Bot()
    bot.payload = {"text": "one moment"}
    async with served(slack) as base_url, linked(slack, base_url, bot):
        await slack.wait_connected()
        answer = await slack.command("list", user=MEMBER.id, channel=OPS)

    assert answer.message is not None
    assert (answer.message.text, answer.message.ephemeral_to) == ("one moment", MEMBER.id)


async def test_an_envelope_may_stay_unanswered() -> None:
    """A bot that doesn't acknowledge in time has failed; a link that ends before, too."""
    slack, bot = SlackStandIn(), Bot()
    bot.silent = True
    async with served(slack) as base_url, linked(slack, base_url, bot) as client:
        await slack.wait_connected()
        slack.delivery.limit = 0.05
        assert (await slack.command("list", user=MEMBER.id, channel=OPS)).error == "operation_timeout"
        slack.delivery.limit = 3
        waiting = asyncio.create_task(slack.command("list", user=MEMBER.id, channel=OPS))
        await asyncio.sleep(0)
        await client.close()  # type: ignore[no-untyped-call]
        assert (await waiting).error == "dispatch_failed"


async def test_links_that_slack_ends_are_made_anew() -> None:
    """After a disconnect the client comes back with a new ticket, and requests reach it again."""
    slack, bot = SlackStandIn(), Bot()
    async with served(slack) as base_url, linked(slack, base_url, bot):
        await slack.wait_connected()
        await slack.disconnect()
        await slack.wait_connected()
        answer = await slack.event({"type": "app_mention"})

    assert answer.status == 200
    assert len([each for each in slack.calls if each.method == "apps.connections.open"]) == 2


async def test_links_share_the_work() -> None:
    """Several links are used in turn, each request by one of them."""
    slack, one, two = SlackStandIn(), Bot(), Bot()
    async with served(slack) as base_url, linked(slack, base_url, one), linked(slack, base_url, two):
        await slack.wait_connected(connections=2)
        for _ in range(4):
            await slack.event({"type": "app_mention"})

    assert (len(one.requests), len(two.requests)) == (2, 2)


async def test_a_link_needs_a_fresh_ticket() -> None:
    """A made-up ticket and a used one are refused; a planned fault hits a link too."""
    slack = SlackStandIn()
    async with served(slack) as base_url, aiohttp.ClientSession() as session:
        url = (
            await AsyncWebClient(slack.app.app_token, base_url).apps_connections_open(app_token=slack.app.app_token)
        )["url"]
        slack.fail(Fault.HTTP_503, method="socket")
        for status, address in ((503, url), (401, url.replace("ticket=", "ticket=x")), (None, url), (401, url)):
            if status is None:
                async with session.ws_connect(address) as link:
                    assert (await link.receive_json())["type"] == "hello"
            else:
                with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                    await session.ws_connect(address)
                assert refused.value.status == status


async def test_waiting_for_a_link_ends() -> None:
    """Without a link `wait_connected` gives up."""
    slack = SlackStandIn()
    async with served(slack):
        with pytest.raises(TimeoutError):
            await slack.wait_connected(timeout=0.01)
