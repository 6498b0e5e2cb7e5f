"""Several pollers share the jobs fairly, and take over from one that is gone."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.job import JobRef
from bot.store import workers
from bot.store.database import DatabaseFault
from bot.watch import leases
from bot.watch.poller import Poller
from tests.cast import ERROR
from tests.store.steps import statements
from tests.watch.world import Service, World, runs


class Crew:
    """Pollers in one world, each with its own jobs service, so that a test knows who polled what."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.crew: dict[str, tuple[Poller, Service]] = {}

    async def join(self, name: str) -> None:
        service = Service()
        self.crew[name] = self.world.poller(name, service=service), service
        await self.seconds(3)

    async def seconds(self, count: int, *only: str) -> None:
        await self.world.seconds(count, *[self.crew[name][0] for name in only or self.crew])

    async def leave(self, name: str) -> None:
        """End a poller in good order."""
        poller, _ = self.crew.pop(name)
        await poller.drain()
        async with self.world.database.writing() as session:
            await workers.deregister(session, name)

    async def lose(self, name: str) -> None:
        """End a poller without a word, an hour ago."""
        self.crew.pop(name)
        await self.world.make_silent(name)

    async def polled(self) -> dict[str, Sequence[JobRef]]:
        """What each poller polls within an interval."""
        for _, service in self.crew.values():
            service.polled.clear()
        for _ in range(10):
            await self.world.tick(*[poller for poller, _ in self.crew.values()], after=3.0)
        return {name: sorted(service.polled) for name, (_, service) in self.crew.items()}


@pytest.fixture
async def crew(either_world: World) -> Crew:
    for ref in runs(7):
        await either_world.subscribe(ref)
    return Crew(either_world)


def shares(polled: dict[str, Sequence[JobRef]]) -> list[int]:
    """How many jobs each poller polls in an interval; asserts that every job is polled by exactly one, once."""
    assert sorted(ref for refs in polled.values() for ref in refs) == runs(7)
    return sorted(len(refs) for refs in polled.values())


async def test_many_jobs_are_claimed_a_few_at_a_time(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that begins takes all there is in short transactions, between which others can write."""
    monkeypatch.setattr(leases, "_CLAIMED", 1)
    with statements("UPDATE watched_jobs SET leased_by") as sent:
        await crew.join("a")
    assert len(sent) == 7
    assert shares(await crew.polled()) == [7]
    with statements("UPDATE watched_jobs SET leased_by") as sent:
        await crew.seconds(3)
    assert sent == []


async def test_two_workers_share_fairly(crew: Crew) -> None:
    """Each of two workers polls half of the jobs, and no job is polled by both."""
    await crew.join("a")
    await crew.join("b")
    assert shares(await crew.polled()) == [3, 4]


async def test_a_worker_that_joins_gets_its_share(crew: Crew) -> None:
    """The others release a fair share to a third worker."""
    for name in "abc":
        await crew.join(name)
    await crew.seconds(3)
    assert shares(await crew.polled()) == [1, 3, 3]


async def test_jobs_of_a_drained_worker_are_taken_over(crew: Crew) -> None:
    """After a worker ended in good order, the other one polls all jobs at once."""
    await crew.join("a")
    await crew.join("b")
    await crew.leave("a")
    await crew.seconds(1)
    assert shares(await crew.polled()) == [7]


async def test_jobs_of_a_dead_worker_are_taken_over(crew: Crew) -> None:
    """A worker without a heartbeat for longer than a lease is dead: the other one polls all jobs."""
    await crew.join("a")
    await crew.join("b")
    await crew.seconds(3)
    await crew.lose("a")
    await crew.seconds(1)
    assert shares(await crew.polled()) == [7]


async def test_a_worker_that_was_cut_off_reaps_nobody(crew: Crew) -> None:
    """A worker that couldn't send heartbeats itself gives the others as long as a lease for theirs."""
    await crew.join("a")
    await crew.join("b")
    await crew.lose("a")
    crew.world.clock.now += 60
    await crew.seconds(5)
    assert len([row for row in await crew.world.rows() if row.leased_by == "a"]) == 4
    await crew.seconds(2)
    assert {row.leased_by for row in await crew.world.rows()} == {"b"}


async def test_a_reaped_worker_starts_anew(crew: Crew) -> None:
    """The polls of a reaped worker don't count, so a change is recorded once; then it gets its share again."""
    await crew.join("a")
    await crew.join("b")
    await crew.seconds(3)
    await crew.world.make_silent("a")
    await crew.seconds(1, "b")
    assert {row.leased_by for row in await crew.world.rows()} == {"b"}
    for _, service in crew.crew.values():
        service.usual = ERROR
    crew.world.clock.now += 30
    await crew.seconds(30, "b")
    assert len(await crew.world.changes()) == 7
    await crew.seconds(1, "a", "b")
    assert sorted({id for id, *_ in await crew.world.changes()}) == [row.id for row in await crew.world.rows()]
    assert len(await crew.world.changes()) == 7
    await crew.seconds(3)
    holders = [row.leased_by for row in await crew.world.rows()]
    assert sorted(holders.count(name) for name in "ab") == [3, 4]


async def test_a_worker_finds_jobs_whose_claim_was_lost(crew: Crew) -> None:
    """Jobs leased to a worker that doesn't know it, since the answer to its claim was lost, are polled."""
    async with crew.world.database.writing() as session:
        for row in await crew.world.rows():
            row.leased_by = "a"
            await session.merge(row)
    await crew.join("a")
    assert shares(await crew.polled()) == [7]


async def test_leases_are_compared_part_by_part(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are many leases, a heartbeat reads some of them: a job that nobody watches any more leaves once its
    turn comes, whether its worker is alone or not."""
    monkeypatch.setattr(leases, "_COMPARED", 2)
    monkeypatch.setattr(leases, "_COUNTED_FOR_S", 1.0)
    await crew.join("a")
    for run, joining, left in ((7, None, 6), (1, "b", 5), (3, None, 4)):
        await crew.world.unsubscribe(runs(run)[-1])
        await crew.seconds(4)
        assert sum(poller.assigned for poller, _ in crew.crew.values()) == left
        if joining:
            await crew.join(joining)
    polled = await crew.polled()
    assert sorted(ref.run for refs in polled.values() for ref in refs) == [2, 4, 5, 6]


async def test_after_a_fault_all_leases_are_compared(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a worker can't know whether its last heartbeat was committed, it reads all of its leases at the next one."""
    monkeypatch.setattr(leases, "_COMPARED", 1)
    await crew.join("a")
    poller, _ = crew.crew["a"]
    await crew.world.subscribe(JobRef("another", 1))
    writing = crew.world.database.writing

    @asynccontextmanager
    async def without_answer() -> AsyncIterator[AsyncSession]:
        async with writing() as session:
            yield session
        raise DatabaseFault("OperationalError", "the answer to the commit is lost")

    with monkeypatch.context() as patch:
        patch.setattr(crew.world.database, "writing", without_answer)
        await crew.seconds(1)
    assert poller.assigned == 7
    await crew.seconds(1)
    assert poller.assigned == 8
