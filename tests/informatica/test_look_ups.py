"""Looking up several jobs concurrently."""

import asyncio

from bot.domain.job import Dataflow, Job, JobRef, Status, Target
from bot.informatica.errors import NotFound
from bot.informatica.look_ups import look_up_all


class Service:
    """Has no job `lost`, and never answers for `slow`."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.most = 0

    async def look_up(self, target: Target) -> Job:
        assert isinstance(target, Dataflow)
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            await (asyncio.Event().wait() if target.id == "slow" else asyncio.sleep(0))
            if target.id == "lost":
                raise NotFound()
        finally:
            self.in_flight -= 1
        return Job(JobRef(target.id, 1), Status.of("Up and Running"))


async def test_concurrency_is_bounded() -> None:
    """All jobs are found, a few in flight at a time; one that doesn't exist is left out."""
    service = Service()
    flows = [f"flow-{number}" for number in range(30)]
    found = await look_up_all(service.look_up, [*flows, "lost"], at_once=4, limit=10)
    assert sorted(one.job.ref.dataflow for one in found) == sorted(flows)
    assert service.most == 4


async def test_slow_look_ups_are_left_out() -> None:
    """What was found within the time limit is returned, and nothing goes on in the background."""
    service = Service()
    found = await look_up_all(service.look_up, ["a", "slow", "b"], at_once=2, limit=0.5)
    assert [one.job.ref.dataflow for one in found] == ["a", "b"]
    assert service.in_flight == 0
