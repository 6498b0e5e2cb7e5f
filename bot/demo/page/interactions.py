"""What people do with messages and modals: press, choose, search and submit."""

import json
from contextlib import suppress
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment
from multidict import MultiMapping

from bot.demo.page.rendering.fields import Fields, read_form
from bot.demo.slack.block_kit.traversal import interactive
from bot.demo.slack.errors import Refused
from bot.demo.slack.stand_in import Message, Submitted, User, View
from bot.demo.world import World


class Interactions:
    """The routes of messages and views."""

    def __init__(self, world: World, templates: Environment) -> None:
        self._world = world
        self._slack = world.slack
        self._templates = templates
        self._submitted: dict[tuple[str, str], Submitted] = {}  # by the ID and the hash of the view

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/{person}/messages/{ts}", self._on_message),
            web.get("/{person}/messages/{ts}/options", self._options),
            web.post("/{person}/views/{view}", self._on_view),
            web.get("/{person}/views/{view}/options", self._options),
        ]

    def submitted(self, view: View | None) -> Submitted:
        """What came of sending this modal the last time, until it is drawn anew: then its errors are gone."""
        return self._submitted.get((view.id, view.hash) if view else ("", ""), Submitted(None))

    async def _on_message(self, request: web.Request) -> web.Response:
        return await self._press(self._message(request), self._person(request), await request.post())

    async def _on_view(self, request: web.Request) -> web.Response:
        """A press, a close button, or the form as a whole."""
        person, form = self._person(request), await request.post()
        if "close" in form:
            with suppress(LookupError):  # it may have been closed twice
                self._slack.close_view(self._view(request), user=person.id)
            return web.Response(status=204)
        view = self._view(request)
        if "press" in form:
            return await self._press(view, person, form)
        state = _fields(view, form, person)
        submitted = await self._slack.submit(view, user=person.id, state=state)
        self._submitted[view.id, view.hash] = submitted
        return web.Response(status=204)

    async def _press(self, where: Message | View, person: User, form: MultiMapping[object]) -> web.Response:
        block_id, action_id, *values = json.loads(str(form["press"]))
        state = _fields(where, form, person)
        value = values[0] if values else state.get((block_id, action_id))
        answer = await self._slack.press(where, action_id, user=person.id, value=value, block_id=block_id, state=state)
        if answer.error:
            return web.Response(status=422, text=f"The bot didn't accept that: {answer.error}")
        return web.Response(status=204)

    async def _options(self, request: web.Request) -> web.Response:
        """The options that the app finds for a query in an external menu."""
        name, query = request.query["element"], request.query.get("query", "")
        block_id, action_id = json.loads(name)
        user = self._person(request).id
        try:
            where = self._view(request) if "view" in request.match_info else self._message(request)
            found = await self._slack.offered(where, action_id, user=user, query=query, block_id=block_id)
        except LookupError:
            return web.Response()  # a letter was typed just before it was closed
        kinds = {(place, each.get("action_id")): str(each["type"]) for place, each in interactive(where.all_blocks)}
        text = self._templates.get_template("options.html").render(
            found=found,
            name=name,
            multiple=kinds[block_id, action_id].startswith("multi_"),
            selected=_selected(request),
        )
        return web.Response(text=text, content_type="text/html")

    def _person(self, request: web.Request) -> User:
        return self._world.person(request.match_info["person"])

    def _message(self, request: web.Request) -> Message:
        for message in self._slack.messages:
            if message.ts == request.match_info["ts"]:
                return message
        raise LookupError("the message is gone")

    def _view(self, request: web.Request) -> View:
        """Raises `LookupError` if it was closed, perhaps just before something in it was used."""
        try:
            return self._slack.views.named(request.match_info["view"])
        except Refused:
            raise LookupError("the form was closed") from None


def _selected(request: web.Request) -> list[dict[str, object]]:
    """The options that are selected, as the page shows them."""
    shown = zip(request.query.getall("selected", []), request.query.getall("shown", []), strict=False)
    return [{"value": value, "text": {"text": words, "emoji": False}} for value, words in shown]


def _fields(where: Message | View, form: MultiMapping[object], person: User) -> Fields:
    return read_form(where.all_blocks, form, ZoneInfo(person.tz))
