"""The poller: polls each assigned job when it is due, decides, and records the result.

It holds its jobs by lease and sends a heartbeat every second. An unchanged job needs no database: it is polled from
memory and written once a minute. If the organisation's job list is available and right, bulk polling defers the single
polls of jobs that the list shows unchanged (see `bulk`).
"""

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from bot.domain.job import Job
from bot.domain.tracked_job import TrackedJob
from bot.fault_log import FaultLog
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

_HEARTBEAT_S = 0.9  # under a second, since the ticks that come every second are not exact to the millisecond
_LAST_WRITE_S = 2.0
_LONG_AGO_S = 3600
# The job list shows thousands of jobs at once. Write unchanged ones in batches: notifications wait for one at most.
_WRITE_BATCH = 250


@dataclass(frozen=True)
class PollSettings:
    """Which worker polls, how often it polls each job, how long a poll may take, and how many run at the same time."""

    worker: str
    interval: timedelta
    timeout: timedelta
    concurrency: int


class Poller:
    """Owns the polls under way. At most a quarter of them are of jobs whose last poll timed out.

    `poll` asks the jobs service for a job; `fetch_job_list` fetches a fresh job list, None to poll every job singly.
    Calls `on_recorded` after it queued deliveries. `clock` returns seconds of a monotonic clock. `problem` says why
    jobs can't be written, `outage` that the jobs service is out, None if all is well; `polls` counts the polls so far.
    """

    def __init__(
        self,
        database: Database,
        poll: Callable[[TrackedJob], Awaitable[Job]],
        settings: PollSettings,
        *,
        on_recorded: Callable[[], None],
        fetch_job_list: Callable[[], Awaitable[JobList]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._poll = poll
        self._settings = settings
        self._clock = clock
        worker, interval = settings.worker, settings.interval
        self._assignment = Assignment()
        self._leases = LeaseKeeper(database, self._assignment, worker=worker, interval=interval, clock=clock)
        self._outages = OutageMonitor(
            database, self._assignment, interval=interval, on_recorded=on_recorded, clock=clock
        )
        self._bulk = BulkPoller(
            self._assignment, fetch_job_list, interval=interval, on_listed=self._outages.note_listed, clock=clock
        )
        self._recorder = Recorder(database, self._assignment, worker=worker, on_recorded=on_recorded, clock=clock)
        self._polls = Tasks("polls", limit=settings.concurrency)
        self._backlog: deque[AssignedJob] = deque()
        self._hanging: set[AssignedJob] = set()
        self._max_hanging = max(1, settings.concurrency // 4)
        self._heartbeats = Tasks("heartbeats", limit=1)
        self._last_heartbeat = clock() - _LONG_AGO_S
        self._database_problem: str | None = None
        self._faults = FaultLog(log, "the database can be written again")
        self.polls = 0

    @property
    def problem(self) -> str | None:
        return self._database_problem

    @property
    def outage(self) -> str | None:
        return self._outages.problem

    @property
    def assigned(self) -> int:
        """The number of jobs that this worker polls."""
        return len(self._assignment)

    @property
    def is_bulk_polling(self) -> bool:
        """Whether the job list shows which jobs are unchanged; if not, each is polled singly."""
        return self._bulk.is_active

    async def tick(self) -> None:
        """Send a heartbeat if it is time, and poll what is due. Runs as our own tasks: the scheduler cancels its jobs
        at shutdown."""
        if self._clock() - self._last_heartbeat >= min(_HEARTBEAT_S, self._settings.interval.total_seconds()):
            with contextlib.suppress(Full):  # the last one isn't finished
                self._heartbeats.start(self._beat())
        self._bulk.tick()
        self._backlog = deque(self._assignment.due(self._clock()))
        while self._polls.free > 0 and (assigned := self._next()):
            self._polls.start(self._poll_next(assigned))

    # ── heartbeats ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _beat(self) -> None:
        """Send a heartbeat, judge the service's health, and write what waits. Survives a database fault."""
        self._last_heartbeat = self._clock()
        with self._noting_faults():
            heartbeat, announced = await self._leases.beat(self._outages.last_answer_ago)
            self._outages.sync(announced)
            await self._outages.judge(heartbeat.others_last_answer_ago)
            if await self._write_unwritten(_WRITE_BATCH) and not self._assignment.has_notifications:
                self._faults.note_success()
                self._database_problem = None

    async def _write_unwritten(self, at_most: int | None = None) -> bool:
        """Write all waiting notifications, and at most so many unchanged jobs; False if a notification still waits."""
        unwritten = self._assignment.unwritten(self._clock())
        written = [await self._write(assigned) for assigned in unwritten if assigned.notifications]
        await self._recorder.write_unchanged(at_most)
        return all(written)

    async def _write(self, assigned: AssignedJob) -> bool:
        with self._noting_faults():
            await self._recorder.write(assigned)
            return True
        return False

    @contextlib.contextmanager
    def _noting_faults(self) -> Iterator[None]:
        try:
            yield
        except DatabaseFault as fault:
            self._database_problem = f"the database can't be written ({fault.reason})"
            self._faults.note_fault(
                "the database can't be written; polling continues, writes are retried", fault=repr(fault)
            )

    # ── polls ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _next(self) -> AssignedJob | None:
        """Take the next job to poll from the backlog."""
        while self._backlog:
            assigned = self._backlog.popleft()
            if not self._assignment.holds(assigned):
                continue
            if assigned.timed_out:
                if len(self._hanging) >= self._max_hanging:
                    continue
                self._hanging.add(assigned)
            assigned.polling = True
            return assigned
        return None

    async def _poll_next(self, assigned: AssignedJob | None) -> None:
        """Poll one job after the other until the backlog is empty."""
        while assigned:
            await self._poll_one(assigned)
            assigned = self._next()

    async def _poll_one(self, assigned: AssignedJob) -> None:
        began, now = self._clock(), datetime.now(UTC)
        interval = self._settings.interval
        assigned.due = assigned.own_due = began + interval.total_seconds()  # in case the poll fails in the bot itself
        assigned.last_poll, job_list = began, self._bulk.to_compare(assigned)
        self.polls += 1
        try:
            result = await self._result(assigned, began)
        finally:
            assigned.polling = False
            self._hanging.discard(assigned)
        chance = random.random()  # noqa: S311 - jitter, not a secret
        if isinstance(result, Job) and job_list is not None:
            self._bulk.compare(assigned, result, job_list)
        decision = decide(assigned.tracked, result, now, interval, chance)
        assigned.tracked, assigned.own_due = decision.tracked, began + decision.wait.total_seconds()
        assigned.notifications += decision.notifications
        assigned.failing_since = None if isinstance(result, Job) else assigned.failing_since or began
        assigned.timed_out = isinstance(result, PollFailed) and result.timed_out
        assigned.recently_changed = decision.wait < interval
        assigned.due = self._bulk.next_poll(assigned)
        if isinstance(result, Job):
            with self._noting_faults():
                await self._outages.end()
        if decision.notifications:
            await self._write(assigned)

    async def _result(self, assigned: AssignedJob, began: float) -> Job | PollFailed:
        try:
            async with asyncio.timeout(self._settings.timeout.total_seconds()):
                job = await self._poll(assigned.tracked)
        except (TimeoutError, JobsServiceError) as error:
            failed = self._outages.note_failed(error, assigned.failing_since or began)
            if assigned.tracked.failure != failed.reason:  # once, not at every poll of an outage
                detail = str(error) if isinstance(error, JobsServiceError) else failed.reason
                log.warning("can't poll a job", job=str(assigned.tracked.ref), reason=detail)
            if isinstance(error, LoginRefused):
                with self._noting_faults():
                    await self._outages.announce_refused(error)
            return failed
        self._outages.note_polled()
        return job

    async def drain(self) -> None:
        """Stop polling and write what waits. Polls under way are cancelled and repeated by other workers."""
        await self._bulk.drain()
        await self._heartbeats.drain(grace=1)
        await self._polls.drain(grace=0)
        async with asyncio.timeout(_LAST_WRITE_S):
            await self._write_unwritten()
