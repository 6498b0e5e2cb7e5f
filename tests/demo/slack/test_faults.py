"""How the stand-in of Slack refuses, fails and falls silent when it is told to."""

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack.stand_in import ADMIN, MEMBER, Fault, Refused, SlackStandIn, served
from tests.demo.slack.test_web_api import OPS, refusal


async def test_a_channel_takes_one_message_a_second(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """Under rate limits a channel takes a short burst, then a 429 names the seconds to wait; others are free."""
    slack.rates.on = True
    for _ in range(3):
        await client.chat_postMessage(channel=OPS, text="x")

    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=OPS, text="x")
    assert (refused.value.response.status_code, refused.value.response.headers["Retry-After"]) == (429, "1")
    assert refused.value.response["error"] == "ratelimited"
    await client.chat_postMessage(channel=MEMBER.id, text="x")
    assert slack.rates.refused == 1


async def test_a_rate_limit_says_how_long(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """A planned rate limit, of the method or of the app, names the seconds that were set, at first one."""
    for fault, error, seconds in ((Fault.RATE_LIMITED, "ratelimited", 1), (Fault.APP_RATE_LIMITED, "rate_limited", 30)):
        slack.faults.retry_after = seconds
        slack.fail(fault)
        with pytest.raises(SlackApiError) as refused:
            await client.chat_postMessage(channel=OPS, text="x")
        response = refused.value.response
        assert (response.status_code, response["error"], response.headers["Retry-After"]) == (429, error, str(seconds))


async def test_a_planned_fault_hits_once(slack: SlackStandIn, base_url: str) -> None:
    """A fault is answered in Slack's form, for as often as it was planned; the message is not posted."""
    faults: list[tuple[Fault | Refused | str, int, str]] = [
        (Fault.RATE_LIMITED, 429, '{"ok": false, "error": "ratelimited"}'),
        (Fault.APP_RATE_LIMITED, 429, '{"ok": false, "error": "rate_limited"}'),
        (Fault.INTERNAL_ERROR, 200, '{"ok": false, "error": "internal_error"}'),
        (Fault.HTTP_500, 500, ""),
        (Fault.HTTP_502_HTML, 502, "<html><head><title>502 Bad Gateway</title></head></html>"),
        (Fault.HTTP_503, 503, '{"ok": false, "error": "service_unavailable"}'),
        ("is_archived", 200, '{"ok": false, "error": "is_archived"}'),
        (Refused("restricted_action"), 200, '{"ok": false, "error": "restricted_action"}'),
    ]
    form = {"token": slack.app.bot_token, "channel": OPS, "text": "x"}
    async with aiohttp.ClientSession() as session:
        for fault, status, body in faults:
            slack.fail(fault)
            async with session.post(f"{base_url}chat.postMessage", data=form) as response:
                assert (response.status, await response.text()) == (status, body)
        assert slack.messages == []
        async with session.post(f"{base_url}chat.postMessage", data=form) as response:
            assert (await response.json())["ok"]


async def test_faults_choose_their_victims(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """A fault may be for one channel (also named by its person) and method, and lasts until it is healed."""
    slack.fail("is_archived", channel=OPS, times=None)
    slack.fail("restricted_action", channel=MEMBER.id, times=None)
    dm = slack.direct_message(MEMBER.id).id

    await client.auth_test()
    for _ in range(2):
        assert (await refusal(client, "chat.postMessage", channel=OPS, text="x"))["error"] == "is_archived"
        assert (await refusal(client, "chat.postMessage", channel=dm, text="x"))["error"] == "restricted_action"
    await client.chat_postMessage(channel=ADMIN.id, text="x")
    slack.heal()
    await client.chat_postMessage(channel=OPS, text="x")


async def test_a_connection_may_drop(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """The connection is lost before or after the message was accepted; the caller can't tell which."""
    for fault, accepted in ((Fault.DROP_BEFORE, 0), (Fault.DROP_AFTER, 1)):
        slack.fail(fault)
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.chat_postMessage(channel=OPS, text="x")
        assert len(slack.messages) == accepted


async def test_a_call_may_hang(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """A call that hangs gets no answer until it is let go."""
    slack.fail(Fault.HANG)
    call = asyncio.create_task(client.chat_postMessage(channel=OPS, text="x"))
    await slack.wait_for_call(lambda each: each.error == "hang")
    assert not call.done()

    slack.heal()

    with pytest.raises(aiohttp.ClientConnectionError):
        await call


async def test_it_ends_quickly_while_calls_hang() -> None:
    """The stand-in closes at once, even if a caller still waits."""
    slack = SlackStandIn()
    slack.fail(Fault.HANG)
    async with asyncio.timeout(2):
        async with served(slack) as base_url:
            client = AsyncWebClient(slack.app.bot_token, base_url, retry_handlers=[])
            call = asyncio.create_task(client.chat_postMessage(channel=OPS, text="x"))
            await slack.wait_for_call(lambda each: each.error == "hang")
        with pytest.raises(aiohttp.ClientConnectionError):
            await call
