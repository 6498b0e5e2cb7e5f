"""Publishes Home tabs: asks what a person may see, reads it, and lets Slack show it unless it shows that already."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.domain.destination import Destination
from bot.domain.home.page import HomePage
from bot.domain.home.tab import HomeTab
from bot.domain.job_search import NamedJob
from bot.slack.api.calls import NotAnswered, WebApiError
from bot.slack.api.directory import Directory
from bot.slack.api.error_codes import Meaning
from bot.slack.api.views import ViewsApi
from bot.slack.grammar.shortcodes import with_emoji
from bot.slack.messages.home import view as views
from bot.store.database import Database
from bot.store.homes import tabs
from bot.store.lists import home

log = structlog.get_logger(__name__)

# How long ago Slack may have been asked which channels a person is in, if they opened the tab and otherwise. An event
# says when they join or leave one that the bot is in, so that this is for events that got lost.
_KNOWN_FOR, _KNOWN_FOR_LONG = timedelta(seconds=30), timedelta(minutes=10)
_ASK_LIMIT_S, _PUBLISH_LIMIT_S = 4.0, 5.0
_TRY_AGAIN = timedelta(seconds=5)
# Slack shows this person no Home tab, whatever is in it.
_NO_TAB = ("not_enabled", "not_implemented", "user_not_found", "user_not_visible", "user_disabled")

Suggest = Callable[[Destination], Awaitable[Sequence[NamedJob]]]


class HomePublisher:
    """Publishes one tab at a time. `suggest` finds jobs for somebody who watches none yet; a process without it leaves
    the tab of such a person as it is. `command_of` names the bot's command in a workspace."""

    def __init__(
        self,
        database: Database,
        views_api: ViewsApi,
        directory: Directory,
        command_of: Callable[[str], Awaitable[str]],
        suggest: Suggest | None = None,
    ) -> None:
        self._database = database
        self._views_api = views_api
        self._directory = directory
        self._command_of = command_of
        self._suggest = suggest

    async def publish(self, tab: HomeTab, *, opened: bool = False) -> timedelta | None:
        """Publish a tab if it shows something else than before or was `opened`, which tells how fresh it is. Returns
        how long Slack wants to be left alone, None if it accepted the tab. Raises `DatabaseFault`."""
        tab, unasked = await self._with_channels(tab, _KNOWN_FOR if opened else _KNOWN_FOR_LONG)
        try:
            return await self._publish(tab, unasked, tab.view_hash, opened=opened)
        except WebApiError as error:
            if error.code != "hash_conflict":
                return await self._refused(tab, error)
        log.info("a Home tab was published meanwhile; publishing it again")
        async with self._database.reading() as session:
            latest = await tabs.find(session, tab.person) or tab
        try:
            return await self._publish(replace(latest, view_hash=None), unasked, latest.view_hash, opened=opened)
        except WebApiError as error:
            return await self._refused(tab, error)

    async def _publish(self, tab: HomeTab, unasked: str | None, over: str | None, *, opened: bool) -> timedelta | None:
        """`over` is the hash of the view that was noted last. Raises `WebApiError` and `DatabaseFault`."""
        now = datetime.now(UTC)
        page = replace(await self._read(tab, now), unasked=unasked)
        is_known = page.is_first_time and self._suggest is None and tab.shown is not None and not opened
        view = {} if is_known else await self._view(page, tab, now)
        shown = tab.shown if is_known else views.fingerprint(view)
        if shown == tab.shown and not opened:
            async with self._database.writing() as session:
                await tabs.note_unchanged(session, tab, due_at=page.next_turn, now=now)
            return None
        seen = replace(tab, page=page.number, shown=shown)
        try:
            seen = replace(seen, view_hash=await self._shown_by_slack(view, tab))
        except WebApiError as error:
            if error.meaning is not Meaning.INVALID_MESSAGE:
                raise
            log.error("Slack doesn't accept a Home tab", code=error.code, details=error.details)
            if _is_unknown(error):
                raise
        async with self._database.writing() as session:  # what isn't accepted isn't tried again until it is different
            await tabs.note_published(session, seen, over=over, due_at=page.next_turn, now=datetime.now(UTC))
        return None

    async def _read(self, tab: HomeTab, now: datetime) -> HomePage:
        """The page. Slack names an emoji that is typed: if no name has that text, the emoji is meant."""
        where = tab.person, tab.channels or ()
        how: dict[str, Any] = {"number": tab.page, "size": views.JOBS_PER_PAGE, "now": now}
        async with self._database.reading() as session:
            page = await home.read(session, *where, tab.words, **how)
            if not page.found and (meant := with_emoji(tab.words)) != tab.words:
                page = replace(await home.read(session, *where, meant, **how), words=tab.words)
        return page

    async def _shown_by_slack(self, view: dict[str, Any], tab: HomeTab) -> str | None:
        """Publish a view; return Slack's hash of it. Raises `WebApiError`."""
        try:
            async with asyncio.timeout(_PUBLISH_LIMIT_S):
                return (await self._views_api.publish(tab.person.id, view, tab.view_hash)).hash or None
        except TimeoutError as late:
            raise NotAnswered("timed_out") from late

    async def _view(self, page: HomePage, tab: HomeTab, now: datetime) -> dict[str, Any]:
        if not page.is_first_time:
            return views.home_view(page, tab.direct_message, now=now)
        suggested = await self._suggest(tab.person) if self._suggest else ()
        command = await self._command_of(tab.person.workspace)
        return views.first_time_view(suggested, tab.direct_message, command=command, now=now, unasked=page.unasked)

    async def _with_channels(self, tab: HomeTab, known_for: timedelta) -> tuple[HomeTab, str | None]:
        """The tab with the person's channels; and Slack's error code if it can't be asked, in which case nothing is
        known of them: they may have been removed from one."""
        now = datetime.now(UTC)
        # By its amount: if the clock was set back since, that isn't known.
        if tab.channels is not None and tab.channels_at is not None and abs(now - tab.channels_at) < known_for:
            return tab, None
        try:
            async with asyncio.timeout(_ASK_LIMIT_S):
                channels = await self._directory.channels_of(tab.person.id)
        except (WebApiError, TimeoutError) as failure:
            code = failure.code if isinstance(failure, WebApiError) else "timed_out"
            log.warning("Slack can't be asked which channels a person is in", code=code)
            return replace(tab, channels=None), code
        async with self._database.writing() as session:
            await tabs.know_channels(session, tab.person, channels, now)
        return replace(tab, channels=channels, channels_at=now), None

    async def _refused(self, tab: HomeTab, error: WebApiError) -> timedelta | None:
        if error.code in _NO_TAB or _is_unknown(error):
            log.warning("Slack shows a person no Home tab", code=error.code)
            async with self._database.writing() as session:
                await tabs.forget(session, tab.person)
            return None
        log.warning("a Home tab can't be published now", code=error.code)
        now, wait = datetime.now(UTC), error.retry_after or _TRY_AGAIN
        async with self._database.writing() as session:
            await tabs.postpone(session, tab.person, now + wait, now)
        return wait


def _is_unknown(error: WebApiError) -> bool:
    """Whether Slack doesn't know the person (any more)."""
    return error.code == "invalid_arguments" and any("user_id" in line for line in error.details)
