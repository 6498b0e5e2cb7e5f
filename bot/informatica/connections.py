"""One request and its answer, bounded in time and size. The only module where foreign errors become ours."""

import asyncio
import html
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from bot.informatica.errors import (
    BadAnswer,
    GatewayAnswer,
    JobsServiceError,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    RateLimited,
    Unreachable,
    UntrustedCertificate,
)
from bot.informatica.parse import parse_error
from bot.informatica.values import load_json, parse_retry_after
from bot.network.problems import why_unanswered
from bot.network.proxies import DIRECT, Proxies
from bot.network.sessions import open_session
from bot.network.trust_store import trust_store

# A job is about 600 bytes. Larger answers are cut here unless the caller expects more.
MAX_BODY = 1 << 20
_HEADERS: dict[str, str] = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # a small compressed answer can expand to a huge one: none is ever expanded
    "Content-Type": "application/json",
    "User-Agent": "Jobwatch",
}
# The addresses of as many jobs as one process polls: parsing one takes longer than the rest of making a request.
_parsed = lru_cache(maxsize=20_000)(httpx.URL)
_FOREIGN = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, aiohttp.ClientError, OSError)
# The texts of these quote the request: headers, or an address with a password in it.
_QUOTING = (httpx.InvalidURL, httpx.LocalProtocolError)
# A kept connection that the server has just closed fails like this on its next use.
_DROPPED = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, httpx.ConnectError)


def request_headers(more: Mapping[str, str]) -> httpx.Headers:
    """The headers of every request, and some more."""
    return httpx.Headers({**_HEADERS, **more})


_PLAIN = request_headers({})


@dataclass(frozen=True)
class Answer:
    """An answer of any HTTP status. `problem` says why its body can't be used: it was cut, or it is compressed."""

    status: int
    body: bytes = field(repr=False)
    problem: str | None = None
    retry_after: str | None = None
    request_id: str | None = None

    @property
    def is_page(self) -> bool:
        """Whether this is a page for people. The service answers with JSON; a gateway in its place, with HTML."""
        return self.body.lstrip().startswith(b"<")

    @property
    def may_be_services(self) -> bool:
        """Whether this may be the service's own error: JSON, or nothing at all. A gateway in its place answers with a
        page, or with a line of text such as "default backend - 404"."""
        try:
            return not self.body.strip() or load_json(self.body) is not None
        except ValueError:
            return False


class Connections:
    """The connections to the service, kept between requests; `time_limit` (seconds) bounds one request.

    It uses a transport of httpx rather than its client: the client takes a third of a request's CPU time and keeps
    cookies.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport, time_limit: float) -> None:
        self._transport = transport
        self._time_limit = time_limit
        self._answers = False  # whether the latest request was answered: what drops now is likely a kept connection

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: httpx.Headers = _PLAIN,
        content: bytes | None = None,
        max_body: int = MAX_BODY,
    ) -> Answer:
        """Send one request and read at most `max_body` bytes of its answer. Redirects are not followed.

        A GET that drops before it is answered is sent once more, at once, unless the request before it failed, too: an
        outage must not double the requests. Raises Unreachable, or BadAnswer for an answer that isn't HTTP.
        """
        answers = self._answers
        try:
            request = httpx.Request(method, _parsed(url), headers=headers, content=content)
            # aiohttp's own time limits count single reads, which an answer that drips never exceeds.
            async with asyncio.timeout(self._time_limit):
                try:
                    answer = await self._exchange(request, max_body)
                except _DROPPED:
                    if not answers or method != "GET":
                        raise
                    answer = await self._exchange(request, max_body)
        except _FOREIGN as error:
            self._answers = False
            raise translate(error) from (None if isinstance(error, _QUOTING) else error)
        self._answers = True
        return answer

    async def _exchange(self, request: httpx.Request, max_body: int) -> Answer:
        response = await self._transport.handle_async_request(request)
        try:
            return await _read(response, max_body)
        finally:
            await response.aclose()


async def _read(response: httpx.Response, max_body: int) -> Answer:
    """The answer as it came over the wire: httpx would expand a compressed body before anything could measure it."""
    body, problem = bytearray(), None
    if response.headers.get("Content-Encoding", "").strip().lower() not in ("", "identity"):
        problem = "the answer is compressed, which the bot didn't ask for"
    else:
        async for chunk in response.stream:  # type: ignore[union-attr] # an asynchronous transport's
            body += chunk
            if len(body) > max_body:
                problem = f"the answer is larger than {max_body >> 20} MiB"
                break
    return Answer(
        status=response.status_code,
        body=bytes(body[:max_body]),
        problem=problem,
        retry_after=response.headers.get("Retry-After"),
        request_id=response.headers.get("X-Request-ID"),
    )


def redacted(answer: Answer, secret: str) -> Answer:
    """The answer without `secret`: a service may quote our request, and its words reach logs and Slack."""
    spellings = {secret}
    for _ in range(2):  # a text inside JSON, and the request's JSON inside such a text
        spellings |= {json.dumps(text, ensure_ascii=ascii)[1:-1] for text in spellings for ascii in (True, False)}
    body = answer.body
    for spelling in {*spellings, html.escape(secret)} - {""}:
        body = body.replace(spelling.encode(errors="replace"), "…".encode())
    return answer if body == answer.body else replace(answer, body=body, request_id=None)


def translate(error: Exception) -> JobsServiceError:
    """Our error for one of httpx, of aiohttp or of the operating system."""
    # What aiohttp raised, if that is where it comes from: the transport calls a refused connection a time-out.
    origin = error.__cause__ if isinstance(error.__cause__, aiohttp.ClientError) else error
    match origin:
        case TimeoutError() | httpx.TimeoutException():
            return Unreachable(timed_out=True)
        case httpx.InvalidURL() | httpx.UnsupportedProtocol() | aiohttp.InvalidURL():
            return Unreachable(detail="the address of the service is not a usable URL")
        case _ if (problem := _certificate_problem(origin)) is not None:
            return UntrustedCertificate(detail=problem)
        case httpx.DecodingError() | httpx.TooManyRedirects() | httpx.HTTPStatusError() | httpx.StreamError():
            return BadAnswer(detail=type(origin).__name__)
    return Unreachable(detail=why_unanswered(origin))


def _certificate_problem(error: BaseException | None) -> str | None:
    """What OpenSSL says about a certificate that it didn't accept; None if that isn't why."""
    while error is not None:
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            error = error.certificate_error
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return None


def error_of(answer: Answer) -> JobsServiceError:
    """The error that any answer but a whole 200 means. A date in Retry-After counts from now."""
    code, detail, request_id = parse_error(answer.body)
    words: dict[str, Any] = {"code": code, "detail": detail, "request_id": request_id or answer.request_id}
    match answer.status:
        case 401 | 403 if not answer.may_be_services:
            return GatewayAnswer(status=answer.status, **words)
        case 401:
            return NotLoggedIn(status=401, **words)
        case 403:
            return NotAllowed(status=403, **words)
        case 404:
            return NotFound(status=404, **words)
        case 429 | 503:
            wait = parse_retry_after(answer.retry_after, datetime.now(UTC))
            return RateLimited(retry_after=wait, status=answer.status, **words)
        case status if status >= 500:
            return Unreachable(status=status, **words)
        case 200:
            return BadAnswer(status=200, detail=answer.problem)
    return BadAnswer(status=answer.status, **words)


@asynccontextmanager
async def open_connections(
    *, limit: int, keepalive: float, time_limit: float, proxies: Proxies = DIRECT
) -> AsyncIterator[Connections]:
    """At most `limit` connections, each of which stays open for `keepalive` idle seconds. Closed at the end."""
    session = open_session(
        proxies, _no_second_try, limit=limit, keepalive=keepalive, cookie_jar=aiohttp.DummyCookieJar()
    )
    async with session:
        yield Connections(AiohttpTransport(verify=trust_store(), client=session), time_limit)


async def _no_second_try(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a dropped request again by itself, also over a new connection: see `Connections.send`.

    It does so for its own errors only. The transport would call these a time-out.
    """
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except aiohttp.ClientConnectionError as error:
        raise httpx.RemoteProtocolError(str(error)) from error
