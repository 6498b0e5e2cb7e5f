from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.informatica.stand_in import JobsServiceStandIn
from bot.informatica.errors import BadAnswer, JobsServiceError, NotFound
from tests.informatica.conftest import Clock, Looking

LIVE = "live-dataflow"


@pytest.fixture
def standin(clock: Clock) -> JobsServiceStandIn:
    standin = JobsServiceStandIn(clock=clock)
    standin.add("live", LIVE, 7)
    return standin


async def test_two_answers_tell_a_rate(standin: JobsServiceStandIn, looking: Looking, clock: Clock) -> None:
    """What went through grows with the time between two questions, and stands still in a stall."""
    standin.throughput.set_rate(50)
    async with looking() as service:
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


async def test_what_is_asked(standin: JobsServiceStandIn, looking: Looking) -> None:
    """The question has the parameters that the page requires."""
    async with looking() as service:
        await service.statistics(LIVE)
    assert standin.requests[-1].path == f"/sisvc/monitor/v1/statistics/dataflows/{LIVE}"
    assert standin.requests[-1].query == {"intervals": "60", "overall": "true"}


@pytest.mark.parametrize("status", [200, 400, 404, 409, 500])
async def test_a_refusal_while_undeployed(status: int, standin: JobsServiceStandIn, looking: Looking) -> None:
    """While Undeployed there are none: an error of ours with the service's words, also where it says so under 200."""
    standin.set_status(LIVE, 7, "Undeployed")
    standin.dataflows.no_figures = status
    async with looking() as service:
        with pytest.raises(JobsServiceError) as caught:
            await service.statistics(LIVE)
    assert (caught.value.status, caught.value.detail) == (status, "The dataflow is not deployed")
    assert isinstance(caught.value, BadAnswer if status < 404 else JobsServiceError)


async def test_an_unknown_dataflow(looking: Looking) -> None:
    """A dataflow that nobody knows has no statistics."""
    async with looking() as service:
        with pytest.raises(NotFound):
            await service.statistics("no-such")
