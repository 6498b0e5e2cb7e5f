"""The Slack room in the middle: the stand-in of Slack on one side, a real database and a fake look on the other."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import uvicorn
from bot.domain.change import change_in
from bot.domain.throughput import Statistics
from slack_bolt.async_app import AsyncAck
from sqlalchemy import select
from starlette.applications import Starlette

from bot.demo.slack_web_api import ADMIN, MEMBER, Answer, Message, SlackStandIn, signed_headers
from bot.domain.job import Job, JobRef, Status, Target
from bot.domain.notification import Notification
from bot.informatica.errors import BadAnswer
from bot.informatica.job_list import JobList
from bot.slack.api.app import bolt_app
from bot.slack.api.client import Identity, http_session, web_client
from bot.slack.api.messenger import Answers, SlackMessenger
from bot.slack.api.receiver import Receiver
from bot.slack.api.views import ViewsApi
from bot.slack.handlers.channel_events import ChannelEvents
from bot.slack.handlers.commands import CommandHandlers
from bot.slack.handlers.job_search import JobSearch
from bot.slack.handlers.mute import MuteHandler
from bot.slack.handlers.throughput import ThroughputReader
from bot.slack.handlers.watch import WatchHandler
from bot.slack.handlers.watch_all import PatternWatchHandler
from bot.slack.listeners import Listeners
from bot.slack.watch_form.handlers import WatchFormHandlers
from bot.slack.watch_form.opening import FormOpener
from bot.store import outbox
from bot.store.database import Database, opened
from bot.store.sql.tables import Subscription, TrackedJobRow
from bot.store.tracked_jobs import known
from bot.web import application
from tests.cast import CLICKS, ORDERS, UP, job

OPS, GENERAL, OLD, PAYROLL = "C0DEMOOPS1", "C0DEMOGEN1", "C0DEMOOLD1", "C0DEMOSEC1"
ANN, BEN = ADMIN.id, MEMBER.id
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


@dataclass
class Jobs:
    """The jobs service as the verbs see it. A job may also be an error, or an event that is waited for. `runs` is the
    run that each dataflow has now, `listed` the organisation's list, or as well an error or an event."""

    answers: dict[JobRef, Status | Exception | asyncio.Event] = field(default_factory=dict)
    asked: list[JobRef] = field(default_factory=list)
    runs: dict[str, JobRef] = field(default_factory=lambda: {ORDERS.dataflow: ORDERS, CLICKS.dataflow: CLICKS})
    listed: Sequence[Job] | Exception | asyncio.Event = ()
    figures: dict[str, Statistics | Exception | asyncio.Event] = field(default_factory=dict)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def look(self, ref: JobRef) -> Job:
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

    async def look_as_meant(self, target: Target) -> Job:
        return await self.look(target if isinstance(target, JobRef) else self.runs[target.id])

    async def statistics(self, dataflow: str) -> Statistics:
        """The figures of a dataflow, an error, or an event that is waited for."""
        answer = self.figures.get(dataflow, BadAnswer(status=400, detail="no figures"))
        if isinstance(answer, asyncio.Event):
            await answer.wait()
            raise AssertionError("nobody waits for so long")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def listing(self) -> JobList:
        """The organisation's list, or why it can't be had."""
        if isinstance(self.listed, asyncio.Event):
            await self.listed.wait()
            self.listed = ()
        if isinstance(self.listed, Exception):
            raise self.listed
        return JobList(tuple(self.listed), complete=True, asked_at=datetime.now(UTC))

    async def was_asked(self, times: int = 1) -> None:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: len(self.asked) >= times)


class Woken:
    """How often somebody said that there is something to tell."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


class AwaitedListeners(Listeners):
    """Listeners that can be waited for: Bolt answers an event, and they a press, before anything is done about it."""

    heard = 0

    async def on_button(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await super().on_button(ack, body, action)
        self.heard += 1

    async def on_event(self, ack: AsyncAck, body: dict[str, Any], event: dict[str, Any]) -> None:
        await super().on_event(ack, body, event)
        self.heard += 1

    async def on_anything(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await super().on_anything(ack, body)
        self.heard += 1

    async def done(self, heard: int = 0) -> None:
        """Until so many events and presses were heard in all, and whatever came of them and of all else is done."""
        async with asyncio.timeout(20):
            while self.heard < heard:
                await asyncio.sleep(0)
            while running := self._requests._running | self._modals.tasks._running:
                await asyncio.wait(running)


@dataclass
class World:
    """What a test acts on and looks at: people in Slack, the jobs service, and the database at `path`."""

    slack: SlackStandIn
    jobs: Jobs
    store: Database
    path: Path
    verbs: CommandHandlers
    listeners: AwaitedListeners
    web: Starlette
    woken: Woken
    doubts: list[str]

    async def says(self, text: str, *, user: str = BEN, channel: str = OPS) -> Answer:
        """Somebody types `/job TEXT`."""
        answer = await self.slack.command(text, user=user, channel=channel)
        assert answer.status == 200, answer
        return answer

    async def asks(self, text: str, *, user: str = BEN, channel: str = OPS) -> Message:
        """Somebody types `/job TEXT`; the first message that comes of it, at once or later."""
        before = len(self.slack.messages)
        answer = await self.says(text, user=user, channel=channel)
        return answer.message or await self.next_message(before)

    async def happens_to_say(self, text: str, *, user: str = BEN, channel: str = OPS) -> list[Message]:
        """Somebody types `/job TEXT`; all messages that come of it."""
        before = len(self.slack.messages)
        await self.says(text, user=user, channel=channel)
        await self.listeners.done()
        return self.slack.messages[before:]

    async def presses(self, message: Message, button: str, *, user: str = BEN) -> Message:
        """Somebody presses a button; the first message that comes of it."""
        before = len(self.slack.messages)
        answer = await self.slack.press(message, button, user=user)
        assert answer.status == 200, answer
        return await self.next_message(before)

    async def next_message(self, before: int) -> Message:
        """The first message after the first `before` ones."""
        return await self.slack.wait_for(lambda message: message in self.slack.messages[before:])

    async def happens(self, deed: Awaitable[Answer | None]) -> Answer:
        """Something happens in the workspace, or a button is pressed: until all that comes of it is done."""
        before = self.listeners.heard
        answer = await deed
        assert answer is not None
        assert answer.status == 200, answer
        await self.listeners.done(before + 1)
        return answer

    async def sees(self, status: Status, ref: JobRef = ORDERS) -> None:
        """A watched job is seen in another status, as the watcher sees it: whoever listens is to be told."""
        now = datetime.now(UTC)
        async with self.store.writing() as session:
            row = (await session.scalars(select(TrackedJobRow).filter_by(dataflow=ref.dataflow, run=ref.run))).one()
            if change := change_in(known(row), job(status, ref), now):
                await outbox.record(session, known(row), change)
                row.status, row.status_since, row.seen_at = status.raw, now, now

    async def sends(self, body: bytes, headers: dict[str, str], *, signed: bool = True) -> httpx.Response:
        """A raw request to the bot's address, as Slack or as somebody else would make it."""
        if signed:
            headers = headers | signed_headers(self.slack.signing_secret, body, int(time.time()))
        transport = httpx.ASGITransport(self.web)  # raises what the application does not answer
        async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
            return await client.post("/slack/events", content=body, headers=headers)

    async def interacts(self, payload: dict[str, Any]) -> httpx.Response:
        """An interaction of a kind that the stand-in doesn't have."""
        people = {"user": {"id": BEN}, "team": {"id": self.slack.team_id}, "channel": {"id": OPS}}
        return await self.sends(urlencode({"payload": json.dumps(people | payload)}).encode(), FORM)

    async def waiting(self, destination: str = OPS) -> list[Notification]:
        """What waits in the outbox for a channel or a person, oldest first."""
        async with self.store.writing() as session:
            queues = await outbox.claim(session, "t", datetime.now(UTC), limit=99)
            found = [w.news for queue in queues if queue.destination == destination for w in queue.waiting]
            await session.rollback()
        return found

    async def paused(self) -> dict[str, set[str | None]]:
        """Each destination that watches something, with why it is paused: None for what is live."""
        found: dict[str, set[str | None]] = {}
        async with self.store.reading() as session:
            for row in await session.scalars(select(Subscription)):
                found.setdefault(row.destination, set()).add(row.paused_because)
        return found

    async def subscribed(self) -> list[tuple[str, str]]:
        """Who watches, and at whose wish."""
        async with self.store.reading() as session:
            rows = await session.scalars(select(Subscription).order_by(Subscription.id))
            return [(row.destination, row.created_by) for row in rows]


@asynccontextmanager
async def a_world(slack: SlackStandIn, path: Path) -> AsyncIterator[World]:
    """The bot's Slack room on a socket, in front of a new database, or of one that another world uses too."""
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(opened(f"sqlite:///{path}"))
        if not await store.schema_is_current():
            await store.migrate()
        session = await stack.enter_async_context(http_session())
        client = web_client(slack.bot_token, f"{slack.origin}/api/", session)
        jobs = Jobs()
        messenger, woken, doubts = SlackMessenger(client), Woken(), list[str]()
        job_search, views_api = JobSearch(store, jobs.listing), ViewsApi(client, messenger)
        opening = FormOpener(store, job_search, views_api)
        verbs = CommandHandlers(
            store,
            jobs.look_as_meant,
            ThroughputReader(jobs.statistics),
            job_search,
            messenger,
            WatchHandler(store, jobs.look_as_meant, messenger, bot_name=lambda: "jobwatch"),
            MuteHandler(store, messenger, on_recorded=woken),
            opening,
            PatternWatchHandler(store, jobs.listing, jobs.look_as_meant, messenger, bot_name=lambda: "jobwatch"),
        )
        modals = WatchFormHandlers(verbs, job_search, opening, views_api, store, bot_name=lambda: "jobwatch")
        places = ChannelEvents(store, on_recorded=woken, doubt=doubts.append)
        me = Identity(slack.team_id, slack.bot_user_id, "jobwatch", slack.bot_id, frozenset())
        listeners = AwaitedListeners(verbs, places, Answers(session), modals, me=lambda: me.user_id)
        stack.push_async_callback(listeners.drain)
        app = bolt_app(client, slack.signing_secret, lambda: me)
        listeners.register(app)
        web = application(receive=Receiver(app, slack.signing_secret), troubles=_none)
        slack.events_url = await stack.enter_async_context(listening(web)) + "/slack/events"
        yield World(slack, jobs, store, path, verbs, listeners, web, woken, doubts)


async def _none() -> list[str]:
    return []


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


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
            server.should_exit = True
            await serving


__all__ = ["ANN", "BEN", "FORM", "GENERAL", "JSON", "OLD", "OPS", "ORDERS", "PAYROLL", "Jobs", "World", "a_world"]
