"""The jobs service as a whole: notes each answer, and tells when the service is out, and when that is over."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.informatica.errors import Busy, JobsServiceError, LoginRefused, NotAllowed, NotFound, Unreachable
from bot.store import outages
from bot.store.database import Database
from bot.store.outages import Cause
from bot.watch.assignment import Assignment
from bot.watch.decide import PollFailed
from bot.watch.service_health import ServiceHealth

log = structlog.get_logger(__name__)

# After an outage all that could not be seen is looked at within this time.
_POLL_ROUND_S = 10.0


class OutageMonitor:
    """Owns what this worker knows of the service. `problem` says in words that it is out, or is None.

    All that writes raises `DatabaseFault`, and is to be tried again then.
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
        self._share = assignment
        self._interval = interval.total_seconds()
        self._recorded = on_recorded
        self._clock = clock
        self._health = ServiceHealth(good_at=clock())
        self._told: frozenset[Cause] = frozenset()  # what everybody was told that is wrong
        self._ending = asyncio.Lock()
        self._refusal_told = False
        self.problem: str | None = None

    @property
    def good_ago(self) -> timedelta | None:
        """How long ago the service gave this worker a good answer."""
        return timedelta(seconds=self._clock() - self._health.good_at) if self._health.ever_good else None

    def note_polled(self) -> None:
        """A job was shown."""
        self._health.good(self._clock())

    def note_listed(self) -> None:
        """The list was given: a good answer, unless looks fail. What can't be looked up can't be told."""
        if self._health.failures == 0:
            self._health.good(self._clock())

    def note_failed(self, error: TimeoutError | JobsServiceError, failing_since: float) -> PollFailed:
        """A look at a job that can't be seen since `failing_since` failed; what that says of the job."""
        if isinstance(error, NotFound | NotAllowed):
            self._health.good(self._clock())
            return PollFailed(error.reason, others_seen=True)
        reason = error.reason if isinstance(error, JobsServiceError) else Unreachable(timed_out=True).reason
        self._health.bad(reason, self._clock())
        asked = error.retry_after if isinstance(error, Busy) else None
        return PollFailed(
            reason,
            retry_after=None if asked is None else timedelta(seconds=asked),
            # A good answer that was under way when the service failed is no sign that it is well.
            others_seen=self._health.ever_good and self._health.good_at > failing_since + self._interval,
            hung=isinstance(error, TimeoutError) or (isinstance(error, Unreachable) and error.timed_out),
        )

    def learn(self, told: frozenset[Cause]) -> None:
        """What the database says was told."""
        if self._told and not told:  # another worker said that it is over: it got a good answer
            self._health.good(self._clock())
            self._poll_soon()
        self._told = told

    async def judge(self, others_good_ago: timedelta | None) -> None:
        """Tell of an outage, once it is one; and that it is over, if whoever told of it does not."""
        others = None if others_good_ago is None else others_good_ago.total_seconds()
        if self._health.is_out(self._clock(), self._interval, others):
            self.problem = f"the jobs service can't be asked: {self._health.reason}"
            if Cause.SERVICE not in self._told:
                await self._tell()
        else:
            self.problem = None
            if self._health.is_well(self._clock(), self._interval):
                await self.end()

    async def _tell(self) -> None:
        now = datetime.now(UTC)
        since = now - timedelta(seconds=self._clock() - self._health.good_at)
        async with self._database.writing() as session:
            is_first = await outages.begin(session, self._health.reason, since, now)
        if is_first:
            self._told |= {Cause.SERVICE}
            log.error("the jobs service is out", reason=self._health.reason, since=since.isoformat())
            self._recorded()

    async def tell_refused(self, refused: LoginRefused) -> None:
        """Tell, once, that the log-in is refused: this process stays refused, also while others are let in."""
        if self._refusal_told:
            return
        self._refusal_told = True  # of the looks that end now, the first one says it
        is_written = False
        try:
            async with self._database.writing() as session:
                is_first = await outages.begin_login_refused(session, refused.reason, refused.remedy, datetime.now(UTC))
            is_written = True
        finally:
            self._refusal_told = is_written
        if is_first:
            self._told |= {Cause.LOGIN}
            self._recorded()

    async def end(self) -> None:
        """After a good answer: say that it is over, in one message with what changed meanwhile; so that message waits
        for a round of looks. Whoever has news to record meanwhile waits here until it is said."""
        others_say_it = self._ending.locked()
        if not self._told and not others_say_it:
            return
        async with self._ending:
            if others_say_it:
                return
            now, round_s = datetime.now(UTC), self._poll_soon()
            async with self._database.writing() as session:
                ended = await outages.end(session, now, not_before=now + timedelta(seconds=round_s))
            self._told = frozenset()
        if ended:
            log.info("the jobs service answers again")
            self._recorded()

    def _poll_soon(self) -> float:
        """Look at all that could not be seen; within how many seconds that should be done."""
        spread = min(_POLL_ROUND_S, self._interval)
        self._share.poll_soon(self._clock(), spread)
        return 1.5 * spread + min(1.0, spread)  # and a tick, and the looks themselves
