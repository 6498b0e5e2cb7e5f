"""How the stand-in talks to a bot over HTTP, and how response URLs behave."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import parse_qs

import aiohttp
import pytest
import time_machine
from aiohttp import web
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.demo.slack.stand_in import GUEST, MEMBER, Fault, SlackStandIn, served, signed_headers

OPS = "C0DEMOOPS1"
BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Share"}, "action_id": "share", "value": "job-1"}
MENU = {
    "type": "static_select",
    "action_id": "mute",
    "options": [{"text": {"type": "plain_text", "text": "1 h"}, "value": "1h"}],
}
ACTIONS: dict[str, object] = {"type": "actions", "elements": [BUTTON, MENU]}
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Bot:
    """A bot of a few lines: keeps what it gets and answers what it is told to."""

    def __init__(self, answer: web.Response | Handler) -> None:
        self._answer = answer
        self.bodies: list[str] = []
        self.headers: list[dict[str, str]] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.text())
        self.headers.append(dict(request.headers))
        if not isinstance(self._answer, web.Response):
            return await self._answer(request)
        same = self._answer  # a response is good for one request
        return web.Response(status=same.status, body=same.body, content_type=same.content_type)

    def form(self, number: int = 0) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.bodies[number]).items()}


@asynccontextmanager
async def running(bot: Bot) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/slack/events", bot.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def conversation(answer: web.Response | Handler) -> AsyncIterator[tuple[SlackStandIn, Bot]]:
    bot = Bot(answer)
    async with running(bot) as url:
        slack = SlackStandIn(url)
        async with served(slack):
            yield slack, bot


async def test_a_command_arrives_as_slack_sends_it() -> None:
    """A command is a signed form with the documented fields; an empty answer says nothing."""
    async with conversation(web.Response()) as (slack, bot):
        answer = await slack.command("status jöb", user=MEMBER.id, channel=OPS)

        form = bot.form()
        assert (form["command"], form["text"], form["user_id"], form["user_name"]) == (
            "/job",
            "status jöb",
            MEMBER.id,
            "ben",
        )
        assert (form["channel_id"], form["channel_name"], form["team_id"]) == (OPS, "data-ops", slack.app.team_id)
        assert (form["trigger_id"], form["is_enterprise_install"]) == (answer.trigger_id, "false")
        assert SignatureVerifier(slack.app.signing_secret).is_valid_request(bot.bodies[0], bot.headers[0])
        assert (answer.status, answer.message, answer.error) == (200, None, None)
        assert answer.elapsed < 1


async def test_the_answer_is_seen_at_once() -> None:
    """Text or JSON in the answer becomes a message, to the person only unless it says otherwise."""
    async with conversation(web.Response(text="one moment")) as (slack, _):
        answer = await slack.command("help", user=MEMBER.id, channel=OPS)
        assert answer.message is not None
        assert (answer.message.text, answer.message.ephemeral_to) == ("one moment", MEMBER.id)

    shared = web.json_response({"text": "here", "blocks": [SECTION], "response_type": "in_channel"})
    async with conversation(shared) as (slack, _):
        answer = await slack.command("help", user=MEMBER.id, channel=OPS)
        assert answer.message is slack.messages[0]
        assert (answer.message.blocks, answer.message.ephemeral_to) == ([SECTION], None)


async def test_a_command_that_failed_is_told_by_slack() -> None:
    """A status other than 200, or an answer that Slack can't show, is told to the person by Slack."""
    for response, error in (
        (web.Response(status=404), "dispatch_failed"),
        (web.Response(status=500, text="oops"), "dispatch_failed"),
        (web.json_response({"text": "x", "blocks": [{"type": "banner"}]}), "invalid_command_response"),
    ):
        async with conversation(response) as (slack, _):
            answer = await slack.command("status", user=MEMBER.id, channel=OPS)

            assert answer.error == error
            assert answer.message is not None
            assert answer.message.text == f'/job failed with the error "{error}"'
            assert (answer.message.ephemeral_to, answer.message.via) == (MEMBER.id, "slackbot")


async def test_slack_does_not_wait_longer_than_its_limit() -> None:
    """A bot that is late or away has failed: operation_timeout, dispatch_failed."""
    never = asyncio.Event()

    async def late(_: web.Request) -> web.Response:
        await never.wait()
        return web.Response()

    async with conversation(late) as (slack, _):
        assert slack.delivery.limit == 3
        slack.delivery.limit = 0.05
        answer = await slack.command("status", user=MEMBER.id, channel=OPS)
        assert (answer.status, answer.error) == (None, "operation_timeout")
        slack.delivery.events_url = "http://127.0.0.1:1/"
        answer = await slack.command("status", user=MEMBER.id, channel=OPS)
        assert (answer.status, answer.error) == (None, "dispatch_failed")


async def test_a_press_carries_the_button_and_its_message() -> None:
    """A press is a block_actions payload with the element's own value and the message that it stands in."""
    async with conversation(web.Response()) as (slack, bot):
        await _client(slack).chat_postMessage(channel=OPS, text="job", blocks=[ACTIONS])
        answer = await slack.press(slack.messages[0], "share", user=GUEST.id)
        await slack.press(slack.messages[0], "mute", user=GUEST.id, value="1h")

        payload = json.loads(bot.form()["payload"])
        assert answer.status == 200
        assert (payload["type"], payload["user"]["id"], payload["channel"]["id"]) == ("block_actions", GUEST.id, OPS)
        assert payload["message"]["ts"] == payload["container"]["message_ts"] == slack.messages[0].ts
        assert payload["message"]["blocks"] == [ACTIONS]
        action = payload["actions"][0]
        assert (action["action_id"], action["value"], action["type"]) == ("share", "job-1", "button")
        chosen = json.loads(bot.form(1)["payload"])["actions"][0]
        assert chosen["selected_option"]["value"] == "1h"


async def test_nobody_presses_what_they_do_not_see() -> None:
    """A button that isn't there, or in a message that is gone or another's, can't be pressed."""
    async with conversation(web.Response(text="x")) as (slack, bot):
        private = (await slack.command("status", user=MEMBER.id, channel=OPS)).message
        assert private is not None

        with pytest.raises(LookupError):
            await slack.press(private, "share", user=MEMBER.id)
        private.blocks = [ACTIONS]
        with pytest.raises(LookupError):
            await slack.press(private, "share", user=GUEST.id)
        await slack.press(private, "share", user=MEMBER.id)
        assert "message" not in json.loads(bot.form(1)["payload"])


async def test_events_are_wrapped() -> None:
    """An event comes in its wrapper, as JSON, with an ID of its own."""
    async with conversation(web.Response()) as (slack, bot):
        answer = await slack.event({"type": "app_home_opened", "user": MEMBER.id, "tab": "home"})

        body = json.loads(bot.bodies[0])
        assert (body["type"], body["event"]["type"], body["team_id"]) == (
            "event_callback",
            "app_home_opened",
            slack.app.team_id,
        )
        assert body["authorizations"][0]["user_id"] == slack.app.bot_user_id
        assert answer.status == 200


async def test_a_request_may_come_twice() -> None:
    """`repeat` sends the very same request again, with retry headers if it is told to."""
    async with conversation(web.Response()) as (slack, bot):
        first = await slack.event({"type": "app_mention", "text": "hi"})
        await slack.repeat(first, retry=1)
        command = await slack.command("list", user=MEMBER.id, channel=OPS)
        again = await slack.repeat(command)

        assert bot.bodies[0] == bot.bodies[1]
        assert (bot.headers[1]["X-Slack-Retry-Num"], bot.headers[1]["X-Slack-Retry-Reason"]) == ("1", "http_timeout")
        assert bot.bodies[2] == bot.bodies[3]
        assert command.trigger_id == again.trigger_id


async def test_a_request_url_is_verified() -> None:
    """The challenge is sent as documented, and the answer's body is handed back."""

    async def echo(request: web.Request) -> web.Response:
        return web.Response(text=json.loads(await request.text())["challenge"])

    async with conversation(echo) as (slack, _):
        assert (await slack.url_verification("abc")).body == "abc"


def test_signatures_are_slacks() -> None:
    """`signed_headers` gives what slack_sdk verifies, and nothing else passes."""
    verifier = SignatureVerifier("secret")
    with time_machine.travel(1_700_000_000, tick=False):
        assert verifier.is_valid_request("a=ü", signed_headers("secret", "a=ü", 1_700_000_000))
        assert not verifier.is_valid_request("a=u", signed_headers("secret", "a=ü", 1_700_000_000))
        assert not verifier.is_valid_request("a=ü", signed_headers("other", "a=ü", 1_700_000_000))


async def test_a_response_url_takes_five_answers() -> None:
    """The bot may answer a command five times; the sixth answer finds nothing. A refused one doesn't count."""
    async with conversation(web.Response()) as (slack, bot):
        await slack.command("status", user=MEMBER.id, channel=OPS)
        url = AsyncWebhookClient(bot.form()["response_url"])

        refused = await url.send(text="x", blocks=[{"type": "banner"}])
        assert (refused.status_code, json.loads(refused.body)["error"]) == (400, "invalid_blocks")
        assert json.loads((await url.send()).body)["error"] == "no_text"
        for number in range(5):
            answer = await url.send(text=f"{number}", response_type="in_channel" if number == 4 else "ephemeral")
            assert (answer.status_code, answer.body) == (200, "ok")
        used = await url.send(text="5")

        assert (used.status_code, json.loads(used.body)["error"]) == (404, "used_url")
        assert [(each.text, each.ephemeral_to) for each in slack.messages] == [
            *((str(number), MEMBER.id) for number in range(4)),
            ("4", None),
        ]
        assert {each.via for each in slack.messages} == {"response_url"}


async def test_a_response_url_lasts_half_an_hour() -> None:
    """After thirty minutes the address is gone; one that was never issued is too."""
    async with conversation(web.Response()) as (slack, bot):
        await slack.command("status", user=MEMBER.id, channel=OPS)
        address = bot.form()["response_url"]

        with time_machine.travel(timedelta(minutes=31)):
            late = await AsyncWebhookClient(address).send(text="x")
        wrong = await AsyncWebhookClient(address + "x").send(text="x")

        assert (late.status_code, json.loads(late.body)["error"]) == (404, "expired_url")
        assert wrong.status_code == 404


async def test_a_pressed_message_is_replaced() -> None:
    """The response URL of a press can replace its message or say something new."""
    async with conversation(web.Response()) as (slack, bot):
        await _client(slack).chat_postMessage(channel=OPS, text="job", blocks=[ACTIONS])
        message = slack.messages[0]
        await slack.press(message, "share", user=GUEST.id)
        url = AsyncWebhookClient(json.loads(bot.form()["payload"])["response_url"])

        await url.send(text="shared", blocks=[SECTION], replace_original=True)
        assert (message.text, message.blocks, len(message.edited)) == ("shared", [SECTION], 1)
        await url.send(text="psst")
        assert slack.messages[1].ephemeral_to == GUEST.id


async def test_response_urls_fail_too() -> None:
    """Faults can be planned for response URLs; an answer may be accepted although the connection is lost."""
    async with conversation(web.Response()) as (slack, bot):
        await slack.command("status", user=MEMBER.id, channel=OPS)
        slack.fail(Fault.HTTP_500, method="response_url")
        slack.fail(Fault.DROP_AFTER, method="response_url")
        async with aiohttp.ClientSession() as session:
            async with session.post(bot.form()["response_url"], json={"text": "a"}) as response:
                assert response.status == 500
            with pytest.raises(aiohttp.ClientConnectionError):
                await session.post(bot.form()["response_url"], json={"text": "b"})

        assert [each.text for each in slack.messages] == ["b"]


def _client(slack: SlackStandIn) -> AsyncWebClient:
    return AsyncWebClient(slack.app.bot_token, f"{slack.origin}/api/")
