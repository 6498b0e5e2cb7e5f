"""The teller: claims what waits in the outbox, has it told, and settles it. Owns the port `Messenger`."""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import stamina
import structlog

from bot.jobs import Change
from bot.notify.pace import next_try
from bot.store import outbox, subscriptions
from bot.store.database import Database, DatabaseFault
from bot.store.outbox import Waiting
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

# An operator has to act; until then a look once a minute shows whether somebody did.
_OUT_FOR = timedelta(minutes=1)


class NotTold(Exception):
    """A message was not accepted. `why` is the messenger's own word for it.

    NotTold
    ├── Later   this message may pass at another time
    ├── Gone    this destination can't be told until a person acts
    └── Out     nobody can be told: the bot itself is locked out
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Later(NotTold):
    """Try again; after `retry_after` where the other side said so."""

    def __init__(self, why: str, retry_after: timedelta | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class Gone(NotTold):
    """The destination is archived, deleted, or the bot is not in it."""


class Out(NotTold):
    """The bot's own access was refused."""


class Messenger(Protocol):
    """How a change reaches people. Must have a time limit of its own."""

    async def tell(self, destination: str, change: Change, delivery: int) -> str:
        """Tell one destination of a change; the accepted message's name. Raises `Later`, `Gone` or `Out`.

        `delivery` goes along, so that a message which was posted twice can be recognised.
        """


class Teller:
    """Owns the messages that are under way. `trouble` says in words why nothing can be told now, or is None."""

    def __init__(
        self, database: Database, messenger: Messenger, *, worker: str, tell_limit: timedelta, concurrency: int
    ) -> None:
        self._database = database
        self._messenger = messenger
        self._worker = worker
        # A few seconds more than the message itself: what comes after it is a short transaction.
        self._lease = tell_limit + timedelta(seconds=5)
        self._sending = Tasks("messages", limit=concurrency)
        self._rounds = Tasks("rounds of the teller", limit=2)  # one under way, and one that sees what came after it
        self._claiming = asyncio.Lock()
        self.trouble: str | None = None

    async def tick(self) -> None:
        """Begin a round. It is a task of ours: the scheduler cancels its own."""
        self.wake()

    def wake(self) -> None:
        """Something waits: don't leave it until the next tick."""
        with contextlib.suppress(Full):  # a round that is about to begin sees it too
            self._rounds.start(self._round())

    async def _round(self) -> None:
        """Claim what waits and dispatch it. Survives a database that is out of reach."""
        async with self._claiming:  # or two rounds would each claim what there is room for only once
            if self._sending.free <= 0:
                return
            try:
                waiting = await self._claim()
            except DatabaseFault as fault:
                log.error("can't claim what waits; the next tick tries again", fault=repr(fault))
                return
            for delivery in waiting:
                self._sending.start(self._tell(delivery))

    async def _claim(self) -> Sequence[Waiting]:
        async with self._database.writing() as session:
            return await outbox.claim(
                session, self._worker, datetime.now(UTC), limit=self._sending.free, lease=self._lease
            )

    async def _tell(self, delivery: Waiting) -> None:
        told = log.bind(delivery=delivery.id, destination=delivery.destination, job=str(delivery.change.ref))
        try:
            message_ts = await self._messenger.tell(delivery.destination, delivery.change, delivery.id)
        except Later as later:
            told.warning("not told yet", why=later.why, failed=delivery.attempts + 1)
            await self._again(delivery, later.why, later.retry_after)
        except Out as out:
            told.error("nobody can be told", why=out.why)
            self.trouble = f"Slack refuses the bot: {out.why}"
            await self._again(delivery, out.why, _OUT_FOR)
        except Gone as gone:
            await self._pause(delivery, gone.why)
            told.warning("the destination is gone; its subscriptions are paused", why=gone.why)
        else:
            self.trouble = None
            await self._settle(delivery, message_ts)
            told.info("told", message_ts=message_ts)
            self.wake()  # the next in this destination's queue

    @stamina.retry(on=DatabaseFault, attempts=None, timeout=60)
    async def _settle(self, delivery: Waiting, message_ts: str) -> None:
        # Insisted on: a message whose acceptance is not written down is posted again when its lease ends.
        async with self._database.writing() as session:
            await outbox.settle_told(session, delivery, message_ts, datetime.now(UTC))

    async def _again(self, delivery: Waiting, why: str, retry_after: timedelta | None) -> None:
        chance = random.random()  # noqa: S311 - jitter, not a secret
        at = next_try(datetime.now(UTC), delivery.attempts, retry_after, chance)
        async with self._database.writing() as session:
            await outbox.settle_later(session, self._worker, delivery, at, why)

    async def _pause(self, delivery: Waiting, why: str) -> None:
        now = datetime.now(UTC)
        async with self._database.writing() as session:
            await subscriptions.pause(session, delivery.workspace, delivery.destination, why, now)
            await outbox.settle_gone(session, delivery.workspace, delivery.destination, why, now)

    async def drain(self) -> None:
        """Claim nothing more, let messages under way be accepted for two seconds, then hand back the rest."""
        await self._rounds.drain(grace=1)
        await self._sending.drain(grace=2)
        async with self._database.writing() as session:
            await outbox.release(session, self._worker)
