"""Slack's requests over HTTP: verified before anything else reads them, then handed to Bolt."""

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class HttpResponse:
    """What the HTTP server sends back."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


_MAX_AGE_S = 5 * 60  # Slack's page on verifying requests
_LOGGED_EVERY_S = 60
_MAX_UNSIGNED = 1024  # bytes: `ssl_check=1&token=…`
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)


def why_unsigned(headers: Mapping[str, str]) -> str | None:
    """Why a request with these headers can't be Slack's, whatever its body is; None if it can.

    `headers` has lower-case names. Neither Bolt nor slack-sdk survives a timestamp of letters or a signature beyond
    ASCII.
    """
    timestamp = headers.get("x-slack-request-timestamp", "")
    if not _SIGNATURE.fullmatch(headers.get("x-slack-signature", "")) or not timestamp:
        return "it has no signature of Slack's form"
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return "its timestamp is no number"
    if abs(time.time() - int(timestamp)) > _MAX_AGE_S:
        return "its timestamp is more than five minutes off: a stale request, or this machine's clock is wrong"
    return None


def is_from_slack(verifier: SignatureVerifier, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether a request carries Slack's signature and is at most five minutes old. Bolt verifies too, but parses the
    body first."""
    if why_unsigned(headers) is not None:
        return False
    try:
        return verifier.is_valid(body, headers["x-slack-request-timestamp"], headers["x-slack-signature"])
    except UnicodeDecodeError:  # it reads the body as UTF-8, as all of Slack's are
        return False


class Receiver:
    """Answers a request's body and headers (lower-case names). Only Slack's own requests reach Bolt.

    Each of those is acknowledged, also if nothing can be done with it: Slack repeats what isn't, and ends the
    subscription of an app that refuses too much.
    """

    def __init__(self, app: AsyncApp, signing_secret: str) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret)
        self._logged_at: dict[str, float] = {}  # why a request was refused → when the log last said so

    def refusal(self, headers: Mapping[str, str]) -> HttpResponse | None:
        """The answer to a request that can't be Slack's, before its body is read: strangers' bodies fill no memory."""
        why = why_unsigned(headers)
        return None if why is None or _is_small(headers) else self._refused(why)

    async def __call__(self, body: bytes, headers: Mapping[str, str]) -> HttpResponse:
        if not is_from_slack(self._verifier, body, headers):
            if _is_small(headers) and _is_ssl_check(body):
                return HttpResponse(200)
            return self._refused(why_unsigned(headers) or "its signature was made with another secret")
        try:
            request = AsyncBoltRequest(body=body.decode(), headers=dict(headers))
        except Exception as error:  # Bolt parses without a guard; this body has Slack's signature but no sense
            log.error("a signed request that can't be read", fault=type(error).__name__)
            return HttpResponse(200)
        response = await self._app.async_dispatch(request)
        if response.status >= 500:  # listeners don't raise: it is a payload of a shape that Bolt didn't expect
            log.error("a signed request that Bolt failed on", length=len(body))
            return HttpResponse(200)
        if response.status == 404:
            log.debug("a signed request that no listener fits", length=len(body))
            return HttpResponse(200)
        return HttpResponse(response.status, response.body, response.first_headers_without_set_cookie())

    def _refused(self, why: str) -> HttpResponse:
        """The answer to a request that isn't Slack's. Strangers may send thousands: the log says each reason once a
        minute."""
        now = time.monotonic()
        if now - self._logged_at.get(why, -math.inf) >= _LOGGED_EVERY_S:
            self._logged_at[why] = now
            log.warning("a request that Slack didn't sign", why=why)
        return HttpResponse(401, "not from Slack")


def _is_small(headers: Mapping[str, str]) -> bool:
    length = headers.get("content-length", "")
    return length.isascii() and length.isdigit() and len(length) <= 4 and int(length) <= _MAX_UNSIGNED


def _is_ssl_check(body: bytes) -> bool:
    """Whether this is Slack's check of the server's certificate, which it needn't sign and which asks for nothing."""
    return parse_qs(body.decode(errors="replace")).get("ssl_check") == ["1"]
