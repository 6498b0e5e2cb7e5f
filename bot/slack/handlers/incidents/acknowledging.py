"""`ack`, and the button *Acknowledge*: somebody takes care of a job that fails."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.incident import Incident, Posted
from bot.domain.job import Dataflow, Target
from bot.domain.notification.confirmations import Deed, JobConfirmation
from bot.slack.api.messenger import SlackMessenger
from bot.slack.grammar.commands import Acknowledge
from bot.slack.handlers.confirming import Confirmer
from bot.slack.messages.alerts import acknowledging
from bot.slack.request import Pressed, Reply, Request
from bot.store import handled_requests, outbox
from bot.store.database import Database
from bot.store.incidents import reading, writing


class AcknowledgeHandler:
    """Writes who takes care of an incident, and shows it in the message that everybody sees."""

    def __init__(self, database: Database, messenger: SlackMessenger, confirmer: Confirmer) -> None:
        self._database = database
        self._messenger = messenger
        self._confirmer = confirmer

    async def acknowledge(self, command: Acknowledge, target: Target, request: Request) -> Reply | None:
        """Acknowledge the incident that the button belongs to or, when typed, the present one. Never a later one.

        The message is marked for its update in the same transaction: what Slack doesn't take now, it gets later.
        """
        now, destination = datetime.now(UTC), request.destination()
        pressed = replace(command, ref=target)  # as the button says it
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, now):
                return None
            incident = await reading.of_alert(session, destination, target, command.at)
            before = None
            if incident is not None and incident.is_open:
                before = await writing.acknowledge(session, incident, request.user, now)
                if before is None:
                    queued = await outbox.put_confirmation(session, destination, _confirmation(incident, request, now))
        if incident is None:
            return Reply(acknowledging.nothing_to_acknowledge(command.ref, command=request.command))
        if not incident.is_open:
            return Reply(acknowledging.is_over(incident))
        if before is not None:
            return Reply(acknowledging.already_acknowledged(incident, before))
        is_seen = await self._show(pressed, incident, request, now)
        if is_seen and request.pressed is not None:
            await self._confirmer.end(queued)
        else:
            await self._confirmer.announce(queued, request, acknowledging.acknowledged(incident, by=request.user))
        return None

    async def _show(self, command: Acknowledge, incident: Incident, request: Request, now: datetime) -> bool:
        """Show it in the first message and in the one whose button was pressed; return whether the latter shows it."""
        pressed, first = request.pressed, incident.message
        is_first = first is not None and pressed is not None and first.ts == pressed.ts
        updates = [self._update(incident.destination.workspace, first)] if first else []
        if pressed is not None and not is_first:
            updates.append(self._note(pressed, command, incident, request, now))
        return all((await asyncio.gather(*updates))[-1:])

    async def _update(self, workspace: str, message: Posted) -> bool:
        async with self._database.reading() as session:
            incidents = await reading.shown_by(session, workspace, message)
        return bool(incidents) and await self._messenger.show(message, incidents) is None

    async def _note(
        self, pressed: Pressed, command: Acknowledge, incident: Incident, request: Request, now: datetime
    ) -> bool:
        message = acknowledging.with_note(pressed.text, pressed.blocks, command, incident, by=request.user, at=now)
        return await self._messenger.replace(Posted(request.channel, pressed.ts), message) is None


def _confirmation(incident: Incident, request: Request, now: datetime) -> JobConfirmation:
    opening = incident.opening
    return JobConfirmation(
        Deed.ACKNOWLEDGED,
        opening.ref,
        opening.title,
        incident.status,
        request.user,
        now,
        followed=isinstance(incident.target, Dataflow),
        to_person=request.is_direct,
    )
