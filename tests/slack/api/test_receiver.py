import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier
from structlog.testing import capture_logs

from bot.demo.slack.stand_in import SlackStandIn, signed_headers
from bot.slack.api import receiver
from bot.slack.api.app import bolt_app
from bot.slack.api.client import web_client
from bot.slack.api.receiver import Receiver, is_from_slack, why_unsigned
from tests.slack.world import FORM, JSON, OPS, ORDERS, World, a_world

SECRET = "demo0signing0secret"
MARK = "SECRET-MARK"
COMMAND = urlencode({"command": "/job", "text": f"watch {ORDERS} {MARK}", "team_id": "T1"}).encode()


def _headers(body: bytes, *, age: int = 0, secret: str = SECRET, **replaced: str) -> dict[str, str]:
    return signed_headers(secret, body, int(time.time()) - age) | {k.replace("_", "-"): v for k, v in replaced.items()}


# Made when they are sent: what was signed ahead of its time when the tests were gathered may be in time later.
_FORGED: dict[str, Callable[[], dict[str, str]]] = {
    "no headers": lambda: {},
    "no signature": lambda: {"X-Slack-Request-Timestamp": str(int(time.time()))},
    "no timestamp": lambda: {"X-Slack-Signature": _headers(COMMAND)["X-Slack-Signature"]},
    "another secret": lambda: _headers(COMMAND, secret="another"),
    "an empty secret": lambda: _headers(COMMAND, secret=""),
    "another body": lambda: _headers(b"other"),
    "six minutes old": lambda: _headers(COMMAND, age=360),
    "from six minutes ahead": lambda: _headers(COMMAND, age=-360),
    "another timestamp": lambda: _headers(COMMAND, X_Slack_Request_Timestamp=str(int(time.time()) - 1)),
    "letters for a timestamp": lambda: signed_headers(SECRET, COMMAND, "soon"),
    "a fraction for a timestamp": lambda: signed_headers(SECRET, COMMAND, f"{time.time()}"),
    "a negative timestamp": lambda: signed_headers(SECRET, COMMAND, -5),
    "an endless timestamp": lambda: signed_headers(SECRET, COMMAND, "9" * 5_000),
    "an empty timestamp": lambda: signed_headers(SECRET, COMMAND, ""),
    "an empty signature": lambda: _headers(COMMAND, X_Slack_Signature=""),
    "half a signature": lambda: _headers(COMMAND, X_Slack_Signature=_headers(COMMAND)["X-Slack-Signature"][:20]),
    "another version": lambda: _headers(COMMAND, X_Slack_Signature="v1=" + "0" * 64),
}
# Some that no HTTP client of ours sends as text.
_BEYOND_ASCII: dict[str, list[tuple[bytes, bytes]]] = {
    "a signature beyond ASCII": [(b"X-Slack-Signature", "v0=é".encode())],
    "a signature that is no UTF-8": [(b"X-Slack-Signature", b"v0=\xff")],
    "digits of another script": [(b"X-Slack-Request-Timestamp", "١٢٣".encode())],
}


async def test_a_request_that_slack_did_not_sign_has_no_effect(world: World) -> None:
    """Forged, stale and unsigned requests get 401; no listener runs, and nothing of them is logged."""
    for name, forged in _FORGED.items():
        await _is_refused(world, name, COMMAND, FORM | forged())


async def test_headers_beyond_ascii_are_refused_like_others(world: World) -> None:
    """What the verifier can't compare isn't a server error: 401."""
    for case, headers in _BEYOND_ASCII.items():
        names = {name.lower() for name, _ in headers}
        all_headers = (FORM | _headers(COMMAND)).items()
        rest = [(k.encode(), v.encode()) for k, v in all_headers if k.lower().encode() not in names]
        await _is_refused(world, case, COMMAND, [*rest, *headers])


async def test_strangers_do_not_fill_the_log(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of however many requests of strangers, the log says each reason once a minute."""
    whys = ["it has no signature of Slack's form", "its signature was made with another secret"]
    for seconds, logged in ((60, whys), (0, 3 * whys)):
        monkeypatch.setattr(receiver, "_LOGGED_EVERY_S", seconds)
        with capture_logs() as logs:
            for headers in 3 * [{}, _headers(COMMAND, secret="another")]:
                assert (await _posted(world, COMMAND, FORM | headers)).status_code == 401
        assert [line["why"] for line in logs if "didn't sign" in line["event"]] == logged


async def _is_refused(world: World, case: str, body: bytes, headers: Any) -> None:
    with capture_logs() as logs:
        answer = await _posted(world, body, headers)
    assert answer.status_code == 401, case
    await world.listeners.done()
    assert world.jobs.asked == []
    assert world.slack.messages == []
    assert await world.subscribed() == []
    assert MARK not in repr(logs) + answer.text


async def _posted(world: World, body: bytes, headers: Any) -> httpx.Response:
    transport = httpx.ASGITransport(world.web)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        return await client.post("/slack/events", content=body, headers=headers)


_JUNK: dict[str, bytes] = {
    "nothing": b"",
    "broken JSON": f'{{"type": "event_callback", "{MARK}"'.encode(),
    "an array": f'["{MARK}"]'.encode(),
    "a string": f'"{MARK}"'.encode(),
    "null": b"null",
    "a number": b"5",
    "an object of nothing": b"{}",
    "invalid UTF-8": b"\xff\xfe" + MARK.encode(),
    "a NUL": b"\x00" + MARK.encode(),
    "a payload that is none": f"payload={MARK}".encode(),
    "a payload that is an array": b"payload=[]",
    "a payload that is null": b"payload=null",
    "an empty payload": b"payload=",
    "two payloads": b"payload={}&payload=[]",
    "an event that is none": b'{"type": "event_callback", "event": null}',
    "an event that is a string": f'{{"type": "event_callback", "event": "{MARK}"}}'.encode(),
    "an event without a type": b'{"type": "event_callback", "event": {}}',
    "an event whose type is a number": b'{"type": "event_callback", "event": {"type": 5}}',
    "a team that is a number": b'{"type": "event_callback", "team_id": 5, "event": {"type": "message"}}',
    "authorizations that are none": b'{"type": "event_callback", "authorizations": 5, "event": {"type": "message"}}',
    "a press without actions": b"payload=" + json.dumps({"type": "block_actions"}).encode(),
    "a press with no action": b"payload=" + json.dumps({"type": "block_actions", "actions": []}).encode(),
    "a press with a text for actions": b"payload=" + json.dumps({"type": "block_actions", "actions": "x"}).encode(),
    "a press of nobody": b"payload=" + json.dumps({"type": "block_actions", "actions": [{}], "user": 5}).encode(),
    "a view that is none": b"payload=" + json.dumps({"type": "view_submission", "view": None}).encode(),
    "deep JSON": b"[" * 100_000,
    "a very long number": b'{"type": ' + b"9" * 10_000 + b"}",
    "a payload of an unknown kind": b"payload=" + json.dumps({"type": "of_next_year", "response_url": MARK}).encode(),
    "an object of an unknown kind": json.dumps({"type": "of_next_year", "response_url": MARK}).encode(),
    "a command and nothing else": b"command=/job",
    "a command twice": b"command=/job&command=/job&text=a&text=b",
    "a challenge that is none": b'{"type": "url_verification"}',
}


async def test_junk_is_never_the_servers_fault(
    world: World, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Junk that is unsigned gets 401 and junk that is signed 200, or Slack would send it again; neither is ever logged,
    nor has an effect."""
    with caplog.at_level(logging.INFO), capture_logs() as logs:
        for case, body in _JUNK.items():
            for kind in (JSON, FORM, {}):
                unsigned = await world.sends(body, kind, signed=False)
                signed = await world.sends(body, kind)
                await world.listeners.done()
                assert unsigned.status_code == 401, case
                is_text = case != "invalid UTF-8"  # which nothing of Slack's is
                assert signed.status_code == (200 if is_text else 401), (case, signed.status_code, signed.text)
                assert MARK not in repr(logs) + caplog.text + "".join(capfd.readouterr()) + signed.text, case
    assert world.jobs.asked == []
    assert await world.subscribed() == []


_KINDS = ("event_callback", "block_actions", "view_submission", "view_closed", "shortcut", "message_action")
_FIELDS = ("type", "event", "actions", "action_id", "user", "team", "channel", "view", "callback_id", "value")
_PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.sampled_from(_KINDS)
_JSON = st.recursive(
    _PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_FIELDS), inner, max_size=6),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(payload=_JSON, as_form=st.booleans())
async def test_no_signed_payload_is_the_servers_fault(world: World, payload: object, as_form: bool) -> None:
    """The same for whatever shape a payload may have: Slack may change it."""
    text = json.dumps(payload)
    body = urlencode({"payload": text}).encode() if as_form else text.encode()
    answer = await world.sends(body, FORM if as_form else JSON)
    assert answer.status_code == 200, answer.text


async def test_a_huge_body_is_refused_before_it_is_read(world: World) -> None:
    """Nobody fills the bot's memory: five megabytes get 413, and without a signature of Slack's form 401 for any."""
    huge = b"x" * 5_000_000
    assert (await world.sends(huge, FORM)).status_code == 413
    assert (await world.sends(huge, FORM, signed=False)).status_code == 401


def test_headers_alone_can_show_that_slack_did_not_send_it() -> None:
    """A signature's presence, form and age are checked before a body is read; only secret and body need it."""
    need_the_body = ("another secret", "an empty secret", "another body", "another timestamp")
    for case, forged in _FORGED.items():
        why = why_unsigned({name.lower(): value for name, value in forged().items()})
        assert (why is None) == (case in need_the_body), case
    assert "clock" in (why_unsigned({k.lower(): v for k, v in _headers(COMMAND, age=360).items()}) or "")


_OF_OTHER_KINDS: dict[str, dict[str, Any]] = {
    "a rate limit": {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1},
    "a step of a workflow": {"type": "workflow_step_edit", "callback_id": "x", "workflow_step": {"workflow_id": "1"}},
    "a legacy button": {"type": "interactive_message", "actions": [{"name": "a"}], "callback_id": "x"},
    "a legacy form": {"type": "dialog_submission", "callback_id": "x", "submission": {}},
    "a legacy menu": {"type": "dialog_suggestion", "callback_id": "x", "name": "a", "value": ""},
    "a message's menu": {"type": "message_action", "callback_id": "x", "message": {"text": MARK}},
    "a kind of next year": {"type": "of_next_year"},
    "no kind": {"team_id": "T1"},
}


async def test_every_request_of_slacks_is_acknowledged(world: World) -> None:
    """Also one that no listener fits, as an event's JSON and as an interaction's form."""
    for case, payload in _OF_OTHER_KINDS.items():
        text = json.dumps(payload | {"user": {"id": "U1"}, "team": {"id": "T1"}})
        assert (await world.sends(text.encode(), JSON)).status_code == 200, case
        assert (await world.sends(urlencode({"payload": text}).encode(), FORM)).status_code == 200, case


async def test_what_bolt_fails_on_is_acknowledged(caplog: pytest.LogCaptureFixture) -> None:
    """So is a request that Bolt itself fails on, or for which it finds no listener: Slack would only send it again."""

    async def fail() -> None:
        raise RuntimeError

    body = json.dumps({"type": "event_callback", "team_id": "T1", "event": {"type": "of_next_year"}}).encode()
    headers = {name.lower(): value for name, value in (JSON | _headers(body)).items()}
    async with aiohttp.ClientSession() as session:
        for failing in (False, True):
            app = bolt_app(web_client("xoxb-1", "https://slack.com/api/", session), SECRET, lambda: None)
            if failing:
                app.use(fail)
            with capture_logs() as logs:
                assert (await Receiver(app, SECRET)(body, headers)).status == 200
            assert [line["log_level"] for line in logs] == ["error" if failing else "debug"]


async def test_slack_may_check_the_certificate(world: World) -> None:
    """`ssl_check` gets 200 without a signature, which Slack needn't send; nothing beside it is done or read."""
    for body in (b"ssl_check=1", b"ssl_check=1&token=x", b"ssl_check=1&command=%2Fjob&text=list"):
        for signed in (True, False):
            assert (await world.sends(body, FORM, signed=signed)).status_code == 200, body
    for body in (b"ssl_check=0", b"ssl_check=", b"ssl_check=1&ssl_check=2", b"ssl_check=1&token=" + b"x" * 1024):
        assert (await world.sends(body, FORM, signed=False)).status_code == 401, body
    await world.listeners.done()
    assert world.slack.messages == []


async def test_slack_may_verify_the_address(world: World) -> None:
    """The first request to a new request URL is answered with its challenge."""
    answer = await world.slack.url_verification("the-challenge")
    assert answer.status == 200
    assert "the-challenge" in answer.body


def test_a_request_may_be_five_minutes_old() -> None:
    """A request that was four minutes on its way is still Slack's."""
    for age in (0, 240, -240):
        headers = {k.lower(): v for k, v in _headers(COMMAND, age=age).items()}
        assert is_from_slack(SignatureVerifier(SECRET), COMMAND, headers)


@given(st.binary(), st.text(), st.text())
def test_nobody_guesses_a_signature(body: bytes, timestamp: str, signature: str) -> None:
    """Whatever headers and body come without the secret, they are refused and raise nothing."""
    headers = {"x-slack-request-timestamp": timestamp, "x-slack-signature": signature}
    assert not is_from_slack(SignatureVerifier(SECRET), body, headers)


@given(st.text())
def test_every_text_that_slack_signs_is_believed(text: str) -> None:
    """Letters of any script in a body do not break its signature."""
    body = text.encode(errors="replace")
    assert is_from_slack(SignatureVerifier(SECRET), body, {k.lower(): v for k, v in _headers(body).items()})


async def test_slacks_oauth_variables_change_nothing(
    slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With the variables in the environment that turn Bolt into an OAuth app, the bot keeps its token and writes no
    file."""
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "x")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-another")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "another")
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    async with a_world(slack, tmp_path / "test.db") as world:
        answer = await world.asks(f"watch {ORDERS}")
        assert (answer.channel, answer.ephemeral_to) == (OPS, None)
    assert {call.error for call in slack.calls} == {None}
    assert list(home.iterdir()) == []


async def test_bolt_keeps_the_token_that_it_is_given(monkeypatch: pytest.MonkeyPatch, slack: SlackStandIn) -> None:
    """The app has the token of its client, whatever the environment says."""
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN"):
        monkeypatch.setenv(name, "another")
    async with aiohttp.ClientSession() as session:
        app = bolt_app(web_client("xoxb-1", "https://slack.com/api/", session), SECRET, lambda: None)
    assert app.client.token == "xoxb-1"
