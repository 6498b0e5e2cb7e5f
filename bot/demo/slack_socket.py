"""Socket Mode, Slack's side: links that the bot opens, envelopes that go over them, and their acknowledgements."""

import asyncio
import json
import uuid
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import WSMsgType, web

from bot.demo.slack_faults import Fault, Faults
from bot.demo.slack_payloads import Parcel
from bot.demo.slack_workspace import Workspace

# How long a link waits for the other side's part of the closing handshake, in seconds.
_CLOSE_LIMIT = 0.5
_GRACE = 1.0


@dataclass(frozen=True)
class _Ack:
    link: web.WebSocketResponse
    payload: asyncio.Future[dict[str, object] | None]


class Links:
    """The open links. Each envelope goes over one of them, in turn. Faults are planned for the method `link`."""

    def __init__(self, workspace: Workspace, faults: Faults) -> None:
        self._workspace = workspace
        self._faults = faults
        self._acks: dict[str, _Ack] = {}
        self.open: list[web.WebSocketResponse] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One link, from its ticket to its end. A ticket opens one link."""
        fault = self._faults.take("link", set())
        if isinstance(fault, Fault):
            return await self._faults.answer(fault, request)
        ticket = request.query.get("ticket", "")
        if fault is not None or ticket not in self._workspace.tickets:
            return web.Response(status=401)
        self._workspace.tickets.discard(ticket)
        link = web.WebSocketResponse(timeout=_CLOSE_LIMIT)
        await link.prepare(request)
        await self._greet(link)
        try:
            async for message in link:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(message.data)
        finally:
            self._ended(link)
        return link

    async def _greet(self, link: web.WebSocketResponse) -> None:
        self.open.append(link)
        about = {"host": "demo", "build_number": 1, "approximate_connection_time": 18060}
        hello = {"type": "hello", "num_connections": len(self.open), "debug_info": about}
        await link.send_json({**hello, "connection_info": {"app_id": self._workspace.app_id}})
        self._workspace.touch()

    def _acknowledged(self, text: str) -> None:
        try:
            ack = json.loads(text)
        except ValueError:
            return
        waiting = self._acks.get(str(ack.get("envelope_id"))) if isinstance(ack, dict) else None
        if waiting and not waiting.payload.done():
            waiting.payload.set_result(ack.get("payload"))

    def _ended(self, link: web.WebSocketResponse) -> None:
        if link in self.open:
            self.open.remove(link)
        for waiting in self._acks.values():
            if waiting.link is link and not waiting.payload.done():
                waiting.payload.set_exception(ConnectionResetError("the link ended before the acknowledgement"))
        self._workspace.touch()

    async def deliver(self, parcel: Parcel, retry: tuple[int, str] | None = None) -> dict[str, object] | None:
        """Send it and wait for the acknowledgement; its payload.

        A `ConnectionError` if no link is open or the link breaks before.
        """
        if not self.open:
            raise ConnectionResetError("no link is open")
        self.open.append(link := self.open.pop(0))
        envelope: dict[str, object] = {
            "envelope_id": str(uuid.uuid4()),
            "type": parcel.kind,
            "payload": parcel.payload,
            "accepts_response_payload": parcel.kind != "events_api",
        }
        if retry:
            envelope |= {"retry_attempt": retry[0], "retry_reason": retry[1]}
        name = str(envelope["envelope_id"])
        waiting = self._acks[name] = _Ack(link, asyncio.get_running_loop().create_future())
        try:
            await link.send_json(envelope)
            return await waiting.payload
        finally:
            del self._acks[name]

    async def disconnect(self, reason: str) -> None:
        """Announce the end of each link. The bot closes it and makes a new one; else it is closed after a second."""
        ending, self.open = self.open, []
        for link in ending:
            with suppress(ConnectionError):
                await link.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "demo"}})
        with suppress(TimeoutError):
            await self._workspace.until(lambda: all(link.closed for link in ending), _GRACE, ending)
        for link in ending:
            await link.close()

    async def close(self) -> None:
        for link in list(self.open):
            await link.close()
