import asyncio
import logging
import sqlite3
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from structlog.testing import capture_logs

from bot.demo.slack.api import response_urls
from bot.demo.slack.stand_in import User
from bot.domain.destination import Destination
from bot.domain.job import Dataflow
from bot.informatica.errors import (
    BadAnswer,
    GatewayAnswer,
    JobsServiceError,
    LoginRefused,
    NoList,
    NoRun,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    RateLimited,
    SuccessorUnknown,
    Unreachable,
    UntrustedCertificate,
)
from bot.slack import listeners as listeners_module
from bot.slack.grammar.commands import History, Mute, Watch
from bot.slack.grammar.presses import Action, option_value_of
from bot.slack.handlers import failures
from bot.slack.messages.blocks import Message, with_unique_ids
from bot.slack.messages.buttons import overflow, select
from bot.slack.request import Request, Unreadable, of_button, of_command
from bot.store import database as database_module
from bot.store.sql.tables import HandledRequestRow
from tests.cast import CLICKS, ERROR
from tests.slack.world import ANN, BEN, FORM, OPS, ORDERS, World

FLOW, EIGHT_HOURS = Dataflow(ORDERS.dataflow), timedelta(hours=8)

_ERRORS: list[JobsServiceError] = [
    NotFound(status=404),
    NoRun(detail="x"),
    NotAllowed(status=403),
    NotLoggedIn(status=401),
    LoginRefused(status=401),
    GatewayAnswer(status=403, detail="Blocked"),
    UntrustedCertificate(detail="self-signed certificate"),
    SuccessorUnknown(status=503),
    RateLimited(status=429, retry_after=30),
    Unreachable(timed_out=True),
    Unreachable(),
    Unreachable(status=502),
    BadAnswer(status=200, detail="<!channel> an odd answer"),
    NoList(status=403),
]


# ── looks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("typed", [f"status {ORDERS}", str(ORDERS), f"STATUS {ORDERS.dataflow} {ORDERS.run}"])
async def test_a_look_is_answered_privately(world: World, typed: str) -> None:
    """Whoever asks how a job is, is told alone."""
    answer = await world.asks(typed)
    assert answer.ephemeral_to == BEN
    assert answer.text.startswith("✅ orders is Up and Running")
    assert world.jobs.asked == [ORDERS]


async def test_a_look_up_that_fails_says_why_and_what_to_do(world: World) -> None:
    """Each failure of the jobs service is explained privately with its remedy; nothing is subscribed."""
    for error in _ERRORS:
        world.jobs.answers[ORDERS] = error
        for command in ("status", "watch"):
            answer = await world.asks(f"{command} {ORDERS}")
            assert answer.ephemeral_to == BEN
            assert error.reason in answer.text
            assert error.remedy.split("<")[0] in answer.text
            assert "✅" not in answer.text
    assert await world.subscribed() == []


async def test_every_failure_of_the_jobs_service_is_tried() -> None:
    """A kind of failure that is added is tried here too."""
    kinds, left = set(), [JobsServiceError]
    while left:
        kinds |= set(children := left.pop().__subclasses__())
        left += children
    assert {type(error) for error in _ERRORS} == kinds


async def test_a_look_that_is_delivered_twice_is_answered_once(world: World) -> None:
    """Slack delivers a command again when the first answer was lost: the person sees one card, not two."""
    first = await world.says(f"status {ORDERS}")
    assert (await world.slack.repeat(first, retry=1)).status == 200
    await world.listeners.drain()
    assert len(world.slack.messages) == 1
    assert world.jobs.asked == [ORDERS]


async def test_an_unexpected_exception_is_owned_without_a_traceback(world: World) -> None:
    """A fault of the bot's own is said to be one; what it was is for the log alone."""
    world.jobs.answers[ORDERS] = RuntimeError("SECRET-MARK")
    with capture_logs() as logs:
        answer = await world.asks(f"status {ORDERS}")
    assert answer.text.startswith("Something went wrong on my side")
    assert answer.ephemeral_to == BEN
    assert "SECRET-MARK" not in answer.text
    assert "Traceback" not in answer.text
    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["a request failed"]


# ── the acknowledgement ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("verb", ["status", "watch"])
async def test_a_hanging_look_holds_up_no_acknowledgement(world: World, verb: str) -> None:
    """Slack is answered while the jobs service still thinks; the person is when it has."""
    gate = asyncio.Event()
    world.jobs.answers[ORDERS] = gate
    answer = await world.says(f"{verb} {ORDERS}")
    await world.jobs.was_asked()
    assert (answer.status, answer.body, world.slack.messages) == (200, "", [])
    gate.set()
    await world.next_message(0)


@pytest.mark.parametrize("typed", [f"watch {ORDERS}", f"unwatch {ORDERS}"])
async def test_a_locked_database_holds_up_no_acknowledgement(world: World, typed: str) -> None:
    """Slack is answered while another process holds the database; the person is when it lets go."""
    with sqlite3.connect(world.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = await world.says(typed)
        assert (answer.status, world.slack.messages) == (200, [])
        other.execute("ROLLBACK")
    other.close()
    await world.next_message(0)


async def test_a_database_that_fails_is_said_to(world: World) -> None:
    """A database that can't be used is an answer too: nothing was changed, say it again."""
    with sqlite3.connect(world.path) as other:
        other.execute(f"DROP TABLE {HandledRequestRow.__tablename__}")
    other.close()
    with capture_logs() as logs:
        answer = await world.asks(f"watch {ORDERS}")
    assert "I can't reach my database" in answer.text
    assert answer.ephemeral_to == BEN
    assert "the database failed a request" in [log["event"] for log in logs]
    assert await world.subscribed() == []


async def test_a_database_that_others_write_all_the_time_is_said_to(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who gets no turn to write hears that it is the database, not that they should simply try again."""
    monkeypatch.setattr(database_module, "_LOCK_WAIT_S", 0.05)
    async with world.store.writing():
        answer = await world.asks(f"watch {ORDERS}")
    assert "I can't reach my database" in answer.text


async def test_nobody_waits_for_ever(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever hangs, the person hears in time that the bot stopped waiting, with the line to say it again."""
    monkeypatch.setattr(failures, "_REPLY_LIMIT", 0.05)
    world.jobs.answers[ORDERS] = asyncio.Event()
    answer = await world.asks(f"status {ORDERS}")
    assert answer.text.startswith("That took too long")
    assert f"/job status {ORDERS}" in answer.text


async def _fills_all_slots(world: World) -> int:
    """Many people look at a job that hangs, each as often as one may; how many looks are under way."""
    each = listeners_module._AT_ONCE_EACH
    people = [f"U0CROWD{number:03d}" for number in range(listeners_module._AT_ONCE // each)]
    world.slack.users.update({name: User(name, name.lower(), name) for name in people})
    await asyncio.gather(*(world.says(f"status {ORDERS}", user=name) for name in people for _ in range(each)))
    return len(people) * each


async def test_there_is_a_limit_to_what_is_under_way(world: World) -> None:
    """When too much is under way, who asks next is told at once to say it again; those before are still answered."""
    world.jobs.answers[ORDERS] = gate = asyncio.Event()
    most = await _fills_all_slots(world)
    refused = await world.says(f"status {ORDERS}")
    assert refused.message is not None
    assert refused.message.text.startswith("I have too many requests right now")
    assert f"/job status {ORDERS}" in refused.message.text
    gate.set()
    await world.slack.until(lambda: len(world.slack.messages) == most + 1, 20, [])
    assert "✅" in (await world.asks(f"status {ORDERS}")).text


async def test_a_button_pressed_at_the_limit_is_answered_too(world: World) -> None:
    """A press can't be answered at once, so its refusal comes by the response URL."""
    card = await world.asks(f"status {CLICKS}")
    world.jobs.answers[ORDERS] = gate = asyncio.Event()
    await _fills_all_slots(world)
    before = len(world.slack.messages)
    await world.slack.press(card, Action.SHARE, user=BEN)
    refused = await world.next_message(before)
    assert refused.text.startswith("I have too many requests right now")
    assert refused.ephemeral_to == BEN
    gate.set()


async def test_nobody_takes_all_the_room(world: World) -> None:
    """One person's hundred slow looks are bounded, and that person hears it; others are answered at once."""
    world.jobs.answers[ORDERS] = gate = asyncio.Event()
    answers = await asyncio.gather(*(world.says(f"status {ORDERS}", user=ANN) for _ in range(100)))
    refused = [answer.message.text for answer in answers if answer.message]
    assert len(refused) == 100 - listeners_module._AT_ONCE_EACH
    assert all(text.startswith("I'm still working on your other requests.") for text in refused)
    before = len(world.slack.messages)
    await world.says(f"status {CLICKS}", user=BEN)
    assert "✅" in (await world.next_message(before)).text
    gate.set()


async def test_a_person_is_asked_about_once_at_a_time(world: World) -> None:
    """What one person sends at once, even if it can't be read and so takes no slot, costs one question to Slack."""
    await asyncio.gather(*(world.says(typed, user=ANN) for typed in ("mute", "watch x on on", "list", "jobs x") * 5))
    assert [call.method for call in world.slack.calls].count("users.info") == 1


async def test_a_restart_is_said_to_whom_it_interrupts(world: World) -> None:
    """Who waits while the bot is stopped hears it, with the line to say it again; nothing new is begun."""
    world.jobs.answers[ORDERS] = asyncio.Event()
    await world.says(f"status {ORDERS}")
    await world.jobs.was_asked()
    await world.listeners.drain()
    (answer,) = world.slack.messages
    assert answer.text.startswith("I was restarted before this was done")
    assert f"/job status {ORDERS}" in answer.text
    assert answer.ephemeral_to == BEN
    assert (await world.asks(f"status {CLICKS}")).text.startswith("I was restarted before this was done")


async def test_what_is_nearly_done_is_done_before_a_restart(world: World) -> None:
    """A look that ends within the grace of a restart is answered as usual."""
    gate = asyncio.Event()
    world.jobs.answers[ORDERS] = gate
    await world.says(f"status {ORDERS}")
    await world.jobs.was_asked()
    draining = asyncio.create_task(world.listeners.drain())
    gate.set()
    await draining
    assert [m.text.split("\n")[0] for m in world.slack.messages] == ["✅ orders is Up and Running"]


# ── buttons ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_look_can_be_shared(world: World) -> None:
    """The button shows the job to everybody, as it is at that moment, and says who did."""
    card = await world.asks(f"status {ORDERS}")
    world.jobs.answers[ORDERS] = ERROR
    shared = await world.presses(card, Action.SHARE)
    assert (shared.channel, shared.ephemeral_to) == (OPS, None)
    assert shared.text.startswith("❌ orders is Running with Error")
    assert shared.text.endswith(f"shared by <@{BEN}>")


async def test_a_look_can_become_a_subscription(world: World) -> None:
    """The button makes the channel watch, as the command does."""
    card = await world.asks(f"status {ORDERS}")
    told = await world.presses(card, Action.WATCH)
    assert "is watching" in told.text
    assert await world.subscribed() == [(OPS, BEN)]


async def test_an_alerts_buttons_show_and_stop(world: World) -> None:
    """From what the bot said in a channel, anyone there sees the job or ends the subscription."""
    told = await world.asks(f"watch {ORDERS}")
    card = await world.presses(told, Action.SHOW)
    assert (card.text.split("\n")[0], card.ephemeral_to) == ("✅ orders is Up and Running", BEN)
    ended = await world.presses(told, Action.UNWATCH)
    assert ended.text == f"<@{BEN}> stopped watching orders in this channel."
    assert ended.ephemeral_to is None
    assert await world.subscribed() == []
    again = await world.presses(told, Action.UNWATCH)
    assert "doesn't watch" in again.text
    assert again.ephemeral_to == BEN


async def test_a_button_in_a_direct_message_is_the_persons(world: World) -> None:
    """In a direct message the same buttons speak of the person."""
    dm = world.slack.direct_message(BEN).id
    card = await world.asks(f"status {ORDERS}", channel=dm)
    told = await world.presses(card, Action.WATCH)
    assert told.text.startswith("You'll get alerts for")
    assert await world.subscribed() == [(BEN, BEN)]
    assert (await world.presses(told, Action.UNWATCH)).text.startswith("You stopped watching")
    assert await world.subscribed() == []


async def test_an_option_of_a_menu_does_what_its_label_says(world: World) -> None:
    """Of several menus in one message, what was chosen counts: in a ⋯ menu beside a row, and in one with a label."""
    more = overflow([("Watch here", Watch(FLOW)), ("History", History(FLOW))])
    mute = select(
        "Mute", [("1 hour", Mute(FLOW, timedelta(hours=1), None)), ("8 hours", Mute(FLOW, EIGHT_HOURS, None))]
    )
    row = {"type": "section", "text": {"type": "plain_text", "text": "orders"}, "accessory": more}
    blocks: list[dict[str, Any]] = [row, row, {"type": "actions", "elements": [mute, more]}]
    await world.messenger.post(OPS, Message("orders", with_unique_ids(blocks)))
    (shown,) = world.slack.messages
    watch, history = (option["value"] for option in more["options"]) if more else ("", "")
    assert "is watching" in (await world.presses(shown, f"{Action.CHOOSE}:2", value=watch)).text
    assert "No changes" in (await world.presses(shown, f"{Action.CHOOSE}:4", value=history)).text
    value = option_value_of(Mute(FLOW, EIGHT_HOURS, None))
    assert "muted orders" in (await world.presses(shown, f"{Action.CHOOSE}:3", value=value)).text


# ── what nobody handles, and what can't be read ─────────────────────────────────────────────────────────────────────

_ODD: dict[str, dict[str, Any]] = {
    "an unknown button": {"type": "block_actions", "actions": [{"action_id": "of_next_year", "type": "button"}]},
    "a button whose name goes on": {
        "type": "block_actions",
        "actions": [{"action_id": f"{Action.SHOW}_2", "type": "button", "value": str(ORDERS)}],
    },
    "a button whose name begins before": {
        "type": "block_actions",
        "actions": [{"action_id": f"not_{Action.UNWATCH}", "type": "button", "value": str(ORDERS)}],
    },
    "a button without a job": {"type": "block_actions", "actions": [{"action_id": Action.SHOW, "type": "button"}]},
    "a button with nonsense for a job": {
        "type": "block_actions",
        "actions": [{"action_id": Action.SHOW, "type": "button", "value": "../../etc"}],
    },
    "a button to resume without a channel": {
        "type": "block_actions",
        "actions": [{"action_id": Action.RESUME, "type": "button"}],
    },
    "a button to resume a job": {
        "type": "block_actions",
        "actions": [{"action_id": Action.RESUME, "type": "button", "value": str(ORDERS)}],
    },
    "a button outside any channel": {
        "type": "block_actions",
        "channel": None,
        "actions": [{"action_id": Action.SHOW, "type": "button", "value": str(ORDERS)}],
    },
    "a menu": {
        "type": "block_actions",
        "actions": [{"action_id": "menu", "type": "static_select", "selected_option": {"value": "x"}}],
    },
    "a menu in which nothing is chosen": {
        "type": "block_actions",
        "actions": [{"action_id": Action.CHOOSE, "type": "static_select", "selected_option": None}],
    },
    "an option with nonsense": {
        "type": "block_actions",
        "actions": [{"action_id": Action.CHOOSE, "type": "overflow", "selected_option": {"value": "of_next_year {}"}}],
    },
    "a global shortcut": {"type": "shortcut", "callback_id": "x"},
    "a shortcut on a message": {"type": "message_action", "callback_id": "x"},
    "a view that is sent": {"type": "view_submission", "view": {"type": "modal", "callback_id": "x"}},
    "a view without a name": {"type": "view_submission", "view": {"type": "modal", "callback_id": ""}},
    "a view that is closed": {"type": "view_closed", "view": {"type": "modal", "callback_id": "x"}},
    "a menu that asks for options": {"type": "block_suggestion", "action_id": "x", "value": "y"},
}


async def test_an_old_button_without_a_known_place_is_the_channels(world: World) -> None:
    """If Slack doesn't say who sees a message of the previous release, its Unmute button concerns the channel."""
    await world.asks(f"watch {ORDERS}")
    await world.says(f"watch {ORDERS} to me")
    await world.listeners.done()
    action = {"action_id": Action.UNMUTE, "type": "button", "value": str(ORDERS)}
    containers: list[object] = [None, "message", [], {}, {"is_ephemeral": "true"}, {"is_ephemeral": None}]
    for number, container in enumerate(containers):
        await world.asks(f"mute {ORDERS}")
        reply = response_urls.issue(world.slack.workspace, BEN, OPS)
        payload = {"type": "block_actions", "container": container, "response_url": reply.url}
        before = len(world.slack.messages)
        answer = await world.interacts(payload | {"trigger_id": f"1.{number}", "actions": [action]})
        assert answer.status_code == 200
        assert (await world.next_message(before)).text.startswith(f"🔔 <@{BEN}> unmuted orders in this channel.")


async def test_an_interaction_that_nobody_handles_is_acknowledged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever somebody presses or sends, Slack gets 200 and no listener fails over it; nothing comes of it."""
    with caplog.at_level(logging.WARNING, logger="bot.slack.bolt"):
        for name, payload in _ODD.items():
            assert (await world.interacts(payload)).status_code == 200, name
    assert caplog.text == ""  # a listener that raises makes Slack wait three seconds
    await world.listeners.done()
    assert world.jobs.asked == []
    assert world.slack.messages == []


_EVENTS: list[dict[str, object]] = [
    {"type": "message", "text": "hi", "user": BEN, "channel": OPS},
    {"type": "message", "subtype": "message_changed", "channel": OPS},
    {"type": "message", "subtype": "bot_message", "bot_id": "B1", "channel": OPS},
    {"type": "app_mention", "text": "hi", "user": BEN, "channel": OPS},
    {"type": "app_uninstalled"},
    {"type": "tokens_revoked", "tokens": {"bot": ["U1"]}},
    {"type": "channel_archive", "channel": OPS, "user": BEN},
    {"type": "channel_archive"},
    {"type": "channel_rename", "channel": {"id": OPS, "name": "new"}},
    {"type": "channel_id_changed", "old_channel_id": 5, "new_channel_id": None},
    {"type": "member_joined_channel", "user": BEN, "channel": OPS},
    {"type": "member_left_channel", "user": BEN, "channel": OPS},
    {"type": "function_executed", "function": {"callback_id": "x"}, "inputs": {}},
    {"type": "of_next_year"},
]


async def test_every_event_gets_200(world: World) -> None:
    """Otherwise Slack would deliver it again, and end the subscription of an app that refuses too many."""
    for event in _EVENTS:
        await world.happens(world.slack.event(event))
    odd: list[dict[str, object]] = [{}, {"tab": "about"}, {"tab": "home"}, {"tab": "home", "user": 5, "channel": None}]
    for fields in odd:
        answer = await world.slack.event({"type": "app_home_opened", "user": BEN} | fields)
        assert answer.status == 200
    await world.listeners.done()
    assert world.slack.messages == []
    assert world.slack.views.homes == {}


async def test_requests_take_no_room_from_events(world: World) -> None:
    """While all slots are taken, an event is followed as always."""
    await world.asks(f"watch {CLICKS}")
    world.jobs.answers[ORDERS] = gate = asyncio.Event()
    await _fills_all_slots(world)
    heard = world.listeners.heard
    assert await world.slack.archive(OPS) is not None
    async with asyncio.timeout(10):
        while world.listeners.heard == heard or world.listeners._events._tasks._running:
            await asyncio.sleep(0)
    assert await world.paused() == {OPS: {"is_archived"}}
    gate.set()


async def test_an_event_that_can_not_be_kept_stays_with_slack(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the memory for events full, the next one isn't acknowledged: Slack delivers it again."""
    await world.asks(f"watch {CLICKS}")
    monkeypatch.setattr(world.listeners._events, "_room", 0)
    refused = await world.slack.archive(OPS)
    assert refused is not None
    assert refused.status == 429
    monkeypatch.setattr(world.listeners._events, "_room", 1)
    await world.happens(world.slack.repeat(refused, retry=1))
    assert await world.paused() == {OPS: {"is_archived"}}


_COMMAND = {
    "command": "/job",
    "text": f"status {ORDERS}",
    "team_id": "T0DEMO0001",
    "channel_id": OPS,
    "user_id": BEN,
    "trigger_id": "1.2.3",
    "response_url": "http://127.0.0.1:9/x",
}


async def test_a_command_that_lacks_something_is_answered(world: World) -> None:
    """Should Slack leave out what it documents, the person reads that it is the bot's fault; the log says what."""
    for missing in ("team_id", "channel_id", "user_id", "trigger_id", "response_url"):
        body = urlencode({name: value for name, value in _COMMAND.items() if name != missing}).encode()
        with capture_logs() as logs:
            answer = await world.sends(body, FORM)
        assert answer.status_code == 200
        assert "Something went wrong on my side" in answer.text
        assert [log["why"] for log in logs if "why" in log] == [f"no {missing}"]
    assert world.jobs.asked == []


async def test_the_bot_answers_to_whatever_name_its_command_has(world: World) -> None:
    """The lines to copy have the name that the manifest gives the command."""
    for name in ("/job", "/streams", "/job-test"):
        answer = await world.slack.command("watch orders to", user=BEN, channel=OPS, command=name)
        assert answer.message is not None
        assert f"Try: {name} watch" in answer.message.text


async def test_a_listener_never_misses_a_parameter(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Bolt hands None to a parameter whose name it does not know, and says so in its log: it has nothing to say."""
    with caplog.at_level(logging.WARNING, logger="bot.slack.bolt"):
        card = await world.asks(f"status {ORDERS}")
        await world.presses(card, Action.SHARE)
        await world.slack.event({"type": "app_home_opened", "user": BEN})
        for payload in _ODD.values():
            await world.interacts(payload)
    assert caplog.text == ""


# ── what Slack sent, reduced ────────────────────────────────────────────────────────────────────────────────────────


def test_a_request_does_not_show_its_response_url() -> None:
    """A response URL lets anyone post, so a request that is printed leaves it out."""
    request = of_command(_COMMAND | {"response_url": "https://hooks.slack.com/commands/SECRET-MARK"})
    assert "SECRET-MARK" not in f"{request!r} {request}"


@pytest.mark.parametrize("value", [None, "", 5, ["x"], {}])
@pytest.mark.parametrize("field", ["team_id", "channel_id", "user_id", "command", "trigger_id", "response_url"])
def test_a_command_of_another_shape_is_unreadable(field: str, value: object) -> None:
    """What Slack documents is demanded, and a fault names the field, never its value."""
    with pytest.raises(Unreadable, match=f"^no {field}$"):
        of_command(_COMMAND | {field: value})


@pytest.mark.parametrize("value", [None, "", 5, ["x"], {}, {"id": None}, {"id": 5}])
@pytest.mark.parametrize("field", ["user", "channel", "team"])
def test_a_press_of_another_shape_is_unreadable(field: str, value: object) -> None:
    """The same for a button's payload."""
    people = {"user": {"id": BEN}, "channel": {"id": OPS}, "team": {"id": "T1"}}
    body = people | {"trigger_id": "1", "response_url": "https://x.example"}
    assert of_button(body, "/job status a/1").channel == OPS
    with pytest.raises(Unreadable):
        of_button(body | {field: value}, "/job status a/1")


@pytest.mark.parametrize(
    ("channel", "to", "destination", "is_for_person"),
    [
        ("C1", None, "C1", False),
        ("C1", "me", "U1", True),
        ("C1", "C2", "C2", False),
        ("G1", None, "G1", False),
        ("D1", None, "U1", True),
        ("D1", "me", "U1", True),
        ("D1", "C2", "C2", False),
    ],
)
def test_who_a_subscription_is_for(channel: str, to: str | None, destination: str, is_for_person: bool) -> None:
    """A command is for the channel where it was typed, in a direct message for the person, unless it says "to …"."""
    request = Request("T1", channel, "U1", "/job", "/job list", "1", "https://x.example")
    assert request.destination(to) == Destination("T1", destination)
    assert request.is_for_person(to) is is_for_person
