"""The organisation's whole list, whatever the list resource does."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn, Resource
from bot.domain.job import Job, JobRef, Status
from bot.informatica.errors import Busy, JobsServiceError, LoginRefused, NoList, Unreachable
from bot.informatica.job_list import JobList, JobListCache
from bot.informatica.parse_list import ListPage
from tests.informatica.conftest import DOCUMENTED, Clock, Looking


@pytest.fixture
def standin() -> JobsServiceStandIn:
    return JobsServiceStandIn().with_demo_jobs()


def pages(standin: JobsServiceStandIn) -> int:
    return sum("MIJobs" in seen.path for seen in standin.requests)


def many(standin: JobsServiceStandIn, count: int) -> None:
    for run in range(100_000, 100_000 + count):
        standin.add(f"stream-{run}", f"flow-{run}", run)


async def test_every_job_once(standin: JobsServiceStandIn, looking: Looking) -> None:
    """The list has every run that the organisation has, of which the service says how many."""
    async with looking() as service:
        listing = await service.job_list.jobs()
    assert {job.ref for job in listing.jobs} == {JobRef(*key) for key in standin.jobs}
    assert len(listing.jobs) == 7
    assert listing.complete
    assert timedelta() <= datetime.now(UTC) - listing.asked_at < timedelta(seconds=30)
    assert pages(standin) == 1


async def test_a_service_that_gives_less_than_it_is_asked_for(standin: JobsServiceStandIn, looking: Looking) -> None:
    """With a cap of its own, five thousand jobs come a hundred at a time, quickly, and none is missing."""
    many(standin, 5000)
    standin.list.cap = 100
    began = time.monotonic()
    async with looking() as service:
        listing = await service.job_list.jobs()
    assert len(listing.jobs) == 5007
    assert listing.complete
    assert pages(standin) == 51
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("cap", [None, 3])
async def test_a_service_that_does_not_count(cap: int | None, standin: JobsServiceStandIn, looking: Looking) -> None:
    """Without a count the list ends with an empty page: a short one may only be the service's own cap."""
    standin.fail(Fault.LIST_WITHOUT_COUNT)
    standin.list.cap = cap
    async with looking() as service:
        listing = await service.job_list.jobs()
    assert (len(listing.jobs), listing.complete) == (7, True)


@pytest.mark.parametrize("cap", [None, 3])
async def test_a_list_that_has_rows_twice(cap: int | None, standin: JobsServiceStandIn, looking: Looking) -> None:
    """A job that comes twice is listed once; that rows were counted which never came is not hidden."""
    standin.fail(Fault.LIST_REPEATS)
    standin.list.cap = cap
    async with looking() as service:
        listing = await service.job_list.jobs()
    assert (len(listing.jobs), listing.complete) == (7, False)


async def test_a_list_that_never_gets_past_its_first_page(standin: JobsServiceStandIn, looking: Looking) -> None:
    """A page that brings nothing new ends the list, whatever the count promises."""
    standin.fail(Fault.LIST_STUCK)
    standin.list.cap = 3
    async with looking() as service:
        listing = await service.job_list.jobs()
    assert (len(listing.jobs), listing.complete) == (3, False)
    assert pages(standin) == 2


@pytest.mark.parametrize(("cap", "rows"), [(None, 10_000), (1500, 10_500), (3, 1500)])
async def test_a_list_without_an_end(cap: int | None, rows: int, standin: JobsServiceStandIn, looking: Looking) -> None:
    """Ten thousand rows, or five hundred pages, are the most that is taken."""
    standin.fail(Fault.LIST_ENDLESS)
    standin.list.cap = cap
    async with looking() as service:
        service_page = service.page

        async def page(skip: int) -> ListPage:
            return await service_page(skip, 2000)

        listing = await (JobListCache(page, service.log_in) if cap == 1500 else service.job_list).jobs()
    assert (len(listing.jobs), listing.complete) == (rows, False)


@pytest.mark.parametrize("cap", [None, 2])
async def test_rows_without_a_status(cap: int | None, standin: JobsServiceStandIn, looking: Looking) -> None:
    """Rows of no use don't end the list, and it is complete without them: they were seen."""
    names = sorted((row["assetName"], row["assetId"]) for row in standin.jobs.values())
    standin.list.statusless = {dataflow for _, dataflow in names[2:4]}  # a whole page of them
    standin.list.cap = cap
    async with looking() as service:
        listing = await service.job_list.jobs()
    assert (len(listing.jobs), listing.complete) == (5, True)


async def test_a_list_without_any_status(standin: JobsServiceStandIn, looking: Looking) -> None:
    """Where no row has a status there is no job, and still an end."""
    standin.fail(Fault.LIST_WITHOUT_STATUS)
    async with looking() as service:
        assert (await service.job_list.jobs()).jobs == ()


async def test_an_organisation_without_jobs(standin: JobsServiceStandIn, looking: Looking) -> None:
    """An empty list is a complete one."""
    standin.jobs.clear()
    async with looking() as service:
        listing = await service.job_list.jobs()
    assert (listing.jobs, listing.complete) == ((), True)


async def test_a_page_that_is_missing(standin: JobsServiceStandIn, looking: Looking) -> None:
    """A list that ends before its own count is not called complete."""
    job = Job(DOCUMENTED, Status.of("Stopped"))

    async def page(skip: int) -> ListPage:
        return ListPage((job,), 1, 5) if skip == 0 else ListPage((), 0, 5)

    listing = await JobListCache(page, _nothing).jobs()
    assert (listing.jobs, listing.complete) == ((job,), False)


async def test_a_late_list_is_the_lists_own_word(standin: JobsServiceStandIn, looking: Looking) -> None:
    """A list that is late tells what was: what is now, the jobs resource alone knows."""
    standin.list.lag = 30
    async with looking() as service:
        assert (await service.job_list.jobs()).jobs == ()
        assert (await service.job(DOCUMENTED)).name == "testmonitor"


async def test_it_is_good_for_a_minute(standin: JobsServiceStandIn, looking: Looking, clock: Clock) -> None:
    """Within a minute the list is asked for once, unless somebody wants it fresh; that counts for everybody."""
    async with looking() as service:
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


async def test_one_request_for_all(standin: JobsServiceStandIn, looking: Looking) -> None:
    """However many ask at once, one list is fetched."""
    async with looking() as service:
        listings = await asyncio.gather(*(service.job_list.jobs(fresh=number % 2 == 0) for number in range(50)))
    assert len({id(listing) for listing in listings}) == 1
    assert pages(standin) == 1


async def test_who_gives_up_waiting_takes_nobody_along(standin: JobsServiceStandIn, looking: Looking) -> None:
    """Whoever stops waiting leaves the others their list."""
    standin.latency = 0.3
    async with looking() as service:
        impatient, patient = (asyncio.create_task(service.job_list.jobs()) for _ in range(2))
        await asyncio.sleep(0.1)
        impatient.cancel()
        assert len((await patient).jobs) == 7
        assert impatient.cancelled()
    assert pages(standin) == 1


async def test_closing_ends_a_fetching(standin: JobsServiceStandIn, looking: Looking) -> None:
    """The end of the client waits for no list, and leaves no task behind."""
    async with looking() as service:
        await service.log_in()
        standin.fail(Fault.HANG)
        waiting = asyncio.create_task(service.job_list.jobs())
        await standin.asked_again(1)
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_failure_is_everybodys_and_soon_forgotten(
    standin: JobsServiceStandIn, looking: Looking, clock: Clock
) -> None:
    """A failure is raised to all who wait, and for five seconds more without a request; whoever wants a fresh list
    asks at once."""
    standin.fail(Fault.SERVER_ERROR)
    async with looking() as service:
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


async def test_a_list_survives_a_failure(standin: JobsServiceStandIn, looking: Looking) -> None:
    """Where a fresh list can't be had, the one of a minute ago is still good for those who don't need it fresh."""
    async with looking() as service:
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


@pytest.mark.parametrize("fault", _REFUSALS, ids=lambda fault: fault.name)
async def test_a_list_that_is_refused(
    fault: Fault, standin: JobsServiceStandIn, looking: Looking, clock: Clock
) -> None:
    """A list that is not for this account is said to be none, once in ten minutes, whoever asks and however; jobs are
    seen by their IDs all the while."""
    standin.fail(fault, resource=Resource.LIST)
    async with looking() as service:
        with structlog.testing.capture_logs() as logs:
            for _ in range(3):
                with pytest.raises(NoList) as caught:
                    await service.job_list.jobs(fresh=True)
                clock.now += 199
        assert caught.value.status == _REFUSALS[fault]
        assert caught.value.remedy.endswith(".")
        assert sum("can't be listed" in line["event"] for line in logs) == 1
        assert (await service.job(DOCUMENTED)).name == "testmonitor"
        asked = pages(standin)
        standin.heal()
        clock.now += 4
        assert len((await service.job_list.jobs()).jobs) == 7
        assert pages(standin) == asked + 1


async def test_what_is_not_the_lists_refusal(standin: JobsServiceStandIn, looking: Looking, clock: Clock) -> None:
    """A log-in that is refused or answered by something else, and a busy service, say nothing about the list."""
    async with looking(password="wrong") as service:
        with pytest.raises(LoginRefused):
            await service.job_list.jobs()
    async with looking(request_timeout=1) as service:
        for fault, login in [(Fault.HTML, True), (Fault.NOT_FOUND, True), (Fault.BUSY, False), (Fault.HANG, True)]:
            standin.fail(fault, login=login)
            with pytest.raises(JobsServiceError) as caught:
                await service.job_list.jobs(fresh=True)
            assert not isinstance(caught.value, NoList)
            standin.heal()
            clock.now += 100
            assert len((await service.job_list.jobs(fresh=True)).jobs) == 7
            standin.expire_sessions()
            clock.now += 100


async def test_a_later_page_that_fails_is_no_refusal(standin: JobsServiceStandIn, looking: Looking) -> None:
    """Once the list has begun to answer, half a page of it is a fault that passes."""
    calls = 0

    async def page(skip: int) -> ListPage:
        nonlocal calls
        calls += 1
        if calls == 2:
            standin.fail(Fault.TRUNCATED_JSON, times=1)
        return await service.page(skip, 3)

    async with looking() as service:
        job_list = JobListCache(page, service.log_in)
        with pytest.raises(JobsServiceError) as caught:
            await job_list.jobs()
        assert not isinstance(caught.value, NoList)
        assert len((await job_list.jobs(fresh=True)).jobs) == 7


async def test_a_busy_list_quiets_the_looks(standin: JobsServiceStandIn, looking: Looking, clock: Clock) -> None:
    """Retry-After of the list means the whole service."""
    standin.fail(Fault.BUSY, resource=Resource.LIST)
    async with looking() as service:
        with pytest.raises(Busy):
            await service.job_list.jobs()
        with pytest.raises(Busy):
            await service.job(DOCUMENTED)


def test_a_listing_finds_runs() -> None:
    """A run is found by its reference, and of a dataflow the run that started last; of equals the larger ID."""
    noon = datetime(2026, 2, 14, 12, tzinfo=UTC)
    jobs = [
        Job(JobRef(flow, run), Status.of("Stopped"), start_time=None if minute is None else noon.replace(minute=minute))
        for flow, run, minute in [("a", 3, 1), ("a", 9, None), ("a", 2, 5), ("b", 4, None), ("b", 5, None)]
    ]
    listing = JobList(tuple(jobs), True, noon)
    assert [listing.newest(flow) for flow in "abc"] == [jobs[2], jobs[4], None]
    assert [listing.run(job.ref) for job in jobs] == jobs
    assert listing.run(JobRef("a", 4)) is None


async def test_a_long_list_is_read_in_between(standin: JobsServiceStandIn, looking: Looking) -> None:
    """While a page of a thousand rows is read, others have their turn many times."""
    many(standin, 1000)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with looking() as service:
        page = await service.page(0)
        other = asyncio.create_task(others())
        await page.read()
        other.cancel()
    assert turns >= 19
    assert len(page.jobs) == 1000


async def test_its_pages_are_counted(standin: JobsServiceStandIn, looking: Looking) -> None:
    """A list says on how many pages it came, and the catalogue how many it asked for in all."""
    standin.list.cap = 3
    async with looking() as service:
        assert (await service.job_list.jobs()).pages == 3
        standin.fail(Fault.SERVER_ERROR)
        with pytest.raises(Unreachable):
            await service.job_list.jobs(fresh=True)
        assert service.job_list.pages_asked == pages(standin) == 4


async def _nothing() -> None:
    pass
