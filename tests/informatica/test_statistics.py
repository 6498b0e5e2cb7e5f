"""The statistics of a dataflow."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.informatica.stand_in import JobsServiceStandIn
from bot.informatica.errors import BadAnswer, JobsServiceError, NotFound
from tests.informatica.conftest import Clock, Connect

LIVE = "live-dataflow"


@pytest.fixture
def standin(clock: Clock) -> JobsServiceStandIn:
    standin = JobsServiceStandIn(clock=clock)
    standin.add("live", LIVE, 7)
    return standin


async def test_two_answers_give_a_rate(standin: JobsServiceStandIn, connect: Connect, clock: Clock) -> None:
    """The counts grow with the time between two requests, and stand still in a stall."""
    standin.throughput.set_rate(50)
    async with connect() as service:
        first = await service.statistics(LIVE)
        clock.now += 60
        second = await service.statistics(LIVE)
        standin.throughput.set_rate(0)
        clock.now += 60
        third = await service.statistics(LIVE)

    counted = [one.in_messages for one in (first, second, third)]
    assert counted == [0, 3000, 3000]
    assert second.out_bytes is not None
    assert second.out_bytes > 3000
    assert second.run == 7
    assert second.at - first.at < timedelta(seconds=30)
    assert abs(second.at - datetime.now(UTC)) < timedelta(seconds=30)
    assert second.start is not None
    assert second.stop is not None
    assert second.start <= second.stop


async def test_the_request(standin: JobsServiceStandIn, connect: Connect) -> None:
    """The request has the parameters that the page requires."""
    async with connect() as service:
        await service.statistics(LIVE)
    assert standin.requests[-1].path == f"/sisvc/monitor/v1/statistics/dataflows/{LIVE}"
    assert standin.requests[-1].query == {"intervals": "60", "overall": "true"}


async def test_no_statistics_while_undeployed(standin: JobsServiceStandIn, connect: Connect) -> None:
    """The service refuses an undeployed dataflow's statistics: an error with its words, also if it comes with a 200."""
    standin.set_status(LIVE, 7, "Undeployed")
    async with connect() as service:
        for status in (200, 400, 404, 409, 500):
            standin.dataflows.no_figures = status
            with pytest.raises(JobsServiceError) as caught:
                await service.statistics(LIVE)
            assert (caught.value.status, caught.value.detail) == (status, "The dataflow is not deployed")
            assert isinstance(caught.value, BadAnswer if status < 404 else JobsServiceError)


async def test_an_unknown_dataflow(connect: Connect) -> None:
    """An unknown dataflow has no statistics."""
    async with connect() as service:
        with pytest.raises(NotFound):
            await service.statistics("no-such")
