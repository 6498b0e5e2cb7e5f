"""What becomes of each thing that can go wrong between the client and the service."""

import asyncio
import inspect
import itertools
import ssl
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bot.demo.jobs_faults import AT_HOME
from bot.demo.jobs_service import Fault, JobsServiceStandIn, Resource, served
from bot.domain.job import JobRef
from bot.informatica.client import JobsService, connected
from bot.informatica.errors import (
    BadAnswer,
    Busy,
    JobsServiceError,
    LoginRefused,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    Unreachable,
)
from bot.informatica.exchange import translated
from tests.informatica.conftest import DOCUMENTED, PASSWORD, Clock, Looking, limit

LATE = "the jobs service did not answer in time"
AWAY = "the jobs service could not be reached"
ODD = "the jobs service gave an answer that makes no sense to the bot"
BUSY = "the jobs service is busy"

ERRORS: dict[Fault, tuple[type[JobsServiceError], int | None, str]] = {
    Fault.UNAUTHORISED_ALWAYS: (NotLoggedIn, 401, "the jobs service does not accept the bot's session"),
    Fault.FORBIDDEN: (NotAllowed, 403, "the jobs service does not let the bot's account see it"),
    Fault.NOT_FOUND: (NotFound, 404, "the jobs service says there is no such job"),
    Fault.METHOD: (BadAnswer, 405, ODD),
    Fault.BUSY: (Busy, 429, BUSY),
    Fault.SERVER_ERROR: (Unreachable, 500, "the jobs service has a fault of its own (HTTP 500)"),
    Fault.UNAVAILABLE: (Busy, 503, BUSY),
    Fault.HTML: (BadAnswer, 200, ODD),
    Fault.HTML_502: (Unreachable, 502, "the jobs service has a fault of its own (HTTP 502)"),
    Fault.TRUNCATED_JSON: (BadAnswer, 200, ODD),
    Fault.NULL_STATUS: (BadAnswer, 200, ODD),
    Fault.LIST: (BadAnswer, 200, ODD),
    Fault.HUGE: (BadAnswer, 200, ODD),
    Fault.HANG: (Unreachable, None, LATE),
    Fault.DRIP: (Unreachable, None, LATE),
    Fault.DROP: (Unreachable, None, AWAY),
    Fault.REDIRECT: (BadAnswer, 302, ODD),
    Fault.LOGIN_REFUSED: (LoginRefused, 401, "the jobs service refused the bot's log-in"),
    Fault.LOGIN_UNAVAILABLE: (Busy, 503, BUSY),
    Fault.BAD_REQUEST: (BadAnswer, 400, ODD),
    Fault.NOT_IMPLEMENTED: (Unreachable, 501, "the jobs service has a fault of its own (HTTP 501)"),
    Fault.ERROR_UNDER_200: (BadAnswer, 200, ODD),
}
HARMLESS = [
    Fault.UNAUTHORISED_ONCE,
    Fault.METHOD_NOT_ALLOWED,
    *(fault for fault, resource in AT_HOME.items() if resource is Resource.LIST),
]


async def failure_of(service: JobsService, ref: JobRef = DOCUMENTED) -> JobsServiceError:
    with pytest.raises(JobsServiceError) as caught:
        await service.job(ref)
    return caught.value


def test_every_fault_has_its_row() -> None:
    """No fault that the stand-in knows is left out of the table below."""
    assert {*ERRORS, *HARMLESS} == set(Fault)


@pytest.mark.parametrize("fault", ERRORS, ids=lambda fault: fault.name)
async def test_each_fault_is_one_of_our_errors_and_leaves_nothing_behind(
    fault: Fault, standin: JobsServiceStandIn, looking: Looking, clock: Clock
) -> None:
    """Each fault becomes its error, with words for a person, and within the time limit. Once it is over the same client
    sees the job again; only a refused log-in stays refused."""
    kind, status, reason = ERRORS[fault]
    async with looking(request_timeout=limit(fault), connections=1) as service:
        standin.fail(fault)
        error = await asyncio.wait_for(failure_of(service), 10)
        assert (type(error), error.status, error.reason) == (kind, status, reason)
        assert error.remedy.endswith(".")
        standin.heal()
        clock.now += 100

        if fault is Fault.LOGIN_REFUSED:
            assert isinstance(await failure_of(service), LoginRefused)
        else:
            assert (await service.job(DOCUMENTED)).name == "testmonitor"


@pytest.mark.parametrize("fault", HARMLESS, ids=lambda fault: fault.name)
async def test_harmless_faults(fault: Fault, standin: JobsServiceStandIn, looking: Looking) -> None:
    """A session that ended, and a service that insists on the other method, cost a request and no error; what the
    list does is nothing to a look."""
    async with looking() as service:
        standin.fail(fault)

        assert (await service.job(DOCUMENTED)).name == "testmonitor"


async def test_service_own_words_are_kept(looking: Looking) -> None:
    """The service's code, message and request ID stand in the error."""
    async with looking() as service:
        error = await failure_of(service, JobRef("no-such", 1))

    assert (error.code, error.detail) == ("NOT_FOUND", "No job with dataflow ID no-such and run ID 1")
    assert error.request_id
    assert error.request_id in str(error)


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0), (None, None)])
async def test_busy_says_how_long(
    header: str | None, seconds: float | None, standin: JobsServiceStandIn, looking: Looking
) -> None:
    """A busy service's Retry-After is in the error."""
    async with looking() as service:
        standin.retry_after = header
        standin.fail(Fault.BUSY)

        error = await failure_of(service)

    assert isinstance(error, Busy)
    assert error.retry_after == seconds


async def test_the_method_that_worked_is_remembered(standin: JobsServiceStandIn, looking: Looking) -> None:
    """After GET was refused and POST worked, POST is used at once; and back again the same way."""
    async with looking() as service:
        standin.fail(Fault.METHOD_NOT_ALLOWED)
        for _ in range(3):
            await service.job(DOCUMENTED)
        standin.heal()
        await service.job(DOCUMENTED)

    assert [seen.method for seen in standin.requests[1:]] == ["GET", "POST", "POST", "POST", "POST", "GET"]


async def test_the_method_changes_under_many(standin: JobsServiceStandIn, looking: Looking) -> None:
    """Looks that were under way when the method changed still try the other one than they used."""
    async with looking() as service:
        standin.fail(Fault.METHOD_NOT_ALLOWED)

        jobs = await asyncio.gather(*(service.job(DOCUMENTED) for _ in range(40)))

    assert {job.name for job in jobs} == {"testmonitor"}


async def test_redirects_are_not_followed(standin: JobsServiceStandIn, looking: Looking) -> None:
    """A redirection is answered by an error, not by sending the session elsewhere."""
    async with looking() as service:
        standin.fail(Fault.REDIRECT)
        await failure_of(service)

    assert not [seen for seen in standin.requests if "elsewhere" in seen.path]


async def test_huge_answers_are_not_read_whole(standin: JobsServiceStandIn, looking: Looking) -> None:
    """Of fifty megabytes little more than the first is taken, whatever the sockets had buffered."""
    async with looking() as service:
        standin.fail(Fault.HUGE)
        error = await failure_of(service)

    assert error.detail == "the answer is larger than 1 MiB"
    assert standin.bytes_sent < 20_000_000


async def test_hanging_jobs_leave_the_others_alone(standin: JobsServiceStandIn, looking: Looking) -> None:
    """While one job hangs, the others are seen."""
    standin.with_demo_jobs()
    other = next(JobRef(*key) for key in standin.jobs if JobRef(*key) != DOCUMENTED)
    async with looking(connections=2) as service:
        standin.fail(Fault.HANG, dataflow=DOCUMENTED.dataflow)
        hanging = asyncio.create_task(service.job(DOCUMENTED))

        for _ in range(5):
            assert (await service.job(other)).ref == other

        assert not hanging.done()
        hanging.cancel()


async def test_waiting_for_a_connection_is_within_the_limit(standin: JobsServiceStandIn, looking: Looking) -> None:
    """A look that finds every connection taken ends in time as well."""
    async with looking(connections=1, look_timeout=0.2) as service:
        standin.fail(Fault.HANG)

        errors = await asyncio.wait_for(asyncio.gather(*(failure_of(service) for _ in range(5))), 10)

    assert {error.reason for error in errors} == {LATE}


async def test_a_kept_connection_that_dropped_is_tried_again(standin: JobsServiceStandIn, looking: Looking) -> None:
    """A connection that was kept and drops before any answer costs one more request, not an error."""
    async with looking(connections=1) as service:
        await service.job(DOCUMENTED)
        standin.fail(Fault.DROP, times=1)
        assert (await service.job(DOCUMENTED)).name == "testmonitor"

        standin.fail(Fault.DROP, times=2)
        assert (await failure_of(service)).reason == AWAY


async def test_a_new_connection_that_dropped_is_not(standin: JobsServiceStandIn, looking: Looking) -> None:
    """A first request that drops is an error at once: an outage must not double the requests."""
    async with looking(connections=1) as service:
        standin.fail(Fault.DROP, times=1)
        await failure_of(service)

    assert len([seen for seen in standin.requests if seen.session]) == 1


async def test_a_look_that_is_broken_off_leaves_its_connection_usable(looking: Looking) -> None:
    """At whatever step a look is cancelled, the next one on the same connection is answered."""
    async with looking(connections=1, look_timeout=5.0) as service:
        await service.job(DOCUMENTED)
        for steps in itertools.count():
            look = asyncio.create_task(service.job(DOCUMENTED))
            for _ in range(steps):
                await asyncio.sleep(0)
            if look.done():
                break
            look.cancel()
            await asyncio.wait([look])
            assert (await service.job(DOCUMENTED)).name == "testmonitor", steps
        assert steps > 3


async def test_nobody_there(unused_tcp_port: int) -> None:
    """A port where nobody listens is a service that cannot be reached."""
    async with connected(f"http://127.0.0.1:{unused_tcp_port}", "jobwatch", "x", connections=1) as service:
        assert (await failure_of(service)).reason == AWAY


@pytest.mark.parametrize("url", ["", "nonsense", "http://", "http://a:b:c", "ftp://x", "http://\x00", "http://[::"])
async def test_bad_addresses(url: str) -> None:
    """An address that is none is an error of ours like any other."""
    async with connected(url, "jobwatch", "x", connections=1) as service:
        assert (await failure_of(service)).reason == AWAY


@pytest.mark.parametrize("dataflow", ["a/b", "a b?c#d", "ü", "\ud800", "%2e%2e"])
async def test_odd_ids_are_quoted(dataflow: str, looking: Looking) -> None:
    """A dataflow ID is one segment of the path, whatever stands in it: it cannot lead to another resource."""
    async with looking() as service:
        assert isinstance(await failure_of(service, JobRef(dataflow, 1)), NotFound)


@pytest.mark.parametrize("dataflow", ["", ".", ".."])
async def test_dots_are_no_id(dataflow: str, standin: JobsServiceStandIn, looking: Looking) -> None:
    """An ID that a URL would swallow is not sent at all."""
    async with looking() as service:
        assert isinstance(await failure_of(service, JobRef(dataflow, 1)), NotFound)

    assert not standin.requests


async def test_the_proxy_of_the_environment_is_not_for_loopback(
    looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a proxy in the environment, a service on this machine is still reached directly."""
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async with looking() as service:
        assert (await service.job(DOCUMENTED)).name == "testmonitor"


async def test_the_proxy_of_the_environment_is_used(
    standin: JobsServiceStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service elsewhere is reached through the environment's proxy, unless its host is an exception."""
    async with served(standin) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", "other.invalid")
        async with connected("http://jobs.invalid", "jobwatch", PASSWORD, connections=1) as service:
            assert (await service.job(DOCUMENTED)).name == "testmonitor"
        async with connected("http://other.invalid", "jobwatch", PASSWORD, connections=1) as service:
            assert (await failure_of(service)).reason == AWAY


async def test_no_cookie_is_sent_back() -> None:
    """A cookie in an answer is not kept: it could carry a session."""
    cookies: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        cookies.append(request.headers.get("Cookie"))
        return httpx.Response(200, json=LOGIN | {"status": "Stopped"}, headers={"Set-Cookie": "s=secret; Path=/"})

    async with connected("http://x.test", "u", "p", connections=1, transport=httpx.MockTransport(answer)) as service:
        for _ in range(2):
            await service.job(DOCUMENTED)

    assert cookies == [None, None, None]


LOGIN = {"userInfo": {"sessionId": "S"}, "products": [{"baseApiUrl": "http://x.test/saas"}]}


def foreign_errors() -> Iterator[Exception]:
    """One of each error that httpx or the operating system may raise."""
    request = httpx.Request("GET", "http://x.test")
    kinds: list[Any] = [httpx.HTTPError, httpx.StreamError, httpx.InvalidURL]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind is httpx.HTTPStatusError:
            yield httpx.HTTPStatusError("boom", request=request, response=httpx.Response(500))
        elif "message" in inspect.signature(kind).parameters:
            yield kind("boom")
        else:
            yield kind()
    yield from (OSError("boom"), ConnectionResetError("boom"), TimeoutError("boom"), ssl.SSLError("boom"))


@pytest.mark.parametrize("foreign", list(foreign_errors()), ids=lambda error: type(error).__name__)
async def test_every_foreign_error_is_translated(foreign: Exception) -> None:
    """Whatever httpx raises, only an error of ours leaves the client, with the cause where it quotes nothing."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json=LOGIN)
        raise foreign

    async with connected("http://x.test", "u", "p", connections=1, transport=httpx.MockTransport(answer)) as service:
        error = await failure_of(service)

    assert type(error) is type(translated(foreign))
    assert isinstance(error, Unreachable | BadAnswer)
