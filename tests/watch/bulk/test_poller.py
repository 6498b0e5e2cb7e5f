"""Bulk polling, with an injected clock. Without a database, notifications wait with each job."""

import asyncio
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, cast
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Change
from bot.domain.job import JobRef, Status
from bot.domain.tracked_job import TrackedJob
from bot.informatica.errors import JobsServiceError, NoList, NotFound, Unreachable
from bot.informatica.job_list import JobList
from bot.store.database import Database, DatabaseFault
from bot.watch.assignment import AssignedJob
from bot.watch.bulk import policy
from bot.watch.poller import Poller, PollSettings
from tests.cast import DEPLOYING, ENDED, ERROR, UP, WARNING, WORKSPACE, job
from tests.watch.world import Clock

INTERVAL = 30.0
_STEP = 1.0
_COUNT = 20
_STATUSES = (UP, WARNING, ERROR, ENDED)
_LIES = st.sampled_from([None, *_STATUSES])


class _NoDatabase:
    def writing(self) -> AbstractAsyncContextManager[Any]:
        raise DatabaseFault("there is none")


@dataclass
class Row:
    """A job's row in the list: the truth or, while it `lies`, `lie` (None: the row is missing)."""

    lies: bool = False
    lie: Status | None = None


class Setting:
    """A poller of jobs whose true statuses are `truth`, and a job list that says so, or not."""

    def __init__(self, count: int = _COUNT, pages: int = 1, followed: bool = False) -> None:
        self.clock = Clock()
        self.truth: dict[int, Status | JobsServiceError] = dict.fromkeys(range(count), UP)
        self.rows = {id: Row() for id in range(count)}
        self.lag = 0
        self.complete = True
        self.pages = pages
        self.fault: Exception | asyncio.Event | None = None
        self.polls: dict[int, list[float]] = defaultdict(list)
        self.lists = 0
        self._past: list[dict[int, Status | JobsServiceError]] = []
        self.poller = Poller(
            cast(Database, _NoDatabase()),
            self._poll,
            PollSettings("w", timedelta(seconds=INTERVAL), timedelta(seconds=15), concurrency=1000),
            on_recorded=lambda: None,
            clock=self.clock,
            fetch_job_list=self._fetch,
        )
        self.poller._last_heartbeat = math.inf
        self.assignment = self.poller._assignment
        long_ago = datetime.now(UTC) - timedelta(hours=2)
        for id in range(count):
            tracked = TrackedJob(id, WORKSPACE, _ref(id), f"job-{id}", UP, long_ago, long_ago, followed=followed)
            self.assignment.add(tracked, self.clock.now + random.random() * INTERVAL, self.clock.now)

    async def _poll(self, tracked: TrackedJob) -> Any:
        self.polls[tracked.id].append(self.clock.now)
        status = self.truth[tracked.id]
        if isinstance(status, JobsServiceError):
            raise status
        return job(status, tracked.ref, name=f"job-{tracked.id}")

    async def _fetch(self) -> JobList:
        self.lists += 1
        if isinstance(self.fault, asyncio.Event):
            await self.fault.wait()
        elif self.fault is not None:
            raise self.fault
        past = (self._past or [self.truth])[max(0, len(self._past) - 1 - self.lag)] if self.lag else self.truth
        said = {id: row.lie if row.lies else past[id] for id, row in self.rows.items()}
        jobs = [job(status, _ref(id)) for id, status in said.items() if isinstance(status, Status)]
        return JobList(tuple(jobs), self.complete, datetime.now(UTC), self.pages)

    async def seconds(self, count: float) -> None:
        for _ in range(int(count / _STEP)):
            self.clock.now += _STEP
            self._past.append(dict(self.truth))
            await self.poller.tick()
            for _ in range(8):
                await asyncio.sleep(0)

    async def rounds(self, count: int) -> None:
        await self.seconds(count * INTERVAL)

    async def trusted(self) -> "Setting":
        await self.rounds(7)
        assert self.poller.is_bulk_polling
        return self

    def assigned(self, id: int) -> AssignedJob:
        return next(one for one in self.assignment.all() if one.tracked.id == id)

    def announced(self, id: int) -> list[tuple[Status, Status]]:
        return [
            (notification.old, notification.new)
            for notification in self.assigned(id).notifications
            if isinstance(notification, Change)
        ]

    def count(self, since: float) -> int:
        """The number of polls since a time."""
        return sum(at > since for polls in self.polls.values() for at in polls)

    async def close(self) -> None:
        await self.poller._bulk.drain()


def _ref(id: int) -> JobRef:
    return JobRef(f"flow-{id}", 1000 + id)


@contextmanager
def small() -> Iterator[None]:
    """Let few jobs be enough for bulk polling."""
    with patch.object(policy, "MIN_JOBS", 1):
        yield


@pytest.fixture
def few() -> Iterator[None]:
    with small():
        yield


# ── a list that is right ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_round_costs_a_twenty_first_of_the_polls() -> None:
    """A trusted list saves all but a 21st of the polls, and each job is polled within 22 intervals."""
    setting = await Setting(210).trusted()
    before, lists = setting.clock.now, setting.lists
    await setting.rounds(22)
    assert setting.count(before) <= 22 * 10 + 10
    assert setting.lists == lists + 22
    assert all(polls[-1] > before for polls in setting.polls.values())
    assert all(b - a <= 22 * INTERVAL for polls in setting.polls.values() for a, b in pairwise(polls))


async def test_a_job_that_the_list_shows_unchanged_counts_as_polled(few: None) -> None:
    """A job whose row agrees counts as polled when the list was requested."""
    setting = await Setting().trusted()
    before = datetime.now(UTC)
    await setting.rounds(1)
    assert all(one.tracked.polled_at >= before for one in setting.assignment.all())


async def test_a_change_in_the_list_is_polled_at_once(few: None) -> None:
    """A job that the list shows changed is polled when the list comes, and announced once, with the polled status."""
    setting = await Setting().trusted()
    setting.truth[3] = ERROR
    setting.rows[3] = Row(lies=True, lie=WARNING)
    await setting.seconds(INTERVAL + 2)
    assert setting.announced(3) == [(UP, ERROR)]
    setting.rows[3] = Row()
    await setting.rounds(3)
    assert setting.announced(3) == [(UP, ERROR)]


async def test_a_new_run_in_the_list_is_polled_at_once(few: None) -> None:
    """A followed job with a newer run in the list is polled, although its old run shows no change."""
    setting = await Setting(followed=True).trusted()
    fetch = setting._fetch

    async def with_a_new_run() -> JobList:
        job_list = await fetch()
        return JobList((*job_list.jobs, job(DEPLOYING, JobRef("flow-3", 2000))), True, job_list.asked_at)

    setting.poller._bulk._fetch = with_a_new_run
    before = setting.clock.now
    await setting.seconds(3 * INTERVAL + 2)
    assert len([at for at in setting.polls[3] if at > before]) >= 3


@pytest.mark.parametrize("status", [DEPLOYING, WARNING, ERROR])
async def test_jobs_with_a_problem_are_polled_in_each_round(few: None, status: Status) -> None:
    """A job that deploys or has a problem is polled as often as without the list."""
    setting = Setting()
    setting.truth[3] = status
    await setting.rounds(20)
    assert setting.poller.is_bulk_polling
    before = setting.clock.now
    await setting.rounds(5)
    assert len([at for at in setting.polls[3] if at > before]) >= 5


async def test_a_job_that_the_list_lacks_is_polled_as_always(few: None) -> None:
    """A job without a row is polled each interval, at once when the row goes missing, and its change is announced."""
    setting = await Setting().trusted()
    setting.rows[3] = Row(lies=True)
    before = setting.clock.now
    await setting.seconds(4 * INTERVAL + 2)
    assert len([at for at in setting.polls[3] if at > before]) >= 4
    setting.truth[3] = ERROR
    await setting.seconds(INTERVAL + 2)
    assert setting.announced(3) == [(UP, ERROR)]
    assert setting.poller.is_bulk_polling


@pytest.mark.parametrize("lie", [UP, ERROR, None])
async def test_a_failing_job_is_polled_as_always(few: None, lie: Status | None) -> None:
    """A job that the jobs resource doesn't know is unavailable after three polls, whatever the list says, and doesn't
    count as polled."""
    setting = await Setting().trusted()
    setting.truth[3] = NotFound(status=404)
    setting.rows[3] = Row(lies=True, lie=lie)
    while setting.assigned(3).failing_since is None:
        await setting.seconds(1)
    polled_at = setting.assigned(3).tracked.polled_at
    await setting.seconds(2 * INTERVAL + 3)
    assert [notification.kind for notification in setting.assigned(3).notifications] == ["out_of_sight"]
    assert setting.assigned(3).tracked.polled_at == polled_at
    assert setting.poller.is_bulk_polling


async def test_a_released_job_is_no_suspect(few: None) -> None:
    """A suspicion ends when another worker takes the job."""
    setting = await Setting().trusted()
    setting.poller._bulk._trust.suspects.add(999)
    await setting.rounds(2)
    assert setting.poller._bulk._trust.suspects == set()


# ── a list that is wrong───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_list_that_is_a_moment_behind_stays_trusted(few: None) -> None:
    """A list that is a few seconds late stays trusted, and every change is announced."""
    setting = await Setting().trusted()
    setting.lag = 8
    for number in range(30):
        setting.truth[number % 5] = (ERROR, UP)[number // 5 % 2]
        await setting.seconds(37)
        assert setting.poller.is_bulk_polling
    assert all(len(setting.announced(id)) == 6 for id in range(5))


async def test_a_stale_list_loses_trust_within_a_minute(few: None) -> None:
    """After a sample contradicts the list, the next round ends the trust, and all jobs are polled at once."""
    setting = await Setting().trusted()
    setting.lag = 10**6
    setting.truth |= dict.fromkeys(range(_COUNT), ERROR)
    await setting.rounds(2)
    await setting.seconds(INTERVAL / 2)
    assert not setting.poller.is_bulk_polling
    await setting.rounds(1)
    assert all(setting.announced(id) == [(UP, ERROR)] for id in range(_COUNT))


async def test_a_list_regains_trust_once_it_is_right(few: None) -> None:
    """A list that lost trust rests, and regains it by ten rounds in a row, twice as many as before."""
    setting = await Setting().trusted()
    setting.lag = 10**6
    setting.truth |= dict.fromkeys(range(_COUNT), ERROR)
    await setting.rounds(4)
    assert not setting.poller.is_bulk_polling
    setting.lag, before = 0, setting.lists
    while not setting.poller.is_bulk_polling:
        await setting.seconds(1)
        assert setting.clock.now < 1000 + 50 * INTERVAL
    assert 10 <= setting.lists - before <= 12


_FAULTS: dict[str, Callable[[Setting], None]] = {
    "refused": lambda setting: setattr(setting, "fault", NoList(status=403)),
    "out of order": lambda setting: setattr(setting, "fault", Unreachable(status=500)),
    "hanging": lambda setting: setattr(setting, "fault", asyncio.Event()),
    "incomplete": lambda setting: setattr(setting, "complete", False),
    "empty": lambda setting: setting.rows.clear(),
    "too many pages": lambda setting: setattr(setting, "pages", 500),
}


@pytest.mark.parametrize("fault", _FAULTS)
async def test_without_the_list_all_jobs_are_polled_singly(few: None, fault: str) -> None:
    """If the list fails, each job is polled within half an interval (if it hangs, within two intervals of the last
    list), and then every interval."""
    setting = await Setting().trusted()
    lists = setting.lists
    while setting.lists == lists:
        await setting.seconds(1)
    _FAULTS[fault](setting)
    setting.truth[3] = ERROR
    before = setting.clock.now
    await setting.seconds((1.5 if fault != "hanging" else 1.7) * INTERVAL + 2)
    assert not setting.poller.is_bulk_polling or fault == "hanging"
    assert all(polls[-1] > before for polls in setting.polls.values())
    assert setting.announced(3) == [(UP, ERROR)]
    before = setting.clock.now
    await setting.rounds(3)
    assert all(len([at for at in polls if at > before]) >= 3 for polls in setting.polls.values())
    await setting.close()


@pytest.mark.parametrize("fault", ["incomplete", "empty", "too many pages"])
async def test_a_useless_list_is_fetched_rarely(few: None, fault: str) -> None:
    """After three useless lists the next is fetched after twenty intervals, until one is of use."""
    setting = await Setting().trusted()
    rows = dict(setting.rows)
    _FAULTS[fault](setting)
    before = setting.lists
    await setting.rounds(22)
    assert setting.lists - before <= 4
    setting.rows, setting.complete, setting.pages = rows, True, 1
    await setting.rounds(22)
    assert setting.poller.is_bulk_polling


async def test_few_jobs_are_not_worth_a_list() -> None:
    """With fewer than a hundred jobs the list isn't fetched."""
    setting = Setting(99)
    await setting.rounds(3)
    assert setting.lists == 0
    assert all(len(polls) >= 2 for polls in setting.polls.values())


async def test_a_list_does_not_hide_an_outage(few: None) -> None:
    """If polls fail it is an outage, although the list comes all the while."""
    setting = await Setting().trusted()
    setting.truth |= dict.fromkeys(range(_COUNT), Unreachable(status=500))
    setting.rows |= {id: Row(lies=True, lie=UP) for id in range(_COUNT)}
    await setting.rounds(6)
    assert setting.poller._outages._health.is_out(setting.clock.now, INTERVAL, None)
    assert not setting.poller.is_bulk_polling


# ── whatever happens ────────────────────────────────────────────────────────────────────────────────────────────────


@given(
    st.integers(0, _COUNT - 1),
    st.sampled_from(_STATUSES[1:]),
    st.booleans(),
    _LIES,
    st.integers(0, 40),
    st.integers(0, 2**32),
)
def test_no_change_is_missed(id: int, status: Status, lies: bool, lie: Status | None, after: int, seed: int) -> None:
    """Whatever the list says about a job that changes, it is polled within 22 intervals, within one if its row
    differs or is missing, and announced once."""
    random.seed(seed)

    async def story() -> None:
        with small():
            setting = await Setting().trusted()
            await setting.seconds(after)
            setting.truth[id], setting.rows[id] = status, Row(lies, lie)
            changed, limit = setting.clock.now, INTERVAL + 2 if not lies or lie != UP else 22 * INTERVAL + 2
            while not setting.announced(id) and setting.clock.now < changed + limit:
                await setting.seconds(1)
            assert setting.announced(id) == [(UP, status)]
            await setting.rounds(3)
            assert setting.announced(id) == [(UP, status)]
            assert all(not setting.announced(other) for other in range(_COUNT) if other != id)

    asyncio.run(story())


@given(st.dictionaries(st.integers(0, _COUNT - 1), _LIES), st.sets(st.integers(0, _COUNT - 1)), st.integers(0, 2**32))
def test_nothing_is_announced_that_only_the_list_says(
    lies: dict[int, Status | None], gone: set[int], seed: int
) -> None:
    """Where nothing changed nothing is announced, whatever the list says, and a list of lies isn't trusted two rounds
    later."""
    random.seed(seed)

    async def story() -> None:
        with small():
            setting = await Setting().trusted()
            setting.rows |= {id: Row(True, lie) for id, lie in lies.items()} | {id: Row(True, None) for id in gone}
            await setting.rounds(3)
            assert not any(one.notifications for one in setting.assignment.all())
            lying = any(row.lies and row.lie not in (None, UP) for row in setting.rows.values())
            assert not (lying and setting.poller.is_bulk_polling)

    asyncio.run(story())
