"""Slack's requests over HTTP: verified before anything else reads them, then handed to Bolt."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

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
    """Answers a request's body and headers (lower-case names). Only Slack's own requests reach Bolt."""

    def __init__(self, app: AsyncApp, signing_secret: str) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret)

    def refusal(self, headers: Mapping[str, str]) -> HttpResponse | None:
        """The answer to a request that can't be Slack's, before its body is read: strangers' bodies fill no memory."""
        why = why_unsigned(headers)
        return None if why is None else _refused(why)

    async def __call__(self, body: bytes, headers: Mapping[str, str]) -> HttpResponse:
        if not is_from_slack(self._verifier, body, headers):
            return _refused("its signature was made with another secret, or it is stale")
        try:
            request = AsyncBoltRequest(body=body.decode(), headers=dict(headers))
        except Exception as error:  # Bolt parses without a guard; this body has Slack's signature but no sense
            log.error("a signed request that can't be read", fault=type(error).__name__)
            return HttpResponse(400, "unreadable")
        response = await self._app.async_dispatch(request)
        if response.status >= 500:  # listeners don't raise: it is a payload of a shape that Bolt didn't expect
            log.error("a signed request that Bolt failed on", length=len(body))
            return HttpResponse(400, "unreadable")
        return HttpResponse(response.status, response.body, response.first_headers_without_set_cookie())


def _refused(why: str) -> HttpResponse:
    log.warning("a request that Slack didn't sign", why=why)
    return HttpResponse(401, "not from Slack")
