"""What people do with the elements of messages and views, as the bot gets it."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack.block_kit.traversal import interactive
from bot.demo.slack.stand_in import ADMIN, GUEST, LEFT, MEMBER, Message, SlackStandIn, View
from tests.demo.slack.test_delivery import Bot, conversation

OPS, GENERAL, PAYROLL, BOARD, OLD = "C0DEMOOPS1", "C0DEMOGEN1", "C0DEMOSEC1", "C0DEMOHID1", "C0DEMOOLD1"


def text(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words}


def option(value: str) -> dict[str, Any]:
    return {"text": text(value.upper()), "value": value}


ONE, TWO = option("one"), option("two")
EXTERNAL = {"type": "external_select", "action_id": "job", "min_query_length": 2}


def element(kind: str, **more: object) -> dict[str, Any]:
    return {"type": kind, "action_id": "it", **more}


def client(slack: SlackStandIn) -> AsyncWebClient:
    return AsyncWebClient(slack.app.bot_token, f"{slack.origin}/api/", retry_handlers=[])


async def posted(slack: SlackStandIn, *elements: dict[str, Any], block_id: str = "row") -> Message:
    blocks = [{"type": "actions", "block_id": block_id, "elements": list(elements)}]
    await client(slack).chat_postMessage(channel=OPS, text="x", blocks=blocks)
    return slack.messages[-1]


async def opened(slack: SlackStandIn, *blocks: dict[str, Any], user: str = MEMBER.id, **more: object) -> View:
    """A modal of that person."""
    view = {"type": "modal", "title": text("Watch"), "submit": text("Send"), "blocks": list(blocks), **more}
    await client(slack).views_open(trigger_id=slack.views.new_trigger(user), view=view)
    top = slack.views.top(user)
    assert top is not None
    return top


def row(*elements: dict[str, Any], block_id: str = "row") -> dict[str, Any]:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def field(block_id: str, one: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"type": "input", "block_id": block_id, "label": text("Field"), "element": one, **more}


def payload(bot: Bot, number: int = -1) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bot.form(number)["payload"])
    return found


DONE: list[tuple[dict[str, Any], str | list[str] | None, dict[str, Any]]] = [
    (element("button", text=text("Go"), value="1"), None, {"value": "1", "text": text("Go")}),
    (element("button", text=text("Go"), url="https://example.com/"), None, {"text": text("Go")}),
    (element("overflow", options=[ONE, TWO]), "two", {"selected_option": TWO}),
    (element("static_select", options=[ONE, TWO]), "one", {"selected_option": ONE}),
    (element("static_select", options=[ONE], initial_option=ONE), [], {"selected_option": None}),
    (element("radio_buttons", options=[ONE, TWO]), "two", {"selected_option": TWO}),
    (element("checkboxes", options=[ONE, TWO]), ["two", "one"], {"selected_options": [TWO, ONE]}),
    (element("checkboxes", options=[ONE, TWO], initial_options=[ONE]), [], {"selected_options": []}),
    (element("multi_static_select", options=[ONE, TWO]), ["one"], {"selected_options": [ONE]}),
    (element("datepicker", initial_date="2026-01-01"), "2026-02-03", {"selected_date": "2026-02-03"}),
    (element("timepicker", timezone="Asia/Tokyo"), "09:30", {"selected_time": "09:30", "timezone": "Asia/Tokyo"}),
    (element("datetimepicker"), "1700000000", {"selected_date_time": 1_700_000_000}),
    (element("users_select"), ADMIN.id, {"selected_user": ADMIN.id}),
    (element("channels_select"), GENERAL, {"selected_channel": GENERAL}),
    (element("conversations_select"), OPS, {"selected_conversation": OPS}),
    (element("multi_users_select"), [GUEST.id, MEMBER.id], {"selected_users": [GUEST.id, MEMBER.id]}),
    (element("multi_channels_select"), [GENERAL], {"selected_channels": [GENERAL]}),
    (element("multi_conversations_select"), [OPS], {"selected_conversations": [OPS]}),
]


async def test_every_element_says_what_was_done() -> None:
    """Each element tells its choice in the field that Slack has for it, and the state agrees with the action."""
    async with conversation(web.Response()) as (slack, bot):
        for one, value, said in DONE:
            answer = await slack.press(await posted(slack, one), "it", user=MEMBER.id, value=value)

            (action,) = payload(bot)["actions"]
            assert answer.status == 200
            assert {name: action[name] for name in said} == said
            assert (action["type"], action["action_id"], action["block_id"]) == (one["type"], "it", "row")
            state = payload(bot)["state"]["values"].get("row", {}).get("it")
            chosen = {name: each for name, each in said.items() if name.startswith("selected")}
            assert state == (None if one["type"] in ("button", "overflow") else {"type": one["type"], **chosen}), one


IMPOSSIBLE: list[tuple[dict[str, Any], str | list[str] | None]] = [
    (element("static_select", options=[ONE]), "three"),
    (element("static_select", options=[ONE]), None),
    (element("overflow", options=[ONE]), None),
    (element("radio_buttons", options=[ONE]), []),
    (element("checkboxes", options=[ONE]), ["one", "three"]),
    (element("multi_static_select", options=[ONE, TWO], max_selected_items=1), ["one", "two"]),
    (element("users_select"), LEFT.id),
    (element("users_select"), "U0NOBODY"),
    (element("channels_select"), PAYROLL),
    (element("conversations_select"), BOARD),
    (element("conversations_select"), OLD),
    (element("conversations_select", filter={"include": ["private"]}), OPS),
    (element("multi_conversations_select"), [OPS, PAYROLL]),
    (element("external_select"), "never-offered"),
]


async def test_what_a_person_can_not_choose() -> None:
    """What isn't offered, doesn't exist, or may not be seen by that person can't be chosen; nothing is sent."""
    async with conversation(web.Response()) as (slack, bot):
        for one, value in IMPOSSIBLE:
            message = await posted(slack, one)
            with pytest.raises(LookupError):
                await slack.press(message, "it", user=MEMBER.id, value=value)
        assert bot.bodies == []


async def test_an_element_without_a_name_gets_one() -> None:
    """Slack makes up an action ID where the app gave none, so that everything can be used and told apart."""
    async with conversation(web.Response()) as (slack, bot):
        first, second = ({"type": "button", "text": text(words), "value": words} for words in ("a", "b"))
        message = await posted(slack, first, second)
        names = [each["action_id"] for each in message.blocks[0]["elements"]]  # type: ignore[attr-defined]
        await slack.press(message, names[1], user=MEMBER.id)
        assert payload(bot)["actions"][0]["value"] == "b"
        view = await opened(slack, field("a", {"type": "plain_text_input"}, optional=True))
        assert [each["action_id"] for _, each in interactive(view.blocks)] == ["a0"]


async def test_people_are_offered_what_they_see() -> None:
    """A guest is offered the channels that they are in, an admin of a private one that too."""
    async with conversation(web.Response()) as (slack, bot):
        message = await posted(slack, element("conversations_select"))
        slack.channels[GENERAL].members.discard(GUEST.id)
        await slack.press(message, "it", user=ADMIN.id, value=PAYROLL)
        await slack.press(message, "it", user=MEMBER.id, value=slack.direct_message(MEMBER.id).id)
        for hidden in (GENERAL, PAYROLL, slack.direct_message(MEMBER.id).id):
            with pytest.raises(LookupError):
                await slack.press(message, "it", user=GUEST.id, value=hidden)
        assert len(bot.bodies) == 2


async def test_a_block_id_says_which_element_is_meant() -> None:
    """The same action ID in two blocks is told apart by the block's; the other fields' state comes along."""
    async with conversation(web.Response()) as (slack, bot):
        button = element("button", text=text("Go"))
        note = {"type": "input", "block_id": "note", "label": text("Note"), "element": element("plain_text_input")}
        view = await opened(slack, row(button | {"value": "1"}, block_id="a"), row(button | {"value": "2"}), note)
        await slack.press_in_view(
            view, "it", block_id="row", user=MEMBER.id, state={("note", "it"): ["hello"], ("gone", "it"): ["x"]}
        )

        told = payload(bot)
        assert (told["actions"][0]["block_id"], told["actions"][0]["value"]) == ("row", "2")
        assert told["view"]["state"]["values"] == {"note": {"it": {"type": "plain_text_input", "value": "hello"}}}
        with pytest.raises(LookupError):
            await slack.press_in_view(view, "it", block_id="b9", user=MEMBER.id)


async def test_an_action_in_a_view_is_told_with_the_view() -> None:
    """It has the view as its container, no channel and no response URL, and a trigger that opens another view."""
    async with conversation(web.Response()) as (slack, bot):
        menu = element("static_select", options=[ONE, TWO])
        section = {"type": "section", "text": text("x"), "accessory": menu}
        view = await opened(slack, section, callback_id="watch", private_metadata="m")
        answer = await slack.press_in_view(view, "it", user=MEMBER.id, value="two")

        told = payload(bot)
        assert told["container"] == {"type": "view", "view_id": view.id}
        assert not told.keys() & {"channel", "message", "response_url"}
        shown = told["view"]
        assert (shown["id"], shown["hash"], shown["callback_id"]) == (view.id, view.hash, "watch")
        assert (shown["root_view_id"], shown["previous_view_id"], shown["private_metadata"]) == (view.id, None, "m")
        assert shown["blocks"][0]["block_id"] == told["actions"][0]["block_id"] == "b0"
        assert shown["state"]["values"] == {"b0": {"it": {"type": "static_select", "selected_option": TWO}}}
        assert (shown["external_id"], shown["clear_on_close"], shown["close"]) == ("", False, None)
        await client(slack).views_open(trigger_id=answer.trigger_id or "", view=view.content)


async def test_only_the_view_on_top_can_be_used() -> None:
    """Another person's modal and one that is covered or closed can't be used."""
    async with conversation(web.Response()) as (slack, _):
        button = row(element("button", text=text("Go")))
        below = await opened(slack, button)
        top = await opened(slack, button)
        for view, user in ((below, MEMBER), (top, GUEST)):
            with pytest.raises(LookupError):
                await slack.press_in_view(view, "it", user=user.id)
        slack.close_view(top, user=MEMBER.id)
        with pytest.raises(LookupError):
            await slack.press_in_view(top, "it", user=MEMBER.id)
        assert (await slack.press_in_view(below, "it", user=MEMBER.id)).status == 200


async def test_an_input_is_heard_at_once_only_if_it_says_so() -> None:
    """A field dispatches what is typed with `dispatch_action`; without it the app hears of it when the form is sent."""
    async with conversation(web.Response()) as (slack, bot):
        typed = element("plain_text_input")
        view = await opened(slack, field("a", typed, dispatch_action=True), field("b", typed))
        await slack.press_in_view(view, "it", block_id="a", user=MEMBER.id, value="orders")
        assert payload(bot)["actions"][0]["value"] == "orders"
        assert payload(bot)["view"]["state"]["values"]["a"]["it"]["value"] == "orders"
        with pytest.raises(LookupError):
            await slack.press_in_view(view, "it", block_id="b", user=MEMBER.id, value="orders")


async def test_an_external_menu_asks_the_app() -> None:
    """The query goes to the app with the view; what it offers can then be chosen, and is told with its text."""
    async with conversation(web.json_response({"options": [ONE, TWO]})) as (slack, bot):
        view = await opened(slack, field("jobs", EXTERNAL), callback_id="watch")
        found = await slack.offered(view, "job", user=MEMBER.id, query="on")

        asked = payload(bot)
        assert found.answer is not None
        assert (found.options, found.groups, found.error) == ([ONE, TWO], [], None)
        assert (asked["type"], asked["value"], asked["action_id"]) == ("block_suggestion", "on", "job")
        assert (asked["block_id"], asked["view"]["callback_id"]) == ("jobs", "watch")
        assert asked["container"] == {"type": "view", "view_id": view.id}
        await slack.submit(view, user=MEMBER.id, state={("jobs", "job"): ["two"]})
        assert payload(bot)["view"]["state"]["values"]["jobs"]["job"]["selected_option"] == TWO


async def test_an_external_menu_in_a_message() -> None:
    """Groups are offered too; the message and its channel are told; a short query doesn't reach the app."""
    groups = [{"label": text("All"), "options": [ONE, TWO]}]
    async with conversation(web.json_response({"option_groups": groups})) as (slack, bot):
        message = await posted(slack, EXTERNAL)
        short = await slack.offered(message, "job", user=MEMBER.id, query="o")
        assert (short.answer, short.options, short.error, bot.bodies) == (None, [], None, [])
        found = await slack.offered(message, "job", user=MEMBER.id, query="on")
        assert (found.groups, found.options) == (groups, [])
        asked = payload(bot)
        assert (asked["channel"]["id"], asked["message"]["ts"]) == (OPS, message.ts)
        await slack.press(message, "job", user=MEMBER.id, value="two")
        assert payload(bot)["actions"][0]["selected_option"] == TWO
        with pytest.raises(LookupError):
            await slack.offered(
                await posted(slack, element("button", text=text("Go"))), "it", user=MEMBER.id, query="x"
            )


UNUSABLE: list[tuple[web.Response, str | None]] = [
    (web.json_response({"options": []}), None),
    (web.Response(), None),
    (web.json_response({"options": [ONE] * 101}), "no more than 100 items allowed [json-pointer:/options]"),
    (web.json_response({"options": [{"value": "x"}]}), "missing required field: text [json-pointer:/options/0]"),
    (
        web.json_response({"options": [ONE], "option_groups": [{"label": text("x"), "options": [ONE]}]}),
        "must provide",
    ),
    (web.json_response({"rows": []}), "invalid_options"),
    (web.Response(text="oops"), "invalid_options"),
    (web.Response(status=500), "dispatch_failed"),
]


async def test_options_are_checked() -> None:
    """No options are a menu without a result; wrong ones, too many, or no answer are an error, and nothing is shown."""
    for answer, error in UNUSABLE:
        async with conversation(answer) as (slack, _):
            found = await slack.offered(await posted(slack, EXTERNAL), "job", user=MEMBER.id, query="on")
            assert (found.options, found.groups) == ([], [])
            assert found.error == error or (error and found.error and found.error.startswith(error)), error


async def test_an_external_menu_waits_three_seconds() -> None:
    """An app that is late has no options."""

    async def late(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async with conversation(late) as (slack, _):
        slack.delivery.limit = 0.05
        found = await slack.offered(await posted(slack, EXTERNAL), "job", user=MEMBER.id, query="on")
        assert found.error == "operation_timeout"
