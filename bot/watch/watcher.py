"""The watcher: a tick claims the jobs that are due and hands each to a task, which looks, decides and records."""

import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.informatica.errors import Busy, JobsServiceError
from bot.jobs import Job, JobRef
from bot.store import outbox, watches
from bot.store.database import Database, DatabaseFault
from bot.store.watches import Known
from bot.tasks import Full, Tasks
from bot.watch.decide import Unseen, decide

log = structlog.get_logger(__name__)


class Watcher:
    """Owns the looks that are under way: `concurrency` at most, so that a job that hangs delays nobody else.

    `look` asks the jobs service for one job; it must have a time limit of its own, `look_limit`, after which the
    lease on the job may end too. `recorded` is called after a change was written, to wake whoever tells it.
    """

    def __init__(
        self,
        database: Database,
        look: Callable[[JobRef], Awaitable[Job]],
        *,
        worker: str,
        interval: timedelta,
        look_limit: timedelta,
        concurrency: int,
        recorded: Callable[[], None],
    ) -> None:
        self._database = database
        self._look = look
        self._worker = worker
        self._interval = interval
        # A few seconds more than the look itself: what comes after it is a short transaction.
        self._lease = look_limit + timedelta(seconds=5)
        self._recorded = recorded
        self._looks = Tasks("looks", limit=concurrency)
        self._rounds = Tasks("rounds of the watcher", limit=1)

    async def tick(self) -> None:
        """Begin a round, unless one is under way. The round is a task of ours: the scheduler cancels its own."""
        with contextlib.suppress(Full):
            self._rounds.start(self._round())

    async def _round(self) -> None:
        """Claim what is due and dispatch it; waits for no look. Survives a database that is out of reach."""
        if self._looks.free <= 0:
            return
        try:
            async with self._database.writing() as session:
                due = await watches.claim(
                    session, self._worker, datetime.now(UTC), limit=self._looks.free, lease=self._lease
                )
        except DatabaseFault as fault:
            log.error("can't claim what is due; the next tick tries again", fault=repr(fault))
            return
        for known in due:
            self._looks.start(self._look_at(known))

    async def _look_at(self, known: Known) -> None:
        now = datetime.now(UTC)
        seen = await self._seen(known.ref)
        decision = decide(known, seen, now, self._interval)
        async with self._database.writing() as session:
            counts = await watches.settle(session, self._worker, known, decision.known, decision.next_look_at)
            if counts and decision.change:
                await outbox.record(session, decision.known, decision.change)
        if counts and decision.change:
            change = decision.change
            log.info("changed", job=str(change.ref), old=change.old.words, new=change.new.words)
            self._recorded()

    async def _seen(self, ref: JobRef) -> Job | Unseen:
        try:
            return await self._look(ref)
        except Busy as error:
            log.warning("can't see a job now", job=str(ref), reason=error.reason, retry_after=error.retry_after)
            return Unseen(error.reason, None if error.retry_after is None else timedelta(seconds=error.retry_after))
        except JobsServiceError as error:
            log.warning("can't see a job now", job=str(ref), reason=error.reason, request_id=error.request_id)
            return Unseen(error.reason)

    async def drain(self) -> None:
        """Stop looking. A look under way is given up at once and its lease handed back: it is repeated elsewhere."""
        await self._rounds.drain(grace=1)
        await self._looks.drain(grace=0)
        async with self._database.writing() as session:
            await watches.release(session, self._worker)
