"""What people write in channels."""

import pytest

from bot.demo.slack.stand_in import ADMIN, GUEST, LEFT, MEMBER, PARTNER, Refused, SlackStandIn
from bot.demo.slack.workspace.members import PARTNER_TEAM

OPS, GENERAL, OLD, BOARD, SHARED = "C0DEMOOPS1", "C0DEMOGEN1", "C0DEMOOLD1", "C0DEMOHID1", "C0PARTEXT1"


def test_a_message_is_its_authors() -> None:
    """What a person says is on record under their name and no bot's."""
    slack = SlackStandIn()
    message = slack.say(MEMBER.id, OPS, "hello")
    reply = slack.say(GUEST.id, OPS, "hi", thread_ts=message.ts)
    assert slack.messages == [message, reply]
    assert (message.user, message.bot_id, message.via, reply.thread_ts) == (MEMBER.id, None, "person", message.ts)
    assert slack.workspace.shown(message).keys() & {"bot_id", "app_id"} == set()


def test_what_nobody_can_say() -> None:
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
            slack.say(user, channel, words)
    with pytest.raises(Refused, match="message_not_found"):
        slack.say(MEMBER.id, OPS, "x", thread_ts="1.1")
    assert slack.messages == []
    assert len(slack.say(MEMBER.id, OPS, "x" * 40_000).text) == 40_000


def test_a_direct_message_is_named_after_its_person() -> None:
    """Its ID is the same in every workspace that is made, so what a database knows of it stays true."""
    assert SlackStandIn().direct_message(MEMBER.id).id == SlackStandIn().direct_message(MEMBER.id).id == "D0DEMOBEN1"


async def test_a_mention_is_an_event(slack: SlackStandIn, base_url: str) -> None:
    """A message that names the bot in a channel that it is in is sent to it, as Slack documents; any other isn't, and
    neither is one without the scope or the subscription."""
    slack.delivery.events_url = "http://127.0.0.1:1/"  # whether it is told, not what it answers
    parent = slack.say(GUEST.id, OPS, "hello")
    answer = await slack.post(MEMBER.id, OPS, "@JobWatch status @ada #general a@jobwatch", parent.ts)
    assert answer is not None
    message, event = slack.messages[-1], answer.request.payload["event"]
    assert message.text == f"<@U0DEMOBOT1> status <@{ADMIN.id}> <#{GENERAL}|general> a@jobwatch"
    assert event == {
        "type": "app_mention",
        "user": MEMBER.id,
        "text": message.text,
        "ts": message.ts,
        "event_ts": message.ts,
        "thread_ts": parent.ts,
        "channel": OPS,
        "team": slack.app.team_id,
    }
    answer = await slack.post(PARTNER.id, SHARED, "@jobwatch list")
    assert answer is not None
    assert f"'user_team': '{PARTNER_TEAM}'" in str(answer.request.payload["event"])
    slack.direct_message(MEMBER.id)
    for channel, text in ((OPS, "jobwatch status"), (GENERAL, "@jobwatch status"), ("D0DEMOBEN1", "@jobwatch list")):
        assert await slack.post(MEMBER.id, channel, text) is None
    for granted, what in ((slack.app.scopes, "app_mentions:read"), (slack.app.bot_events, "app_mention")):
        granted.discard(what)
        assert await slack.post(MEMBER.id, OPS, "@jobwatch status") is None
        granted.add(what)
