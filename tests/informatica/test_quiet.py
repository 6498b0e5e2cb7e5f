"""A service that asks to be left alone is left alone."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn
from bot.domain.job import JobRef
from bot.informatica.client import JobsService
from bot.informatica.errors import Busy
from tests.informatica.conftest import DOCUMENTED, Clock, Looking

OTHER = JobRef("no-such", 1)


async def busy(service: JobsService, ref: JobRef = DOCUMENTED) -> Busy:
    with pytest.raises(Busy) as caught:
        await service.job(ref)
    return caught.value


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.UNAVAILABLE], ids=["429", "503"])
async def test_nobody_asks_before_the_time_is_over(
    fault: Fault, standin: JobsServiceStandIn, looking: Looking, clock: Clock
) -> None:
    """After Retry-After no job is asked for, whoever asks, until the time is over; what is left is in the error."""
    async with looking() as service:
        standin.faults.retry_after = "100"
        standin.fail(fault)
        assert (await busy(service)).retry_after == 100
        standin.heal()
        sent = len(standin.requests)

        clock.now += 40
        assert (await busy(service, OTHER)).retry_after == 60
        clock.now += 59.5
        assert (await busy(service)).retry_after == 0.5
        assert len(standin.requests) == sent

        clock.now += 0.5
        assert (await service.job(DOCUMENTED)).name == "testmonitor"
        assert len(standin.requests) == sent + 1


async def test_the_time_may_be_a_date(standin: JobsServiceStandIn, looking: Looking, clock: Clock) -> None:
    """Retry-After counts as a date of HTTP as well."""
    async with looking() as service:
        standin.faults.retry_after = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
        standin.fail(Fault.BUSY)
        asked = (await busy(service)).retry_after
        assert asked is not None
        assert 200 < asked <= 300
        standin.heal()

        clock.now += asked - 1
        assert (await busy(service)).retry_after == pytest.approx(1)
        clock.now += 1.001
        assert (await service.job(DOCUMENTED)).name == "testmonitor"


async def test_ten_minutes_are_the_longest_silence(standin: JobsServiceStandIn, looking: Looking, clock: Clock) -> None:
    """A service that asks for a day is asked after ten minutes all the same."""
    async with looking() as service:
        standin.faults.retry_after = "86400"
        standin.fail(Fault.BUSY)
        await busy(service)
        standin.heal()

        clock.now += 599
        assert (await busy(service)).retry_after == 1
        clock.now += 1
        assert (await service.job(DOCUMENTED)).name == "testmonitor"


@pytest.mark.parametrize("header", [None, "soon", "0", "Sun, 06 Nov 1994 08:49:37 GMT"])
async def test_without_a_time_nothing_is_held_back(
    header: str | None, standin: JobsServiceStandIn, looking: Looking
) -> None:
    """A busy service that does not say how long, or says a time that is over, is asked as ever."""
    async with looking() as service:
        standin.faults.retry_after = header
        standin.fail(Fault.BUSY, times=1)
        await busy(service)
        assert (await service.job(DOCUMENTED)).name == "testmonitor"


async def test_a_busy_log_in_is_left_alone_too(standin: JobsServiceStandIn, looking: Looking, clock: Clock) -> None:
    """Retry-After in the answer to the log-in counts for the jobs: nobody logs in meanwhile."""
    async with looking() as service:
        standin.faults.retry_after = "100"
        standin.fail(Fault.LOGIN_UNAVAILABLE)
        await busy(service)
        sent = len(standin.requests)
        standin.heal()
        clock.now += 99
        await asyncio.gather(*(busy(service) for _ in range(5)))
        assert len(standin.requests) == sent
        clock.now += 1
        assert (await service.job(DOCUMENTED)).name == "testmonitor"
