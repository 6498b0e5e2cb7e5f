"""A service that asks for quiet gets no requests."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from pytest_mock import MockerFixture

from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn
from bot.domain.job import JobRef
from bot.informatica.client import JobsService
from bot.informatica.connections import Answer, Connections
from bot.informatica.errors import RateLimited
from tests.informatica.conftest import DOCUMENTED, Clock, Connect

OTHER = JobRef("no-such", 1)


async def rate_limited(service: JobsService, ref: JobRef = DOCUMENTED) -> RateLimited:
    with pytest.raises(RateLimited) as caught:
        await service.job(ref)
    return caught.value


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.UNAVAILABLE], ids=["429", "503"])
async def test_no_request_before_the_time_is_over(
    fault: Fault, standin: JobsServiceStandIn, connect: Connect, clock: Clock
) -> None:
    """After a Retry-After no job is requested until the time is over; the error says how much is left."""
    async with connect() as service:
        standin.faults.retry_after = "100"
        standin.fail(fault)
        assert (await rate_limited(service)).retry_after == 100
        standin.heal()
        sent = len(standin.requests)

        clock.now += 40
        assert (await rate_limited(service, OTHER)).retry_after == 60
        clock.now += 59.5
        assert (await rate_limited(service)).retry_after == 0.5
        assert len(standin.requests) == sent

        clock.now += 0.5
        assert (await service.job(DOCUMENTED)).name == "testmonitor"
        assert len(standin.requests) == sent + 1


async def test_the_time_may_be_a_date(standin: JobsServiceStandIn, connect: Connect, clock: Clock) -> None:
    """Retry-After may be an HTTP date as well."""
    async with connect() as service:
        standin.faults.retry_after = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
        standin.fail(Fault.BUSY)
        wait = (await rate_limited(service)).retry_after
        assert wait is not None
        assert 200 < wait <= 300
        standin.heal()

        clock.now += wait - 1
        assert (await rate_limited(service)).retry_after == pytest.approx(1)
        clock.now += 1.001
        assert (await service.job(DOCUMENTED)).name == "testmonitor"


async def test_quiet_lasts_ten_minutes_at_most(standin: JobsServiceStandIn, connect: Connect, clock: Clock) -> None:
    """A service that asks for a day gets requests again after ten minutes."""
    async with connect() as service:
        standin.faults.retry_after = "86400"
        standin.fail(Fault.BUSY)
        await rate_limited(service)
        standin.heal()

        clock.now += 599
        assert (await rate_limited(service)).retry_after == 1
        clock.now += 1
        assert (await service.job(DOCUMENTED)).name == "testmonitor"


async def test_of_two_times_the_longer_counts(connect: Connect, clock: Clock, mocker: MockerFixture) -> None:
    """If two answers under way name different times, no job is requested before the longer is over."""
    async with connect() as service:
        await service.log_in()
        busy = [Answer(429, b"{}", retry_after=seconds) for seconds in ("100", "5")]

        async def answer(*_: object, **__: object) -> Answer:
            await asyncio.sleep(0)  # both requests are under way by then
            return busy.pop(0)

        mocker.patch.object(Connections, "send", side_effect=answer)
        await asyncio.gather(rate_limited(service), rate_limited(service, OTHER))
        clock.now += 6
        assert (await rate_limited(service)).retry_after == 94


async def test_without_a_time_nothing_is_held_back(standin: JobsServiceStandIn, connect: Connect) -> None:
    """If a busy service doesn't say how long, or names a past time, the next request is sent at once."""
    async with connect() as service:
        for header, seconds in [
            (None, None),
            ("soon", None),
            ("0", 0.0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ]:
            standin.faults.retry_after = header
            standin.fail(Fault.BUSY, times=1)
            assert (await rate_limited(service)).retry_after == seconds
            assert (await service.job(DOCUMENTED)).name == "testmonitor"


async def test_a_busy_login_counts_too(standin: JobsServiceStandIn, connect: Connect, clock: Clock) -> None:
    """A Retry-After in the answer to the login holds back look-ups, and no login is sent meanwhile."""
    async with connect() as service:
        standin.faults.retry_after = "100"
        standin.fail(Fault.LOGIN_UNAVAILABLE)
        await rate_limited(service)
        sent = len(standin.requests)
        standin.heal()
        clock.now += 99
        await asyncio.gather(*(rate_limited(service) for _ in range(5)))
        assert len(standin.requests) == sent
        clock.now += 1
        assert (await service.job(DOCUMENTED)).name == "testmonitor"
