"""Slack's requests over HTTP: verified before anything else reads them, then handed to Bolt."""

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


def is_from_slack(verifier: SignatureVerifier, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether a request carries Slack's signature and is at most five minutes old (Slack's page on verifying).

    Bolt verifies too, but parses the body first, and neither it nor slack-sdk survives a timestamp of letters or a
    signature beyond ASCII. `headers` has lower-case names.
    """
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 and signature.isascii()):
        return False
    try:
        return verifier.is_valid(body, timestamp, signature)
    except UnicodeDecodeError:  # it reads the body as UTF-8, as all of Slack's are
        return False


class Receiver:
    """Answers a request's body and headers (lower-case names). Only Slack's own requests reach Bolt."""

    def __init__(self, app: AsyncApp, signing_secret: str) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret)

    async def __call__(self, body: bytes, headers: Mapping[str, str]) -> HttpResponse:
        if not is_from_slack(self._verifier, body, headers):
            log.warning("a request without Slack's signature", length=len(body))
            return HttpResponse(401, "not from Slack")
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
