"""Gathering: the organisation's list, each interval, for the jobs that patterns are to be told of as new or as gone.

One worker at a time has a pattern; a second one would do the same work and change nothing.
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
from bot.informatica.polling import look_up_all
from bot.store import pattern_members
from bot.store.database import Database, DatabaseFault
from bot.store.pattern_members import DiscoveredJob, PatternMembers
from bot.tasks import Full, Tasks
from bot.watch.pattern_changes import PatternChanges, compare

log = structlog.get_logger(__name__)

_BATCH = 100  # looks, written together
_AT_ONCE = 8
_BATCH_LIMIT_S = 60.0
# At most a tenth of the time is spent listing, but new jobs don't wait longer than a minute for that.
_LISTING_SHARE = 10
_LONGEST_PERIOD_S = 60.0
_LONGEST_REST_S = 600.0


class Discovery:
    """Owns the round that is under way. `listing` fetches a fresh list, `look` asks for one job, `recorded` is called
    when there is something to tell. `clock` counts seconds and only goes forward."""

    def __init__(
        self,
        database: Database,
        listing: Callable[[], Awaitable[JobList]],
        poll: Callable[[Target], Awaitable[Job]],
        *,
        interval: timedelta,
        on_recorded: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._listing = listing
        self._poll = poll
        self._interval = interval
        self._recorded = on_recorded
        self._clock = clock
        self._rounds = Tasks("gathering", limit=1)
        self._listing_takes = 0.0
        self._failed = 0  # in a row
        self._rests_until = clock()

    @property
    def period(self) -> timedelta:
        """How often a pattern is gathered: each interval, less often where the list takes long."""
        shortest = min(_LISTING_SHARE * self._listing_takes, _LONGEST_PERIOD_S)
        return max(self._interval, timedelta(seconds=shortest))

    async def tick(self) -> None:
        """Begin a round. A task of ours: the scheduler cancels its own."""
        if self._clock() >= self._rests_until:
            with contextlib.suppress(Full):  # the last one is still under way
                self._rounds.start(self._round())

    async def _round(self) -> None:
        """All patterns that are due, one after the other. Survives whatever goes wrong."""
        try:
            while pattern := await self._claim():
                await self._gather(pattern)
        except DatabaseFault as fault:
            self._rest("the database failed", repr(fault))
        except Exception:
            log.exception("gathering failed")
            self._rest("a fault of the bot's own", "see above")

    async def _claim(self) -> Pattern | None:
        if self._clock() < self._rests_until:
            return None
        async with self._database.writing() as session:
            return await pattern_members.claim(session, datetime.now(UTC), self.period)

    async def _gather(self, pattern: Pattern) -> None:
        began = self._clock()
        try:
            listing = await self._listing()
        except JobsServiceError as error:
            self._rest("the list can't be had", str(error), for_long=isinstance(error, NoList))
            await self._note(pattern, error.reason)
            return
        self._listing_takes, self._failed = self._clock() - began, 0
        async with self._database.reading() as session:
            tracked = await pattern_members.of(session, pattern)
        verdict = compare(pattern.key, tracked.tracked, listing, self._interval, most=MAX_JOBS)
        await self._note(pattern, _why_not_all(listing, verdict))
        await self._write(pattern, verdict, listing.asked_at)
        await self._take_in(pattern, _wanted(tracked, verdict, listing))

    async def _note(self, pattern: Pattern, failure: str | None) -> None:
        if failure != pattern.failure:
            if failure:
                log.warning("a pattern can't find all new jobs", pattern=pattern.key, why=failure)
            async with self._database.writing() as session:
                await pattern_members.note_failure(session, pattern, failure)

    async def _write(self, pattern: Pattern, verdict: PatternChanges, asked_at: datetime) -> None:
        if not (verdict.missing or verdict.back or verdict.gone):
            return
        async with self._database.writing() as session:
            await pattern_members.note(session, pattern, missing=verdict.missing, back=verdict.back, asked_at=asked_at)
            told = await pattern_members.let_go(session, pattern.id, verdict.gone, datetime.now(UTC))
        if told:
            log.info("jobs are gone", pattern=pattern.key, jobs=told)
            self._recorded()

    async def _take_in(self, pattern: Pattern, wanted: Sequence[tuple[str, bool]]) -> None:
        """Look at each job and subscribe to it; `wanted` says of each whether it is to be told as new.

        Where a whole batch shows nothing the jobs service is not well, or not for us: the others wait for the next
        round.
        """
        for at in range(0, len(wanted), _BATCH):
            batch = dict(wanted[at : at + _BATCH])
            seen = await look_up_all(self._poll, batch, at_once=_AT_ONCE, limit=_BATCH_LIMIT_S)
            if not seen:
                return
            polls = [DiscoveredJob(one.job, one.at, batch[one.job.ref.dataflow]) for one in seen]
            async with self._database.writing() as session:
                told = await pattern_members.take_in(session, pattern.id, polls, datetime.now(UTC))
            if told:
                log.info("jobs are new", pattern=pattern.key, jobs=told)
                self._recorded()

    def _rest(self, what: str, detail: str, *, for_long: bool = False) -> None:
        """After a failure nothing is asked for a while, the longer the more often."""
        self._failed += 1
        seconds = min(_LONGEST_REST_S, self._interval.total_seconds() * 2 ** min(self._failed - 1, 10))
        self._rests_until = self._clock() + (_LONGEST_REST_S if for_long else seconds)
        if self._failed == 1:  # once, not at every round of an outage
            log.warning("can't look for new jobs now; trying on", what=what, detail=detail)

    async def drain(self) -> None:
        """End the round: what it did not come to is done the next time."""
        await self._rounds.drain(grace=1)


def _wanted(pattern_members: PatternMembers, verdict: PatternChanges, listing: JobList) -> Sequence[tuple[str, bool]]:
    """The jobs to be looked at, the new ones first; then those of the baseline that have no subscription yet. In no
    order, so that some which can't be seen don't stand in the way of the others."""
    new = list(verdict.new)
    quiet = [
        flow
        for flow in pattern_members.tracked.keys() - pattern_members.assigned
        if listing.complete and listing.newest(flow)
    ]
    random.shuffle(new)
    random.shuffle(quiet)
    return [*((flow, True) for flow in new), *((flow, False) for flow in quiet)]


def _why_not_all(listing: JobList, verdict: PatternChanges) -> str | None:
    if not listing.complete:
        return "the jobs service's list is incomplete"
    if not listing.jobs:
        return "the jobs service's list is empty"
    if verdict.left_out:
        return f"it has {MAX_JOBS:,} jobs, the most that I take; {verdict.left_out:,} are left out"
    return None
