"""Opens the settings form, filled in with what was chosen."""

from datetime import UTC, datetime

from bot.slack.api.views import ViewsApi
from bot.slack.authorization import Authorization
from bot.slack.grammar.commands import OpenSettings
from bot.slack.grammar.writer import command_line
from bot.slack.messages.channel import settings as changes
from bot.slack.permissions import Permissions
from bot.slack.request import Reply, Request
from bot.slack.settings_form.form import Form, Origin
from bot.slack.settings_form.view import form_view
from bot.slack.watch_form.problems import cannot_open
from bot.store.channels import settings
from bot.store.database import Database


class SettingsFormOpener:
    """Handles `settings`."""

    def __init__(
        self, database: Database, views_api: ViewsApi, authorization: Authorization, permissions: Permissions
    ) -> None:
        self._database = database
        self._views_api = views_api
        self._authorization = authorization
        self._permissions = permissions

    async def open(self, command: OpenSettings, request: Request) -> Reply | None:
        """Open the form; who may not change the settings sees them in a message. A mention has no trigger, so it is
        answered with a button."""
        refusal = await self._permissions.refusal(command, request)
        if refusal is None and request.trigger is None:
            return Reply(changes.open_button(to_person=request.is_direct))
        async with self._database.reading() as session:
            present = await settings.read(session, request.destination())
        if refusal is not None:
            return Reply(changes.only_to_look_at(refusal.message, present))
        zone = await self._authorization.time_zone(request.user)
        form = Form.of(Origin(request.channel, request.command), present, zone)
        opened = await self._views_api.open(request.trigger or "", form_view(form, datetime.now(UTC)))
        if not isinstance(opened, str) or opened == "exchanged_trigger_id":  # delivered twice: the form is open
            return None
        return Reply(cannot_open(f"{request.command} {command_line(command)}", opened))
