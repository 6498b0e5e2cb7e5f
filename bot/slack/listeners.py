"""Commands, presses of buttons and events: read, acknowledged, handed over, replied to.

An acknowledgement never waits for a look-up or the database: those run in a task of our own, which replies by the
response URL. (A submitted form waits, and a command that can't be read, both briefly: see `watch_form.handlers`.)
Listeners never raise: Bolt loses an acknowledgement if its listener raises soon after. Who asks is checked before
anything else is done: see `authorization`. A request that Slack delivers twice is handled once: handlers
that change something ask the store whether they are first, and `_started` keeps a look-up from being shown twice.
"""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import structlog
from cachetools import LRUCache
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.response import BoltResponse

from bot.slack import request as requests
from bot.slack.api.events import FOLLOWED, MENTION, AccessLost, channel_event, relevant_fields
from bot.slack.authorization import Authorization
from bot.slack.command_name import CommandName
from bot.slack.event_queue import EventQueue, NotNow, QueuedEvent
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse
from bot.slack.grammar.presses import ACTION_ID, Press, command_of, read_press
from bot.slack.grammar.writer import command_line
from bot.slack.handlers.channel_events import ChannelEvents
from bot.slack.handlers.failures import explained
from bot.slack.handlers.registry import Handlers, handle
from bot.slack.mention import mentioned_text, read_mention
from bot.slack.messages import failures
from bot.slack.messages.blocks import Message
from bot.slack.permissions import CHANGES
from bot.slack.replies import Replies
from bot.slack.request import Asker, Reply, Request, Unreadable
from bot.tasks import Full, FullForOwner, Tasks

log = structlog.get_logger(__name__)

_AT_ONCE = 100  # requests under way
_AT_ONCE_EACH = 10  # of one person
_REMEMBERED = 1_000  # requests, to recognise a second delivery

_ANYTHING = re.compile(".*", re.DOTALL)
_FOLLOWED = re.compile(rf"\A(?:{'|'.join(FOLLOWED)})\Z")


class Modal(Protocol):
    """What happens in an open modal or in the Home tab. `tasks` is its work under way."""

    tasks: Tasks

    def register(self, app: AsyncApp) -> None: ...


class Listeners:
    """Owns the requests under way and the events that wait."""

    def __init__(
        self,
        handlers: Handlers,
        modals: Sequence[Modal],
        channel_events: ChannelEvents,
        replies: Replies,
        authorization: Authorization,
        *,
        command_name: CommandName,
    ) -> None:
        self._handlers = handlers
        self._modals = modals
        self._channel_events = channel_events
        self._replies = replies
        self._authorization = authorization
        self._command_name = command_name
        self._requests = Tasks("requests", limit=_AT_ONCE, per_owner=_AT_ONCE_EACH)
        self._naming = Tasks("command names", limit=1)
        self._events = EventQueue(self._follow)
        self._started: LRUCache[str, bool] = LRUCache(_REMEMBERED)

    def register(self, app: AsyncApp) -> None:
        """Listen to everything that Bolt knows: the last listeners take what no other does. What Bolt doesn't know is
        acknowledged before: see `api.acknowledging`."""
        app.command(_ANYTHING)(self.on_command)
        for modal in self._modals:  # first: what the Home tab has is pressed elsewhere, too
            modal.register(app)
        app.action({"action_id": ACTION_ID})(self.on_button)
        app.action({"action_id": _ANYTHING})(self.on_anything)
        app.event(MENTION)(self.on_mention)
        app.event(_FOLLOWED, middleware=[self._keep_at_slack])(self.on_event)
        app.event(_ANYTHING)(self.on_anything)
        app.shortcut(_ANYTHING)(self.on_anything)
        app.view({"type": "view_submission", "callback_id": _ANYTHING})(self.on_anything)
        app.view({"type": "view_closed", "callback_id": _ANYTHING})(self.on_anything)
        app.options(_ANYTHING)(self.on_other_menu)

    async def on_anything(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        log.debug("no handler for a payload", kind=str(body.get("type"))[:40])

    async def on_other_menu(self, ack: AsyncAck) -> None:
        await ack({"options": []})

    async def on_command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        try:
            request, asker = requests.of_command(body), requests.asker_of(body)
        except Unreadable as unreadable:
            log.error("a command can't be read", why=str(unreadable))
            await ack(**failures.internal_error().payload)
            return
        command = parse(str(body.get("text") or ""))
        if isinstance(command, GrammarError):
            refused = await self._authorization.refusal(asker, request.typed)
            await ack(**(refused or failures.grammar_error(command, command=request.command)).payload)
        else:
            refused = self._start(command, request, asker)
            await (ack(**refused.payload) if refused else ack())
        own = self._authorization.identity
        if own is not None and request.workspace == own.workspace:
            self._remember_command(request)

    def _remember_command(self, request: Request) -> None:
        """Write the command's name if it is news. It is work under way: the process doesn't end in the middle of it."""
        if not self._command_name.knows(request.workspace, request.command):
            with contextlib.suppress(Full):  # the next command tells it
                self._naming.start(self._command_name.heard(request.workspace, request.command))

    async def on_button(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        action_id = str(action.get("action_id"))
        press = read_press(action_id, requests.value_of(action), is_ephemeral=requests.is_ephemeral(body))
        if press is None:
            log.error("a button's value can't be read", action=action_id[:40])
            return
        try:
            asker = requests.asker_of(body)
            command = await self._command_name.of(asker.workspace)
            request = requests.of_button(body, f"{command} {command_line(command_of(press))}")
        except Unreadable as unreadable:
            log.error("a press can't be read", why=str(unreadable))
            return
        if refused := self._start(press, request, asker):
            await self._replies.send(request, refused)

    async def on_mention(self, ack: AsyncAck, body: dict[str, Any], event: dict[str, Any]) -> None:
        """A mention is answered like the command, by the Web API: it has no response URL and opens no form."""
        await ack()
        own = self._authorization.identity
        text = mentioned_text(event, own.user_id) if own else None
        if own is None or text is None:
            log.debug("a mention that asks for nothing", known=own is not None)
            return
        try:
            asker = requests.mentioner_of(body)
            command = await self._command_name.of(asker.workspace)
            request = requests.of_mention(body, f"{command} {text}".strip())
        except Unreadable as unreadable:
            log.error("a mention can't be read", why=str(unreadable))
            return
        if request.key in self._started:
            return
        read = read_mention(text)
        if read is None or isinstance(read, GrammarError):
            unclear = failures.mention_not_understood(bot_name=own.user_name, command=command)
            words = failures.grammar_error(read, command=command) if read else unclear
            self._started[request.key] = True
            refused = await self._authorization.refusal(asker, request.typed)
            await self._replies.send(request, refused or words)
        elif busy := self._start(read, request, asker):
            await self._replies.send(request, busy)

    # ── events ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _keep_at_slack(self, next: Callable[[], Awaitable[object]]) -> BoltResponse | None:
        """Don't acknowledge an event that can't be kept: Slack delivers it again, for six minutes."""
        if self._events.has_room:
            await next()
            return None
        log.error("too many events wait; Slack is asked to deliver one again")
        return BoltResponse(status=429, body="")

    async def on_event(self, ack: AsyncAck, body: dict[str, Any], event: dict[str, Any]) -> None:
        await ack()
        try:
            workspace, key = requests.event_of(body)
        except Unreadable as unreadable:
            log.error("an event can't be read", why=str(unreadable))
        else:
            self._events.put(QueuedEvent(workspace, key, relevant_fields(event)))

    async def _follow(self, queued: QueuedEvent) -> None:
        """Raises `DatabaseFault`, and `NotNow` until Slack has said who the bot is."""
        own = self._authorization.identity
        event = channel_event(queued.event, own.user_id if own else None)
        if isinstance(event, AccessLost) and own is None:
            return  # Slack is being asked for the bot's access anyway
        if own is None:
            raise NotNow("the bot doesn't know its workspace yet")
        if queued.workspace != own.workspace:
            log.warning("an event of another workspace is ignored", workspace=queued.workspace)
        elif event is not None:
            await self._channel_events.follow(event, queued.workspace, queued.key)

    # ── requests ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _start(self, press: Press, request: Request, asker: Asker) -> Message | None:
        """Start the work; return what to reply instead if there is no room for it."""
        if request.key in self._started:
            return None
        try:
            self._requests.start(self._carry_out(press, request, asker), owner=request.user)
        except FullForOwner:
            return failures.busy_with_yours(request.typed)
        except Full:
            if self._requests.closed:
                return failures.interrupted(request.typed)
            log.warning("too many requests under way")
            return failures.busy(request.typed)
        self._started[request.key] = True
        return None

    async def _carry_out(self, press: Press, request: Request, asker: Asker) -> None:
        try:
            reply = await explained(self._answer(press, request, asker), press, request)
        except asyncio.CancelledError:
            await self._replies.send(request, failures.interrupted(request.typed))
            raise
        if reply is not None:
            await self._replies.send(request, reply.message, in_channel=reply.in_channel, replaces=reply.replaces)

    async def _answer(self, press: Press, request: Request, asker: Asker) -> Reply | None:
        if refused := await self._authorization.refusal(asker, request.typed, anew=type(press) in CHANGES):
            return Reply(refused)
        return await handle(self._handlers, press, request)

    async def drain(self) -> None:
        """Give the requests and events under way three seconds; then tell each person that theirs was interrupted."""
        await asyncio.gather(
            self._requests.drain(grace=3),
            self._naming.drain(grace=1),
            *(modal.tasks.drain(grace=3) for modal in self._modals),
            self._events.drain(grace=3),
        )
