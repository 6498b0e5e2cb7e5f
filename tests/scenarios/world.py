"""The world of a scenario: both stand-ins on loopback, and the real bot process between them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.demo import jobs_service, slack_web_api
from bot.demo.jobs_service import DEMO_JOBS, DOCUMENTED_JOB, JobsServiceStandIn
from bot.demo.process import BotProcess, bot_running, environment, free_port
from bot.demo.slack_web_api import ADMIN, MEMBER, Answer, Message, SlackStandIn

INTERVAL = 0.4  # seconds between looks in a scenario

EXAMPLE = f"{DOCUMENTED_JOB['assetId']} {DOCUMENTED_JOB['runId']}"
NAME, DATAFLOW, RUN = DEMO_JOBS[0]
JOB = f"{DATAFLOW} {RUN}"


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
        bot = self.slack.bot_user_id
        return next(c.id for c in self.slack.channels.values() if bot in c.members and not c.is_private)

    @asynccontextmanager
    async def bot(self, role: str = "run", **settings: str) -> AsyncIterator[BotProcess]:
        """The bot process, ready; stopped at the end."""
        async with bot_running(self.settings | settings, role, cwd=str(self.folder)) as process:
            if "SLACK_APP_TOKEN" in settings:
                await self.slack.wait_connected()
            yield process

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

    async def alert_number(self, number: int, timeout: float = 30) -> None:
        """Until so many alerts were posted in all."""
        await self.slack.until(lambda: len(self.alerts()) >= number, timeout, self.slack.messages)

    async def get(self, path: str) -> tuple[int, str]:
        """The status and body of one of the bot's own pages."""
        url = f"http://127.0.0.1:{self.port}{path}"
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return response.status, await response.text()


@asynccontextmanager
async def a_world(folder: Path, database_url: str | None = None) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        slack, jobs = SlackStandIn(), JobsServiceStandIn().with_demo_jobs()
        slack_url = await stack.enter_async_context(slack_web_api.served(slack))
        jobs_url = await stack.enter_async_context(jobs_service.served(jobs))
        port = free_port()
        slack.events_url = f"http://127.0.0.1:{port}/slack/events"
        settings = environment(
            slack,
            slack_url,
            jobs,
            jobs_url,
            port=port,
            database_url=database_url or f"sqlite:///{folder}/jobwatch.db",
        )
        yield World(slack, jobs, settings | {"POLL_INTERVAL": str(INTERVAL)}, port, folder)


__all__ = ["ADMIN", "DATAFLOW", "EXAMPLE", "INTERVAL", "JOB", "MEMBER", "NAME", "RUN", "World", "a_world"]
