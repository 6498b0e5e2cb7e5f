"""Polls of jobs that are followed from run to run."""

from dataclasses import dataclass, field, replace
from itertools import product

import pytest

from bot.domain.job import Job, JobRef, Status
from bot.domain.tracked_job import TrackedJob
from bot.informatica.errors import (
    JobsServiceError,
    LoginRefused,
    NotAllowed,
    NotFound,
    RateLimited,
    SuccessorUnknown,
    Unreachable,
)
from bot.watch.run_follower import RunFollower
from tests.cast import ENDED, NOON, ORDERS, UP, WARNING, WORKSPACE, job

SINGLE = TrackedJob(1, WORKSPACE, ORDERS, "orders", UP, status_since=NOON, polled_at=NOON)
FOLLOWED = replace(SINGLE, followed=True)
NEXT = JobRef(ORDERS.dataflow, ORDERS.run + 1)
STOPPED = Status.of("Stopped")


@dataclass
class Service:
    """A jobs service with a status or an error per run, and a current run of the dataflow."""

    runs: dict[JobRef, Status | JobsServiceError]
    now: JobRef | JobsServiceError = ORDERS
    asked: list[str] = field(default_factory=list)

    async def get_job(self, ref: JobRef) -> Job:
        answer = self.runs[ref]
        if isinstance(answer, JobsServiceError):
            raise answer
        return job(answer, ref)

    async def current_run(self, dataflow: str) -> JobRef:
        self.asked.append(dataflow)
        if isinstance(self.now, JobsServiceError):
            raise self.now
        return self.now

    async def polled(self, tracked: TrackedJob) -> Job:
        return await RunFollower(self.get_job, self.current_run).poll(tracked)


@pytest.mark.parametrize("ended", [ENDED, STOPPED, NotFound()])
async def test_a_redeployed_job_is_polled_at_its_new_run(ended: Status | JobsServiceError) -> None:
    """A poll of a followed job whose run ended returns its new run."""
    service = Service({ORDERS: ended, NEXT: WARNING}, now=NEXT)
    assert await service.polled(FOLLOWED) == job(WARNING, NEXT)
    assert service.asked == [ORDERS.dataflow]


async def test_a_live_run_costs_one_request() -> None:
    """While the run is alive, the current run isn't asked for."""
    service = Service({ORDERS: WARNING}, now=NEXT)
    assert await service.polled(FOLLOWED) == job(WARNING)
    assert service.asked == []


@pytest.mark.parametrize("now", [ORDERS, NotFound(), NotAllowed()])
async def test_an_end_without_a_new_run_is_the_end(now: JobRef | JobsServiceError) -> None:
    """Without another run, or if the service doesn't say, the poll returns the end."""
    assert await Service({ORDERS: ENDED}, now=now).polled(FOLLOWED) == job(ENDED)
    with pytest.raises(NotFound):
        await Service({ORDERS: NotFound()}, now=now).polled(FOLLOWED)


async def test_an_end_is_not_reported_while_it_may_be_a_redeployment() -> None:
    """If the current run can't be asked for, the poll fails: it may be a redeployment. Its error says that the jobs
    resource answered, so that a failing optional resource is no outage."""
    ended: tuple[Status | JobsServiceError, ...] = (ENDED, NotFound())
    for run, failure in product(ended, (Unreachable(), RateLimited(retry_after=300.0))):
        with pytest.raises(SuccessorUnknown):
            await Service({ORDERS: run}, now=failure).polled(FOLLOWED)
    with pytest.raises(LoginRefused):
        await Service({ORDERS: ENDED}, now=LoginRefused()).polled(FOLLOWED)


async def test_the_watch_of_a_single_run_is_not_followed() -> None:
    """A poll of a single run returns that run only."""
    service = Service({ORDERS: ENDED}, now=NEXT)
    assert await service.polled(SINGLE) == job(ENDED)
    assert service.asked == []
    with pytest.raises(NotFound):
        await Service({ORDERS: NotFound()}, now=NEXT).polled(SINGLE)
