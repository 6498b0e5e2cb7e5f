"""The Home tab is opened, searched, and its pages are turned."""

import re
from collections.abc import Awaitable, Coroutine
from datetime import UTC, datetime
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.destination import Destination
from bot.slack import request as requests
from bot.slack.api.calls import WebApiError
from bot.slack.api.events import HOME_OPENED
from bot.slack.api.views import ViewsApi
from bot.slack.authorization import Authorization
from bot.slack.home.publishing import HomePublisher
from bot.slack.messages.home import view as views
from bot.slack.messages.home.elements import LONGEST_WORDS, Part
from bot.slack.request import Asker, Unreadable
from bot.store.database import Database, DatabaseFault
from bot.store.homes import tabs
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

_PARTS = re.compile(rf"\A(?:{'|'.join(Part)})\Z")
_AT_ONCE, _AT_ONCE_EACH = 50, 5
_LAST_PAGE = 9_999


class HomeOpener:
    """Shows a person their Home tab. Owns `tasks`, the tabs that are being shown."""

    def __init__(
        self, database: Database, publisher: HomePublisher, views_api: ViewsApi, authorization: Authorization
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._views_api = views_api
        self._authorization = authorization
        self.tasks = Tasks("Home tabs", limit=_AT_ONCE, per_owner=_AT_ONCE_EACH)

    def register(self, app: AsyncApp) -> None:
        app.event(HOME_OPENED)(self.on_opened)
        app.action({"action_id": _PARTS})(self.on_used)

    async def on_opened(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """It isn't kept if the database is down, as other events are: the person opens the tab again."""
        await ack()
        try:
            opened = requests.opener_of(body)
        except Unreadable as unreadable:
            log.error("an opened Home tab can't be read", why=str(unreadable))
            return
        if opened is not None:
            asker, direct_message = opened
            self._start(self._open(asker, direct_message), asker)

    async def on_used(self, ack: AsyncAck, body: dict[str, Any], action: dict[str, Any]) -> None:
        """A page is turned, or names are searched."""
        await ack()
        try:
            asker = requests.asker_of(body)
        except Unreadable as unreadable:
            log.error("a press in a Home tab can't be read", why=str(unreadable))
            return
        self._start(self._turn(asker, action), asker)

    def _start(self, work: Coroutine[Any, Any, None], asker: Asker) -> None:
        try:
            self.tasks.start(self._surviving(work, asker), owner=asker.user)
        except Full:
            work.close()
            log.warning("too many Home tabs under way")

    async def _surviving(self, work: Awaitable[None], asker: Asker) -> None:
        try:
            await work
        except (DatabaseFault, TimeoutError) as fault:
            log.error("a Home tab can't be shown", fault=repr(fault))
            await self._show(asker, views.unavailable_view())

    async def _open(self, asker: Asker, direct_message: str) -> None:
        if refused := await self._authorization.refusal(asker, ""):
            await self._show(asker, views.refused_home_view(refused))
            return
        async with self._database.writing() as session:
            person = Destination(asker.workspace, asker.user)
            tab = await tabs.open_tab(session, person, direct_message, datetime.now(UTC))
        await self._publisher.publish(tab, opened=True)

    async def _turn(self, asker: Asker, action: dict[str, Any]) -> None:
        if refused := await self._authorization.refusal(asker, ""):
            await self._show(asker, views.refused_home_view(refused))
            return
        person = Destination(asker.workspace, asker.user)
        async with self._database.writing() as session:
            page, words = _wanted(action)
            tab = await tabs.use(session, person, datetime.now(UTC), page=page, words=words)
        if tab is not None:
            await self._publisher.publish(tab)

    async def _show(self, asker: Asker, view: dict[str, Any]) -> None:
        try:
            await self._views_api.publish(asker.user, view, None)
        except WebApiError as error:
            log.warning("a Home tab can't be published", code=error.code)


def _wanted(action: dict[str, Any]) -> tuple[int, str | None]:
    """The page, and the words to search for if they are others: these begin on the first page."""
    value = str(action.get("value") or "")
    match action.get("action_id"):
        case Part.WORDS:
            return 1, " ".join(value.split())[:LONGEST_WORDS]
        case Part.CLEAR:
            return 1, ""
    return (max(1, min(int(value), _LAST_PAGE)) if value.isascii() and value.isdigit() else 1), None
