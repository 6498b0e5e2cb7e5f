from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from bot.demo.slack.stand_in import SlackStandIn, served
from bot.demo.slack.workspace import views
from bot.slack.api.client import http_session
from tests.slack.world import World, a_world


@pytest.fixture(scope="session", autouse=True)
def patient_slack() -> Iterator[None]:
    """On a machine that is busy with other tests, opening a form may take longer than the three seconds that Slack
    waits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(views, "TRIGGER_SECONDS", 60)
        yield


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    standin = SlackStandIn()
    async with served(standin):
        yield standin


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with http_session() as session:
        yield session


@pytest.fixture
async def world(slack: SlackStandIn, sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(slack, tmp_path / "test.db") as world:
        yield world
