"""What happens in the watch form: the preview follows each choice, and the form is submitted.

A submission is the only request whose acknowledgement waits: it says what is wrong while the form is still open. What
takes longer than Slack waits goes on: the form closes, and the reply comes as an ephemeral message. A success is
confirmed as it is for the command.
"""

import asyncio
import re
from dataclasses import replace
from typing import Any

import structlog
from cachetools import LRUCache
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack import request as requests
from bot.slack.api.views import OpenView, ViewsApi, open_view
from bot.slack.authorization import Authorization
from bot.slack.grammar.writer import command_line
from bot.slack.request import Asker, Unreadable
from bot.slack.watch_form import problems
from bot.slack.watch_form import view as form_views
from bot.slack.watch_form.checking import Checker
from bot.slack.watch_form.form import CALLBACK, SHOW_MORE, Form, Part
from bot.slack.watch_form.menu import JobMenu
from bot.slack.watch_form.reading import read_form, shown_parts
from bot.slack.watch_form.submission import Submitter, command_of
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

_REMEMBERED = 1_000  # forms, to know which choice in one was the latest
_CHOICE = re.compile(rf"\A(?:{'|'.join([*(part.action for part in Part), SHOW_MORE])})\Z")


class WatchFormHandlers:
    """Listens to the form. `tasks` holds the work under way for forms."""

    def __init__(
        self,
        menu: JobMenu,
        views_api: ViewsApi,
        submitter: Submitter,
        checker: Checker,
        authorization: Authorization,
        tasks: Tasks,
    ) -> None:
        self._menu = menu
        self._authorization = authorization
        self._views_api = views_api
        self._submitter = submitter
        self._checker = checker
        self.tasks = tasks
        self._latest: LRUCache[str, object] = LRUCache(_REMEMBERED)

    def register(self, app: AsyncApp) -> None:
        app.options({"action_id": Part.JOB.action})(self._menu.on_search)
        app.action({"action_id": _CHOICE})(self.on_choice)
        app.view({"type": "view_submission", "callback_id": CALLBACK})(self.on_submit)

    # ── while it is filled in ───────────────────────────────────────────────────────────────────────────────────────

    async def on_choice(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        try:
            form, opened = read_form(body.get("view")), open_view(body.get("view"))
            if opened is None:
                raise Unreadable("no id or hash of the view")
            if requests.action_of(body) == SHOW_MORE:
                form = replace(form, shows_more=True)
            asker = requests.asker_of(body)
            choice = self._latest[opened.id] = object()
            self.tasks.start(self._redraw(opened, form, choice, asker), owner=asker.user)
        except Unreadable as unreadable:
            log.error("a form can't be read", why=str(unreadable))
        except Full:  # the next choice redraws it
            log.warning("too many forms under way")

    async def _redraw(self, opened: OpenView, form: Form, choice: object, asker: Asker) -> None:
        """Choices that follow each other faster than Slack redraws all name the same hash: the latest one wins."""
        if refused := await self._authorization.refusal(asker, _line(form)):
            await self._views_api.update(opened, form_views.refused_view(refused), force=True)
            return
        checked = await self._checker.check(form, asker)
        if self._latest.get(opened.id) is not choice:
            return  # a later choice redraws it
        code = await self._views_api.update(opened, form_views.form_view(*checked))
        if code == "hash_conflict" and self._latest.get(opened.id) is choice:
            await self._views_api.update(opened, form_views.form_view(*checked), force=True)

    # ── when it is submitted ────────────────────────────────────────────────────────────────────────────────────────

    async def on_submit(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        since = asyncio.get_running_loop().time()
        try:
            form = read_form(view)
            request, asker = requests.of_form(body, form.origin.channel, _line(form)), requests.asker_of(body)
        except Unreadable as unreadable:
            log.error("a form can't be read", why=str(unreadable))
            await ack(response_action="update", view=form_views.unreadable_view())
            return
        if refused := await self._authorization.refusal(asker, request.typed, anew=True):
            await ack(response_action="update", view=form_views.refused_view(refused))
            return
        gaps, shown = problems.gaps(form), shown_parts(view)
        if gaps and not gaps.keys() <= shown:  # a choice was not redrawn in time: the field that it needs is missing
            await ack(response_action="update", view=form_views.form_view(form))
        elif gaps:
            await ack(response_action="errors", errors={part.value: words for part, words in gaps.items()})
        elif problem := await self._submitter.submit(form, request, shown, since=since):
            await ack(response_action="errors", errors={problem.part.value: problem.words})
        else:
            await ack()


def _line(form: Form) -> str:
    """The command to type instead; for a form without a job, the one that opens it."""
    return f"{form.origin.command} {command_line(command_of(form)) if form.job else 'watch'}"
