"""Which errors leave a transaction, and as what."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.database import (
    Database,
    DatabaseFault,
    ForeignSchema,
    SchemaTooNew,
    WrongEncoding,
    opened,
    passwords_in,
    translated,
    url_of,
)


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


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("no-such-folder/x.db", "No such file or directory"),
        ("file/x.db", "Not a directory"),
        ("folder", "unable to open database file"),
        ("file", "file is not a database"),
        ("file:{folder}/new.db?mode=ro&uri=true", "unable to open database file"),
        ("file:{folder}/empty.db?mode=ro&uri=true", "attempt to write a readonly database"),
    ],
)
async def test_sqlites_own_words(path: str, says: str, tmp_path: Path) -> None:
    """Whoever runs the bot learns why the file can't be used: there is no folder, it is no file, it is read-only."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.db").touch()
    (tmp_path / "file").write_text("a text that is longer than the header of an SQLite file, which has 100 bytes " * 2)
    url = path.format(folder=tmp_path) if path.startswith("file:") else f"{tmp_path}/{path}"
    async with opened(f"sqlite:///{url}") as database:
        with pytest.raises(DatabaseFault) as caught:
            await database.migrate()
    assert caught.value.driver_message == says
    assert not (tmp_path / "new.db").exists()


async def test_postgresqls_own_words(empty_postgresql_url: str, unused_tcp_port: int) -> None:
    """The same for a server: it isn't there, has no such database or user, or no encryption. Its password isn't
    shown."""
    url = make_url(empty_postgresql_url).set(password="s3cr3t/word")
    cases = {
        "Connection refused": url.set(port=unused_tcp_port),
        'database "missing-s3cr3t" does not exist': url.set(database="missing-s3cr3t"),
        'role "nobody" does not exist': url.set(username="nobody"),
        "server does not support SSL": url.update_query_dict({"sslmode": "require"}),
    }
    for says, wrong in cases.items():
        async with opened(wrong.render_as_string(hide_password=False)) as database:
            for use in (database.check, database.migrate):
                with pytest.raises(DatabaseFault) as caught:
                    await use()
                message = caught.value.driver_message
                assert says in message
                assert "\n" not in message
                assert "s3cr3t/word" not in message


async def test_a_driver_that_quotes_the_password(unused_tcp_port: int) -> None:
    """A password is taken out of whatever a driver says, in both spellings."""
    for query in ("", "?password=p%40ss"):
        url = f"postgresql://p%40ss:p%40ss@127.0.0.1:{unused_tcp_port}/p%40ss{query}"
        assert {"p@ss", "p%40ss"} <= set(passwords_in(url_of(url)))
        with pytest.raises(DatabaseFault) as caught, translated(url_of(url)):
            raise OSError(f"can't reach {url} with p@ss")
        assert "p@ss" not in caught.value.driver_message
        assert "p%40ss" not in caught.value.driver_message


async def test_a_newer_schema_is_refused(empty_database_url: str) -> None:
    """A database that a newer release has migrated is neither used nor migrated, and the fault says what to do."""
    async with opened(empty_database_url) as database:
        await database.migrate()
        async with database.writing() as session:
            await session.execute(text("UPDATE alembic_version SET version_num = '0099'"))
        for use in (database.schema_is_current, database.migrate):
            with pytest.raises(SchemaTooNew) as refused:
                await use()
            assert str(refused.value) == "this database was written by a newer version (0099); install that one"


@pytest.mark.parametrize("revision", ["f3a2b1c4d5e6", "00a2b1c4d5e6", "0009", "0099"])
async def test_another_programs_database_is_refused(empty_database_url: str, revision: str) -> None:
    """A database that another program migrates, whatever it calls its revisions, is neither used nor migrated: it isn't
    taken for one of a newer or an older release."""
    async with opened(empty_database_url) as database:
        async with database.writing() as session:
            await session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
            await session.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})
        for use in (database.schema_is_current, database.migrate):
            with pytest.raises(ForeignSchema, match=revision):
                await use()


async def test_a_database_that_cannot_store_every_text_is_refused(empty_postgresql_url: str) -> None:
    """A job's name may have any character, and one that can't be written would keep its changes from being recorded:
    neither a start nor a migration uses such a database."""
    url = make_url(empty_postgresql_url)
    narrow = url.set(database=f"{url.database}_latin1")
    async with await psycopg.AsyncConnection.connect(empty_postgresql_url, autocommit=True) as server:
        name = Identifier(str(narrow.database))
        await server.execute(SQL("CREATE DATABASE {} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0").format(name))
        try:
            async with opened(narrow.render_as_string(hide_password=False)) as database:
                for use in (database.schema_is_current, database.migrate):
                    with pytest.raises(WrongEncoding, match="LATIN1"):
                        await use()
        finally:
            await server.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(name))
