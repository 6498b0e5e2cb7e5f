"""The outage monitor: notes every answer of the jobs service, and announces when an outage begins and ends."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.informatica.errors import (
    JobsServiceError,
    LoginRefused,
    NotAllowed,
    NotFound,
    RateLimited,
    SuccessorUnknown,
    Unreachable,
)
from bot.store import outages
from bot.store.database import Database
from bot.store.outages import Cause
from bot.watch.assignment import Assignment
from bot.watch.decide import PollFailed
from bot.watch.service_health import ServiceHealth

log = structlog.get_logger(__name__)

# After an outage, all failing jobs are polled within this time.
_CATCH_UP_S = 10.0
# So often an outage that lasts is announced to those whose quiet hours, mute or pause has ended meanwhile.
_ANNOUNCED_EVERY_S = 60.0


class OutageMonitor:
    """Owns what this worker knows about the service's health. `problem` says that it is out, None if it isn't.

    Whatever writes raises `DatabaseFault`; the caller tries again later.
    """

    def __init__(
        self,
        database: Database,
        assignment: Assignment,
        *,
        interval: timedelta,
        on_recorded: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._assignment = assignment
        self._interval = interval.total_seconds()
        self._on_recorded = on_recorded
        self._clock = clock
        self._health = ServiceHealth(last_answer_at=clock())
        self._announced: frozenset[Cause] = frozenset()
        self._ending = asyncio.Lock()
        self._announced_at: float | None = None
        self._refused_at: float | None = None
        self._refusal_announced = False
        self.problem: str | None = None

    @property
    def last_answer_ago(self) -> timedelta | None:
        """How long ago the service last gave this worker a good answer; None for never."""
        if not self._health.has_answered:
            return None
        return timedelta(seconds=self._clock() - self._health.last_answer_at)

    def note_polled(self) -> None:
        """Note that a poll returned a job."""
        self._health.answered(self._clock())

    def note_listed(self) -> None:
        """Note that the job list came. It counts as a good answer only while no poll fails: without polls there are no
        alerts."""
        if self._health.failures == 0:
            self._health.answered(self._clock())

    def note_failed(self, error: TimeoutError | JobsServiceError, failing_since: float) -> PollFailed:
        """Note that a poll of a job failed, which fails since `failing_since`; return what that says about the job."""
        if isinstance(error, NotFound | NotAllowed | SuccessorUnknown):
            if self.problem is not None:  # the first answer after an outage: earlier failures say nothing of this job
                self._poll_failing_soon()
            self._health.answered(self._clock())
            return PollFailed(error.reason, service_answers=True)
        reason = error.reason if isinstance(error, JobsServiceError) else Unreachable(timed_out=True).reason
        self._health.failed(reason, self._clock())
        retry_after = error.retry_after if isinstance(error, RateLimited) else None
        return PollFailed(
            reason,
            retry_after=None if retry_after is None else timedelta(seconds=retry_after),
            service_answers=not isinstance(error, LoginRefused) and self._has_answered_since(failing_since),
            timed_out=isinstance(error, TimeoutError) or (isinstance(error, Unreachable) and error.timed_out),
        )

    def _has_answered_since(self, failing_since: float) -> bool:
        """Whether the service works. A good answer that was under way when it failed doesn't show that."""
        return self._health.has_answered and self._health.last_answer_at > failing_since + self._interval

    def sync(self, announced: frozenset[Cause]) -> None:
        """Take over which outages are announced, as the database says."""
        if self._announced and not announced:  # another worker got a good answer and announced the end
            self._health.answered(self._clock())
            self._poll_failing_soon()
        self._announced = announced

    async def judge(self, others_last_answer_ago: timedelta | None) -> None:
        """Announce an outage, or the end of one that the worker which announced it doesn't end."""
        others = None if others_last_answer_ago is None else others_last_answer_ago.total_seconds()
        if self._health.is_out(self._clock(), self._interval, others):
            self.problem = f"the jobs service can't be reached: {self._health.reason}"
            if Cause.SERVICE not in self._announced or self._is_due(self._announced_at):
                await self._announce()
        else:
            self.problem = None
            if self._health.is_healthy(self._clock(), self._interval):
                await self.end()

    def _is_due(self, announced_at: float | None) -> bool:
        return announced_at is None or self._clock() - announced_at >= _ANNOUNCED_EVERY_S

    async def _announce(self) -> None:
        now = datetime.now(UTC)
        since = now - timedelta(seconds=self._clock() - self._health.last_answer_at)
        async with self._database.writing() as session:
            if Cause.SERVICE in self._announced and Cause.SERVICE not in await outages.announced(session):
                return  # another worker ends it this moment
            is_first = await outages.begin(session, self._health.reason, since, now)
        self._announced_at = self._clock()
        if is_first:
            self._announced |= {Cause.SERVICE}
            log.error("the jobs service is out", reason=self._health.reason, since=since.isoformat())
            self._on_recorded()

    async def announce_refused(self, refused: LoginRefused) -> None:
        """Announce that the log-in is refused, once. This process stays refused, even if others are let in: that ends
        it."""
        if not self._is_due(self._refused_at):
            return
        before, self._refused_at = self._refused_at, self._clock()  # of several polls that end now, the first does it
        is_written = is_first = False
        try:
            async with self._database.writing() as session:
                lasts = Cause.LOGIN in await outages.announced(session)
                if lasts or not self._refusal_announced:
                    now = datetime.now(UTC)
                    is_first = await outages.begin_login_refused(session, refused.reason, refused.remedy, now)
            is_written = True
        finally:
            self._refused_at = self._refused_at if is_written else before
        self._refusal_announced |= lasts or is_first
        if is_first:
            self._announced |= {Cause.LOGIN}
            self._on_recorded()

    async def end(self) -> None:
        """After a good answer: announce the end, in one message with what changed meanwhile.

        So the message waits until the failing jobs were polled. Whoever has notifications to record waits here until
        the end is announced.
        """
        others_end_it = self._ending.locked()
        if not self._announced and not others_end_it:
            return
        async with self._ending:
            if others_end_it:
                return
            now, round_s = datetime.now(UTC), self._poll_failing_soon()
            async with self._database.writing() as session:
                ended = await outages.end(session, now, not_before=now + timedelta(seconds=round_s))
            self._announced = frozenset()
        if ended:
            log.info("the jobs service answers again")
            self._on_recorded()

    def _poll_failing_soon(self) -> float:
        """Poll all failing jobs soon; return the seconds within which that is done."""
        spread = min(_CATCH_UP_S, self._interval)
        self._assignment.poll_failing_soon(self._clock(), spread)
        return 1.5 * spread + min(1.0, spread)  # plus a tick, and the polls themselves
