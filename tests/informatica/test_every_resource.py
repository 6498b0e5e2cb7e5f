"""What holds for a look holds for every other question to the service too."""

import asyncio
import re
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx
import pytest

from bot.demo.jobs_service import Fault, JobsServiceStandIn, Resource
from bot.informatica.client import JobsService, connected
from bot.informatica.errors import Busy, JobsServiceError, NotFound, Unreachable
from tests.informatica.conftest import DOCUMENTED, PASSWORD, Clock, Looking, limit

LIVE = "live-dataflow"
SESSION = "session-id-" + "0123456789" * 30
LOGIN = {"userInfo": {"sessionId": SESSION}, "products": [{"baseApiUrl": "http://pod.x.test/saas"}]}

Ask = Callable[[JobsService], Awaitable[object]]
QUESTIONS: dict[str, tuple[Resource, Ask]] = {
    "page": (Resource.LIST, lambda service: service.page(0)),
    "statistics": (Resource.STATISTICS, lambda service: service.statistics(LIVE)),
    "current_run": (Resource.STATUS, lambda service: service.current_run(LIVE)),
}
every_question = pytest.mark.parametrize(("resource", "ask"), QUESTIONS.values(), ids=QUESTIONS)


@pytest.fixture
def standin() -> JobsServiceStandIn:
    standin = JobsServiceStandIn()
    standin.add("live", LIVE, 7)
    return standin


@every_question
async def test_each_fault_of_the_whole_service(
    resource: Resource, ask: Ask, standin: JobsServiceStandIn, looking: Looking, clock: Clock
) -> None:
    """Whatever the service does, a question is answered or raises one of our errors in time, and is answered again
    once the fault is over; only a refused log-in stays refused."""
    for fault in Fault:
        async with looking(request_timeout=limit(fault), connections=1) as service:
            standin.fail(fault)
            with suppress(JobsServiceError):
                await asyncio.wait_for(ask(service), 10)
            standin.heal()
            clock.now += 700
            try:
                await ask(service)
                is_answered = True
            except JobsServiceError:
                is_answered = False
        assert is_answered is (fault is not Fault.LOGIN_REFUSED), fault


@every_question
async def test_a_session_is_renewed_once(
    resource: Resource, ask: Ask, standin: JobsServiceStandIn, looking: Looking
) -> None:
    """A 401 costs one log-in and one more request."""
    async with looking() as service:
        await ask(service)
        standin.expire_sessions()
        sent = len(standin.requests)
        await ask(service)
    assert len(standin.logins) == 2
    assert len(standin.requests) == sent + 3


@every_question
async def test_the_other_method_is_tried_and_remembered(
    resource: Resource, ask: Ask, standin: JobsServiceStandIn, looking: Looking
) -> None:
    """A resource that insists on POST is asked so from then on, and its neighbours as ever."""
    async with looking() as service:
        standin.fail(Fault.METHOD_NOT_ALLOWED, resource=resource)
        for _ in range(2):
            await ask(service)
            await service.job(DOCUMENTED)
    assert [seen.method for seen in standin.requests[1:]] == ["GET", "POST", "GET", "POST", "GET"]


@every_question
async def test_retry_after_quiets_all(
    resource: Resource, ask: Ask, standin: JobsServiceStandIn, looking: Looking, clock: Clock
) -> None:
    """A Retry-After of one resource holds back every question, and one of a look holds back this one."""
    async with looking() as service:
        for asked_first, asked_next in ((ask, lambda service: service.job(DOCUMENTED)), (DOCUMENTED, ask)):
            standin.fail(Fault.BUSY, times=1)
            with pytest.raises(Busy):
                await (service.job(DOCUMENTED) if asked_first is DOCUMENTED else ask(service))
            sent = len(standin.requests)
            with pytest.raises(Busy):
                await asked_next(service)
            assert len(standin.requests) == sent
            clock.now += 7
            await asked_next(service)


@every_question
async def test_a_question_has_a_limit_in_all(
    resource: Resource, ask: Ask, standin: JobsServiceStandIn, looking: Looking
) -> None:
    """However many resources must be asked, and while all of them hang, the whole takes no longer than one look."""
    async with looking(look_timeout=0.3, request_timeout=0.2) as service:
        await service.log_in()
        standin.fail(Fault.HANG)
        began = asyncio.get_running_loop().time()
        with pytest.raises(Unreachable) as caught:
            await ask(service)
        assert asyncio.get_running_loop().time() - began < 0.6
    assert caught.value.timed_out


@every_question
async def test_no_error_quotes_the_session(resource: Resource, ask: Ask) -> None:
    """Even a service that quotes the session in its errors does not get it into ours."""
    for status in (200, 302, 400, 401, 403, 404, 405, 429, 500, 501, 503):
        told = await _told_by_one_that_echoes(status, ask)
        assert "session-id" not in told, status
        assert "0123456789" not in told, status


async def _told_by_one_that_echoes(status: int, ask: Ask) -> str:
    def answer(request: httpx.Request) -> httpx.Response:
        session_id = request.headers.get("IDS-SESSION-ID")
        if session_id is None:
            return httpx.Response(200, json=LOGIN)
        return httpx.Response(status, json={"error": {"code": session_id, "message": f"not {session_id}"}})

    async with connected("http://x.test", "u", PASSWORD, connections=1, transport=httpx.MockTransport(answer)) as one:
        with pytest.raises(JobsServiceError) as caught:
            await ask(one)
    return "\n".join([str(caught.value), repr(vars(caught.value)), *traceback.format_exception(caught.value)])


@pytest.mark.parametrize("dataflow", ["", ".", "..", "a/b", "ü", "\ud800", "a?intervals=1#x"])
async def test_odd_ids_are_no_other_resource(dataflow: str, standin: JobsServiceStandIn, looking: Looking) -> None:
    """A dataflow ID is one segment of the path: nobody has such a dataflow, and nothing else is asked for."""
    async with looking() as service:
        with pytest.raises(NotFound):
            await service.statistics(dataflow)
        with pytest.raises(NotFound):
            await service.current_run(dataflow)
    asked = [seen.path for seen in standin.requests[1:] if "MIJobs" not in seen.path]
    assert all(re.match(r"/sisvc/monitor/v1/(status|history|statistics)/dataflows/", path) for path in asked)
