"""Watching by the list, with the injected clock: no database is there, so what is to be told waits with each job."""

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
from bot.domain.change import Change
from bot.domain.tracked_job import TrackedJob
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.job import JobRef, Status
from bot.informatica.errors import JobsServiceError, NoList, NotFound, Unreachable
from bot.informatica.job_list import JobList
from bot.store.database import Database
from bot.watch.assignment import AssignedJob
from bot.watch.bulk import policy
from bot.watch.poller import Poller
from tests.cast import DEPLOYING, ENDED, ERROR, UP, WARNING, WORKSPACE, job
from tests.watch.world import Clock

INTERVAL = 30.0
_STEP = 1.0
_COUNT = 20
_STATUSES = (UP, WARNING, ERROR, ENDED)
_LIES = st.sampled_from([None, *_STATUSES])


class _NoDatabase:
    def writing(self) -> AbstractAsyncContextManager[Any]:
        raise TimeoutError("there is none")


@dataclass
class Row:
    """What the list says of a job: the truth, or `lie` (None: it is missing) while it `lies`."""

    lies: bool = False
    lie: Status | None = None


class Sky:
    """A watcher of jobs whose true status is `truth`, and a list that says it, or not."""

    def __init__(self, count: int = _COUNT, pages: int = 1, followed: bool = False) -> None:
        self.clock = Clock()
        self.truth: dict[int, Status | JobsServiceError] = dict.fromkeys(range(count), UP)
        self.rows = {id: Row() for id in range(count)}
        self.lag = 0
        self.complete = True
        self.pages = pages
        self.fault: Exception | asyncio.Event | None = None
        self.looks: dict[int, list[float]] = defaultdict(list)
        self.lists = 0
        self._past: list[dict[int, Status | JobsServiceError]] = []
        self.poller = Poller(
            cast(Database, _NoDatabase()),
            self._look,
            worker="w",
            interval=timedelta(seconds=INTERVAL),
            look_limit=timedelta(seconds=15),
            concurrency=1000,
            on_recorded=lambda: None,
            clock=self.clock,
            fetch_list=self._fetch,
        )
        self.poller._called_at = math.inf
        self.assignment = self.poller._share
        long_ago = datetime.now(UTC) - timedelta(hours=2)
        for id in range(count):
            known = TrackedJob(id, WORKSPACE, _ref(id), f"job-{id}", UP, long_ago, long_ago, followed=followed)
            self.assignment.take(known, self.clock.now + random.random() * INTERVAL, self.clock.now)

    async def _look(self, known: TrackedJob) -> Any:
        self.looks[known.id].append(self.clock.now)
        status = self.truth[known.id]
        if isinstance(status, JobsServiceError):
            raise status
        return job(status, known.ref, name=f"job-{known.id}")

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

    async def trusted(self) -> "Sky":
        await self.rounds(7)
        assert self.poller.by_list
        return self

    def assigned(self, id: int) -> AssignedJob:
        return next(one for one in self.assignment.all() if one.known.id == id)

    def told(self, id: int) -> list[tuple[Status, Status]]:
        return [(news.old, news.new) for news in self.assigned(id).news if isinstance(news, Change)]

    def count(self, since: float) -> int:
        """The looks since a time."""
        return sum(at > since for looks in self.looks.values() for at in looks)

    async def close(self) -> None:
        await self.poller._lister.drain()


def _ref(id: int) -> JobRef:
    return JobRef(f"flow-{id}", 1000 + id)


@contextmanager
def small() -> Iterator[None]:
    """Also few jobs are watched by the list."""
    with patch.object(policy, "FEWEST", 1):
        yield


@pytest.fixture
def few() -> Iterator[None]:
    with small():
        yield


# ── while all is well ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_round_costs_a_twentieth() -> None:
    """Once the list has proven itself, a round costs it and a nineteenth of the looks; and each job is looked at within
    twenty intervals."""
    sky = await Sky(190).trusted()
    before, lists = sky.clock.now, sky.lists
    await sky.rounds(20)
    assert sky.count(before) <= 20 * 10 + 10
    assert sky.lists == lists + 20
    assert all(looks[-1] > before for looks in sky.looks.values())
    assert all(b - a <= 20 * INTERVAL for looks in sky.looks.values() for a, b in pairwise(looks))


async def test_a_job_that_the_list_shows_is_seen(few: None) -> None:
    """A job whose row is as it is known was seen when the list was asked for."""
    sky = await Sky().trusted()
    before = datetime.now(UTC)
    await sky.rounds(1)
    assert all(one.known.seen_at >= before for one in sky.assignment.all())


async def test_a_change_in_the_list_is_looked_up_at_once(few: None) -> None:
    """A job that the list shows changed is looked up when the list came, and told once, as the jobs resource says."""
    sky = await Sky().trusted()
    sky.truth[3] = ERROR
    sky.rows[3] = Row(lies=True, lie=WARNING)
    await sky.seconds(INTERVAL + 2)
    assert sky.told(3) == [(UP, ERROR)]
    sky.rows[3] = Row()
    await sky.rounds(3)
    assert sky.told(3) == [(UP, ERROR)]


async def test_a_new_run_in_the_list_is_looked_up_at_once(few: None) -> None:
    """A job that is followed and has a newer run in the list is looked up, though its old run shows no change."""
    sky = await Sky(followed=True).trusted()
    fetch = sky._fetch

    async def with_a_new_run() -> JobList:
        listing = await fetch()
        return JobList((*listing.jobs, job(DEPLOYING, JobRef("flow-3", 2000))), True, listing.asked_at)

    sky.poller._lister._fetch = with_a_new_run
    before = sky.clock.now
    await sky.seconds(3 * INTERVAL + 2)
    assert len([at for at in sky.looks[3] if at > before]) >= 3


@pytest.mark.parametrize("status", [DEPLOYING, WARNING, ERROR])
async def test_jobs_in_trouble_are_looked_at_in_each_round(few: None, status: Status) -> None:
    """A job that is deploying or in trouble is looked up as often as without the list."""
    sky = Sky()
    sky.truth[3] = status
    await sky.rounds(20)
    assert sky.poller.by_list
    before = sky.clock.now
    await sky.rounds(5)
    assert len([at for at in sky.looks[3] if at > before]) >= 5


async def test_a_job_that_the_list_lacks_is_looked_at_as_ever(few: None) -> None:
    """A watched job without a row is looked up each interval, at once when the row goes missing, and its change is
    told."""
    sky = await Sky().trusted()
    sky.rows[3] = Row(lies=True)
    before = sky.clock.now
    await sky.seconds(4 * INTERVAL + 2)
    assert len([at for at in sky.looks[3] if at > before]) >= 4
    sky.truth[3] = ERROR
    await sky.seconds(INTERVAL + 2)
    assert sky.told(3) == [(UP, ERROR)]
    assert sky.poller.by_list


@pytest.mark.parametrize("lie", [UP, ERROR, None])
async def test_a_job_that_cannot_be_seen_is_looked_at_as_ever(few: None, lie: Status | None) -> None:
    """A job of which the jobs resource says that there is none is out of sight after three looks, an interval apart,
    whatever the list says of it; and was not seen meanwhile."""
    sky = await Sky().trusted()
    sky.truth[3] = NotFound(status=404)
    sky.rows[3] = Row(lies=True, lie=lie)
    while sky.assigned(3).failing is None:
        await sky.seconds(1)
    seen_at = sky.assigned(3).known.seen_at
    await sky.seconds(2 * INTERVAL + 3)
    assert [news.kind for news in sky.assigned(3).news] == ["out_of_sight"]
    assert sky.assigned(3).known.seen_at == seen_at
    assert sky.poller.by_list


async def test_a_job_that_is_dropped_is_no_suspect(few: None) -> None:
    """What the list once said of a job that is somebody else's now is not held against it when the job comes back."""
    sky = await Sky().trusted()
    sky.poller._lister._trust.suspects.add(999)
    await sky.rounds(2)
    assert sky.poller._lister._trust.suspects == set()


# ── while it is not ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_list_that_is_a_moment_behind_is_believed(few: None) -> None:
    """A list that is a few seconds late is not accused, and every change is told."""
    sky = await Sky().trusted()
    sky.lag = 8
    for number in range(30):
        sky.truth[number % 5] = (ERROR, UP)[number // 5 % 2]
        await sky.seconds(37)
        assert sky.poller.by_list
    assert all(len(sky.told(id)) == 6 for id in range(5))


async def test_a_stale_list_is_found_out_within_a_minute(few: None) -> None:
    """Once a sample shows what the list does not, the next round ends the trust; then all is looked up at once."""
    sky = await Sky().trusted()
    sky.lag = 10**6
    sky.truth |= dict.fromkeys(range(_COUNT), ERROR)
    await sky.rounds(2)
    await sky.seconds(INTERVAL / 2)
    assert not sky.poller.by_list
    await sky.rounds(1)
    assert all(sky.told(id) == [(UP, ERROR)] for id in range(_COUNT))


async def test_it_is_believed_again_once_it_is_right(few: None) -> None:
    """A list that was caught rests, then proves itself by ten rounds in succession, twice as many as before."""
    sky = await Sky().trusted()
    sky.lag = 10**6
    sky.truth |= dict.fromkeys(range(_COUNT), ERROR)
    await sky.rounds(4)
    assert not sky.poller.by_list
    sky.lag, before = 0, sky.lists
    while not sky.poller.by_list:
        await sky.seconds(1)
        assert sky.clock.now < 1000 + 50 * INTERVAL
    assert 10 <= sky.lists - before <= 12


_FAULTS: dict[str, Callable[[Sky], None]] = {
    "refused": lambda sky: setattr(sky, "fault", NoList(status=403)),
    "out of order": lambda sky: setattr(sky, "fault", Unreachable(status=500)),
    "hanging": lambda sky: setattr(sky, "fault", asyncio.Event()),
    "not whole": lambda sky: setattr(sky, "complete", False),
    "empty": lambda sky: sky.rows.clear(),
    "too many pages": lambda sky: setattr(sky, "pages", 500),
}


@pytest.mark.parametrize("fault", _FAULTS)
async def test_without_the_list_all_is_looked_up_singly(few: None, fault: str) -> None:
    """When the list fails, each job is looked up within half an interval, where it hangs within two intervals of the
    last one; then each interval, and what changed is told."""
    sky = await Sky().trusted()
    lists = sky.lists
    while sky.lists == lists:
        await sky.seconds(1)
    _FAULTS[fault](sky)
    sky.truth[3] = ERROR
    before = sky.clock.now
    await sky.seconds((1.5 if fault != "hanging" else 1.7) * INTERVAL + 2)
    assert not sky.poller.by_list or fault == "hanging"
    assert all(looks[-1] > before for looks in sky.looks.values())
    assert sky.told(3) == [(UP, ERROR)]
    before = sky.clock.now
    await sky.rounds(3)
    assert all(len([at for at in looks if at > before]) >= 3 for looks in sky.looks.values())
    await sky.close()


@pytest.mark.parametrize("fault", ["not whole", "empty", "too many pages"])
async def test_a_list_that_is_no_good_is_asked_for_rarely(few: None, fault: str) -> None:
    """A list that is fetched in vain three times is fetched once in twenty intervals, until it is good."""
    sky = await Sky().trusted()
    rows = dict(sky.rows)
    _FAULTS[fault](sky)
    before = sky.lists
    await sky.rounds(22)
    assert sky.lists - before <= 4
    sky.rows, sky.complete, sky.pages = rows, True, 1
    await sky.rounds(22)
    assert sky.poller.by_list


async def test_few_jobs_are_not_worth_a_list() -> None:
    """Below a hundred jobs nobody asks for the list."""
    sky = Sky(99)
    await sky.rounds(3)
    assert sky.lists == 0
    assert all(len(looks) >= 2 for looks in sky.looks.values())


async def test_a_list_is_no_sign_of_health_while_looks_fail(few: None) -> None:
    """When the jobs resource can't be asked it is an outage, though the list comes all the while."""
    sky = await Sky().trusted()
    sky.truth |= dict.fromkeys(range(_COUNT), Unreachable(status=500))
    sky.rows |= {id: Row(lies=True, lie=UP) for id in range(_COUNT)}
    await sky.rounds(6)
    assert sky.poller._outage._health.is_out(sky.clock.now, INTERVAL, None)
    assert not sky.poller.by_list


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
    """Whatever the list says of a job that changes, or omits: it is looked up within twenty intervals, within one where
    its row differs or is missing; and only what the jobs resource said is told, once."""
    random.seed(seed)

    async def story() -> None:
        with small():
            sky = await Sky().trusted()
            await sky.seconds(after)
            sky.truth[id], sky.rows[id] = status, Row(lies, lie)
            changed, limit = sky.clock.now, INTERVAL + 2 if not lies or lie != UP else 20 * INTERVAL + 2
            while not sky.told(id) and sky.clock.now < changed + limit:
                await sky.seconds(1)
            assert sky.told(id) == [(UP, status)]
            await sky.rounds(3)
            assert sky.told(id) == [(UP, status)]
            assert all(not sky.told(other) for other in range(_COUNT) if other != id)

    asyncio.run(story())


@given(st.dictionaries(st.integers(0, _COUNT - 1), _LIES), st.sets(st.integers(0, _COUNT - 1)), st.integers(0, 2**32))
def test_nothing_is_told_that_only_the_list_says(lies: dict[int, Status | None], gone: set[int], seed: int) -> None:
    """Where nothing changed nothing is told, whatever the list says and lacks; and a list of lies is not believed
    two rounds later."""
    random.seed(seed)

    async def story() -> None:
        with small():
            sky = await Sky().trusted()
            sky.rows |= {id: Row(True, lie) for id, lie in lies.items()} | {id: Row(True, None) for id in gone}
            await sky.rounds(3)
            assert not any(one.news for one in sky.assignment.all())
            lying = any(row.lies and row.lie not in (None, UP) for row in sky.rows.values())
            assert not (lying and sky.poller.by_list)

    asyncio.run(story())
