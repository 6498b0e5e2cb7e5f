"""Discovery: added and removed jobs are announced once and in time, whatever the job list and the database do."""

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
from bot.domain.notification.jobs import JobAdded, JobRemoved
from bot.domain.pattern import Pattern
from bot.informatica.errors import JobsServiceError, NoList, NotFound, Unreachable
from bot.informatica.job_list import JobList
from bot.store.patterns import members, watches
from bot.store.sql.tables import PatternRow, SubscriptionRow, TrackedJobRow
from bot.watch import discovery as discovery_module
from bot.watch.discovery import Discovery
from tests.cast import ANN, DEPLOYING, ERROR, OPS, UP, WORKSPACE, job
from tests.watch.world import INTERVAL, Clock, World

DOWN = OperationalError("SELECT", {}, Exception("server closed the connection"))


@dataclass
class Organisation:
    """Discovery, its clock, and a jobs service with an answer per job. The job list says `LATE` of each job, which must
    never be announced."""

    world: World
    clock: Clock = field(default_factory=Clock)
    names: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, Status | JobsServiceError] = field(default_factory=dict)
    list_fails: JobsServiceError | None = None
    complete: bool = True
    fetch_takes: float = 0.0
    outage: str | None = None
    lists: int = 0
    look_ups: list[str] = field(default_factory=list)
    looking_up: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.discovery = Discovery(
            self.world.database,
            self.fetch_job_list,
            self.look_up,
            interval=INTERVAL,
            outage=lambda: self.outage,
            on_recorded=self.world._wake,
            clock=self.clock,
        )

    def there_are(self, *names: str) -> None:
        self.names |= {f"flow-{name}": name for name in names}

    async def fetch_job_list(self) -> JobList:
        self.lists += 1
        self.clock.now += self.fetch_takes
        if self.list_fails is not None:
            raise self.list_fails
        rows = (Job(JobRef(flow, 7), Status.of("LATE"), name=name) for flow, name in self.names.items())
        at = datetime.now(UTC) + timedelta(seconds=self.clock.now)
        return JobList(tuple(rows), complete=self.complete, asked_at=at)

    async def look_up(self, target: Target) -> Job:
        assert isinstance(target, Dataflow)
        self.look_ups.append(target.id)
        self.looking_up += 1
        self.most_at_once = max(self.most_at_once, self.looking_up)
        await asyncio.sleep(0)
        self.looking_up -= 1
        answer = self.statuses.get(target.id, UP)
        if isinstance(answer, JobsServiceError):
            raise answer
        return job(answer, JobRef(target.id, 7), self.names.get(target.id, "?"))

    async def watch(self, glob: str | None = "orders*", destination: str = OPS) -> Pattern:
        """Watch a pattern whose matching jobs are the present ones."""
        fetch_job_list = await self.fetch_job_list()
        flows = [
            one.ref.dataflow for one in fetch_job_list.jobs if glob is None or one.title.startswith(glob.rstrip("*"))
        ]
        async with self.world.database.writing() as session:
            _, pattern = await watches.watch(
                session,
                Destination(WORKSPACE, destination),
                glob,
                ANN,
                jobs=flows,
                status_filter=None,
                now=datetime.now(UTC),
            )
        return pattern

    async def round(self, times: int = 1) -> None:
        """Let an interval pass and discover."""
        for _ in range(times):
            self.clock.now += INTERVAL.total_seconds()
            async with self.world.database.writing() as session:  # as if so much time had passed
                await session.execute(update(PatternRow).values(discovered_at=None))
            await self.discovery.tick()
            await self.world.rest()

    async def announced(self, destination: str = OPS) -> list[tuple[str, str, str]]:
        """What was announced: the kind, the job's name, and its status."""
        notification = await self.world.notifications(destination)
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
                .join(SubscriptionRow, SubscriptionRow.watched_job_id == TrackedJobRow.id)
                .order_by(TrackedJobRow.title)
            )
            return [(title, status) for title, status in rows]


@pytest.fixture
async def organisation(world: World) -> AsyncIterator[Organisation]:
    made = Organisation(world)
    yield made
    await made.discovery.drain()


async def test_the_baseline_is_watched_and_not_announced(organisation: Organisation) -> None:
    """Each job of the baseline is looked up once, a few at a time, and watched from its present status on."""
    organisation.there_are(*[f"orders-{number:03}" for number in range(150)], "clicks")
    await organisation.watch()
    await organisation.round(2)
    assert len(organisation.look_ups) == 150
    assert organisation.most_at_once <= 8
    assert [status for _, status in await organisation.assigned()] == [UP.raw] * 150
    assert await organisation.announced() == []


async def test_an_added_job_is_announced_as_looked_up(organisation: Organisation) -> None:
    """An added job is announced in the first round that lists it, with its looked-up status."""
    organisation.there_are("orders")
    await organisation.watch()
    await organisation.round()
    organisation.there_are("orders-eu", "clicks")
    organisation.statuses["flow-orders-eu"] = DEPLOYING
    await organisation.round()
    assert await organisation.announced() == [("appeared", "orders-eu", "Deploying")]
    assert organisation.world.woken == 1
    await organisation.round(3)
    assert len(await organisation.announced()) == 1


async def test_an_added_job_that_cannot_be_looked_up_is_announced_later(organisation: Organisation) -> None:
    """An added job that can't be looked up is announced once it can; the others don't wait for it."""
    organisation.there_are("x")
    await organisation.watch(None)
    await organisation.round()
    organisation.there_are("lost", "found")
    organisation.statuses["flow-lost"] = NotFound()
    await organisation.round()
    assert [name for _, name, _ in await organisation.announced()] == ["found"]
    organisation.statuses["flow-lost"] = ERROR
    await organisation.round()
    assert await organisation.announced() == [
        ("appeared", "found", "Up and Running"),
        ("appeared", "lost", "Running with Error"),
    ]


async def test_a_removed_job_is_announced_after_two_lists(organisation: Organisation) -> None:
    """A job is removed once two complete lists in a row lack it, and announced with its last status."""
    organisation.there_are("orders", "orders-eu")
    await organisation.watch()
    await organisation.round()
    del organisation.names["flow-orders-eu"]
    await organisation.round()
    assert await organisation.announced() == []
    organisation.there_are("orders-eu")
    await organisation.round()
    del organisation.names["flow-orders-eu"]
    await organisation.round()
    assert await organisation.announced() == []
    await organisation.round(3)
    assert await organisation.announced() == [("disappeared", "orders-eu", "Up and Running")]
    assert [title for title, _ in await organisation.assigned()] == ["orders"]


_SAYS_NOTHING: dict[str, dict[str, Any]] = {
    "failed": {"list_fails": Unreachable()},
    "refused": {"list_fails": NoList()},
    "incomplete": {"complete": False},
    "empty": {"names": {}},
}


@pytest.mark.parametrize("oddity", _SAYS_NOTHING.values(), ids=_SAYS_NOTHING)
async def test_an_incomplete_list_removes_nothing(organisation: Organisation, oddity: dict[str, Any]) -> None:
    """An incomplete or empty list neither adds nor removes jobs, and the pattern shows why until it is over."""
    organisation.there_are("orders", "orders-eu")
    await organisation.watch()
    await organisation.round()
    whole = dict(organisation.names)
    organisation.names = {"flow-orders-new": "orders-new"}
    before = {key: getattr(organisation, key) for key in oddity} | {"names": whole | {"flow-orders-new": "orders-new"}}
    for key, value in oddity.items():
        setattr(organisation, key, value)
    for _ in range(5):
        organisation.clock.now += 700
        await organisation.round()
    assert await organisation.announced() == []
    assert await organisation.failure() is not None
    for key, value in before.items():
        setattr(organisation, key, value)
    organisation.clock.now += 700
    await organisation.round()
    assert await organisation.failure() is None
    assert [name for _, name, _ in await organisation.announced()] == ["orders-new"]


async def test_one_list_serves_all_patterns_of_a_round(organisation: Organisation) -> None:
    """However many patterns are watched, a round asks for one list, unless it lasts until that is old."""
    organisation.there_are("orders", "clicks")
    for number in range(20):
        await organisation.watch(f"{number}*")
    before = organisation.lists
    await organisation.round()
    assert organisation.lists == before + 1
    organisation.there_are("7 orders", "8 clicks")
    await organisation.round()
    assert organisation.lists == before + 2
    assert len(await organisation.announced()) == 2
    organisation.fetch_takes = 10 * INTERVAL.total_seconds()
    await organisation.round()
    assert organisation.lists == before + 3


async def test_failures_in_a_row_back_off(organisation: Organisation) -> None:
    """After each failure in a row the next round waits twice as long, ten minutes at most, with one log line."""
    await organisation.watch()
    organisation.list_fails = Unreachable()
    before = organisation.lists
    with capture_logs() as log_output:
        await organisation.round(60)
    assert organisation.lists - before in (7, 8)
    assert sum("can't discover new jobs" in line["event"] for line in log_output) == 1


async def test_after_an_outage_the_list_is_asked_for_at_once(organisation: Organisation) -> None:
    """While the service is out it isn't asked, and however long it was, what is gone by then is noticed with the first
    list after it."""
    organisation.there_are("orders", "orders-eu")
    await organisation.watch()
    await organisation.round()
    organisation.list_fails = Unreachable()
    await organisation.round(3)
    organisation.outage, before = "it is out", organisation.lists
    await organisation.round(60)
    assert organisation.lists == before
    organisation.list_fails = organisation.outage = None
    del organisation.names["flow-orders-eu"]
    await organisation.round(2)
    assert await organisation.announced() == [("disappeared", "orders-eu", "Up and Running")]


async def test_a_slow_list_is_fetched_less_often(organisation: Organisation) -> None:
    """Fetching the list takes at most a tenth of the time, but new jobs don't wait longer than a minute for that."""
    await organisation.watch()
    for fetch_takes, period in ((0.1, 30), (5.0, 50), (100.0, 60)):
        organisation.fetch_takes = fetch_takes
        await organisation.round()
        assert organisation.discovery.period.total_seconds() == period


async def test_discovery_survives_every_failure(organisation: Organisation, mocker: MockerFixture) -> None:
    """A database fault, or a fault of the bot's own, costs some rounds; then everything is announced."""
    organisation.there_are("x")
    await organisation.watch(None)
    await organisation.round()
    organisation.there_are("y")
    broken = mocker.patch.object(members, "add", side_effect=[DOWN, ZeroDivisionError(), DOWN])
    with capture_logs() as log_output:
        for _ in range(3):
            organisation.clock.now += 700
            await organisation.round()
    assert broken.call_count == 3
    mocker.stopall()
    organisation.clock.now += 700
    await organisation.round()
    assert [name for _, name, _ in await organisation.announced()] == ["y"]
    assert any(line["event"] == "discovery failed" for line in log_output)


async def test_a_batch_without_a_result_ends_the_round(organisation: Organisation) -> None:
    """An account that may list but not look up jobs costs a hundred look-ups a round, and other jobs come next time."""
    flows = [f"job-{number}" for number in range(400)]
    organisation.there_are(*flows)
    organisation.statuses = {f"flow-{flow}": NotFound() for flow in flows}
    await organisation.watch(None)
    await organisation.round()
    assert len(organisation.look_ups) == 100
    await organisation.round(5)
    assert len(set(organisation.look_ups)) > 250


async def test_a_pattern_has_a_limit_and_shows_it(organisation: Organisation, mocker: MockerFixture) -> None:
    """Jobs beyond the limit are left out, and the pattern shows it."""
    mocker.patch.object(discovery_module, "MAX_JOBS", 3)
    organisation.there_are("a", "b")
    await organisation.watch(None)
    organisation.there_are("c", "d")
    await organisation.round()
    assert len(await organisation.announced()) == 1
    assert await organisation.failure() == "the limit of 3 jobs is reached; left out: 1"


async def test_a_restart_repeats_nothing(organisation: Organisation) -> None:
    """Another process continues from the database: nothing is announced twice or forgotten."""
    organisation.there_are("orders", "orders-eu")
    await organisation.watch()
    await organisation.round()
    organisation.there_are("orders-us")
    del organisation.names["flow-orders-eu"]
    await organisation.round()
    other = Organisation(organisation.world, clock=organisation.clock, names=organisation.names)
    await other.round(2)
    await other.discovery.drain()
    assert [(kind, name) for kind, name, _ in await organisation.announced()] == [
        ("appeared", "orders-us"),
        ("disappeared", "orders-eu"),
    ]


async def test_two_workers_discover_once(organisation: Organisation) -> None:
    """A pattern that one worker claimed is left alone by the other for an interval."""
    organisation.there_are("x")
    await organisation.watch(None)
    other = Organisation(organisation.world, clock=organisation.clock, names=organisation.names)
    await organisation.round()
    await other.discovery.tick()
    await organisation.world.rest()
    assert (organisation.lists, other.lists) == (2, 0)
    await other.discovery.drain()
