"""Session IDs that say when they end, and those that don't."""

import asyncio

import pytest

from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn
from bot.informatica.errors import LoginRefused, RateLimited
from bot.informatica.session import SessionManager
from tests.informatica.conftest import DOCUMENTED, Clock, Connect


@pytest.fixture
def standin(clock: Clock) -> JobsServiceStandIn:
    standin = JobsServiceStandIn(clock=clock)
    standin.log_in.sessions.jwt_life = 1800.0
    return standin


def rejected(standin: JobsServiceStandIn) -> int:
    return sum(not seen.session and "login" not in seen.path.casefold() for seen in standin.requests)


async def background_login() -> None:
    """Wait for a login that is under way in the background."""
    name = SessionManager._log_in.__qualname__
    logins = [task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__qualname__", "") == name]
    if logins:
        await asyncio.wait(logins)


@pytest.mark.parametrize(("life", "renewal"), [(1800.0, 1740.0), (100.0, 50.0), (121.0, 61.0), (4.0, 2.0)])
async def test_the_next_session_comes_before_the_end(
    life: float, renewal: float, standin: JobsServiceStandIn, connect: Connect, clock: Clock
) -> None:
    """A minute before a JWT ends, or at half of a shorter life, the next is fetched, and no look-up meets a 401."""
    standin.log_in.sessions.jwt_life = life
    async with connect() as service:
        for turn in range(1, 4):
            await service.job(DOCUMENTED)
            clock.now += renewal - 0.1
            await service.job(DOCUMENTED)
            assert len(standin.logins) == turn
            clock.now += 0.2
            for _ in range(2):
                await service.job(DOCUMENTED)
                await background_login()
            assert len(standin.logins) == turn + 1
            clock.now += 0.01
    assert rejected(standin) == 0


async def test_one_login_for_all_when_it_ends(standin: JobsServiceStandIn, connect: Connect, clock: Clock) -> None:
    """However many look-ups run while a session ends or after it has ended, one login is sent."""
    async with connect() as service:
        await service.job(DOCUMENTED)
        for pause in (1750, 1750, 5000):
            before = len(standin.logins)
            clock.now += pause
            await asyncio.gather(*(service.job(DOCUMENTED) for _ in range(20)))
            await background_login()
            await service.job(DOCUMENTED)
            assert len(standin.logins) == before + 1
    assert rejected(standin) == 0


async def test_look_ups_do_not_wait_for_the_renewal(
    standin: JobsServiceStandIn, connect: Connect, clock: Clock
) -> None:
    """While the login hangs, look-ups use the session that still lives."""
    async with connect() as service:
        await service.job(DOCUMENTED)
        standin.fail(Fault.HANG, login=True)
        clock.now += 1750
        for _ in range(3):
            assert (await service.job(DOCUMENTED)).name == "testmonitor"
        async with asyncio.timeout(10):
            while len(standin.logins) < 2:  # it is on its way
                await asyncio.sleep(0)
        assert service._sessions._attempt is not None  # and still hangs


async def test_a_renewal_that_fails_is_tried_again(standin: JobsServiceStandIn, connect: Connect, clock: Clock) -> None:
    """An early login that fails costs no look-up. It is tried again after the usual pauses; look-ups fail only once
    the session has ended."""
    standin.faults.retry_after = None
    async with connect() as service:
        await service.job(DOCUMENTED)
        standin.fail(Fault.LOGIN_UNAVAILABLE)
        clock.now += 1741
        for pause, count in [(0, 2), (1, 2), (2, 3), (3, 3), (2, 4)]:
            clock.now += pause
            for _ in range(2):
                await service.job(DOCUMENTED)
                await background_login()
            assert len(standin.logins) == count
        clock.now += 60
        with pytest.raises(RateLimited):
            await service.job(DOCUMENTED)
        standin.heal()
        clock.now += 100
        assert (await service.job(DOCUMENTED)).name == "testmonitor"
    assert rejected(standin) == 0


async def test_a_renewal_that_is_refused_is_not_repeated(
    standin: JobsServiceStandIn, connect: Connect, clock: Clock
) -> None:
    """A password that was changed meanwhile is sent once. The session is used to its end, then look-ups fail."""
    async with connect() as service:
        await service.job(DOCUMENTED)
        standin.log_in.accounts = {"jobwatch": "another"}
        clock.now += 1750
        for _ in range(3):
            await service.job(DOCUMENTED)
            await background_login()
        assert service.refused is not None
        clock.now += 60
        for _ in range(3):
            with pytest.raises(LoginRefused):
                await service.job(DOCUMENTED)
    assert len(standin.logins) == 2


async def test_an_early_renewal_does_not_delay_the_next(
    standin: JobsServiceStandIn, connect: Connect, clock: Clock
) -> None:
    """A session that is revoked right after an early renewal is renewed all the same."""
    async with connect() as service:
        await service.job(DOCUMENTED)
        clock.now += 2000
        await service.job(DOCUMENTED)
        standin.expire_sessions()
        await service.job(DOCUMENTED)
    assert len(standin.logins) == 3


async def test_renewal_right_after_a_401(standin: JobsServiceStandIn, connect: Connect, clock: Clock) -> None:
    """A short-lived session is renewed before its end, also within a minute after a revoked one."""
    standin.log_in.sessions.jwt_life = 30.0
    async with connect() as service:
        await service.job(DOCUMENTED)
        standin.expire_sessions()
        await service.job(DOCUMENTED)
        for _ in range(5):
            clock.now += 31
            await service.job(DOCUMENTED)
    assert rejected(standin) == 1
    assert len(standin.logins) == 7


async def test_a_session_without_an_end_stays(standin: JobsServiceStandIn, connect: Connect, clock: Clock) -> None:
    """An ID that is not a JWT is used for as long as the service accepts it."""
    standin.log_in.sessions.jwt_life = None
    async with connect() as service:
        for _ in range(10):
            await service.job(DOCUMENTED)
            clock.now += 1700
    assert len(standin.logins) == 1
