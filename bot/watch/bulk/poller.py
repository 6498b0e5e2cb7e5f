"""Watching by the list: fetches it each interval, and puts off the single looks at jobs that it shows unchanged."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from bot.domain.job import Job
from bot.informatica.errors import JobsServiceError
from bot.informatica.job_list import JobList
from bot.tasks import Full, Tasks
from bot.watch.assignment import AssignedJob, Assignment
from bot.watch.bulk.policy import Listed, NextPoll, agrees, is_minded, listed_status, sample, turn, why_few, why_useless
from bot.watch.bulk.trust import Trust

log = structlog.get_logger(__name__)

# A list that is no good so often in a row is asked for only once in so many intervals.
_NO_GOOD = 3
_REST = 20
_LIES = "the list is not as the jobs resource says"
# So many jobs are gone through at a time, which takes a millisecond or two.
_SLICE = 250


class BulkPoller:
    """Owns the list that is fetched. `fetch` fetches a fresh one, None where jobs are looked up singly in any case;
    `noted` is called when it came. `clock` counts seconds and only goes forward.

    `by_list` says whether jobs that the list shows unchanged are not looked up singly now.
    """

    def __init__(
        self,
        assignment: Assignment,
        fetch: Callable[[], Awaitable[JobList]] | None,
        *,
        interval: timedelta,
        noted: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._share = assignment
        self._fetch = fetch
        self._interval = interval
        self._seconds = interval.total_seconds()
        self._noted = noted
        self._clock = clock
        self._fetches = Tasks("lists", limit=1)
        self._trust = Trust()
        self._listing: JobList | None = None  # the list of this round
        self._round = 0
        self._next_at = clock()
        self._next_here = 0.0  # when the next list should be here
        self._no_good = 0
        self._said = ""

    @property
    def by_list(self) -> bool:
        return self._listing is not None and self._trust.is_trusted

    def tick(self) -> None:
        """Fetch the list if it is time."""
        now = self._clock()
        if self._fetch is None or now < self._next_at or not self._share:
            return
        if why := why_few(len(self._share)):
            self._one_by_one(why)
            return
        with contextlib.suppress(Full):  # the last one is still under way
            self._fetches.start(self._round_with(self._fetch))
            planned = self._next_at + self._seconds
            self._next_at = planned if planned > now else now + self._seconds

    async def _round_with(self, fetch: Callable[[], Awaitable[JobList]]) -> None:
        began, asked = self._clock(), datetime.now(UTC)
        try:
            async with asyncio.timeout(self._seconds):
                listing = await fetch()
        except TimeoutError:
            self._no_use("the list takes longer than an interval")
            return
        except JobsServiceError as error:
            self._one_by_one(error.reason)
            return
        self._noted()
        listed = 0
        async for assigned in _slowly(self._share.all()):
            listed += listed_status(assigned.tracked, listing) is not Listed.MISSING
        if why := why_useless(listing, listed, asked, self._interval):
            self._no_use(why)
            return
        if self._trust.end_round():
            self._no_good = 0
        elif self._is_given_a_rest():
            self._one_by_one(_LIES)
            return
        await self._begin_round(listing, began)

    async def _begin_round(self, listing: JobList, began: float) -> None:
        self._listing, self._round = listing, self._round + 1
        # A fetch that takes a little longer the next time is no reason to look singly.
        allowed = min(self._seconds, 2 * (self._clock() - began) + self._seconds / 5)
        self._next_here = began + self._seconds + allowed
        self._say("" if self._trust.is_trusted else "what the list says is being compared with single looks")
        assigned = self._share.all()
        sampled = sample([(one.polls, one.tracked.id) for one in assigned if one.polls is not None])
        self._trust.suspects &= self._share.ids
        async for one in _slowly(assigned):
            if self._share.holds(one) and not one.polling:
                self._give_turn(one, listing, one.tracked.id in sampled)

    def _give_turn(self, assigned: AssignedJob, listing: JobList, sampled: bool) -> None:
        now, said = self._clock(), listed_status(assigned.tracked, listing)
        suspect = assigned.tracked.id in self._trust.suspects
        alone = self._is_alone(assigned)
        match turn(said, trusted=self._trust.is_trusted, suspect=suspect, alone=alone, sampled=sampled):
            case NextPoll.NOW:
                assigned.due = min(assigned.due, now)
                return
            case NextPoll.OWN_PACE:
                assigned.due = min(assigned.due, max(now, assigned.own_due))
                return
            case NextPoll.SAMPLE:
                assigned.due = min(assigned.due, now + self._spread())
            case NextPoll.SEEN:
                assigned.due = self._next_here + self._spread()
        assigned.tracked = replace(assigned.tracked, polled_at=max(assigned.tracked.polled_at, listing.asked_at))

    def _is_alone(self, assigned: AssignedJob) -> bool:
        cant_be_seen = assigned.failing is not None or assigned.tracked.failure is not None
        return assigned.recently_changed or cant_be_seen or is_minded(assigned.tracked)

    def _spread(self) -> float:
        return random.random() * self._seconds / 2  # noqa: S311 - no secret

    # ── single looks ────────────────────────────────────────────────────────────────────────────────────────────────

    def to_compare(self, assigned: AssignedJob) -> JobList | None:
        """The list that a look which begins now is compared with: that of this round, once."""
        if assigned.compared == self._round:
            return None
        assigned.compared = self._round
        return self._listing

    def compare(self, assigned: AssignedJob, seen: Job, listing: JobList) -> None:
        """A look showed a job: what that says of the list."""
        agreed = agrees(assigned.tracked, seen, listing)
        if agreed is not None and self._trust.check(assigned.tracked.id, agrees=agreed):
            log.warning(_LIES, job=str(seen.ref), status=seen.status.words)
            self._one_by_one(_LIES)

    def next_poll(self, assigned: AssignedJob) -> float:
        """When a job is due that was just looked at: not before the next list, which may show it unchanged."""
        listing = self._listing
        if not self.by_list or listing is None or self._is_alone(assigned):
            return assigned.own_due
        if listed_status(assigned.tracked, listing) is not Listed.AGREES:
            return assigned.own_due
        return max(assigned.own_due, self._next_here + self._spread())

    # ── the way back ────────────────────────────────────────────────────────────────────────────────────────────────

    def _no_use(self, why: str) -> None:
        self._is_given_a_rest()
        self._one_by_one(why)

    def _is_given_a_rest(self) -> bool:
        """Count a list that was fetched in vain; whether the next one is fetched much later."""
        self._no_good += 1
        rests = self._no_good >= _NO_GOOD
        if rests:
            self._next_at = self._clock() + _REST * self._seconds
        return rests

    def _one_by_one(self, why: str) -> None:
        """Look at each job at its own pace again; what was put off comes within half an interval."""
        self._listing = None
        self._say(why)
        now = self._clock()
        for assigned in self._share.all():
            assigned.due = min(assigned.due, max(assigned.own_due, now + self._spread()))

    def _say(self, why_not: str) -> None:
        said = f"jobs are watched one by one: {why_not}" if why_not else "jobs are watched by the list"
        if said != self._said:
            self._said = said
            log.info(said)

    async def drain(self) -> None:
        """End a fetching that is under way."""
        await self._fetches.drain(grace=0)


async def _slowly(jobs: Sequence[AssignedJob]) -> AsyncIterator[AssignedJob]:
    """One after the other; whatever else waits for this thread has its turn in between."""
    for number, assigned in enumerate(jobs, 1):
        yield assigned
        if number % _SLICE == 0:
            await asyncio.sleep(0)
