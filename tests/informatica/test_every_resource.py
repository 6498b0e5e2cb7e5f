"""What holds for the jobs resource holds for every other resource too."""

import asyncio
import re
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx
import pytest

from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn, Resource
from bot.informatica.client import JobsService, connected
from bot.informatica.errors import JobsServiceError, NotFound, RateLimited, Unreachable
from tests.informatica.conftest import DOCUMENTED, LOGIN, PASSWORD, Clock, Connect, impatient

LIVE = "live-dataflow"
SESSION = "session-id-" + "0123456789" * 30

Ask = Callable[[JobsService], Awaitable[object]]
REQUESTS: dict[str, tuple[Resource, Ask]] = {
    "page": (Resource.LIST, lambda service: service.page(0)),
    "statistics": (Resource.STATISTICS, lambda service: service.statistics(LIVE)),
    "current_run": (Resource.STATUS, lambda service: service.current_run(LIVE)),
}
every_request = pytest.mark.parametrize(("resource", "ask"), REQUESTS.values(), ids=REQUESTS)


PATHS = {Resource.LIST: "MIJobs", Resource.STATISTICS: "/statistics/", Resource.STATUS: "/status/"}


def count(standin: JobsServiceStandIn, resource: Resource) -> int:
    return sum(PATHS[resource] in seen.path for seen in standin.requests)


@pytest.fixture
def standin() -> JobsServiceStandIn:
    standin = JobsServiceStandIn()
    standin.add("live", LIVE, 7)
    return standin


@every_request
async def test_each_fault_of_the_whole_service(
    resource: Resource, ask: Ask, standin: JobsServiceStandIn, connect: Connect, clock: Clock
) -> None:
    """Whatever the service does, a request is answered or raises one of our errors in time, and the next one is
    answered once the fault is over."""
    async with connect(connections=1) as service:
        for fault in Fault:
            if fault in (Fault.LOGIN_REFUSED, Fault.DRIP):  # the one stays; to every resource the other is like HANG
                continue
            standin.fail(fault)
            with impatient(service, fault), suppress(JobsServiceError):
                await asyncio.wait_for(ask(service), 20)
            standin.heal()
            clock.now += 700
            await ask(service)


@every_request
async def test_a_session_is_renewed_once(
    resource: Resource, ask: Ask, standin: JobsServiceStandIn, connect: Connect
) -> None:
    """A 401 costs one login and one more request."""
    async with connect() as service:
        await ask(service)
        standin.expire_sessions()
        sent = len(standin.requests)
        await ask(service)
    assert len(standin.logins) == 2
    assert len(standin.requests) == sent + 3


@every_request
async def test_the_other_method_is_tried_and_remembered(
    resource: Resource, ask: Ask, standin: JobsServiceStandIn, connect: Connect
) -> None:
    """A resource that insists on POST gets POST from then on; other resources still get GET."""
    async with connect() as service:
        standin.fail(Fault.METHOD_NOT_ALLOWED, resource=resource)
        for _ in range(2):
            await ask(service)
            await service.job(DOCUMENTED)
    assert [seen.method for seen in standin.requests[1:]] == ["GET", "POST", "GET", "POST", "GET"]


@pytest.mark.parametrize("login", [None, Fault.LOGIN_UNAVAILABLE, Fault.LOGIN_REFUSED])
@every_request
async def test_a_session_is_rejected_here_alone(
    resource: Resource, ask: Ask, login: Fault | None, standin: JobsServiceStandIn, connect: Connect
) -> None:
    """A 401 of this resource takes no session from the polls, whatever becomes of the login that follows; and if theirs
    is revoked then, it is renewed at once."""
    async with connect() as service:
        await service.job(DOCUMENTED)
        standin.fail(Fault.UNAUTHORISED_ALWAYS, resource=resource)
        if login is not None:
            standin.fail(login)
        with suppress(JobsServiceError):
            await ask(service)
        assert len(standin.logins) == 2
        assert (await service.job(DOCUMENTED)).name == "testmonitor"
        if login is None:
            standin.expire_sessions()
            assert (await service.job(DOCUMENTED)).name == "testmonitor"


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.UNAVAILABLE], ids=["429", "503"])
@every_request
async def test_retry_after_never_reaches_the_jobs_resource(
    resource: Resource, ask: Ask, fault: Fault, standin: JobsServiceStandIn, connect: Connect, clock: Clock
) -> None:
    """A Retry-After of this resource holds back this resource, neither polls nor any other resource."""
    standin.faults.retry_after = "300"
    async with connect() as service:
        standin.fail(fault, resource=resource)
        with suppress(RateLimited):  # the current run is found elsewhere
            await ask(service)
        asked = count(standin, resource)
        with suppress(RateLimited):
            await ask(service)
        assert count(standin, resource) == asked
        assert (await service.job(DOCUMENTED)).name == "testmonitor"
        for other, ask_other in REQUESTS.values():
            if other is not resource:
                await ask_other(service)
        standin.heal()
        clock.now += 300
        await ask(service)


@every_request
async def test_a_retry_after_of_the_jobs_resource_holds_for_all(
    resource: Resource, ask: Ask, standin: JobsServiceStandIn, connect: Connect, clock: Clock
) -> None:
    """While the jobs resource asks for quiet, this resource isn't requested either."""
    async with connect() as service:
        standin.fail(Fault.BUSY, times=1, resource=Resource.JOBS)
        with pytest.raises(RateLimited):
            await service.job(DOCUMENTED)
        sent = len(standin.requests)
        with pytest.raises(RateLimited):
            await ask(service)
        assert len(standin.requests) == sent
        clock.now += 7
        await ask(service)


@every_request
async def test_people_leave_polls_a_connection(
    resource: Resource, ask: Ask, standin: JobsServiceStandIn, connect: Connect
) -> None:
    """However many requests of this resource hang, a poll finds a free connection."""
    async with connect(connections=2) as service:
        await service.log_in()
        standin.fail(Fault.HANG, resource=resource)
        arrived = asyncio.create_task(standin.asked_again(1))
        await asyncio.sleep(0)  # it waits for the requests that follow
        hanging = [asyncio.ensure_future(ask(service)) for _ in range(20)]
        await arrived
        assert (await service.job(DOCUMENTED)).name == "testmonitor"
        assert not any(each.done() for each in hanging)
        for each in hanging:
            each.cancel()
        await asyncio.wait(hanging)


@every_request
async def test_a_request_has_one_time_limit(
    resource: Resource, ask: Ask, standin: JobsServiceStandIn, connect: Connect
) -> None:
    """However many resources must be requested, and if all of them hang, the whole takes no longer than one look-up."""
    async with connect(look_up_timeout=0.2, request_timeout=0.15) as service:
        await service.log_in()
        standin.fail(Fault.HANG)
        before = len(standin.requests)
        with pytest.raises(Unreachable) as caught:
            await ask(service)
    assert caught.value.timed_out
    assert len(standin.requests) - before <= 2  # while the second one hangs, the time is over


@every_request
async def test_no_error_quotes_the_session(resource: Resource, ask: Ask, clock: Clock) -> None:
    """If the service quotes the session in its errors, ours don't."""
    status = 200

    def answer(request: httpx.Request) -> httpx.Response:
        session_id = request.headers.get("IDS-SESSION-ID")
        if session_id is None:
            return httpx.Response(200, json=LOGIN | {"userInfo": {"sessionId": SESSION}})
        return httpx.Response(status, json={"error": {"code": session_id, "message": f"not {session_id}"}})

    transport = httpx.MockTransport(answer)
    async with connected("http://x.test", "u", PASSWORD, connections=1, transport=transport, clock=clock) as service:
        for status in (200, 302, 400, 401, 403, 404, 405, 429, 500, 501, 503):
            with pytest.raises(JobsServiceError) as caught:
                await ask(service)
            text = "\n".join([str(caught.value), repr(vars(caught.value)), *traceback.format_exception(caught.value)])
            assert not [trace for trace in ("session-id", "0123456789") if trace in text], status
            clock.now += 100


async def test_odd_ids_lead_to_no_other_resource(standin: JobsServiceStandIn, connect: Connect) -> None:
    """A dataflow ID is one segment of the path, whatever is in it."""
    async with connect() as service:
        for dataflow in ("", ".", "..", "a/b", "ü", "\ud800", "a?intervals=1#x"):
            with pytest.raises(NotFound):
                await service.statistics(dataflow)
            with pytest.raises(NotFound):
                await service.current_run(dataflow)
    asked = [seen.path for seen in standin.requests[1:] if "MIJobs" not in seen.path]
    assert all(re.match(r"/sisvc/monitor/v1/(status|history|statistics)/dataflows/", path) for path in asked)
