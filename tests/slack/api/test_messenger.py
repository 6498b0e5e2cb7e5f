import json
import logging
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.demo.slack.stand_in import GUEST, MEMBER, Fault, SlackStandIn
from bot.domain.destination import Destination
from bot.domain.incident import Incident, Posted
from bot.domain.notification.digest import Digest, Path
from bot.notify.messenger import (
    AccessRevoked,
    DestinationGone,
    InThread,
    MessageGone,
    NotDelivered,
    NotUpdatable,
    RetryLater,
    ThreadGone,
)
from bot.slack.api import client as slack_client
from bot.slack.api.app import bolt_app
from bot.slack.api.client import http_session, web_client
from bot.slack.api.messenger import NotPosted, SlackMessenger
from bot.slack.messages.blocks import Message, message
from tests.cast import ERROR, UP, WARNING, change
from tests.slack.api.answering import answering

OPS, GENERAL, OLD, HIDDEN = "C0DEMOOPS1", "C0DEMOGEN1", "C0DEMOOLD1", "C0DEMOHID1"
CHANNEL, PERSON = Destination("T1", OPS), Destination("T1", MEMBER.id)
HELLO = message(["hello"])
CHANGE = change()
DIGEST = Digest((Path((CHANGE.old, CHANGE.new), CHANGE),), (7,))


@pytest.fixture
def messenger(slack: SlackStandIn, session: aiohttp.ClientSession) -> SlackMessenger:
    return SlackMessenger(web_client(slack.app.bot_token, f"{slack.origin}/api/", session))


def posts(slack: SlackStandIn) -> list[dict[str, object]]:
    return [call.arguments for call in slack.calls if call.method == "chat.postMessage"]


# ── what Slack accepts ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_change_is_posted_so_that_it_can_be_recognised(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """An alert is one message, unfurls nothing, names its delivery, and its name is what Slack called it."""
    where = await messenger.deliver(CHANNEL, DIGEST)
    (posted,) = slack.messages
    assert Posted(posted.channel, posted.ts) == where
    assert posted.text == "❌ orders is Running with Error · was ✅\u00a0Up and Running for 3\u00a0h\u00a012\u00a0min"
    assert posted.metadata == {"event_type": "jobwatch_delivery", "event_payload": {"deliveries": "7"}}
    (call,) = posts(slack)
    assert {str(call[name]).lower() for name in ("unfurl_links", "unfurl_media")} <= {"false", "0"}


async def test_a_digest_names_all_that_it_tells(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """A message that tells several changes names the delivery of each, so that a duplicate of any is recognised."""
    path = Path((UP, WARNING, ERROR), change(WARNING, ERROR))
    await messenger.deliver(CHANNEL, Digest((path,), (12, 13)))
    (posted,) = slack.messages
    assert posted.text.startswith("❌ orders is Running with Error · 2 changes since ✅\u00a0Up and Running")
    assert posted.metadata == {"event_type": "jobwatch_delivery", "event_payload": {"deliveries": "12,13"}}


async def test_a_digest_of_a_thousand_deliveries_is_accepted(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """All that can wait for one destination at once has room in a message's metadata, whatever numbers it has."""
    most = range(10**6, 10**6 + 1_000)
    await messenger.deliver(CHANNEL, Digest((Path((UP, ERROR), CHANGE),), tuple(most)))
    assert len(posts(slack)) == 1
    assert str(slack.messages[0].metadata).count(",") > 100


async def test_a_person_is_told_by_direct_message(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """A person's ID reaches their direct messages with the bot, and says where that is."""
    posted = await messenger.post(MEMBER.id, HELLO)
    assert isinstance(posted, Posted)
    assert posted.channel == slack.direct_message(MEMBER.id).id


@pytest.mark.parametrize(
    ("destination", "word"),
    [
        (GENERAL, "not_in_channel"),
        (OLD, "is_archived"),
        (HIDDEN, "channel_not_found"),
        ("C0NOWHERE1", "channel_not_found"),
    ],
)
async def test_a_destination_that_is_gone(
    slack: SlackStandIn, messenger: SlackMessenger, destination: str, word: str
) -> None:
    """A channel that the bot can't post to is told apart from a Slack that is out of reach."""
    assert await messenger.post(destination, HELLO) == NotPosted(word, is_gone=True)
    with pytest.raises(DestinationGone, match=word):
        await messenger.deliver(Destination("T1", destination), DIGEST)
    assert len(posts(slack)) == 2


# ── what Slack refuses or loses ─────────────────────────────────────────────────────────────────────────────────────

_FAULTS: list[tuple[Fault | str, type[NotDelivered], str]] = [
    (Fault.RATE_LIMITED, RetryLater, "ratelimited"),
    (Fault.APP_RATE_LIMITED, RetryLater, "rate_limited"),
    (Fault.INTERNAL_ERROR, RetryLater, "internal_error"),
    (Fault.HTTP_500, RetryLater, "http_500"),
    (Fault.HTTP_502_HTML, RetryLater, "http_502"),
    (Fault.HTTP_503, RetryLater, "service_unavailable"),
    (Fault.HANG, RetryLater, "timed_out"),
    (Fault.DROP_BEFORE, RetryLater, "connection_lost"),
    (Fault.DROP_AFTER, RetryLater, "connection_lost"),
    ("a_word_of_next_year", RetryLater, "a_word_of_next_year"),
    ("is_archived", DestinationGone, "is_archived"),
    ("token_revoked", AccessRevoked, "token_revoked"),
]


# No answer, or none of Slack's own sense: what operators hear of.
_SILENT = (Fault.HTTP_500, Fault.HTTP_502_HTML, Fault.HTTP_503, Fault.HANG, Fault.DROP_BEFORE, Fault.DROP_AFTER)


def test_every_fault_of_the_stand_in_is_tried() -> None:
    """A fault that is added to the stand-in is tried here too."""
    assert {fault for fault, _, _ in _FAULTS if isinstance(fault, Fault)} == set(Fault)


@pytest.mark.parametrize(("fault", "kind", "word"), _FAULTS)
async def test_a_failure_is_one_try_and_one_word(
    slack: SlackStandIn,
    fault: Fault | str,
    kind: type[NotDelivered],
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each fault of Slack is said in the teller's language after exactly one try, without the token in any trace."""
    if fault is Fault.HANG:
        monkeypatch.setattr(slack_client, "TIMEOUT", 0.2)
    slack.fail(fault, times=None)
    with caplog.at_level(logging.DEBUG), capture_logs() as logs:
        async with http_session() as session:
            client = web_client(slack.app.bot_token, f"{slack.origin}/api/", session)
            bolt_app(client, slack.app.signing_secret, lambda: None)  # it silences what slack-sdk would log
            with pytest.raises(NotDelivered) as failure:
                await SlackMessenger(client).deliver(CHANNEL, DIGEST)
    assert type(failure.value) is kind
    assert failure.value.why == word
    assert len(posts(slack)) == 1
    assert len(slack.messages) == (1 if fault is Fault.DROP_AFTER else 0)
    if isinstance(failure.value, RetryLater):
        limited = fault in (Fault.RATE_LIMITED, Fault.APP_RATE_LIMITED)
        assert failure.value.retry_after == (timedelta(seconds=1) if limited else None)
        assert failure.value.everybody == (fault is Fault.APP_RATE_LIMITED)
        assert failure.value.unreachable == (fault in _SILENT)
    assert not secret_in(slack.app.bot_token, failure.value, logs, caplog)


def secret_in(secret: str, error: BaseException, logs: object, caplog: pytest.LogCaptureFixture) -> bool:
    """Whether it stands in the error, what caused it, or anything that was logged."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    texts = [*map(str, chain), *map(repr, chain), "".join(traceback.format_exception(error))]
    return secret in "\n".join([*texts, repr(logs), caplog.text])


@pytest.mark.parametrize("word", ["invalid_blocks", "msg_blocks_too_long", "metadata_too_large"])
async def test_a_form_that_is_refused_is_said_as_text(
    slack: SlackStandIn, messenger: SlackMessenger, word: str
) -> None:
    """People are told all the same, in text that is not formatted; the log says what was wrong with the form."""
    slack.fail(word)
    with capture_logs() as logs:
        where = await messenger.deliver(CHANNEL, DIGEST)
    (posted,) = slack.messages
    assert posted.ts == where.ts
    assert posted.text == "❌ orders is Running with Error · was ✅\u00a0Up and Running for 3\u00a0h\u00a012\u00a0min"
    assert posted.blocks == []
    assert str(posts(slack)[1]["mrkdwn"]).lower() in ("false", "0")
    assert [(log["code"], log["log_level"]) for log in logs] == [(word, "error")]


async def test_a_form_that_slack_itself_finds_wrong(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """Blocks that break Slack's rules are described in the log by pointers, without what stands in them."""
    broken = Message("the words", [{"type": "no_such_block", "text": "SECRET-MARK"}])
    with capture_logs() as logs:
        await messenger.post(OPS, broken)
    assert [m.text for m in slack.messages] == ["the words"]
    assert "/blocks/0" in str(logs[0]["details"])
    assert "SECRET-MARK" not in repr(logs)


async def test_a_text_that_is_refused_too_is_not_lost(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """Where the plain text fails as well, the message stays for later: tried twice in all, not for ever."""
    slack.fail("invalid_blocks", times=2)
    with pytest.raises(RetryLater):
        await messenger.deliver(CHANNEL, DIGEST)
    assert len(posts(slack)) == 2


# ── an account that is closed ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_person_who_left_is_gone(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """Slack says account_inactive of a person who left; while the bot's own token passes, only that person is gone."""
    slack.fail("account_inactive")
    with pytest.raises(DestinationGone, match="account_inactive"):
        await messenger.deliver(PERSON, DIGEST)
    assert [call.method for call in slack.calls] == ["chat.postMessage", "auth.test"]


async def test_an_account_of_the_bots_own_that_is_closed_locks_it_out(
    slack: SlackStandIn, messenger: SlackMessenger
) -> None:
    """The same word where the bot's own token is refused too: nobody can be told, and no destination is paused."""
    slack.app.token_fault = "account_inactive"
    with pytest.raises(AccessRevoked, match="account_inactive"):
        await messenger.deliver(CHANNEL, DIGEST)


async def test_a_slack_that_does_not_say_whose_account_it_is(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """Where that question gets no answer the message is kept: neither a person nor the bot is given up by guess."""
    slack.fail("account_inactive")
    slack.fail(Fault.HTTP_503, "auth.test")
    with pytest.raises(RetryLater, match="service_unavailable"):
        await messenger.deliver(PERSON, DIGEST)


async def test_a_closed_account_found_by_the_plain_text(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """The question is asked as well when it is the plain text that is refused so."""
    slack.fail("invalid_blocks")
    slack.fail("account_inactive")
    with pytest.raises(DestinationGone, match="account_inactive"):
        await messenger.deliver(PERSON, DIGEST)


# ── what a person's profile says ────────────────────────────────────────────────────────────────────────────────────


async def test_a_persons_time_zone(messenger: SlackMessenger) -> None:
    """A time of day means what the clock of the person who types it shows."""
    assert await messenger.time_zone(MEMBER.id) == ZoneInfo("America/New_York")
    assert await messenger.time_zone(GUEST.id) == ZoneInfo("Asia/Tokyo")


_ODD_PROFILES: dict[str, dict[str, object]] = {
    "no user": {"ok": True},
    "a user of another shape": {"ok": True, "user": "U1"},
    "no zone": {"ok": True, "user": {}},
    "null": {"ok": True, "user": {"tz": None}},
    "an unknown zone": {"ok": True, "user": {"tz": "Mars/Olympus"}},
    "a path": {"ok": True, "user": {"tz": "../../../etc/passwd"}},
    "an empty zone": {"ok": True, "user": {"tz": ""}},
    "a folder": {"ok": True, "user": {"tz": "America"}},
    "a number": {"ok": True, "user": {"tz": 5}},
}


@pytest.mark.parametrize("profile", _ODD_PROFILES.values(), ids=_ODD_PROFILES.keys())
async def test_a_profile_without_a_time_zone(profile: dict[str, object], session: aiohttp.ClientSession) -> None:
    """Whatever stands in a profile, there is a time zone or there is none."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response(profile)

    async with answering(answer) as url:
        assert await SlackMessenger(web_client("xoxb-1", url, session)).time_zone(MEMBER.id) is None


@pytest.mark.parametrize("fault", [Fault.HTTP_503, Fault.RATE_LIMITED, Fault.DROP_BEFORE, "missing_scope"])
async def test_a_slack_that_does_not_tell_the_time_zone(
    slack: SlackStandIn, messenger: SlackMessenger, fault: Fault | str
) -> None:
    """A refused or lost answer is none, and raises nothing."""
    slack.fail(fault, "users.info", times=None)
    assert await messenger.time_zone(MEMBER.id) is None


# ── whoever answers in Slack's place ────────────────────────────────────────────────────────────────────────────────


_ODD: dict[str, Callable[[], web.Response]] = {
    "text instead of JSON": lambda: web.Response(text="ok"),
    "text with a server's fault": lambda: web.Response(status=500, text="oops"),
    "broken JSON": lambda: web.Response(text='{"ok": tru', content_type="application/json"),
    "an array": lambda: web.json_response(["ok"]),
    "null": lambda: web.json_response(None),
    "nothing": lambda: web.Response(content_type="application/json"),
    "a refusal without a word": lambda: web.json_response({"ok": False}),
    "no ok at all": lambda: web.json_response({"hello": "world"}),
    "a proxy's page": lambda: web.Response(status=403, text="<html>blocked</html>", content_type="text/html"),
    "bytes that are no text": lambda: web.Response(body=b"\xff\xfe\x00", content_type="application/json"),
    "a redirect": lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"}),
}


@pytest.mark.parametrize("odd", _ODD.values(), ids=_ODD.keys())
async def test_an_answer_that_is_none_of_slacks_means_later(
    odd: Callable[[], web.Response], session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever a proxy says in Slack's place, nothing is lost, nothing is retried, and the token stays in the bot."""

    async def answer(_: web.Request) -> web.Response:
        return odd()

    async with answering(answer) as url:
        client = web_client("xoxb-SECRET-MARK", url, session)
        bolt_app(client, "x", lambda: None)
        with caplog.at_level(logging.DEBUG), capture_logs() as logs, pytest.raises(RetryLater) as later:
            await SlackMessenger(client).deliver(CHANNEL, DIGEST)
    assert not secret_in("SECRET-MARK", later.value, logs, caplog)


async def test_nobody_listens_means_later(session: aiohttp.ClientSession) -> None:
    """A Slack that can't be connected to is a Slack that is asked again."""

    async def never(_: web.Request) -> web.Response:
        raise AssertionError("nobody is there")

    async with answering(never) as url:
        pass
    posted = await SlackMessenger(web_client("xoxb-1", url, session)).post(OPS, HELLO)
    assert posted == NotPosted("connection_refused", is_gone=False)


# ── threads and updates ─────────────────────────────────────────────────────────────────────────────────────────────

INCIDENT = Incident(1, CHANNEL, CHANGE.target, CHANGE, CHANGE.new, CHANGE.at, CHANGE.at)


async def test_a_reply_goes_into_its_thread(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """A reply names its first message; only with `broadcast` it shows in the channel, too. A reply whose blocks Slack
    refuses is plain text in the same place."""
    first = await messenger.deliver(CHANNEL, DIGEST)
    slack.fail("invalid_blocks")
    for broadcast in (False, True):
        await messenger.deliver(CHANNEL, DIGEST, InThread(first.ts, broadcast=broadcast))
    _, plain, reply = slack.messages
    assert (plain.thread_ts, plain.broadcast, plain.blocks) == (first.ts, False, [])
    assert (reply.thread_ts, reply.broadcast) == (first.ts, True)


async def test_a_reply_has_the_buttons_that_make_sense_there(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """One that only the thread shows leaves it to the message above to ask who takes care; one that the channel shows
    asks, too, unless somebody does already."""
    first = await messenger.deliver(CHANNEL, DIGEST)
    for broadcast, acknowledged, buttons in (
        (False, False, (False, False)),
        (True, False, (True, True)),
        (True, True, (False, True)),
    ):
        await messenger.deliver(CHANNEL, DIGEST, InThread(first.ts, broadcast, acknowledged))
        blocks = json.dumps(slack.messages[-1].blocks)
        assert ('"Acknowledge"' in blocks, '"Mute' in blocks) == buttons, (broadcast, acknowledged)


async def test_a_thread_that_takes_no_replies_is_no_pause(slack: SlackStandIn, messenger: SlackMessenger) -> None:
    """What Slack refuses only because it is a reply can be posted in the channel; anything else is said as ever."""
    for word in (
        "thread_not_found",
        "cannot_reply_to_message",
        "restricted_action_thread_locked",
        "restricted_action_non_threadable_channel",
    ):
        slack.fail(word, times=2)
        with pytest.raises(ThreadGone, match=word):
            await messenger.deliver(CHANNEL, DIGEST, InThread("1.0", broadcast=False))
        with pytest.raises(DestinationGone, match=word):
            await messenger.deliver(CHANNEL, DIGEST)
    slack.fail("is_archived")
    with pytest.raises(DestinationGone):
        await messenger.deliver(CHANNEL, DIGEST, InThread("1.0", broadcast=False))


@pytest.mark.parametrize("destination", [CHANNEL, PERSON])
async def test_a_message_is_updated(slack: SlackStandIn, messenger: SlackMessenger, destination: Destination) -> None:
    """A channel's message as well as a person's shows the incident as it is, and still names its deliveries."""
    where = await messenger.deliver(destination, DIGEST)
    await messenger.update(where, [replace(INCIDENT, status=UP, closed_at=CHANGE.at)])
    (posted,) = slack.messages
    assert posted.text.startswith("✅ orders is Up and Running · recovered after")
    assert posted.metadata == {"event_type": "jobwatch_delivery", "event_payload": {"deliveries": "7"}}
    assert await messenger.replace(where, HELLO) is None
    assert posted.text == "hello"
    slack.delete(posted)
    assert await messenger.replace(where, HELLO) == "message_not_found"


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ("message_not_found", MessageGone),
        *((word, NotUpdatable) for word in ("edit_window_closed", "cant_update_message", "block_mismatch")),
        *((word, NotUpdatable) for word in ("is_inactive", "channel_not_found", "invalid_blocks")),
        *((word, RetryLater) for word in ("update_failed", "internal_error", "never_heard_of")),
        *((fault, RetryLater) for fault in (Fault.RATE_LIMITED, Fault.HTTP_500, Fault.DROP_BEFORE)),
        ("token_revoked", AccessRevoked),
    ],
)
async def test_a_refused_update_says_what_to_do(
    slack: SlackStandIn, messenger: SlackMessenger, fault: Fault | str, raised: type[NotDelivered]
) -> None:
    """A message that is gone, one that stays as it is, a refusal for now and one of the bot are told apart."""
    where = await messenger.deliver(CHANNEL, DIGEST)
    slack.fail(fault, method="chat.update")
    with pytest.raises(raised) as refused:
        await messenger.update(where, [INCIDENT])
    if fault is Fault.RATE_LIMITED:
        assert isinstance(refused.value, RetryLater)
        assert refused.value.retry_after == timedelta(seconds=1)
