"""What happens when somebody types a command or presses a button: parse, acknowledge, do, answer.

The acknowledgement never waits: it is given at once, and what takes a look or the database is done in a task of
ours, which answers by the response URL. Listeners never raise: Bolt loses an acknowledgement when one raises soon
after it. A request that Slack delivers twice is done once: the verbs that change something ask the store whether
they are first, and `_seen` keeps a look from being answered twice.
"""

import asyncio
import re
from collections import OrderedDict
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.informatica.errors import JobsServiceError
from bot.slack import request as requests
from bot.slack import views
from bot.slack.grammar import Command, Refusal, ShowStatus, Unwatch, Watch, parse, parse_ref
from bot.slack.message import Message
from bot.slack.messenger import Answers
from bot.slack.request import Request, Unreadable
from bot.slack.verbs import Answer, Share, Verbs
from bot.slack.views import Action
from bot.store.database import DatabaseFault
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

# A person has an answer after this long (seconds), whatever hangs: a look may take 15, and they were promised 20.
_ANSWER_LIMIT = 18
_AT_ONCE = 100  # requests under way
_REMEMBERED = 1_000  # requests, to recognise a second delivery

_ANYTHING = re.compile(".*", re.DOTALL)
_BUTTON = re.compile(rf"\A(?:{'|'.join(Action)})\Z")  # Bolt searches: without the ends, longer names would fit too


class Listeners:
    """Owns the requests under way. `command` names the bot's command in lines to copy that no request names."""

    def __init__(self, verbs: Verbs, answers: Answers, command: str = "/job") -> None:
        self._verbs = verbs
        self._answers = answers
        self._command = command
        self._requests = Tasks("requests", limit=_AT_ONCE)
        self._seen: OrderedDict[str, None] = OrderedDict()

    def register(self, app: AsyncApp) -> None:
        """Listen to everything. The last ones answer what nobody handles: Slack redelivers whatever gets a 404, and
        ends the subscription of an app that answers too many of them so."""
        app.command(_ANYTHING)(self.on_command)
        app.action({"action_id": _BUTTON})(self.on_button)
        app.action({"action_id": _ANYTHING})(self.on_anything)
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
            await ack(**views.own_fault().payload)
            return
        self._command = request.command
        command = parse(str(body.get("text") or ""))
        if isinstance(command, Refusal):
            await ack(**views.refusal(command, command=request.command).payload)
            return
        refused = self._begin(command, request)
        await (ack(**refused.payload) if refused else ack())

    async def on_button(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        ref = parse_ref(str(action.get("value") or ""))
        if isinstance(ref, Refusal):
            log.error("a button without a job", action=str(action.get("action_id"))[:40])
            return
        command, line = _pressed(Action(str(action["action_id"])), ref, self._command)
        try:
            request = requests.of_button(body, line)
        except Unreadable as unreadable:
            log.error("a button's payload that can't be read", why=str(unreadable))
            return
        if refused := self._begin(command, request):
            await self._answers.give(request.response_url, refused)

    def _begin(self, command: Command | Share, request: Request) -> Message | None:
        """Start the work; the message to answer with where there is no room for it."""
        if request.key in self._seen:
            return None
        try:
            self._requests.start(self._carry_out(command, request))
        except Full:
            if self._requests.closed:
                return views.interrupted(request.typed)
            log.warning("too many requests under way")
            return views.busy(request.typed)
        self._seen[request.key] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return None

    async def _carry_out(self, command: Command | Share, request: Request) -> None:
        try:
            answer = await self._answer_to(command, request)
        except asyncio.CancelledError:
            await self._answers.give(request.response_url, views.interrupted(request.typed))
            raise
        if answer is not None:
            await self._answers.give(request.response_url, answer.message, to_all=answer.to_all)

    async def _answer_to(self, command: Command | Share, request: Request) -> Answer | None:
        """The answer, whatever goes wrong: each fault in words, with what to do."""
        try:
            async with asyncio.timeout(_ANSWER_LIMIT):
                return await self._verbs.do(command, request)
        except JobsServiceError as error:
            log.warning("a look failed", request=repr(request), error=str(error))
            ref = getattr(command, "ref", None)
            return Answer(views.cannot_see(ref, error.reason, error.remedy)) if ref else Answer(views.own_fault())
        except TimeoutError:
            log.error("a request took too long", request=repr(request))
            return Answer(views.took_too_long(request.typed))
        except DatabaseFault as fault:
            log.error("the database failed a request", request=repr(request), fault=repr(fault))
            return Answer(views.store_trouble())
        except Exception:
            log.exception("a request failed", request=repr(request))
            return Answer(views.own_fault())

    async def drain(self) -> None:
        """Let the requests under way be answered for three seconds; then each person hears that it was interrupted."""
        await self._requests.drain(grace=3)


def _pressed(action: Action, ref: Any, command: str) -> tuple[Command | Share, str]:
    """What a button means, and the line that would ask for the same."""
    match action:
        case Action.WATCH:
            return Watch(ref), f"{command} watch {ref}"
        case Action.UNWATCH:
            return Unwatch(ref), f"{command} unwatch {ref}"
        case Action.SHARE:
            return Share(ref), f"{command} status {ref}"
        case Action.SHOW:
            return ShowStatus(ref), f"{command} status {ref}"
