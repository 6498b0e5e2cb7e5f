"""Subscriptions follow their channels: paused while one is gone, going on when it is back, moving along with it."""

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from bot.domain.destination import Destination
from bot.slack.api.events import ChannelBack, ChannelEvent, ChannelGone, ChannelMoved, LockedOut
from bot.store import handled_requests, pauses
from bot.store.database import Database
from bot.store.reconcile import reconcile

log = structlog.get_logger(__name__)


class ChannelEvents:
    """Carries out what an event means. `recorded` is called when there may be something to tell; `invalidate` when the
    bot's own access is in question."""

    def __init__(
        self, database: Database, *, on_recorded: Callable[[], None], invalidate: Callable[[str], None]
    ) -> None:
        self._database = database
        self._recorded = on_recorded
        self._doubt = invalidate

    async def follow(self, what: ChannelEvent, workspace: str, key: str) -> None:
        """Let the subscriptions follow, once however often Slack delivers the event. Raises DatabaseFault."""
        if isinstance(what, LockedOut):
            self._doubt(what.why)
            return
        now = datetime.now(UTC)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, workspace, key, now):
                return
            match what:
                case ChannelGone(channel, why):
                    followed = await pauses.pause(session, Destination(workspace, channel), why, now)
                case ChannelBack(channel):
                    followed = await pauses.resume(session, Destination(workspace, channel), now)
                    await reconcile(session, now)
                case ChannelMoved(old, new):
                    followed = await pauses.move(session, Destination(workspace, old), Destination(workspace, new))
        if followed:
            log.info("subscriptions follow their channel", what=type(what).__name__, subscriptions=followed)
            self._recorded()
