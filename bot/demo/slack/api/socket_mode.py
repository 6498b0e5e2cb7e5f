"""Slack's side of Socket Mode: connections, envelopes and acknowledgements."""

import asyncio
import json
import secrets
import uuid
from contextlib import suppress

from aiohttp import WSMsgType, web

from bot.demo.slack.api.content import Answer, Arguments
from bot.demo.slack.api.faults import Faults
from bot.demo.slack.api.payloads import AppRequest
from bot.demo.slack.errors import Refused
from bot.demo.slack.workspace.workspace import Workspace

# How long a connection waits for the other side's part of the closing handshake, in seconds.
_CLOSE_LIMIT = 0.5
_GRACE = 1.0


def open_connection(workspace: Workspace, arguments: Arguments) -> Answer:
    """The method `apps.connections.open`."""
    ticket = secrets.token_hex(16)
    workspace.tickets.add(ticket)
    host = workspace.origin.removeprefix("http://")
    return {"url": f"ws://{host}/link/?ticket={ticket}&app_id={workspace.app.id}"}


class Connections:
    """The open connections. Each envelope goes over one of them, in turn. Faults are planned for `socket`."""

    def __init__(self, workspace: Workspace, faults: Faults) -> None:
        self._workspace = workspace
        self._faults = faults
        self._unacknowledged: dict[str, tuple[web.WebSocketResponse, asyncio.Future[Answer | None]]] = {}
        self.open: list[web.WebSocketResponse] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection to its end. A ticket opens one connection."""
        try:
            fault = self._faults.take("socket", set())
        except Refused:
            return web.Response(status=401)
        if fault:
            return await self._faults.answer(fault, request)
        ticket = request.query.get("ticket", "")
        if ticket not in self._workspace.tickets:
            return web.Response(status=401)
        self._workspace.tickets.discard(ticket)
        socket = web.WebSocketResponse(timeout=_CLOSE_LIMIT)
        await socket.prepare(request)
        await self._greet(socket)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(message.data)
        finally:
            self._ended(socket)
        return socket

    async def _greet(self, socket: web.WebSocketResponse) -> None:
        self.open.append(socket)
        about = {"host": "demo", "build_number": 1, "approximate_connection_time": 18060}
        hello = {"type": "hello", "num_connections": len(self.open), "debug_info": about}
        await socket.send_json({**hello, "connection_info": {"app_id": self._workspace.app.id}})
        self._workspace.touch()

    def _acknowledged(self, text: str) -> None:
        with suppress(ValueError):
            ack = json.loads(text)
            _, waiting = self._unacknowledged.get(str(ack.get("envelope_id")), (None, None))
            if waiting and not waiting.done():
                waiting.set_result(ack.get("payload"))

    def _ended(self, socket: web.WebSocketResponse) -> None:
        if socket in self.open:
            self.open.remove(socket)
        for sent_over, waiting in self._unacknowledged.values():
            if sent_over is socket and not waiting.done():
                waiting.set_exception(ConnectionResetError("the connection ended before the acknowledgement"))
        self._workspace.touch()

    async def deliver(self, request: AppRequest, retry: tuple[int, str] | None = None) -> Answer | None:
        """Send it and return the acknowledgement's payload. Raises `ConnectionError` without a connection."""
        if not self.open:
            raise ConnectionResetError("no connection is open")
        self.open.append(socket := self.open.pop(0))
        name = str(uuid.uuid4())
        envelope: Answer = {"envelope_id": name, "type": request.kind, "payload": request.payload}
        envelope["accepts_response_payload"] = request.kind != "events_api"
        if retry:
            envelope |= {"retry_attempt": retry[0], "retry_reason": retry[1]}
        waiting: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._unacknowledged[name] = (socket, waiting)
        try:
            await socket.send_json(envelope)
            return await waiting
        finally:
            del self._unacknowledged[name]

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Announce the end of each connection, and close those that the bot doesn't close soon."""
        ending, self.open = self.open, []
        for socket in ending:
            with suppress(ConnectionError):
                await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "demo"}})
        with suppress(TimeoutError):
            await self._workspace.until(lambda: all(socket.closed for socket in ending), _GRACE, ending)
        for socket in ending:
            await socket.close()

    async def close(self) -> None:
        for socket in list(self.open):
            await socket.close()
