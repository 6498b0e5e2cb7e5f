"""The button *Show all*: opens the list of all jobs of a message, and turns its pages."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.destination import Destination, is_direct_message
from bot.domain.tracked_job import JobsPage
from bot.slack import request as requests
from bot.slack.api.views import OpenView, ViewsApi, open_view
from bot.slack.authorization import Authorization
from bot.slack.grammar.presses import ShowAll
from bot.slack.grammar.shortcodes import with_emoji
from bot.slack.messages.modals import all_jobs
from bot.slack.messages.modals.all_jobs import Part, Shown
from bot.slack.request import Asker, Reply, Request, Unreadable
from bot.store.database import Database, DatabaseFault
from bot.store.lists import message_jobs
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

_PAGE_SIZE = 50
_PARTS = re.compile(rf"\A(?:{'|'.join(Part)})\Z")
_SEARCH_LIMIT_S = 2.5  # Slack waits for three seconds, and the way there and back is a part of them
_AT_ONCE = 50
_AT_ONCE_EACH = 5


class AllJobsModal:
    """Owns `tasks`, the redrawings under way."""

    def __init__(self, database: Database, views_api: ViewsApi, authorization: Authorization) -> None:
        self._database = database
        self._views_api = views_api
        self._authorization = authorization
        self.tasks = Tasks("lists of all jobs", limit=_AT_ONCE, per_owner=_AT_ONCE_EACH)

    def register(self, app: AsyncApp) -> None:
        app.action({"action_id": _PARTS})(self.on_used)
        app.view({"type": "view_submission", "callback_id": all_jobs.CALLBACK})(self.on_search)

    async def open(self, press: ShowAll, request: Request) -> Reply | None:
        """Open the list of the pressed message. Raises `DatabaseFault`."""
        if request.pressed is None:
            return Reply(all_jobs.not_kept())
        shown = Shown(request.channel, request.pressed.ts)
        found = await self._found(shown, request.workspace, request.user)
        if not found.total:
            return Reply(all_jobs.not_kept())
        opened = await self._views_api.open(request.key, all_jobs.all_jobs_view(shown, found, now=datetime.now(UTC)))
        if isinstance(opened, str) and opened != "exchanged_trigger_id":  # that is the same press, delivered twice
            return Reply(all_jobs.cannot_open(opened))
        return None

    async def on_used(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        try:
            shown = all_jobs.read_shown(body.get("view"), str(action.get("action_id")))
            opened, asker = open_view(body.get("view")), requests.asker_of(body)
        except Unreadable as unreadable:
            log.error("a list can't be read", why=str(unreadable))
            return
        if shown is None or opened is None:
            log.error("a list that the bot didn't open was used")
            return
        try:
            self.tasks.start(self._redraw(opened, shown, asker), owner=asker.user)
        except Full:
            log.warning("too many lists under way")

    async def on_search(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        """The modal stays open and shows what was found. Slack waits for it."""
        try:
            shown, asker = all_jobs.read_shown(view, Part.WORDS), requests.asker_of(body)
            if shown is None:
                raise Unreadable("no message whose jobs to list")
            with self.tasks.counting(asker.user):
                async with asyncio.timeout(_SEARCH_LIMIT_S):
                    view = await self._view(shown, asker)
            await ack(response_action="update", view=view)
        except Unreadable as unreadable:
            log.error("a list can't be read", why=str(unreadable))
            await ack()
        except Full:
            await ack(response_action="errors", errors={Part.WORDS.value: "I'm still working on your other searches."})
        except (DatabaseFault, TimeoutError) as fault:
            log.warning("a list can't be searched", fault=repr(fault))
            await ack(response_action="errors", errors={Part.WORDS.value: "That took too long. Try again."})

    async def _redraw(self, opened: OpenView, shown: Shown, asker: Asker) -> None:
        try:
            await self._views_api.update(opened, await self._view(shown, asker), force=True)
        except DatabaseFault as fault:  # the next press tries again
            log.error("a list can't be read", fault=repr(fault))

    async def _view(self, shown: Shown, asker: Asker) -> dict[str, Any]:
        if refused := await self._authorization.refusal(asker, ""):
            return all_jobs.refused_view(refused)
        if not await self._authorization.sees(shown.channel, asker.user):
            reply = await self._authorization.membership_refusal(shown.channel, asker.user)
            if reply is not None:
                return all_jobs.refused_view(reply.message)
        found = await self._found(shown, asker.workspace, asker.user)
        return all_jobs.all_jobs_view(shown, found, now=datetime.now(UTC))

    async def _found(self, shown: Shown, workspace: str, user: str) -> JobsPage:
        """A page of the jobs that the message told this channel, or this person in their direct messages."""
        place = Destination(workspace, user if is_direct_message(shown.channel) else shown.channel)
        async with self._database.reading() as session:
            page = await message_jobs.page(session, place, shown.ts, shown.words, number=shown.page, size=_PAGE_SIZE)
            if page.total or (meant := with_emoji(shown.words)) == shown.words:
                return page
            return await message_jobs.page(session, place, shown.ts, meant, number=shown.page, size=_PAGE_SIZE)
