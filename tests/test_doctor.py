"""What the doctor says of the jobs service, against the stand-ins."""

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
from bot.settings import Settings, read_settings
from bot.store import subscriptions
from bot.store.database import opened
from bot.watch.bulk import policy
from tests.cast import ANN, CLICKS, NOON, OPS, ORDERS, UP, WORKSPACE, job

LIST = "the organisation's list"


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


async def test_it_counts_the_organisations_jobs(
    jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says how many jobs the list has, with one log-in."""
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert (code, said[-2]) == (0, f"✓ {LIST}: 7 jobs")
    assert said[-1] == "✓ watching: jobs are watched one by one: fewer than 100 are watched"
    assert len(jobs.logins) == 1


async def test_it_says_when_the_list_is_not_whole(
    jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that has not all that was counted is said to be such."""
    jobs.fail(Fault.LIST_STUCK)
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert (code, said[-2]) == (0, f"✓ {LIST}: 7 jobs, and not all that there are")


@pytest.mark.parametrize(
    ("fault", "why"), [(Fault.LIST_FORBIDDEN, " (403)"), (Fault.NOT_IMPLEMENTED, " (501)"), (Fault.HTML, "")]
)
async def test_a_list_that_is_refused_is_no_fault(
    fault: Fault, why: str, jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the list is not to be had, it says what that means; the bot works all the same."""
    jobs.fail(fault, resource=Resource.LIST)
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert (code, said[-2]) == (0, f"✓ {LIST}: not available{why}: names can't be found, IDs work")
    assert said[-1] == "✓ watching: jobs are watched one by one: the list is not available"


async def test_a_list_that_fails_is_a_fault(
    jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that is out of order is a fault with a remedy."""
    jobs.fail(Fault.SERVER_ERROR)
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert code == 1
    assert said[-2].startswith(f"✗ {LIST}: the jobs service has a fault of its own (HTTP 500)")
    assert said[-1].startswith("  → ")


async def test_without_a_log_in_the_list_is_not_asked_for(
    jobs: JobsServiceStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused log-in is the one fault that is told."""
    jobs.fail(Fault.LOGIN_REFUSED)
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert code == 1
    assert LIST not in "\n".join(said)
    assert len(jobs.logins) == 1


@pytest.mark.parametrize(
    ("fault", "way"),
    [
        (None, "jobs are watched by the list"),
        (Fault.LIST_STUCK, "jobs are watched one by one: the list is not whole"),
        (Fault.LIST_WITHOUT_STATUS, "jobs are watched one by one: the list has no job with a status"),
    ],
)
async def test_it_says_by_which_way_jobs_are_watched(
    fault: Fault | None,
    way: str,
    jobs: JobsServiceStandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where enough jobs are watched, it says whether the list is of use for that, and why not."""
    monkeypatch.setattr(policy, "FEWEST", 2)
    if fault is not None:
        jobs.fail(fault)
    async with opened(f"sqlite:///{tmp_path}/test.db") as database:
        await database.migrate()
        async with database.writing() as session:
            for ref in (ORDERS, CLICKS):
                await subscriptions.subscribe(session, WORKSPACE, job(UP, ref), OPS, ANN, looked_at=NOON)
    code, said = await examined(jobs, tmp_path, monkeypatch)
    assert (code, said[-1]) == (0, f"✓ watching: {way}")
