"""The page in the browser: what it shows and what it can be asked to do. On loopback, for one's own browser only."""

import asyncio
import mimetypes
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from bot.demo.page.acting import Acting
from bot.demo.page.composing import commands
from bot.demo.page.contents import MOST_JOBS, Contents, Seat
from bot.demo.page.drawer import JOBS_FAULTS, SLACK_FAULTS, STATUSES, Drawer
from bot.demo.page.rendering import environment
from bot.demo.page.story import Story
from bot.demo.slack.stand_in import Refused
from bot.demo.world import PEOPLE, World

_STATIC = Path(__file__).parent / "static"
# So many changes may come a second; the browser is told of those within this time together.
_TOGETHER_S = 0.1
_BREATH_S = 15.0
_POLICY = (
    "default-src 'self'; img-src 'self' data: http://127.0.0.1:* http://localhost:*; "
    "style-src 'self' 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Page:
    """The pages of one world. `ended` lets those who still listen go."""

    def __init__(self, world: World, story: Story) -> None:
        self._world = world
        self._story = story
        self._templates = environment()
        self._acting = Acting(world, self._templates)
        self._drawer = Drawer(world, story)
        self._ended = asyncio.Event()
        self._statics = {path.name: path.read_bytes() for path in _STATIC.iterdir()}

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._guarded])
        app.router.add_get("/", self._first)
        app.router.add_get("/static/{name}", self._static)
        app.router.add_get("/files/{name}", self._file)
        app.router.add_get("/{person}/changes", self._changes)
        app.router.add_routes(self._acting.routes())
        app.router.add_routes(self._drawer.routes())
        app.router.add_get("/{person}/{place}", self._page)
        app.on_shutdown.append(self._end)
        return app

    async def _end(self, _app: web.Application) -> None:
        self._ended.set()

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Nothing but this page itself may speak to it: not a page from elsewhere, nor a name that leads here."""
        if request.url.host not in ("127.0.0.1", "localhost"):
            return web.Response(status=403, text="The demo answers at 127.0.0.1 only.")
        if request.method != "GET" and "HX-Request" not in request.headers:
            return web.Response(status=403, text="The demo does what its own page asks for only.")
        try:
            answer = await handler(request)
        except Refused as refused:
            answer = web.Response(status=422, text=f"Slack doesn't do that: {refused.word}")
        except LookupError as unknown:
            answer = web.Response(status=422, text=f"That is not there any more ({unknown}).")
        if request.method != "GET":
            self._world.slack.touch()
        if not answer.prepared:
            answer.headers["Content-Security-Policy"] = _POLICY
            answer.headers["Cache-Control"] = "no-cache"
        return answer

    async def _first(self, _request: web.Request) -> web.StreamResponse:
        channel = next(iter(self._world.slack.channels))
        raise web.HTTPFound(f"/{PEOPLE[0].name}/{channel}")

    async def _page(self, request: web.Request) -> web.StreamResponse:
        seat = self._seat(request)
        if seat.place:
            self._world.read(seat.person, seat.place)
        elif "HX-Request" not in request.headers:
            await self._world.slack.open_home(seat.person.id)
        contents = Contents(self._world, seat, datetime.now(UTC))
        errors = self._acting.errors_of(contents.modal)
        modal_where = contents.modal and contents.where_of(contents.modal, errors.blocks)
        text = await self._templates.get_template("page.html").render_async(
            it=contents,
            world=self._world,
            modal_where=modal_where,
            complaint=errors.complaint,
            story=self._story,
            commands=commands(),
            shown=MOST_JOBS,
            statuses=STATUSES,
            jobs_faults=JOBS_FAULTS,
            slack_faults=SLACK_FAULTS,
        )
        return web.Response(text=text, content_type="text/html")

    def _seat(self, request: web.Request) -> Seat:
        """Who sits where; elsewhere if there is no such person, or no such place for that person."""
        person = self._world.person(request.match_info["person"])
        name = request.match_info["place"]
        if person is None:
            raise web.HTTPFound("/")
        places = self._world.places(person)
        place = next((each for each in places if each.id == name), None)
        if place is None and name != "home":
            raise web.HTTPFound(f"/{person.name}/{places[0].id}")
        return Seat(person, place, request.query.get("thread"), request.query.get("find", ""))

    async def _static(self, request: web.Request) -> web.StreamResponse:
        """A style, script or picture of the page. From memory: a file is left open where the browser turns away."""
        name = request.match_info["name"]
        if name not in self._statics:
            return web.Response(status=404)
        return web.Response(body=self._statics[name], content_type=mimetypes.guess_type(name)[0])

    async def _file(self, request: web.Request) -> web.StreamResponse:
        file = self._world.slack.files.shown(request.match_info["name"])
        return web.Response(body=file.content, content_type=file.mimetype)

    async def _changes(self, request: web.Request) -> web.StreamResponse:
        """A stream that says `changed` whenever there is something new to see, and where the story goes on."""
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await stream.prepare(request)
        where = None
        with suppress(ConnectionError):
            while not self._ended.is_set():
                if self._story.path != where and self._story.path:
                    await stream.write(f"event: go\ndata: {self._story.path}\n\n".encode())
                where = self._story.path
                await stream.write(b"event: changed\ndata:\n\n")
                await self._next_change()
        return stream

    async def _next_change(self) -> None:
        waiting = [asyncio.ensure_future(each) for each in (self._world.slack.changed(), self._ended.wait())]
        try:
            await asyncio.wait(waiting, timeout=_BREATH_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(_TOGETHER_S):
                await self._ended.wait()


@asynccontextmanager
async def served(page: Page, port: int = 0) -> AsyncIterator[str]:
    """Serve it on loopback (port 0: a free one); its address."""
    runner = web.AppRunner(page.application(), access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()
