"""Commands, presses of buttons and events: read, acknowledged, handed over, replied to.

An acknowledgement never waits for a look-up or the database: those run in a task of our own, which replies by the
response URL. (Only a submitted form waits, and briefly: see `watch_form.handlers`.) Listeners never raise: Bolt loses
an acknowledgement if its listener raises soon after. A request that Slack delivers twice is handled once: handlers
that change something ask the store whether they are first, and `_started` keeps a look-up from being shown twice.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import stamina
import structlog
from cachetools import LRUCache
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack import request as requests
from bot.slack.api.events import FOLLOWED, ChannelEvent, channel_event
from bot.slack.api.response_urls import ResponseUrls
from bot.slack.command_name import CommandName
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse
from bot.slack.grammar.presses import ACTION_ID, Press, command_of, read_press
from bot.slack.grammar.writer import command_line
from bot.slack.handlers.channel_events import ChannelEvents
from bot.slack.handlers.failures import explained
from bot.slack.handlers.registry import Handlers, handle
from bot.slack.messages import failures
from bot.slack.messages.blocks import Message
from bot.slack.request import Request, Unreadable
from bot.slack.watch_form.handlers import WatchFormHandlers
from bot.store.database import DatabaseFault
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

_AT_ONCE = 100  # requests under way
_EVENT_LIMIT_S = 60
_REMEMBERED = 1_000  # requests, to recognise a second delivery

_ANYTHING = re.compile(".*", re.DOTALL)
_FOLLOWED = re.compile(rf"\A(?:{'|'.join(FOLLOWED)})\Z")


class Listeners:
    """Owns the requests under way. `own_user_id` is the bot's user ID, None until Slack could be asked."""

    def __init__(
        self,
        handlers: Handlers,
        watch_form: WatchFormHandlers,
        channel_events: ChannelEvents,
        response_urls: ResponseUrls,
        *,
        command_name: CommandName,
        own_user_id: Callable[[], str | None],
    ) -> None:
        self._handlers = handlers
        self._watch_form = watch_form
        self._channel_events = channel_events
        self._response_urls = response_urls
        self._own_user_id = own_user_id
        self._command_name = command_name
        self._requests = Tasks("requests", limit=_AT_ONCE)
        self._started: LRUCache[str, bool] = LRUCache(_REMEMBERED)

    def register(self, app: AsyncApp) -> None:
        """Listen to everything. The last listeners take what no other does: Slack redelivers what gets a 404, and ends
        the subscription of an app that answers so too often."""
        app.command(_ANYTHING)(self.on_command)
        app.action({"action_id": ACTION_ID})(self.on_button)
        self._watch_form.register(app)
        app.action({"action_id": _ANYTHING})(self.on_anything)
        app.event(_FOLLOWED)(self.on_event)
        app.event(_ANYTHING)(self.on_anything)
        app.shortcut(_ANYTHING)(self.on_anything)
        app.view({"type": "view_submission", "callback_id": _ANYTHING})(self.on_anything)
        app.view({"type": "view_closed", "callback_id": _ANYTHING})(self.on_anything)
        app.options(_ANYTHING)(self.on_anything)

    async def on_anything(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        log.debug("no handler for a payload", kind=str(body.get("type"))[:40])

    async def on_command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        try:
            request = requests.of_command(body)
        except Unreadable as unreadable:
            log.error("a command can't be read", why=str(unreadable))
            await ack(**failures.internal_error().payload)
            return
        command = parse(str(body.get("text") or ""))
        if isinstance(command, GrammarError):
            await ack(**failures.grammar_error(command, command=request.command).payload)
        else:
            refused = self._start(command, request)
            await (ack(**refused.payload) if refused else ack())
        await self._command_name.heard(request.workspace, request.command)

    async def on_button(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        action_id, value = str(action.get("action_id")), str(action.get("value") or "")
        press = read_press(action_id, value, is_ephemeral=requests.is_ephemeral(body))
        if press is None:
            log.error("a button's value can't be read", action=action_id[:40])
            return
        try:
            command = await self._command_name.of(requests.workspace_of(body))
            request = requests.of_button(body, f"{command} {command_line(command_of(press))}")
        except Unreadable as unreadable:
            log.error("a press can't be read", why=str(unreadable))
            return
        if refused := self._start(press, request):
            await self._response_urls.post(request.response_url, refused)

    async def on_event(self, ack: AsyncAck, body: dict[str, Any], event: dict[str, Any]) -> None:
        await ack()
        followed = channel_event(event, self._own_user_id())
        if followed is None:
            return
        try:
            self._requests.start(self._follow(followed, *requests.event_of(body)))
        except Unreadable as unreadable:
            log.error("an event can't be read", why=str(unreadable))
        except Full:
            # The next message to the channel, or the button in the direct message, makes up for it.
            log.error("too many requests under way; an event is dropped", kind=str(event.get("type"))[:40])

    async def _follow(self, event: ChannelEvent, workspace: str, key: str) -> None:
        try:
            # It is acknowledged, so Slack won't deliver it again.
            async for attempt in stamina.retry_context(on=DatabaseFault, attempts=None, timeout=_EVENT_LIMIT_S):
                with attempt:
                    await self._channel_events.follow(event, workspace, key)
        except DatabaseFault as fault:
            log.error("an event could not be followed", event_type=type(event).__name__, fault=repr(fault))

    def _start(self, press: Press, request: Request) -> Message | None:
        """Start the work; return what to reply instead if there is no room for it."""
        if request.key in self._started:
            return None
        try:
            self._requests.start(self._carry_out(press, request))
        except Full:
            if self._requests.closed:
                return failures.interrupted(request.typed)
            log.warning("too many requests under way")
            return failures.busy(request.typed)
        self._started[request.key] = True
        return None

    async def _carry_out(self, press: Press, request: Request) -> None:
        try:
            reply = await explained(handle(self._handlers, press, request), press, request)
        except asyncio.CancelledError:
            await self._response_urls.post(request.response_url, failures.interrupted(request.typed))
            raise
        if reply is not None:
            await self._response_urls.post(request.response_url, reply.message, in_channel=reply.in_channel)

    async def drain(self) -> None:
        """Give the requests under way three seconds; then tell each person that theirs was interrupted."""
        await asyncio.gather(self._requests.drain(grace=3), self._watch_form.tasks.drain(grace=3))
