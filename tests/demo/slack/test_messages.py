"""What people write, that they open App Home, and what the bot hears of it."""

import pytest
from aiohttp import web

from bot.demo.slack.stand_in import ADMIN, GUEST, LEFT, MEMBER, Refused, SlackStandIn
from tests.demo.slack.test_administration import heard
from tests.demo.slack.test_delivery import Bot, conversation
from tests.demo.slack.test_interactions import client, field
from tests.demo.slack.test_modals import always

OPS, GENERAL, OLD, PAYROLL, BOARD = "C0DEMOOPS1", "C0DEMOGEN1", "C0DEMOOLD1", "C0DEMOSEC1", "C0DEMOHID1"
ALL = {"message.channels", "message.groups", "message.im", "app_mention", "app_home_opened"}


def listening(slack: SlackStandIn) -> None:
    """The app is subscribed to all that is said, and may read it."""
    slack.app.bot_events |= ALL
    slack.app.scopes |= {"channels:history", "groups:history", "im:history", "app_mentions:read"}


def types(bot: Bot) -> list[object]:
    return [each["type"] for each in heard(bot)]


async def test_a_message_is_its_authors() -> None:
    """What a person says is on record under their name and no bot's, and is no message of the app's to change."""
    async with conversation(web.Response()) as (slack, bot):
        message = await slack.say(MEMBER.id, OPS, "hello")
        reply = await slack.say(GUEST.id, OPS, "hi", thread_ts=message.ts)
        assert slack.messages == [message, reply]
        assert (message.user, message.bot_id, message.via, reply.thread_ts) == (MEMBER.id, None, "person", message.ts)
        assert slack.workspace.shown(message).keys() & {"bot_id", "app_id"} == set()
        assert bot.bodies == []


async def test_the_bot_hears_what_it_asked_for() -> None:
    """A message is told as the event of its kind of conversation; not without its scope, nor without subscription."""
    async with conversation(always()) as (slack, bot):
        slack.direct_message(MEMBER.id)
        for user, channel, kind, kinds in (
            (MEMBER.id, OPS, "channel", "channels"),
            (ADMIN.id, PAYROLL, "group", "groups"),
            (MEMBER.id, "D0DEMOBEN1", "im", "im"),
        ):
            listening(slack)
            bot.bodies.clear()
            message = await slack.say(user, channel, "hello")
            slack.app.scopes.discard(f"{kinds}:history")
            await slack.say(user, channel, "unheard")
            slack.app.scopes.add(f"{kinds}:history")
            slack.app.bot_events.discard(f"message.{kinds}")
            await slack.say(user, channel, "unheard")

            event = {"type": "message", "user": user, "text": "hello", "ts": message.ts, "channel": channel}
            assert heard(bot) == [event | {"channel_type": kind, "team": slack.app.team_id}], kind


async def test_a_mention_is_an_event_of_its_own() -> None:
    """A bot that is mentioned in a channel hears of that, in the thread it was in; in a direct message it doesn't."""
    async with conversation(always()) as (slack, bot):
        listening(slack)
        said = f"<@{slack.app.bot_user_id}> hello"
        first = await slack.say(MEMBER.id, OPS, "a job is ill")
        await slack.say(MEMBER.id, OPS, said, thread_ts=first.ts)
        await slack.say(MEMBER.id, slack.direct_message(MEMBER.id).id, said)
        await slack.say(MEMBER.id, GENERAL, said)  # the bot isn't there

        assert types(bot) == ["message", "message", "app_mention", "message"]
        mention = heard(bot)[2]
        assert (mention["thread_ts"], mention["text"], mention["channel"]) == (first.ts, said, OPS)
        assert "channel_type" not in mention


async def test_what_nobody_can_say() -> None:
    """Only members write, where writing is possible, and no more than Slack takes; nothing else is recorded."""
    slack = SlackStandIn()
    slack.direct_message(MEMBER.id)
    slack.app.messages_tab_enabled = False
    slack.channels[GENERAL].members.discard(GUEST.id)
    for user, channel, words, error in (
        (MEMBER.id, BOARD, "x", "channel_not_found"),
        (MEMBER.id, "C0NONE", "x", "channel_not_found"),
        (GUEST.id, "D0DEMOBEN1", "x", "channel_not_found"),
        (GUEST.id, GENERAL, "x", "not_in_channel"),
        (MEMBER.id, OLD, "x", "is_archived"),
        (MEMBER.id, "D0DEMOBEN1", "x", "messages_tab_disabled"),
        (LEFT.id, OPS, "x", "account_inactive"),
        (MEMBER.id, OPS, " ", "no_text"),
        (MEMBER.id, OPS, "x" * 40_001, "msg_too_long"),
    ):
        with pytest.raises(Refused, match=f"^{error}$"):
            await slack.say(user, channel, words)
    with pytest.raises(Refused, match="message_not_found"):
        await slack.say(MEMBER.id, OPS, "x", thread_ts="1.1")
    assert slack.messages == []
    assert len((await slack.say(MEMBER.id, OPS, "x" * 40_000)).text) == 40_000


async def test_opening_app_home() -> None:
    """The bot hears who opened the tab, where they talk, and what the tab shows, once it has shown something."""
    async with conversation(always()) as (slack, bot):
        listening(slack)
        answer = await slack.open_home(MEMBER.id)
        begun = field("a", {"type": "plain_text_input", "action_id": "it", "initial_value": "x"})
        await client(slack).views_publish(user_id=MEMBER.id, view={"type": "home", "blocks": [begun]})
        await slack.open_home(MEMBER.id)

        first, second = heard(bot)
        opened = {"type": "app_home_opened", "user": MEMBER.id, "channel": "D0DEMOBEN1", "tab": "home"}
        assert answer is not None
        assert (answer.status, first) == (200, opened)
        view = second["view"]
        assert isinstance(view, dict)
        assert (view["type"], view["id"]) == ("home", next(iter(slack.views.all)))
        assert view["state"]["values"]["a"]["it"]["value"] == "x"


async def test_app_home_may_be_nothing_to_the_bot() -> None:
    """Without the subscription, or without a Home tab, the bot hears nothing; who isn't there opens nothing."""
    async with conversation(always()) as (slack, bot):
        assert await slack.open_home(MEMBER.id) is None
        listening(slack)
        slack.app.home_tab_enabled = False
        assert await slack.open_home(MEMBER.id) is None
        with pytest.raises(LookupError):
            await slack.open_home(LEFT.id)
        assert bot.bodies == []


def test_a_direct_message_is_named_after_its_person() -> None:
    """Its ID is the same in every workspace that is made, so what a database knows of it stays true."""
    assert SlackStandIn().direct_message(MEMBER.id).id == SlackStandIn().direct_message(MEMBER.id).id == "D0DEMOBEN1"
