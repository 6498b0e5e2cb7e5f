"""Subscriptions follow their channels: paused while one is gone, resumed when it is back, moved along with it. Home
tabs follow their person's channels."""

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from bot.domain.destination import Destination
from bot.slack.api.events import (
    AccessLost,
    ChannelBack,
    ChannelEvent,
    ChannelGone,
    ChannelMoved,
    MembershipChanged,
)
from bot.store import handled_requests, pauses
from bot.store.database import Database
from bot.store.homes import tabs
from bot.store.reconcile import reconcile

log = structlog.get_logger(__name__)

_NO_SUCH_CHANNEL = "channel_not_found"


class ChannelEvents:
    """Carries out what an event means. `on_recorded` is called when a delivery may have been queued, `on_access_lost`
    with the reason when the bot's own access is in question."""

    def __init__(
        self, database: Database, *, on_recorded: Callable[[], None], on_access_lost: Callable[[str], None]
    ) -> None:
        self._database = database
        self._on_recorded = on_recorded
        self._on_access_lost = on_access_lost

    async def follow(self, event: ChannelEvent, workspace: str, key: str) -> None:
        """Follow an event, once however often Slack delivers it. Raises `DatabaseFault`."""
        if isinstance(event, AccessLost):
            self._on_access_lost(event.why)
            return
        now = datetime.now(UTC)
        if isinstance(event, MembershipChanged):
            async with self._database.writing() as session:
                await tabs.forget_channels(session, Destination(workspace, event.person), now)
            return
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, workspace, key, now):
                return
            match event:
                case ChannelGone(channel, why):
                    count = await pauses.pause(session, Destination(workspace, channel), why, now)
                case ChannelBack(channel):
                    count = await pauses.resume(session, Destination(workspace, channel), now)
                    await reconcile(session, now)
                case ChannelMoved(old, new):
                    before, after = Destination(workspace, old), Destination(workspace, new)
                    count = await pauses.move(session, before, after)
                    await tabs.forget_channel(session, before, now)
                    # An alert that was posted to the old ID, before this event came, paused them.
                    await pauses.resume(session, after, now, because=_NO_SUCH_CHANNEL)
                    await reconcile(session, now)
        if count:
            log.info("subscriptions follow their channel", event_type=type(event).__name__, count=count)
            self._on_recorded()
