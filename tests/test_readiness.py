import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot import readiness as readiness_module
from bot.readiness import readiness
from bot.store.database import Database, DatabaseFault, opened


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(f"sqlite:///{tmp_path}/test.db") as database:
        yield database


async def test_a_process_without_problems_is_ready(database: Database) -> None:
    """Parts that report nothing leave nothing to say."""
    assert await readiness(database, lambda: None, lambda: None)() == []


async def test_each_part_reports_its_present_problem(database: Database) -> None:
    """A problem is asked for at each check, and gone when the part says so."""
    problems = ["Slack can't be asked who the bot is: timed_out"]
    check = readiness(database, lambda: None, lambda: problems[0] if problems else None)
    assert await check() == ["Slack can't be asked who the bot is: timed_out"]
    problems.clear()
    assert await check() == []


async def _hang() -> None:
    await asyncio.Event().wait()


async def _fail() -> None:
    raise DatabaseFault("OperationalError")


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        (_hang, "the database doesn't answer in time"),
        (_fail, "the database can't be used (OperationalError)"),
    ],
)
async def test_a_database_that_fails_or_hangs_is_a_problem(
    database: Database, monkeypatch: pytest.MonkeyPatch, check: Callable[[], object], problem: str
) -> None:
    """The check has an end of its own, and the problem names the fault without any data."""
    monkeypatch.setattr(readiness_module, "_DATABASE_LIMIT_S", 0.01)
    monkeypatch.setattr(database, "check", check)
    assert await readiness(database, lambda: None)() == [problem]
