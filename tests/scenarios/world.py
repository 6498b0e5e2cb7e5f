"""The world of a scenario: both stand-ins on loopback, and the real bot between them."""

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import aiohttp

from bot.demo.informatica import stand_in as jobs_stand_in
from bot.demo.informatica.stand_in import DEMO_JOBS, DOCUMENTED_JOB, JobsServiceStandIn
from bot.demo.process import BotProcess, bot_running, bot_starting, environment, free_port
from bot.demo.slack import stand_in as slack_stand_in
from bot.demo.slack.stand_in import ADMIN, MEMBER, Answer, Message, SlackStandIn
from bot.domain.destination import Destination
from bot.domain.job import Job, JobRef, Status
from bot.store import subscriptions
from bot.store.database import opened
from tests.scenarios.in_process import Bot, bot_inside

INTERVAL = 0.2  # seconds between looks in a scenario
_START_LIMIT_S = 60  # several scenarios may start theirs at the same time

EXAMPLE = f"{DOCUMENTED_JOB['assetId']} {DOCUMENTED_JOB['runId']}"
NAME, DATAFLOW, RUN = DEMO_JOBS[0]
JOB = f"{DATAFLOW} {RUN}"
PRIVATE = "C0DEMOSEC1"  # a private channel that the bot is in

# The statuses that jobs flip among in scenarios, and how each is shown. The first one is what they begin with.
STATUS_ICONS = {"Up and Running": "✅", "Running with Warning": "⚠️", "Running with Error": "❌", "Stopped": "⏹️"}

# A job's change on a line of its own, on a line under the header of its status, and that header.
_ON_ITS_OWN = re.compile(r"(\S+) (\S+) is .+? · (?:was (\S+)|\d+ changes(?: since |: (.+) · run ))")
_HEADER = re.compile(r"(\S+) \D+ \(\d+\)$")
_UNDER_HEADER = re.compile(r"(\S+) \(run \d+\) · (?:was (\S+)|\d+ changes: (.+) since )")


class Run(NamedTuple):
    """A job of the stand-in that a scenario made."""

    name: str
    dataflow: str
    run: int

    @property
    def path(self) -> str:
        """Where the service is asked for it."""
        return f"/sisvc/monitor/v1/jobs/{self.dataflow}/{self.run}"


class Told(NamedTuple):
    """A job's change in a message: its statuses as emoji, the old one first."""

    name: str
    statuses: tuple[str, ...]


def shown(message: Message) -> str:
    """What a person sees of a message: the lines of its blocks."""
    sections = [section for block in message.blocks for section in _list(block.get("elements")) if _is_text(section)]
    return "".join(
        str(piece.get("text") or piece.get("fallback") or "·") for s in sections for piece in _list(s["elements"])
    )


def changes(message: Message) -> Iterator[Told]:
    """The changes that a message tells, in its order."""
    lines, header = shown(message).splitlines(), ""
    for number, line in enumerate(lines):
        if found := _ON_ITS_OWN.match(line):
            now, name, before, steps = found.groups()  # alone in a message, several steps are on the next line
            yield Told(name, (before, now) if before else _icons(steps or lines[number + 1]))
        elif found := _UNDER_HEADER.match(line):
            name, before, steps = found.groups()
            yield Told(name, (before, header) if before else _icons(steps))
        elif found := _HEADER.match(line):
            header = found[1]


def _icons(steps: str) -> tuple[str, ...]:
    return tuple(step.split(" ")[0] for step in steps.split(" → "))


def deliveries(message: Message) -> set[int]:
    """The deliveries that a message says it tells."""
    match message.metadata:
        case {"event_payload": {"deliveries": str(ids)}}:
            return {int(id) for id in ids.split(",")}
    return set()


def _list(value: object) -> list[dict[str, object]]:
    return value if isinstance(value, list) else []


def _is_text(element: dict[str, object]) -> bool:
    return element["type"] == "rich_text_section"


@dataclass
class World:
    """What a scenario acts on and looks at. `settings` is the environment of the bot."""

    slack: SlackStandIn
    jobs: JobsServiceStandIn
    settings: dict[str, str]
    port: int
    folder: Path

    @property
    def channel(self) -> str:
        """A public channel that the bot is in."""
        bot = self.slack.app.bot_user_id
        return next(c.id for c in self.slack.channels.values() if bot in c.members and not c.is_private)

    @asynccontextmanager
    async def bot(self, role: str = "run", **settings: str) -> AsyncIterator[Bot]:
        """The bot, inside this process; stopped at the end."""
        async with bot_inside(self.settings | settings, role, _START_LIMIT_S) as bot:
            if "SLACK_APP_TOKEN" in settings:
                await self.slack.wait_connected()
            yield bot

    @asynccontextmanager
    async def process(self, role: str = "run", **settings: str) -> AsyncIterator[BotProcess]:
        """The bot in a process of its own, for what only that has: signals, kills, an exit code, an environment."""
        async with bot_running(self.settings | settings, role, str(self.folder), _START_LIMIT_S) as process:
            if "SLACK_APP_TOKEN" in settings:
                await self.slack.wait_connected()
            yield process

    def process_starting(self) -> AbstractAsyncContextManager[BotProcess]:
        """The same from its first moment on."""
        return bot_starting(self.settings, cwd=str(self.folder))

    async def watched(self, count: int, channels: Sequence[str] = (), by: str = MEMBER.id) -> list[Run]:
        """So many more jobs, up and running, and each watched in these channels (else in `channel`): as if somebody
        had said so, but quicker. To be used while no bot runs."""
        first = len(self.jobs.jobs)
        runs = [Run(f"job-{n:04}", f"flow-{n:04}", 1000 + n) for n in range(first, first + count)]
        async with opened(self.settings["DATABASE_URL"]) as database:
            if not await database.schema_is_current():
                await database.migrate()
            async with database.writing() as session:
                for run in runs:
                    self.jobs.add(*run)
                    job = Job(JobRef(run.dataflow, run.run), Status.of("Up and Running"), name=run.name)
                    for channel in channels or (self.channel,):
                        now = datetime.now(UTC)
                        await subscriptions.subscribe(
                            session, Destination(self.slack.app.team_id, channel), job, by, polled_at=now
                        )
        return runs

    def change(self, runs: Sequence[Run], status: str) -> None:
        """These jobs change their status, all at once."""
        for run in runs:
            self.jobs.set_status(run.dataflow, run.run, status)

    async def asked(self, runs: Sequence[Run], times: int = 1, timeout: float = 60) -> None:
        """Until the service was asked so many times more for each of these jobs."""
        seen, left = len(self.jobs.requests), {run.path: times for run in runs}
        async with asyncio.timeout(timeout):
            while left:
                new, seen = self.jobs.requests[seen:], len(self.jobs.requests)
                for request in new:
                    if request.path in left:
                        left[request.path] -= 1
                        if not left[request.path]:
                            del left[request.path]
                if left:
                    await self.jobs.asked_again(1, timeout)

    async def says(self, text: str, *, user: str = MEMBER.id, channel: str | None = None) -> Answer:
        """Somebody types `/job TEXT`."""
        return await self.slack.command(text, user=user, channel=channel or self.channel)

    async def asks(self, text: str, *, user: str = MEMBER.id, channel: str | None = None) -> Message:
        """Somebody types `/job TEXT`; the message that answers it, at once or later."""
        before = len(self.slack.messages)
        answer = await self.says(text, user=user, channel=channel)
        assert answer.status == 200, answer
        if answer.message is not None:
            return answer.message
        return await self.slack.wait_for(lambda m: m in self.slack.messages[before:], timeout=20)

    async def alert(self, words: str, *, title: str = NAME, channel: str | None = None, timeout: float = 10) -> Message:
        """The alert that says `title is WORDS`."""
        where = channel or self.channel
        return await self.slack.wait_for(
            lambda m: m.channel == where and f"{title} is {words}" in m.text and m.metadata is not None, timeout
        )

    def alerts(self) -> list[Message]:
        """Every alert posted so far."""
        return [m for m in self.slack.messages if m.metadata is not None]

    def told(self, channel: str | None = None) -> list[Told]:
        """Every change that a channel was told so far, in order."""
        where = channel or self.channel
        return [told for message in self.alerts() if message.channel == where for told in changes(message)]

    async def until_told(self, runs: Sequence[Run], last: str, channel: str | None = None, timeout: float = 60) -> None:
        """Until the newest that a channel was told of each of these jobs is a status (as emoji)."""

        def so() -> bool:
            newest = {told.name: told.statuses[-1] for told in self.told(channel)}
            return all(newest.get(run.name) == last for run in runs)

        await self.slack.until(so, timeout, self.slack.messages)

    def now(self, run: Run) -> str:
        """The status that a job has, as emoji."""
        return STATUS_ICONS[self.jobs.jobs[run.dataflow, run.run]["status"]]

    async def until_all_told(self, runs: Sequence[Run], timeout: float = 60) -> None:
        """Until what was told last of each of these jobs is how it is; of one that was up all the time, nothing."""

        def so() -> bool:
            newest = {told.name: told.statuses[-1] for told in self.told()}
            return all(newest.get(run.name, "✅") == self.now(run) for run in runs)

        await self.slack.until(so, timeout, self.slack.messages)

    def told_twice(self, runs: Sequence[Run]) -> int:
        """How many deliveries were told again. Everything else goes on from what was told before, up to what is now."""
        newest, seen, twice = {run.name: "✅" for run in runs}, set[int](), 0
        for message in self.alerts():
            again = deliveries(message) & seen
            twice += len(again)
            seen |= deliveries(message)
            for told in changes(message):
                assert again or told.statuses[0] == newest[told.name], (told, newest[told.name], message)
                newest[told.name] = told.statuses[-1]
        assert newest == {run.name: self.now(run) for run in runs}
        return twice

    async def alert_number(self, number: int, timeout: float = 30) -> None:
        """Until so many alerts were posted in all."""
        await self.slack.until(lambda: len(self.alerts()) >= number, timeout, self.slack.messages)

    async def ready(self, status: int, because: str = "", timeout: float = 60) -> None:
        """Until `/readyz` answers so."""
        answer = 0, ""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while (answer := await self.get("/readyz"))[0] != status or because not in answer[1]:
                    await asyncio.sleep(0.1)
        assert answer[0] == status, answer
        assert because in answer[1]

    async def figure(self, name: str) -> int:
        """One of the figures that the bot shows of itself."""
        _, page = await self.get("/metrics")
        found = re.search(rf"^{name} ([\d.e+]+)$", page, re.MULTILINE)
        assert found, page
        return int(float(found[1]))

    async def looked(self, times: int, timeout: float = 60) -> None:
        """Until the bot has looked at jobs so many times more, though the service may not hear of it."""
        enough = times + await self.figure("jobwatch_polls_total")
        async with asyncio.timeout(timeout):
            while await self.figure("jobwatch_polls_total") < enough:
                await asyncio.sleep(0.05)

    async def get(self, path: str) -> tuple[int, str]:
        """The status and body of one of the bot's own pages."""
        url = f"http://127.0.0.1:{self.port}{path}"
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return response.status, await response.text()


@asynccontextmanager
async def a_world(folder: Path, database_url: str | None = None) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        slack, jobs = SlackStandIn(), JobsServiceStandIn().with_demo_jobs()
        # All of the scenarios hold where the service has nothing but the jobs resource, too.
        jobs.only_jobs_resource = bool(os.environ.get("JOBWATCH_TEST_ONLY_JOBS_RESOURCE"))
        slack_url = await stack.enter_async_context(slack_stand_in.served(slack))
        jobs_url = await stack.enter_async_context(jobs_stand_in.served(jobs))
        port = free_port()
        slack.delivery.events_url = f"http://127.0.0.1:{port}/slack/events"
        settings = environment(
            slack,
            slack_url,
            jobs,
            jobs_url,
            port=port,
            database_url=database_url or f"sqlite:///{folder}/jobwatch.db",
        )
        yield World(slack, jobs, settings | {"POLL_INTERVAL": str(INTERVAL)}, port, folder)


__all__ = [
    "ADMIN",
    "DATAFLOW",
    "EXAMPLE",
    "INTERVAL",
    "JOB",
    "MEMBER",
    "NAME",
    "PRIVATE",
    "RUN",
    "STATUS_ICONS",
    "Run",
    "Told",
    "World",
    "a_world",
    "changes",
    "deliveries",
    "shown",
]
