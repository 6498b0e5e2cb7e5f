"""`quiet`: the hours of each day in which a place gets no alerts but those that break through."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.channel.quiet_hours import QuietHours
from bot.domain.channel.settings import ChannelSettings
from bot.domain.notification.confirmations import SettingsConfirmation
from bot.slack.api.messenger import SlackMessenger
from bot.slack.grammar.commands import Quiet
from bot.slack.grammar.writer import command_line
from bot.slack.handlers.confirming import Confirmer
from bot.slack.messages.blocks import Message
from bot.slack.messages.channel import quiet_hours as messages
from bot.slack.request import Reply, Request
from bot.store import handled_requests, outbox
from bot.store.channels import quiet_hours, settings
from bot.store.database import Database

_EXAMPLE_ZONE = "Europe/Berlin"


class QuietHoursHandler:
    """Keeps what a channel, or a person, chose. `on_recorded` is called when a delivery may have been queued."""

    def __init__(
        self, database: Database, messenger: SlackMessenger, confirmer: Confirmer, *, on_recorded: Callable[[], None]
    ) -> None:
        self._database = database
        self._messenger = messenger
        self._confirmer = confirmer
        self._on_recorded = on_recorded

    async def choose(self, command: Quiet, request: Request) -> Reply | None:
        """Choose, for everybody in the channel to see; or show what was chosen, to the person alone."""
        destination = request.destination()
        async with self._database.reading() as session:
            before = await settings.read(session, destination)
        if command.off and before.quiet_hours:
            return await self._turn_off(request)
        if command.hours is None:
            return Reply(_present(before, request))
        zone = command.zone or before.time_zone or await self._own_zone(request)
        if zone is None:
            again = f"{request.command} {command_line(replace(command, zone=_EXAMPLE_ZONE))}"
            return Reply(messages.no_time_zone(again))
        return await self._choose(command.hours, zone, request)

    async def _choose(self, hours: QuietHours, zone: str, request: Request) -> Reply | None:
        destination, now, to_person = request.destination(), datetime.now(UTC), request.is_direct
        async with self._database.reading() as session:
            known = await quiet_hours.read_at(session, destination, now)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, now):
                return None
            before = await settings.change(
                session, destination, lambda chosen: replace(chosen, quiet_hours=hours, time_zone=zone)
            )
            after = replace(before, quiet_hours=hours, time_zone=zone)
            if after == before:
                return Reply(_present(after, request))
            await quiet_hours.turn(session, destination, now, known)
            changed = SettingsConfirmation(before, after, request.user, now, to_person=to_person)
            queued = await outbox.put_confirmation(session, destination, changed)
        self._on_recorded()  # those that were in force may have ended
        window = quiet_hours.in_force(after, now)
        until = window.end if window else None
        moves_digest = before.digest is not None and before.time_zone != zone
        chosen = messages.chosen(
            hours, zone, by=request.user, to_person=to_person, until=until, moves_digest=moves_digest
        )
        await self._confirmer.announce(queued, request, chosen)
        return None

    async def _turn_off(self, request: Request) -> Reply | None:
        destination, now, to_person = request.destination(), datetime.now(UTC), request.is_direct
        async with self._database.reading() as session:
            known = await quiet_hours.read_at(session, destination, now)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, now):
                return None
            before = await settings.change(session, destination, lambda chosen: replace(chosen, quiet_hours=None))
            ended = await quiet_hours.turn(session, destination, now, known)
            after = replace(before, quiet_hours=None)
            changed = SettingsConfirmation(before, after, request.user, now, to_person=to_person)
            queued = await outbox.put_confirmation(session, destination, changed)
        self._on_recorded()
        off = messages.turned_off(by=request.user, to_person=to_person, summary_follows=ended)
        await self._confirmer.announce(queued, request, off)
        return None

    async def _own_zone(self, request: Request) -> str | None:
        """The time zone of the person who asks; None if Slack doesn't say."""
        zone = await self._messenger.time_zone(request.user)
        return zone.key if zone else None


def _present(chosen: ChannelSettings, request: Request) -> Message:
    hours, zone = chosen.quiet_hours, chosen.time_zone or "UTC"
    window = quiet_hours.in_force(chosen, datetime.now(UTC))
    until = window.end if window else None
    return messages.present(hours, zone, to_person=request.is_direct, command=request.command, until=until)
