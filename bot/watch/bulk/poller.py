"""The bulk poller: fetches the job list every interval and defers the single polls of jobs that it shows unchanged."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from bot.domain.history.gaps import gaps_after
from bot.domain.job import Job
from bot.informatica.errors import JobsServiceError
from bot.informatica.job_list import JobList
from bot.tasks import Full, Tasks
from bot.watch.assignment import AssignedJob, Assignment
from bot.watch.bulk import policy
from bot.watch.bulk.policy import Listed, NextPoll
from bot.watch.bulk.trust import Trust

log = structlog.get_logger(__name__)

# After so many useless lists in a row, the list is fetched only once in so many intervals.
_MAX_USELESS = 3
_BACKOFF_INTERVALS = 20
_CONTRADICTED = "the job list contradicts the jobs resource"
# So many jobs are processed at a time, which takes a millisecond or two.
_SLICE = 250


class BulkPoller:
    """Owns the job list of the current round.

    `fetch` fetches a fresh list, None to poll every job singly. Calls `on_listed` when it came. `clock` returns seconds
    of a monotonic clock.
    """

    def __init__(
        self,
        assignment: Assignment,
        fetch: Callable[[], Awaitable[JobList]] | None,
        *,
        interval: timedelta,
        on_listed: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._assignment = assignment
        self._fetch = fetch
        self._interval = interval
        self._seconds = interval.total_seconds()
        self._on_listed = on_listed
        self._clock = clock
        self._fetches = Tasks("job lists", limit=1)
        self._trust = Trust()
        self._job_list: JobList | None = None
        self._round = 0
        self._next_fetch = clock()
        self._next_expected = 0.0  # when the next list should have come
        self._useless = 0  # lists in a row
        self._logged = ""

    @property
    def is_active(self) -> bool:
        """Whether jobs that the list shows unchanged aren't polled singly now."""
        return self._job_list is not None and self._trust.is_trusted

    def tick(self) -> None:
        """Fetch the job list if it is time."""
        now = self._clock()
        if self._fetch is None or now < self._next_fetch or not self._assignment:
            return
        if why := policy.why_few(len(self._assignment)):
            self._poll_singly(why)
            return
        with contextlib.suppress(Full):  # the last fetch isn't finished
            self._fetches.start(self._fetch_and_begin(self._fetch))
            planned = self._next_fetch + self._seconds
            self._next_fetch = planned if planned > now else now + self._seconds

    async def _fetch_and_begin(self, fetch: Callable[[], Awaitable[JobList]]) -> None:
        began, asked = self._clock(), datetime.now(UTC)
        try:
            async with asyncio.timeout(self._seconds):
                job_list = await fetch()
        except TimeoutError:
            self._reject("the job list takes longer than an interval")
            return
        except JobsServiceError as error:
            self._poll_singly(error.reason)
            return
        self._on_listed()
        in_list = 0
        async for assigned in _sliced(self._assignment.all()):
            in_list += policy.listed(assigned.tracked, job_list) is not Listed.MISSING
        if why := policy.why_useless(job_list, in_list, asked, self._interval):
            self._reject(why)
            return
        if self._trust.end_round():
            self._useless = 0
        elif self._backs_off():
            self._poll_singly(_CONTRADICTED)
            return
        await self._begin_round(job_list, began)

    async def _begin_round(self, job_list: JobList, began: float) -> None:
        self._job_list, self._round = job_list, self._round + 1
        # Allow the next fetch to take a little longer before jobs are polled singly.
        allowed = min(self._seconds, 2 * (self._clock() - began) + self._seconds / 5)
        self._next_expected = began + self._seconds + allowed
        self._log("" if self._trust.is_trusted else "the job list is being compared with single polls")
        jobs = self._assignment.all()
        sampled = policy.sample([(one.last_poll, one.tracked.id) for one in jobs if one.last_poll is not None])
        self._trust.suspects &= self._assignment.ids
        async for one in _sliced(jobs):
            if self._assignment.holds(one) and not one.polling:
                self._plan(one, job_list, one.tracked.id in sampled)

    def _plan(self, assigned: AssignedJob, job_list: JobList, sampled: bool) -> None:
        """Set when a job is polled in this round. If the list stands in for the poll, it counts as polled."""
        now, says = self._clock(), policy.listed(assigned.tracked, job_list)
        suspect = assigned.tracked.id in self._trust.suspects
        alone = self._is_alone(assigned)
        match policy.next_poll(says, trusted=self._trust.is_trusted, suspect=suspect, alone=alone, sampled=sampled):
            case NextPoll.NOW:
                assigned.due = min(assigned.due, now)
                return
            case NextPoll.OWN_PACE:
                assigned.due = min(assigned.due, max(now, assigned.own_due))
                return
            case NextPoll.SAMPLE:
                assigned.due = min(assigned.due, now + self._jitter())
            case NextPoll.DEFERRED:
                assigned.due = self._next_expected + self._jitter()
        polled_at = max(assigned.tracked.polled_at, job_list.asked_at)
        gaps = gaps_after(assigned.tracked, polled_at, self._interval)
        assigned.tracked = replace(assigned.tracked, polled_at=polled_at, gaps=gaps)

    def _is_alone(self, assigned: AssignedJob) -> bool:
        fails = assigned.failing_since is not None or assigned.tracked.failure is not None
        return assigned.recently_changed or fails or policy.is_polled_every_round(assigned.tracked)

    def _jitter(self) -> float:
        return random.random() * self._seconds / 2  # noqa: S311 - jitter, not a secret

    # ── single polls ────────────────────────────────────────────────────────────────────────────────────────────────

    def to_compare(self, assigned: AssignedJob) -> JobList | None:
        """The list to compare with a poll that begins now: that of this round, once per job."""
        if assigned.compared == self._round:
            return None
        assigned.compared = self._round
        return self._job_list

    def compare(self, assigned: AssignedJob, polled: Job, job_list: JobList) -> None:
        """Compare the result of a single poll with the list."""
        agreed = policy.agrees(assigned.tracked, polled, job_list)
        if agreed is not None and self._trust.check(assigned.tracked.id, agrees=agreed):
            log.warning(_CONTRADICTED, job=str(polled.ref), status=polled.status.words)
            self._poll_singly(_CONTRADICTED)

    def next_poll(self, assigned: AssignedJob) -> float:
        """When a job that was just polled is due: not before the next list, which may show it unchanged."""
        job_list = self._job_list
        if not self.is_active or job_list is None or self._is_alone(assigned):
            return assigned.own_due
        if policy.listed(assigned.tracked, job_list) is not Listed.AGREES:
            return assigned.own_due
        return max(assigned.own_due, self._next_expected + self._jitter())

    # ── back to single polls ────────────────────────────────────────────────────────────────────────────────────────

    def _reject(self, why: str) -> None:
        self._backs_off()
        self._poll_singly(why)

    def _backs_off(self) -> bool:
        """Count a useless list; return whether the next one is fetched much later."""
        self._useless += 1
        backs_off = self._useless >= _MAX_USELESS
        if backs_off:
            self._next_fetch = self._clock() + _BACKOFF_INTERVALS * self._seconds
        return backs_off

    def _poll_singly(self, why: str) -> None:
        """Poll each job at its own pace again. Deferred polls follow within half an interval."""
        self._job_list = None
        self._log(why)
        now = self._clock()
        for assigned in self._assignment.all():
            assigned.due = min(assigned.due, max(assigned.own_due, now + self._jitter()))

    def _log(self, why_not: str) -> None:
        """Log how jobs are polled, once until that changes."""
        message = f"jobs are polled one by one: {why_not}" if why_not else "jobs are polled in bulk, by the job list"
        if message != self._logged:
            self._logged = message
            log.info(message)

    async def drain(self) -> None:
        """End the fetch under way."""
        await self._fetches.drain(grace=0)


async def _sliced(jobs: Sequence[AssignedJob]) -> AsyncIterator[AssignedJob]:
    """Yield one job after the other, and let other tasks run in between."""
    for number, assigned in enumerate(jobs, 1):
        yield assigned
        if number % _SLICE == 0:
            await asyncio.sleep(0)
