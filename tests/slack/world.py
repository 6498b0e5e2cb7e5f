"""The Slack room in the middle: the stand-in of Slack on one side, a real database and a fake look on the other."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import uvicorn
from sqlalchemy import select
from starlette.applications import Starlette

from bot.demo.slack_web_api import ADMIN, MEMBER, Answer, Message, SlackStandIn, signed_headers
from bot.jobs import Job, JobRef, Status
from bot.slack.bolt import bolt_app
from bot.slack.client import Identity, http_session, web_client
from bot.slack.http import Receiver
from bot.slack.listeners import Listeners
from bot.slack.messenger import Answers, SlackMessenger
from bot.slack.verbs import Verbs
from bot.store.database import Database, opened
from bot.store.tables import Subscription
from bot.web import application
from tests.cast import ORDERS, UP, job

OPS, GENERAL, OLD, PAYROLL = "C0DEMOOPS1", "C0DEMOGEN1", "C0DEMOOLD1", "C0DEMOSEC1"
ANN, BEN = ADMIN.id, MEMBER.id
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


@dataclass
class Jobs:
    """The jobs service as the verbs see it. A job may also be an error, or an event that is waited for."""

    answers: dict[JobRef, Status | Exception | asyncio.Event] = field(default_factory=dict)
    asked: list[JobRef] = field(default_factory=list)
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

    async def was_asked(self, times: int = 1) -> None:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: len(self.asked) >= times)


@dataclass
class World:
    """What a test acts on and looks at: people in Slack, the jobs service, and the database at `path`."""

    slack: SlackStandIn
    jobs: Jobs
    store: Database
    path: Path
    verbs: Verbs
    listeners: Listeners
    web: Starlette

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

    async def presses(self, message: Message, button: str, *, user: str = BEN) -> Message:
        """Somebody presses a button; the first message that comes of it."""
        before = len(self.slack.messages)
        answer = await self.slack.press(message, button, user=user)
        assert answer.status == 200, answer
        return await self.next_message(before)

    async def next_message(self, before: int) -> Message:
        """The first message after the first `before` ones."""
        return await self.slack.wait_for(lambda message: message in self.slack.messages[before:])

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
        await store.migrate()
        session = await stack.enter_async_context(http_session())
        client = web_client(slack.bot_token, f"{slack.origin}/api/", session)
        jobs = Jobs()
        verbs = Verbs(
            store,
            jobs.look,
            SlackMessenger(client),
            interval=timedelta(seconds=30),
            bot_name=lambda: "jobwatch",
        )
        listeners = Listeners(verbs, Answers(session))
        stack.push_async_callback(listeners.drain)
        me = Identity(slack.team_id, slack.bot_user_id, "jobwatch", slack.bot_id, frozenset())
        app = bolt_app(client, slack.signing_secret, lambda: me)
        listeners.register(app)
        web = application(receive=Receiver(app, slack.signing_secret), troubles=_none)
        slack.events_url = await stack.enter_async_context(listening(web)) + "/slack/events"
        yield World(slack, jobs, store, path, verbs, listeners, web)


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
