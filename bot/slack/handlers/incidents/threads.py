"""`threads`: whether the alerts of an incident form a thread."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.notification.confirmations import SettingsConfirmation
from bot.slack.grammar.commands import Threads
from bot.slack.handlers.confirming import Confirmer
from bot.slack.messages.alerts import threads as messages
from bot.slack.request import Reply, Request
from bot.store import handled_requests, outbox
from bot.store.channels import settings
from bot.store.database import Database


class ThreadsHandler:
    """Keeps what a channel, or a person, chose."""

    def __init__(self, database: Database, confirmer: Confirmer) -> None:
        self._database = database
        self._confirmer = confirmer

    async def choose(self, command: Threads, request: Request) -> Reply | None:
        """Choose, for everybody in the channel to see; or show what was chosen, to the person alone."""
        destination, to_person = request.destination(), request.is_direct
        if command.on is None:
            async with self._database.reading() as session:
                on = (await settings.read(session, destination)).threads
            return Reply(messages.present(on=on, to_person=to_person, command=request.command))
        on, now = command.on, datetime.now(UTC)
        async with self._database.writing() as session:
            if not await handled_requests.is_first(session, request.workspace, request.key, now):
                return None
            before = await settings.change(session, destination, lambda chosen: replace(chosen, threads=on))
            if before.threads == on:
                return Reply(messages.present(on=on, to_person=to_person, command=request.command))
            after = replace(before, threads=on)
            changed = SettingsConfirmation(before, after, request.user, now, to_person=to_person)
            queued = await outbox.put_confirmation(session, destination, changed)
        chosen = messages.chosen(on=on, by=request.user, to_person=to_person)
        await self._confirmer.announce(queued, request, chosen)
        return None
