"""`mute` and `unmute`, and the button that resumes the paused alerts of a channel."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.destination import Destination
from bot.domain.job import Target
from bot.domain.notification.confirmations import Deed
from bot.slack.api.messenger import SlackMessenger
from bot.slack.authorization import Authorization
from bot.slack.grammar.commands import Mute, MuteAll, Unmute
from bot.slack.grammar.durations import LONGEST, next_occurrence
from bot.slack.grammar.presses import ResumeAlerts
from bot.slack.handlers.confirming import Confirmer, confirmation_of
from bot.slack.messages import confirmations, muting
from bot.slack.request import Reply, Request
from bot.store import handled_requests, mutes, outbox, pauses
from bot.store.database import Database
from bot.store.reconcile import reconcile


async def end_of_mute(
    command: Mute | MuteAll, messenger: SlackMessenger, request: Request, now: datetime
) -> datetime | None:
    """When a mute ends; None for a time of day if Slack doesn't say the person's time zone."""
    if isinstance(command, Mute) and command.until_change:
        return now + LONGEST
    if command.length is not None:
        return now + command.length
    zone = await messenger.time_zone(request.user)
    if command.until is None or zone is None:
        return None
    return next_occurrence(command.until, zone, now, tomorrow=command.tomorrow)


class MuteHandler:
    """Silences destinations for a while. `on_recorded` is called when a delivery may have been queued."""

    def __init__(
        self,
        database: Database,
        messenger: SlackMessenger,
        authorization: Authorization,
        confirmer: Confirmer,
        *,
        on_recorded: Callable[[], None],
    ) -> None:
        self._database = database
        self._messenger = messenger
        self._authorization = authorization
        self._confirmer = confirmer
        self._on_recorded = on_recorded

    async def mute(self, command: Mute, target: Target, request: Request) -> Reply | None:
        """Mute a job for this channel, or for the person; the mute ends by itself."""
        now = datetime.now(UTC)
        until = await end_of_mute(command, self._messenger, request, now)
        if until is None:
            again = f"{request.command} mute {command.ref} 2h{' to me' if command.to_me else ''}"
            return Reply(muting.no_time_zone(again))
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, now):
                return None
            destination, to_person = request.destination(command.to), request.is_for_person(command.to)
            until_change = command.until_change
            job = await mutes.mute(
                session, destination, target, until=until, by=request.user, now=now, until_change=until_change
            )
            if job is not None:
                muted = confirmation_of(Deed.MUTED, job, request, to_person=to_person)
                confirmation = replace(muted, until=until, until_change=until_change)
                queued = await outbox.put_confirmation(session, destination, confirmation)
        if job is None:
            return Reply(confirmations.was_not_watching(command.ref, to_person=to_person, command=request.command))
        await self._confirmer.announce(queued, request)
        return None

    async def unmute(self, command: Unmute, target: Target, request: Request) -> Reply | None:
        """End a mute early; what changed meanwhile is delivered."""
        now = datetime.now(UTC)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, now):
                return None
            destination, to_person = request.destination(command.to), request.is_for_person(command.to)
            ended = await mutes.unmute(session, destination, target, now)
            if ended is not None and ended.was_muted:
                confirmation = replace(
                    confirmation_of(Deed.UNMUTED, ended.job, request, to_person=to_person),
                    changes_follow=ended.changes_follow,
                )
                queued = await outbox.put_confirmation(session, destination, confirmation)
            await reconcile(session, now)
        if ended is None:
            return Reply(confirmations.was_not_watching(command.ref, to_person=to_person, command=request.command))
        if not ended.was_muted:
            return Reply(muting.was_not_muted(ended.job.title, to_person=to_person))
        await self._confirmer.announce(queued, request)
        self._on_recorded()  # the changes that follow waited behind it
        return None

    async def resume(self, press: ResumeAlerts, request: Request) -> Reply | None:
        """Resume the paused subscriptions of a channel unless Slack says that the bot still can't post there, or that
        the person isn't in it (any more): the button is in their direct messages.

        Slack doesn't say everything beforehand (that posting is restricted, say). Then the first message fails, they
        are paused again, and the people who made them are notified.
        """
        now = datetime.now(UTC)
        why = await self._messenger.obstacle_to_posting(press.channel)
        refusal = None
        if why is None and press.channel != request.channel:
            refusal = await self._authorization.membership_refusal(press.channel, request.user)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, now):
                return None
            if refusal is not None:
                return refusal
            if why is not None:
                return Reply(muting.cannot_resume(press.channel, why))
            count = await pauses.resume(session, Destination(request.workspace, press.channel), now)
            await reconcile(session, now)
        self._on_recorded()
        if not count:
            return Reply(muting.nothing_to_resume(press.channel))
        return Reply(muting.resumed_by_button(press.channel, count))
