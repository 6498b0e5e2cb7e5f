"""The organisation's job list, whatever the list resource does."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn, Resource
from bot.domain.job import Job, JobRef, Status
from bot.informatica.errors import BadAnswer, JobsServiceError, LoginRefused, NoList, Unreachable
from bot.informatica.job_list import JobList, JobListCache
from bot.informatica.parse_list import ListPage
from tests.informatica.conftest import DOCUMENTED, Clock, Connect, impatient


@pytest.fixture
def standin() -> JobsServiceStandIn:
    return JobsServiceStandIn().with_demo_jobs()


def pages(standin: JobsServiceStandIn) -> int:
    return sum("MIJobs" in seen.path for seen in standin.requests)


def many(standin: JobsServiceStandIn, count: int) -> None:
    for run in range(100_000, 100_000 + count):
        standin.add(f"stream-{run}", f"flow-{run}", run)


async def test_every_job_once(standin: JobsServiceStandIn, connect: Connect) -> None:
    """The list has every run of the organisation, as many as the service counts; its statuses are as old as it is."""
    async with connect() as service:
        job_list = await service.job_list.jobs()
    assert {job.ref for job in job_list.jobs} == {JobRef(*key) for key in standin.jobs}
    assert len(job_list.jobs) == 7
    assert job_list.complete
    assert timedelta() <= datetime.now(UTC) - job_list.asked_at < timedelta(seconds=30)
    assert {named.as_of for named in job_list.index.find_by_words("")} == {job_list.asked_at}
    assert pages(standin) == 1


async def test_a_service_that_returns_less_than_requested(standin: JobsServiceStandIn, connect: Connect) -> None:
    """Five thousand jobs come a hundred at a time, and none is missing."""
    many(standin, 5000)
    standin.list.cap = 100
    async with connect() as service:
        job_list = await service.job_list.jobs()
    assert len(job_list.jobs) == 5007
    assert job_list.complete
    assert pages(standin) == 51


@pytest.mark.parametrize("cap", [None, 3])
async def test_a_service_that_does_not_count(cap: int | None, standin: JobsServiceStandIn, connect: Connect) -> None:
    """Without a count the list ends with an empty page: a short page may be the service's own limit."""
    standin.fail(Fault.LIST_WITHOUT_COUNT)
    standin.list.cap = cap
    async with connect() as service:
        job_list = await service.job_list.jobs()
    assert (len(job_list.jobs), job_list.complete) == (7, True)


@pytest.mark.parametrize("cap", [None, 3])
async def test_a_list_that_has_rows_twice(cap: int | None, standin: JobsServiceStandIn, connect: Connect) -> None:
    """A repeated job is listed once, and the list is incomplete: another row may be missing for it."""
    standin.fail(Fault.LIST_REPEATS)
    standin.list.cap = cap
    async with connect() as service:
        job_list = await service.job_list.jobs()
    assert (len(job_list.jobs), job_list.complete) == (7, False)


async def test_a_list_that_never_gets_past_its_first_page(standin: JobsServiceStandIn, connect: Connect) -> None:
    """A page that brings nothing new ends the list, whatever the count promises."""
    standin.fail(Fault.LIST_STUCK)
    standin.list.cap = 3
    async with connect() as service:
        job_list = await service.job_list.jobs()
    assert (len(job_list.jobs), job_list.complete) == (3, False)
    assert pages(standin) == 2


@pytest.mark.parametrize(("size", "rows"), [(1000, 50_000), (1500, 51_000), (3, 1500)])
async def test_a_list_without_an_end(size: int, rows: int) -> None:
    """At most fifty thousand rows, or five hundred pages, are fetched."""

    async def page(skip: int) -> ListPage:
        stopped = Status.of("Stopped")
        return ListPage([Job(JobRef("flow", run), stopped) for run in range(skip, skip + size)], size, None)

    job_list = await JobListCache(page, _nothing).jobs()
    assert (len(job_list.jobs), job_list.complete) == (rows, False)


@pytest.mark.parametrize("cap", [None, 2])
async def test_rows_without_a_status(cap: int | None, standin: JobsServiceStandIn, connect: Connect) -> None:
    """Rows without a status don't end the list, and it is complete without them: they were received."""
    names = sorted((row["assetName"], row["assetId"]) for row in standin.jobs.values())
    standin.list.statusless = {dataflow for _, dataflow in names[2:4]}  # a whole page of them
    standin.list.cap = cap
    async with connect() as service:
        job_list = await service.job_list.jobs()
    assert (len(job_list.jobs), job_list.complete) == (5, True)


async def test_a_list_without_any_status(standin: JobsServiceStandIn, connect: Connect) -> None:
    """If no row has a status, the list has no job, and it ends."""
    standin.fail(Fault.LIST_WITHOUT_STATUS)
    async with connect() as service:
        assert (await service.job_list.jobs()).jobs == ()


async def test_an_organisation_without_jobs(standin: JobsServiceStandIn, connect: Connect) -> None:
    """An empty list is complete."""
    standin.jobs.clear()
    async with connect() as service:
        job_list = await service.job_list.jobs()
    assert (job_list.jobs, job_list.complete) == ((), True)


async def test_a_page_that_is_missing(standin: JobsServiceStandIn, connect: Connect) -> None:
    """A list that ends before its own count is incomplete."""
    job = Job(DOCUMENTED, Status.of("Stopped"))

    async def page(skip: int) -> ListPage:
        return ListPage((job,), 1, 5) if skip == 0 else ListPage((), 0, 5)

    job_list = await JobListCache(page, _nothing).jobs()
    assert (job_list.jobs, job_list.complete) == ((job,), False)


async def test_a_list_may_lag(standin: JobsServiceStandIn, connect: Connect) -> None:
    """The list may lag behind; only the jobs resource knows the present status."""
    standin.list.lag = 30
    async with connect() as service:
        assert (await service.job_list.jobs()).jobs == ()
        assert (await service.job(DOCUMENTED)).name == "testmonitor"


async def test_a_list_is_kept_for_a_minute(standin: JobsServiceStandIn, connect: Connect, clock: Clock) -> None:
    """The list is fetched once a minute, unless a caller wants it fresh; then all callers get the new one."""
    async with connect() as service:
        for pause, fresh, count in [
            (0, False, 1),
            (59, False, 1),
            (0, True, 2),
            (59, False, 2),
            (2, False, 3),
            (1, True, 4),
        ]:
            clock.now += pause
            await service.job_list.jobs(fresh=fresh)
            assert pages(standin) == count


async def test_a_list_may_have_a_largest_age(standin: JobsServiceStandIn, connect: Connect, clock: Clock) -> None:
    """Who wants a list of this interval gets the one that somebody else fetched in it, else a new one for everybody. A
    failure isn't remembered for them."""
    async with connect() as service:
        await service.job_list.jobs(fresh=True)
        for pause, max_age, count in ((29, 30, 1), (1, 31, 1), (0, 30, 2), (20, 30, 2)):
            clock.now += pause
            await service.job_list.jobs(max_age=max_age)
            assert pages(standin) == count
        standin.fail(Fault.SERVER_ERROR)
        for max_age in (1, 1, 1):
            with pytest.raises(Unreachable):
                await service.job_list.jobs(max_age=max_age)
        assert pages(standin) == 5


async def test_one_request_for_all(standin: JobsServiceStandIn, connect: Connect) -> None:
    """Concurrent callers share one fetch."""
    async with connect() as service:
        listings = await asyncio.gather(*(service.job_list.jobs(fresh=number % 2 == 0) for number in range(50)))
    assert len({id(job_list) for job_list in listings}) == 1
    assert pages(standin) == 1


async def test_a_cancelled_caller_does_not_cancel_the_others(standin: JobsServiceStandIn, connect: Connect) -> None:
    """A caller that stops waiting doesn't cancel the fetch for the others."""
    standin.latency = 0.1
    async with connect() as service:
        await service.log_in()
        impatient, patient = (asyncio.create_task(service.job_list.jobs()) for _ in range(2))
        await standin.asked_again(1)
        impatient.cancel()
        assert len((await patient).jobs) == 7
        assert impatient.cancelled()
    assert pages(standin) == 1


async def test_closing_cancels_a_fetch(standin: JobsServiceStandIn, connect: Connect) -> None:
    """Closing the client doesn't wait for the list, and leaves no task behind."""
    async with connect() as service:
        await service.log_in()
        standin.fail(Fault.HANG)
        waiting = asyncio.create_task(service.job_list.jobs())
        await standin.asked_again(1)
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_failure_is_shared_and_soon_forgotten(
    standin: JobsServiceStandIn, connect: Connect, clock: Clock
) -> None:
    """All waiting callers get the failure, and others too for five seconds without a request; a caller that wants a
    fresh list sends one at once."""
    standin.fail(Fault.SERVER_ERROR)
    async with connect() as service:
        errors = await asyncio.gather(*(service.job_list.jobs() for _ in range(10)), return_exceptions=True)
        assert {type(error) for error in errors} == {Unreachable}
        assert len({id(error) for error in errors}) == 10
        assert pages(standin) == 1
        clock.now += 4.9
        with pytest.raises(Unreachable):
            await service.job_list.jobs()
        assert pages(standin) == 1
        with pytest.raises(Unreachable):
            await service.job_list.jobs(fresh=True)
        assert pages(standin) == 2
        standin.heal()
        clock.now += 5
        assert len((await service.job_list.jobs()).jobs) == 7


async def test_a_list_survives_a_failure(standin: JobsServiceStandIn, connect: Connect) -> None:
    """If a fresh list fails, callers that don't need it fresh still get the last one."""
    async with connect() as service:
        await service.job_list.jobs()
        standin.fail(Fault.SERVER_ERROR)
        with pytest.raises(Unreachable):
            await service.job_list.jobs(fresh=True)
        assert len((await service.job_list.jobs()).jobs) == 7


_REFUSALS = {
    Fault.UNAUTHORISED_ALWAYS: 401,
    Fault.FORBIDDEN: 403,
    Fault.LIST_FORBIDDEN: 403,
    Fault.NOT_FOUND: 404,
    Fault.METHOD: 405,
    Fault.BAD_REQUEST: 400,
    Fault.NOT_IMPLEMENTED: 501,
    Fault.HTML: 200,
    Fault.TRUNCATED_JSON: 200,
    Fault.ERROR_UNDER_200: 200,
    Fault.REDIRECT: 302,
}


async def test_a_list_that_is_refused(standin: JobsServiceStandIn, connect: Connect, clock: Clock) -> None:
    """A refused list is tried once in ten minutes, also for callers that want it fresh, and logged once; look-ups by
    ID still work."""
    for fault, status in _REFUSALS.items():
        async with connect() as service:
            standin.fail(fault, resource=Resource.LIST)
            with structlog.testing.capture_logs() as logs:
                for _ in range(3):
                    with pytest.raises(NoList) as caught:
                        await service.job_list.jobs(fresh=True)
                    clock.now += 199
            assert caught.value.status == status
            assert caught.value.remedy.endswith(".")
            assert sum("job list unavailable" in line["event"] for line in logs) == 1
            assert (await service.job(DOCUMENTED)).name == "testmonitor"
            asked = pages(standin)
            standin.heal()
            clock.now += 4
            assert len((await service.job_list.jobs()).jobs) == 7
            assert pages(standin) == asked + 1


async def test_what_stands_in_place_of_the_list_passes(
    standin: JobsServiceStandIn, connect: Connect, clock: Clock
) -> None:
    """Once the list has answered, a gateway's page, a redirect or half an answer is no refusal: it is tried again
    soon."""
    async with connect() as service:
        await service.job_list.jobs()
        for fault in (Fault.HTML, Fault.TRUNCATED_JSON, Fault.ERROR_UNDER_200, Fault.REDIRECT):
            clock.now += 61
            standin.fail(fault, resource=Resource.LIST, times=1)
            with pytest.raises(BadAnswer):
                await service.job_list.jobs()
            clock.now += 5
            assert len((await service.job_list.jobs()).jobs) == 7, fault


async def test_what_is_not_a_refusal_of_the_list(standin: JobsServiceStandIn, connect: Connect, clock: Clock) -> None:
    """A login that is refused or fails, and a busy service, say nothing about the list."""
    async with connect(password="wrong") as service:
        with pytest.raises(LoginRefused):
            await service.job_list.jobs()
    async with connect() as service:
        for fault, login in [(Fault.HTML, True), (Fault.NOT_FOUND, True), (Fault.BUSY, False), (Fault.HANG, True)]:
            standin.fail(fault, login=login)
            with impatient(service, fault), pytest.raises(JobsServiceError) as caught:
                await service.job_list.jobs(fresh=True)
            assert not isinstance(caught.value, NoList)
            standin.heal()
            clock.now += 100
            assert len((await service.job_list.jobs(fresh=True)).jobs) == 7
            standin.expire_sessions()
            clock.now += 100


async def test_a_later_page_that_fails_is_no_refusal(standin: JobsServiceStandIn, connect: Connect) -> None:
    """Once the list has answered, half a page is a passing fault."""
    calls = 0

    async def page(skip: int) -> ListPage:
        nonlocal calls
        calls += 1
        if calls == 2:
            standin.fail(Fault.TRUNCATED_JSON, times=1)
        return await service.page(skip, 3)

    async with connect() as service:
        job_list = JobListCache(page, service.log_in)
        with pytest.raises(JobsServiceError) as caught:
            await job_list.jobs()
        assert not isinstance(caught.value, NoList)
        assert len((await job_list.jobs(fresh=True)).jobs) == 7


def test_a_list_finds_runs() -> None:
    """A run is found by its reference, and a dataflow's newest run by its start, or by its ID if equal."""
    noon = datetime(2026, 2, 14, 12, tzinfo=UTC)
    jobs = [
        Job(JobRef(flow, run), Status.of("Stopped"), start_time=None if minute is None else noon.replace(minute=minute))
        for flow, run, minute in [("a", 3, 1), ("a", 9, None), ("a", 2, 5), ("b", 4, None), ("b", 5, None)]
    ]
    job_list = JobList(tuple(jobs), True, noon)
    assert [job_list.newest(flow) for flow in "abc"] == [jobs[2], jobs[4], None]
    assert [job_list.run(job.ref) for job in jobs] == jobs
    assert job_list.run(JobRef("a", 4)) is None


async def test_parsing_a_long_page_does_not_block(standin: JobsServiceStandIn, connect: Connect) -> None:
    """While a page of a thousand rows is parsed, other tasks run many times."""
    many(standin, 1000)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with connect() as service:
        page = await service.page(0)
        other = asyncio.create_task(others())
        await page.read()
        other.cancel()
    assert turns >= 19
    assert len(page.jobs) == 1000


async def test_pages_are_counted(standin: JobsServiceStandIn, connect: Connect) -> None:
    """A list knows its number of pages, and the cache how many it requested in all."""
    standin.list.cap = 3
    async with connect() as service:
        assert (await service.job_list.jobs()).pages == 3
        standin.fail(Fault.SERVER_ERROR)
        with pytest.raises(Unreachable):
            await service.job_list.jobs(fresh=True)
        assert service.job_list.pages_asked == pages(standin) == 4


async def _nothing() -> None:
    pass
