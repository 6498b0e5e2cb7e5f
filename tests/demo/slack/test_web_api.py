"""The Web API of the stand-in, as slack_sdk and plain HTTP see it."""

import asyncio
import json

import aiohttp
import pytest
import time_machine
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack.stand_in import ADMIN, GUEST, LEFT, MEMBER, SlackStandIn

OPS = "C0DEMOOPS1"
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}


async def refusal(client: AsyncWebClient, method: str, **arguments: object) -> dict[str, object]:
    with pytest.raises(SlackApiError) as refused:
        await client.api_call(method, json=arguments)
    answer = refused.value.response.data
    assert isinstance(answer, dict)
    return answer


async def test_a_post_is_on_record(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """An accepted message is answered with its channel and ts, and stands in `messages`."""
    metadata = {"event_type": "job_changed", "event_payload": {"delivery": 7}}
    answer = await client.chat_postMessage(channel=OPS, text="hello", blocks=[SECTION], metadata=metadata)

    message = slack.messages[0]
    assert (answer["channel"], answer["ts"], answer["message"]["text"]) == (OPS, message.ts, "hello")
    assert (message.text, message.blocks, message.metadata) == ("hello", [SECTION], metadata)
    assert (message.user, message.ephemeral_to, message.via) == (slack.app.bot_user_id, None, "chat.postMessage")


async def test_forms_and_json_say_the_same(slack: SlackStandIn, base_url: str) -> None:
    """Arguments come as a form with the token inside, or as JSON with the token in its header; team_id is welcome."""
    blocks = json.dumps([SECTION])
    form = {"token": slack.app.bot_token, "team_id": slack.app.team_id, "channel": OPS, "text": "a", "blocks": blocks}
    bearer = {"Authorization": f"Bearer {slack.app.bot_token}"}
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{base_url}chat.postMessage", data=form) as response:
            assert (await response.json())["ok"]
        body = {"channel": OPS, "text": "b", "blocks": [SECTION]}
        async with session.post(f"{base_url}chat.postMessage", json=body, headers=bearer) as response:
            assert (await response.json())["ok"]
        async with session.post(f"{base_url}chat.postMessage", json=body | {"token": slack.app.bot_token}) as response:
            assert (await response.json())["error"] == "not_authed"

    assert [(each.text, each.blocks) for each in slack.messages] == [("a", [SECTION]), ("b", [SECTION])]
    assert "token" not in slack.calls[0].arguments


async def test_a_malformed_call_is_refused(base_url: str) -> None:
    """A body that can't be read is refused with the word for what is wrong with it."""
    async with aiohttp.ClientSession() as session:
        for body, content_type, error in (
            ("{", "application/json", "invalid_json"),
            ("[]", "application/json", "json_not_object"),
            ("<a/>", "application/xml", "invalid_post_type"),
        ):
            headers = {"Content-Type": content_type}
            async with session.post(f"{base_url}auth.test", data=body, headers=headers) as response:
                assert (await response.json())["error"] == error


async def test_identity_and_scopes(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """auth.test tells who the bot is, and its headers what it may do."""
    answer = await client.auth_test()

    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == (
        slack.app.team_id,
        slack.app.bot_user_id,
        slack.app.bot_id,
    )
    assert "chat:write" in answer.headers["X-OAuth-Scopes"]


async def test_tokens_are_checked(slack: SlackStandIn, base_url: str, client: AsyncWebClient) -> None:
    """No token, a wrong one, one of the wrong kind and one that was revoked: each has its word."""
    assert (await refusal(AsyncWebClient(None, base_url), "auth.test"))["error"] == "not_authed"
    assert (await refusal(AsyncWebClient("xoxb-wrong", base_url), "auth.test"))["error"] == "invalid_auth"
    assert (await refusal(client, "apps.connections.open"))["error"] == "not_allowed_token_type"
    assert (await refusal(client, "chat.shout"))["error"] == "unknown_method"
    slack.app.token_fault = "token_revoked"
    assert (await refusal(client, "auth.test"))["error"] == "token_revoked"


async def test_a_missing_scope_is_named(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """A call without its scope is refused with the scope that it needs and those that there are."""
    slack.app.scopes = {"users:read"}

    answer = await refusal(client, "chat.postMessage", channel=OPS, text="x")

    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "chat:write", "users:read")


async def test_where_the_bot_may_not_post(client: AsyncWebClient) -> None:
    """A destination that is missing, private, archived or not joined is refused with its word."""
    for channel, error in (
        ("C0DEMONONE", "channel_not_found"),
        ("", "channel_not_found"),
        ("C0DEMOHID1", "channel_not_found"),
        ("C0DEMOGEN1", "not_in_channel"),
        ("C0DEMOOLD1", "is_archived"),
        ("U0DEMONONE", "channel_not_found"),
        (LEFT.id, "channel_not_found"),
    ):
        assert (await refusal(client, "chat.postMessage", channel=channel, text="x"))["error"] == error, channel


async def test_a_person_is_told_in_their_direct_message(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """A post to a person's ID goes to the bot's direct message with them, always the same one."""
    first = await client.chat_postMessage(channel=MEMBER.id, text="a")
    second = await client.chat_postMessage(channel=first["channel"], text="b")

    assert first["channel"].startswith("D")
    assert first["channel"] == second["channel"] == slack.direct_message(MEMBER.id).id
    slack.app.messages_tab_enabled = False
    answer = await refusal(client, "chat.postMessage", channel=MEMBER.id, text="c")
    assert answer["error"] == "messages_tab_disabled"


BIG = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 4
DEEP = {"event_type": "e", "event_payload": {"a": {"b": {"c": 1}}}}
LARGE = {"event_type": "e", "event_payload": {"a": "x" * 8000}}


REFUSED: list[tuple[dict[str, object], str]] = [
    ({}, "no_text"),
    ({"text": "  "}, "no_text"),
    ({"blocks": []}, "no_text"),
    ({"text": "x", "blocks": "[{"}, "invalid_blocks_format"),
    ({"text": "x", "blocks": SECTION}, "invalid_blocks_format"),
    ({"text": "x", "blocks": [{"type": "banner"}]}, "invalid_blocks"),
    ({"text": "x", "blocks": BIG}, "msg_blocks_too_long"),
    ({"text": "x", "metadata": "{"}, "invalid_metadata_format"),
    ({"text": "x", "metadata": {"event_payload": {}}}, "invalid_metadata_format"),
    ({"text": "x", "metadata": {"event_type": "e"}}, "invalid_metadata_format"),
    ({"text": "x", "metadata": DEEP}, "invalid_metadata_format"),
    ({"text": "x", "metadata": LARGE}, "metadata_too_large"),
]


async def test_what_a_message_may_not_hold(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """A payload that Slack refuses is refused with its word, and nothing is posted."""
    for arguments, error in REFUSED:
        assert (await refusal(client, "chat.postMessage", channel=OPS, **arguments))["error"] == error, arguments
        assert slack.calls[-1].error == error
    assert slack.messages == []


async def test_invalid_blocks_say_where(client: AsyncWebClient) -> None:
    """The answer to invalid blocks points to each fault."""
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}

    answer = await refusal(client, "chat.postMessage", channel=OPS, text="x", blocks=[SECTION, long])

    words = "must be less than 3001 characters [json-pointer:/blocks/1/text/text]"
    assert answer["response_metadata"] == {"messages": [f"[ERROR] {words}"]}
    assert answer["errors"] == [words]


async def test_long_text_is_cut(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """Text above 40,000 characters is accepted and truncated."""
    await client.chat_postMessage(channel=OPS, text="x" * 40_001)

    assert len(slack.messages[0].text) == 40_000


async def test_ephemeral_messages_have_one_reader(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """chat.postEphemeral reaches a member of the channel, and nobody else."""
    await client.chat_postEphemeral(channel=OPS, user=GUEST.id, text="psst")

    assert slack.messages[0].ephemeral_to == GUEST.id
    payroll = await refusal(client, "chat.postEphemeral", channel="C0DEMOSEC1", user=GUEST.id, text="x")
    assert payroll["error"] == "user_not_in_channel"


async def test_channels_and_people_are_described(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """conversations.info and users.info describe what the bot may see, and refuse the rest."""
    general = (await client.conversations_info(channel="C0DEMOGEN1"))["channel"]
    assert (general["name"], general["is_member"]) == ("general", False)
    assert (await client.conversations_info(channel="C0DEMOSEC1"))["channel"]["is_private"]
    assert (await refusal(client, "conversations.info", channel="C0DEMOHID1"))["error"] == "channel_not_found"
    slack.app.scopes.discard("groups:read")
    assert (await refusal(client, "conversations.info", channel="C0DEMOSEC1"))["needed"] == "groups:read"

    assert (await client.users_info(user=ADMIN.id))["user"]["is_admin"]
    assert (await refusal(client, "users.info", user="U0"))["error"] == "user_not_found"


async def test_a_person_has_a_time_zone(client: AsyncWebClient) -> None:
    """users.info tells a person's zone, and its offset in seconds as it is on that day."""
    for person, day, zone in (
        (ADMIN, "2026-01-15", ("Europe/London", 0)),
        (MEMBER, "2026-01-15", ("America/New_York", -18_000)),
        (MEMBER, "2026-07-15", ("America/New_York", -14_400)),
        (GUEST, "2026-07-15", ("Asia/Tokyo", 32_400)),
    ):
        with time_machine.travel(f"{day}T12:00:00Z"):
            user = (await client.users_info(user=person.id))["user"]
        assert (user["tz"], user["tz_offset"]) == zone


MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Watch"}, "blocks": [SECTION]}


async def test_modals_are_opened_and_changed(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """A trigger opens one modal, and an update changes it."""
    opened = await client.views_open(trigger_id=slack.views.new_trigger(MEMBER.id), view=MODAL)
    await client.views_update(view_id=opened["view"]["id"], hash=opened["view"]["hash"], view=MODAL | {"blocks": []})

    top = slack.views.top(MEMBER.id)
    assert top is not None
    assert (top.id, top.content["blocks"]) == (opened["view"]["id"], [])


async def test_views_are_checked(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """A trigger is good once and must exist; a view must have its fields, its hash must be the present one."""
    trigger = slack.views.new_trigger(MEMBER.id)
    view = (await client.views_open(trigger_id=trigger, view=MODAL))["view"]

    async def error(method: str, **arguments: object) -> object:
        return (await refusal(client, method, **arguments))["error"]

    assert await error("views.open", trigger_id=trigger, view=MODAL) == "exchanged_trigger_id"
    assert await error("views.open", trigger_id="1.2.x", view=MODAL) == "invalid_trigger_id"
    assert await error("views.update", view_id="V0", view=MODAL) == "not_found"
    assert await error("views.update", view_id=view["id"], hash="0", view=MODAL) == "hash_conflict"
    untitled = await refusal(client, "views.open", trigger_id="1.2.x", view={"type": "modal", "blocks": []})
    assert untitled["response_metadata"] == {"messages": ["[ERROR] missing required field: title [json-pointer:/view]"]}


async def test_waiting_for_a_message(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """`wait_for` finds a message that is there or still to come, and tells what it saw if none comes."""
    waiting = asyncio.create_task(slack.wait_for(lambda message: message.text == "b"))
    await client.chat_postMessage(channel=OPS, text="a")
    await client.chat_postMessage(channel=OPS, text="b")

    assert (await waiting) is (await slack.wait_for(lambda message: message.text == "b"))
    with pytest.raises(TimeoutError, match=r"C0DEMOOPS1 via chat.postMessage: 'a'"):
        await slack.wait_for(lambda message: message.text == "c", timeout=0.01)
