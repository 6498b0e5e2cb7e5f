"""Mute, unmute, and the button that lets paused subscriptions go on: when a destination is told nothing for a while."""

from collections.abc import Callable
from datetime import UTC, datetime

from bot.domain.destination import Destination
from bot.domain.job import Target
from bot.slack.api.messenger import SlackMessenger
from bot.slack.grammar.commands import Mute, Unmute
from bot.slack.grammar.durations import next_moment
from bot.slack.messages import confirmations, muting
from bot.slack.request import Answer, Request
from bot.store import handled_requests, mutes, pauses
from bot.store.database import Database
from bot.store.reconcile import reconcile


class MuteHandler:
    """Carries them out. `recorded` is called when there may be something to tell."""

    def __init__(self, database: Database, messenger: SlackMessenger, *, on_recorded: Callable[[], None]) -> None:
        self._database = database
        self._messenger = messenger
        self._recorded = on_recorded

    async def mute(self, mute: Mute, target: Target, request: Request) -> Answer | None:
        """Silence for this channel, or for the person, that ends by itself."""
        now = datetime.now(UTC)
        until = await self._end_of(mute, request, now)
        if until is None:
            again = f"{request.command} mute {target} 2h{' to me' if mute.to_me else ''}"
            return Answer(muting.no_time_zone(again))
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, now):
                return None
            destination = request.destination(mute.to)
            known = await mutes.mute(session, destination, target, until=until, by=request.user, now=now)
        to_person = request.is_for_person(mute.to)
        if known is None:
            return Answer(confirmations.was_not_watching(target, to_person=to_person, command=request.command))
        answer = muting.muted(
            known.target,
            known.title,
            by=request.user,
            until=until,
            to_person=to_person,
            status=known.status,
            seen=known.failure is None,
        )
        return Answer(answer, to_all=not to_person)

    async def _end_of(self, mute: Mute, request: Request, now: datetime) -> datetime | None:
        """When it ends; None where only the person's time zone would tell and Slack does not say it."""
        if mute.length is not None:
            return now + mute.length
        zone = await self._messenger.time_zone(request.user)
        return next_moment(mute.until, zone, now) if mute.until is not None and zone else None

    async def unmute(self, unmute: Unmute, target: Target, request: Request) -> Answer | None:
        """End the silence before its time; what changed meanwhile is told."""
        now = datetime.now(UTC)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, now):
                return None
            destination = request.destination(unmute.to)
            ended = await mutes.unmute(session, destination, target)
            await reconcile(session, now)
        self._recorded()
        to_person = request.is_for_person(unmute.to)
        if ended is None:
            return Answer(confirmations.was_not_watching(target, to_person=to_person, command=request.command))
        job = ended.job
        if not ended.was_muted:
            return Answer(muting.was_not_muted(job.title, to_person=to_person))
        answer = muting.unmuted(
            job.title,
            by=request.user,
            to_person=to_person,
            status=job.status,
            news_follow=ended.changes_follow,
            seen=job.failure is None,
        )
        return Answer(answer, to_all=not to_person)

    async def resume(self, channel: str, request: Request) -> Answer | None:
        """Let a channel's paused subscriptions go on, unless Slack says that it still can't be told.

        What Slack does not say beforehand (posting is restricted, say) shows with the first message: then they are
        paused again, and whoever made them hears why.
        """
        now = datetime.now(UTC)
        why = await self._messenger.barred_from(channel)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, now):
                return None
            if why is not None:
                return Answer(muting.cannot_resume(channel, why))
            count = await pauses.resume(session, Destination(request.workspace, channel), now)
            await reconcile(session, now)
        self._recorded()
        if not count:
            return Answer(muting.nothing_to_resume(channel))
        return Answer(muting.resumed_by_button(channel, count))
