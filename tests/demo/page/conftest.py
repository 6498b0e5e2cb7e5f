import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import ConsoleMessage, Page, async_playwright

from bot.demo import play
from bot.demo.play import Demo


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """The demo as `jobwatch demo` runs it, the real bot included; its story does not wait for readers."""
    async with play.running(tmp_path, pace=0) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser of Debian's packages."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None and os.environ.get("JOBWATCH_TEST_CHROMIUM_REQUIRED"):
        pytest.fail("no Chromium is installed")
    if found is None:
        pytest.skip("no Chromium is installed")
    return found


@pytest.fixture
async def page(demo: Demo, chromium: str) -> AsyncIterator[Page]:
    """The page as Ben sees it. What the console says against it fails the test."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-quic"])
        page = await browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(demo.address)
        yield page
        await browser.close()
    assert complaints == []
