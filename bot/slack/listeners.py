"""What happens when somebody types a command or presses a button: parse, acknowledge, do, answer.

The acknowledgement never waits: it is given at once, and what takes a look or the database is done in a task of
ours, which answers by the response URL. (Only a form that was sent waits, and not for long: see `modals`.) Listeners
never raise: Bolt loses an acknowledgement when one raises soon after it. A request that Slack delivers twice is done
once: the verbs that change something ask the store whether they are first, and `_seen` keeps a look from being
answered twice.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import stamina
import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.informatica.errors import JobsServiceError
from bot.slack import request as requests
from bot.slack.api.events import FOLLOWED, ChannelEvent, channel_event
from bot.slack.api.messenger import Answers
from bot.slack.grammar.errors import GrammarError
from bot.slack.grammar.parser import parse
from bot.slack.handlers.buttons import is_seen_by_one, line_for, pressed
from bot.slack.handlers.channel_events import ChannelEvents
from bot.slack.handlers.commands import CommandHandlers, Wish
from bot.slack.messages import failures, look_up
from bot.slack.messages.blocks import Message
from bot.slack.messages.buttons import Action
from bot.slack.request import Answer, Request, Unreadable
from bot.slack.watch_form.handlers import WatchFormHandlers
from bot.store.database import DatabaseFault
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

# A person has an answer after this long (seconds), whatever hangs: a look may take 15, and they were promised 20.
_ANSWER_LIMIT = 18
_AT_ONCE = 100  # requests under way
_EVENT_LIMIT_S = 60
_REMEMBERED = 1_000  # requests, to recognise a second delivery

_ANYTHING = re.compile(".*", re.DOTALL)
# Bolt searches: without the ends, longer names would fit too.
_BUTTON = re.compile(rf"\A(?:{'|'.join(Action)})(?::\d+)?\Z")
_FOLLOWED = re.compile(rf"\A(?:{'|'.join(FOLLOWED)})\Z")


class Listeners:
    """Owns the requests under way. `me` is the bot's own user ID, once Slack has told it; `command` names the bot's
    command in lines to copy that no request names."""

    def __init__(
        self,
        verbs: CommandHandlers,
        places: ChannelEvents,
        answers: Answers,
        modals: WatchFormHandlers,
        me: Callable[[], str | None],
        command: str = "/job",
    ) -> None:
        self._verbs = verbs
        self._places = places
        self._answers = answers
        self._modals = modals
        self._me = me
        self._command = command
        self._requests = Tasks("requests", limit=_AT_ONCE)
        self._seen: OrderedDict[str, None] = OrderedDict()

    def register(self, app: AsyncApp) -> None:
        """Listen to everything. The last ones answer what nobody handles: Slack redelivers whatever gets a 404, and
        ends the subscription of an app that answers too many of them so."""
        app.command(_ANYTHING)(self.on_command)
        app.action({"action_id": _BUTTON})(self.on_button)
        self._modals.register(app)
        app.action({"action_id": _ANYTHING})(self.on_anything)
        app.event(_FOLLOWED)(self.on_event)
        app.event(_ANYTHING)(self.on_anything)
        app.shortcut(_ANYTHING)(self.on_anything)
        app.view({"type": "view_submission", "callback_id": _ANYTHING})(self.on_anything)
        app.view({"type": "view_closed", "callback_id": _ANYTHING})(self.on_anything)
        app.options(_ANYTHING)(self.on_anything)

    async def on_anything(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        log.debug("nobody handles this", kind=str(body.get("type"))[:40])

    async def on_command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        try:
            request = requests.of_command(body)
        except Unreadable as unreadable:
            log.error("a command that can't be read", why=str(unreadable))
            await ack(**failures.own_fault().payload)
            return
        self._command = request.command
        command = parse(str(body.get("text") or ""))
        if isinstance(command, GrammarError):
            await ack(**failures.refusal(command, command=request.command).payload)
            return
        refused = self._begin(command, request)
        await (ack(**refused.payload) if refused else ack())

    async def on_button(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        # Of several buttons that do the same each has its number behind the action.
        what = Action(str(action["action_id"]).partition(":")[0])
        wish = pressed(what, str(action.get("value") or ""), alone=is_seen_by_one(body))
        if wish is None:
            log.error("a button without a job or a channel", action=str(action.get("action_id"))[:40])
            return
        try:
            request = requests.of_button(body, line_for(wish, self._command))
        except Unreadable as unreadable:
            log.error("a button's payload that can't be read", why=str(unreadable))
            return
        if refused := self._begin(wish, request):
            await self._answers.give(request.response_url, refused)

    async def on_event(self, ack: AsyncAck, body: dict[str, Any], event: dict[str, Any]) -> None:
        await ack()
        what = channel_event(event, self._me())
        workspace, key = body.get("team_id"), body.get("event_id")
        if what is None or not isinstance(workspace, str) or not isinstance(key, str):
            return
        try:
            self._requests.start(self._follow(what, workspace, key))
        except Full:
            # What it would have done the next message to the channel does, or the button in the direct message.
            log.error("too many requests under way; an event is left out", kind=str(event.get("type"))[:40])

    async def _follow(self, what: ChannelEvent, workspace: str, key: str) -> None:
        try:
            # The acknowledgement is given, so Slack does not deliver it again.
            async for attempt in stamina.retry_context(on=DatabaseFault, attempts=None, timeout=_EVENT_LIMIT_S):
                with attempt:
                    await self._places.follow(what, workspace, key)
        except DatabaseFault as fault:
            log.error("an event could not be followed", what=type(what).__name__, fault=repr(fault))

    def _begin(self, wish: Wish, request: Request) -> Message | None:
        """Start the work; the message to answer with where there is no room for it."""
        if request.key in self._seen:
            return None
        try:
            self._requests.start(self._carry_out(wish, request))
        except Full:
            if self._requests.closed:
                return failures.interrupted(request.typed)
            log.warning("too many requests under way")
            return failures.busy(request.typed)
        self._seen[request.key] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return None

    async def _carry_out(self, wish: Wish, request: Request) -> None:
        try:
            answer = await self._answer_to(wish, request)
        except asyncio.CancelledError:
            await self._answers.give(request.response_url, failures.interrupted(request.typed))
            raise
        if answer is not None:
            await self._answers.give(request.response_url, answer.message, to_all=answer.to_all)

    async def _answer_to(self, wish: Wish, request: Request) -> Answer | None:
        """The answer, whatever goes wrong: each fault in words, with what to do."""
        try:
            async with asyncio.timeout(_ANSWER_LIMIT):
                return await self._verbs.do(wish, request)
        except JobsServiceError as error:
            log.warning("a look failed", request=repr(request), error=str(error))
            ref = getattr(wish, "ref", None) or getattr(wish, "target", None)
            return Answer(look_up.cannot_see(ref, error.reason, error.remedy)) if ref else Answer(failures.own_fault())
        except TimeoutError:
            log.error("a request took too long", request=repr(request))
            return Answer(failures.took_too_long(request.typed))
        except DatabaseFault as fault:
            log.error("the database failed a request", request=repr(request), fault=repr(fault))
            return Answer(failures.database_problem())
        except Exception:
            log.exception("a request failed", request=repr(request))
            return Answer(failures.own_fault())

    async def drain(self) -> None:
        """Let the requests under way be answered for three seconds; then each person hears that it was interrupted."""
        await asyncio.gather(self._requests.drain(grace=3), self._modals.tasks.drain(grace=3))
