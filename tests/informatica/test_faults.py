"""What becomes of each thing that can go wrong between the client and the service."""

import asyncio
import inspect
import itertools
import ssl
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bot.demo.informatica.faults import AT_HOME
from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn, Resource
from bot.domain.job import JobRef
from bot.informatica.client import JobsService, connected
from bot.informatica.connections import translate
from bot.informatica.errors import (
    BadAnswer,
    JobsServiceError,
    LoginRefused,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    RateLimited,
    Unreachable,
)
from tests.informatica.conftest import DOCUMENTED, LOGIN, Clock, Connect, impatient

LATE = "the jobs service didn't answer in time"
AWAY = "the jobs service can't be reached"
UNREADABLE = "the jobs service sent an answer that the bot can't read"
BUSY, DOWN = "the jobs service is busy", "the jobs service is unavailable"

ERRORS: dict[Fault, tuple[type[JobsServiceError], int | None, str]] = {
    Fault.UNAUTHORISED_ALWAYS: (NotLoggedIn, 401, "the jobs service doesn't accept the bot's session"),
    Fault.FORBIDDEN: (NotAllowed, 403, "the jobs service doesn't let the bot's account view it"),
    Fault.NOT_FOUND: (NotFound, 404, "the jobs service says there is no such job"),
    Fault.METHOD: (BadAnswer, 405, UNREADABLE),
    Fault.BUSY: (RateLimited, 429, BUSY),
    Fault.SERVER_ERROR: (Unreachable, 500, "the jobs service failed (HTTP 500)"),
    Fault.UNAVAILABLE: (RateLimited, 503, DOWN),
    Fault.HTML: (BadAnswer, 200, UNREADABLE),
    Fault.HTML_502: (Unreachable, 502, "the jobs service failed (HTTP 502)"),
    Fault.TRUNCATED_JSON: (BadAnswer, 200, UNREADABLE),
    Fault.NULL_STATUS: (BadAnswer, 200, UNREADABLE),
    Fault.LIST: (BadAnswer, 200, UNREADABLE),
    Fault.HUGE: (BadAnswer, 200, UNREADABLE),
    Fault.HANG: (Unreachable, None, LATE),
    Fault.DRIP: (Unreachable, None, LATE),
    Fault.DROP: (Unreachable, None, AWAY),
    Fault.REDIRECT: (BadAnswer, 302, UNREADABLE),
    Fault.LOGIN_REFUSED: (LoginRefused, 401, "the jobs service refused the bot's login"),
    Fault.LOGIN_UNAVAILABLE: (RateLimited, 503, DOWN),
    Fault.BAD_REQUEST: (BadAnswer, 400, UNREADABLE),
    Fault.NOT_IMPLEMENTED: (Unreachable, 501, "the jobs service failed (HTTP 501)"),
    Fault.ERROR_UNDER_200: (BadAnswer, 200, UNREADABLE),
}
HARMLESS = [
    Fault.UNAUTHORISED_ONCE,
    Fault.METHOD_NOT_ALLOWED,
    *(fault for fault, resource in AT_HOME.items() if resource is Resource.LIST),
]


async def error_from(service: JobsService, ref: JobRef = DOCUMENTED) -> JobsServiceError:
    with pytest.raises(JobsServiceError) as caught:
        await service.job(ref)
    return caught.value


def test_every_fault_has_its_row() -> None:
    """The table below covers every fault of the stand-in."""
    assert {*ERRORS, *HARMLESS} == set(Fault)


@pytest.mark.parametrize("fault", ERRORS, ids=lambda fault: fault.name)
async def test_each_fault_is_one_of_our_errors_and_passes(
    fault: Fault, standin: JobsServiceStandIn, connect: Connect, clock: Clock
) -> None:
    """Each fault becomes its error in time, with words for people. Once it is over, the same connection works again;
    only a refused login stays refused."""
    kind, status, reason = ERRORS[fault]
    async with connect(connections=1) as service:
        standin.fail(fault)
        with impatient(service, fault):
            error = await asyncio.wait_for(error_from(service), 20)
        assert (type(error), error.status, error.reason) == (kind, status, reason)
        assert error.remedy.endswith(".")

        standin.heal()
        clock.now += 100
        if fault is Fault.LOGIN_REFUSED:
            assert isinstance(await error_from(service), LoginRefused)
        else:
            assert (await service.job(DOCUMENTED)).name == "testmonitor"


def test_members_hear_of_no_setting() -> None:
    """What people in Slack are told to do names no setting; operators are told which one to correct."""
    errors = [kind() for kind in (LoginRefused, BadAnswer)]
    assert all("INFORMATICA_" not in error.remedy for error in errors)
    assert all("INFORMATICA_" in error.operator_remedy for error in errors)
    assert NotFound().operator_remedy == NotFound().remedy


async def test_harmless_faults(standin: JobsServiceStandIn, connect: Connect, clock: Clock) -> None:
    """An expired session, and a service that insists on POST, cost a request and no error; faults of the job list
    don't affect look-ups."""
    async with connect() as service:
        for fault in HARMLESS:
            standin.fail(fault)
            assert (await service.job(DOCUMENTED)).name == "testmonitor", fault
            standin.heal()
            clock.now += 100


async def test_the_services_own_words_are_kept(connect: Connect) -> None:
    """The service's code, message and request ID are in the error."""
    async with connect() as service:
        error = await error_from(service, JobRef("no-such", 1))

    assert (error.code, error.detail) == ("NOT_FOUND", "No job with dataflow ID no-such and run ID 1")
    assert error.request_id
    assert error.request_id in str(error)


async def test_the_method_that_worked_is_remembered(standin: JobsServiceStandIn, connect: Connect) -> None:
    """After GET was refused and POST worked, POST is used at once, and back again the same way."""
    async with connect() as service:
        standin.fail(Fault.METHOD_NOT_ALLOWED)
        for _ in range(3):
            await service.job(DOCUMENTED)
        standin.heal()
        await service.job(DOCUMENTED)

    assert [seen.method for seen in standin.requests[1:]] == ["GET", "POST", "POST", "POST", "POST", "GET"]


async def test_the_method_changes_under_many(standin: JobsServiceStandIn, connect: Connect) -> None:
    """Look-ups in flight when the method changes still try the other one than they used."""
    async with connect() as service:
        standin.fail(Fault.METHOD_NOT_ALLOWED)

        jobs = await asyncio.gather(*(service.job(DOCUMENTED) for _ in range(40)))

    assert {job.name for job in jobs} == {"testmonitor"}


async def test_redirects_are_not_followed(standin: JobsServiceStandIn, connect: Connect) -> None:
    """A redirect is an error: following it could send the session elsewhere."""
    async with connect() as service:
        standin.fail(Fault.REDIRECT)
        await error_from(service)

    assert not [seen for seen in standin.requests if "elsewhere" in seen.path]


async def test_huge_answers_are_cut(standin: JobsServiceStandIn, connect: Connect) -> None:
    """Of an answer of fifty megabytes little more than the first is read, whatever the sockets buffer."""
    async with connect() as service:
        standin.fail(Fault.HUGE)
        error = await error_from(service)

    assert error.detail == "the answer is larger than 1 MiB"
    assert standin.faults.bytes_sent < 20_000_000


async def test_hanging_jobs_leave_the_others_alone(standin: JobsServiceStandIn, connect: Connect) -> None:
    """While one job hangs, the others are looked up."""
    standin.with_demo_jobs()
    other = next(JobRef(*key) for key in standin.jobs if JobRef(*key) != DOCUMENTED)
    async with connect(connections=2) as service:
        standin.fail(Fault.HANG, dataflow=DOCUMENTED.dataflow)
        hanging = asyncio.create_task(service.job(DOCUMENTED))

        for _ in range(5):
            assert (await service.job(other)).ref == other

        assert not hanging.done()
        hanging.cancel()


async def test_waiting_for_a_connection_is_within_the_limit(standin: JobsServiceStandIn, connect: Connect) -> None:
    """A look-up that finds every connection taken ends in time as well."""
    async with connect(connections=1, look_up_timeout=0.2) as service:
        standin.fail(Fault.HANG)

        errors = await asyncio.wait_for(asyncio.gather(*(error_from(service) for _ in range(5))), 10)

    assert {error.reason for error in errors} == {LATE}


async def test_a_kept_connection_that_dropped_is_tried_again(standin: JobsServiceStandIn, connect: Connect) -> None:
    """A kept connection that drops before any answer costs one more request, not an error."""
    async with connect(connections=1) as service:
        await service.job(DOCUMENTED)
        standin.fail(Fault.DROP, times=1)
        assert (await service.job(DOCUMENTED)).name == "testmonitor"

        standin.fail(Fault.DROP, times=2)
        assert (await error_from(service)).reason == AWAY


async def test_an_outage_does_not_double_the_requests(standin: JobsServiceStandIn, connect: Connect) -> None:
    """Where requests drop one after the other, only the first is sent once more."""
    async with connect(connections=1) as service:
        standin.fail(Fault.DROP)
        for _ in range(3):
            await error_from(service)

    assert len([seen for seen in standin.requests if seen.session]) == 4


async def test_a_cancelled_look_up_leaves_its_connection_usable(connect: Connect) -> None:
    """At whatever step a look-up is cancelled, the next one on the same connection is answered."""
    async with connect(connections=1, look_up_timeout=5.0) as service:
        await service.job(DOCUMENTED)
        for steps in itertools.count():
            look_up = asyncio.create_task(service.job(DOCUMENTED))
            for _ in range(steps):
                await asyncio.sleep(0)
            if look_up.done():
                break
            look_up.cancel()
            await asyncio.wait([look_up])
            assert (await service.job(DOCUMENTED)).name == "testmonitor", steps
        assert steps > 3


async def test_bad_addresses(unused_tcp_port: int) -> None:
    """A port where nothing listens, and an address that is not one, are errors of ours like any other."""
    for url in (
        f"http://127.0.0.1:{unused_tcp_port}",
        "",
        "nonsense",
        "http://",
        "http://a:b:c",
        "ftp://x",
        "http://\x00",
        "http://[::",
    ):
        async with connected(url, "jobwatch", "x", connections=1) as service:
            assert (await error_from(service)).reason == AWAY, url


async def test_odd_ids_are_quoted(standin: JobsServiceStandIn, connect: Connect) -> None:
    """A dataflow ID is one segment of the path, whatever is in it. An ID that a URL would swallow is not sent."""
    async with connect() as service:
        for dataflow in ("", ".", ".."):
            assert isinstance(await error_from(service, JobRef(dataflow, 1)), NotFound)
        assert not standin.requests
        for dataflow in ("a/b", "a b?c#d", "ü", "\ud800", "%2e%2e"):
            assert isinstance(await error_from(service, JobRef(dataflow, 1)), NotFound)


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


async def test_every_foreign_error_is_translated() -> None:
    """Whatever httpx raises, only an error of ours leaves the client."""
    foreign: Exception | None = None

    def answer(request: httpx.Request) -> httpx.Response:
        if foreign is None:
            return httpx.Response(200, json=LOGIN)
        raise foreign

    async with connected("http://x.test", "u", "p", connections=1, transport=httpx.MockTransport(answer)) as service:
        await service.log_in()
        for foreign in foreign_errors():
            error = await error_from(service)
            assert type(error) is type(translate(foreign)), foreign
            assert isinstance(error, Unreachable | BadAnswer), foreign
