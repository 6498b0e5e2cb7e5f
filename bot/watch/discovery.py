"""Discovery: compares the job list with each pattern at every interval, and subscribes to the jobs that were added.

One list serves all patterns of a round. One worker at a time claims a pattern: a second one would repeat the work
without effect.
"""

import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from bot.domain.job import Job, Target
from bot.domain.pattern import MAX_JOBS, Pattern
from bot.informatica.errors import JobsServiceError, NoList
from bot.informatica.job_list import JobList
from bot.informatica.look_ups import look_up_all
from bot.store.database import Database, DatabaseFault
from bot.store.patterns import members
from bot.store.patterns.members import DiscoveredJob, PatternMembers
from bot.tasks import Full, Tasks
from bot.watch.pattern_changes import PatternChanges, pattern_changes

log = structlog.get_logger(__name__)

_BATCH = 100  # look-ups that are written together
_CONCURRENCY = 8
_BATCH_LIMIT_S = 60.0
# Fetching the job list takes at most a tenth of the time, but new jobs don't wait longer than a minute for that.
_LIST_FACTOR = 10
_MAX_PERIOD_S = 60.0
_MAX_BACKOFF_S = 600.0


class Discovery:
    """Owns the round under way. `fetch_job_list` gets a list of this interval, `look_up` looks up one job, and `outage`
    says why the jobs service is out; None if it isn't. Calls `on_recorded` after it queued deliveries. `clock` returns
    seconds of a monotonic clock."""

    def __init__(
        self,
        database: Database,
        fetch_job_list: Callable[[], Awaitable[JobList]],
        look_up: Callable[[Target], Awaitable[Job]],
        *,
        interval: timedelta,
        outage: Callable[[], str | None],
        on_recorded: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._fetch_job_list = fetch_job_list
        self._look_up = look_up
        self._interval = interval
        self._outage = outage
        self._on_recorded = on_recorded
        self._clock = clock
        self._rounds = Tasks("discovery", limit=1)
        self._fetch_s = 0.0
        self._failures = 0  # in a row
        self._backing_off_until = clock()

    @property
    def period(self) -> timedelta:
        """How often each pattern is compared: every interval, less often if fetching the list takes long."""
        shortest = min(_LIST_FACTOR * self._fetch_s, _MAX_PERIOD_S)
        return max(self._interval, timedelta(seconds=shortest))

    async def tick(self) -> None:
        """Begin a round. Runs as our own task: the scheduler cancels its jobs at shutdown.

        After an outage the list is asked for at once: a job that is gone by then is announced as such, before three
        polls would say that it can't be checked.
        """
        if self._outage() is not None:
            self._failures, self._backing_off_until = 0, self._clock()
            return
        if self._clock() >= self._backing_off_until:
            with contextlib.suppress(Full):  # the last round isn't finished
                self._rounds.start(self._round())

    async def _round(self) -> None:
        """Discover jobs for all patterns that are due, one after the other. Survives every failure."""
        job_list, good_until = None, self._clock()
        try:
            while pattern := await self._claim():
                if job_list is None or self._clock() >= good_until:
                    job_list = await self._fetch(pattern)
                    good_until = self._clock() + self.period.total_seconds()
                if job_list is not None:
                    await self._discover(pattern, job_list)
        except DatabaseFault as fault:
            self._back_off("the database failed", repr(fault))
        except Exception:
            log.exception("discovery failed")
            self._back_off("a fault of the bot's own", "see above")

    async def _claim(self) -> Pattern | None:
        if self._clock() < self._backing_off_until:
            return None
        async with self._database.writing() as session:
            return await members.claim(session, datetime.now(UTC), self.period)

    async def _fetch(self, pattern: Pattern) -> JobList | None:
        """The list for a round; None if it can't be had, which a pattern notes."""
        began = self._clock()
        try:
            job_list = await self._fetch_job_list()
        except JobsServiceError as error:
            self._back_off("the job list can't be fetched", str(error), for_long=isinstance(error, NoList))
            await self._note_failure(pattern, error.reason)
            return None
        if self._failures:
            log.info("new jobs can be discovered again")
        self._fetch_s, self._failures = self._clock() - began, 0
        return job_list

    async def _discover(self, pattern: Pattern, job_list: JobList) -> None:
        async with self._database.reading() as session:
            current = await members.of_pattern(session, pattern)
        await job_list.indexed()  # by name, which takes long
        changes = pattern_changes(pattern.key, current.missing_since, job_list, self._interval, max_jobs=MAX_JOBS)
        await self._note_failure(pattern, _why_incomplete(job_list, changes))
        await self._record_missing(pattern, changes, job_list.asked_at)
        await self._add(pattern, _to_look_up(current, changes, job_list))

    async def _note_failure(self, pattern: Pattern, failure: str | None) -> None:
        if failure != pattern.failure:
            if failure:
                log.warning("a pattern can't discover all new jobs", pattern=pattern.key, why=failure)
            async with self._database.writing() as session:
                await members.note_failure(session, pattern, failure)

    async def _record_missing(self, pattern: Pattern, changes: PatternChanges, asked_at: datetime) -> None:
        if not (changes.missing or changes.back or changes.removed):
            return
        async with self._database.writing() as session:
            await members.note_missing(session, pattern, missing=changes.missing, back=changes.back, asked_at=asked_at)
            announced = await members.remove(session, pattern.id, changes.removed, datetime.now(UTC))
        if announced:
            log.info("jobs removed", pattern=pattern.key, jobs=announced)
            self._on_recorded()

    async def _add(self, pattern: Pattern, dataflows: Sequence[tuple[str, bool]]) -> None:
        """Look up each dataflow and subscribe to it; the flag says whether it is announced as added.

        If a whole batch fails, the jobs service isn't well, or refuses us: the rest waits for the next round.
        """
        for at in range(0, len(dataflows), _BATCH):
            batch = dict(dataflows[at : at + _BATCH])
            found = await look_up_all(self._look_up, batch, at_once=_CONCURRENCY, limit=_BATCH_LIMIT_S)
            if not found:
                return
            jobs = [DiscoveredJob(one.job, one.at, batch[one.job.ref.dataflow]) for one in found]
            async with self._database.writing() as session:
                announced = await members.add(session, pattern.id, jobs, datetime.now(UTC))
            if announced:
                log.info("jobs added", pattern=pattern.key, jobs=announced)
                self._on_recorded()

    def _back_off(self, what: str, detail: str, *, for_long: bool = False) -> None:
        """Pause all rounds after a failure, longer with each failure in a row."""
        self._failures += 1
        seconds = min(_MAX_BACKOFF_S, self._interval.total_seconds() * 2 ** min(self._failures - 1, 10))
        self._backing_off_until = self._clock() + (_MAX_BACKOFF_S if for_long else seconds)
        if self._failures == 1:  # once, not at every round of an outage
            log.warning("can't discover new jobs; retrying", what=what, detail=detail)

    async def drain(self) -> None:
        """End the round. The next one does what is left."""
        await self._rounds.drain(grace=1)


def _to_look_up(current: PatternMembers, changes: PatternChanges, job_list: JobList) -> Sequence[tuple[str, bool]]:
    """The dataflows to look up: first the added ones (True), then those of the baseline without a subscription (False).

    Shuffled, so that jobs that can't be looked up don't block the others.
    """
    added = list(changes.added)
    baseline = [
        flow for flow in current.missing_since.keys() - current.watched if job_list.complete and job_list.newest(flow)
    ]
    random.shuffle(added)
    random.shuffle(baseline)
    return [*((flow, True) for flow in added), *((flow, False) for flow in baseline)]


def _why_incomplete(job_list: JobList, changes: PatternChanges) -> str | None:
    """Why the pattern may lack jobs, for a person; None if it has all of them."""
    if not job_list.complete:
        return "the jobs service's list is incomplete"
    if not job_list.jobs:
        return "the jobs service's list is empty"
    if changes.left_out:
        return f"the limit of {MAX_JOBS:,} jobs is reached; left out: {changes.left_out:,}"
    return None
