"""Keeps the first messages of incidents up to date, within what Slack allows."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

import structlog
from cachetools import LRUCache

from bot.domain.incident import Incident, Posted
from bot.notify.messenger import AccessRevoked, MessageGone, Messenger, NotDelivered, NotUpdatable, RetryLater
from bot.notify.pace import UpdatePace
from bot.store.database import Database, DatabaseFault
from bot.store.incidents import updates
from bot.store.incidents.updates import DueUpdate
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

# An alert waits no longer for the update of the message above it.
_BEFORE_ALERT_S = 2.0
_AT_ONCE = 5
_DEFAULT_RETRY_AFTER = timedelta(seconds=30)
_MAX_BACKOFF_S = 600
_REMEMBERED = 10_000


class Shown(Enum):
    """What came of an update."""

    DONE = auto()
    REFUSED = auto()  # the message is there, and stays as it is
    UNKNOWN = auto()  # there was no answer, or "later"
    GONE = auto()  # the message was deleted


class MessageUpdates:
    """Updates messages at its own pace: alerts never wait for it, and the newest incidents come first."""

    def __init__(self, database: Database, messenger: Messenger, *, clock: Callable[[], float]) -> None:
        self._database = database
        self._messenger = messenger
        self._clock = clock
        self._pace = UpdatePace()
        self._failures: LRUCache[Posted, int] = LRUCache(_REMEMBERED)  # in a row
        self._rounds = Tasks("updates of messages", limit=1)

    def wake(self) -> None:
        """Update what is due."""
        with contextlib.suppress(Full):  # the last round isn't finished
            self._rounds.start(self._round())

    async def before_alert(self, message: Posted, incidents: Sequence[Incident]) -> Shown:
        """Update a message just before a reply to it: only this shows whether it is still there.

        Never raises, and takes two seconds at most. The caller marks what isn't done for later.
        """
        if self._pace.room(self._clock()) < 1:
            return Shown.UNKNOWN
        try:
            async with asyncio.timeout(_BEFORE_ALERT_S):
                return await self._update(message, incidents)
        except TimeoutError:
            return Shown.UNKNOWN

    async def _update(self, message: Posted, incidents: Sequence[Incident]) -> Shown:
        if not incidents:  # a newer release wrote some that this one can't read
            return Shown.REFUSED
        self._pace.trying(self._clock())
        try:
            await self._messenger.update(message, incidents)
        except MessageGone:
            return Shown.GONE
        except NotUpdatable as refused:
            log.info("Slack keeps a message as it is", why=refused.why)
            return Shown.REFUSED
        except AccessRevoked:  # the next alert says so to the operator
            self._pace.hold(_DEFAULT_RETRY_AFTER.total_seconds(), self._clock())
        except RetryLater as later:
            if later.retry_after is not None:
                self._pace.hold(later.retry_after.total_seconds(), self._clock())
            log.warning("a message isn't updated yet", why=later.why)
        except NotDelivered as other:
            log.error("a message wasn't updated", why=other.why)
            return Shown.REFUSED
        except Exception:
            log.exception("the update of a message failed in the bot itself")
        else:
            return Shown.DONE
        return Shown.UNKNOWN

    async def _round(self) -> None:
        """Survives a database fault: what is due stays so."""
        room = min(_AT_ONCE, self._pace.room_for_old(self._clock()))
        if room <= 0:
            return
        try:
            now = datetime.now(UTC)
            async with self._database.reading() as session:
                if not await updates.is_any_due(session, now):
                    return
            async with self._database.writing() as session:
                due = await updates.claim(session, now, room)
            for one in due:
                await self._settle(one, await self._update(one.message, one.incidents))
        except DatabaseFault as fault:
            log.error("messages can't be updated now", fault=repr(fault))

    async def _settle(self, due: DueUpdate, shown: Shown) -> None:
        failed = self._failures.pop(due.message, 0) + 1
        async with self._database.writing() as session:
            match shown:
                case Shown.DONE | Shown.REFUSED:
                    await updates.done(session, due)
                case Shown.GONE:
                    await updates.forget(session, due.workspace, due.message)
                case Shown.UNKNOWN:
                    self._failures[due.message] = failed
                    wait = min(_MAX_BACKOFF_S, 2.0 ** min(failed, 16))
                    await updates.put_off(session, due, datetime.now(UTC) + timedelta(seconds=wait))

    async def drain(self) -> None:
        """Give the update under way two seconds. What is due is updated by the next worker, or after the next start."""
        await self._rounds.drain(grace=2)
