"""`mute all` and `unmute all`: planned maintenance of many jobs."""

from collections.abc import Callable
from datetime import UTC, datetime

from bot.domain.channel.silence import TooManySilences
from bot.domain.notification.confirmations import SilenceConfirmation
from bot.slack.api.messenger import SlackMessenger
from bot.slack.grammar.commands import MuteAll, UnmuteAll
from bot.slack.grammar.patterns import PatternRef
from bot.slack.handlers.confirming import Confirmer
from bot.slack.handlers.mute import end_of_mute
from bot.slack.messages import muting
from bot.slack.messages.channel import maintenance as messages
from bot.slack.request import Reply, Request
from bot.store import handled_requests, outbox
from bot.store.channels import silences
from bot.store.database import Database


class MaintenanceHandler:
    """Silences many jobs for a while. `on_recorded` is called when a delivery may have been queued."""

    def __init__(
        self, database: Database, messenger: SlackMessenger, confirmer: Confirmer, *, on_recorded: Callable[[], None]
    ) -> None:
        self._database = database
        self._messenger = messenger
        self._confirmer = confirmer
        self._on_recorded = on_recorded

    async def mute(self, command: MuteAll, request: Request) -> Reply | None:
        """Begin maintenance for this channel, or for the person, or move its end."""
        now, to_person = datetime.now(UTC), request.is_for_person(command.to)
        until = await end_of_mute(command, self._messenger, request, now)
        if until is None:
            again = f"{request.command} mute {PatternRef(command.pattern)} 2h{' to me' if command.to_me else ''}"
            return Reply(muting.no_time_zone(again))
        destination, reason = request.destination(command.to), command.reason or None
        try:
            async with self._database.writing() as session:
                if not await handled_requests.is_first(session, request.workspace, request.key, now):
                    return None
                silence, jobs = await silences.begin(
                    session, destination, command.pattern, until=until, by=request.user, now=now, reason=reason
                )
                confirmation = SilenceConfirmation(
                    silence.key, request.user, now, until, jobs, reason, to_person=to_person
                )
                queued = await outbox.put_confirmation(session, destination, confirmation)
        except TooManySilences:
            return Reply(messages.too_many(to_person=to_person))
        await self._confirmer.announce(queued, request)
        return None

    async def unmute(self, command: UnmuteAll, request: Request) -> Reply | None:
        """End maintenance early. Everybody there sees it in the message that tells what happened meanwhile."""
        now, to_person = datetime.now(UTC), request.is_for_person(command.to)
        destination = request.destination(command.to)
        async with self._database.reading() as session:
            known = await silences.read_open(session, destination, command.pattern, now)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, now):
                return None
            pattern, by = command.pattern, request.user
            ended = await silences.end_early(session, destination, pattern, by=by, now=now, known=known)
            present = [] if ended else await silences.open_at(session, destination)
        if not ended:
            return Reply(messages.was_not_muted(command.pattern, present, to_person=to_person, command=request.command))
        self._on_recorded()
        return Reply(messages.ended_early(ended, to_person=to_person))
