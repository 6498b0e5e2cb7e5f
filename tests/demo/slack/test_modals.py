"""Modals that people send and close, and the app's answers to that."""

import asyncio
import json

import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack.stand_in import GUEST, MEMBER, SlackStandIn, served
from tests.demo.slack.test_delivery import Handler, conversation
from tests.demo.slack.test_interactions import client, element, field, opened, payload, row, text
from tests.demo.slack.test_socket_mode import Bot as LinkedBot
from tests.demo.slack.test_socket_mode import linked

TROUBLE = "We had some trouble connecting. Try again?"
NAME = field("name", element("plain_text_input"), optional=True)
NEXT = {"type": "modal", "title": text("Next"), "submit": text("Go"), "blocks": [NAME]}


def always(content: object = None) -> Handler:
    """An app that answers each request so; with nothing, if it isn't told what."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response() if content is None else web.json_response(content)

    return answer


async def refusal(api: AsyncWebClient, method: str, **arguments: object) -> object:
    with pytest.raises(SlackApiError) as refused:
        await api.api_call(method, json=arguments)
    return refused.value.response["error"]


async def test_a_form_arrives_as_slack_sends_it() -> None:
    """A submission is signed, and has the view with what was filled in and with what it was at first."""
    async with conversation(web.Response()) as (slack, bot):
        begun = field("reason", element("plain_text_input", initial_value="because"))
        view = await opened(slack, NAME, begun, callback_id="watch", private_metadata="m")
        submitted = await slack.submit(view, user=MEMBER.id, state={("name", "it"): ["orders"]})

        told = payload(bot)
        assert SignatureVerifier(slack.app.signing_secret).is_valid_request(bot.bodies[0], bot.headers[0])
        assert (told["type"], told["user"]["id"], told["team"]["id"]) == (
            "view_submission",
            MEMBER.id,
            slack.app.team_id,
        )
        assert told["user"]["username"] == told["user"]["name"] == "ben"
        shown = told["view"]
        assert (shown["id"], shown["hash"], shown["callback_id"]) == (view.id, view.hash, "watch")
        assert (shown["private_metadata"], shown["app_id"], shown["bot_id"]) == ("m", slack.app.id, slack.app.bot_id)
        assert shown["state"]["values"] == {
            "name": {"it": {"type": "plain_text_input", "value": "orders"}},
            "reason": {"it": {"type": "plain_text_input", "value": "because"}},
        }
        assert told["response_urls"] == []
        assert not told.keys() & {"actions", "channel", "container"}
        assert submitted.answer is not None
        assert told["trigger_id"] == submitted.answer.trigger_id


async def test_an_empty_answer_closes_the_view() -> None:
    """The view that was sent is gone, what was below it shows again, and neither update nor submit finds it."""
    async with conversation(always()) as (slack, _):
        below = await opened(slack, NAME)
        top = await opened(slack, NAME)
        submitted = await slack.submit(top, user=MEMBER.id)
        assert (submitted.errors, submitted.complaint) == ({}, None)
        assert slack.views.top(MEMBER.id) is below
        assert await refusal(client(slack), "views.update", view_id=top.id, view=NEXT) == "not_found"
        with pytest.raises(LookupError):
            await slack.submit(top, user=MEMBER.id)
        await slack.submit(below, user=MEMBER.id)
        assert slack.views.top(MEMBER.id) is None


async def test_the_client_stops_what_is_incomplete() -> None:
    """A form with an empty required field, or one out of bounds, is not sent; the words stand under the fields."""
    async with conversation(web.Response()) as (slack, bot):
        why = field("why", element("plain_text_input", min_length=4))
        view = await opened(slack, field("who", element("users_select")), why, NAME)
        submitted = await slack.submit(view, user=MEMBER.id, state={("why", "it"): ["ben"]})
        assert submitted.answer is None
        assert submitted.errors["who"] == "Please complete this required field."
        assert submitted.errors.keys() == {"who", "why"}
        with pytest.raises(LookupError):
            await slack.submit(view, user=MEMBER.id, state={("who", "it"): ["U0NOBODY"]})
        assert bot.bodies == []
        assert slack.views.top(MEMBER.id) is view


async def test_nobody_sends_what_they_do_not_see() -> None:
    """Another's modal and one without a button can't be sent."""
    async with conversation(web.Response()) as (slack, bot):
        view = await opened(slack, NAME)
        with pytest.raises(LookupError):
            await slack.submit(view, user=GUEST.id)
        view.content = {name: each for name, each in view.content.items() if name != "submit"}
        with pytest.raises(LookupError):
            await slack.submit(view, user=MEMBER.id)
        assert bot.bodies == []


async def test_the_app_finds_errors() -> None:
    """The app's words stand under the fields that it names, and the modal stays open."""
    answer = web.json_response({"response_action": "errors", "errors": {"name": "No such job."}})
    async with conversation(answer) as (slack, _):
        view = await opened(slack, NAME)
        submitted = await slack.submit(view, user=MEMBER.id)
        assert (submitted.errors, submitted.complaint) == ({"name": "No such job."}, None)
        assert slack.views.top(MEMBER.id) is view


WRONG_ANSWERS = [
    web.json_response({"response_action": "errors", "errors": {"other": "No."}}),
    web.json_response({"response_action": "errors", "errors": {"name": "No.", "text": "No."}}),
    web.json_response({"response_action": "errors", "errors": {}}),
    web.json_response({"response_action": "errors", "errors": {"name": 1}}),
    web.json_response({"response_action": "errors"}),
    web.json_response({"response_action": "update", "view": {"type": "modal", "blocks": []}}),
    web.json_response({"response_action": "update", "view": {"type": "home", "blocks": []}}),
    web.json_response({"response_action": "push"}),
    web.json_response({"response_action": "dance"}),
    web.json_response({"text": "thanks"}),
    web.Response(text="ok"),
    web.Response(status=404),
    web.Response(status=500, text="oops"),
]


async def test_a_wrong_answer_leaves_the_modal_open() -> None:
    """Errors for fields that aren't there, an invalid view, an unknown action or no 200: Slack complains, no more."""
    for answer in WRONG_ANSWERS:
        async with conversation(answer) as (slack, _):
            view = await opened(slack, NAME, row(element("button", text=text("x"))) | {"block_id": "text"})
            content, number = view.content, view.hash
            submitted = await slack.submit(view, user=MEMBER.id)
            assert (submitted.errors, submitted.complaint) == ({}, TROUBLE), answer.text
            assert submitted.answer is not None
            assert slack.views.top(MEMBER.id) is view
            assert (view.content, view.hash, len(slack.views.all)) == (content, number, 1)


async def test_slack_waits_three_seconds_for_a_form() -> None:
    """An app that is late has failed, although what it did is done."""

    async def late(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async with conversation(late) as (slack, _):
        view = await opened(slack, NAME)
        slack.delivery.limit = 0.05
        submitted = await slack.submit(view, user=MEMBER.id)
        assert submitted.answer is not None
        assert (submitted.answer.error, submitted.complaint) == ("operation_timeout", TROUBLE)
        assert slack.views.top(MEMBER.id) is view


async def test_the_answer_may_update_the_view() -> None:
    """The view shows something else under the same ID with a new hash; who still has the old one is refused."""
    async with conversation(web.json_response({"response_action": "update", "view": NEXT})) as (slack, bot):
        view = await opened(slack, NAME)
        submitted = await slack.submit(view, user=MEMBER.id)
        told = payload(bot)["view"]
        assert submitted.complaint is None
        assert slack.views.top(MEMBER.id) is view
        assert (view.id, view.content) == (told["id"], NEXT)
        late = {"view_id": view.id, "hash": told["hash"], "view": NEXT}
        assert await refusal(client(slack), "views.update", **late) == "hash_conflict"
        await client(slack).views_update(view_id=view.id, hash=view.hash, view=NEXT)


async def test_a_form_goes_over_a_link_as_well() -> None:
    """The acknowledgement of a submission in Socket Mode may carry the action; an empty one closes the view."""
    slack, bot = SlackStandIn(), LinkedBot()
    async with served(slack) as base_url, linked(slack, base_url, bot):
        await slack.wait_connected()
        view = await opened(slack, NAME)
        bot.payload = {"response_action": "errors", "errors": {"name": "No."}}
        assert (await slack.submit(view, user=MEMBER.id)).errors == {"name": "No."}
        bot.payload = None
        assert (await slack.submit(view, user=MEMBER.id)).complaint is None
        assert slack.views.all == {}
    assert [each.type for each in bot.requests] == ["interactive", "interactive"]


async def test_what_the_methods_say_of_a_view() -> None:
    """Every field that the reference shows is there, with no values: those come only with what people do."""
    async with conversation(web.Response()) as (slack, _):
        begun = field("a", element("plain_text_input", initial_value="x"))
        view = await opened(slack, begun)
        updated = (await client(slack).views_update(view_id=view.id, view=NEXT))["view"]
        assert updated["state"] == {"values": {}}
        assert (updated["private_metadata"], updated["external_id"], updated["notify_on_close"]) == ("", "", False)
        assert (updated["team_id"], updated["root_view_id"]) == (slack.app.team_id, updated["id"])
        assert (updated["close"], updated["title"]) == (None, text("Next"))


async def test_a_modal_may_change_while_it_is_sent() -> None:
    """The app may use the submission's trigger before it answers: what it opened stays when the sent view is gone."""
    slack_of_bot: list[SlackStandIn] = []

    async def open_another(request: web.Request) -> web.Response:
        told = json.loads(str((await request.post())["payload"]))
        await client(slack_of_bot[0]).views_open(trigger_id=told["trigger_id"], view=NEXT)
        return web.Response()

    async with conversation(open_another) as (slack, _):
        slack_of_bot.append(slack)
        await slack.submit(await opened(slack, NAME), user=MEMBER.id)
        (view,) = slack.views.all.values()
        assert view.content == NEXT


async def test_closing_a_view() -> None:
    """Closed, a view is gone; nobody closes what they don't see."""
    async with conversation(web.Response()) as (slack, bot):
        view = await opened(slack, NAME)
        with pytest.raises(LookupError):
            slack.close_view(view, user=GUEST.id)
        slack.close_view(view, user=MEMBER.id)
        assert (slack.views.all, bot.bodies) == ({}, [])
