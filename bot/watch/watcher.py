"""The watcher: looks at each job of its share when it is due, decides, and records what is to be told.

Its share it holds by lease, and gives a sign of life every second (`roll call`). What does not change needs no
database: a job that is due is looked at from memory, and written once a minute or when there is something to write.
Where the organisation's list can be had and is right, it puts off the looks at jobs that it shows unchanged (`lister`).
"""

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta

import structlog

from bot.informatica.catalogue import Listing
from bot.informatica.errors import JobsServiceError, LoginRefused
from bot.jobs import Job
from bot.store.database import Database, DatabaseFault
from bot.store.watches import Known
from bot.tasks import Full, Tasks
from bot.watch.decide import Unseen, decide
from bot.watch.holding import Holder
from bot.watch.lister import Lister
from bot.watch.outage import OutageWatch
from bot.watch.share import Share, Watched
from bot.watch.writing import Writer

log = structlog.get_logger(__name__)

_ROLL_CALL_S = 0.9  # under a second, since the ticks that come every second don't do so to the millisecond
_LAST_WRITE_S = 2.0
# The list shows thousands of jobs at once. That they are unchanged is written in pieces: news waits for one at most.
_QUIET_AT_ONCE = 250


class Watcher:
    """Owns the looks that are under way: `concurrency` at most, a quarter of them at jobs that hung the last time.

    `look` asks the jobs service for a watched job and is given up after `look_limit`; `fetch_list` fetches the
    organisation's list, None where it is not to be used. `recorded` is called after news was written, to wake whoever
    tells it. `trouble` says in words why nothing can be written or seen, or is None. `clock` counts seconds and only
    goes forward. `looked` counts the looks so far.
    """

    def __init__(
        self,
        database: Database,
        look: Callable[[Known], Awaitable[Job]],
        *,
        worker: str,
        interval: timedelta,
        look_limit: timedelta,
        concurrency: int,
        recorded: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        fetch_list: Callable[[], Awaitable[Listing]] | None = None,
    ) -> None:
        self._database = database
        self._look = look
        self._interval = interval
        self._look_limit = look_limit.total_seconds()
        self._clock = clock
        self._share = Share()
        self._holder = Holder(database, self._share, worker=worker, interval=interval, clock=clock)
        self._outage = OutageWatch(database, self._share, interval=interval, recorded=recorded, clock=clock)
        self._lister = Lister(self._share, fetch_list, interval=interval, noted=self._outage.note_listed, clock=clock)
        self._writer = Writer(database, self._share, worker=worker, recorded=recorded, clock=clock)
        self._looks = Tasks("looks", limit=concurrency)
        self._backlog: deque[Watched] = deque()
        self._hanging: set[Watched] = set()
        self._room_for_hanging = max(1, concurrency // 4)
        self._rolls = Tasks("roll calls", limit=1)
        self._called_at = clock() - 3600
        self._store_trouble: str | None = None
        self.looked = 0

    @property
    def trouble(self) -> str | None:
        return self._store_trouble or self._outage.trouble

    @property
    def watched(self) -> int:
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
        while self._looks.free > 0 and (watched := self._next()):
            self._looks.start(self._look_on(watched))

    # ── the roll call ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _call_roll(self) -> None:
        """Give a sign of life, take on what is nobody's, write what waits. Survives a database out of reach."""
        self._called_at = self._clock()
        with self._noting_faults():
            call, told = await self._holder.call_roll(self._outage.good_ago)
            self._outage.learn(told)
            await self._outage.judge(call.others_good_ago)
            if await self._write_what_waits(_QUIET_AT_ONCE):
                if self._store_trouble:
                    log.info("the database can be written again")
                self._store_trouble = None

    async def _write_what_waits(self, at_most: int | None = None) -> bool:
        """The news that could not be written at once, and what is to be written without news; whether all of it was."""
        written = [await self._write(watched) for watched in self._share.unwritten(self._clock()) if watched.news]
        await self._writer.write_without_news(at_most)
        return all(written)

    async def _write(self, watched: Watched) -> bool:
        with self._noting_faults():
            await self._writer.write(watched)
            return True
        return False

    @contextlib.contextmanager
    def _noting_faults(self) -> Iterator[None]:
        try:
            yield
        except DatabaseFault as fault:
            self._store_trouble = f"the database can't be written ({type(fault).__name__})"
            log.error("the database is in trouble; looking on, and writing as soon as it can be", fault=repr(fault))

    # ── looks ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _next(self) -> Watched | None:
        """The next job to be looked at, of those that wait for it."""
        while self._backlog:
            watched = self._backlog.popleft()
            if not self._share.holds(watched):
                continue
            if watched.hung:
                if len(self._hanging) >= self._room_for_hanging:
                    continue
                self._hanging.add(watched)
            watched.looking = True
            return watched
        return None

    async def _look_on(self, watched: Watched | None) -> None:
        """One look after the other, as long as a job waits for it."""
        while watched:
            await self._look_at(watched)
            watched = self._next()

    async def _look_at(self, watched: Watched) -> None:
        began, now = self._clock(), datetime.now(UTC)
        watched.due = watched.own_due = began + self._interval.total_seconds()  # whatever happens
        watched.looked, listing = began, self._lister.to_compare(watched)
        self.looked += 1
        try:
            seen = await self._seen(watched, began)
        finally:
            watched.looking = False
            self._hanging.discard(watched)
        chance = random.random()  # noqa: S311 - jitter, not a secret
        if isinstance(seen, Job) and listing is not None:
            self._lister.compare(watched, seen, listing)
        decision = decide(watched.known, seen, now, self._interval, chance)
        watched.known, watched.own_due = decision.known, began + decision.wait.total_seconds()
        watched.news += decision.news
        watched.failing = None if isinstance(seen, Job) else watched.failing or began
        watched.hung = isinstance(seen, Unseen) and seen.hung
        watched.lively = decision.wait < self._interval
        watched.due = self._lister.next_look(watched)
        if isinstance(seen, Job):
            with self._noting_faults():
                await self._outage.end()
        if decision.news:
            await self._write(watched)

    async def _seen(self, watched: Watched, began: float) -> Job | Unseen:
        try:
            async with asyncio.timeout(self._look_limit):
                job = await self._look(watched.known)
        except (TimeoutError, JobsServiceError) as error:
            unseen = self._outage.note_failed(error, watched.failing or began)
            if watched.known.failure != unseen.reason:  # once, not at every look of an outage
                detail = str(error) if isinstance(error, JobsServiceError) else unseen.reason
                log.warning("can't see a job now", job=str(watched.known.ref), reason=detail)
            if isinstance(error, LoginRefused):
                with self._noting_faults():
                    await self._outage.tell_refused(error)
            return unseen
        self._outage.note_seen()
        return job

    async def drain(self) -> None:
        """Stop looking: a look under way is given up at once and repeated elsewhere. What waits is written."""
        await self._lister.drain()
        await self._rolls.drain(grace=1)
        await self._looks.drain(grace=0)
        async with asyncio.timeout(_LAST_WRITE_S):
            await self._write_what_waits()
