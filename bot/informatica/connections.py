"""One request and its answer, bounded in time and size. The only module where httpx's errors become ours."""

import asyncio
import html
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx

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
from bot.informatica.values import parse_retry_after
from bot.network.proxies import DIRECT, Proxies, Proxy
from bot.network.trust_store import trust_store

# A job is about 600 bytes. Larger answers are cut here unless the caller expects more.
MAX_BODY = 1 << 20
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # a small compressed answer can expand to a huge one: none is ever expanded
    "Content-Type": "application/json",
    "User-Agent": "Jobwatch",
}
_FOREIGN = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError)
# The texts of these quote the request: headers, or an address with a password in it.
_QUOTING = (httpx.InvalidURL, httpx.LocalProtocolError)
# A kept connection that the server has just closed fails like this on its next use.
_DROPPED = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, httpx.ConnectError)


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


class ReopeningTransport:
    """A transport of one connection, replaced by a new one from `create` after each exchange that didn't finish.

    If a request is cancelled while its response is closed, httpcore (1.0) never returns the connection to its pool:
    it shields that step from anyio's cancellation, not from asyncio's. Later requests would wait for it for ever.
    """

    def __init__(self, create: Callable[[], httpx.AsyncBaseTransport]) -> None:
        self._create = create
        self._transport = create()

    async def exchange(self, request: httpx.Request, max_body: int) -> Answer:
        """Send the request and read at most `max_body` bytes. Raises what httpx and asyncio raise."""
        try:
            response = await self._transport.handle_async_request(request)
            try:
                return await _read(response, max_body)
            finally:
                await response.aclose()
        except BaseException:
            broken, self._transport = self._transport, self._create()
            await broken.aclose()
            raise

    async def close(self) -> None:
        """Close the connection."""
        await self._transport.aclose()


class Connection:
    """One connection to the service, kept between requests; `time_limit` (seconds) bounds one request.

    It uses httpx's transports rather than its client: the client takes a third of a request's CPU time, keeps cookies,
    and reads passwords from `~/.netrc`. `proxied` has the transport of each of the `proxies`.
    """

    def __init__(
        self,
        direct: ReopeningTransport,
        proxied: Mapping[Proxy, ReopeningTransport],
        proxies: Proxies,
        time_limit: float,
    ) -> None:
        self._direct = direct
        self._proxied = proxied
        self._proxies = proxies
        self._time_limit = time_limit
        self._kept = False

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        max_body: int = MAX_BODY,
    ) -> Answer:
        """Send one request and read at most `max_body` bytes of its answer. Redirects are not followed.

        A GET on a kept connection that drops before it answers is sent once more, at once. Raises Unreachable,
        or BadAnswer for an answer that isn't HTTP.
        """
        kept, self._kept = self._kept, False
        try:
            request = httpx.Request(method, url, headers=_HEADERS | dict(headers or {}), content=content)
            transport = self._transport_to(request.url)
            # httpx's own time limits count single reads, which an answer that drips never exceeds.
            async with asyncio.timeout(self._time_limit):
                try:
                    answer = await transport.exchange(request, max_body)
                except _DROPPED:
                    if not kept or method != "GET":
                        raise
                    answer = await transport.exchange(request, max_body)
        except _FOREIGN as error:
            raise translate(error) from (None if isinstance(error, _QUOTING) else error)
        self._kept = answer.problem is None
        return answer

    def _transport_to(self, url: httpx.URL) -> ReopeningTransport:
        proxy = self._proxies.leading_to(url.scheme, url.host, url.port)
        return self._direct if proxy is None else self._proxied[proxy]


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
    """Our error for one of httpx or of the operating system."""
    match error:
        case TimeoutError() | httpx.TimeoutException():
            return Unreachable(timed_out=True)
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return Unreachable(detail="the address of the service is not a usable URL")
        case httpx.NetworkError() if (problem := _certificate_problem(error)) is not None:
            return UntrustedCertificate(detail=problem)
        case httpx.NetworkError() | httpx.ProxyError() | httpx.RemoteProtocolError():
            return Unreachable(detail=str(error) or type(error).__name__)
        case httpx.DecodingError() | httpx.TooManyRedirects() | httpx.HTTPStatusError() | httpx.StreamError():
            return BadAnswer(detail=type(error).__name__)
    return Unreachable(detail=type(error).__name__)


def _certificate_problem(error: BaseException | None) -> str | None:
    """What OpenSSL says about a certificate that it didn't accept; None if that isn't why."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return None


def error_of(answer: Answer, now: datetime | None = None) -> JobsServiceError:
    """The error that any answer but a whole 200 means. A date in Retry-After counts from `now` (aware)."""
    code, detail, request_id = parse_error(answer.body)
    words: dict[str, Any] = {"code": code, "detail": detail, "request_id": request_id or answer.request_id}
    match answer.status:
        case 401 | 403 if answer.is_page:
            return GatewayAnswer(status=answer.status, **words)
        case 401:
            return NotLoggedIn(status=401, **words)
        case 403:
            return NotAllowed(status=403, **words)
        case 404:
            return NotFound(status=404, **words)
        case 429 | 503:
            wait = parse_retry_after(answer.retry_after, now or datetime.now(UTC))
            return RateLimited(retry_after=wait, status=answer.status, **words)
        case status if status >= 500:
            return Unreachable(status=status, **words)
        case 200:
            return BadAnswer(status=200, detail=answer.problem)
    return BadAnswer(status=answer.status, **words)


@asynccontextmanager
async def open_connection(
    *,
    keepalive: float,
    time_limit: float,
    proxies: Proxies = DIRECT,
    transport: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[Connection]:
    """A connection that stays open for `keepalive` idle seconds. Closed at the end.

    Each has pools of its own, because httpcore walks its whole pool at every request.
    """
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=keepalive)

    def create(proxy: Proxy | None = None) -> httpx.AsyncBaseTransport:
        if transport is not None:
            return transport
        tls = trust_store()
        through = (
            httpx.Proxy(proxy.url, auth=proxy.credentials, ssl_context=tls if proxy.url.startswith("https") else None)
            if proxy
            else None
        )
        return httpx.AsyncHTTPTransport(verify=tls, limits=limits, proxy=through)

    direct = ReopeningTransport(create)
    proxied = {proxy: ReopeningTransport(partial(create, proxy)) for proxy in set(proxies.by_scheme.values())}
    try:
        yield Connection(direct, proxied, proxies, time_limit)
    finally:
        for opened in (direct, *proxied.values()):
            await opened.close()
