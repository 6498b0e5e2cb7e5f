"""Leases: this worker's fair share of the watched jobs, held while its heartbeat is recent."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.tracked_job import TrackedJob
from bot.store import outages, tracked_jobs, workers
from bot.store.database import Database
from bot.store.outages import Cause
from bot.store.workers import LEASE, Heartbeat
from bot.watch.assignment import Assignment

_LONG_AGO_S = 3600
# So many leases are compared with the memory at a heartbeat; where there are more, the next ones at the next.
_COMPARED = 500
# So many jobs are claimed in a transaction: SQLite lets nobody else write meanwhile, and people wait.
_CLAIMED = 500
# For so long a share that became unfair may stay so.
_COUNTED_FOR_S = 10.0


@dataclass(frozen=True)
class _Counted:
    """How many jobs so many workers share, as counted some seconds ago."""

    jobs: int = 0
    workers: int = 0
    until: float = 0.0

    def of(self, workers: int, now: float) -> int | None:
        """The number, None if it may be another one by now."""
        return self.jobs if self.workers == workers and now < self.until else None


class LeaseKeeper:
    """Sends heartbeats, and keeps the assignment in memory equal to the leases in the database.

    What this worker claims and releases, it knows. So only some leases are read at a heartbeat, one after the other, to
    find the jobs that nobody watches any more; all of them if the database may differ in another way.
    """

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
        self._compared_to = 0  # the row ID up to which leases were compared
        self._counted = _Counted()
        self._is_certain = False  # whether the last heartbeat was committed

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
            is_certain, self._is_certain = self._is_certain and not heartbeat.is_new, False
            after, limit = (self._compared_to, _COMPARED) if is_certain else (0, None)
            leased = await tracked_jobs.leased(session, self._worker, after=after, limit=limit)
            compared_to = leased[-1] if len(leased) == limit else None
            held = self._assignment.ids_between(after, compared_to)
            leaving = held - set(leased)
            room = None  # a worker that is alone takes all there is
            if heartbeat.alive > 1:
                # Counting takes a while where there are many: not anew while nobody and no job comes or goes.
                known = self._counted.of(heartbeat.alive, self._clock())
                if known is None or leaving or await tracked_jobs.is_any_free(session):
                    known = await tracked_jobs.count_subscribed(session)
                    self._counted = _Counted(known, heartbeat.alive, self._clock() + _COUNTED_FOR_S)
                fair = -(-known // heartbeat.alive)
                leaving |= set(self._assignment.surplus(fair, leaving=leaving))
                room = max(0, fair - len(self._assignment) + len(leaving))
            if leaving:
                await tracked_jobs.release(session, self._worker, leaving)
            claimed = await tracked_jobs.claim(session, self._worker, _at_once(room))
            # Leased but not in memory: the answer to an earlier claim was lost.
            forgotten = set(leased) - held
            found = await tracked_jobs.find(session, self._worker, forgotten) if forgotten else []
        self._is_certain, self._compared_to = True, compared_to or 0
        self._last_heartbeat = self._clock()
        self._assignment.remove(leaving)
        self._add([*claimed, *found])
        while len(claimed) == _CLAIMED:  # there may be more
            room = None if room is None else room - len(claimed)
            self._is_certain = False
            async with self._database.writing() as session:
                claimed = await tracked_jobs.claim(session, self._worker, _at_once(room))
            self._is_certain = True
            self._add(claimed)
        return heartbeat, announced

    def _add(self, claimed: Sequence[TrackedJob]) -> None:
        now = self._clock()
        for tracked in claimed:
            # Spread over an interval: neither a start nor a take-over is a burst.
            due = now + random.random() * self._interval  # noqa: S311 - jitter, not a secret
            self._assignment.add(tracked, due=due, now=now)


def _at_once(room: int | None) -> int:
    """How many jobs to claim in a transaction, if there is room for so many, or for all."""
    return _CLAIMED if room is None else min(room, _CLAIMED)
