"""Show a job's history to the person who asks, and share it with a channel."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.domain.destination import Destination
from bot.domain.history import recorded
from bot.domain.history.lookback import Lookback
from bot.domain.history.timeline import Timeline
from bot.domain.job import Target
from bot.slack.api.messenger import SlackMessenger
from bot.slack.grammar.commands import History
from bot.slack.grammar.presses import ShareHistory, TurnHistory
from bot.slack.grammar.references import Ref
from bot.slack.handlers.history.pictures import Pictures
from bot.slack.messages.history import report
from bot.slack.replies import Replies
from bot.slack.request import Reply, Request
from bot.store.database import Database
from bot.store.lists import history

# Seconds that the text waits for the picture, and either for the person's time zone.
PICTURE_FIRST_S = 3.0
_ZONE_LIMIT = 2.0
_UTC = ZoneInfo("UTC")


class HistoryHandler:
    """Shows what happened to a job. Needs no answer from the jobs service.

    Slack has no files in replies that one person alone sees: a look-up's picture goes to the person's direct messages,
    and into a channel only if somebody shares it there. The reply has all of it in text.
    """

    def __init__(self, database: Database, messenger: SlackMessenger, replies: Replies, pictures: Pictures) -> None:
        self._database = database
        self._messenger = messenger
        self._replies = replies
        self._pictures = pictures

    async def show(self, command: History, target: Target, request: Request) -> Reply | None:
        """Handle `history`."""
        return await self._show(command, target, request)

    async def turn(self, press: TurnHistory, ref: Ref, request: Request) -> Reply | None:
        """Show another period where the one before it stood. `ref` is how the job is named."""
        return await self._show(History(ref, press.period), press.ref, request, replaces=True)

    async def share(self, press: ShareHistory, ref: Ref, request: Request) -> Reply | None:
        """Show the history to everybody in the channel, as far as the channel watches the job."""
        zone, now = await self._zone(request.user), datetime.now(UTC)
        found, line = await self._read({request.destination()}, press.ref, press.period, now)
        if found is None or line is None:
            return Reply(report.cannot_share(ref, command=request.command))
        comment = report.shared_headline(found, line, press.period, request.user)
        job = found.job
        if await self._pictures.share(job.title, job.ref, line, zone, request.channel, comment):
            return None
        return Reply(report.shared_history(found, line, press.period, zone, request.user), in_channel=True)

    async def _show(
        self, command: History, target: Target, request: Request, *, replaces: bool = False
    ) -> Reply | None:
        zone, now = await self._zone(request.user), datetime.now(UTC)
        found, line = await self._read(request.asking, target, command.period, now)
        if found is None:
            return Reply(report.no_history(command.ref, to_person=request.is_direct, command=request.command))
        if line is None or request.is_in_modal:  # who looks into a modal has asked for no message elsewhere
            return Reply(report.job_history(found, line, command.period, zone, now=now), replaces=replaces)
        comment, job = report.picture_headline(found, line, command.period), found.job
        place = request.channel if request.is_direct else request.user
        sharing = asyncio.create_task(self._pictures.share(job.title, job.ref, line, zone, place, comment))
        try:
            await asyncio.wait({sharing}, timeout=PICTURE_FIRST_S)
            reply = report.job_history(
                found,
                line,
                command.period,
                zone,
                now=now,
                has_picture=sharing.done() and sharing.result(),
                to_person=request.is_direct,
            )
            if sharing.done():
                return Reply(reply, replaces=replaces)
            await self._replies.send(request, reply, replaces=replaces)
            await sharing
        finally:
            sharing.cancel()
        return None

    async def _read(
        self, asking: Collection[Destination], target: Target, period: Lookback, now: datetime
    ) -> tuple[recorded.History | None, Timeline | None]:
        since = now - period.length
        async with self._database.reading() as session:
            found = await history.of_job(session, asking, target, limit=history.MOST_CHANGES, since=since)
        line = None if found is None else found.timeline(since, now)
        if found is not None and line is None:  # it isn't watched any more: the latest changes are enough
            found = replace(found, recorded=replace(found.recorded, changes=found.changes[: report.CHANGES_SHOWN]))
        return found, line

    async def _zone(self, user: str) -> ZoneInfo:
        """The person's time zone; UTC if Slack doesn't say it at once."""
        try:
            async with asyncio.timeout(_ZONE_LIMIT):
                return await self._messenger.time_zone(user) or _UTC
        except TimeoutError:
            return _UTC
