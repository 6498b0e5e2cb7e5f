"""How Slack reaches the bot: it signs, sends, waits three seconds and shows the result to the person."""

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, replace

import aiohttp

from bot.demo.slack.api.payloads import AppRequest
from bot.demo.slack.api.response_urls import respond
from bot.demo.slack.api.socket_mode import Connections
from bot.demo.slack.block_kit.schema import Json
from bot.demo.slack.errors import Refused
from bot.demo.slack.workspace.messages import Message, ResponseUrl
from bot.demo.slack.workspace.workspace import Workspace


def signed_headers(secret: str, body: bytes | str, timestamp: int | str) -> dict[str, str]:
    """Slack's signature of a body sent at `timestamp` (seconds since 1970)."""
    raw = body.encode() if isinstance(body, str) else body
    base = b"v0:" + str(timestamp).encode() + b":" + raw
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}


@dataclass(frozen=True)
class Answer:
    """The result of one delivery.

    `status` is the HTTP status, 200 for an acknowledged envelope, or None without an answer. `content` is the parsed
    answer, None if it was empty. `message` is what the person sees at once: the bot's words or Slack's `error`.
    """

    request: AppRequest
    status: int | None = None
    body: str = ""
    content: Json | None = None
    error: str | None = None
    elapsed: float = 0.0
    message: Message | None = None

    @property
    def trigger_id(self) -> str | None:
        return self.request.trigger_id


class Delivery:
    """`events_url` is the bot's request URL, `limit` Slack's time limit for an answer in seconds."""

    def __init__(self, workspace: Workspace, connections: Connections, events_url: str | None = None) -> None:
        self._workspace = workspace
        self._connections = connections
        self.session: aiohttp.ClientSession | None = None
        self.events_url = events_url
        self.limit = 3.0

    @property
    def has_receiver(self) -> bool:
        """Whether there is an open connection or a request URL."""
        return bool(self._connections.open) or (self.session is not None and self.events_url is not None)

    async def deliver(self, request: AppRequest, retry: tuple[int, str] | None = None) -> Answer:
        """Send it over a Socket Mode connection if one is open, else by HTTP."""
        started = time.monotonic()
        send = self._over_socket if self._connections.open else self._over_http
        try:
            async with asyncio.timeout(self.limit):
                answer = await send(request, retry)
        except TimeoutError:
            answer = Answer(request, error="operation_timeout")
        except (aiohttp.ClientError, ConnectionError):
            answer = Answer(request, error="dispatch_failed")
        return self._shown(replace(answer, elapsed=time.monotonic() - started))

    async def repeat(self, answer: Answer, *, retry: int | None = None) -> Answer:
        """Deliver the same request again with a new signature, as retry number `retry` if there is one."""
        return await self.deliver(answer.request, None if retry is None else (retry, "http_timeout"))

    async def _over_http(self, request: AppRequest, retry: tuple[int, str] | None) -> Answer:
        if self.session is None or self.events_url is None:
            raise RuntimeError("nobody to deliver to: serve the stand-in, and set its events_url or open a connection")
        body, content_type = request.body()
        headers = signed_headers(self._workspace.app.signing_secret, body, int(time.time()))
        headers["Content-Type"] = content_type
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        async with self.session.post(self.events_url, data=body, headers=headers) as response:
            text = await response.text()
            if response.status != 200:
                return Answer(request, response.status, text, error="dispatch_failed")
            return Answer(request, 200, text, _content(text, response.content_type))

    async def _over_socket(self, request: AppRequest, retry: tuple[int, str] | None) -> Answer:
        payload = await self._connections.deliver(request, retry)
        return Answer(request, 200, json.dumps(payload) if payload else "", payload)

    def _shown(self, answer: Answer) -> Answer:
        """Show the answer to a command. Interactions and events have no immediate answer."""
        reply = answer.request.reply
        if reply is None:
            return answer
        if answer.content and not answer.error:
            try:
                return replace(answer, message=respond(self._workspace, reply, answer.content, "answer"))
            except Refused:
                answer = replace(answer, error="invalid_command_response")
        return replace(answer, message=self._complaint(answer, reply)) if answer.error else answer

    def _complaint(self, answer: Answer, to: ResponseUrl) -> Message:
        text = f'{answer.request.payload["command"]} failed with the error "{answer.error}"'
        message = Message(self._workspace.timestamp(), to.channel, text, user="USLACKBOT", via="slackbot")
        message.ephemeral_to = to.user
        return self._workspace.record(message)


def _content(text: str, content_type: str) -> Json | None:
    if not text.strip():
        return None
    try:
        content = json.loads(text) if content_type == "application/json" else None
    except ValueError:
        content = None
    return content if isinstance(content, dict) else {"text": text}
