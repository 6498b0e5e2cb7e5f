"""What people do about a watch in the Home tab: it acts for the place of its row, as the command would there."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.destination import Destination
from bot.slack import request as requests
from bot.slack.authorization import Authorization
from bot.slack.command_name import CommandName
from bot.slack.grammar.commands import Unwatch
from bot.slack.grammar.presses import ACTION_ID, Press, command_of, read_press
from bot.slack.grammar.writer import command_line
from bot.slack.handlers.failures import explained
from bot.slack.handlers.registry import Handlers, handle
from bot.slack.home.publishing import HomePublisher
from bot.slack.messages import failures
from bot.slack.messages.home.elements import place_of
from bot.slack.messages.modals.from_home import STOP, read_stop
from bot.slack.permissions import CHANGES
from bot.slack.replies import Replies
from bot.slack.request import Asker, Reply, Request, Unreadable
from bot.store.database import Database, DatabaseFault
from bot.store.homes import tabs
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

_AT_ONCE, _AT_ONCE_EACH = 50, 5
_BLOCK = re.compile(r"\Ahome:")


class HomeActions:
    """Carries out presses in the Home tab, once the person is known to be in the channel that they act for, and shows
    the tab anew. Owns `tasks`, the presses under way."""

    def __init__(
        self,
        database: Database,
        handlers: Handlers,
        publisher: HomePublisher,
        replies: Replies,
        authorization: Authorization,
        command_name: CommandName,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._publisher = publisher
        self._replies = replies
        self._authorization = authorization
        self._command_name = command_name
        self.tasks = Tasks("presses in Home tabs", limit=_AT_ONCE, per_owner=_AT_ONCE_EACH)

    def register(self, app: AsyncApp) -> None:
        app.action({"block_id": _BLOCK, "action_id": ACTION_ID})(self.on_press)
        app.view({"type": "view_submission", "callback_id": STOP})(self.on_stop)

    async def on_press(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        action_id, place = str(action.get("action_id")), place_of(action)
        press = read_press(action_id, requests.value_of(action), is_ephemeral=True)
        if press is None or place is None:
            log.error("a press in a Home tab can't be read", action=action_id[:40])
            return
        await self._begin(press, place, body)

    async def on_stop(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        """The person agreed to stop a watch."""
        await ack()
        if (read := read_stop(view)) is None:
            log.error("a question of a Home tab can't be read")
            return
        place, asked = read
        await self._begin(Unwatch(asked.ref), place, body)

    async def _begin(self, press: Press, place: str, body: dict[str, Any]) -> None:
        try:
            asker = requests.asker_of(body)
            command = await self._command_name.of(asker.workspace)
            request = requests.of_home(body, place, f"{command} {command_line(command_of(press))}")
        except Unreadable as unreadable:
            log.error("a press in a Home tab can't be read", why=str(unreadable))
            return
        try:
            self.tasks.start(self._carry_out(press, request, asker), owner=request.user)
        except Full:
            busy = failures.interrupted if self.tasks.closed else failures.busy
            await self._replies.send(request, busy(request.typed))

    async def _carry_out(self, press: Press, request: Request, asker: Asker) -> None:
        try:
            reply = await explained(self._answer(press, request, asker), press, request)
        except asyncio.CancelledError:
            await self._replies.send(request, failures.interrupted(request.typed))
            raise
        if reply is not None:
            await self._replies.send(request, reply.message, in_channel=reply.in_channel)
        await self._show_anew(Destination(request.workspace, request.user))

    async def _answer(self, press: Press, request: Request, asker: Asker) -> Reply | None:
        if refused := await self._authorization.refusal(asker, request.typed, anew=type(press) in CHANGES):
            return Reply(refused)
        if not request.is_direct:
            refusal = await self._authorization.membership_refusal(request.channel, request.user)
            if refusal is not None:
                return refusal
        return await handle(self._handlers, press, request)

    async def _show_anew(self, person: Destination) -> None:
        try:
            async with self._database.writing() as session:
                tab = await tabs.use(session, person, datetime.now(UTC))
            if tab is not None:
                await self._publisher.publish(tab)
        except (DatabaseFault, TimeoutError) as fault:  # a worker does it a moment later
            log.warning("a Home tab can't be shown anew", fault=repr(fault))
