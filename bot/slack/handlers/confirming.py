"""Confirming a subscription where its alerts will go, and taking it back if they can't."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.domain.destination import Destination
from bot.slack.api.messenger import NotPosted, SlackMessenger
from bot.slack.messages import confirmations, failures
from bot.slack.messages.blocks import Message
from bot.slack.request import Reply, Request
from bot.store import pauses
from bot.store.database import Database
from bot.store.subscriptions import Outcome


@dataclass(frozen=True)
class Confirmation:
    """A subscription that was written, to a job or to a pattern.

    `title` names it in a sentence. `message` goes to its destination; `reply_elsewhere` to a person who asked from
    somewhere else. `unsubscribe` undoes a new one.
    """

    outcome: Outcome
    destination: Destination
    title: str
    message: Message
    reply_elsewhere: Message
    unsubscribe: Callable[[], Awaitable[object]]


class Confirmer:
    """Posts confirmations: the surest proof that alerts can be delivered.

    The subscription is written before. The other way round, a crash in between would leave a channel that believes it
    is watching.
    """

    def __init__(self, database: Database, messenger: SlackMessenger, *, bot_name: Callable[[], str]) -> None:
        self._database = database
        self._messenger = messenger
        self._bot_name = bot_name

    async def confirm(self, confirmation: Confirmation, request: Request, to: str | None) -> Reply | None:
        """Post a confirmation; return what else the person should know, None if they see it."""
        destination = confirmation.destination
        posted = await self._messenger.post(destination.id, confirmation.message)
        if isinstance(posted, NotPosted):
            if not posted.is_gone:
                return Reply(confirmations.unconfirmed(confirmation.title, posted.why))
            await self._take_back(confirmation, posted.why)
            return Reply(self._why_not(request, to, posted.why), cannot_deliver=posted.why)
        if confirmation.outcome is Outcome.RESUMED:  # if this one can be delivered, so can the destination's others
            async with self._database.writing() as session:
                await pauses.resume(session, destination, datetime.now(UTC))
        return None if posted.channel == request.channel else Reply(confirmation.reply_elsewhere)

    async def _take_back(self, confirmation: Confirmation, why: str) -> None:
        if confirmation.outcome is Outcome.NEW:
            await confirmation.unsubscribe()
            return
        # If it was live until now, the people who made the destination's subscriptions must be notified of the pause.
        pause = pauses.pause_again if confirmation.outcome is Outcome.RESUMED else pauses.pause
        async with self._database.writing() as session:
            await pause(session, confirmation.destination, why, datetime.now(UTC))

    def _why_not(self, request: Request, to: str | None, why: str) -> Message:
        if request.is_for_person(to):
            return failures.cannot_message_you(why)
        return failures.cannot_post(request.typed, bot_name=self._bot_name(), why=why, elsewhere=request.elsewhere(to))
