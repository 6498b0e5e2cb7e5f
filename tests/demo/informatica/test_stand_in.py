"""The stand-in of the jobs service keeps to the service's public pages."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.demo.informatica.runs import stamp
from bot.demo.informatica.stand_in import DEMO_JOBS, DOCUMENTED_JOB, Fault, JobsServiceStandIn, served
from tests.demo.informatica.clock import Clock

V3 = "/saas/public/core/v3/login"
V1 = "/identity-service/api/v1/Login"
JOB = "/sisvc/monitor/v1/jobs/1948938e-3923-4602-aba8-f122e3d66faf/42559"
GOOD = {"username": "jobwatch", "password": "open-sesame"}
BAD = {"username": "jobwatch", "password": "guess"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def standin(clock: Clock) -> JobsServiceStandIn:
    return JobsServiceStandIn(clock=clock)


@pytest.fixture
async def http(standin: JobsServiceStandIn) -> AsyncIterator[aiohttp.ClientSession]:
    async with served(standin) as url, aiohttp.ClientSession(url) as session:
        yield session


async def logged_in(http: aiohttp.ClientSession) -> dict[str, str]:
    async with http.post(V3, json=GOOD) as answer:
        return {"IDS-SESSION-ID": (await answer.json())["userInfo"]["sessionId"]}


async def code(http: aiohttp.ClientSession, method: str, path: str, **options: object) -> tuple[int, str]:
    async with http.request(method, path, **options) as answer:  # type: ignore[arg-type]
        return answer.status, (await answer.json())["error"]["code"]


async def test_the_documented_example(http: aiohttp.ClientSession) -> None:
    """The page's example is answered word for word."""
    async with http.get(JOB, headers=await logged_in(http)) as answer:
        assert await answer.json() == DOCUMENTED_JOB


async def test_log_in_v3(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """The log-in of version 3 answers with a session and the base address of the pod."""
    async with http.post(V3, json=GOOD) as answer:
        body = await answer.json()

    assert body["userInfo"]["sessionId"] in standin.sessions
    assert body["products"][0]["baseApiUrl"] == f"http://{answer.url.authority}/saas"


async def test_log_in_v1(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """The older log-in answers with a session that the same resource takes."""
    async with http.post(V1, json=GOOD) as answer:
        body = await answer.json()

    assert body["sessionExpireTime"].endswith("Z")
    async with http.get(JOB, headers={"IDS-SESSION-ID": body["sessionId"]}) as answer:
        assert answer.status == 200


async def test_five_wrong_passwords_lock_the_account(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """After five wrong passwords not even the right one opens, and the code says so."""
    for _ in range(5):
        assert await code(http, "POST", V3, json=BAD) == (401, "AUTH_01")

    assert await code(http, "POST", V3, json=GOOD) == (401, "IDS_086")
    assert len(standin.logins) == 6


async def test_a_right_password_forgives(http: aiohttp.ClientSession) -> None:
    """Only wrong passwords in a row are counted."""
    for _ in range(4):
        await code(http, "POST", V3, json=BAD)
    await logged_in(http)

    assert await code(http, "POST", V3, json=BAD) == (401, "AUTH_01")
    await logged_in(http)


async def test_what_is_no_log_in(http: aiohttp.ClientSession) -> None:
    """A log-in without its two fields, or with a session header, is refused."""
    assert await code(http, "POST", V3, data=b"{") == (400, "INVALID_REQUEST")
    assert await code(http, "POST", V3, json={"username": "jobwatch"}) == (400, "INVALID_REQUEST")
    assert await code(http, "POST", V3, json=GOOD, headers={"IDS-SESSION-ID": "x"}) == (400, "INVALID_REQUEST")


async def test_what_is_refused(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """No session, an unknown one, an unknown pair and the wrong method each get their status."""
    headers = await logged_in(http)

    assert await code(http, "GET", JOB) == (401, "AUTH_01")
    assert await code(http, "GET", JOB, headers={"IDS-SESSION-ID": "x"}) == (401, "AUTH_01")
    assert await code(http, "GET", JOB + "0", headers=headers) == (404, "NOT_FOUND")
    assert await code(http, "GET", JOB[:-5] + "x", headers=headers) == (404, "NOT_FOUND")
    assert await code(http, "POST", JOB, headers=headers) == (405, "METHOD_NOT_ALLOWED")
    assert [seen.session for seen in standin.requests] == [False, False, False, True, True, True]


async def test_who_asked(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """Each request is on record with the session that it carried, also one that is over."""
    first, second = await logged_in(http), await logged_in(http)
    standin.sessions.pop(second["IDS-SESSION-ID"])
    for headers in (first, second, {}):
        async with http.get(JOB, headers=headers):
            pass

    assert [(seen.session, seen.who) for seen in standin.requests] == [
        *[(False, None)] * 2,
        (True, first["IDS-SESSION-ID"]),
        (False, second["IDS-SESSION-ID"]),
        (False, None),
    ]


async def test_a_slow_answer_is_a_late_one(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """With a latency a question is on record at once, and answered that much later with the job as it is then."""
    headers = await logged_in(http)
    standin.latency = 0.2
    before = time.monotonic()
    asking = asyncio.create_task(http.get(JOB, headers=headers))
    await standin.asked_again(1)
    standin.set_status(DOCUMENTED_JOB["assetId"], DOCUMENTED_JOB["runId"], "Stopped")

    async with await asking as answer:
        assert (await answer.json())["status"] == "Stopped"
    assert time.monotonic() - before >= 0.2


async def test_sessions_end(http: aiohttp.ClientSession, clock: Clock) -> None:
    """A session lives for thirty minutes after its last use."""
    headers = await logged_in(http)
    for _ in range(3):
        clock.now += 29 * 60
        async with http.get(JOB, headers=headers) as answer:
            assert answer.status == 200

    clock.now += 31 * 60
    assert await code(http, "GET", JOB, headers=headers) == (401, "AUTH_01")


async def test_statuses_and_redeployment(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """A run that ends has an end; the next deployment is a run of its own with a new version."""
    standin.add("orders", "d", 5)
    assert not standin.jobs[("d", 5)]["endTime"]

    new = standin.redeploy("d", 5)

    assert standin.jobs[("d", 5)]["status"] == "Undeployed"
    assert standin.jobs[("d", 5)]["endTime"].endswith("+0000")
    assert standin.jobs[("d", new)] | {} == standin.jobs[("d", new)] | {"status": "Deploying", "deployedVersion": 2}


async def test_a_run_that_ended_has_lasted_from_its_start_to_its_end(standin: JobsServiceStandIn) -> None:
    """The page's sample says so: its duration is the seconds between its two times."""
    standin.add("orders", "d", 5, startTime=stamp(datetime.now(UTC) - timedelta(minutes=7)))
    standin.set_status("d", 5, "Stopped")
    assert 7 * 60 <= standin.jobs[("d", 5)]["duration"] < 8 * 60


async def test_faults_are_for_whom_they_are_given(http: aiohttp.ClientSession, standin: JobsServiceStandIn) -> None:
    """A fault hits the job it was given to, as often as was said, and is gone when healed."""
    standin.with_demo_jobs()
    _, dataflow, run = DEMO_JOBS[0]
    headers = await logged_in(http)
    standin.fail(Fault.FORBIDDEN, dataflow, run, times=1)

    async def status(path: str) -> int:
        async with http.get(path, headers=headers) as answer:
            return answer.status

    demo = f"/sisvc/monitor/v1/jobs/{dataflow}/{run}"
    assert [await status(JOB), await status(demo), await status(demo)] == [200, 403, 200]
    standin.fail(Fault.SERVER_ERROR)
    assert [await status(JOB), await status(JOB)] == [500, 500]
    standin.heal()
    assert await status(JOB) == 200


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.DRIP])
async def test_it_closes_while_requests_hang(fault: Fault) -> None:
    """The stand-in closes at once and leaves no task, whatever hangs."""
    standin = JobsServiceStandIn()
    standin.fail(fault)
    async with aiohttp.ClientSession() as session:
        async with served(standin) as url:
            asking = asyncio.create_task(session.get(url + JOB))
            await standin.asked_again(1)
            before = time.monotonic()
        assert time.monotonic() - before < 5
        asking.cancel()
        await asyncio.wait([asking])
        if not asking.cancelled() and asking.exception() is None:
            asking.result().close()

    assert asyncio.all_tasks() == {asyncio.current_task()}
