"""Every request of Slack's is acknowledged, over HTTP and over Socket Mode, also what no listener takes."""

import asyncio
import json
import logging
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.demo.slack.api.payloads import AppRequest
from bot.slack.api.app import bolt_app
from bot.slack.api.client import http_session, web_client
from bot.slack.api.socket_mode import SocketMode
from bot.tasks import Tasks
from tests.slack.world import BEN, FORM, JSON, OPS, World

_PERSON = {"user": {"id": BEN, "team_id": "T0DEMO0001"}, "team": {"id": "T0DEMO0001"}, "trigger_id": "1.2"}
_STEP = {"callback_id": "step", "workflow_step": {"step_id": "1", "inputs": {}, "outputs": []}}
_FUNCTION = {"function_data": {"execution_id": "Fx1", "function": {"callback_id": "f"}}, "bot_access_token": "xwfp-1"}
_VIEW = {"type": "modal", "callback_id": "of_next_year", "state": {"values": {}}}

# Interactions and events as Slack's documents and SDKs have them, which this app doesn't ask for.
INTERACTIONS: dict[str, dict[str, Any]] = {
    "a global shortcut": {"type": "shortcut", "callback_id": "x"},
    "a message shortcut": {"type": "message_action", "callback_id": "x", "channel": {"id": OPS}, "message": {}},
    "a closed view": {"type": "view_closed", "view": _VIEW, "is_cleared": False},
    "a submitted view": {"type": "view_submission", "view": _VIEW},
    "a view of App Home": {"type": "view_closed", "view": _VIEW | {"type": "home"}},
    "an unknown menu": {"type": "block_suggestion", "action_id": "x", "block_id": "y", "value": "z"},
    "a dialog's menu": {"type": "dialog_suggestion", "callback_id": "x", "name": "y", "value": "z"},
    "a dialog": {"type": "dialog_submission", "callback_id": "x", "submission": {}},
    "a cancelled dialog": {"type": "dialog_cancellation", "callback_id": "x"},
    "an attachment's button": {"type": "interactive_message", "callback_id": "x", "actions": [{"name": "a"}]},
    "a workflow's step, edited": {"type": "workflow_step_edit", **_STEP},
    "a workflow's step, saved": {"type": "view_submission", "view": _VIEW | {"type": "workflow_step"}, **_STEP},
    "a step that is saved without one": {"type": "view_submission", "view": _VIEW | {"type": "workflow_step"}},
    "a step that is edited without one": {"type": "workflow_step_edit", "callback_id": "x"},
    "a function's button": {"type": "block_actions", "actions": [{"action_id": "x", "type": "button"}], **_FUNCTION},
    "a function's form": {"type": "view_submission", "view": _VIEW, **_FUNCTION},
    "a kind of next year": {"type": "of_next_year"},
    "nothing": {},
}
_EVENT = {"type": "event_callback", "team_id": "T0DEMO0001", "event_id": "Ev1", "api_app_id": "A1"}
EVENTS: dict[str, dict[str, Any]] = {
    "too many events": {"type": "app_rate_limited", "team_id": "T0DEMO0001", "minute_rate_limited": 1518467820},
    "an unknown event": _EVENT | {"event": {"type": "of_next_year"}},
    "a function's execution": _EVENT
    | {"event": {"type": "function_executed", "function": {"callback_id": "f"}, "function_execution_id": "Fx1"}},
    "a workflow's step": _EVENT | {"event": {"type": "workflow_step_execute", "callback_id": "x", **_STEP}},
    "an assistant's thread": _EVENT | {"event": {"type": "assistant_thread_started", "assistant_thread": {}}},
    "an event without its inside": _EVENT,
    "an event whose inside has no kind": _EVENT | {"event": {}},
    "a callback of next year": {"type": "of_next_year"},
}


@pytest.mark.parametrize("payload", INTERACTIONS.values(), ids=INTERACTIONS.keys())
async def test_interactions_get_200(world: World, payload: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """Whatever somebody does elsewhere in Slack with the app, it is acknowledged at once without a traceback."""
    body = urlencode({"payload": json.dumps(_PERSON | payload)}).encode()
    with caplog.at_level(logging.WARNING):
        assert (await world.sends(body, FORM)).status_code == 200
    assert caplog.text == ""
    assert world.slack.messages == []


@pytest.mark.parametrize("payload", EVENTS.values(), ids=EVENTS.keys())
async def test_callbacks_get_200(world: World, payload: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    """The same for whatever Slack has to tell."""
    with caplog.at_level(logging.WARNING):
        assert (await world.sends(json.dumps(payload).encode(), JSON)).status_code == 200
    assert caplog.text == ""


async def test_an_unknown_menu_offers_nothing(world: World) -> None:
    """A menu that nobody fills gets a list without options, which Slack can show."""
    body = urlencode({"payload": json.dumps(_PERSON | INTERACTIONS["an unknown menu"])}).encode()
    assert (await world.sends(body, FORM)).json() == {"options": []}


async def test_socket_mode_acknowledges_them_too(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Over a WebSocket each of them gets the acknowledgement of its envelope."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(http_session())
        client = web_client(world.slack.app.bot_token, f"{world.slack.origin}/api/", session)
        app = bolt_app(client, "", lambda: world.identity[0])
        world.listeners.register(app)
        sockets = Tasks("sockets", limit=1)
        stack.push_async_callback(sockets.drain, grace=0, last_words=6)
        sockets.start(SocketMode(app, client, world.slack.app.app_token).run())
        await world.slack.wait_connected()
        requests = [AppRequest("interactive", _PERSON | payload) for payload in INTERACTIONS.values()]
        requests += [AppRequest("events_api", payload) for payload in EVENTS.values()]
        with caplog.at_level(logging.WARNING):
            answers = await asyncio.gather(*map(world.slack.delivery.deliver, requests))
    assert [answer.status for answer in answers] == [200] * len(requests)
    assert caplog.text == ""
