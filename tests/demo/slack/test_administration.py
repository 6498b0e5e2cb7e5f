"""What people do to channels and to the app, and what the bot hears of it."""

import json
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack.stand_in import ADMIN, GUEST, MEMBER, Answer, Refused, SlackStandIn, served
from tests.demo.slack.test_delivery import Bot, conversation

OPS, GENERAL, OLD = "C0DEMOOPS1", "C0DEMOGEN1", "C0DEMOOLD1"
PAYROLL, BOARD = "C0DEMOSEC1", "C0DEMOHID1"

Deed = Callable[[SlackStandIn], Awaitable[Answer | None]]


def heard(bot: Bot) -> list[dict[str, object]]:
    """The inner events that the bot got, without the time of each."""
    events = []
    for body in map(json.loads, bot.bodies):
        assert body["type"] == "event_callback"
        assert body["event"].pop("event_ts")
        events.append(body["event"])
    return events


async def outcome(slack: SlackStandIn, channel: str) -> str:
    """What comes of a post to that channel: an error word, or `ok`."""
    client = AsyncWebClient(slack.app.bot_token, f"{slack.origin}/api/", retry_handlers=[])
    try:
        await client.chat_postMessage(channel=channel, text="x")
    except SlackApiError as refused:
        return str(refused.response["error"])
    return "ok"


async def test_a_channel_is_archived_and_comes_back() -> None:
    """An archived channel takes no posts until it is unarchived; the bot hears of both, and its answer is given."""
    async with conversation(web.Response()) as (slack, bot):
        for channel in (OPS, PAYROLL):
            answer = await slack.archive(channel)
            assert answer is not None
            assert answer.status == 200
            assert await outcome(slack, channel) == "is_archived"
            await slack.unarchive(channel, by=MEMBER.id)
            assert await outcome(slack, channel) == "ok"

        assert heard(bot) == [
            {"type": "channel_archive", "channel": OPS, "user": ADMIN.id, "is_moved": 0},
            {"type": "channel_unarchive", "channel": OPS, "user": MEMBER.id},
            {"type": "group_archive", "channel": PAYROLL, "user": ADMIN.id, "is_moved": 0},
            {"type": "group_unarchive", "channel": PAYROLL, "actor_id": MEMBER.id},
        ]


async def test_the_bot_is_invited_and_removed() -> None:
    """Invited, the bot may post and hears that it joined; removed, it hears that it left and may not."""
    async with conversation(web.Response()) as (slack, bot):
        await slack.invite(GENERAL)
        assert await outcome(slack, GENERAL) == "ok"
        await slack.remove_bot(GENERAL)
        assert await outcome(slack, GENERAL) == "not_in_channel"
        await slack.remove_bot(PAYROLL, by=MEMBER.id)
        assert await outcome(slack, PAYROLL) == "channel_not_found"

        joined = {"user": slack.app.bot_user_id, "channel": GENERAL, "channel_type": "C", "team": slack.app.team_id}
        assert heard(bot) == [
            {"type": "member_joined_channel", **joined, "inviter": ADMIN.id},
            {"type": "channel_left", "channel": GENERAL, "actor_id": ADMIN.id},
            {"type": "group_left", "channel": PAYROLL, "actor_id": MEMBER.id},
        ]


async def test_only_members_hear_who_joins() -> None:
    """That a person joined is told to a bot that is a member, and to no other, even of a public channel."""
    async with conversation(web.Response()) as (slack, bot):
        await slack.invite(PAYROLL, GUEST.id, inviter=MEMBER.id)
        slack.channels[GENERAL].members.discard(GUEST.id)
        assert await slack.invite(GENERAL, GUEST.id) is None

        assert GUEST.id in slack.channels[GENERAL].members
        assert [(each["user"], each["channel"], each["inviter"]) for each in heard(bot)] == [
            (GUEST.id, PAYROLL, MEMBER.id)
        ]


async def test_the_letter_of_a_channel_is_that_of_its_id() -> None:
    """channel_type is the ID's first letter, so it is G for old private channels only."""
    async with conversation(web.Response()) as (slack, bot):
        await slack.invite(BOARD)
        await slack.change_id(PAYROLL, "G0DEMOSEC1")
        await slack.invite("G0DEMOSEC1", GUEST.id)

        assert [each["channel_type"] for each in heard(bot) if "channel_type" in each] == ["C", "G"]


async def test_a_channel_is_renamed() -> None:
    """A new name is told with the channel's ID, and is what commands say from then on."""
    async with conversation(web.Response()) as (slack, bot):
        slack.app.bot_events |= {"channel_rename", "group_rename"}
        await slack.rename(OPS, "data-platform")
        await slack.rename(PAYROLL, "salaries")
        renamed = heard(bot)
        await slack.command("list", user=MEMBER.id, channel=OPS)

        assert renamed == [
            {"type": "channel_rename", "channel": {"id": OPS, "name": "data-platform"}},
            {"type": "group_rename", "channel": {"id": PAYROLL, "name": "salaries"}},
        ]
        assert bot.form(2)["channel_name"] == "data-platform"


async def test_a_deleted_channel_is_unknown() -> None:
    """A deleted channel doesn't exist any more; the bot hears of it."""
    async with conversation(web.Response()) as (slack, bot):
        await slack.delete_channel(OPS)
        await slack.delete_channel(PAYROLL)

        assert [await outcome(slack, each) for each in (OPS, PAYROLL)] == ["channel_not_found"] * 2
        public, private = heard(bot)
        assert public == {"type": "channel_deleted", "channel": OPS}
        assert isinstance(private.pop("date_deleted"), int)
        assert private == {"type": "group_deleted", "channel": PAYROLL, "actor_id": ADMIN.id}


async def test_a_channel_lives_on_under_a_new_id() -> None:
    """After a change of ID the old one is unknown; what was in the channel stands under the new one."""
    async with conversation(web.Response()) as (slack, bot):
        await outcome(slack, OPS)
        await slack.command("status", user=MEMBER.id, channel=OPS)
        await slack.change_id(OPS, "C0DEMONEW1", private=True)
        bot.bodies.pop(0)

        assert [await outcome(slack, each) for each in (OPS, "C0DEMONEW1")] == ["channel_not_found", "ok"]
        assert slack.channels["C0DEMONEW1"].is_private
        assert slack.find("C0DEMONEW1", slack.messages[0].ts) is slack.messages[0]
        assert [each.channel for each in slack.workspace.response_urls.values()] == ["C0DEMONEW1"]
        ids = {"old_channel_id": OPS, "new_channel_id": "C0DEMONEW1"}
        assert heard(bot) == [{"type": "channel_id_changed", **ids}]


async def test_the_app_is_thrown_out() -> None:
    """After an uninstallation and after a revocation no call works, the bot hears why, and of channels no more."""
    async with conversation(web.Response()) as (slack, bot):
        await slack.uninstall()
        assert await outcome(slack, OPS) == "account_inactive"
        assert await slack.archive(OPS) is None
        await slack.revoke_tokens()
        assert await outcome(slack, OPS) == "token_revoked"

        assert heard(bot) == [
            {"type": "app_uninstalled"},
            {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [slack.app.bot_user_id]}},
        ]


DEEDS: dict[str, Deed] = {
    "channel_archive": lambda slack: slack.archive(OPS),
    "channel_unarchive": lambda slack: slack.unarchive(OLD),
    "channel_left": lambda slack: slack.remove_bot(OPS),
    "channel_rename": lambda slack: slack.rename(OPS, "new"),
    "channel_deleted": lambda slack: slack.delete_channel(OPS),
    "channel_id_changed": lambda slack: slack.change_id(OPS, "C0DEMONEW1"),
    "member_joined_channel": lambda slack: slack.invite(GENERAL),
    "group_archive": lambda slack: slack.archive(PAYROLL),
    "group_left": lambda slack: slack.remove_bot(PAYROLL),
    "group_rename": lambda slack: slack.rename(PAYROLL, "new"),
    "group_deleted": lambda slack: slack.delete_channel(PAYROLL),
    "app_uninstalled": lambda slack: slack.uninstall(),
    "tokens_revoked": lambda slack: slack.revoke_tokens(),
}


async def test_a_bot_hears_what_it_is_subscribed_to() -> None:
    """An event goes out if the bot is subscribed to it, whatever else it is subscribed to, and not otherwise."""
    async with conversation(web.Response()) as (slack, bot):
        url = slack.delivery.events_url
        for kind, deed in DEEDS.items():
            for subscribed in (True, False):
                bot.bodies.clear()
                async with served(other := SlackStandIn(url)):
                    other.app.bot_events = {kind} if subscribed else other.app.bot_events - {kind}
                    assert (await deed(other) is not None) == subscribed, kind
                assert [each["type"] for each in heard(bot)] == ([kind] if subscribed else []), kind


async def test_a_bot_hears_what_its_scopes_allow() -> None:
    """Public channels are told of with channels:read, private ones with groups:read."""
    async with conversation(web.Response()) as (slack, _):
        for kind, deed in DEEDS.items():
            needed = "groups:read" if kind.startswith("group") else "channels:read"
            for scopes in ({"channels:read", "groups:read"} - {needed}, {needed}):
                async with served(other := SlackStandIn(slack.delivery.events_url)):
                    other.app.scopes, other.app.bot_events = scopes, {kind}
                    needs_none = kind in ("app_uninstalled", "tokens_revoked")
                    assert (await deed(other) is not None) == (needs_none or needed in scopes), kind


async def test_private_channels_are_told_to_members_only() -> None:
    """The bot hears of a public channel that it is not in, and of no private one."""
    async with conversation(web.Response()) as (slack, bot):
        await slack.archive(GENERAL)
        assert await slack.rename(BOARD, "directors") is None
        assert await slack.archive(BOARD) is None
        assert await slack.change_id(BOARD, "C0DEMONEW1") is None
        assert await slack.delete_channel("C0DEMONEW1") is None

        assert [each["channel"] for each in heard(bot)] == [GENERAL]


async def test_things_happen_while_nobody_listens() -> None:
    """The workspace changes also while the bot is away: no receiver, no answer; a silent one, an error."""
    slack = SlackStandIn()
    assert await slack.archive(OPS) is None
    assert slack.channels[OPS].is_archived

    async with conversation(web.Response()) as (slack, _):
        slack.delivery.events_url = "http://127.0.0.1:1/"
        answer = await slack.archive(OPS)
        assert answer is not None
        assert answer.error == "dispatch_failed"


FORBIDDEN: list[tuple[Deed, str]] = [
    (lambda slack: slack.archive("C0DEMONONE"), "channel_not_found"),
    (lambda slack: slack.archive(slack.direct_message(MEMBER.id).id), "method_not_supported_for_channel_type"),
    (lambda slack: slack.archive(OLD), "already_archived"),
    (lambda slack: slack.unarchive(OPS), "not_archived"),
    (lambda slack: slack.invite(OPS), "already_in_channel"),
    (lambda slack: slack.invite(OLD), "is_archived"),
    (lambda slack: slack.invite(GENERAL, "U0DEMONONE"), "user_not_found"),
    (lambda slack: slack.remove_bot(GENERAL), "not_in_channel"),
    (lambda slack: slack.rename(OPS, "general"), "name_taken"),
]


async def test_what_people_can_not_do() -> None:
    """What Slack doesn't let people do raises its word and is told to nobody."""
    async with conversation(web.Response()) as (slack, bot):
        for deed, word in FORBIDDEN:
            with pytest.raises(Refused, match=f"^{word}$"):
                await deed(slack)
        assert heard(bot) == []
