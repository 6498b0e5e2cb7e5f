"""Threads, updates and deletions, as Slack does them."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack.api.faults import UPDATES_PER_MINUTE
from bot.demo.slack.stand_in import ADMIN, GUEST, MEMBER, Message, Refused, SlackStandIn

OPS, OLD, HIDDEN = "C0DEMOOPS1", "C0DEMOOLD1", "C0DEMOHID1"
RICH = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]}]
PLAIN = [{"type": "section", "text": {"type": "plain_text", "text": "hello"}}]


async def posted(slack: SlackStandIn, client: AsyncWebClient, **more: Any) -> Message:
    await client.chat_postMessage(channel=OPS, text="hello", **more)
    return slack.messages[-1]


async def error_of(client: AsyncWebClient, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await client.chat_update(**{"channel": OPS, "text": "x", **arguments})
    return str(refused.value.response["error"])


async def test_a_reply_shows_in_its_thread_and_perhaps_in_the_channel(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    """A reply is in a thread; a broadcast one in the channel, too, with its root. The parent counts them."""
    parent = await posted(slack, client)
    reply = await posted(slack, client, thread_ts=parent.ts)
    loud = await posted(slack, client, thread_ts=parent.ts, reply_broadcast=True)
    assert [each.is_in_channel for each in (parent, reply, loud)] == [True, False, True]
    shown = slack.workspace.shown(loud)
    assert shown["subtype"] == "thread_broadcast"
    assert shown["root"]["ts"] == parent.ts  # type: ignore[index]
    counted = slack.workspace.shown(parent)
    assert (counted["reply_count"], counted["latest_reply"]) == (2, loud.ts)


async def test_an_update_replaces_the_content(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """An update keeps the metadata and notes the edit; it also works in direct messages, by their own ID alone."""
    metadata = {"event_type": "x", "event_payload": {}}
    first = await posted(slack, client, metadata=metadata, blocks=RICH)
    answer = await client.chat_update(channel=OPS, ts=first.ts, text="bye", blocks=RICH)
    assert (first.text, first.as_posted.text, first.metadata, len(first.edited)) == ("bye", "hello", metadata, 1)
    assert answer["message"]["edited"]["user"] == slack.app.bot_user_id
    await client.chat_postMessage(channel=MEMBER.id, text="hello")
    direct = slack.messages[-1]
    await client.chat_update(channel=direct.channel, ts=direct.ts, text="bye")
    assert await error_of(client, channel=MEMBER.id, ts=direct.ts) == "channel_not_found"


async def test_what_cannot_be_updated(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """Slack's words for messages that are gone, another's, seen by one person only, too long, or of another kind."""
    rich = await posted(slack, client, blocks=RICH)
    others = slack.say(MEMBER.id, OPS, "mine")
    await client.chat_postEphemeral(channel=OPS, user=MEMBER.id, text="for you")
    private = slack.messages[-1]
    for arguments, error in (
        ({"ts": "1.1"}, "message_not_found"),
        ({"ts": private.ts}, "message_not_found"),
        ({"ts": others.ts}, "cant_update_message"),
        ({"ts": rich.ts, "channel": HIDDEN}, "channel_not_found"),
        ({"ts": rich.ts, "text": "x" * 4_001}, "msg_too_long"),
        ({"ts": rich.ts, "blocks": PLAIN}, "block_mismatch"),
        ({"ts": rich.ts, "blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
    ):
        assert await error_of(client, **arguments) == error
    slack.channels[OPS].is_archived = True
    assert await error_of(client, ts=rich.ts) == "is_inactive"
    assert rich.edited == []


async def test_a_deleted_message_is_gone_and_takes_replies_all_the_same(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    """Authors and administrators delete messages. Above replies a tombstone is left. A reply to a message that is gone
    is accepted without a word."""
    alone = await posted(slack, client)
    slack.delete(alone)
    assert await error_of(client, ts=alone.ts) == "message_not_found"
    assert (await posted(slack, client, thread_ts=alone.ts)).thread_ts == alone.ts

    parent = await posted(slack, client, blocks=RICH)
    await posted(slack, client, thread_ts=parent.ts)
    slack.delete(parent, by=ADMIN.id)
    assert (parent.tombstone, parent.blocks, slack.workspace.shown(parent)["subtype"]) == (True, [], "tombstone")
    assert await error_of(client, ts=parent.ts) == "message_not_found"
    for kept, by, error in (
        (parent, ADMIN.id, "message_not_found"),
        (slack.messages[-1], GUEST.id, "cant_delete_message"),
    ):
        with pytest.raises(Refused, match=error):
            slack.delete(kept, by=by)
    mine = slack.say(GUEST.id, OPS, "mine")
    slack.delete(mine, by=GUEST.id)
    assert mine not in slack.messages


async def test_updates_have_a_limit_of_their_own(slack: SlackStandIn, client: AsyncWebClient) -> None:
    """Fifty updates a minute, then Slack says when to come again."""
    first = await posted(slack, client)
    slack.rates.on = True
    for _ in range(UPDATES_PER_MINUTE):
        await client.chat_update(channel=OPS, ts=first.ts, text="x")
    assert await error_of(client, ts=first.ts) == "ratelimited"
