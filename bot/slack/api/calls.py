"""One call of the Web API, and the one error that it raises."""

import asyncio
import ssl
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.api.error_codes import Meaning, meaning_of

# What slack-sdk raises besides its own family: the network's errors and, if the answer isn't the JSON object that it
# expects (text, say), the error of reading it.
_FOREIGN = (
    SlackClientError,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
    asyncio.IncompleteReadError,
    AttributeError,
    TypeError,
    ValueError,
)
# Our code for a certificate that this machine doesn't trust: nothing was sent.
UNTRUSTED_CERTIFICATE = "certificate_refused"
_ABOUT_ADDRESS = ("unknown_method", "insecure_request", "deprecated_endpoint", "method_deprecated")

# The network's errors in Slack's style. The first that fits counts: aiohttp's classes overlap.
_CODES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (TimeoutError, "timed_out"),
    (aiohttp.ClientConnectorDNSError, "unknown_host"),
    (aiohttp.ClientConnectorCertificateError, UNTRUSTED_CERTIFICATE),
    ((aiohttp.ClientSSLError, ssl.SSLError), "tls_failed"),
    ((aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError), "proxy_refused"),
    (aiohttp.ClientConnectorError, "connection_refused"),
    ((OSError, aiohttp.ClientError), "connection_lost"),
)


class WebApiError(Exception):
    """A call that failed.

    `code` is Slack's error code, or one of ours in the same style if Slack gave none. `unreachable` means that there
    was no answer or a server error; `details` is Slack's description of what is wrong with blocks, without their text.
    """

    def __init__(
        self,
        code: str,
        *,
        meaning: Meaning = Meaning.RETRY_LATER,
        retry_after: timedelta | None = None,
        unreachable: bool = False,
        details: tuple[str, ...] = (),
    ) -> None:
        super().__init__(code)
        self.code = code
        self.meaning = meaning
        self.retry_after = retry_after
        self.unreachable = unreachable
        self.details = details

    @property
    def is_refusal(self) -> bool:
        """Whether Slack refuses until a person acts. For a call about no channel, either meaning is about the bot,
        unless the code only says that the address isn't that of today's Web API."""
        return self.meaning in (Meaning.DESTINATION_GONE, Meaning.ACCESS_REVOKED) and self.code not in _ABOUT_ADDRESS


class NotAnswered(WebApiError):
    """A call that Slack neither carried out nor refused: it could not be reached, is unwell or said "later".

    For a question that isn't a "no". `why` says what is in the way, in words.
    """

    @property
    def why(self) -> str:
        return _WHY.get(self.code) or f"it answers “{self.code[:40]}”"


_WHY = {
    "timed_out": "it doesn't answer in time",
    "unknown_host": "its name can't be resolved",
    UNTRUSTED_CERTIFICATE: "its certificate isn't trusted",
    "tls_failed": "no secure connection can be made",
    "proxy_refused": "the proxy can't be used",
    "connection_refused": "no connection can be made",
    "connection_lost": "the connection was lost",
    "unreadable_answer": "its answer can't be read",
}


async def called(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """Await a call of slack-sdk's client. Raises `WebApiError`.

    Hand over the coroutine itself: an error in our own arguments is raised before, and isn't taken for Slack's.
    """
    try:
        return await call
    except _FOREIGN as failure:
        raise translated(failure) from failure


def object_in(response: AsyncSlackResponse, field: str) -> Mapping[str, Any]:
    """An object in an answer; empty if the answer has none there."""
    value = response.get(field)
    return value if isinstance(value, Mapping) else {}


def translated(failure: BaseException) -> WebApiError:
    """A foreign error as ours."""
    code, status = _code(failure), _status(failure)
    meaning = meaning_of(code, status)
    kind = NotAnswered if meaning is Meaning.RETRY_LATER else WebApiError
    return kind(
        code,
        meaning=meaning,
        retry_after=_retry_after(failure),
        unreachable=not isinstance(failure, SlackApiError) or (status or 0) >= 500,
        details=_details(failure),
    )


def _code(failure: BaseException) -> str:
    if isinstance(failure, SlackApiError):
        data = getattr(failure.response, "data", failure.response)
        code = data.get("error") if isinstance(data, Mapping) else None
        return code if isinstance(code, str) and code else f"http_{_status(failure) or 'unknown'}"
    return next((code for kinds, code in _CODES if isinstance(failure, kinds)), "unreadable_answer")


def _status(failure: BaseException) -> int | None:
    status = getattr(getattr(failure, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _retry_after(failure: BaseException) -> timedelta | None:
    headers: Any = getattr(getattr(failure, "response", None), "headers", None)
    if not isinstance(headers, Mapping):
        return None
    value = next((str(v) for k, v in headers.items() if str(k).lower() == "retry-after"), "")
    # Slack gives whole seconds, never more than a day; ignore anything else.
    return timedelta(seconds=min(int(value), 86_400)) if value.isascii() and value.isdigit() else None


def _details(failure: BaseException) -> tuple[str, ...]:
    data = getattr(failure.response, "data", None) if isinstance(failure, SlackApiError) else None
    metadata = data.get("response_metadata") if isinstance(data, dict) else None
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    return tuple(str(line)[:200] for line in messages[:5]) if isinstance(messages, list) else ()
