"""Gathering: what comes and goes is told, in time, once, whatever the list and the database do."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_mock import MockerFixture
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.domain.destination import Destination
from bot.domain.job import Dataflow, Job, JobRef, Status, Target
from bot.domain.notification import JobAdded, JobRemoved
from bot.domain.pattern import Pattern
from bot.informatica.errors import JobsServiceError, NoList, NotFound, Unreachable
from bot.informatica.job_list import JobList
from bot.store import pattern_members
from bot.store.patterns import watches
from bot.store.sql.tables import PatternRow, Subscription, TrackedJobRow
from bot.watch import discovery
from bot.watch.discovery import Discovery
from tests.cast import ANN, DEPLOYING, ERROR, OPS, UP, WORKSPACE, job
from tests.watch.world import INTERVAL, Clock, World

DOWN = OperationalError("SELECT", {}, Exception("server closed the connection"))


@dataclass
class Gatherer:
    """The part under test, its clock, and a jobs service that answers as it is told. The list says `LATE` of each job:
    what is told is what the jobs resource says."""

    world: World
    clock: Clock = field(default_factory=Clock)
    names: dict[str, str] = field(default_factory=dict)
    seen: dict[str, Status | JobsServiceError] = field(default_factory=dict)
    list_fails: JobsServiceError | None = None
    complete: bool = True
    takes: float = 0.0
    asked: int = 0
    polls: list[str] = field(default_factory=list)
    polling: int = 0
    most: int = 0

    def __post_init__(self) -> None:
        self.made = Discovery(
            self.world.database,
            self.listing,
            self.poll,
            interval=INTERVAL,
            on_recorded=self.world._wake,
            clock=self.clock,
        )

    def there_are(self, *names: str) -> None:
        self.names |= {f"flow-{name}": name for name in names}

    async def listing(self) -> JobList:
        self.asked += 1
        self.clock.now += self.takes
        if self.list_fails is not None:
            raise self.list_fails
        rows = (Job(JobRef(flow, 7), Status.of("LATE"), name=name) for flow, name in self.names.items())
        at = datetime.now(UTC) + timedelta(seconds=self.clock.now)
        return JobList(tuple(rows), complete=self.complete, asked_at=at)

    async def poll(self, target: Target) -> Job:
        assert isinstance(target, Dataflow)
        self.polls.append(target.id)
        self.polling += 1
        self.most = max(self.most, self.polling)
        await asyncio.sleep(0)
        self.polling -= 1
        answer = self.seen.get(target.id, UP)
        if isinstance(answer, JobsServiceError):
            raise answer
        return job(answer, JobRef(target.id, 7), self.names.get(target.id, "?"))

    async def watch(self, glob: str | None = "orders*", destination: str = OPS) -> Pattern:
        """Somebody watches all that match now."""
        listing = await self.listing()
        flows = [one.ref.dataflow for one in listing.jobs if glob is None or one.title.startswith(glob.rstrip("*"))]
        async with self.world.database.writing() as session:
            _, made = await watches.watch(
                session,
                Destination(WORKSPACE, destination),
                glob,
                ANN,
                jobs=flows,
                status_filter=None,
                now=datetime.now(UTC),
            )
        return made

    async def round(self, times: int = 1) -> None:
        """An interval later."""
        for _ in range(times):
            self.clock.now += INTERVAL.total_seconds()
            async with self.world.database.writing() as session:  # as if so much time had passed
                await session.execute(update(PatternRow).values(discovered_at=None))
            await self.made.tick()
            await self.world.rest()

    async def told(self, destination: str = OPS) -> list[tuple[str, str, str]]:
        """What was told: the kind, the job's name, and its status."""
        notification = await self.world.notification(destination)
        return [
            (one.kind, one.title, one.status.words) for one in notification if isinstance(one, JobAdded | JobRemoved)
        ]

    async def failure(self) -> str | None:
        async with self.world.database.reading() as session:
            return (await session.scalars(select(PatternRow.failure))).one()

    async def assigned(self) -> list[tuple[str, str]]:
        async with self.world.database.reading() as session:
            rows = await session.execute(
                select(TrackedJobRow.title, TrackedJobRow.status)
                .join(Subscription, Subscription.watched_job_id == TrackedJobRow.id)
                .order_by(TrackedJobRow.title)
            )
            return [(title, status) for title, status in rows]


@pytest.fixture
async def gatherer(world: World) -> AsyncIterator[Gatherer]:
    made = Gatherer(world)
    yield made
    await made.made.drain()


async def test_what_is_there_is_watched_and_not_told(gatherer: Gatherer) -> None:
    """Each job of the baseline is looked at once, a few at the same time, and subscribed to as it is."""
    gatherer.there_are(*[f"orders-{number:03}" for number in range(150)], "clicks")
    await gatherer.watch()
    await gatherer.round(2)
    assert len(gatherer.polls) == 150
    assert gatherer.most <= 8
    assert [status for _, status in await gatherer.assigned()] == [UP.raw] * 150
    assert await gatherer.told() == []


async def test_what_comes_is_told_as_a_look_shows_it(gatherer: Gatherer) -> None:
    """In the first round that lists it; the list's own word, which may be late, is never told."""
    gatherer.there_are("orders")
    await gatherer.watch()
    await gatherer.round()
    gatherer.there_are("orders-eu", "clicks")
    gatherer.seen["flow-orders-eu"] = DEPLOYING
    await gatherer.round()
    assert await gatherer.told() == [("appeared", "orders-eu", "Deploying")]
    assert gatherer.world.woken == 1
    await gatherer.round(3)
    assert len(await gatherer.told()) == 1


async def test_what_came_but_cant_be_seen_is_told_when_it_can(gatherer: Gatherer) -> None:
    """A job without a status is no news yet, and stays new until it is told; the others don't wait for it."""
    gatherer.there_are("x")
    await gatherer.watch(None)
    await gatherer.round()
    gatherer.there_are("lost", "found")
    gatherer.seen["flow-lost"] = NotFound()
    await gatherer.round()
    assert [name for _, name, _ in await gatherer.told()] == ["found"]
    gatherer.seen["flow-lost"] = ERROR
    await gatherer.round()
    assert await gatherer.told() == [
        ("appeared", "found", "Up and Running"),
        ("appeared", "lost", "Running with Error"),
    ]


async def test_what_left_is_told_after_two_lists(gatherer: Gatherer) -> None:
    """One list without a job may be an accident; two in a row are its end, with what was seen of it last."""
    gatherer.there_are("orders", "orders-eu")
    await gatherer.watch()
    await gatherer.round()
    del gatherer.names["flow-orders-eu"]
    await gatherer.round()
    assert await gatherer.told() == []
    gatherer.there_are("orders-eu")
    await gatherer.round()
    del gatherer.names["flow-orders-eu"]
    await gatherer.round()
    assert await gatherer.told() == []
    await gatherer.round(3)
    assert await gatherer.told() == [("disappeared", "orders-eu", "Up and Running")]
    assert [title for title, _ in await gatherer.assigned()] == ["orders"]


_SAYS_NOTHING: dict[str, dict[str, Any]] = {
    "failed": {"list_fails": Unreachable()},
    "refused": {"list_fails": NoList()},
    "incomplete": {"complete": False},
    "empty": {"names": {}},
}


@pytest.mark.parametrize("oddity", _SAYS_NOTHING.values(), ids=_SAYS_NOTHING)
async def test_a_list_that_says_nothing_ends_nothing(gatherer: Gatherer, oddity: dict[str, Any]) -> None:
    """However often it comes: no job is gone, none is new; the pattern shows why, until it is over."""
    gatherer.there_are("orders", "orders-eu")
    await gatherer.watch()
    await gatherer.round()
    whole = dict(gatherer.names)
    gatherer.names = {"flow-orders-new": "orders-new"}
    before = {key: getattr(gatherer, key) for key in oddity} | {"names": whole | {"flow-orders-new": "orders-new"}}
    for key, value in oddity.items():
        setattr(gatherer, key, value)
    for _ in range(5):
        gatherer.clock.now += 700
        await gatherer.round()
    assert await gatherer.told() == []
    assert await gatherer.failure() is not None
    for key, value in before.items():
        setattr(gatherer, key, value)
    gatherer.clock.now += 700
    await gatherer.round()
    assert await gatherer.failure() is None
    assert [name for _, name, _ in await gatherer.told()] == ["orders-new"]


async def test_after_failures_it_asks_less_often(gatherer: Gatherer) -> None:
    """Twice as long each time, ten minutes at most; and says so once."""
    await gatherer.watch()
    gatherer.list_fails = Unreachable()
    before = gatherer.asked
    with capture_logs() as log_output:
        await gatherer.round(60)
    assert gatherer.asked - before in (7, 8)
    assert sum("can't look for new jobs" in line["event"] for line in log_output) == 1


async def test_a_slow_list_is_asked_for_less_often(gatherer: Gatherer) -> None:
    """At most a tenth of the time is spent listing; but nobody waits longer than a minute for that reason."""
    await gatherer.watch()
    for takes, period in ((0.1, 30), (5.0, 50), (100.0, 60)):
        gatherer.takes = takes
        await gatherer.round()
        assert gatherer.made.period.total_seconds() == period


async def test_it_survives_whatever_goes_wrong(gatherer: Gatherer, mocker: MockerFixture) -> None:
    """A database that fails, or a fault of its own, costs some rounds; then all is told."""
    gatherer.there_are("x")
    await gatherer.watch(None)
    await gatherer.round()
    gatherer.there_are("y")
    broken = mocker.patch.object(pattern_members, "take_in", side_effect=[DOWN, ZeroDivisionError(), DOWN])
    with capture_logs() as log_output:
        for _ in range(3):
            gatherer.clock.now += 700
            await gatherer.round()
    assert broken.call_count == 3
    mocker.stopall()
    gatherer.clock.now += 700
    await gatherer.round()
    assert [name for _, name, _ in await gatherer.told()] == ["y"]
    assert any(line["event"] == "gathering failed" for line in log_output)


async def test_where_nothing_can_be_seen_it_does_not_ask_for_all(gatherer: Gatherer) -> None:
    """An account that may list but not look costs a hundred looks in a round, not thousands; and the others are asked
    for the next time."""
    flows = [f"job-{number}" for number in range(400)]
    gatherer.there_are(*flows)
    gatherer.seen = {f"flow-{flow}": NotFound() for flow in flows}
    await gatherer.watch(None)
    await gatherer.round()
    assert len(gatherer.polls) == 100
    await gatherer.round(5)
    assert len(set(gatherer.polls)) > 250


async def test_a_pattern_takes_so_many_and_says_so(gatherer: Gatherer, mocker: MockerFixture) -> None:
    """Those beyond are left out, which the list shows."""
    mocker.patch.object(discovery, "MOST_JOBS", 3)
    gatherer.there_are("a", "b")
    await gatherer.watch(None)
    gatherer.there_are("c", "d")
    await gatherer.round()
    assert len(await gatherer.told()) == 1
    assert await gatherer.failure() == "it has 3 jobs, the most that I take; 1 are left out"


async def test_a_restart_repeats_nothing(gatherer: Gatherer) -> None:
    """What was told, and what lists lacked, is in the database: another process goes on where this one was."""
    gatherer.there_are("orders", "orders-eu")
    await gatherer.watch()
    await gatherer.round()
    gatherer.there_are("orders-us")
    del gatherer.names["flow-orders-eu"]
    await gatherer.round()
    other = Gatherer(gatherer.world, clock=gatherer.clock, names=gatherer.names)
    await other.round(2)
    await other.made.drain()
    assert [(kind, name) for kind, name, _ in await gatherer.told()] == [
        ("appeared", "orders-us"),
        ("disappeared", "orders-eu"),
    ]


async def test_two_workers_gather_once(gatherer: Gatherer) -> None:
    """A pattern that one has taken in hand is left alone by the other for an interval."""
    gatherer.there_are("x")
    await gatherer.watch(None)
    other = Gatherer(gatherer.world, clock=gatherer.clock, names=gatherer.names)
    await gatherer.round()
    await other.made.tick()
    await gatherer.world.rest()
    assert (gatherer.asked, other.asked) == (2, 0)
    await other.made.drain()
