"""The watcher: looks at each job of its share when it is due, decides, and records what is to be told.

Its share it holds by lease, and gives a sign of life every second (`roll call`). What does not change needs no
database: a job that is due is looked at from memory, and written once a minute or when there is something to write.
Where the organisation's list can be had and is right, it puts off the looks at jobs that it shows unchanged (`bulk_poller`).
"""

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta

import structlog

from bot.domain.job import Job
from bot.domain.tracked_job import TrackedJob
from bot.informatica.errors import JobsServiceError, LoginRefused
from bot.informatica.job_list import JobList
from bot.store.database import Database, DatabaseFault
from bot.tasks import Full, Tasks
from bot.watch.assignment import AssignedJob, Assignment
from bot.watch.bulk.poller import BulkPoller
from bot.watch.decide import PollFailed, decide
from bot.watch.leases import LeaseKeeper
from bot.watch.outage_monitor import OutageMonitor
from bot.watch.recorder import Recorder

log = structlog.get_logger(__name__)

_ROLL_CALL_S = 0.9  # under a second, since the ticks that come every second don't do so to the millisecond
_LAST_WRITE_S = 2.0
# The list shows thousands of jobs at once. That they are unchanged is written in pieces: news waits for one at most.
_QUIET_AT_ONCE = 250


class Poller:
    """Owns the looks that are under way: `concurrency` at most, a quarter of them at jobs that hung the last time.

    `look` asks the jobs service for a watched job and is given up after `poll_timeout`; `fetch_job_list` fetches the
    organisation's list, None where it is not to be used. `recorded` is called after news was written, to wake whoever
    tells it. `problem` says in words why nothing can be written or seen, or is None. `clock` counts seconds and only
    goes forward. `polls` counts the looks so far.
    """

    def __init__(
        self,
        database: Database,
        poll: Callable[[TrackedJob], Awaitable[Job]],
        *,
        worker: str,
        interval: timedelta,
        poll_timeout: timedelta,
        concurrency: int,
        on_recorded: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        fetch_job_list: Callable[[], Awaitable[JobList]] | None = None,
    ) -> None:
        self._database = database
        self._poll = poll
        self._interval = interval
        self._poll_timeout = poll_timeout.total_seconds()
        self._clock = clock
        self._share = Assignment()
        self._holder = LeaseKeeper(database, self._share, worker=worker, interval=interval, clock=clock)
        self._outage = OutageMonitor(database, self._share, interval=interval, on_recorded=on_recorded, clock=clock)
        self._lister = BulkPoller(
            self._share, fetch_job_list, interval=interval, noted=self._outage.note_listed, clock=clock
        )
        self._writer = Recorder(database, self._share, worker=worker, on_recorded=on_recorded, clock=clock)
        self._polls = Tasks("looks", limit=concurrency)
        self._backlog: deque[AssignedJob] = deque()
        self._hanging: set[AssignedJob] = set()
        self._room_for_hanging = max(1, concurrency // 4)
        self._rolls = Tasks("roll calls", limit=1)
        self._called_at = clock() - 3600
        self._store_problem: str | None = None
        self.polls = 0

    @property
    def problem(self) -> str | None:
        return self._store_problem or self._outage.problem

    @property
    def assigned(self) -> int:
        """How many jobs this worker watches."""
        return len(self._share)

    @property
    def by_list(self) -> bool:
        """Whether the list shows it which jobs are unchanged; else each is looked at singly."""
        return self._lister.by_list

    async def tick(self) -> None:
        """Call the roll if it is time, and look at what is due. All of it in tasks of ours: the scheduler cancels its
        own."""
        if self._clock() - self._called_at >= min(_ROLL_CALL_S, self._interval.total_seconds()):
            with contextlib.suppress(Full):  # the last one is still under way
                self._rolls.start(self._call_roll())
        self._lister.tick()
        self._backlog = deque(self._share.due(self._clock()))
        while self._polls.free > 0 and (assigned := self._next()):
            self._polls.start(self._poll_next(assigned))

    # ── the roll call ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _call_roll(self) -> None:
        """Give a sign of life, take on what is nobody's, write what waits. Survives a database out of reach."""
        self._called_at = self._clock()
        with self._noting_faults():
            call, told = await self._holder.send_heartbeat(self._outage.good_ago)
            self._outage.learn(told)
            await self._outage.judge(call.others_good_ago)
            if await self._write_what_waits(_QUIET_AT_ONCE):
                if self._store_problem:
                    log.info("the database can be written again")
                self._store_problem = None

    async def _write_what_waits(self, at_most: int | None = None) -> bool:
        """The news that could not be written at once, and what is to be written without news; whether all of it was."""
        written = [
            await self._write(assigned) for assigned in self._share.unwritten(self._clock()) if assigned.notification
        ]
        await self._writer.write_without_news(at_most)
        return all(written)

    async def _write(self, assigned: AssignedJob) -> bool:
        with self._noting_faults():
            await self._writer.write(assigned)
            return True
        return False

    @contextlib.contextmanager
    def _noting_faults(self) -> Iterator[None]:
        try:
            yield
        except DatabaseFault as fault:
            self._store_problem = f"the database can't be written ({type(fault).__name__})"
            log.error("the database is in trouble; looking on, and writing as soon as it can be", fault=repr(fault))

    # ── looks ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _next(self) -> AssignedJob | None:
        """The next job to be looked at, of those that wait for it."""
        while self._backlog:
            assigned = self._backlog.popleft()
            if not self._share.holds(assigned):
                continue
            if assigned.hung:
                if len(self._hanging) >= self._room_for_hanging:
                    continue
                self._hanging.add(assigned)
            assigned.polling = True
            return assigned
        return None

    async def _poll_next(self, assigned: AssignedJob | None) -> None:
        """One look after the other, as long as a job waits for it."""
        while assigned:
            await self._poll_one(assigned)
            assigned = self._next()

    async def _poll_one(self, assigned: AssignedJob) -> None:
        began, now = self._clock(), datetime.now(UTC)
        assigned.due = assigned.own_due = began + self._interval.total_seconds()  # whatever happens
        assigned.polls, listing = began, self._lister.to_compare(assigned)
        self.polls += 1
        try:
            seen = await self._seen(assigned, began)
        finally:
            assigned.polling = False
            self._hanging.discard(assigned)
        chance = random.random()  # noqa: S311 - jitter, not a secret
        if isinstance(seen, Job) and listing is not None:
            self._lister.compare(assigned, seen, listing)
        decision = decide(assigned.tracked, seen, now, self._interval, chance)
        assigned.tracked, assigned.own_due = decision.tracked, began + decision.wait.total_seconds()
        assigned.notification += decision.notification
        assigned.failing = None if isinstance(seen, Job) else assigned.failing or began
        assigned.hung = isinstance(seen, PollFailed) and seen.hung
        assigned.recently_changed = decision.wait < self._interval
        assigned.due = self._lister.next_poll(assigned)
        if isinstance(seen, Job):
            with self._noting_faults():
                await self._outage.end()
        if decision.notification:
            await self._write(assigned)

    async def _seen(self, assigned: AssignedJob, began: float) -> Job | PollFailed:
        try:
            async with asyncio.timeout(self._poll_timeout):
                job = await self._poll(assigned.tracked)
        except (TimeoutError, JobsServiceError) as error:
            unavailable = self._outage.note_failed(error, assigned.failing or began)
            if assigned.tracked.failure != unavailable.reason:  # once, not at every look of an outage
                detail = str(error) if isinstance(error, JobsServiceError) else unavailable.reason
                log.warning("can't see a job now", job=str(assigned.tracked.ref), reason=detail)
            if isinstance(error, LoginRefused):
                with self._noting_faults():
                    await self._outage.tell_refused(error)
            return unavailable
        self._outage.note_polled()
        return job

    async def drain(self) -> None:
        """Stop looking: a look under way is given up at once and repeated elsewhere. What waits is written."""
        await self._lister.drain()
        await self._rolls.drain(grace=1)
        await self._polls.drain(grace=0)
        async with asyncio.timeout(_LAST_WRITE_S):
            await self._write_what_waits()
