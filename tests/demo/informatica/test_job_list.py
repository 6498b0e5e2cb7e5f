"""The organisation's list of the stand-in of the jobs service, and each way in which it can be odd."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.demo.informatica.stand_in import DEMO_JOBS, Fault, JobsServiceStandIn, served
from tests.demo.informatica.clock import Clock

LIST = "/mijobmonitor/api/v1/MIJobs"
NAMES = sorted([name for name, _, _ in DEMO_JOBS] + ["testmonitor"])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def standin(clock: Clock) -> JobsServiceStandIn:
    return JobsServiceStandIn(clock=clock).with_demo_jobs()


@pytest.fixture
async def http(standin: JobsServiceStandIn) -> AsyncIterator[aiohttp.ClientSession]:
    standin.sessions["S"] = 0.0
    async with served(standin) as url, aiohttp.ClientSession(url, headers={"IDS-SESSION-ID": "S"}) as session:
        yield session


async def ask(http: aiohttp.ClientSession, **query: object) -> Any:
    parameters = {f"${name}": str(value) for name, value in query.items()}
    async with http.get(LIST, params=parameters) as answer:
        return await answer.json() if answer.status == 200 else answer.status


async def names(http: aiohttp.ClientSession, **query: object) -> list[str]:
    return [row["assetName"] for row in (await ask(http, **query))["value"]]


async def test_all_runs_with_their_count(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """The rows are in the shape of the jobs resource; the count is there if it is asked for."""
    said = await ask(http, count="true", orderby="assetName")
    assert said["@odata.count"] == 7
    assert [row["assetName"] for row in said["value"]] == NAMES
    row = said["value"][-1]
    assert row == standin.jobs[row["assetId"], row["runId"]]
    assert set(await ask(http)) == {"value"}


async def test_pages(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """Rows are skipped and taken as asked for, no more than the cap at once; the count is that of all."""
    assert await names(http, orderby="assetName", skip=2, top=3) == NAMES[2:5]
    assert await names(http, orderby="assetName", skip=7) == []
    standin.list.cap = 2
    assert await names(http, orderby="assetName", skip=1, top=1000) == NAMES[1:3]
    assert (await ask(http, count="true", top=1))["@odata.count"] == 7


async def test_filters(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """An equal field and doubled quotes are understood; the count is of what fits."""
    standin.add("ben's job", "ben", 1)
    for filter, found in (
        ("assetName eq 'orders-to-lake'", ["orders-to-lake"]),
        ("status eq 'Undeployed'", ["testmonitor"]),
        ("assetName eq 'ben''s job'", ["ben's job"]),
        ("assetName eq ''", []),
        ("assetName eq 'Orders-To-Lake'", []),
    ):
        said = await ask(http, filter=filter, orderby="assetName", count="true")
        assert [row["assetName"] for row in said["value"]] == found, filter
        assert said["@odata.count"] == len(found)


async def test_what_is_not_understood(http: aiohttp.ClientSession) -> None:
    """What is no filter, order or number is a bad request."""
    for query in (
        {"filter": "runId eq '1'"},
        {"filter": "assetName ne 'x'"},
        {"filter": "assetName eq x"},
        {"filter": "assetName eq 'ben's job'"},
        {"filter": "assetName eq 'x' and"},
        {"filter": "assetName eq 'x' and "},
        {"filter": "assetName eq 'x' status eq 'y'"},
        {"filter": "assetName eq 'x' xor status eq 'y'"},
        {"orderby": "runId"},
        {"orderby": "assetName sideways"},
        {"orderby": ","},
        {"skip": "-1"},
        {"top": "many"},
    ):
        assert await ask(http, **query) == 400, query


async def test_a_change_is_seen_at_once(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """What changes between two pages is in the next one."""
    _, dataflow, run = DEMO_JOBS[0]
    assert await names(http, filter="status eq 'Stopped'") == []
    standin.set_status(dataflow, run, "Stopped")
    assert await names(http, filter="status eq 'Stopped'") == ["orders-to-lake"]
    standin.jobs[dataflow, run] |= {"status": "Deploying"}
    assert await names(http, filter="status eq 'Deploying'") == ["orders-to-lake"]
    del standin.jobs[dataflow, run]
    assert await names(http, filter="assetName eq 'orders-to-lake'") == []


async def test_earlier_runs(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """A redeployed dataflow's earlier runs stay in the list."""
    standin.redeploy(*DEMO_JOBS[0][1:])
    assert (await names(http)).count("orders-to-lake") == 2


async def test_a_late_list(http: aiohttp.ClientSession, standin: JobsServiceStandIn, clock: Clock) -> None:
    """A list that is late shows the rows as they were, and not what did not exist then."""
    _, dataflow, run = DEMO_JOBS[0]
    standin.list.lag = 30
    assert await names(http) == []
    clock.now += 31
    standin.set_status(dataflow, run, "Stopped")
    standin.add("new", "new", 1)
    assert sorted(await names(http)) == NAMES
    assert await names(http, filter="status eq 'Stopped'") == []
    clock.now += 30
    assert sorted(await names(http)) == sorted([*NAMES, "new"])
    assert await names(http, filter="status eq 'Stopped'") == ["orders-to-lake"]


async def test_a_list_that_lacks_some(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """Some dataflows may be missing, and come back."""
    standin.list.missing.add(DEMO_JOBS[0][1])
    said = await ask(http, count="true")
    assert ("orders-to-lake" in str(said), said["@odata.count"]) == (False, 6)
    standin.list.missing.clear()
    assert len(await names(http)) == 7


async def test_rows_without_a_status(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """Some rows, or all, may have no status."""
    standin.list.statusless.add(DEMO_JOBS[0][1])
    assert [row["assetName"] for row in (await ask(http))["value"] if not row["status"]] == ["orders-to-lake"]
    standin.fail(Fault.LIST_WITHOUT_STATUS)
    assert {row["status"] for row in (await ask(http))["value"]} == {None}


async def test_each_oddity(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """A list can repeat rows, never get past its first page, never end, not count, and take no filter."""
    standin.fail(Fault.LIST_REPEATS)
    said = await ask(http, count="true", orderby="assetName", skip=3, top=2)
    assert ([row["assetName"] for row in said["value"]], said["@odata.count"]) == (NAMES[1:3], 14)
    standin.fail(Fault.LIST_STUCK)
    said = await ask(http, count="true", orderby="assetName", skip=500, top=2)
    assert ([row["assetName"] for row in said["value"]], said["@odata.count"]) == (NAMES[:2], 1_000_000)
    standin.fail(Fault.LIST_ENDLESS)
    rows = [(await ask(http, skip=skip, top=2))["value"] for skip in (0, 123_456)]
    assert len({row["assetId"] for page in rows for row in page}) == 4
    standin.fail(Fault.LIST_WITHOUT_COUNT)
    assert "@odata.count" not in await ask(http, count="true")
    standin.fail(Fault.LIST_TAKES_NO_FILTER)
    assert await ask(http, filter="assetName eq 'x'") == await ask(http, orderby="assetName") == 400
    assert len(await names(http)) == 7


async def test_many_jobs_are_listed_quickly(
    http: aiohttp.ClientSession, standin: JobsServiceStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five thousand jobs, a hundred at a time, in order and filtered: all are gone through once, not at each page."""
    for run in range(100_000, 105_000):
        standin.add(f"stream-{run}", f"flow-{run}", run)
    read, reads = standin.jobs.as_they_were, 0

    def counted(seconds: float) -> list[dict[str, Any]]:
        nonlocal reads
        reads += 1
        return read(seconds)

    monkeypatch.setattr(standin.jobs, "as_they_were", counted)
    seen = 0
    for skip in range(0, 5100, 100):
        seen += len(await names(http, filter="assetType eq 'SI_DATAFLOW'", orderby="assetName", skip=skip, top=100))
    assert seen == 5007
    assert reads == 1
