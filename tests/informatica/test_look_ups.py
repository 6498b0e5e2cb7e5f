import asyncio
import time

from bot.domain.job import Dataflow, Job, JobRef, Status, Target
from bot.informatica.errors import NotFound
from bot.informatica.look_ups import look_up_all


class Service:
    """A job that is called `lost` is not there, one that is called `slow` never answers."""

    def __init__(self) -> None:
        self.under_way = 0
        self.most = 0

    async def look_up(self, target: Target) -> Job:
        assert isinstance(target, Dataflow)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(3600 if target.id == "slow" else 0.001)
            if target.id == "lost":
                raise NotFound()
        finally:
            self.under_way -= 1
        return Job(JobRef(target.id, 1), Status.of("Up and Running"))


async def test_so_many_looks_at_once_and_no_more() -> None:
    """All jobs are seen, a few under way at the same time; one that is not there is left out."""
    service = Service()
    flows = [f"flow-{number}" for number in range(30)]
    seen = await look_up_all(service.look_up, [*flows, "lost"], at_once=4, limit=10)
    assert sorted(one.job.ref.dataflow for one in seen) == sorted(flows)
    assert service.most == 4


async def test_what_takes_too_long_is_left_out() -> None:
    """What was seen within the time is there; nothing goes on behind anybody's back."""
    service = Service()
    began = time.monotonic()
    seen = await look_up_all(service.look_up, ["a", "slow", "b"], at_once=2, limit=0.2)
    assert [one.job.ref.dataflow for one in seen] == ["a", "b"]
    assert time.monotonic() - began < 3
    assert service.under_way == 0
