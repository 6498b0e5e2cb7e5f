import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

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
