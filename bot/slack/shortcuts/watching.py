"""The message shortcut *Watch this job*: opens the watch form for the job that a message names, or lets the person
choose among several."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.links.reading import LinkReader
from bot.slack import request as requests
from bot.slack.api.views import OpenView, ViewsApi, open_view
from bot.slack.authorization import Authorization
from bot.slack.command_name import CommandName
from bot.slack.handlers.job_search import JobSearch
from bot.slack.messages import failures
from bot.slack.messages.modals import job_choice as views
from bot.slack.messages.modals import look_up
from bot.slack.request import Asker, Request, Unreadable
from bot.slack.shortcuts.finding import MessageReader
from bot.slack.watch_form.form import Origin
from bot.slack.watch_form.opening import FormOpener
from bot.slack.watch_form.reading import private_metadata, read_origin, read_target
from bot.store.database import DatabaseFault
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

_AT_ONCE = 50
_AT_ONCE_EACH = 5
_CHOICE = re.compile(rf"\A{views.CHOOSE}(?::\d+)?\Z")


class WatchShortcut:
    """Owns `tasks`, the messages that are being searched. `links` reads links to jobs, if there are such."""

    def __init__(
        self,
        job_search: JobSearch,
        opener: FormOpener,
        views_api: ViewsApi,
        authorization: Authorization,
        command_name: CommandName,
        links: LinkReader | None,
    ) -> None:
        self._job_search = job_search
        self._opener = opener
        self._views_api = views_api
        self._authorization = authorization
        self._command_name = command_name
        self._links = links
        self.tasks = Tasks("searches of messages", limit=_AT_ONCE, per_owner=_AT_ONCE_EACH)

    def register(self, app: AsyncApp) -> None:
        app.shortcut({"type": "message_action", "callback_id": views.WATCH})(self.on_shortcut)
        app.action({"action_id": _CHOICE})(self.on_chosen)

    async def on_shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        try:
            request, asker = requests.of_shortcut(body), requests.asker_of(body)
            message = requests.message_of(body)
            self.tasks.start(self._open(message, request, asker), owner=asker.user)
        except Unreadable as unreadable:
            log.error("a shortcut can't be read", why=str(unreadable))
        except Full:
            log.warning("too many messages are being searched")

    async def _open(self, message: Mapping[str, Any], request: Request, asker: Asker) -> None:
        """Open a modal before anything is searched: the trigger is valid for three seconds."""
        request = request.instead_of(f"{await self._command_name.of(asker.workspace)} watch")
        if refused := await self._authorization.refusal(asker, request.typed):
            await self._views_api.open(request.key, views.refused_view(refused))
            return
        opened = await self._views_api.open(request.key, views.searching_view())
        if isinstance(opened, OpenView):
            await self._search(message, opened, request)
        elif opened != "exchanged_trigger_id":  # that is the same shortcut, delivered twice
            await self._views_api.post_ephemeral(request.channel, request.user, look_up.cannot_open(opened))

    async def _search(self, message: Mapping[str, Any], opened: OpenView, request: Request) -> None:
        request = await self._in_place(request)
        own = self._authorization.identity
        reader = MessageReader(own.bot_id if own else None, self._links)
        try:
            index, unlisted = await self._job_search.index(request.asking)
            jobs = await asyncio.to_thread(reader.find, message, index)
        except DatabaseFault as fault:
            log.error("jobs in a message can't be found", fault=repr(fault))
            await self._views_api.replace(opened, views.refused_view(failures.database_problem()))
            return
        kept = private_metadata(Origin(request.channel, request.command))
        match jobs:
            case []:
                await self._views_api.replace(opened, views.no_job_view(kept, unlisted))
            case [job]:
                await self._opener.fill_in(opened, job.target, look_up.shown_title(job.title), request)
            case _:
                await self._views_api.replace(opened, views.job_choice_view(kept, jobs, datetime.now(UTC)))

    async def _in_place(self, request: Request) -> Request:
        """Slack shows public channels to people outside them, who watch for themselves: nothing is theirs there. So
        does who may be one of them, because Slack can't be asked."""
        if request.is_direct or await self._authorization.is_in(request.channel, request.user):
            return request
        return replace(request, channel=request.user)

    async def on_chosen(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        try:
            origin, opened, asker = read_origin(body.get("view")), open_view(body.get("view")), requests.asker_of(body)
            chosen = look_up.read_chosen(action)
            if opened is None or chosen is None:
                raise Unreadable("no view, or no job")
            request = requests.of_modal(body, origin.channel, f"{origin.command} watch")
            self.tasks.start(self._fill_in(chosen, opened, request, asker), owner=asker.user)
        except Unreadable as unreadable:
            log.error("a choice of jobs can't be read", why=str(unreadable))
        except Full:
            log.warning("too many messages are being searched")

    async def _fill_in(self, chosen: look_up.Chosen, opened: OpenView, request: Request, asker: Asker) -> None:
        if refused := await self._authorization.refusal(asker, request.typed):
            await self._views_api.replace(opened, views.refused_view(refused))
        else:
            await self._opener.fill_in(opened, read_target(chosen.id), chosen.title, await self._in_place(request))
