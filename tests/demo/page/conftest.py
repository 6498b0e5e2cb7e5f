"""One Chromium for all tests of a process. Its tests share an event loop; each gets a browser context of its own."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from bot.demo import play
from bot.demo.bot import Bot
from bot.demo.informatica.stand_in import JobsServiceStandIn
from bot.demo.page import server
from bot.demo.page.story import Story
from bot.demo.play import Demo
from bot.demo.slack.stand_in import SlackStandIn
from bot.demo.world import World

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None and os.environ.get("JOBWATCH_TEST_CHROMIUM_REQUIRED"):
        pytest.fail("no Chromium is installed")
    if found is None:
        pytest.skip("no Chromium is installed")
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-quic"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page. Errors and warnings on its console fail the test.

    Tests ask for it last, so that it closes before its server does.
    """
    problems: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            problems.append(f"{message.text} ({message.location['url']})")

    async with await browser.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme="light", device_scale_factor=2
    ) as context:
        page = await context.new_page()
        page.on("console", on_console)
        page.on("pageerror", lambda error: problems.append(str(error)))
        yield page
    assert problems == []


@pytest_asyncio.fixture(loop_scope="session")
async def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Demo]:
    """The demo as `jobwatch demo` runs it, with the real bot, which polls more often. Its story doesn't wait for
    readers."""
    monkeypatch.setattr(play, "_POLL_INTERVAL_S", 0.25)
    async with play.running(tmp_path, pace=0) as running:
        yield running


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Both stand-ins. The bot is never started."""
    slack = SlackStandIn()
    return World(slack, JobsServiceStandIn().with_demo_jobs(), Bot({}, str(tmp_path), slack.touch))


@pytest.fixture
def story(world: World) -> Story:
    return Story(world)


@pytest_asyncio.fixture(loop_scope="session")
async def address(world: World, story: Story) -> AsyncIterator[str]:
    """The page's address, without a bot behind it."""
    async with server.served(server.Page(world, story)) as address:
        yield address
