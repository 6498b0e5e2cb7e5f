"""Holds this worker's share of the watched jobs by lease: a fair part of all of them, as long as it gives a sign of
life."""

import random
from collections.abc import Callable
from datetime import timedelta

from bot.store import outages, tracked_jobs, workers
from bot.store.database import Database
from bot.store.outages import Cause
from bot.store.workers import LEASE, Heartbeat
from bot.watch.assignment import Assignment


class LeaseKeeper:
    """Calls the roll, and keeps the share in memory the same as the leases in the database."""

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
        self._share = assignment
        self._worker = worker
        self._interval = interval.total_seconds()
        self._clock = clock
        self._signed_at = self._may_reap_at = clock() - 3600

    async def send_heartbeat(self, good_ago: timedelta | None) -> tuple[Heartbeat, frozenset[Cause]]:
        """Give a sign of life, take on what is nobody's and hand back what is too much; who is there, and what is told
        to be wrong with the service. Raises `DatabaseFault`."""
        if self._clock() - self._signed_at > LEASE.total_seconds():
            # It could not sign for a while. If that was the database's fault the others could not either.
            self._may_reap_at = self._clock() + LEASE.total_seconds()
        async with self._database.writing() as session:
            may_reap = self._clock() >= self._may_reap_at
            call = await workers.heartbeat(session, self._worker, good_ago, may_reap=may_reap)
            told = await outages.told(session)
            held = await tracked_jobs.held(session, self._worker)
            fair = -(-await tracked_jobs.subscribed(session) // call.alive)
            gone = self._share.ids - held
            gone |= set(self._share.spare(fair, besides=gone))
            if gone:
                await tracked_jobs.hand_back(session, self._worker, gone)
            claimed = await tracked_jobs.claim(session, self._worker, max(0, fair - len(self._share.ids - gone)))
            # On lease to it and not in its memory: the answer to an earlier claim was lost.
            forgotten = held - self._share.ids
            claimed = [*claimed, *await tracked_jobs.find(session, self._worker, forgotten)]
        now = self._signed_at = self._clock()
        self._share.drop(gone)
        for tracked in claimed:
            # Spread over an interval: neither a start nor a take-over is a burst.
            self._share.take(tracked, due=now + random.random() * self._interval, now=now)  # noqa: S311 - no secret
        return call, told
