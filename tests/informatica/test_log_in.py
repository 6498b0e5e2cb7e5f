"""One session for everybody: when a log-in is sent, and when it is not."""

import asyncio
import json

import httpx
import pytest

from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn
from bot.informatica.client import connected
from bot.informatica.errors import BadAnswer, Busy, JobsServiceError, LoginRefused, NotLoggedIn, Unreachable
from bot.informatica.log_in import server_of
from tests.informatica.conftest import DOCUMENTED, Clock, Looking

LOGIN = {"userInfo": {"sessionId": "S"}, "products": [{"baseApiUrl": "http://pod.x.test/saas"}]}


async def test_one_log_in_for_all(standin: JobsServiceStandIn, looking: Looking) -> None:
    """Fifty looks at once share one log-in, and one more when the session has expired."""
    async with looking() as service:
        await asyncio.gather(*(service.job(DOCUMENTED) for _ in range(50)))
        assert len(standin.logins) == 1

        standin.expire_sessions()
        await asyncio.gather(*(service.job(DOCUMENTED) for _ in range(50)))
        assert len(standin.logins) == 2


async def test_a_refused_log_in_is_never_repeated(standin: JobsServiceStandIn, looking: Looking, clock: Clock) -> None:
    """One wrong password is sent once in the life of the process, however many ask and however long."""
    async with looking(password="wrong") as service:
        for _ in range(3):
            results = await asyncio.gather(*(service.job(DOCUMENTED) for _ in range(20)), return_exceptions=True)
            assert {type(result) for result in results} == {LoginRefused}
            with pytest.raises(LoginRefused):
                await service.log_in()
            clock.now += 100_000

        assert service.refused is not None
        assert service.refused.code == "AUTH_01"
    assert len(standin.logins) == 1


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_every_form_of_a_refusal(status: int) -> None:
    """A refusal may come under each of these statuses, with any body."""
    service_answers = httpx.MockTransport(lambda _: httpx.Response(status, text="<html>no</html>"))
    async with connected("http://x.test", "u", "p", transport=service_answers, connections=1) as service:
        with pytest.raises(LoginRefused):
            await service.log_in()


@pytest.mark.parametrize("status", [200, 423, 500])
async def test_a_locked_account_is_a_refusal(status: int) -> None:
    """The code of a locked account is a refusal under any status."""
    body = {"error": {"code": "IDS_086", "message": "locked"}}
    service_answers = httpx.MockTransport(lambda _: httpx.Response(status, json=body))
    async with connected("http://x.test", "u", "p", transport=service_answers, connections=1) as service:
        with pytest.raises(LoginRefused):
            await service.log_in()


async def test_a_failed_log_in_waits_before_the_next(
    standin: JobsServiceStandIn, looking: Looking, clock: Clock
) -> None:
    """While the log-in fails, looks raise its error without a request, until a pause that grows is over."""
    standin.faults.retry_after = None
    async with looking() as service:
        standin.fail(Fault.LOGIN_UNAVAILABLE)
        for pause, count in [(0, 1), (1.9, 1), (0.2, 2), (2, 2), (2.1, 3)]:
            clock.now += pause
            with pytest.raises(Busy):
                await service.job(DOCUMENTED)
            assert len(standin.logins) == count

        standin.heal()
        clock.now += 60
        assert (await service.job(DOCUMENTED)).name == "testmonitor"


async def test_a_failed_log_in_honours_retry_after(standin: JobsServiceStandIn, looking: Looking, clock: Clock) -> None:
    """A Retry-After at the log-in is waited for, but no longer than five minutes."""
    standin.faults.retry_after = "99999"
    async with looking() as service:
        standin.fail(Fault.LOGIN_UNAVAILABLE)
        for pause, count in [(0, 1), (299, 1), (2, 2)]:
            clock.now += pause
            with pytest.raises(Busy):
                await service.log_in()
            assert len(standin.logins) == count


async def test_401_always_is_not_a_log_in_a_look(standin: JobsServiceStandIn, looking: Looking, clock: Clock) -> None:
    """Where every session is refused, a new one is fetched once a minute and not at each look."""
    async with looking() as service:
        standin.fail(Fault.UNAUTHORISED_ALWAYS)
        for pause, count in [(0, 2), (0, 2), (59, 2), (2, 3), (1, 3)]:
            clock.now += pause
            with pytest.raises(NotLoggedIn):
                await service.job(DOCUMENTED)
            assert len(standin.logins) == count


async def test_who_gives_up_waiting_does_not_end_the_log_in() -> None:
    """A look that is cancelled during the log-in leaves it to the others who wait for it."""
    asked, allowed, logins = asyncio.Event(), asyncio.Event(), 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal logins
        if request.method == "POST":
            logins += 1
            asked.set()
            await allowed.wait()
            return httpx.Response(200, json=LOGIN)
        return httpx.Response(200, json={"status": "Stopped"})

    async with connected("http://x.test", "u", "p", transport=httpx.MockTransport(answer), connections=2) as service:
        first, second = (asyncio.create_task(service.job(DOCUMENTED)) for _ in range(2))
        await asked.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        allowed.set()

        assert (await second).status.raw == "Stopped"
    assert logins == 1


async def test_closing_ends_a_log_in_under_way(standin: JobsServiceStandIn, looking: Looking) -> None:
    """The end of the client does not wait for a log-in that hangs, and leaves no task behind."""
    async with looking(look_timeout=0.1) as service:
        standin.fail(Fault.HANG, login=True)
        with pytest.raises(Unreachable):
            await service.log_in()

    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_session_of_16000_characters(standin: JobsServiceStandIn, looking: Looking) -> None:
    """A session ID as long as the service documents is carried whole."""
    standin.log_in.sessions.session_length = 16_000
    async with looking() as service:
        assert (await service.job(DOCUMENTED)).name == "testmonitor"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"userInfo": None},
        {"userInfo": {"sessionId": ""}, "products": LOGIN["products"]},
        {"userInfo": {"sessionId": "S\r\nX: y"}, "products": LOGIN["products"]},
        {"userInfo": {"sessionId": "S" * 16_001}, "products": LOGIN["products"]},
        {"userInfo": {"sessionId": 5}, "products": LOGIN["products"]},
        {"userInfo": {"sessionId": "S"}, "products": "none"},
        {"userInfo": {"sessionId": "S"}, "products": [None, {}, {"baseApiUrl": 3}, {"baseApiUrl": "ftp://x"}]},
    ],
)
async def test_answers_that_are_no_log_in(body: object) -> None:
    """An answer without a usable session ID or server is a bad answer; that may be tried again."""
    service_answers = httpx.MockTransport(lambda _: httpx.Response(200, json=body))
    async with connected("http://x.test", "u", "p", transport=service_answers, connections=1) as service:
        with pytest.raises(BadAnswer):
            await service.log_in()
        assert service.refused is None


@pytest.mark.parametrize("status", [302, 404, 405, 418])
async def test_other_answers_at_the_log_in(status: int) -> None:
    """What is neither a log-in nor a refusal nor a fault is a bad answer: the address is wrong, perhaps."""
    service_answers = httpx.MockTransport(lambda _: httpx.Response(status))
    async with connected("http://x.test", "u", "p", transport=service_answers, connections=1) as service:
        with pytest.raises(BadAnswer):
            await service.log_in()


async def test_what_a_log_in_sends() -> None:
    """The log-in carries user name and password as JSON, and no session; the job is asked from the pod's server."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=LOGIN | {"status": "Stopped"})

    async with connected(
        "http://x.test/", 'ü"', "p\udce4", transport=httpx.MockTransport(answer), connections=1
    ) as service:
        await service.job(DOCUMENTED)

    log_in, look = seen
    assert (log_in.method, str(log_in.url)) == ("POST", "http://x.test/saas/public/core/v3/login")
    assert json.loads(log_in.content) == {"username": 'ü"', "password": "p\udce4"}
    assert "IDS-SESSION-ID" not in log_in.headers
    assert look.headers["IDS-SESSION-ID"] == "S"
    assert look.headers["Accept-Encoding"] == "identity"
    assert str(look.url) == f"http://pod-ing.x.test/sisvc/monitor/v1/jobs/{DOCUMENTED}"


async def test_the_server_may_be_set(standin: JobsServiceStandIn, looking: Looking) -> None:
    """A server URI that is set is used instead of the one that the log-in's answer leads to."""
    async with looking(server_uri="http://127.0.0.1:1/") as service:
        await service.log_in()
        with pytest.raises(Unreachable):
            await service.job(DOCUMENTED)


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("https://usw1.dm2-us.informaticacloud.com/saas", "https://usw1-ing.dm2-us.informaticacloud.com"),
        ("https://usw1.dm2-us.informaticacloud.com/saas/", "https://usw1-ing.dm2-us.informaticacloud.com"),
        ("https://usw1-ing.dm2-us.informaticacloud.com", "https://usw1-ing.dm2-us.informaticacloud.com"),
        ("https://user:pass@pod.x.test:8443/saas?a=b", "https://pod-ing.x.test:8443"),
        ("http://127.0.0.1:1234/saas", "http://127.0.0.1:1234"),
        ("http://[::1]:1234/saas", "http://[::1]:1234"),
        ("http://localhost:1234/saas", "http://localhost:1234"),
    ],
)
def test_server_of_a_pod(address: str, server: str) -> None:
    """The ingestion server is the pod's first label with "-ing"; an address on this machine stays as it is."""
    assert server_of(["mailto:x", "http://x:y:z", address], secure=False) == server


def test_no_session_in_clear() -> None:
    """After a log-in over TLS, an address without TLS is passed over."""
    assert server_of(["http://a.x.test", "https://b.x.test"], secure=True) == "https://b-ing.x.test"
    with pytest.raises(BadAnswer):
        server_of(["http://a.x.test"], secure=True)


async def test_an_error_raised_again_does_not_grow(looking: Looking) -> None:
    """The remembered refusal is a new error each time: one that is raised for months would drag its traceback."""
    errors: list[JobsServiceError] = []
    async with looking(password="wrong") as service:
        for _ in range(3):
            with pytest.raises(LoginRefused) as caught:
                await service.log_in()
            errors.append(caught.value)

    assert len({id(error) for error in errors}) == 3
    assert len({(str(error), error.request_id) for error in errors}) == 1
