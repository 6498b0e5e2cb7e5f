"""What happens in the form that asks what to watch: jobs are searched, the preview follows, and it is sent.

A form that is sent is the only request whose acknowledgement waits: it says what is wrong while the form is still
open. What takes longer than Slack's patience allows goes on: the form closes, and the answer comes as a message that
only the person sees. What succeeds is confirmed as by the command, where its changes will be told.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.informatica.errors import JobsServiceError
from bot.slack import request as requests
from bot.slack.api.views import ViewsApi, Window
from bot.slack.grammar.commands import Watch
from bot.slack.grammar.writer import line_of
from bot.slack.handlers.commands import CommandHandlers
from bot.slack.handlers.job_search import JobSearch
from bot.slack.messages import failures, look_up
from bot.slack.messages.blocks import Message
from bot.slack.request import Answer, Request, Unreadable
from bot.slack.watch_form import view as form_views
from bot.slack.watch_form.form import CALLBACK, Form, Part, Recipient, parts_shown, read_form
from bot.slack.watch_form.opening import FormOpener
from bot.store.database import Database, DatabaseFault
from bot.store.handled_requests import forget
from bot.tasks import Full

log = structlog.get_logger(__name__)

# Seconds. Slack waits for three, and the way there and back is a part of it.
_PATIENCE = 2.5
_LIST_LIMIT = 2.0  # for the jobs service's list, of which the menu can do without
_MENU_LIMIT = 2.5
_ANSWER_LIMIT = 18
_LONGEST_QUERY = 200
_REMEMBERED = 1_000  # forms, to know which choice in one was the last
_CHOICE = re.compile(rf"\A(?:{'|'.join(part.action for part in Part)})\Z")


@dataclass(frozen=True)
class Wrong:
    """Why nothing came of it: at a field, and as a message where the form is closed already."""

    part: Part
    words: str
    message: Message


_Outcome = Answer | Wrong | None


class WatchFormHandlers:
    """Listens to the form. `opening` holds what is under way about forms; `bot_name` is what people invite."""

    def __init__(
        self,
        verbs: CommandHandlers,
        job_search: JobSearch,
        opening: FormOpener,
        views_api: ViewsApi,
        database: Database,
        *,
        bot_name: Callable[[], str],
    ) -> None:
        self._verbs = verbs
        self._finder = job_search
        self._windows = views_api
        self._database = database
        self._bot_name = bot_name
        self.tasks = opening.tasks
        self._last: OrderedDict[str, object] = OrderedDict()

    def register(self, app: AsyncApp) -> None:
        app.options({"action_id": Part.JOB.action})(self.on_search)
        app.action({"action_id": _CHOICE})(self.on_choice)
        app.view({"type": "view_submission", "callback_id": CALLBACK})(self.on_submit)

    # ── while it is filled in ───────────────────────────────────────────────────────────────────────────────────────

    async def on_search(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack(await self._found(body))

    async def _found(self, body: dict[str, Any]) -> dict[str, Any]:
        words, team = body.get("value"), body.get("team")
        workspace = team.get("id") if isinstance(team, dict) else None
        try:
            async with asyncio.timeout(_MENU_LIMIT):
                found, unlisted = await self._finder.jobs(
                    str(words or "")[:_LONGEST_QUERY], str(workspace), within=_LIST_LIMIT
                )
        except (TimeoutError, *DatabaseFault) as fault:
            log.warning("jobs could not be searched", fault=repr(fault))
        except Exception:
            log.exception("jobs could not be searched")
        else:
            return form_views.offered(found, unlisted)
        return {"options": []}

    async def on_choice(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        view = body.get("view")
        try:
            form, window = read_form(view), _window(view)
            self.tasks.start(self._draw(window, form, self._now_last(window)))
        except Unreadable as unreadable:
            log.error("a form that can't be read", why=str(unreadable))
        except Full:  # the next choice draws it
            log.warning("too many forms under way")

    def _now_last(self, window: Window) -> object:
        self._last[window.id] = choice = object()
        self._last.move_to_end(window.id)
        if len(self._last) > _REMEMBERED:
            self._last.popitem(last=False)
        return choice

    async def _draw(self, window: Window, form: Form, choice: object) -> None:
        """Of choices that follow each other faster than Slack draws, all name the same hash: the last one stays."""
        word = await self._windows.update(window, form_views.form_view(form))
        if word == "hash_conflict" and self._last.get(window.id) is choice:
            await self._windows.update(window, form_views.form_view(form), anyway=True)

    # ── when it is sent ─────────────────────────────────────────────────────────────────────────────────────────────

    async def on_submit(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        try:
            form = read_form(view)
            request = requests.of_form(body, form.origin.channel, _line(form))
        except Unreadable as unreadable:
            log.error("a form that can't be read", why=str(unreadable))
            await ack(response_action="update", view=form_views.not_ours())
            return
        gaps, shown = form_views.gaps(form), parts_shown(view)
        if gaps and not gaps.keys() <= shown:  # a choice was not drawn in time: the field that it asks for is missing
            await ack(response_action="update", view=form_views.form_view(form))
        elif gaps:
            await ack(response_action="errors", errors={part.value: words for part, words in gaps.items()})
        else:
            outcome = await self._in_time(form, request, shown)
            wrong = {outcome.part.value: outcome.words} if isinstance(outcome, Wrong) else {}
            await (ack(response_action="errors", errors=wrong) if wrong else ack())

    async def _in_time(self, form: Form, request: Request, shown: set[Part]) -> _Outcome:
        """What came of it, if that is known in time; else None, and the person is told when it is."""
        heard: asyncio.Future[_Outcome] = asyncio.get_running_loop().create_future()
        try:
            self.tasks.start(self._carry_out(form, request, shown, heard))
        except Full:
            words = failures.interrupted if self.tasks.closed else failures.busy
            return _wrong(Part.JOB, words(request.typed))
        await asyncio.wait([heard], timeout=_PATIENCE)
        if heard.done():
            return heard.result()
        heard.cancel()  # nobody hears it any more: the person is told
        return None

    async def _carry_out(
        self, form: Form, request: Request, shown: set[Part], heard: "asyncio.Future[_Outcome]"
    ) -> None:
        outcome: _Outcome = _wrong(Part.JOB, failures.interrupted(request.typed))
        try:
            outcome = await self._outcome(form, request, shown)
        finally:
            is_open = not heard.done()
            if is_open:
                heard.set_result(outcome)
            if outcome is not None and not (is_open and isinstance(outcome, Wrong)):
                await self._windows.post_ephemeral(request.channel, request.user, outcome.message)

    async def _outcome(self, form: Form, request: Request, shown: set[Part]) -> _Outcome:
        """What came of it, whatever goes wrong."""
        try:
            async with asyncio.timeout(_ANSWER_LIMIT):
                answer = await self._verbs.do(_watch(form), request)
                if answer is not None and answer.cannot_tell is not None:
                    return await self._nobody_told(form, request, shown, answer)
                return answer
        except JobsServiceError as error:
            log.warning("a look failed", request=repr(request), error=str(error))
            return _wrong(Part.JOB, look_up.cannot_see(_watch(form).ref, error.reason, error.remedy))
        except TimeoutError:
            log.error("a form took too long", request=repr(request))
            return _wrong(Part.JOB, failures.took_too_long(request.typed))
        except DatabaseFault as fault:
            log.error("the database failed a form", request=repr(request), fault=repr(fault))
            return _wrong(Part.JOB, failures.database_problem())
        except Exception:
            log.exception("a form failed", request=repr(request))
            return _wrong(Part.JOB, failures.own_fault())

    async def _nobody_told(self, form: Form, request: Request, shown: set[Part], answer: Answer) -> Wrong:
        """Once the person has done something about it, they send the same form again: it is a new request then."""
        async with self._database.writing() as session:
            await forget(session, request.workspace, request.key)
        part = Part.CHANNEL if form.place is Recipient.CHANNEL and Part.CHANNEL in shown else Part.PLACE
        return Wrong(
            part, form_views.cannot_tell(form, str(answer.cannot_tell), bot_name=self._bot_name()), answer.message
        )


def _watch(form: Form) -> Watch:
    assert form.job is not None  # noqa: S101 - `gaps` has seen to it
    return Watch(form.job, form.to, form.status_filter)


def _line(form: Form) -> str:
    """The line that asks for the same; of a form without a job, the one that opens it."""
    return f"{form.origin.command} {line_of(_watch(form)) if form.job else 'watch'}"


def _window(view: Any) -> Window:
    if not isinstance(form_views.get("id"), str) or not isinstance(form_views.get("hash"), str):
        raise Unreadable("no id or hash of the view")
    return Window(view["id"], view["hash"])


def _wrong(part: Part, message: Message) -> Wrong:
    return Wrong(part, form_views.words_of(message), message)
