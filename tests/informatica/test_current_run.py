"""A dataflow's current run: from its status, its history, or the job list."""

import pytest

from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn, Resource
from bot.domain.job import JobRef
from bot.informatica.errors import LoginRefused, NotAllowed, NotFound, Unreachable
from tests.informatica.conftest import Clock, Connect

FLOW = "some-dataflow"
FAULTS = [
    Fault.FORBIDDEN,
    Fault.NOT_FOUND,
    Fault.BAD_REQUEST,
    Fault.METHOD,
    Fault.SERVER_ERROR,
    Fault.NOT_IMPLEMENTED,
    Fault.HTML,
    Fault.TRUNCATED_JSON,
    Fault.ERROR_UNDER_200,
    Fault.LIST,
    Fault.HUGE,
    Fault.DROP,
    Fault.UNAUTHORISED_ALWAYS,
]


@pytest.fixture
def standin() -> JobsServiceStandIn:
    standin = JobsServiceStandIn()
    standin.add("orders", FLOW, 500, startTime="2026-03-01T10:00:00.000+0000")
    standin.add("orders", FLOW, 400, "Undeployed", startTime="2026-02-01T10:00:00.000+0000")
    return standin


def asked(standin: JobsServiceStandIn) -> list[str]:
    """The resources that were requested after the login."""
    names = {"status": "status", "history": "history", "v1": "list"}
    return [names[seen.path.split("/")[-3 if "dataflows" in seen.path else -2]] for seen in standin.requests[1:]]


async def test_the_status_is_enough(standin: JobsServiceStandIn, connect: Connect) -> None:
    """If the status names the run, nothing else is requested; after a redeployment it names the new one."""
    async with connect() as service:
        assert await service.current_run(FLOW) == JobRef(FLOW, 500)
        new = standin.redeploy(FLOW, 500)
        assert await service.current_run(FLOW) == JobRef(FLOW, new)
    assert asked(standin) == ["status", "status"]


async def test_a_status_without_a_run(standin: JobsServiceStandIn, connect: Connect) -> None:
    """If the status names no run, it is the newest in the history, in any order and spelling."""
    new = standin.redeploy(FLOW, 500)
    standin.dataflows.status_names_run = False
    async with connect() as service:
        for order, spelling, while_up in [
            ("newest first", "runId", None),
            ("oldest first", "runId", 0),
            ("newest first", "runID", "absent"),
            ("oldest first", "runID", None),
        ]:
            standin.dataflows.__dict__.update(history_order=order, run_spelling=spelling, while_up=while_up)
            assert await service.current_run(FLOW) == JobRef(FLOW, new), (order, spelling, while_up)
    assert asked(standin) == ["status", "history"] * 4


async def test_a_resource_that_fails_is_replaced_by_the_next(
    standin: JobsServiceStandIn, connect: Connect, clock: Clock
) -> None:
    """Whatever keeps the status from answering, the history is requested; whatever keeps both, the job list."""
    async with connect() as service:
        for fault in FAULTS:
            for resource in (Resource.STATUS, Resource.HISTORY):
                standin.fail(fault, resource=resource)
                assert await service.current_run(FLOW) == JobRef(FLOW, 500), (fault, resource)
            standin.heal()
            clock.now += 100
    async with connect(request_timeout=0.5) as service:
        standin.fail(Fault.HANG, resource=Resource.STATUS)
        assert await service.current_run(FLOW) == JobRef(FLOW, 500)


async def test_a_run_that_nothing_knows(standin: JobsServiceStandIn, connect: Connect) -> None:
    """A dataflow that no resource knows is not found."""
    async with connect() as service:
        with pytest.raises(NotFound):
            await service.current_run("no-such")
    assert asked(standin) == ["status", "history", "list"]


async def test_only_the_jobs_resource_exists(standin: JobsServiceStandIn, connect: Connect) -> None:
    """An account that has nothing else finds no run, and the job list is not requested again and again."""
    standin.only_jobs_resource = True
    async with connect() as service:
        for _ in range(3):
            with pytest.raises(NotFound):
                await service.current_run(FLOW)
        assert (await service.job(JobRef(FLOW, 500))).name == "orders"
    assert sum("MIJobs" in seen.path for seen in standin.requests) == 1


async def test_a_failure_outranks_not_found(standin: JobsServiceStandIn, connect: Connect) -> None:
    """If a resource failed and the others know no run, the error is that failure, not "there is no such job"."""
    standin.list.missing = {FLOW}
    standin.fail(Fault.NOT_FOUND, resource=Resource.STATUS)
    standin.fail(Fault.SERVER_ERROR, resource=Resource.HISTORY)
    async with connect() as service:
        with pytest.raises(Unreachable):
            await service.current_run(FLOW)
        standin.heal()
        standin.fail(Fault.FORBIDDEN)
        with pytest.raises(NotAllowed):
            await service.current_run(FLOW)


async def test_a_refused_login_ends_the_search(standin: JobsServiceStandIn, connect: Connect) -> None:
    """Without a session no resource is requested."""
    async with connect(password="wrong") as service:
        with pytest.raises(LoginRefused):
            await service.current_run(FLOW)
    assert len(standin.requests) == 1
