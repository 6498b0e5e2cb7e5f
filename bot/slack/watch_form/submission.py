"""Carries out a submitted watch form: in time to say what is wrong in the form, else by an ephemeral message."""

import asyncio
from collections.abc import Callable

from bot.slack.api.views import ViewsApi
from bot.slack.grammar.commands import Watch, WatchAll
from bot.slack.grammar.patterns import PatternRef
from bot.slack.handlers.failures import explained
from bot.slack.handlers.registry import Handlers, handle
from bot.slack.messages import failures
from bot.slack.messages.blocks import Message
from bot.slack.request import Reply, Request
from bot.slack.watch_form import problems
from bot.slack.watch_form.form import Form, Part, Recipient
from bot.slack.watch_form.problems import Problem
from bot.store.database import Database
from bot.store.handled_requests import forget
from bot.tasks import Full, FullForOwner, Tasks

# Seconds. Slack waits for three, and the way there and back is a part of them.
_PATIENCE = 2.5

Outcome = Reply | Problem | None


class Submitter:
    """`tasks` holds the submissions under way."""

    def __init__(
        self,
        handlers: Handlers,
        views_api: ViewsApi,
        database: Database,
        tasks: Tasks,
        *,
        bot_name: Callable[[], str],
    ) -> None:
        self._handlers = handlers
        self._views_api = views_api
        self._database = database
        self._tasks = tasks
        self._bot_name = bot_name

    async def submit(self, form: Form, request: Request, shown: set[Part], *, since: float) -> Problem | None:
        """Subscribe as the form says. Return what is wrong if that is known in time; otherwise tell the person later.

        `shown` are the fields at which something can be said to be wrong. `since` is when Slack began to wait, on the
        event loop's clock.
        """
        loop = asyncio.get_running_loop()
        in_time: asyncio.Future[Outcome] = loop.create_future()
        try:
            self._tasks.start(self._carry_out(form, request, shown, in_time), owner=request.user)
        except FullForOwner:
            return _at_top(failures.busy_with_yours(request.typed), shown)
        except Full:
            refusal = failures.interrupted if self._tasks.closed else failures.busy
            return _at_top(refusal(request.typed), shown)
        await asyncio.wait([in_time], timeout=max(0.0, since + _PATIENCE - loop.time()))
        if not in_time.done():
            in_time.cancel()  # the form closes: the person gets a message
            return None
        outcome = in_time.result()
        return outcome if isinstance(outcome, Problem) else None

    async def _carry_out(
        self, form: Form, request: Request, shown: set[Part], in_time: "asyncio.Future[Outcome]"
    ) -> None:
        outcome: Outcome = _at_top(failures.interrupted(request.typed), shown)
        try:
            outcome = await self._outcome(form, request, shown)
        finally:
            is_open = not in_time.done()
            if is_open:
                in_time.set_result(outcome)
            if outcome is not None and not (is_open and isinstance(outcome, Problem)):
                await self._views_api.post_ephemeral(request.channel, request.user, outcome.message)

    async def _outcome(self, form: Form, request: Request, shown: set[Part]) -> Outcome:
        command = command_of(form)
        reply = await explained(self._handle(command, request), command, request)
        if reply is None:
            return None
        if reply.is_failure:
            return _at_top(reply.message, shown)
        if reply.cannot_tell is not None and Part.TELL in shown:
            return Problem(Part.TELL, problems.plain_words(reply.message), reply.message)
        if reply.cannot_own is not None and Part.OWNER in shown:
            return Problem(Part.OWNER, problems.plain_words(reply.message), reply.message)
        if reply.cannot_deliver is None:
            return reply
        part = Part.CHANNEL if form.place is Recipient.CHANNEL and Part.CHANNEL in shown else Part.PLACE
        return Problem(part, problems.why_not(form, reply, bot_name=self._bot_name()), reply.message)

    async def _handle(self, command: Watch | WatchAll, request: Request) -> Reply | None:
        reply = await handle(self._handlers, command, request)
        if reply is not None and reply.cannot_deliver is not None:
            # Once the person has done something about it, they submit the same form again: a new request then.
            async with self._database.writing() as session:
                await forget(session, request.workspace, request.key)
        return reply


def command_of(form: Form) -> Watch | WatchAll:
    """The command that a form without gaps stands for. The number of matches that the preview showed is agreed to."""
    assert form.job is not None  # noqa: S101 - `gaps` has made sure of it
    if isinstance(form.job, PatternRef):
        return WatchAll(form.job.glob, form.to, form.status_filter, form.origin.matches, form.contact, form.reminding)
    return Watch(form.job, form.to, form.status_filter, form.contact, form.reminding)


def _at_top(reply: Message, shown: set[Part]) -> Problem:
    """At the first field: the one for the job, unless it's fixed."""
    return Problem(Part.JOB if Part.JOB in shown else Part.PLACE, problems.plain_words(reply), reply)
