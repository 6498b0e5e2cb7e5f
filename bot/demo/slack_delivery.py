"""How Slack reaches the bot: signs, sends, waits three seconds, and shows the person what came of it."""

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass

import aiohttp

from bot.demo.slack_faults import Refused
from bot.demo.slack_payloads import Parcel
from bot.demo.slack_response_urls import respond
from bot.demo.slack_socket import Links
from bot.demo.slack_workspace import Message, ResponseUrl, Workspace


def signed_headers(secret: str, body: bytes | str, timestamp: int | str) -> dict[str, str]:
    """Slack's signature of a body sent at `timestamp` (seconds since 1970)."""
    raw = body.encode() if isinstance(body, str) else body
    base = b"v0:" + str(timestamp).encode() + b":" + raw
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}


@dataclass(frozen=True)
class Answer:
    """What came of one delivery.

    `status` is the HTTP status (200 for an acknowledged envelope), None if none came. `elapsed` is in seconds.
    `message` is what the person saw at once: the bot's own words, or Slack's complaint. `error` is Slack's word.
    `content` is the answer as Slack read it, None if it was empty.
    """

    parcel: Parcel
    status: int | None
    elapsed: float
    body: str = ""
    message: Message | None = None
    error: str | None = None
    content: dict[str, object] | None = None

    @property
    def trigger_id(self) -> str | None:
        return self.parcel.trigger_id


@dataclass(frozen=True)
class _Reply:
    status: int | None
    body: str = ""
    content: dict[str, object] | None = None
    error: str | None = None


class Delivery:
    """`events_url` is the bot's request URL. `limit` is how long Slack waits for an answer, in seconds."""

    def __init__(self, workspace: Workspace, links: Links) -> None:
        self._workspace = workspace
        self._links = links
        self.session: aiohttp.ClientSession | None = None
        self.events_url: str | None = None
        self.limit = 3.0

    @property
    def has_receiver(self) -> bool:
        """Whether there is where to send to: an open link, or a request URL (which need not answer)."""
        return bool(self._links.open) or (self.session is not None and self.events_url is not None)

    async def deliver(
        self, parcel: Parcel, *, over_http: bool | None = None, retry: tuple[int, str] | None = None
    ) -> Answer:
        """Send it over a link if one is open, else by HTTP; `over_http` insists on one of them."""
        by_http = not self._links.open if over_http is None else over_http
        started = time.monotonic()
        try:
            async with asyncio.timeout(self.limit):
                reply = await (self._by_http(parcel, retry) if by_http else self._by_link(parcel, retry))
        except TimeoutError:
            reply = _Reply(None, error="operation_timeout")
        except (aiohttp.ClientError, ConnectionError):
            reply = _Reply(None, error="dispatch_failed")
        elapsed = time.monotonic() - started
        message, error = self._shown(parcel, reply)
        return Answer(parcel, reply.status, elapsed, reply.body, message, error, reply.content)

    async def _by_http(self, parcel: Parcel, retry: tuple[int, str] | None) -> _Reply:
        if self.session is None or self.events_url is None:
            raise RuntimeError("nobody to deliver to: serve the stand-in, and set its events_url or open a link")
        body, content_type = parcel.body()
        headers = signed_headers(self._workspace.signing_secret, body, int(time.time()))
        headers["Content-Type"] = content_type
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        async with self.session.post(self.events_url, data=body, headers=headers) as response:
            text = await response.text()
            error = None if response.status == 200 else "dispatch_failed"
            content = _content(text, response.content_type) if response.status == 200 else None
            return _Reply(response.status, text, content, error)

    async def _by_link(self, parcel: Parcel, retry: tuple[int, str] | None) -> _Reply:
        payload = await self._links.deliver(parcel, retry)
        return _Reply(200, json.dumps(payload) if payload else "", payload)

    def _shown(self, parcel: Parcel, reply: _Reply) -> tuple[Message | None, str | None]:
        """What the person sees, and the error if there was one. Presses and events have no immediate answer."""
        if parcel.reply is None:
            return None, reply.error
        if reply.error:
            return self._complaint(parcel, parcel.reply, reply.error), reply.error
        if not reply.content:
            return None, None
        try:
            return respond(self._workspace, parcel.reply, reply.content, "answer"), None
        except Refused:
            error = "invalid_command_response"
            return self._complaint(parcel, parcel.reply, error), error

    def _complaint(self, parcel: Parcel, to: ResponseUrl, error: str) -> Message:
        text = f'{parcel.payload["command"]} failed with the error "{error}"'
        return self._workspace.record(
            Message(
                self._workspace.timestamp(),
                to.channel,
                text,
                user="USLACKBOT",
                ephemeral_to=to.user,
                via="slackbot",
            )
        )


def _content(text: str, content_type: str) -> dict[str, object] | None:
    if not text.strip():
        return None
    if content_type != "application/json":
        return {"text": text}
    try:
        content = json.loads(text)
    except ValueError:
        return {"text": text}
    return content if isinstance(content, dict) else {"text": text}
