"""What the doctor says about the jobs service and the database, against the stand-ins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.demo.informatica import stand_in as jobs_stand_in
from bot.demo.informatica.stand_in import Fault, JobsServiceStandIn, Resource
from bot.demo.process import environment
from bot.demo.slack import stand_in as slack_stand_in
from bot.demo.slack.stand_in import SlackStandIn
from bot.doctor import examine
from bot.domain.destination import Destination
from bot.settings import Settings, read_settings
from bot.store import subscriptions
from bot.store.database import opened
from bot.watch.bulk import policy
from tests.cast import ANN, CLICKS, NOON, OPS, ORDERS, UP, WORKSPACE, job

JOB_LIST = "job list"


@asynccontextmanager
async def set_up(jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Settings]:
    slack = SlackStandIn()
    async with slack_stand_in.served(slack) as slack_url, jobs_stand_in.served(jobs) as jobs_url:
        database_url = f"sqlite:///{tmp_path}/test.db"
        for name, value in environment(slack, slack_url, jobs, jobs_url, port=1, database_url=database_url).items():
            monkeypatch.setenv(name, value)
        yield read_settings()


@pytest.fixture
def jobs() -> JobsServiceStandIn:
    return JobsServiceStandIn().with_demo_jobs()


async def examined(jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    said: list[str] = []
    async with set_up(jobs, tmp_path, monkeypatch) as settings:
        code = await examine(settings, said.append)
    return code, said


async def test_it_counts_the_jobs(jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how many jobs the list has, with a single login."""
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert (code, said[-2]) == (0, f"✓ {JOB_LIST}: 7 jobs")
    assert said[-1] == "✓ polling: jobs are polled one by one: fewer than 100 are watched"
    assert len(jobs.logins) == 1


async def test_an_incomplete_list(jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says if the list has fewer jobs than the service counts."""
    jobs.fail(Fault.LIST_STUCK)
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert (code, said[-2]) == (0, f"✓ {JOB_LIST}: 7 jobs, but incomplete")


@pytest.mark.parametrize(
    ("fault", "why"), [(Fault.LIST_FORBIDDEN, " (403)"), (Fault.NOT_IMPLEMENTED, " (501)"), (Fault.HTML, "")]
)
async def test_a_refused_list_is_no_fault(
    fault: Fault, why: str, jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the list is refused, it says what that means; the bot works without it."""
    jobs.fail(fault, resource=Resource.LIST)
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert (code, said[-2]) == (0, f"✓ {JOB_LIST}: unavailable{why}; jobs can be watched by ID, but not found by name")
    assert said[-1] == "✓ polling: jobs are polled one by one: the job list is unavailable"


async def test_a_list_that_fails_is_a_fault(
    jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failing service is a fault with a remedy."""
    jobs.fail(Fault.SERVER_ERROR)
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert code == 1
    assert said[-2].startswith(f"✗ {JOB_LIST}: the jobs service failed (HTTP 500)")
    assert said[-1].startswith("  → ")


async def test_a_refused_login(jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused login is the only finding, its remedy names the settings, and it isn't tried twice."""
    jobs.fail(Fault.LOGIN_REFUSED)
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert code == 1
    assert JOB_LIST not in "\n".join(said)
    assert "INFORMATICA_PASSWORD" in said[-1]
    assert len(jobs.logins) == 1


@pytest.mark.parametrize(
    ("fault", "polling"),
    [
        (None, "jobs are polled in bulk, by the job list"),
        (Fault.LIST_STUCK, "jobs are polled one by one: the job list is incomplete"),
        (Fault.LIST_WITHOUT_STATUS, "jobs are polled one by one: the job list has no job with a status"),
    ],
)
async def test_it_says_how_jobs_are_polled(
    fault: Fault | None,
    polling: str,
    jobs: JobsServiceStandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If enough jobs are watched, it says whether they are polled in bulk, and if not, why."""
    monkeypatch.setattr(policy, "MIN_JOBS", 2)
    if fault is not None:
        jobs.fail(fault)
    async with opened(f"sqlite:///{tmp_path}/test.db") as database:
        await database.migrate()
        async with database.writing() as session:
            for ref in (ORDERS, CLICKS):
                await subscriptions.subscribe(session, Destination(WORKSPACE, OPS), job(UP, ref), ANN, polled_at=NOON)
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert (code, said[-1]) == (0, f"✓ polling: {polling}")
