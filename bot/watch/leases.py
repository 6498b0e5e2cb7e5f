"""Leases: this worker's fair share of the watched jobs, held while its heartbeat is recent."""

import random
from collections.abc import Callable
from datetime import timedelta

from bot.store import outages, tracked_jobs, workers
from bot.store.database import Database
from bot.store.outages import Cause
from bot.store.workers import LEASE, Heartbeat
from bot.watch.assignment import Assignment

_LONG_AGO_S = 3600


class LeaseKeeper:
    """Sends heartbeats, and keeps the assignment in memory equal to the leases in the database."""

    def __init__(
        self,
        database: Database,
        assignment: Assignment,
        *,
        worker: str,
        interval: timedelta,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._assignment = assignment
        self._worker = worker
        self._interval = interval.total_seconds()
        self._clock = clock
        self._last_heartbeat = self._may_reap_at = clock() - _LONG_AGO_S

    async def beat(self, last_answer_ago: timedelta | None) -> tuple[Heartbeat, frozenset[Cause]]:
        """Send a heartbeat, claim free jobs and release surplus ones; return it with the announced outages.

        Raises `DatabaseFault`.
        """
        if self._clock() - self._last_heartbeat > LEASE.total_seconds():
            # No heartbeat was written for a while. If that was the database's fault, the others couldn't either.
            self._may_reap_at = self._clock() + LEASE.total_seconds()
        async with self._database.writing() as session:
            may_reap = self._clock() >= self._may_reap_at
            heartbeat = await workers.beat(session, self._worker, last_answer_ago, may_reap=may_reap)
            announced = await outages.announced(session)
            leased = await tracked_jobs.leased(session, self._worker)
            fair = -(-await tracked_jobs.count_subscribed(session) // heartbeat.alive)
            leaving = self._assignment.ids - leased
            leaving |= set(self._assignment.surplus(fair, leaving=leaving))
            if leaving:
                await tracked_jobs.release(session, self._worker, leaving)
            room = max(0, fair - len(self._assignment.ids - leaving))
            claimed = await tracked_jobs.claim(session, self._worker, room)
            # Leased but not in memory: the answer to an earlier claim was lost.
            forgotten = leased - self._assignment.ids
            claimed = [*claimed, *await tracked_jobs.find(session, self._worker, forgotten)]
        now = self._last_heartbeat = self._clock()
        self._assignment.remove(leaving)
        for tracked in claimed:
            # Spread over an interval: neither a start nor a take-over is a burst.
            due = now + random.random() * self._interval  # noqa: S311 - jitter, not a secret
            self._assignment.add(tracked, due=due, now=now)
        return heartbeat, announced
