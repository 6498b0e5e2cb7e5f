"""What happens in the settings form: time zones are searched, the other fields follow each choice, and it is saved.

A submission is acknowledged late, as that of the watch form: what is wrong is said while the form is still open.
"""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import structlog
from cachetools import LRUCache
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.channel import time_zones
from bot.slack import request as requests
from bot.slack.api.views import OpenView, ViewsApi, open_view
from bot.slack.authorization import Authorization
from bot.slack.grammar.commands import OpenSettings
from bot.slack.grammar.settings.zones import read_zone
from bot.slack.grammar.writer import command_line
from bot.slack.request import Asker, Unreadable
from bot.slack.settings_form import view as views
from bot.slack.settings_form.form import CALLBACK, Form, Part
from bot.slack.settings_form.problems import gaps
from bot.slack.settings_form.reading import read_form, shown_parts
from bot.slack.settings_form.saving import SettingsSaver
from bot.slack.watch_form.problems import plain_words
from bot.tasks import Full

log = structlog.get_logger(__name__)

_LONGEST_QUERY = 100
_REMEMBERED = 1_000  # forms, to know which choice in one was the latest
_CHOICE = re.compile(rf"\A(?:{'|'.join(part.action for part in Part)})\Z")


class SettingsFormHandlers:
    """Listens to the form."""

    def __init__(self, views_api: ViewsApi, saver: SettingsSaver, authorization: Authorization) -> None:
        self._views_api = views_api
        self._saver = saver
        self._authorization = authorization
        self.tasks = saver.tasks
        self._latest: LRUCache[str, object] = LRUCache(_REMEMBERED)

    def register(self, app: AsyncApp) -> None:
        app.options({"action_id": Part.ZONE.action})(self.on_search)
        app.action({"action_id": _CHOICE})(self.on_choice)
        app.view({"type": "view_submission", "callback_id": CALLBACK})(self.on_submit)

    async def on_search(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Offer time zones: those that the form knows first. They are no secret, so nobody is refused."""
        try:
            form = read_form(body.get("view"))
        except Unreadable as unreadable:
            log.error("a form can't be read", why=str(unreadable))
            await ack({"options": []})
            return
        now, words = datetime.now(UTC), str(body.get("value") or "")[:_LONGEST_QUERY]
        found = time_zones.search(words, now, likely=(form.choices.zone, form.opened.zone))
        named = read_zone(words, str) if words.strip() else None  # also by a big city that no zone is named after
        others = [named] if isinstance(named, str) and named not in found else []
        await ack(views.zone_options([*others, *found], now))

    async def on_choice(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        try:
            form, opened, asker = read_form(body.get("view")), open_view(body.get("view")), requests.asker_of(body)
            if opened is None:
                raise Unreadable("no id or hash of the view")
            choice = self._latest[opened.id] = object()
            self.tasks.start(self._redraw(opened, form, choice, asker), owner=asker.user)
        except Unreadable as unreadable:
            log.error("a form can't be read", why=str(unreadable))
        except Full:  # the next choice redraws it
            log.warning("too many forms under way")

    async def _redraw(self, opened: OpenView, form: Form, choice: object, asker: Asker) -> None:
        """Choices that follow each other faster than Slack redraws all name the same hash: the latest one wins."""
        if refused := await self._authorization.refusal(asker, _line(form)):
            await self._views_api.update(opened, views.refused_view(refused), force=True)
            return
        if self._latest.get(opened.id) is not choice:
            return  # a later choice redraws it
        drawn = views.form_view(form, datetime.now(UTC))
        code = await self._views_api.update(opened, drawn)
        if code == "hash_conflict" and self._latest.get(opened.id) is choice:
            await self._views_api.update(opened, drawn, force=True)

    async def on_submit(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        since = asyncio.get_running_loop().time()
        try:
            form = read_form(view)
            request, asker = requests.of_form(body, form.origin.channel, _line(form)), requests.asker_of(body)
        except Unreadable as unreadable:
            log.error("a form can't be read", why=str(unreadable))
            await ack(response_action="update", view=views.unreadable_view())
            return
        if refused := await self._authorization.refusal(asker, request.typed, anew=True):
            await ack(response_action="update", view=views.refused_view(refused))
            return
        wrong, shown = gaps(form), shown_parts(view)
        if wrong and not wrong.keys() <= shown:  # a choice was not redrawn in time: the field that it needs is missing
            await ack(response_action="update", view=views.form_view(form, datetime.now(UTC)))
        elif wrong:
            await ack(response_action="errors", errors={part.value: words for part, words in wrong.items()})
        elif problem := await self._saver.submit(form, request, since=since):
            await ack(response_action="errors", errors={Part.FILTER.value: plain_words(problem)})
        else:
            await ack()


def _line(form: Form) -> str:
    """The command to type instead."""
    return f"{form.origin.command} {command_line(OpenSettings())}"
