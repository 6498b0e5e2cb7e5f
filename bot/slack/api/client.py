"""The Web API client, and who the bot is in Slack."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import structlog
from aiohttp import hdrs
from slack_sdk.web.async_client import AsyncWebClient

from bot.fault_log import FaultLog
from bot.network.proxies import DIRECT, Proxies
from bot.network.sessions import open_session
from bot.slack.api.calls import NotAnswered, WebApiError, called
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

TIMEOUT = 10  # seconds; slack-sdk ignores its own limit when it gets a session, so the session has it
# Without a proxy slack-sdk takes one from the environment, ignores NO_PROXY, and logs the proxy's password.
CHOSEN_BY_SESSION = "chosen by the session"
# A thousand channels are about 1 MB, and the bot asks for none of Slack's lists at once.
MAX_BODY = 4 << 20


@dataclass(frozen=True)
class Identity:
    """Who the bot's token belongs to, and its scopes, as auth.test reports them."""

    workspace: str
    user_id: str
    user_name: str
    bot_id: str
    scopes: frozenset[str]
    answered_at: datetime | None = None  # by Slack's clock


class BoundedResponse(aiohttp.ClientResponse):
    """A response whose body is read up to a limit, and not at all if it is compressed, which the bot never asks for.
    It leads nowhere else: a redirect is an answer that can't be used.

    slack-sdk reads whatever comes, and aiohttp expands it and sends a message again where a redirect says.
    """

    @property
    def headers(self) -> Any:
        """Without the address to which a redirect leads."""
        found = super().headers
        if not 300 <= self.status < 400:
            return found
        kept = found.copy()
        for name in (hdrs.LOCATION, hdrs.URI):
            kept.popall(name, None)
        return type(found)(kept)

    async def read(self) -> bytes:
        """The body. Raises `aiohttp.ClientPayloadError` if it is too large or compressed."""
        if self._body is None:
            try:
                self._body = await self._read_bounded()
            except BaseException:
                self.close()
                raise
        return await super().read()

    async def _read_bounded(self) -> bytes:
        if self.headers.get("Content-Encoding", "").strip().lower() not in ("", "identity"):
            raise aiohttp.ClientPayloadError("the response is compressed, which the bot didn't ask for")
        body = bytearray()
        async for chunk in self.content.iter_any():
            body += chunk
            if len(body) > MAX_BODY:
                raise aiohttp.ClientPayloadError("the response is too large")
        return bytes(body)


@asynccontextmanager
async def http_session(proxies: Proxies = DIRECT) -> AsyncIterator[aiohttp.ClientSession]:
    """The one HTTP session to Slack: without it slack-sdk opens a connection for every call."""
    async with open_slack_session(proxies, aiohttp.ClientTimeout(total=TIMEOUT)) as session:
        yield session


def open_slack_session(proxies: Proxies, timeout: aiohttp.ClientTimeout) -> aiohttp.ClientSession:
    """A session whose answers are bounded."""
    headers = {"Accept-Encoding": "identity"}
    return open_session(proxies, timeout=timeout, headers=headers, response_class=BoundedResponse)


def web_client(token: str, api_url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    """A client that tries each call once: see `SlackMessenger` for why there are no retry handlers."""
    client = AsyncWebClient(
        token=token, base_url=api_url, session=session, retry_handlers=[], timeout=TIMEOUT, proxy=CHOSEN_BY_SESSION
    )
    client.proxy = None
    return client


async def who_am_i(client: AsyncWebClient) -> Identity:
    """Ask Slack whose token this is. Raises `WebApiError`."""
    response = await called(client.auth_test())
    if not all(isinstance(response.get(field), str) for field in ("team_id", "user_id")):
        raise NotAnswered("unreadable_answer")
    headers = {name.lower(): str(value) for name, value in response.headers.items()}
    return Identity(
        workspace=str(response.get("team_id")),
        user_id=str(response.get("user_id")),
        user_name=str(response.get("user")),
        bot_id=str(response.get("bot_id")),
        scopes=frozenset(scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",") if scope.strip()),
        answered_at=_date(headers.get("date", "")),
    )


def _date(header: str) -> datetime | None:
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except ValueError:
        return None


class OwnIdentity:
    """Who the bot is, once Slack could be asked. `problem` says why that isn't known, or is None."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._asking = Tasks("identity", limit=1)
        self._refusals = FaultLog(log, "Slack accepts the bot's token again")
        self.known: Identity | None = None
        self.problem: str | None = "Slack has not been asked yet who the bot is"

    @property
    def user_name(self) -> str:
        """The name by which people invite the bot."""
        return self.known.user_name if self.known else "jobwatch"

    async def ask(self) -> None:
        """Ask once. Raises `WebApiError` if the token is refused; a Slack that can't be reached becomes the problem."""
        try:
            self.known, self.problem = await who_am_i(self._client), None
        except WebApiError as error:
            if error.is_refusal:
                raise
            self.problem = f"Slack can't be asked who the bot is: {error.code}"

    def invalidate(self, why: str) -> None:
        """Something says that the bot's access was taken away; ask Slack whether that is true."""
        self.problem = f"Slack reports about the bot: {why}"
        self.refresh()

    def refresh(self) -> None:
        """Keep asking in the background until there is no problem."""
        with suppress(Full):  # it is being asked already
            self._asking.start(self._ask_until_known())

    async def _ask_until_known(self) -> None:
        wait = 1
        while self.problem is not None:
            await asyncio.sleep(wait)
            wait = min(2 * wait, 60)
            try:
                await self.ask()
            except WebApiError as error:
                self.problem = f"Slack refuses the bot's token: {error.code}"
                self._refusals.note_fault("Slack refuses the bot's token; asking again", code=error.code)
            except Exception:
                log.exception("can't ask Slack who the bot is")
            else:
                if self.problem is None:
                    self._refusals.note_success()

    async def drain(self) -> None:
        """Stop asking."""
        await self._asking.drain(grace=0)
