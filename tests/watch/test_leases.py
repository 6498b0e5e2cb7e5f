"""Several watchers share the jobs fairly, and take over from one that is gone."""

from collections.abc import Sequence

import pytest

from bot.domain.job import JobRef
from bot.store import workers
from bot.watch.poller import Poller
from tests.cast import ERROR
from tests.watch.world import Service, World, runs


class Crew:
    """Watchers in one world, each with a jobs service of its own, so that a test sees who asked it what."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.crew: dict[str, tuple[Poller, Service]] = {}

    async def join(self, name: str) -> None:
        service = Service()
        self.crew[name] = self.world.poller(name, service=service), service
        await self.seconds(3)

    async def seconds(self, count: int, *only: str) -> None:
        await self.world.seconds(count, *[self.crew[name][0] for name in only or self.crew])

    async def drop(self, name: str) -> None:
        """It ends in good order."""
        poller, _ = self.crew.pop(name)
        await poller.drain()
        async with self.world.database.writing() as session:
            await workers.leave(session, name)

    async def lose(self, name: str) -> None:
        """It ends without a word, an hour ago."""
        self.crew.pop(name)
        await self.world.silent_since_an_hour(name)

    async def asked(self) -> dict[str, Sequence[JobRef]]:
        """What each is asked within an interval."""
        for _, service in self.crew.values():
            service.asked.clear()
        for _ in range(10):
            await self.world.tick(*[poller for poller, _ in self.crew.values()], after=3.0)
        return {name: sorted(service.asked) for name, (_, service) in self.crew.items()}


@pytest.fixture
async def crew(either_world: World) -> Crew:
    for ref in runs(7):
        await either_world.subscribe(ref)
    return Crew(either_world)


def shares(asked: dict[str, Sequence[JobRef]]) -> list[int]:
    """How many jobs each looks at; every job is looked at by exactly one, once."""
    assert sorted(ref for refs in asked.values() for ref in refs) == runs(7)
    return sorted(len(refs) for refs in asked.values())


async def test_two_share_fairly(crew: Crew) -> None:
    """Each looks at its half, and no job is looked at by both."""
    await crew.join("a")
    await crew.join("b")
    assert shares(await crew.asked()) == [3, 4]


async def test_one_that_joins_gets_its_share(crew: Crew) -> None:
    """A third one is given its part by the others."""
    for name in "abc":
        await crew.join(name)
    await crew.seconds(3)
    assert shares(await crew.asked()) == [1, 3, 3]


async def test_what_one_left_is_taken_over(crew: Crew) -> None:
    """After one ended in good order the other looks at all of it at once."""
    await crew.join("a")
    await crew.join("b")
    await crew.drop("a")
    await crew.seconds(1)
    assert shares(await crew.asked()) == [7]


async def test_what_a_dead_one_held_is_taken_over(crew: Crew) -> None:
    """One that has given no sign of life for as long as a lease is dead: the other looks at all of it."""
    await crew.join("a")
    await crew.join("b")
    await crew.seconds(3)
    await crew.lose("a")
    await crew.seconds(1)
    assert shares(await crew.asked()) == [7]


async def test_one_that_was_cut_off_buries_nobody(crew: Crew) -> None:
    """One that could not give a sign of life itself lets the others have as long as a lease for theirs: it may have
    been the database."""
    await crew.join("a")
    await crew.join("b")
    await crew.lose("a")
    crew.world.clock.now += 60
    await crew.seconds(5)
    assert len([row for row in await crew.world.rows() if row.leased_by == "a"]) == 4
    await crew.seconds(2)
    assert {row.leased_by for row in await crew.world.rows()} == {"b"}


async def test_one_that_was_buried_begins_anew(crew: Crew) -> None:
    """What it still believes to hold counts for nothing: of a change that both see only one is recorded; then it gets
    its share again."""
    await crew.join("a")
    await crew.join("b")
    await crew.seconds(3)
    await crew.world.silent_since_an_hour("a")
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


async def test_whoever_lost_its_answer_finds_its_jobs(crew: Crew) -> None:
    """Jobs that stand on lease to a watcher that does not know of it are looked at by it all the same."""
    async with crew.world.database.writing() as session:
        for row in await crew.world.rows():
            row.leased_by = "a"
            await session.merge(row)
    await crew.join("a")
    assert shares(await crew.asked()) == [7]
