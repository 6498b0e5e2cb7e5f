"""Shortcuts, and what apps show below links, as Slack documents them."""

import json
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack.stand_in import MEMBER, Message, SlackStandIn
from tests.demo.slack.test_delivery import conversation

OPS, PAYROLL, BOARD = "C0DEMOOPS1", "C0DEMOSEC1", "C0DEMOHID1"  # the last is private and without the bot
LINK = "https://jobs.example.com/a?b=1&c=2"
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}


async def test_shortcuts_arrive_as_slack_sends_them() -> None:
    """A global one comes from no channel; one for a message has it, its channel and a response URL. An app gets its
    own shortcuts only."""
    async with conversation(web.Response()) as (slack, bot):
        await slack.use_shortcut("look_up_job", user=MEMBER.id)
        message = slack.say(MEMBER.id, OPS, "hello")
        await slack.use_shortcut_on(message, "watch_job_in_message", user=MEMBER.id)
        with pytest.raises(LookupError):
            await slack.use_shortcut("watch_job_in_message", user=MEMBER.id)
        everywhere, on_message = (json.loads(bot.form(number)["payload"]) for number in (0, 1))
    assert (everywhere["type"], everywhere["callback_id"]) == ("shortcut", "look_up_job")
    assert not {"channel", "response_url", "message"} & everywhere.keys()
    assert (on_message["type"], on_message["channel"]["id"]) == ("message_action", OPS)
    assert (on_message["message"]["text"], on_message["message_ts"]) == ("hello", message.ts)
    assert on_message["response_url"].startswith(slack.origin)


async def test_links_arrive_as_slack_sends_them() -> None:
    """The app is told of links to its domains and below them, in every conversation, with escaped ampersands."""
    async with conversation(web.Response()) as (slack, bot):
        slack.app.unfurl_domains = {"example.com"}
        slack.channels[PAYROLL].members = {MEMBER.id}
        await slack.post(MEMBER.id, PAYROLL, f"see {LINK} and https://example.com.test/")
        slack.app.scopes.remove("links:read")
        assert await slack.post(MEMBER.id, OPS, LINK) is None
    (event,) = (json.loads(body)["event"] for body in bot.bodies)
    escaped = LINK.replace("&", "&amp;")
    assert event["links"] == [{"domain": "jobs.example.com", "url": escaped}]
    assert (event["type"], event["channel"], event["is_bot_user_member"]) == ("link_shared", PAYROLL, False)
    assert event["source"] == "conversations_history"


async def test_what_an_app_shows_below_a_link(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """Blocks for a link of which the app was told are attached to the message; a second call replaces them."""
    message = slack.record(Message(slack.timestamp(), OPS, f"<{LINK}> <https://other.test>", user=MEMBER.id))
    message.links = [LINK]
    url, shown = LINK.replace("&", "&amp;"), {"blocks": [SECTION]}
    place = {"channel": OPS, "ts": message.ts}
    for _ in range(2):
        await client.chat_unfurl(channel=OPS, ts=message.ts, unfurls={url: shown})
    attached: Any = slack.workspace.shown(message)["attachments"]
    assert [(each["app_unfurl_url"], each["blocks"][0]["text"]) for each in attached] == [(url, SECTION["text"])]
    for arguments, code in (
        ({**place, "unfurls": {"https://jobs.example.com/z": shown}}, "cannot_unfurl_message"),
        ({**place, "unfurls": {"https://other.test": shown}}, "cannot_unfurl_url"),
        ({**place, "unfurls": {url: {"blocks": [{"type": "x"}]}}}, "cannot_parse_attachment"),
        ({**place, "unfurls": [url]}, "invalid_unfurls_format"),
        (place, "missing_unfurls"),
        ({"channel": OPS, "unfurls": {url: shown}}, "missing_ts"),
        ({"channel": "C1", "ts": message.ts, "unfurls": {url: shown}}, "cannot_find_channel"),
        ({"channel": BOARD, "ts": message.ts, "unfurls": {url: shown}}, "cannot_find_channel"),
        ({"channel": OPS, "ts": "1.2", "unfurls": {url: shown}}, "cannot_find_message"),
        ({"unfurl_id": "x", "source": "composer", "unfurls": {url: shown}}, "invalid_unfurl_id"),
    ):
        with pytest.raises(SlackApiError, match=code):
            await client.api_call("chat.unfurl", json=arguments)
    slack.app.scopes.remove("links:write")
    with pytest.raises(SlackApiError, match="missing_scope"):
        await client.chat_unfurl(channel=OPS, ts=message.ts, unfurls={url: shown})
