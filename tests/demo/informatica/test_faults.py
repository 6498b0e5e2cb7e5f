"""What the stand-in of the jobs service can be made to do, and how it is said to the person at the page."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.demo.informatica.faults import AT_HOME
from bot.demo.informatica.stand_in import DOCUMENTED_JOB, Fault, JobsServiceStandIn, Resource, served

FLOW = DOCUMENTED_JOB["assetId"]
PATHS = {
    Resource.JOBS: f"/sisvc/monitor/v1/jobs/{FLOW}/42559",
    Resource.STATUS: f"/sisvc/monitor/v1/status/dataflows/{FLOW}",
    Resource.HISTORY: f"/sisvc/monitor/v1/history/dataflows/{FLOW}",
    Resource.STATISTICS: f"/sisvc/monitor/v1/statistics/dataflows/{FLOW}?intervals=60",
    Resource.LIST: "/mijobmonitor/api/v1/MIJobs",
}


@pytest.fixture
def standin() -> JobsServiceStandIn:
    standin = JobsServiceStandIn()
    standin.set_status(FLOW, 42559, "Up and Running")
    return standin


@pytest.fixture
async def http(standin: JobsServiceStandIn) -> AsyncIterator[aiohttp.ClientSession]:
    async with served(standin) as url, aiohttp.ClientSession(url) as session:
        await log_in(session)
        yield session


async def log_in(http: aiohttp.ClientSession) -> int:
    given = {"username": "jobwatch", "password": "open-sesame"}
    async with http.post("/identity-service/api/v1/Login", json=given, headers={}) as answer:
        if answer.status == 200:
            http.headers["IDS-SESSION-ID"] = (await answer.json())["sessionId"]
        return answer.status


async def statuses(http: aiohttp.ClientSession) -> dict[Resource, int]:
    found = {}
    for resource, path in PATHS.items():
        async with http.get(path) as answer:
            found[resource] = answer.status
    return found


async def test_a_fault_hits_its_resource(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """A fault that was given to a resource leaves its neighbours alone."""
    for resource in PATHS:
        standin.heal()
        standin.fail(Fault.SERVER_ERROR, resource=resource)
        assert await statuses(http) == {other: 500 if other is resource else 200 for other in PATHS}


async def test_a_fault_without_a_resource_hits_all_but_the_log_in(
    http: aiohttp.ClientSession, standin: JobsServiceStandIn
) -> None:
    """The whole service is out of order, and lets people in."""
    standin.fail(Fault.SERVER_ERROR)
    assert set((await statuses(http)).values()) == {500}
    del http.headers["IDS-SESSION-ID"]
    assert await log_in(http) == 200


async def test_a_dataflows_fault_hits_its_resources(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """What was given to a dataflow hits each of its resources, and not the list."""
    standin.fail(Fault.NOT_FOUND, dataflow=FLOW)
    assert await statuses(http) == {resource: 200 if resource is Resource.LIST else 404 for resource in PATHS}


async def test_what_is_about_one_resource_by_its_nature(
    http: aiohttp.ClientSession, standin: JobsServiceStandIn
) -> None:
    """Also when it is given to a job, what is about the log-in or the list does nothing to others."""
    for fault in AT_HOME:
        standin.heal()
        standin.fail(fault, dataflow="elsewhere", run=3)
        found = await statuses(http)
        assert found[Resource.LIST] == (403 if fault is Fault.LIST_FORBIDDEN else 200), fault
        assert {found[resource] for resource in PATHS if resource is not Resource.LIST} == {200}, fault
        session = http.headers.pop("IDS-SESSION-ID")
        expected = {Fault.LOGIN_REFUSED: 401, Fault.LOGIN_UNAVAILABLE: 503}.get(fault, 200)
        assert await log_in(http) == expected, fault
        http.headers["IDS-SESSION-ID"] = session


async def test_what_is_broken(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """The page hears of the first fault that is in force, until it is used up or healed."""
    assert standin.faults.in_force is None
    standin.fail(Fault.HTML)
    standin.fail(Fault.LIST_FORBIDDEN, times=1)
    assert standin.faults.in_force is Fault.LIST_FORBIDDEN
    await statuses(http)
    assert standin.faults.in_force is Fault.HTML
    standin.heal()
    assert standin.faults.in_force is None


async def test_nothing_but_the_jobs_resource(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """A service may have the jobs resource and the log-ins, and nothing else."""
    standin.only_jobs_resource = True
    assert await statuses(http) == {resource: 200 if resource is Resource.JOBS else 404 for resource in PATHS}
    del http.headers["IDS-SESSION-ID"]
    assert await log_in(http) == 200


async def test_every_resource_wants_a_session_and_get(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """Without a session every resource says 401, to any method but GET 405; each is on record with its path."""
    for path in PATHS.values():
        async with http.post(path) as answer:
            assert answer.status == 405
    standin.expire_sessions()
    assert set((await statuses(http)).values()) == {401}
    assert [seen.path for seen in standin.requests[-5:]] == [path.split("?")[0] for path in PATHS.values()]
