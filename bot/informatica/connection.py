"""One request and its answer: bounded in time and in size. Here, and only here, httpx's errors become ours."""

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
from urllib.request import getproxies, proxy_bypass

import httpx

from bot.informatica.errors import (
    BadAnswer,
    JobsServiceError,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    RateLimited,
    Unreachable,
)
from bot.informatica.parse import parse_error
from bot.informatica.values import parse_retry_after

# A job is about 600 bytes; what is larger than this is not read to its end, unless more is to be expected.
LARGEST_BODY = 1 << 20
# Never reached through a proxy, whatever the environment says.
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # a small answer that unfolds to a huge one would be read before it is measured
    "Content-Type": "application/json",
    "User-Agent": "Jobwatch",
}
_FOREIGN = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError)
# The texts of these quote what was to be sent: headers, or an address with a password in it.
_QUOTING = (httpx.InvalidURL, httpx.LocalProtocolError)
# What a kept connection looks like that the other side closed just now: it shows only when it is used.
_DROPPED = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, httpx.ConnectError)


@dataclass(frozen=True)
class Answer:
    """An answer of any HTTP status. `whole` is False when its body was larger than was asked for and cut there."""

    status: int
    body: bytes = field(repr=False)
    whole: bool = True
    retry_after: str | None = None
    request_id: str | None = None


class ReopeningTransport:
    """A transport of one connection, and a new one from `opened` after each exchange that did not come to its end.

    Broken off while a response is closed, httpcore (1.0) never gives the connection back to its pool: it shields that
    from anyio's cancellation, not from asyncio's. Every later request on the pool would wait for it in vain.
    """

    def __init__(self, opened: Callable[[], httpx.AsyncBaseTransport]) -> None:
        self._opened = opened
        self._transport = opened()

    async def exchange(self, request: httpx.Request, largest: int) -> Answer:
        """The answer, with at most `largest` bytes of its body. Raises what httpx and asyncio raise."""
        try:
            response = await self._transport.handle_async_request(request)
            try:
                return await _read(response, largest)
            finally:
                await response.aclose()
        except BaseException:
            used, self._transport = self._transport, self._opened()
            await used.aclose()
            raise

    async def close(self) -> None:
        """Close the connection."""
        await self._transport.aclose()


class Connection:
    """One connection to the service, kept between requests; `limit` is the seconds that one request may take.

    It speaks to httpx's transports, not to its client, which costs a third of a request's CPU time and would keep
    cookies. `proxied` is the way of each scheme that the environment has a proxy for.
    """

    def __init__(self, direct: ReopeningTransport, proxied: Mapping[str, ReopeningTransport], limit: float) -> None:
        self._direct = direct
        self._proxied = proxied
        self._limit = limit
        self._kept = False

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        largest: int = LARGEST_BODY,
    ) -> Answer:
        """Send one request and read its answer, up to `largest` bytes of it; redirects are answers too.

        A GET on a kept connection that dropped before it answered is sent once more, at once. Raises
        Unreachable, or BadAnswer for what is not HTTP.
        """
        kept, self._kept = self._kept, False
        try:
            request = httpx.Request(method, url, headers=_HEADERS | dict(headers or {}), content=content)
            used = self._transport_to(request.url)
            # httpx's own time limits count single reads, which a dripping answer never exceeds.
            async with asyncio.timeout(self._limit):
                try:
                    answer = await used.exchange(request, largest)
                except _DROPPED:
                    if not kept or method != "GET":
                        raise
                    answer = await used.exchange(request, largest)
        except _FOREIGN as error:
            raise translate(error) from (None if isinstance(error, _QUOTING) else error)
        self._kept = answer.whole
        return answer

    def _transport_to(self, url: httpx.URL) -> ReopeningTransport:
        if not self._proxied or url.host in _LOOPBACK or proxy_bypass(url.host):
            return self._direct
        return self._proxied.get(url.scheme, self._direct)


async def _read(response: httpx.Response, largest: int) -> Answer:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > largest:
            break
    return Answer(
        status=response.status_code,
        body=bytes(body[:largest]),
        whole=len(body) <= largest,
        retry_after=response.headers.get("Retry-After"),
        request_id=response.headers.get("X-Request-ID"),
    )


def redacted(answer: Answer, secret: str) -> Answer:
    """The answer without a secret that we sent: it may quote the request, and its words go to logs and to Slack."""
    spellings = {secret}
    for _ in range(2):  # a text inside JSON, and the request's JSON inside such a text
        spellings |= {json.dumps(text, ensure_ascii=ascii)[1:-1] for text in spellings for ascii in (True, False)}
    body = answer.body
    for spelling in {*spellings, html.escape(secret)} - {""}:
        body = body.replace(spelling.encode(errors="replace"), "…".encode())
    return answer if body == answer.body else replace(answer, body=body, request_id=None)


def translate(error: Exception) -> JobsServiceError:
    """Our word for an error of httpx or of the operating system."""
    match error:
        case TimeoutError() | httpx.TimeoutException():
            return Unreachable(timed_out=True)
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return Unreachable(detail="the address of the service is not a usable URL")
        case httpx.NetworkError() | httpx.ProxyError() | httpx.RemoteProtocolError():
            return Unreachable(detail=str(error) or type(error).__name__)
        case httpx.DecodingError() | httpx.TooManyRedirects() | httpx.HTTPStatusError() | httpx.StreamError():
            return BadAnswer(detail=type(error).__name__)
    return Unreachable(detail=type(error).__name__)


def error_of(answer: Answer, now: datetime | None = None) -> JobsServiceError:
    """The error that any answer but a whole 200 stands for; a date in Retry-After counts from `now` (aware)."""
    code, detail, request_id = parse_error(answer.body)
    said: dict[str, Any] = {"code": code, "detail": detail, "request_id": request_id or answer.request_id}
    match answer.status:
        case 401:
            return NotLoggedIn(status=401, **said)
        case 403:
            return NotAllowed(status=403, **said)
        case 404:
            return NotFound(status=404, **said)
        case 429 | 503:
            wait = parse_retry_after(answer.retry_after, now or datetime.now(UTC))
            return RateLimited(retry_after=wait, status=answer.status, **said)
        case status if status >= 500:
            return Unreachable(status=status, **said)
        case 200:
            return BadAnswer(status=200, detail=f"the answer is larger than {len(answer.body) >> 20} MiB")
    return BadAnswer(status=answer.status, **said)


@asynccontextmanager
async def open_connection(
    tls: ssl.SSLContext, *, keepalive: float, limit: float, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Connection]:
    """A line of its own; an idle connection stays open for `keepalive` seconds. Closed at the end.

    Large connection pools are walked at every request, so each line has small ones. The TLS context is
    shared, since each would read the bundle of certificates anew (60 ms).
    """
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=keepalive)
    proxies = getproxies()

    def opened(proxy: str | None = None) -> httpx.AsyncBaseTransport:
        return transport or httpx.AsyncHTTPTransport(verify=tls, limits=limits, proxy=proxy)

    direct = ReopeningTransport(opened)
    proxied = {
        scheme: ReopeningTransport(partial(opened, proxy))
        for scheme in ("http", "https")
        if transport is None and (proxy := proxies.get(scheme) or proxies.get("all"))
    }
    try:
        yield Connection(direct, proxied, limit)
    finally:
        for used in (direct, *proxied.values()):
            await used.close()
