"""The Web API client, and who the bot is there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.notify.dispatcher import AccessRevoked, DestinationGone, RetryLater
from bot.slack.api.error_codes import WebApiFailure, not_told
from bot.slack.api.messenger import TIMEOUT

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Identity:
    """Who the bot's token belongs to, as auth.test says, and the scopes that Slack's answer names."""

    workspace: str
    user_id: str
    user_name: str
    bot_id: str
    scopes: frozenset[str]


@asynccontextmanager
async def http_session() -> AsyncIterator[aiohttp.ClientSession]:
    """The one HTTP session towards Slack: without it slack-sdk opens a connection for every call.

    It reads proxies from the environment by itself (`trust_env`) and, unlike slack-sdk, honours NO_PROXY.
    """
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as session:
        yield session


def web_client(token: str, api_url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    """A client that tries each call once: see `SlackMessenger` for why there are no retry handlers."""
    client = AsyncWebClient(token=token, base_url=api_url, session=session, retry_handlers=[], timeout=TIMEOUT)
    client.proxy = None  # slack-sdk took HTTPS_PROXY from the environment and would ignore NO_PROXY
    return client


async def who_am_i(client: AsyncWebClient) -> Identity:
    """Ask Slack whose token this is. Raises `NotDelivered`: `AccessRevoked` where the token is refused, else `RetryLater`."""
    try:
        answer = await client.auth_test()
    except WebApiFailure as failure:
        refused = not_told(failure)
        # Of a destination some words mean that it is gone; here they are said of the bot.
        raise (AccessRevoked(refused.why) if isinstance(refused, DestinationGone) else refused) from failure
    scopes = next((str(value) for name, value in answer.headers.items() if name.lower() == "x-oauth-scopes"), "")
    return Identity(
        workspace=str(answer.get("team_id")),
        user_id=str(answer.get("user_id")),
        user_name=str(answer.get("user")),
        bot_id=str(answer.get("bot_id")),
        scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
    )


class OwnIdentity:
    """Who the bot is, as soon as Slack could be asked. `problem` says in words why that is not known, or is None."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self.known: Identity | None = None
        self.problem: str | None = "Slack has not been asked yet who the bot is"

    async def ask(self) -> None:
        """Ask once. Raises `AccessRevoked` where the token is refused; a Slack that is out of reach is remembered as trouble."""
        try:
            self.known, self.problem = await who_am_i(self._client), None
        except RetryLater as later:
            self.problem = f"Slack could not be asked who the bot is: {later.why}"

    def invalidate(self, why: str) -> None:
        """Something says that the bot is locked out; true or not, `refresh` will find out."""
        self.problem = f"Slack says of the bot: {why}"

    async def refresh(self) -> None:
        """Ask until Slack says who the bot is, a little less often each time."""
        wait = 1
        while self.problem is not None:
            await asyncio.sleep(wait)
            wait = min(2 * wait, 60)
            try:
                await self.ask()
            except Exception as error:
                self.problem = f"Slack refuses the bot's token: {error}"
                log.error("can't learn who the bot is", why=str(error))
