"""`digest`: when a digest comes to a place, and what it would say now."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.calendar import next_digest
from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.settings import ChannelSettings
from bot.domain.channel.time_zones import zone_named
from bot.domain.notification.confirmations import SettingsConfirmation
from bot.slack.api.messenger import SlackMessenger
from bot.slack.grammar.commands import PreviewDigest, ScheduleDigest
from bot.slack.handlers.confirming import Confirmer
from bot.slack.messages.blocks import Message
from bot.slack.messages.channel import digests as messages
from bot.slack.request import Reply, Request
from bot.store import handled_requests, outbox
from bot.store.channels import digests, settings
from bot.store.database import Database


class DigestHandler:
    """Keeps what a channel, or a person, chose."""

    def __init__(self, database: Database, messenger: SlackMessenger, confirmer: Confirmer) -> None:
        self._database = database
        self._messenger = messenger
        self._confirmer = confirmer

    async def choose(self, command: ScheduleDigest, request: Request) -> Reply | None:
        """Choose, for everybody in the channel to see; or show what was chosen, to the person alone."""
        if command.off:
            return await self._turn_off(request)
        async with self._database.reading() as session:
            before = await settings.read(session, request.destination())
        if command.schedule is None:
            return Reply(self._present(before, request))
        zone = command.zone or before.time_zone or await self._own_zone(request)
        if zone is None:
            again = f"{request.command} digest {command.schedule.text} Europe/Berlin"
            return Reply(messages.no_time_zone(again))
        return await self._schedule(command.schedule, zone, request)

    async def _schedule(self, schedule: DigestSchedule, zone: str, request: Request) -> Reply | None:
        destination, now = request.destination(), datetime.now(UTC)
        due_at = next_digest(schedule, zone_named(zone), now)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, now):
                return None
            before = await settings.change(
                session, destination, lambda chosen: replace(chosen, digest=schedule, time_zone=zone)
            )
            if (before.digest, before.time_zone) != (schedule, zone):
                await digests.plan_first(session, destination, due_at)
            watches_jobs = await digests.watches_jobs(session, destination)
            after = replace(before, digest=schedule, time_zone=zone)
            if after == before:
                return Reply(self._present(after, request))
            to_person = request.is_direct
            changed = SettingsConfirmation(before, after, request.user, now, to_person=to_person)
            queued = await outbox.put_confirmation(session, destination, changed)
        chosen = messages.scheduled(
            *(schedule, zone, due_at),
            by=request.user,
            to_person=to_person,
            before=before,
            watches_jobs=watches_jobs,
        )
        await self._confirmer.announce(queued, request, chosen)
        return None

    async def _turn_off(self, request: Request) -> Reply | None:
        destination, now, to_person = request.destination(), datetime.now(UTC), request.is_direct
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, now):
                return None
            before = await settings.change(session, destination, lambda chosen: replace(chosen, digest=None))
            if before.digest is None:
                return Reply(self._present(before, request))
            after = replace(before, digest=None)
            changed = SettingsConfirmation(before, after, request.user, now, to_person=to_person)
            queued = await outbox.put_confirmation(session, destination, changed)
        off = messages.turned_off(by=request.user, to_person=to_person)
        await self._confirmer.announce(queued, request, off)
        return None

    async def preview(self, _: PreviewDigest, request: Request) -> Reply:
        """Show the digest of the last day or week, to the person alone."""
        destination, now = request.destination(), datetime.now(UTC)
        async with self._database.reading() as session:
            schedule = (await settings.read(session, destination)).digest or messages.EXAMPLE
            digest = await digests.make(session, destination, schedule, now, now)
        if digest is None:
            return Reply(messages.nothing_to_say(to_person=request.is_direct, command=request.command))
        return Reply(messages.scheduled_digest(digest))

    async def _own_zone(self, request: Request) -> str | None:
        """The time zone of the person who asks; None if Slack doesn't say."""
        zone = await self._messenger.time_zone(request.user)
        return zone.key if zone else None

    def _present(self, chosen: ChannelSettings, request: Request) -> Message:
        to_person, command = request.is_direct, request.command
        if chosen.digest is None:
            return messages.none_scheduled(to_person=to_person, command=command)
        due_at = next_digest(chosen.digest, zone_named(chosen.time_zone), datetime.now(UTC))
        return messages.present(chosen.digest, chosen.time_zone, due_at, to_person=to_person, command=command)
