"""The gallery's page."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment

from bot.demo.page.gallery.cast import GROUP, Cast
from bot.demo.page.gallery.sections import questions, sections
from bot.demo.page.rendering.context import BlockContext
from bot.demo.page.rendering.mrkdwn import Reader
from bot.demo.page.view_model import names_in
from bot.demo.slack.block_kit.reference import Surface
from bot.demo.slack.people import menus
from bot.demo.slack.stand_in import MEMBER
from bot.demo.world import World


class Gallery:
    """The route of the gallery. All of it is made anew for each visit, so that its times are of today."""

    def __init__(self, world: World, templates: Environment) -> None:
        self._slack = world.slack
        self._templates = templates

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/gallery", self._show), web.get("/gallery/{section}-{number:[0-9]+}.png", self._picture)]

    async def _picture(self, request: web.Request) -> web.Response:
        section, number = request.match_info["section"], int(request.match_info["number"])
        found = {each.id: each.examples for each in sections(Cast(datetime.now(UTC)))}.get(section, [])[
            number - 1 : number
        ]
        if not found or found[0].picture is None:
            return web.Response(status=404)
        return web.Response(body=await asyncio.to_thread(found[0].picture.draw), content_type="image/png")

    async def _show(self, _request: web.Request) -> web.Response:
        now = datetime.now(UTC)
        reader = Reader({GROUP: "data-on-call"} | names_in(self._slack), ZoneInfo(MEMBER.tz), now)
        ids_for = partial(menus.ids_for, self._slack.workspace, user=MEMBER.id)

        def context(surface: Surface, name: str) -> BlockContext:
            return BlockContext(surface, reader, f"/gallery/{name}", ids_for)

        shown = sections(Cast(now))
        text = self._templates.get_template("gallery.html").render(
            sections=shown, questions=questions(shown), context=context, reader=reader, at=now.astimezone(reader.zone)
        )
        return web.Response(text=text, content_type="text/html")
