"""A page of the organisation's job list."""

import pytest

from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn, Resource
from bot.informatica.errors import BadAnswer
from tests.informatica.conftest import Connect


@pytest.fixture
def standin() -> JobsServiceStandIn:
    standin = JobsServiceStandIn().with_demo_jobs()
    standin.add("a-batch-job", "batch", 1, assetType="MI_TASK")
    return standin


def queries(standin: JobsServiceStandIn) -> list[dict[str, str]]:
    return [seen.query for seen in standin.requests if "MIJobs" in seen.path]


async def test_the_request_and_its_answer(standin: JobsServiceStandIn, connect: Connect) -> None:
    """Streaming jobs are requested in the order of their names, and returned with the service's own count."""
    async with connect() as service:
        page = await service.page(2, 3)
    assert [job.name for job in page.jobs] == ["inventory-events", "iot-telemetry", "orders-to-lake"]
    assert (page.rows, page.total) == (3, 7)
    assert queries(standin) == [
        {
            "$count": "true",
            "$filter": "assetType eq 'SI_DATAFLOW'",
            "$orderby": "assetName",
            "$skip": "2",
            "$top": "3",
        }
    ]
    assert standin.requests[-1].path == "/mijobmonitor/api/v1/MIJobs"


async def test_a_service_that_takes_no_filter(standin: JobsServiceStandIn, connect: Connect) -> None:
    """A 400 to filter and order costs one more request, once in the life of the process; rows of other kinds are
    dropped."""
    standin.fail(Fault.LIST_TAKES_NO_FILTER)
    async with connect() as service:
        for _ in range(2):
            page = await service.page(0)
            assert (len(page.jobs), page.rows, page.total) == (7, 8, 8)
    assert ["$filter" in query for query in queries(standin)] == [True, False, False]
    assert ["$orderby" in query for query in queries(standin)] == [True, False, False]


async def test_a_400_that_is_not_about_the_filter(standin: JobsServiceStandIn, connect: Connect) -> None:
    """If the request without the filter fails too, that is the error, and the filter is tried again next time."""
    standin.fail(Fault.BAD_REQUEST, resource=Resource.LIST)
    async with connect() as service:
        with pytest.raises(BadAnswer):
            await service.page(0)
        standin.heal()
        await service.page(0)
    assert ["$filter" in query for query in queries(standin)] == [True, False, True]


async def test_a_row_without_a_status(standin: JobsServiceStandIn, connect: Connect) -> None:
    """A row without a status is counted but shows no job."""
    standin.list.statusless = {"a3d9e6f4-2b7c-4e0a-8f31-7c5d9b4e6f21"}
    async with connect() as service:
        page = await service.page(0)
    assert (len(page.jobs), page.rows) == (6, 7)


async def test_a_page_may_be_larger_than_a_job(standin: JobsServiceStandIn, connect: Connect) -> None:
    """Three thousand rows are read completely."""
    for run in range(100_000, 103_000):
        standin.add(f"stream-{run}", f"flow-{run}", run, location="x" * 200)
    async with connect() as service:
        page = await service.page(0, 3000)
    assert (len(page.jobs), page.rows) == (3000, 3000)
