"""Which run a dataflow has now, whoever knows it."""

import pytest

from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn, Resource
from bot.domain.job import JobRef
from bot.informatica.errors import LoginRefused, NotAllowed, NotFound, Unreachable
from tests.informatica.conftest import Clock, Looking, limit

FLOW = "some-dataflow"
ANSWERLESS = [
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
    Fault.HANG,
    Fault.DROP,
    Fault.UNAUTHORISED_ALWAYS,
]


@pytest.fixture
def standin() -> JobsServiceStandIn:
    standin = JobsServiceStandIn()
    standin.add("orders", FLOW, 500, startTime="2026-03-01T10:00:00.000+0000")
    return standin


def asked(standin: JobsServiceStandIn) -> list[str]:
    known = {"status": "status", "history": "history", "v1": "list"}
    return [known[seen.path.split("/")[-3 if "dataflows" in seen.path else -2]] for seen in standin.requests[1:]]


async def test_the_status_is_enough(standin: JobsServiceStandIn, looking: Looking) -> None:
    """Where the status names the run, nobody else is asked; after a redeployment it names the new one."""
    async with looking() as service:
        assert await service.current_run(FLOW) == JobRef(FLOW, 500)
        new = standin.redeploy(FLOW, 500)
        assert await service.current_run(FLOW) == JobRef(FLOW, new)
    assert asked(standin) == ["status", "status"]


@pytest.mark.parametrize("order", ["newest first", "oldest first"])
@pytest.mark.parametrize("spelling", ["runId", "runID"])
@pytest.mark.parametrize("while_up", [None, 0, "absent"])
async def test_a_status_without_a_run(
    order: object, spelling: object, while_up: object, standin: JobsServiceStandIn, looking: Looking
) -> None:
    """Where the status names no run, it is the history's newest, in whatever order and spelling that comes."""
    new = standin.redeploy(FLOW, 500)
    standin.dataflows.status_names_run = False
    standin.dataflows.__dict__.update(history_order=order, run_spelling=spelling, while_up=while_up)
    async with looking() as service:
        assert await service.current_run(FLOW) == JobRef(FLOW, new)
    assert asked(standin) == ["status", "history"]


@pytest.mark.parametrize("fault", ANSWERLESS, ids=lambda fault: fault.name)
async def test_a_status_that_does_not_answer(fault: Fault, standin: JobsServiceStandIn, looking: Looking) -> None:
    """Whatever keeps the status from answering, the history is asked."""
    standin.fail(fault, resource=Resource.STATUS)
    async with looking(request_timeout=limit(fault)) as service:
        assert await service.current_run(FLOW) == JobRef(FLOW, 500)


@pytest.mark.parametrize("fault", ANSWERLESS, ids=lambda fault: fault.name)
async def test_a_history_that_does_not_answer_either(
    fault: Fault, standin: JobsServiceStandIn, looking: Looking
) -> None:
    """Where neither answers, it is the run that started last by the organisation's list."""
    standin.add("orders", FLOW, 900, "Undeployed", startTime="2026-02-01T10:00:00.000+0000")
    standin.fail(fault, resource=Resource.STATUS)
    standin.fail(fault, resource=Resource.HISTORY)
    async with looking(request_timeout=limit(fault)) as service:
        assert await service.current_run(FLOW) == JobRef(FLOW, 500)


async def test_nobody_knows_it(standin: JobsServiceStandIn, looking: Looking) -> None:
    """A dataflow that no resource knows is not found."""
    async with looking() as service:
        with pytest.raises(NotFound):
            await service.current_run("no-such")
    assert asked(standin) == ["status", "history", "list"]


async def test_where_nothing_but_the_jobs_resource_exists(standin: JobsServiceStandIn, looking: Looking) -> None:
    """An account that has nothing else finds no run, and the list is not asked for again and again."""
    standin.only_jobs_resource = True
    async with looking() as service:
        for _ in range(3):
            with pytest.raises(NotFound):
                await service.current_run(FLOW)
        assert (await service.job(JobRef(FLOW, 500))).name == "orders"
    assert sum("MIJobs" in seen.path for seen in standin.requests) == 1


async def test_who_failed_may_know_it_later(standin: JobsServiceStandIn, looking: Looking) -> None:
    """Where a resource failed and the others know nothing, that failure is told, not that there is no such job."""
    standin.list.missing = {FLOW}
    standin.fail(Fault.NOT_FOUND, resource=Resource.STATUS)
    standin.fail(Fault.SERVER_ERROR, resource=Resource.HISTORY)
    async with looking() as service:
        with pytest.raises(Unreachable):
            await service.current_run(FLOW)
        standin.heal()
        standin.fail(Fault.FORBIDDEN)
        with pytest.raises(NotAllowed):
            await service.current_run(FLOW)


async def test_a_refused_log_in_is_told_at_once(standin: JobsServiceStandIn, looking: Looking, clock: Clock) -> None:
    """Without a session nobody can be asked."""
    async with looking(password="wrong") as service:
        with pytest.raises(LoginRefused):
            await service.current_run(FLOW)
    assert len(standin.requests) == 1
