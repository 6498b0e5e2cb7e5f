"""The Slack room between the stand-in of Slack on one side, and a real database and fake look-ups on the other."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import uvicorn
from slack_bolt.async_app import AsyncAck
from sqlalchemy import select
from starlette.applications import Starlette

from bot.app.home import home_parts
from bot.demo.slack.stand_in import ADMIN, GUEST, MEMBER, PARTNER, Answer, Message, SlackStandIn, signed_headers
from bot.domain.change import change_between
from bot.domain.destination import Destination
from bot.domain.job import Job, JobLink, JobRef, Status, Target
from bot.domain.links.reading import LinkReader
from bot.domain.notification.digest import Notification
from bot.domain.throughput import Statistics
from bot.informatica.errors import BadAnswer
from bot.informatica.job_list import JobList
from bot.notify.dispatcher import Dispatcher
from bot.slack.all_jobs import AllJobsModal
from bot.slack.api.app import bolt_app
from bot.slack.api.client import Identity, http_session, web_client
from bot.slack.api.directory import Directory
from bot.slack.api.files import FilesApi
from bot.slack.api.messenger import SlackMessenger
from bot.slack.api.receiver import Receiver
from bot.slack.api.response_urls import ResponseUrls
from bot.slack.api.views import ViewsApi
from bot.slack.authorization import Authorization
from bot.slack.command_name import CommandName
from bot.slack.grammar.commands import OpenSettings, OpenWatch
from bot.slack.grammar.presses import ChangeWatch, Press, ShowAll, ShowDetails
from bot.slack.handlers.channel_events import ChannelEvents
from bot.slack.handlers.confirming import Confirmer
from bot.slack.handlers.job_search import JobSearch
from bot.slack.handlers.job_status import DetailsHandler
from bot.slack.handlers.registry import Handlers, command_handlers, handle
from bot.slack.listeners import Listeners
from bot.slack.permissions import Permissions
from bot.slack.replies import Replies
from bot.slack.request import Reply, Request
from bot.slack.settings_form.handlers import SettingsFormHandlers
from bot.slack.settings_form.opening import SettingsFormOpener
from bot.slack.settings_form.saving import SettingsSaver
from bot.slack.shortcuts.look_up import LookUpShortcut
from bot.slack.shortcuts.watching import WatchShortcut
from bot.slack.unfurling import Unfurling
from bot.slack.watch_form.checking import Checker
from bot.slack.watch_form.handlers import WatchFormHandlers
from bot.slack.watch_form.menu import JobMenu
from bot.slack.watch_form.opening import FormOpener
from bot.slack.watch_form.submission import Submitter
from bot.store import deliveries, outbox
from bot.store.channels import settings
from bot.store.database import Database, opened
from bot.store.sql.mapping import to_tracked_job
from bot.store.sql.tables import SubscriptionRow, TrackedJobRow
from bot.web import application
from tests.cast import CLICKS, ORDERS, UP, job

OPS, GENERAL, OLD, PAYROLL, SHARED = "C0DEMOOPS1", "C0DEMOGEN1", "C0DEMOOLD1", "C0DEMOSEC1", "C0PARTEXT1"
ANN, BEN, GIL, PIA = ADMIN.id, MEMBER.id, GUEST.id, PARTNER.id
LINK = JobLink("https://informatica.example/{dataflow}/{run}")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


@dataclass
class Jobs:
    """The jobs service as the handlers see it.

    `answers` holds each job's status, an error to raise, or an event to wait for. `runs` holds each dataflow's current
    run, `listed` the job list (or an error or an event), `complete` whether that has all jobs.
    """

    answers: dict[JobRef, Status | Exception | asyncio.Event] = field(default_factory=dict)
    asked: list[JobRef] = field(default_factory=list)
    runs: dict[str, JobRef] = field(default_factory=lambda: {ORDERS.dataflow: ORDERS, CLICKS.dataflow: CLICKS})
    listed: Sequence[Job] | Exception | asyncio.Event = ()
    complete: bool = True
    figures: dict[str, Statistics | Exception | asyncio.Event] = field(default_factory=dict)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def look_up(self, target: Target) -> Job:
        ref = target if isinstance(target, JobRef) else self.runs[target.id]
        self.asked.append(ref)
        async with self.changed:
            self.changed.notify_all()
        answer = self.answers.get(ref, UP)
        if isinstance(answer, asyncio.Event):
            await answer.wait()
            answer = UP
        if isinstance(answer, Exception):
            raise answer
        return job(answer, ref)

    async def statistics(self, dataflow: str) -> Statistics:
        answer = self.figures.get(dataflow, BadAnswer(status=400, detail="no figures"))
        if isinstance(answer, asyncio.Event):
            await answer.wait()
            raise AssertionError("the bot doesn't wait for so long")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def job_list(self) -> JobList:
        if isinstance(self.listed, asyncio.Event):
            await self.listed.wait()
            self.listed = ()
        if isinstance(self.listed, Exception):
            raise self.listed
        return JobList(tuple(self.listed), complete=self.complete, asked_at=datetime.now(UTC))

    async def was_asked(self, times: int = 1) -> None:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: len(self.asked) >= times)


class Recorded:
    """Counts the calls of `on_recorded`."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


class AwaitedListeners(Listeners):
    """Listeners that can be awaited: an event and a press are acknowledged before anything is done about them."""

    def __init__(self, *parts: Any, **options: Any) -> None:
        super().__init__(*parts, **options)
        self.heard = 0
        self._one_more = asyncio.Event()

    def _hear(self) -> None:
        self.heard += 1
        self._one_more.set()

    async def on_button(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await super().on_button(ack, body, action)
        self._hear()

    async def on_mention(self, ack: AsyncAck, body: dict[str, Any], event: dict[str, Any]) -> None:
        await super().on_mention(ack, body, event)
        self._hear()

    async def on_event(self, ack: AsyncAck, body: dict[str, Any], event: dict[str, Any]) -> None:
        await super().on_event(ack, body, event)
        self._hear()

    async def on_anything(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await super().on_anything(ack, body)
        self._hear()

    async def done(self, heard: int = 0) -> None:
        """Wait until so many events and presses came in all, and everything under way is done."""
        async with asyncio.timeout(20):
            while self.heard < heard:
                self._one_more.clear()
                await self._one_more.wait()
            while running := self._under_way():
                await asyncio.wait(running)

    async def begun(self) -> None:
        """Wait until something is under way."""
        async with asyncio.timeout(20):
            while not self._under_way():
                await asyncio.sleep(0)

    def _under_way(self) -> set[asyncio.Task[Any]]:
        return (
            self._requests._running
            | self._naming._running
            | {task for modal in self._modals for task in modal.tasks._running}
            | self._events._tasks._running
        )


@dataclass
class World:
    """What a test acts on and looks at: people in Slack, the jobs service, and the database at `path`.

    `identity` holds who the bot is; None while Slack could not be asked.
    """

    slack: SlackStandIn
    jobs: Jobs
    store: Database
    path: Path
    messenger: SlackMessenger
    handlers: Handlers
    listeners: AwaitedListeners
    identity: list[Identity | None]
    web: Starlette
    recorded: Recorded
    access_losses: list[str]

    async def handles(self, press: Press, request: Request) -> Reply | None:
        """Hand over a command or a press, without Slack."""
        return await handle(self.handlers, press, request)

    async def says(self, text: str, *, user: str = BEN, channel: str = OPS) -> Answer:
        """Somebody types `/job TEXT`."""
        answer = await self.slack.command(text, user=user, channel=channel)
        assert answer.status == 200, answer
        return answer

    async def asks(self, text: str, *, user: str = BEN, channel: str = OPS) -> Message:
        """Somebody types `/job TEXT`; the first message that comes of it, at once or later, once all is done."""
        before = len(self.slack.messages)
        answer = await self.says(text, user=user, channel=channel)
        message = answer.message or await self.next_message(before)
        await self.listeners.done()
        return message

    async def happens_to_say(self, text: str, *, user: str = BEN, channel: str = OPS) -> list[Message]:
        """Somebody types `/job TEXT`; all messages that come of it."""
        before = len(self.slack.messages)
        await self.says(text, user=user, channel=channel)
        await self.listeners.done()
        return self.slack.messages[before:]

    async def mentions(
        self, text: str, *, user: str = BEN, channel: str = OPS, thread: str | None = None
    ) -> list[Message]:
        """Somebody writes a message that mentions the bot; all that comes of it."""
        before, heard = len(self.slack.messages) + 1, self.listeners.heard
        answer = await self.slack.post(user, channel, text, thread)
        if answer is not None:
            assert answer.status == 200, answer
            await self.listeners.done(heard + 1)
        return self.slack.messages[before:]

    async def presses(self, message: Message, button: str, *, user: str = BEN, value: str | None = None) -> Message:
        """Somebody presses a button, or chooses the option with this value; the first message that comes of it,
        once all is done."""
        before = len(self.slack.messages)
        answer = await self.slack.press(message, button, user=user, value=value)
        assert answer.status == 200, answer
        reply = await self.next_message(before)
        await self.listeners.done()
        return reply

    async def next_message(self, before: int) -> Message:
        """The first message after the first `before` ones that isn't a picture: a text follows each."""
        return await self.slack.wait_for(lambda message: message in self.slack.messages[before:] and not message.files)

    async def happens(self, deed: Awaitable[Answer | None]) -> Answer:
        """Something happens in the workspace, or a button is pressed: until all that comes of it is done."""
        before = self.listeners.heard
        answer = await deed
        assert answer is not None
        assert answer.status == 200, answer
        await self.listeners.done(before + 1)
        return answer

    async def settles(self, channel: str = OPS, **chosen: Any) -> None:
        """Somebody chose these settings for a channel."""
        async with self.store.writing() as session:
            destination = Destination(self.slack.app.team_id, channel)
            await settings.change(session, destination, lambda present: replace(present, **chosen))

    async def sees(self, status: Status, ref: JobRef = ORDERS) -> None:
        """A watched job changes its status, as the poller records it."""
        now = datetime.now(UTC)
        async with self.store.writing() as session:
            row = (await session.scalars(select(TrackedJobRow).filter_by(dataflow=ref.dataflow, run=ref.run))).one()
            if change := change_between(to_tracked_job(row), job(status, ref), now):
                await outbox.record_change(session, to_tracked_job(row), change)
                row.status, row.status_since, row.polled_at, row.since_is_exact = status.raw, now, now, True

    async def delivers(self) -> Message:
        """What waits in the outbox is posted; the first message that comes of it."""
        before = len(self.slack.messages)
        dispatcher = Dispatcher(self.store, self.messenger, worker="w", concurrency=5)
        await dispatcher.tick()
        message = await self.next_message(before)
        async with asyncio.timeout(20):  # draining gives them two seconds, which a busy machine may exceed
            while running := dispatcher._rounds._running | dispatcher._sending._running:
                await asyncio.wait(running)
        await dispatcher.drain()
        return message

    async def sends(self, body: bytes, headers: dict[str, str], *, signed: bool = True) -> httpx.Response:
        """A raw request to the bot's address, as Slack or as somebody else would make it."""
        if signed:
            headers = headers | signed_headers(self.slack.app.signing_secret, body, int(time.time()))
        transport = httpx.ASGITransport(self.web)  # raises what the application does not answer
        async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
            return await client.post("/slack/events", content=body, headers=headers)

    async def interacts(self, payload: dict[str, Any]) -> httpx.Response:
        """An interaction of a kind that the stand-in doesn't have."""
        people = {"user": {"id": BEN}, "team": {"id": self.slack.app.team_id}, "channel": {"id": OPS}}
        return await self.sends(urlencode({"payload": json.dumps(people | payload)}).encode(), FORM)

    async def waiting(self, destination: str = OPS, *, at: datetime | None = None) -> list[Notification]:
        """What is due in the outbox for a channel or a person, now or at a later time, oldest first."""
        async with self.store.writing() as session:
            queues = await deliveries.claim(session, "t", at or datetime.now(UTC), limit=99)
            found = [
                one.notification for queue in queues if queue.destination.id == destination for one in queue.pending
            ]
            await session.rollback()
        return found

    async def paused(self) -> dict[str, set[str | None]]:
        """Each destination that watches something, with why it is paused: None for what is live."""
        found: dict[str, set[str | None]] = {}
        async with self.store.reading() as session:
            for row in await session.scalars(select(SubscriptionRow)):
                found.setdefault(row.destination, set()).add(row.paused_because)
        return found

    async def subscribed(self) -> list[tuple[str, str]]:
        """Who watches, and at whose wish."""
        async with self.store.reading() as session:
            rows = await session.scalars(select(SubscriptionRow).order_by(SubscriptionRow.id))
            return [(row.destination, row.created_by) for row in rows]


@asynccontextmanager
async def a_world(slack: SlackStandIn, path: Path) -> AsyncIterator[World]:
    """The bot's Slack room on a socket, in front of a new database, or of one that another world uses too."""
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(opened(f"sqlite:///{path}"))
        if not await store.schema_is_current():
            await store.migrate()
        session = await stack.enter_async_context(http_session())
        client = web_client(slack.app.bot_token, f"{slack.origin}/api/", session)
        jobs = Jobs()
        messenger, recorded, access_losses = SlackMessenger(client), Recorded(), list[str]()
        job_search, views_api = JobSearch(store, jobs.job_list), ViewsApi(client, messenger)
        replies = Replies(ResponseUrls(session, client.base_url), views_api, messenger)
        identity: list[Identity | None] = [
            Identity(slack.app.team_id, slack.app.bot_user_id, "jobwatch", slack.app.bot_id, frozenset())
        ]
        directory = Directory(client)
        authorization = Authorization(directory, lambda: identity[0])
        permissions = Permissions(store, authorization)
        checker = Checker(job_search, messenger, authorization, permissions, bot_name=lambda: "jobwatch")
        opener = FormOpener(store, job_search, views_api, checker)
        details = DetailsHandler(jobs.look_up, views_api, LINK)
        confirmer = Confirmer(store, messenger, replies, bot_name=lambda: "jobwatch")
        handlers = command_handlers(
            database=store,
            look_up=jobs.look_up,
            statistics=jobs.statistics,
            fetch_job_list=jobs.job_list,
            job_search=job_search,
            messenger=messenger,
            files=FilesApi(client, session),
            replies=replies,
            authorization=authorization,
            permissions=permissions,
            confirmer=confirmer,
            job_link=LINK,
            on_recorded=recorded,
        )
        menu, command_name, links = JobMenu(job_search, authorization), CommandName(store), LinkReader(LINK)
        all_jobs = AllJobsModal(store, views_api, authorization)
        submitter = Submitter(handlers, views_api, store, opener.tasks, bot_name=lambda: "jobwatch")
        settings_form = SettingsFormOpener(store, views_api, authorization, permissions)
        saver = SettingsSaver(
            store, views_api, confirmer, permissions, bot_name=lambda: "jobwatch", on_recorded=recorded
        )
        handlers_too: Handlers = {
            **handlers,
            OpenWatch: opener.open,
            **permissions.guarded({ChangeWatch: opener.change}),
            OpenSettings: settings_form.open,
            ShowDetails: details.show,
            ShowAll: all_jobs.open,
        }
        listeners = AwaitedListeners(
            handlers_too,
            [
                *home_parts(
                    store,
                    handlers_too,
                    job_search,
                    views_api,
                    directory,
                    replies,
                    authorization,
                    permissions,
                    command_name,
                ),
                WatchFormHandlers(menu, views_api, submitter, checker, authorization, opener.tasks),
                SettingsFormHandlers(views_api, saver, authorization),
                all_jobs,
                LookUpShortcut(menu, handlers, details, opener, views_api, authorization, command_name),
                WatchShortcut(job_search, opener, views_api, authorization, command_name, links),
                Unfurling(store, jobs.look_up, messenger, authorization, links),
            ],
            ChannelEvents(store, on_recorded=recorded, on_access_lost=access_losses.append),
            replies,
            authorization,
            command_name=command_name,
        )
        stack.push_async_callback(listeners.drain)
        app = bolt_app(client, slack.app.signing_secret, lambda: identity[0])
        listeners.register(app)
        web = application(receive=Receiver(app, slack.app.signing_secret), problems=_none)
        slack.delivery.events_url = await stack.enter_async_context(listening(web)) + "/slack/events"
        slack.delivery.limit = 10  # much else may run beside the bot
        yield World(slack, jobs, store, path, messenger, handlers, listeners, identity, web, recorded, access_losses)


async def _none() -> list[str]:
    return []


class _Server(uvicorn.Server):
    """Ends at once, while uvicorn itself looks ten times a second whether it should."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.end = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.end.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()


@asynccontextmanager
async def listening(web: Starlette) -> AsyncIterator[str]:
    """An application on a free port of loopback: its address."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        config = uvicorn.Config(web, log_config=None, access_log=False, lifespan="off", ws="none")
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.end.set()
            await serving


__all__ = [
    "ANN", "BEN", "FORM", "GENERAL", "GIL", "JSON", "OLD", "OPS", "ORDERS", "PAYROLL", "PIA", "SHARED", "Jobs", "World",
    "a_world",
]  # fmt: skip
