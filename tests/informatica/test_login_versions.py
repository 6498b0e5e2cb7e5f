"""The two versions of the login: the newer one first, the older one where the newer doesn't exist."""

import httpx
import pytest

from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn, served
from bot.informatica.client import connected
from bot.informatica.errors import BadAnswer, JobsServiceError, LoginRefused
from tests.informatica.conftest import DOCUMENTED, PASSWORD, Clock, Connect

V3 = "/saas/public/core/v3/login"
V1 = "/identity-service/api/v1/Login"
ABSENT = [Fault.NOT_FOUND, Fault.METHOD, Fault.HTML]


def logins(standin: JobsServiceStandIn) -> list[str]:
    return [seen.path for seen in standin.requests if seen.path in (V1, V3)]


@pytest.mark.parametrize("absent", ABSENT, ids=lambda fault: fault.name)
async def test_version_3_does_not_exist(absent: Fault, standin: JobsServiceStandIn, clock: Clock) -> None:
    """Version 1 logs in, with the server from the settings; from then on it is used at once."""
    standin.log_in.v3_absent = absent
    async with (
        served(standin) as url,
        connected(url, "jobwatch", PASSWORD, url, connections=1, clock=clock) as service,
    ):
        assert (await service.job(DOCUMENTED)).name == "testmonitor"
        standin.expire_sessions()
        assert (await service.job(DOCUMENTED)).name == "testmonitor"
    assert logins(standin) == [V3, V1, V1]


async def test_version_1_names_no_server(standin: JobsServiceStandIn, connect: Connect) -> None:
    """Without a server in the settings, the error names the setting."""
    standin.log_in.v3_absent = Fault.NOT_FOUND
    async with connect() as service:
        with pytest.raises(BadAnswer) as caught:
            await service.log_in()
    assert "INFORMATICA_SERVER_URI" in str(caught.value)


async def test_what_worked_may_disappear(standin: JobsServiceStandIn, clock: Clock) -> None:
    """When version 3 replaces version 1, it is found."""
    standin.log_in.v3_absent = Fault.NOT_FOUND
    async with (
        served(standin) as url,
        connected(url, "jobwatch", PASSWORD, url, connections=1, clock=clock) as service,
    ):
        await service.log_in()
        standin.expire_sessions()
        standin.log_in.v3_absent = None
        standin.fail(Fault.NOT_FOUND, login=True, times=1)
        await service.job(DOCUMENTED)
        standin.expire_sessions()
        clock.now += 100
        await service.job(DOCUMENTED)
    assert logins(standin) == [V3, V1, V1, V3, V3]


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "AUTH_01"), (401, "AUTH_01"), (403, "AUTH_01"), (404, "IDS_086"), (405, "AUTH_01"), (500, "IDS_086")],
)
async def test_never_after_a_refusal(status: int, code: str) -> None:
    """A password that version 3 refused, in whatever form, is not sent to version 1 as well."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(status, json={"error": {"code": code, "message": "no"}})

    transport = httpx.MockTransport(answer)
    async with connected("http://x.test", "u", "p", "http://x.test", transport=transport, connections=1) as service:
        for _ in range(2):
            with pytest.raises(LoginRefused):
                await service.log_in()
    assert asked == [V3]


@pytest.mark.parametrize("fault", [Fault.LOGIN_UNAVAILABLE, Fault.HTML_502, Fault.REDIRECT, Fault.DROP])
async def test_not_for_a_fault_that_passes(fault: Fault, standin: JobsServiceStandIn, connect: Connect) -> None:
    """While the login of version 3 fails, version 1 is not tried in its place."""
    standin.fail(fault, login=True)
    async with connect() as service:
        with pytest.raises(JobsServiceError):
            await service.log_in()
    assert logins(standin) == [V3]


async def test_a_refusal_by_version_1_is_final(standin: JobsServiceStandIn, connect: Connect, clock: Clock) -> None:
    """A wrong password is tried only once with version 1, too."""
    standin.log_in.v3_absent = Fault.NOT_FOUND
    async with connect(password="wrong") as service:
        for _ in range(3):
            with pytest.raises(LoginRefused):
                await service.log_in()
            clock.now += 1000
    assert len(standin.logins) == 1


@pytest.mark.parametrize("absent", ABSENT, ids=lambda fault: fault.name)
async def test_neither_exists(absent: Fault, standin: JobsServiceStandIn, connect: Connect) -> None:
    """An address without any login is a bad answer that names the setting to operators; it may be tried again."""
    standin.fail(absent, login=True)
    async with connect() as service:
        with pytest.raises(BadAnswer) as caught:
            await service.log_in()
        assert service.refused is None
    assert "INFORMATICA_LOGIN_URL" in caught.value.operator_remedy
    assert logins(standin) == [V3, V1]
