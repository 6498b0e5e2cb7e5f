"""Confirming what a person did where everybody concerned sees it, and taking a subscription back if nobody can.

What is confirmed was written before, and its confirmation with it: see `bot.store.outbox`. The other way round,
a crash in between would leave a channel that believes it is watching.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import stamina
import structlog

from bot.domain.notification.confirmations import Deed, JobConfirmation
from bot.domain.tracked_job import TrackedJob
from bot.slack.api.messenger import NotPosted, SlackMessenger
from bot.slack.messages import confirmations, failures
from bot.slack.messages.alerts.confirmations import confirmation_message
from bot.slack.messages.blocks import Message
from bot.slack.replies import Replies
from bot.slack.request import Reply, Request
from bot.store import outbox, pauses
from bot.store.database import Database, DatabaseFault
from bot.store.outbox import Queued
from bot.store.subscriptions import Outcome

log = structlog.get_logger(__name__)

# Seconds in which the database may recover, of the 18 that a person waits.
_WRITE_LIMIT_S = 3

# Why a status isn't known now, though no poll failed.
NOT_CHECKED = "it wasn't checked lately"

DEEDS = {Outcome.NEW: Deed.WATCHED, Outcome.RESUMED: Deed.RESUMED, Outcome.CHANGED: Deed.CHANGED}


@dataclass(frozen=True)
class Subscribing:
    """A subscription that was written, to a job or to a pattern.

    `title` names it in a sentence. `reply_elsewhere` is for a person who asked from somewhere else. `unsubscribe`
    undoes a new one.
    """

    queued: Queued
    title: str
    reply_elsewhere: Message
    unsubscribe: Callable[[], Awaitable[object]]


class Confirmer:
    """Shows confirmations. What Slack doesn't accept now is left to the dispatcher."""

    def __init__(
        self,
        database: Database,
        messenger: SlackMessenger,
        replies: Replies,
        *,
        bot_name: Callable[[], str],
    ) -> None:
        self._database = database
        self._messenger = messenger
        self._replies = replies
        self._bot_name = bot_name

    async def confirm(self, subscribing: Subscribing, request: Request, to: str | None) -> Reply | None:
        """Post a confirmation, the surest proof that alerts can be delivered; return what else the person should know,
        None if they see it."""
        queued = subscribing.queued
        message = confirmation_message(queued.confirmation, later=False)
        posted = await self._messenger.post(queued.destination.id, message)
        if isinstance(posted, NotPosted):
            if posted.is_gone:
                await self._take_back(subscribing, posted.why)
                return Reply(self._why_not(request, to, posted.why), cannot_deliver=posted.why)
            await self._release(queued, posted.why, posted.retry_after)
            return Reply(confirmations.confirmed_later(subscribing.title, posted.why))
        await self.end(queued)
        is_seen = request.channel in (posted.channel, queued.destination.id)
        return None if is_seen else Reply(subscribing.reply_elsewhere)

    async def announce(self, queued: Queued, request: Request, words: Message | None = None) -> None:
        """Reply with a confirmation, so that everybody in a channel sees it; what is a person's own, they alone. In the
        Home tab they see what they changed there. `words` say more than the confirmation that is kept for later."""
        if request.at_home and queued.confirmation.to_person:
            await self.end(queued)
            return
        in_channel = not queued.confirmation.to_person
        message = words or confirmation_message(queued.confirmation, later=False)
        if await self._replies.send(request, message, in_channel=in_channel):
            await self.end(queued)
        else:
            await self._release(queued, "reply_not_accepted", None)

    async def show(self, queued: Queued) -> bool:
        """Post a confirmation where it belongs, of something that counts even if nobody there sees it. Return False if
        nobody ever will: what Slack doesn't accept now, it gets later."""
        posted = await self._messenger.post(
            queued.destination.id, confirmation_message(queued.confirmation, later=False)
        )
        if isinstance(posted, NotPosted) and not posted.is_gone:
            await self._release(queued, posted.why, posted.retry_after)
            return True
        await self.end(queued)
        return not isinstance(posted, NotPosted)

    async def end(self, queued: Queued) -> None:
        """Note that a confirmation was shown. If that can't be written, it is delivered again: the person isn't told
        that nothing was changed."""
        try:
            async for attempt in stamina.retry_context(on=DatabaseFault, attempts=None, timeout=_WRITE_LIMIT_S):
                with attempt:
                    async with self._database.writing() as session:
                        await outbox.end_confirmation(session, queued)
                        # If this one can be delivered, so can the destination's others.
                        if queued.confirmation.deed is Deed.RESUMED:
                            await pauses.resume(session, queued.destination, datetime.now(UTC))
        except DatabaseFault as fault:
            log.error("a confirmation that was shown will be posted again", fault=repr(fault))

    async def _release(self, queued: Queued, why: str, retry_after: timedelta | None) -> None:
        log.warning("a confirmation wasn't accepted yet", destination=queued.destination.id, why=why)
        try:
            async with self._database.writing() as session:
                await outbox.release_confirmation(session, queued, why, datetime.now(UTC), retry_after=retry_after)
        except DatabaseFault as fault:  # the dispatcher takes it half a minute later
            log.error("a confirmation can't be released", fault=repr(fault))

    async def _take_back(self, subscribing: Subscribing, why: str) -> None:
        queued = subscribing.queued
        if queued.confirmation.deed is Deed.WATCHED:
            await subscribing.unsubscribe()
        async with self._database.writing() as session:
            await outbox.end_confirmation(session, queued)
            now = datetime.now(UTC)
            match queued.confirmation.deed:
                case Deed.RESUMED:
                    await pauses.pause_again(session, queued.destination, why, now)
                case Deed.CHANGED:  # it was live until now: those who made subscriptions must be notified of the pause
                    await pauses.pause(session, queued.destination, why, now)

    def _why_not(self, request: Request, to: str | None, why: str) -> Message:
        if request.is_for_person(to):
            return failures.cannot_message_you(why)
        return failures.cannot_post(request.typed, bot_name=self._bot_name(), why=why, elsewhere=request.elsewhere(to))


def confirmation_of(deed: Deed, job: TrackedJob, request: Request, *, to_person: bool) -> JobConfirmation:
    """What the person who asks did to the watch of a job."""
    now = datetime.now(UTC)
    return JobConfirmation(
        deed,
        job.ref,
        job.title,
        job.status,
        request.user,
        now,
        followed=job.followed,
        to_person=to_person,
        failure=job.failure or (NOT_CHECKED if job.is_overdue(now) else None),
    )
