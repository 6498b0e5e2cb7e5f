"""The world of a scenario: the stand-ins of Slack and the jobs service on loopback, and the real bot between them."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import aiohttp

from bot.demo.informatica import stand_in as jobs_stand_in
from bot.demo.informatica.stand_in import DEMO_JOBS, DOCUMENTED_JOB, JobsServiceStandIn
from bot.demo.process import BotProcess, bot_running, bot_starting, environment
from bot.demo.slack import stand_in as slack_stand_in
from bot.demo.slack.stand_in import ADMIN, MEMBER, Answer, Message, SlackStandIn
from bot.domain.destination import Destination
from bot.domain.job import Job, JobRef, Status
from bot.domain.reminding import NO_REMINDING, Reminding
from bot.store import subscriptions
from bot.store.database import opened
from tests.ports import reserved_port
from tests.scenarios.in_process import Bot, running_bot

INTERVAL = 0.2  # seconds between polls in a scenario
LIMIT_S = 60  # how long a scenario waits for anything; far longer than a slow machine takes

EXAMPLE = f"{DOCUMENTED_JOB['assetId']} {DOCUMENTED_JOB['runId']}"
NAME, DATAFLOW, RUN = DEMO_JOBS[0]
JOB = f"{DATAFLOW} {RUN}"
PRIVATE = "C0DEMOSEC1"  # a private channel that the bot is in

# The statuses that jobs flip among in scenarios, and their icons. Jobs begin with the first one.
STATUS_ICONS = {"Up and Running": "✅", "Running with Warning": "⚠️", "Running with Error": "❌", "Stopped": "⏹️"}

# A change on a line of its own, a change on a line below the header of its status, and that header.
_SINGLE_LINE = re.compile(
    r"(\S+) (\S+)(?: \(run \d+\))? is .+? · (?:was (\S+)|\d+ changes(?: since |: (.+?)(?: · its watch|$)))"
)
_HEADER = re.compile(r"(\S+) \D+ \(\d+\)$")
_BELOW_HEADER = re.compile(r"(\S+)(?: \(run \d+\))? · (?:was (\S+)|\d+ changes: (.+) since )")
# The headline of a message that names only the worst of many jobs, and that of a part of the list behind it.
_MANY = re.compile(r"(?:.+ )?(\d+) jobs changed: (?:\S+ [\d,]+ \D+)+")
_PART = re.compile(r"([\d,]+)–([\d,]+) of ([\d,]+) jobs$")


class Run(NamedTuple):
    """A job of the stand-in."""

    name: str
    dataflow: str
    run: int

    @property
    def path(self) -> str:
        """The path of its resource."""
        return f"/sisvc/monitor/v1/jobs/{self.dataflow}/{self.run}"


class ShownChange(NamedTuple):
    """A job's change as a message shows it: the icons of its statuses, the old one first."""

    name: str
    icons: tuple[str, ...]


def shown(message: Message) -> str:
    """What a person sees of a message: the lines of its blocks, each small print as one line; a no-break space as a
    space."""
    sections = [section for block in message.blocks for section in _list(block.get("elements")) if _is_text(section)]
    text = "".join(
        str(piece.get("text") or piece.get("fallback") or "·") for s in sections for piece in _list(s["elements"])
    )
    small = [_list(block["elements"]) for block in message.blocks if block["type"] == "context"]
    lines = [text, *(" ".join(str(element["text"]) for element in elements) for elements in small)]
    return "\n".join(lines).replace("\xa0", " ")


def changes(message: Message) -> Iterator[ShownChange]:
    """The changes that a message showed when it was posted, in its order. One about many jobs names the worst of them;
    the list of all follows it."""
    if any("Show all" in label for label in _labels(message.as_posted)):
        return
    lines, header = shown(message.as_posted).splitlines(), ""
    for line in lines:
        if found := _SINGLE_LINE.match(line):
            now, name, before, steps = found.groups()  # if a message has one job only, its steps are small print
            yield ShownChange(name, (before, now) if before else _icons(steps or _small_print(message.as_posted)))
        elif found := _BELOW_HEADER.match(line):
            name, before, steps = found.groups()
            yield ShownChange(name, (before, header) if before else _icons(steps))
        elif found := _HEADER.match(line):
            header = found[1]


def told(messages: Sequence[Message]) -> Iterator[tuple[Message, Sequence[ShownChange]]]:
    """Each message with the changes that it tells. One that names only the worst of many jobs tells what the list
    behind it shows, once that is complete."""
    parts = [each for each in messages if _part_of(each)]
    for each in messages:
        if _part_of(each):
            continue
        if not _MANY.match(shown(each.as_posted).splitlines()[0]):
            yield each, [*changes(each)]
            continue
        thread, found, is_complete = each.thread_ts or each.ts, list[ShownChange](), False
        for part in [one for one in parts if one.thread_ts in (thread, None)]:  # None: threads are off
            numbers = _part_of(part)
            assert numbers is not None
            if not is_complete:
                parts.remove(part)
                found += changes(part)
                is_complete = numbers[1] == numbers[2]
        yield each, found if is_complete else []


def is_list(message: Message) -> bool:
    """Whether a message is a part of the list behind one that names only the worst of many jobs."""
    return _part_of(message) is not None


def _part_of(message: Message) -> tuple[int, int, int] | None:
    found = _PART.match((shown(message.as_posted).splitlines() or [""])[0])
    return (_number(found[1]), _number(found[2]), _number(found[3])) if found else None


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _labels(message: Message) -> list[str]:
    return [str(_text(element)) for block in message.blocks for element in _list(block.get("elements"))]


def _text(element: dict[str, object]) -> object:
    text = element.get("text")
    return text.get("text") if isinstance(text, dict) else text


def _small_print(message: Message) -> str:
    """Its first line."""
    (first, *_) = [block for block in message.blocks if block["type"] == "context"]
    return str(_list(first["elements"])[0]["text"]).replace("\xa0", " ")


def _icons(steps: str) -> tuple[str, ...]:
    return tuple(step.split()[0] for step in steps.split(" → "))  # its words may follow, after a no-break space


def delivery_ids(message: Message) -> set[int]:
    """The deliveries that a message contains, according to its metadata."""
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
    """What a scenario acts on and checks. `settings` is the environment of the bot."""

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

    # ── the bot ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def bot(self, role: str = "run", beside: Bot | None = None, **settings: str) -> AsyncIterator[Bot]:
        """Run the bot in this process, with the log of the one `beside` it; stop it at the end."""
        async with running_bot(self.settings | settings, role, LIMIT_S, beside) as bot:
            if "SLACK_APP_TOKEN" in settings:
                await self.slack.wait_connected()
            yield bot

    @asynccontextmanager
    async def bots(self, **settings: str) -> AsyncIterator[Bot]:
        """Run what belongs to the database: one process on SQLite; on PostgreSQL `web`, which is yielded and has the
        log of all, and two workers."""
        is_sqlite = self.settings["DATABASE_URL"].startswith("sqlite")
        async with AsyncExitStack() as stack:
            bot = await stack.enter_async_context(self.bot("run" if is_sqlite else "web", None, **settings))
            for _ in range(0 if is_sqlite else 2):
                await stack.enter_async_context(self.bot("worker", bot, PORT=""))
            yield bot

    @asynccontextmanager
    async def process(self, role: str = "run", **settings: str) -> AsyncIterator[BotProcess]:
        """Run the bot in a process of its own, if the scenario needs signals, kills, an exit code or an environment."""
        async with bot_running(self.settings | settings, role, str(self.folder), LIMIT_S) as process:
            if "SLACK_APP_TOKEN" in settings:
                await self.slack.wait_connected()
            yield process

    def starting_process(self) -> AbstractAsyncContextManager[BotProcess]:
        """The same, without waiting until the bot is ready."""
        return bot_starting(self.settings, cwd=str(self.folder))

    async def get(self, path: str) -> tuple[int, str]:
        """The status and body of one of the bot's own pages."""
        url = f"http://127.0.0.1:{self.port}{path}"
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return response.status, await response.text()

    async def metric(self, name: str) -> int:
        """The value of one of the bot's metrics."""
        _, page = await self.get("/metrics")
        found = re.search(rf"^{re.escape(name)} ([\d.e+]+)$", page, re.MULTILINE)
        assert found, page
        return int(float(found[1]))

    async def until_ready(self, status: int = 200, because: str = "") -> str:
        """Wait until `/readyz` has this status and its body contains `because`; return the body."""
        answer = 0, ""
        try:
            async with asyncio.timeout(LIMIT_S):
                while (answer := await self.get("/readyz"))[0] != status or because not in answer[1]:
                    await asyncio.sleep(0.02)
        except TimeoutError as late:
            late.add_note(f"/readyz: {answer}")
            raise
        return answer[1]

    # ── jobs ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def watched_jobs(
        self, count: int, channels: Sequence[str] = (), by: str = MEMBER.id, reminding: Reminding = NO_REMINDING
    ) -> list[Run]:
        """Add so many healthy jobs, each watched in these channels (default: `channel`). Call it while no bot runs: it
        writes the subscriptions, which is faster than commands."""
        first = len(self.jobs.jobs)
        runs = [Run(f"job-{n:04}", f"flow-{n:04}", 1000 + n) for n in range(first, first + count)]
        async with opened(self.settings["DATABASE_URL"]) as database, database.writing() as session:
            for run in runs:
                self.jobs.add(*run)
                job = Job(JobRef(run.dataflow, run.run), Status.of("Up and Running"), name=run.name)
                for channel in channels or (self.channel,):
                    destination = Destination(self.slack.app.team_id, channel)
                    await subscriptions.subscribe(
                        session, destination, job, by, polled_at=datetime.now(UTC), reminding=reminding
                    )
        return runs

    def change(self, runs: Iterable[Run], status: str) -> None:
        """Set the status of these jobs."""
        for run in runs:
            self.jobs.set_status(run.dataflow, run.run, status)

    def icon(self, run: Run) -> str:
        """The icon of a job's present status."""
        return STATUS_ICONS[self.jobs.jobs[run.dataflow, run.run]["status"]]

    async def until_polled(self, runs: Iterable[Run], times: int = 1, timeout: float = LIMIT_S) -> None:
        """Wait until each of these jobs was requested so many times more."""
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
                    await self.until_requests(1)

    async def until_requests(self, count: int) -> None:
        """Wait for so many more requests to the jobs service."""
        await self.jobs.asked_again(count, LIMIT_S)

    async def until_polls(self, count: int) -> None:
        """Wait until the bot has polled jobs so many times more, by its own count: the requests may not arrive."""
        enough = count + await self.metric("jobwatch_polls_total")
        async with asyncio.timeout(LIMIT_S):
            while await self.metric("jobwatch_polls_total") < enough:
                await asyncio.sleep(0.05)

    # ── commands ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def send(self, text: str, *, user: str = MEMBER.id, channel: str | None = None) -> Answer:
        """Send `/job TEXT`; return the bot's acknowledgement."""
        return await self.slack.command(text, user=user, channel=channel or self.channel)

    async def reply(self, text: str, *, user: str = MEMBER.id, channel: str | None = None) -> Message:
        """Send `/job TEXT`; return the first message that follows, in the acknowledgement or later; not a picture."""
        before = len(self.slack.messages)
        answer = await self.send(text, user=user, channel=channel)
        assert answer.status == 200, answer
        if answer.message is not None:
            return answer.message
        return await self.slack.wait_for(lambda m: m in self.slack.messages[before:] and not m.files, timeout=20)

    async def private_reply(self, words: str, user: str = MEMBER.id) -> Message:
        """Wait for an ephemeral message to a person that contains these words."""
        return await self.slack.wait_for(lambda m: m.ephemeral_to == user and words in m.text, timeout=20)

    # ── alerts ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def alert(self, words: str, *, name: str = NAME, channel: str | None = None) -> Message:
        """Wait for the alert that says "NAME is WORDS", alone or among others."""
        where, said = channel or self.channel, re.compile(rf"{re.escape(name)}(?: \(run \d+\))? is {re.escape(words)}")
        return await self.slack.wait_for(
            lambda m: m in self.alerts(where) and said.search(shown(m.as_posted)) is not None, LIMIT_S
        )

    async def alert_showing(self, words: str, channel: str | None = None) -> Message:
        """Wait for the first alert in a channel whose blocks show these words."""
        where = channel or self.channel
        return await self.slack.wait_for(lambda m: m in self.alerts(where) and words in shown(m.as_posted), LIMIT_S)

    def alerts(self, channel: str | None = None) -> list[Message]:
        """The alerts that were posted so far, in a channel or everywhere."""
        return [m for m in self.slack.messages if m.metadata is not None and channel in (None, m.channel)]

    async def until_alerts(self, count: int) -> None:
        """Wait until so many alerts were posted in all."""
        await self.slack.until(lambda: len(self.alerts()) >= count, LIMIT_S, self.slack.messages)

    def delivered(self, channel: str | None = None) -> list[ShownChange]:
        """The changes that were delivered to a channel so far, in order."""
        return [change for _, found in told(self.alerts(channel or self.channel)) for change in found]

    async def until_delivered(
        self, runs: Iterable[Run], icon: str, channel: str | None = None, timeout: float = LIMIT_S
    ) -> None:
        """Wait until the last status delivered to a channel is `icon` for each of these jobs."""

        def is_so() -> bool:
            last = {change.name: change.icons[-1] for change in self.delivered(channel)}
            return all(last.get(run.name) == icon for run in runs)

        await self.slack.until(is_so, timeout, self.slack.messages)

    async def until_all_delivered(self, runs: Iterable[Run], timeout: float = LIMIT_S) -> None:
        """Wait until the last status delivered is the present one for each of these jobs."""

        def is_so() -> bool:
            last = {change.name: change.icons[-1] for change in self.delivered()}
            return all(last.get(run.name, "✅") == self.icon(run) for run in runs)

        await self.slack.until(is_so, timeout, self.slack.messages)

    def assert_delivered(self, expected: Mapping[Run, str], channel: str | None = None) -> None:
        """These paths of statuses ("✅ ❌ ✅" for a job that failed and recovered) were delivered to a channel, and
        nothing else: in order, without a gap, and each delivery in one message."""
        paths: dict[str, list[str]] = {}
        for change in self.delivered(channel):
            path = paths.setdefault(change.name, [change.icons[0]])
            assert path[-1] == change.icons[0], (change, path)
            path += change.icons[1:]
        assert {name: " ".join(path) for name, path in paths.items()} == {
            run.name: path for run, path in expected.items()
        }
        ids = [id for message in self.alerts() for id in delivery_ids(message)]
        assert len(ids) == len(set(ids))

    def repeated_deliveries(self, runs: Sequence[Run]) -> int:
        """The number of deliveries that were posted again. Everything else continues from what was delivered before,
        up to the present statuses."""
        last, seen, repeated = {run.name: "✅" for run in runs}, set[int](), 0
        for message, found in told(self.alerts()):
            again = delivery_ids(message) & seen
            repeated += len(again)
            seen |= delivery_ids(message)
            for change in found:
                assert again or change.icons[0] == last[change.name], (change, last[change.name], message)
                last[change.name] = change.icons[-1]
        assert last == {run.name: self.icon(run) for run in runs}
        return repeated


@asynccontextmanager
async def running_world(folder: Path, database_url: str | None = None) -> AsyncIterator[World]:
    """Serve both stand-ins; the bot gets its own SQLite database in `folder`, or the one at `database_url`."""
    async with AsyncExitStack() as stack:
        slack, jobs = SlackStandIn(), JobsServiceStandIn().with_demo_jobs()
        # Every scenario must also hold if the service has only the jobs resource.
        jobs.only_jobs_resource = bool(os.environ.get("JOBWATCH_TEST_ONLY_JOBS_RESOURCE"))
        slack_url = await stack.enter_async_context(slack_stand_in.served(slack))
        jobs_url = await stack.enter_async_context(jobs_stand_in.served(jobs))
        port = stack.enter_context(reserved_port())
        slack.delivery.events_url = f"http://127.0.0.1:{port}/slack/events"
        slack.delivery.limit = LIMIT_S  # much else may run beside the process that answers
        settings = environment(
            slack, slack_url, jobs, jobs_url, port=port, database_url=database_url or f"sqlite:///{folder}/jobwatch.db"
        )
        yield World(slack, jobs, settings | {"POLL_INTERVAL": str(INTERVAL)}, port, folder)


__all__ = [
    "ADMIN",
    "DATAFLOW",
    "EXAMPLE",
    "INTERVAL",
    "JOB",
    "LIMIT_S",
    "MEMBER",
    "NAME",
    "PRIVATE",
    "RUN",
    "STATUS_ICONS",
    "Run",
    "ShownChange",
    "World",
    "changes",
    "delivery_ids",
    "is_list",
    "running_world",
    "shown",
]
