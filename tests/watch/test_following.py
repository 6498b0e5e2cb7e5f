"""A look at a job that is followed from run to run."""

from dataclasses import dataclass, field, replace

import pytest

from bot.domain.job import Job, JobRef, Status
from bot.domain.tracked_job import TrackedJob
from bot.informatica.errors import JobsServiceError, NotAllowed, NotFound, Unreachable
from bot.watch.run_follower import RunFollower
from tests.cast import ENDED, NOON, ORDERS, UP, WARNING, WORKSPACE, job

PINNED = TrackedJob(1, WORKSPACE, ORDERS, "orders", UP, status_since=NOON, polled_at=NOON)
FOLLOWED = replace(PINNED, followed=True)
NEXT = JobRef(ORDERS.dataflow, ORDERS.run + 1)
STOPPED = Status.of("Stopped")


@dataclass
class Service:
    """Knows how each run is (or why not), and which run the dataflow has."""

    runs: dict[JobRef, Status | JobsServiceError]
    now: JobRef | JobsServiceError = ORDERS
    asked: list[str] = field(default_factory=list)

    async def poll(self, ref: JobRef) -> Job:
        answer = self.runs[ref]
        if isinstance(answer, JobsServiceError):
            raise answer
        return job(answer, ref)

    async def current_run(self, dataflow: str) -> JobRef:
        self.asked.append(dataflow)
        if isinstance(self.now, JobsServiceError):
            raise self.now
        return self.now

    async def seen(self, tracked: TrackedJob) -> Job:
        return await RunFollower(self.poll, self.current_run).poll(tracked)


@pytest.mark.parametrize("over", [ENDED, STOPPED, NotFound()])
async def test_a_run_that_is_over_has_a_successor(over: Status | JobsServiceError) -> None:
    """What is seen of a redeployed job is its new run."""
    service = Service({ORDERS: over, NEXT: WARNING}, now=NEXT)
    assert await service.seen(FOLLOWED) == job(WARNING, NEXT)
    assert service.asked == [ORDERS.dataflow]


async def test_a_live_run_costs_one_request() -> None:
    """As long as the run lives nobody asks which one it is."""
    service = Service({ORDERS: WARNING}, now=NEXT)
    assert await service.seen(FOLLOWED) == job(WARNING)
    assert service.asked == []


@pytest.mark.parametrize("now", [ORDERS, NotFound(), NotAllowed()])
async def test_an_end_without_a_successor(now: JobRef | JobsServiceError) -> None:
    """Where there is no other run, or nobody says which, the end is what is seen."""
    assert await Service({ORDERS: ENDED}, now=now).seen(FOLLOWED) == job(ENDED)
    with pytest.raises(NotFound):
        await Service({ORDERS: NotFound()}, now=now).seen(FOLLOWED)


async def test_an_end_waits_until_it_is_known_to_be_one() -> None:
    """While the service can't say which run it is, nothing is seen: it may be a redeployment."""
    with pytest.raises(Unreachable):
        await Service({ORDERS: ENDED}, now=Unreachable()).seen(FOLLOWED)


async def test_one_run_is_not_followed() -> None:
    """A watch of one run sees that run alone."""
    service = Service({ORDERS: ENDED}, now=NEXT)
    assert await service.seen(PINNED) == job(ENDED)
    assert service.asked == []
    with pytest.raises(NotFound):
        await Service({ORDERS: NotFound()}, now=NEXT).seen(PINNED)
