"""The global shortcut *Look up a job*: opens a modal that shows the job chosen in it, and leads to the watch form."""

import re
from dataclasses import dataclass, replace
from typing import Any

import structlog
from cachetools import LRUCache
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.job import Dataflow, Target
from bot.slack import request as requests
from bot.slack.api.views import OpenView, ViewsApi, open_view
from bot.slack.authorization import Authorization
from bot.slack.command_name import CommandName
from bot.slack.grammar.commands import History, Jobs, ShowStatus
from bot.slack.grammar.writer import command_line
from bot.slack.handlers.failures import explained
from bot.slack.handlers.job_status import DetailsHandler
from bot.slack.handlers.registry import Handlers, handle
from bot.slack.messages.modals import look_up as views
from bot.slack.messages.modals.look_up import LOOK_UP, Chosen, Part
from bot.slack.request import Asker, Request, Unreadable
from bot.slack.watch_form.form import Origin
from bot.slack.watch_form.menu import JobMenu
from bot.slack.watch_form.opening import FormOpener
from bot.slack.watch_form.reading import private_metadata, read_origin, read_target, without_icon
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

_AT_ONCE = 50
_AT_ONCE_EACH = 5
_REMEMBERED = 1_000  # modals, to know which press in one was the latest
_PARTS = re.compile(rf"\A(?:{'|'.join(Part)})\Z")


class LookUpShortcut:
    """Owns `tasks`, the look-ups under way. What a command would reply is what the modal shows."""

    def __init__(
        self,
        menu: JobMenu,
        handlers: Handlers,
        details: DetailsHandler,
        opener: FormOpener,
        views_api: ViewsApi,
        authorization: Authorization,
        command_name: CommandName,
    ) -> None:
        self._menu = menu
        self._handlers = handlers
        self._details = details
        self._opener = opener
        self._views_api = views_api
        self._authorization = authorization
        self._command_name = command_name
        self._latest: LRUCache[str, object] = LRUCache(_REMEMBERED)
        self.tasks = Tasks("look-ups in modals", limit=_AT_ONCE, per_owner=_AT_ONCE_EACH)

    def register(self, app: AsyncApp) -> None:
        app.shortcut({"type": "shortcut", "callback_id": LOOK_UP})(self.on_shortcut)
        app.options({"action_id": Part.JOB.value})(self._menu.on_search)
        app.action({"action_id": _PARTS})(self.on_used)

    async def on_shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        try:
            request, asker = requests.of_shortcut(body), requests.asker_of(body)
            self.tasks.start(self._open(request, asker), owner=asker.user)
        except Unreadable as unreadable:
            log.error("a shortcut can't be read", why=str(unreadable))
        except Full:
            log.warning("too many look-ups in modals under way")

    async def _open(self, request: Request, asker: Asker) -> None:
        request = request.instead_of(f"{await self._command_name.of(asker.workspace)} {command_line(Jobs())}")
        if refused := await self._authorization.refusal(asker, request.typed):
            await self._views_api.open(request.key, views.refused_view(refused))
            return
        kept = private_metadata(Origin(request.channel, request.command))
        opened = await self._views_api.open(request.key, views.look_up_view(kept))
        if isinstance(opened, str) and opened != "exchanged_trigger_id":  # that is the same shortcut, delivered twice
            await self._views_api.post_ephemeral(request.channel, request.user, views.cannot_open(opened))

    async def on_used(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        await ack()
        try:
            origin, opened, asker = read_origin(body.get("view")), open_view(body.get("view")), requests.asker_of(body)
            chosen = views.read_chosen(action)
            target = read_target(chosen.id) if chosen else None
            if opened is None or chosen is None or target is None:
                raise Unreadable("no view, or no job")
            request = requests.of_modal(body, origin.channel, f"{origin.command} {command_line(ShowStatus(target))}")
            chosen = Chosen(chosen.id, without_icon(chosen.title))
            request = replace(request, title=_name(chosen, target))
            press = _Press(Part(requests.action_of(body)), chosen, target, opened, request)
            self._latest[opened.id] = press
            self.tasks.start(self._show(press, asker), owner=asker.user)
        except Unreadable as unreadable:
            log.error("a look-up's modal can't be read", why=str(unreadable))
        except Full:
            log.warning("too many look-ups in modals under way")

    async def _show(self, press: "_Press", asker: Asker) -> None:
        part, opened, request = press.part, press.opened, press.request
        if refused := await self._authorization.refusal(asker, request.typed):
            await self._views_api.replace(opened, views.refused_view(refused))
            return
        if part is Part.WATCH:
            await self._opener.fill_in(opened, press.target, press.chosen.title, request)
            return
        kept = private_metadata(Origin(request.channel, request.command))
        if part is Part.JOB:
            part = Part.STATUS
            await self._views_api.replace(opened, views.looking_up_view(kept, press.chosen))
        content = await self._content(part, press.target, request)
        if self._latest.get(opened.id) is press:  # else a later press shows something else
            await self._views_api.replace(opened, views.job_view(kept, press.chosen, part, content))

    async def _content(self, part: Part, target: Target, request: Request) -> list[dict[str, Any]]:
        if part is Part.DETAILS:
            return list((await self._details.view(target))["blocks"])
        command = History(target) if part is Part.HISTORY else ShowStatus(target)
        reply = await explained(handle(self._handlers, command, request), command, request)
        return list(reply.message.blocks) if reply else []


def _name(chosen: Chosen, target: Target) -> str | None:
    """The job's name, if the menu showed it in full."""
    return chosen.title if isinstance(target, Dataflow) and not chosen.title.endswith("…") else None


@dataclass(frozen=True)
class _Press:
    """What somebody did in an open modal: which part of which job they want to see."""

    part: Part
    chosen: Chosen
    target: Target
    opened: OpenView
    request: Request
