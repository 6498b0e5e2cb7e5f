"""The demo: the real bot between stand-ins of both services, and a page in the browser to try it from."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from bot.demo.bot import Bot
from bot.demo.informatica import stand_in as jobs_stand_in
from bot.demo.informatica.stand_in import JobsServiceStandIn
from bot.demo.page import opening, server
from bot.demo.page.server import Page
from bot.demo.page.story import Story
from bot.demo.process import DidNotStart, environment, free_port
from bot.demo.slack import stand_in as slack_stand_in
from bot.demo.slack.stand_in import SlackStandIn
from bot.demo.world import JOBS_HOST, World

_POLL_INTERVAL_S = 1.0
_DEPLOYED = timedelta(hours=27)  # ago: before what the page shows of the past


async def play(keep: Path | None = None, port: int = 0, pace: float = 1.0) -> int:
    """Run the demo until the person leaves; the exit code. Ctrl-C and SIGTERM end it cleanly.

    `keep` is the absolute path of a folder for its database (by default one that is removed at the end), `port` that of
    the page (0: a free one). `pace` is how long the story's scenes can be read: 1 for people, 0 for tests.
    """
    demo = asyncio.create_task(_play(keep, port, pace))

    def leave() -> None:
        if not demo.cancelling():  # a second Ctrl-C must not cut the clean end short
            demo.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, leave)
    await asyncio.wait([demo])
    return 0 if demo.cancelled() else demo.result()


async def _play(keep: Path | None, port: int, pace: float) -> int:
    async with AsyncExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jobwatch-demo-")))
        try:
            demo = await stack.enter_async_context(running(folder, port, pace))
        except OSError as taken:
            why = os.strerror(taken.errno or 0)
            print(f"The page can't have port {port}: {why}. Without --port it takes a free one.")
            return 1
        except DidNotStart as fault:
            print("The bot did not start. Its log:", str(fault), sep="\n")
            return 1
        print(f"Jobwatch's demo is at {demo.address} until you press Ctrl-C.", flush=True)
        await asyncio.Event().wait()
    return 0


@dataclass(frozen=True)
class Demo:
    """A demo that runs: its parts, and the address of its page."""

    world: World
    story: Story
    address: str


@asynccontextmanager
async def running(folder: Path, port: int = 0, pace: float = 1.0) -> AsyncIterator[Demo]:
    """The demo, with its database in `folder`. Raises `DidNotStart`, and `OSError` if the port is taken."""
    async with AsyncExitStack() as stack:
        slack = SlackStandIn()
        jobs = JobsServiceStandIn().with_demo_jobs(_DEPLOYED, startedBy="ada", deployedVersion=12)
        slack_url = await stack.enter_async_context(slack_stand_in.served(slack))
        jobs_url = await stack.enter_async_context(jobs_stand_in.served(jobs))
        bot_port, database_url = free_port(), f"sqlite:///{quote(str(folder))}/jobwatch.db"
        slack.delivery.events_url = f"http://127.0.0.1:{bot_port}/slack/events"
        settings = environment(slack, slack_url, jobs, jobs_url, port=bot_port, database_url=database_url)
        slack.app.unfurl_domains = {JOBS_HOST}
        quick = {"POLL_INTERVAL": str(_POLL_INTERVAL_S), "LOG_FORMAT": "text"} | {
            "INFORMATICA_JOB_URL": f"https://{JOBS_HOST}/monitor/{{dataflow}}/{{run}}"
        }
        bot = Bot(settings | quick, str(folder), slack.touch)
        stack.push_async_callback(bot.end)
        world = World(slack, jobs, bot)
        story = Story(world, pace)
        stack.push_async_callback(story.stop)
        address = await stack.enter_async_context(server.served(Page(world, story), port))
        await bot.start()
        await opening.prepare(world)
        yield Demo(world, story, address)
