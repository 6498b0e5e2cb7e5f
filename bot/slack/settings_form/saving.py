"""Saves a submitted settings form: in time to say what is wrong in the form, else by an ephemeral message."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from bot.calendar import next_digest
from bot.domain.channel.settings import ChannelSettings
from bot.domain.channel.time_zones import zone_named
from bot.domain.notification.confirmations import SettingsConfirmation
from bot.slack.api.views import ViewsApi
from bot.slack.grammar.commands import OpenSettings
from bot.slack.handlers.confirming import Confirmer
from bot.slack.handlers.failures import explained
from bot.slack.messages import failures
from bot.slack.messages.blocks import Message
from bot.slack.messages.channel import settings as changes
from bot.slack.permissions import Permissions
from bot.slack.request import Reply, Request
from bot.slack.settings_form.form import Form
from bot.store import handled_requests, outbox
from bot.store.channels import digests, quiet_hours, settings
from bot.store.database import Database
from bot.tasks import Full, FullForOwner, Tasks

# Seconds. Slack waits for three, and the way there and back is a part of them.
_PATIENCE = 2.5
_AT_ONCE, _AT_ONCE_EACH = 100, 10


class SettingsSaver:
    """`tasks` holds what is under way for forms. `on_recorded` is called when a delivery may have been queued."""

    def __init__(
        self,
        database: Database,
        views_api: ViewsApi,
        confirmer: Confirmer,
        permissions: Permissions,
        *,
        bot_name: Callable[[], str],
        on_recorded: Callable[[], None],
    ) -> None:
        self._database = database
        self._views_api = views_api
        self._confirmer = confirmer
        self._permissions = permissions
        self._bot_name = bot_name
        self._on_recorded = on_recorded
        self.tasks = Tasks("settings forms", limit=_AT_ONCE, per_owner=_AT_ONCE_EACH)

    async def submit(self, form: Form, request: Request, *, since: float) -> Message | None:
        """Save what the form changes. Return why nothing was saved if that is known in time; otherwise tell the person
        later. `since` is when Slack began to wait, on the event loop's clock."""
        loop = asyncio.get_running_loop()
        in_time: asyncio.Future[Message | None] = loop.create_future()
        try:
            self.tasks.start(self._carry_out(form, request, in_time), owner=request.user)
        except FullForOwner:
            return failures.busy_with_yours(request.typed)
        except Full:
            return (failures.interrupted if self.tasks.closed else failures.busy)(request.typed)
        await asyncio.wait([in_time], timeout=max(0.0, since + _PATIENCE - loop.time()))
        if in_time.done():
            return in_time.result()
        in_time.cancel()  # the form closes: the person gets a message
        return None

    async def _carry_out(self, form: Form, request: Request, in_time: "asyncio.Future[Message | None]") -> None:
        reply: Reply | None = Reply(failures.interrupted(request.typed), is_failure=True)
        try:
            reply = await explained(self._save(form, request), OpenSettings(), request)
        finally:
            is_wrong = reply is not None and (reply.is_failure or reply.cannot_deliver is not None)
            is_open = not in_time.done()
            if is_open:
                in_time.set_result(reply.message if reply is not None and is_wrong else None)
            if reply is not None and not (is_open and is_wrong):
                await self._views_api.post_ephemeral(request.channel, request.user, reply.message)

    async def _save(self, form: Form, request: Request) -> Reply | None:
        if refusal := await self._permissions.refusal(OpenSettings(), request):
            return refusal
        now, destination, to_person = datetime.now(UTC), request.destination(), request.is_direct
        place = None if to_person else destination.id

        def choose(present: ChannelSettings) -> ChannelSettings:
            return form.applied_to(present, request.user)

        async with self._database.reading() as session:
            known = await quiet_hours.read_at(session, destination, now)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, now):
                return None
            before = await settings.change(session, destination, choose)
            after = choose(before)
            if after == before:
                return Reply(changes.unchanged(place))
            is_elsewhere = before.time_zone != after.time_zone
            if after.digest is not None and (is_elsewhere or before.digest != after.digest):
                due_at = next_digest(after.digest, zone_named(after.time_zone), now)
                await digests.plan_first(session, destination, due_at)
            if is_elsewhere or before.quiet_hours != after.quiet_hours:
                await quiet_hours.turn(session, destination, now, known)
            confirmation = SettingsConfirmation(before, after, request.user, now, to_person=to_person)
            queued = await outbox.put_confirmation(session, destination, confirmation)
        self._on_recorded()  # quiet hours that were in force may have ended
        if await self._confirmer.show(queued):
            return None
        return Reply(changes.changed_unseen(before, after, place=place, bot_name=self._bot_name()))
