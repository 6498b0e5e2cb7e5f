from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.api.events import (
    FOLLOWED,
    AccessLost,
    ChannelBack,
    ChannelEvent,
    ChannelGone,
    ChannelMoved,
    MembershipChanged,
    channel_event,
)

ME = "UBOT"
_UNINSTALLED, _REVOKED = AccessLost("the app was uninstalled"), AccessLost("its token was revoked")

# Events as Slack documents them, reduced to what tells one from another, and what each means.
_MEANT: list[tuple[dict[str, Any], ChannelEvent | None]] = [
    ({"type": "channel_archive", "channel": "C1", "user": "U1"}, ChannelGone("C1", "is_archived")),
    ({"type": "group_archive", "channel": "G1"}, ChannelGone("G1", "is_archived")),
    ({"type": "channel_left", "channel": "C1"}, ChannelGone("C1", "not_in_channel")),
    ({"type": "group_left", "channel": "G1"}, ChannelGone("G1", "not_in_channel")),
    ({"type": "channel_deleted", "channel": "C1"}, ChannelGone("C1", "channel_not_found")),
    ({"type": "group_deleted", "channel": "G1"}, ChannelGone("G1", "channel_not_found")),
    ({"type": "channel_unarchive", "channel": "C1", "user": "U1"}, ChannelBack("C1")),
    ({"type": "group_unarchive", "channel": "G1"}, ChannelBack("G1")),
    ({"type": "member_joined_channel", "channel": "C1", "user": ME}, ChannelBack("C1")),
    ({"type": "member_joined_channel", "channel": "C1", "user": "U1"}, MembershipChanged("U1")),
    ({"type": "member_joined_channel", "channel": "C1"}, None),
    ({"type": "member_left_channel", "channel": "C1", "user": "U1"}, MembershipChanged("U1")),
    ({"type": "member_left_channel", "channel": "C1", "user": ME}, None),  # channel_left says so
    ({"type": "channel_id_changed", "old_channel_id": "C1", "new_channel_id": "C2"}, ChannelMoved("C1", "C2")),
    ({"type": "channel_id_changed", "old_channel_id": "C1"}, None),
    ({"type": "channel_id_changed", "new_channel_id": "C2"}, None),
    ({"type": "app_uninstalled"}, _UNINSTALLED),
    ({"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": [ME]}}, _REVOKED),
    ({"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}}, None),  # some person's token
    ({"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}, None),
    ({"type": "tokens_revoked"}, None),
    ({"type": "channel_rename", "channel": {"id": "C1", "name": "new"}}, None),
    ({"type": "channel_shared", "channel": "C1"}, None),
    ({"type": "message", "channel": "C1", "text": "hi"}, None),
    ({"type": "channel_archive", "channel": {"id": "C1"}}, None),
    ({"type": "channel_archive"}, None),
    ({"channel": "C1"}, None),
    ({}, None),
]


@pytest.mark.parametrize(("event", "meant"), _MEANT, ids=lambda each: str(each)[:70])
def test_what_an_event_means(event: dict[str, Any], meant: ChannelEvent | None) -> None:
    """A channel that comes to an end, comes back or moves is noticed, and so are who is in it and the bot's own end;
    nothing else is."""
    assert channel_event(event, ME) == meant


def test_every_followed_event_is_tried() -> None:
    """What the manifest subscribes to means something, and nothing else does."""
    assert {event["type"] for event, meant in _MEANT if meant is not None} == set(FOLLOWED)


@pytest.mark.parametrize("event", [{"user": "U1"}, {"user": None}, {}])
def test_a_bot_that_does_not_know_itself_was_not_invited(event: dict[str, Any]) -> None:
    """Until Slack has said who the bot is, nobody who joins a channel is taken for it."""
    assert channel_event({"type": "member_joined_channel", "channel": "C1"} | event, None) != ChannelBack("C1")


_PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.sampled_from([ME, "C1"])
_JSON = st.recursive(
    _PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
)
_FIELDS = ("channel", "user", "tokens", "old_channel_id", "new_channel_id")
_TOKENS = st.dictionaries(st.sampled_from(["bot", "oauth"]), _JSON)
_EVENTS = st.fixed_dictionaries(
    {"type": st.sampled_from(FOLLOWED) | _JSON},
    optional={field: _JSON | (_TOKENS if field == "tokens" else _PLAIN) for field in _FIELDS},
)


@given(_EVENTS, st.none() | st.just(ME))
def test_no_event_is_too_odd(event: dict[str, Any], me: str | None) -> None:
    """Whatever shape Slack gives an event, it means something that names IDs, or nothing; it never raises."""
    match channel_event(event, me):
        case ChannelGone(channel, why):
            assert isinstance(channel, str)
            assert why in ("is_archived", "not_in_channel", "channel_not_found")
        case ChannelBack(channel):
            assert isinstance(channel, str)
        case ChannelMoved(old, new):
            assert isinstance(old, str)
            assert isinstance(new, str)
        case AccessLost(why):
            assert why
        case nothing:
            assert nothing is None
