from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.demo.slack.stand_in import SlackStandIn, served
from bot.slack.api.client import http_session
from tests.slack.world import World, a_world


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
