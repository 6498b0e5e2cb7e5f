"""Which errors leave a transaction, and as what."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.database import Database, DatabaseFault, SchemaTooNew, opened


@pytest.fixture
async def numbers(tmp_path: Path) -> AsyncIterator[Database]:
    """An SQLite database with an empty table of numbers."""
    async with opened(f"sqlite:///{tmp_path}/numbers.db") as database:
        async with database.writing() as session:
            await session.execute(text("CREATE TABLE numbers (n INTEGER)"))
        yield database


def transactions(database: Database) -> list[AbstractAsyncContextManager[AsyncSession]]:
    return [database.reading(), database.writing()]


async def count(database: Database) -> int | None:
    async with database.reading() as session:
        found: int | None = await session.scalar(text("SELECT count(*) FROM numbers"))
        return found


async def test_a_failed_statement_is_a_database_fault(numbers: Database) -> None:
    """Loops that survive a fault of the database catch one class, whatever the driver raised."""
    for transaction in transactions(numbers):
        with pytest.raises(DatabaseFault) as caught:
            async with transaction as session:
                await session.execute(text("SELECT * FROM no_such_table"))
        assert caught.value.reason == "OperationalError"
        assert "no_such_table" in str(caught.value)


async def test_a_database_that_is_away_is_a_database_fault(tmp_path: Path, unused_tcp_port: int) -> None:
    """The same for a server that can't be reached and a file that can't be opened, also when migrating."""
    for url in (f"postgresql://u@127.0.0.1:{unused_tcp_port}/d", f"sqlite:///{tmp_path}/no-such-folder/x.db"):
        async with opened(url) as database:
            for use in (database.check, database.schema_is_current, database.migrate):
                with pytest.raises(DatabaseFault):
                    await use()


async def test_a_programming_error_stays_one(numbers: Database) -> None:
    """A TypeError is no fault of the database: it isn't retried, and it rolls the transaction back."""

    async def write() -> None:
        async with numbers.writing() as session:
            await session.execute(text("INSERT INTO numbers VALUES (1)"))
            raise TypeError

    with pytest.raises(TypeError):
        await write()
    assert await count(numbers) == 0


async def test_the_callers_time_limit_stays_one(numbers: Database) -> None:
    """A time limit of the caller is a TimeoutError, inside the transaction and around it, and rolls it back."""

    async def write(time_limit: float | None) -> None:
        async with numbers.writing() as session:
            await session.execute(text("INSERT INTO numbers VALUES (1)"))
            async with asyncio.timeout(time_limit):
                await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await write(0)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(write(None), 0.05)
    assert await count(numbers) == 0


async def test_a_newer_schema_is_refused(database: Database) -> None:
    """A database that a newer release has migrated is neither used nor migrated, and the fault says what to do."""
    async with database.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for use in (database.schema_is_current, database.migrate):
        with pytest.raises(SchemaTooNew, match="upgrade the bot"):
            await use()
