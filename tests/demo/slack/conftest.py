"""A stand-in of Slack that is served, and a client that talks to it without a second try."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack.stand_in import SlackStandIn, served


@pytest.fixture
def slack() -> SlackStandIn:
    return SlackStandIn()


@pytest.fixture
async def base_url(slack: SlackStandIn) -> AsyncIterator[str]:
    async with served(slack) as url:
        yield url


@pytest.fixture
async def client(slack: SlackStandIn, base_url: str) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(slack.app.bot_token, base_url, session=session, retry_handlers=[])
