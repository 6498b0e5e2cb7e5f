"""Session IDs that say when they end, and those that don't."""

import asyncio

import pytest

from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn
from bot.informatica.errors import Busy, LoginRefused
from tests.informatica.conftest import DOCUMENTED, Clock, Looking


@pytest.fixture
def standin(clock: Clock) -> JobsServiceStandIn:
    standin = JobsServiceStandIn(clock=clock)
    standin.log_in.sessions.jwt_life = 1800.0
    return standin


def rejected(standin: JobsServiceStandIn) -> int:
    return sum(not seen.session and "login" not in seen.path.casefold() for seen in standin.requests)


@pytest.mark.parametrize(("life", "renewal"), [(1800.0, 1740.0), (100.0, 50.0), (121.0, 61.0), (4.0, 2.0)])
async def test_the_next_session_comes_before_the_end(
    life: float, renewal: float, standin: JobsServiceStandIn, looking: Looking, clock: Clock
) -> None:
    """A minute before a JWT ends, or at half of a shorter life, another is fetched, and no look meets a 401."""
    standin.log_in.sessions.jwt_life = life
    async with looking() as service:
        for turn in range(1, 5):
            await service.job(DOCUMENTED)
            clock.now += renewal - 0.1
            await service.job(DOCUMENTED)
            assert len(standin.logins) == turn
            clock.now += 0.2
            await service.job(DOCUMENTED)
            async with asyncio.timeout(10):  # it is fetched in the background
                while len(standin.logins) == turn:
                    await service.job(DOCUMENTED)
            await asyncio.sleep(0.05)
            assert len(standin.logins) == turn + 1
            clock.now += 0.01
    assert rejected(standin) == 0


async def test_one_log_in_for_all_when_it_ends(standin: JobsServiceStandIn, looking: Looking, clock: Clock) -> None:
    """However many look while it ends or after it has ended, one log-in is sent."""
    async with looking() as service:
        await service.job(DOCUMENTED)
        for pause in (1750, 1750, 5000):
            before = len(standin.logins)
            clock.now += pause
            await asyncio.gather(*(service.job(DOCUMENTED) for _ in range(50)))
            await service.job(DOCUMENTED)
            assert len(standin.logins) == before + 1
    assert rejected(standin) == 0


async def test_the_renewal_is_not_waited_for(standin: JobsServiceStandIn, looking: Looking, clock: Clock) -> None:
    """While the log-in hangs, looks go on with the session that still lives."""
    async with looking(request_timeout=5) as service:
        await service.job(DOCUMENTED)
        standin.fail(Fault.HANG, login=True)
        clock.now += 1750
        async with asyncio.timeout(2):
            for _ in range(3):
                assert (await service.job(DOCUMENTED)).name == "testmonitor"
    assert len(standin.logins) == 2


async def test_a_renewal_that_fails_is_tried_again(standin: JobsServiceStandIn, looking: Looking, clock: Clock) -> None:
    """A log-in that fails early costs no look; it is tried again with the usual pauses, and missed only at the end."""
    standin.faults.retry_after = None
    async with looking() as service:
        await service.job(DOCUMENTED)
        standin.fail(Fault.LOGIN_UNAVAILABLE)
        clock.now += 1741
        for pause, count in [(0, 2), (1, 2), (2, 3), (3, 3), (2, 4)]:
            clock.now += pause
            await service.job(DOCUMENTED)
            await asyncio.sleep(0.05)
            await service.job(DOCUMENTED)
            assert len(standin.logins) == count
        clock.now += 60
        with pytest.raises(Busy):
            await service.job(DOCUMENTED)
        standin.heal()
        clock.now += 100
        assert (await service.job(DOCUMENTED)).name == "testmonitor"
    assert rejected(standin) == 0


async def test_a_renewal_that_is_refused_is_not_repeated(
    standin: JobsServiceStandIn, looking: Looking, clock: Clock
) -> None:
    """A password that was changed meanwhile is tried once: what lives is used to its end, then nothing is."""
    async with looking() as service:
        await service.job(DOCUMENTED)
        standin.log_in.accounts = {"jobwatch": "another"}
        clock.now += 1750
        for _ in range(3):
            await service.job(DOCUMENTED)
            await asyncio.sleep(0.05)
        assert service.refused is not None
        clock.now += 60
        for _ in range(3):
            with pytest.raises(LoginRefused):
                await service.job(DOCUMENTED)
    assert len(standin.logins) == 2


async def test_the_renewal_pause_does_not_count_against_it(
    standin: JobsServiceStandIn, looking: Looking, clock: Clock
) -> None:
    """A session that is taken back right after an early renewal is renewed all the same."""
    async with looking() as service:
        await service.job(DOCUMENTED)
        clock.now += 2000
        await service.job(DOCUMENTED)
        standin.expire_sessions()
        await service.job(DOCUMENTED)
        clock.now += 20
        standin.log_in.sessions.jwt_life = 30.0
        assert len(standin.logins) == 3


async def test_renewal_right_after_a_401(standin: JobsServiceStandIn, looking: Looking, clock: Clock) -> None:
    """A short-lived session is replaced before its end also within a minute of one that was taken back."""
    standin.log_in.sessions.jwt_life = 30.0
    async with looking() as service:
        await service.job(DOCUMENTED)
        standin.expire_sessions()
        await service.job(DOCUMENTED)
        for _ in range(5):
            clock.now += 31
            await service.job(DOCUMENTED)
    assert rejected(standin) == 1
    assert len(standin.logins) == 7


async def test_a_session_without_an_end_stays(standin: JobsServiceStandIn, looking: Looking, clock: Clock) -> None:
    """An ID that is no JWT is used for as long as the service takes it."""
    standin.log_in.sessions.jwt_life = None
    async with looking() as service:
        for _ in range(10):
            await service.job(DOCUMENTED)
            clock.now += 1700
    assert len(standin.logins) == 1
