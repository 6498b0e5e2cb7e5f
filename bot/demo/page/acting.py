"""What people do at the page: they type, press, choose, and fill in modals."""

import json
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment
from multidict import MultiMapping

from bot.demo.page.composing import typed
from bot.demo.page.forms import Filled, filled
from bot.demo.slack.stand_in import Answer, Message, User, View
from bot.demo.world import World


@dataclass(frozen=True)
class Errors:
    """What is wrong with a modal as it was last submitted: at its blocks, and with all of it."""

    blocks: dict[str, str] = field(default_factory=dict)
    complaint: str = ""


class Acting:
    def __init__(self, world: World, templates: Environment) -> None:
        self._world = world
        self._slack = world.slack
        self._templates = templates
        self._errors: dict[str, Errors] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/{person}/{place}/say", self._say),
            web.post("/{person}/messages/{ts}/press", self._press),
            web.get("/{person}/messages/{ts}/options", self._options),
            web.post("/{person}/views/{view}/press", self._press),
            web.get("/{person}/views/{view}/options", self._options),
            web.post("/{person}/views/{view}/submit", self._submit),
            web.post("/{person}/views/{view}/close", self._close),
        ]

    def errors_of(self, view: View | None) -> Errors:
        return self._errors.get(view.id, Errors()) if view else Errors()

    async def _say(self, request: web.Request) -> web.Response:
        person, form = self._person(request), await request.post()
        places = {each.id: each for each in self._world.places(person)}
        place = places[request.match_info["place"]]
        text = str(form.get("text", "")).strip()
        if text:
            await typed(self._slack, person, place, text, str(form.get("thread") or "") or None)
        return _done()

    async def _press(self, request: web.Request) -> web.Response:
        person, form, where = self._person(request), await request.post(), self._where(request)
        block_id, action_id, *chosen = json.loads(str(form["press"]))
        state = _filled(where, form, person)
        value = chosen[0] if chosen else state.get((block_id, action_id))
        if isinstance(where, View):
            answer = await self._slack.press_in_view(
                where, action_id, user=person.id, value=value, block_id=block_id, state=state
            )
        else:
            answer = await self._slack.press(
                where, action_id, user=person.id, value=value, block_id=block_id, state=state
            )
        return _taken(answer)

    async def _options(self, request: web.Request) -> web.Response:
        person, where = self._person(request), self._where(request)
        name = request.query["element"]
        block_id, action_id = json.loads(name)
        offered = await self._slack.offered(
            where, action_id, user=person.id, query=request.query.get("query", ""), block_id=block_id
        )
        text = await self._templates.get_template("offered.html").render_async(
            offered=offered,
            name=name,
            multiple=bool(request.query.get("multiple")),
            chosen=request.query.getall(name, []),
        )
        return web.Response(text=text, content_type="text/html")

    async def _submit(self, request: web.Request) -> web.Response:
        person, form, view = self._person(request), await request.post(), self._view(request)
        submitted = await self._slack.submit(view, user=person.id, state=_filled(view, form, person))
        self._errors[view.id] = Errors(submitted.errors, submitted.complaint or "")
        return _done()

    async def _close(self, request: web.Request) -> web.Response:
        form = await request.post()
        await self._slack.close_view(self._view(request), user=self._person(request).id, clear="clear" in form)
        return _done()

    def _person(self, request: web.Request) -> User:
        person = self._world.person(request.match_info["person"])
        if person is None:
            raise LookupError("nobody of that name")
        return person

    def _where(self, request: web.Request) -> Message | View:
        """The message or view that the request is about."""
        if "view" in request.match_info:
            return self._view(request)
        messages = {each.ts: each for each in self._slack.messages if not each.deleted}
        return messages[request.match_info["ts"]]

    def _view(self, request: web.Request) -> View:
        return self._slack.views.named(request.match_info["view"], None)


def _filled(where: Message | View, form: MultiMapping[object], person: User) -> Filled:
    blocks = where.blocks if isinstance(where, Message) else where.content["blocks"]
    return filled(blocks, form, ZoneInfo(person.tz))  # type: ignore[arg-type]


def _taken(answer: Answer) -> web.Response:
    """Nothing to say if the bot took it; otherwise what Slack shows beside the button."""
    if answer.error:
        return web.Response(status=422, text=f"The bot did not take that: {answer.error}")
    return _done()


def _done() -> web.Response:
    return web.Response(status=204)
