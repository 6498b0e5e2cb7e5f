"""Status, history and statistics of the stand-in of the jobs service keep to their public pages."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.demo.informatica.stand_in import JobsServiceStandIn, served
from tests.demo.informatica.clock import Clock

FLOW = "some-dataflow"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def standin(clock: Clock) -> JobsServiceStandIn:
    standin = JobsServiceStandIn(clock=clock)
    standin.add("orders", FLOW, 500, startTime="2026-03-01T10:00:00.000+0000", deployedVersion=3)
    return standin


@pytest.fixture
async def http(standin: JobsServiceStandIn) -> AsyncIterator[aiohttp.ClientSession]:
    standin.sessions["S"] = 0.0
    async with served(standin) as url, aiohttp.ClientSession(url, headers={"IDS-SESSION-ID": "S"}) as session:
        yield session


async def ask(http: aiohttp.ClientSession, resource: str, dataflow: str = FLOW, **query: str) -> tuple[int, Any]:
    async with http.get(f"/sisvc/monitor/v1/{resource}/dataflows/{dataflow}", params=query) as answer:
        return answer.status, await answer.json()


async def test_the_status_names_the_current_run(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """The status has the documented fields; after a redeployment it is about the new run."""
    status, said = await ask(http, "status")
    assert status == 200
    assert set(said) == {"dataflowName", "dataflowId", "status", "timestamp", "reports", "graph", "runId"}
    assert (said["dataflowName"], said["status"], said["runId"]) == ("orders", "Up and Running", 500)
    new = standin.redeploy(FLOW, 500)
    then = (await ask(http, "status"))[1]
    assert (then["runId"], then["status"]) == (new, "Deploying")
    assert [report["status"] for report in then["reports"]] == ["Deploying", "Deploying"]
    standin.dataflows.status_names_run = False
    assert "runId" not in (await ask(http, "status"))[1]


async def test_the_history_has_an_entry_a_deployment(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """A redeployment keeps the old run, with its end and its version."""
    new = standin.redeploy(FLOW, 500)
    _, entries = await ask(http, "history")
    assert [(one["runId"], one["dataflowVersion"]) for one in entries] == [(new, 4), (500, 3)]
    assert entries[1]["deployedAt"] == 1772359200000
    assert entries[1]["undeployedAt"] > entries[1]["deployedAt"]
    assert entries[0]["undeployedAt"] is None
    assert set(entries[0]) == {
        "dataflowId", "dataflowName", "deployedAt", "undeployedAt", "dataflowVersion", "runId",
    }  # fmt: skip


async def test_what_the_history_leaves_open(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """Order, the spelling of the run and how "still up" is said can each be switched."""
    new = standin.redeploy(FLOW, 500)
    standin.dataflows.history_order = "oldest first"
    standin.dataflows.run_spelling = "runID"
    standin.dataflows.while_up = 0
    _, entries = await ask(http, "history")
    assert [one["runID"] for one in entries] == [500, new]
    assert entries[1]["undeployedAt"] == 0
    standin.dataflows.while_up = "absent"
    assert "undeployedAt" not in (await ask(http, "history"))[1][1]


async def test_what_went_through(http: aiohttp.ClientSession, standin: JobsServiceStandIn, clock: Clock) -> None:
    """Messages are counted while a job runs, at a rate that can be set; a new run counts from nothing."""

    async def messages() -> int:
        _, said = await ask(http, "statistics", intervals="60", overall="true")
        assert said["inBytes"] == 512 * said["inMessages"]
        assert said["nodes"][0]["inMessages"] == said["nodes"][1]["outMessages"] == 0
        return int(said["inMessages"])

    clock.now += 10
    assert await messages() == 1000
    standin.throughput.set_rate(5, FLOW)
    clock.now += 10
    assert await messages() == 1050
    standin.set_status(FLOW, 500, "Stopped")
    clock.now += 10
    assert await messages() == 1050
    standin.set_status(FLOW, 500, "Running with Warning")
    clock.now += 10
    standin.throughput.set_rate(0)
    clock.now += 10
    assert await messages() == 1100
    new = standin.redeploy(FLOW, 500)
    clock.now += 10
    assert await messages() == 0
    standin.throughput.set_rate(7)
    standin.set_status(FLOW, new, "Up and Running")
    clock.now += 10
    assert await messages() == 70


async def test_when_there_are_no_statistics(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """The interval is required; while Undeployed there is a refusal, whose status can be set."""
    assert (await ask(http, "statistics"))[0] == 400
    assert (await ask(http, "statistics", intervals="often"))[0] == 400
    standin.set_status(FLOW, 500, "Undeployed")
    for status in (400, 409, 200):
        standin.dataflows.no_figures = status
        answered, said = await ask(http, "statistics", intervals="60")
        assert (answered, said["error"]["code"]) == (status, "NO_STATISTICS")


async def test_an_unknown_dataflow(http: aiohttp.ClientSession) -> None:
    """A dataflow that was never deployed is not found."""
    for resource in ("status", "history", "statistics"):
        assert (await ask(http, resource, "no-such", intervals="60"))[0] == 404, resource


async def test_a_purged_run_is_gone(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """A run that is deleted is in no history, and with its last run a dataflow is gone."""
    new = standin.redeploy(FLOW, 500)
    del standin.jobs[FLOW, 500]
    assert [one["runId"] for one in (await ask(http, "history"))[1]] == [new]
    del standin.jobs[FLOW, new]
    assert (await ask(http, "history"))[0] == 404
