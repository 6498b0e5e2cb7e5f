"""The page's web server. It listens on loopback and serves its own page only."""

import asyncio
import mimetypes
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from bot.demo.informatica.faults import Fault as JobsFault
from bot.demo.page.acting import KEY_S
from bot.demo.page.composer import Composer, is_writable, shortcuts, suggestions
from bot.demo.page.drawer import STATUSES, Drawer, fault_label
from bot.demo.page.gallery.routes import Gallery
from bot.demo.page.home import HomeVisits
from bot.demo.page.interactions import Interactions
from bot.demo.page.rendering.environment import environment
from bot.demo.page.story import Story
from bot.demo.page.view_model import MOST_JOBS, Viewer, ViewModel
from bot.demo.slack.stand_in import Fault as SlackFault
from bot.demo.slack.stand_in import Refused
from bot.demo.world import PEOPLE, World
from bot.domain.job import Status
from bot.slack.messages.text import status_icon

_STATIC = Path(__file__).parent / "static"
_COALESCE_S = 0.1  # changes within this time make one event
_HEARTBEAT_S = 15.0  # also brings "2 minutes ago" up to date
_POLICY = (
    "default-src 'self'; img-src 'self' data: http://127.0.0.1:* http://localhost:*; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Page:
    """The web application of one demo."""

    def __init__(self, world: World, story: Story) -> None:
        self._world = world
        self._story = story
        self._templates = environment()
        self._templates.filters |= {"fault_label": fault_label, "icon": lambda words: status_icon(Status.of(words))}
        self._interactions = Interactions(world, self._templates)
        self._parts = (Gallery(world, self._templates), self._interactions, Drawer(world, story), Composer(world))
        self._home = HomeVisits(world)
        self._closing = asyncio.Event()
        # Read once: a file being sent stays open if the browser navigates away.
        self._static_files = {path.name: path.read_bytes() for path in _STATIC.iterdir()}

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/", self._redirect_to_first_channel)
        app.router.add_get("/static/{name}", self._static_file)
        app.router.add_get("/files/{id}.png", self._picture)
        app.router.add_get("/{person}/changes", self._changes)
        for part in self._parts:
            app.router.add_routes(part.routes())
        app.router.add_get("/{person}/{place}", self._page)
        app.on_shutdown.append(self._on_shutdown)
        return app

    async def _on_shutdown(self, _app: web.Application) -> None:
        self._closing.set()
        await self._home.end()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse other web sites in the same browser, also those whose name leads to loopback."""
        if request.url.host not in ("127.0.0.1", "localhost"):
            return web.Response(status=403, text="The demo answers only at 127.0.0.1.")
        # Browsers set this header by themselves; no script can forge it.
        if request.method != "GET" and request.headers.get("Sec-Fetch-Site") != "same-origin":
            return web.Response(status=403, text="The demo takes requests only from its own page.")
        try:
            response = await handler(request)
        except Refused as refused:
            response = web.Response(status=422, text=f"Slack refused that: {refused.word}")
        except LookupError as error:
            response = web.Response(status=422, text=f"That isn't possible any more: {error}")
        if request.method != "GET":
            if request.path != "/drawer/story":
                self._story.look_at_present()
            self._world.slack.touch()
        if not response.prepared:
            response.headers["Content-Security-Policy"] = _POLICY
            response.headers["Cache-Control"] = "no-cache"
        return response

    async def _redirect_to_first_channel(self, _request: web.Request) -> web.StreamResponse:
        """With the thread that was prepared, where there is room for it beside the channel."""
        channel = next(iter(self._world.slack.channels))
        threads = (each.thread_ts for each in self._world.slack.messages if each.thread_ts)
        beside = f"?opening&thread={thread}" if (thread := next(threads, None)) else ""
        raise web.HTTPFound(f"/{PEOPLE[0].name}/{channel}{beside}")

    async def _page(self, request: web.Request) -> web.StreamResponse:
        viewer = self._viewer(request)
        self._home.see(viewer)
        if not viewer.is_home:
            self._world.read(viewer.person, viewer.place)
        view = ViewModel(self._world, self._story, viewer, datetime.now(UTC))
        submitted = self._interactions.submitted(view.modal)
        text = self._templates.get_template("page.html").render(
            view=view,
            world=self._world,
            modal=view.modal_context(submitted.errors),
            complaint=submitted.complaint,
            story=self._story,
            is_writable=is_writable(viewer.place),
            suggestions=suggestions(self._world, viewer.person),
            shortcuts=shortcuts(viewer.person),
            key_ms=round(KEY_S * 1_000),
            most_jobs=MOST_JOBS,
            statuses=STATUSES,
            jobs_faults=JobsFault,
            slack_faults=SlackFault,
        )
        return web.Response(text=text, content_type="text/html")

    def _viewer(self, request: web.Request) -> Viewer:
        """Redirect if there is no such person, or no such place for that person."""
        name, wanted = request.match_info["person"], request.match_info["place"]
        if name not in {each.name for each in PEOPLE}:
            raise web.HTTPFound("/")
        person = self._world.person(name)
        places = {each.id: each for each in self._world.places(person)}
        if wanted not in places:
            raise web.HTTPFound(f"/{person.name}/{next(iter(places))}")
        query = request.query
        place, is_home = places[wanted], bool(places[wanted].person and query.get("tab") == "home")
        return Viewer(person, place, query.get("thread"), query.get("find", ""), "opening" in query, is_home)

    async def _static_file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in self._static_files:
            return web.Response(status=404)
        return web.Response(body=self._static_files[name], content_type=mimetypes.guess_type(name)[0])

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        file = self._world.slack.files.get(request.match_info["id"])
        if file is None or not file.is_png:
            return web.Response(status=404)
        return web.Response(body=file.content, content_type="image/png")

    async def _changes(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: `changed` when there is something new, `go` when the story moves to another place.

        Written by hand: two events without IDs or retries need nothing of a library such as aiohttp-sse.
        """
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await stream.prepare(request)
        story_path = ""
        with suppress(ConnectionError):
            while not self._closing.is_set():
                if self._story.path not in ("", story_path):
                    await stream.write(f"event: go\ndata: {self._story.path}\n\n".encode())
                story_path = self._story.path
                await stream.write(b"event: changed\ndata:\n\n")
                await self._next_change()
        return stream

    async def _next_change(self) -> None:
        waits = [asyncio.ensure_future(each) for each in (self._world.slack.changed(), self._closing.wait())]
        try:
            await asyncio.wait(waits, timeout=_HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), _COALESCE_S)


@asynccontextmanager
async def served(page: Page, port: int = 0) -> AsyncIterator[str]:
    """Serve the page on loopback and give its address. Port 0 takes a free one."""
    runner = web.AppRunner(page.application(), access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()
