import asyncio
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, make_url, text

from bot.store import database as database_module
from bot.store.database import (
    SCHEMA_REVISION,
    Database,
    DatabaseFault,
    UnusableURL,
    WriteLockTimeout,
    engine_for_migrations,
    opened,
    url_of,
)
from bot.store.sql.tables import Table


async def test_migrations_and_models_agree(database: Database) -> None:
    """The migrations make the schema that the models describe, on both databases."""

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Table.metadata))

    async with database.reading() as session:
        connection = await session.connection()
        assert await connection.run_sync(differences) == []
        names = await connection.run_sync(lambda c: inspect(c).get_table_names())
    assert set(names) == {*Table.metadata.tables, "alembic_version"}


def test_every_row_belongs_to_a_workspace() -> None:
    """Every table has a workspace that is never null, except that of the workers: a process serves all workspaces."""
    tables = dict(Table.metadata.tables)
    assert "workspace" not in tables.pop("workers").columns
    for table in tables.values():
        assert not table.columns["workspace"].nullable, table.name


async def test_a_database_that_was_never_migrated_is_not_current(empty_database_url: str) -> None:
    """A process can tell an empty database from one whose schema is up to date."""
    async with opened(empty_database_url) as database:
        assert not await database.schema_is_current()
        await database.migrate()
        assert await database.schema_is_current()


def test_the_schema_revision_is_alembics_only_head() -> None:
    """The revision that the code expects is the newest migration, and the migrations form one line."""
    folder = Path(__file__).parent.parent.parent / "migrations"
    assert ScriptDirectory(str(folder)).get_heads() == [SCHEMA_REVISION]


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    """`migrate` can be run at every release."""
    await database.migrate()
    assert await database.schema_is_current()


async def test_sqlite_is_set_up_for_a_service(tmp_path: Path) -> None:
    """Every SQLite connection uses the write-ahead log, foreign keys and durable commits."""
    async with opened(f"sqlite:///{tmp_path}/test.db") as database, database.reading() as session:
        connection = await session.connection()
        found = {
            name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous")
        }
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}


async def test_a_reader_waits_for_no_writer(sqlite_url: str, tmp_path: Path) -> None:
    """On SQLite, what is watched can be listed while another process holds the write lock."""
    async with opened(sqlite_url) as database:
        with sqlite3.connect(tmp_path / "test.db", isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            await database.check()
            other.execute("ROLLBACK")
        other.close()


async def test_writers_take_turns(database: Database) -> None:
    """Writers get their turn in the order in which they came, however many there are."""
    came: list[int] = []

    async def write(number: int) -> None:
        async with database.writing() as session:
            await session.execute(text("SELECT 1"))
            came.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(50):
            group.create_task(write(number))
    assert sorted(came) == list(range(50))
    assert not database.is_sqlite or came == sorted(came)


async def test_a_writer_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that waits too long gets `WriteLockTimeout`; the turn is free once the other writer ends."""
    monkeypatch.setattr(database_module, "_LOCK_WAIT_S", 0.05)
    async with opened(f"sqlite:///{tmp_path}/test.db") as database:
        async with database.writing():
            with pytest.raises(WriteLockTimeout):
                async with database.writing():
                    pytest.fail("there are two at once")
        async with database.writing() as session:
            await session.execute(text("SELECT 1"))


async def test_a_frozen_transaction_loses_its_locks(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is frozen while it holds locks loses them, so that another one can take over its work."""
    monkeypatch.setattr(database_module, "_IDLE_WAIT_S", 1)
    locked, goes_on = asyncio.Event(), asyncio.Event()

    async def freeze() -> None:
        async with frozen.writing() as session:
            await session.execute(text("LOCK TABLE workers"))
            locked.set()
            await goes_on.wait()

    async with opened(postgresql_url) as frozen, opened(postgresql_url) as other:
        standing = asyncio.create_task(freeze())
        await locked.wait()
        async with other.writing() as session:
            await session.execute(text("LOCK TABLE workers"))
        goes_on.set()
        with pytest.raises(DatabaseFault, match="idle-in-transaction timeout"):
            await standing


async def test_postgresql_needs_no_session(postgresql_url: str) -> None:
    """Behind PgBouncer in transaction mode, the next transaction is on any connection: the limits are each
    transaction's own, and no statement is prepared on a connection."""
    async with opened(postgresql_url) as database, database.writing() as session:
        for _ in range(10):  # psycopg prepares what it sends a sixth time
            await session.execute(text("SELECT 1"))
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "timezone")
        limits = [await session.scalar(text(f"SHOW {name}")) for name in names]
        assert limits == ["10s", "5s", "5s", "UTC"]
        assert await session.scalar(text("SELECT count(*) FROM pg_prepared_statements")) == 0
        connection = await session.connection()
        await connection.exec_driver_sql("COMMIT")
        assert (await connection.exec_driver_sql("SHOW statement_timeout")).scalar() == "0"


async def test_a_servers_defaults_change_nothing(empty_postgresql_url: str) -> None:
    """Whoever runs the server may have set other defaults for it: times are read, transactions wait for each other
    and don't fail, and every character is sent as it is."""
    url = make_url(empty_postgresql_url)
    async with opened(empty_postgresql_url) as database, database.writing() as session:
        for default in ("datestyle = 'German'", "default_transaction_isolation = 'serializable'"):
            await session.execute(text(f'ALTER DATABASE "{url.database}" SET {default}'))
    url = url.update_query_dict({"client_encoding": "latin1"})
    async with opened(url.render_as_string(hide_password=False)) as database:
        for transaction in (database.reading, database.writing):
            async with transaction() as session:
                assert await session.scalar(text("SHOW transaction_isolation")) == "read committed"
                assert (await session.scalar(text("SELECT now()"))).tzinfo is not None
                assert await session.scalar(text("SELECT '🚀'")) == "🚀"
    with engine_for_migrations(url_of(url.render_as_string(hide_password=False))).connect() as connection:
        assert connection.scalar(text("SHOW transaction_isolation")) == "read committed"


async def test_a_connection_starts_without_options() -> None:
    """PgBouncer refuses a connection that begins with settings of its own."""
    startup: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not startup.done():
            length = int.from_bytes(await reader.readexactly(4), "big")
            message = await reader.readexactly(length - 4)
            if message[:2] == b"\x00\x03":  # protocol 3; else the driver asks for encryption
                startup.set_result(message)
            else:
                writer.write(b"N")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, opened(f"postgresql://u@127.0.0.1:{server.sockets[0].getsockname()[1]}/d") as database:
        with pytest.raises(DatabaseFault):
            await database.check()
    words = (await startup)[4:].split(b"\0")
    assert words[:4] == [b"user", b"u", b"database", b"d"]
    assert set(words[4::2]) <= {b"client_encoding", b"application_name", b""}


async def test_an_sqlite_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Nobody else on the machine reads what is watched, also not in the files beside it; a mode that was chosen by
    hand stays."""

    def modes() -> dict[str, int]:
        return {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}

    for url in (f"sqlite:///{tmp_path}/test.db", f"sqlite:///file:{tmp_path}/other%2520one.db?uri=true"):
        async with opened(url) as database:
            await database.migrate()
            async with database.writing() as session:
                await session.execute(text("DELETE FROM workers"))
            assert set(modes().values()) == {0o600}
            assert len([name for name in modes() if name.endswith(("-wal", "-shm"))]) == 2
    (tmp_path / "test.db").chmod(0o640)
    async with opened(f"sqlite:///{tmp_path}/test.db") as database:
        await database.migrate()
        await database.check()
    assert modes()["test.db"] == 0o640


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///jobwatch.db", "sqlite+aiosqlite"),
        ("sqlite+pysqlite:///jobwatch.db", "sqlite+aiosqlite"),
        ("postgres://u@h/d", "postgresql+psycopg"),
        ("postgresql://u:p@h:5433/d?sslmode=require", "postgresql+psycopg"),
        ("postgresql+asyncpg://u@h/d", "postgresql+psycopg"),
        ("PostgreSQL://u@h/d", "postgresql+psycopg"),
        (" SQLite:///jobwatch.db\n", "sqlite+aiosqlite"),
        ("postgresql://u@/d?host=a:1&host=b:2&target_session_attrs=any", "postgresql+psycopg"),
        (f"postgresql://u@/d?host=/{'x' * 64}", "postgresql+psycopg"),
    ],
)
def test_the_driver_is_the_bots_choice(given: str, driver: str) -> None:
    """Whatever driver a platform writes into the URL, in whatever case, the bot uses its own; spaces around it are no
    part of it."""
    url = url_of(given)
    assert (url.drivername, url.database) == (driver, "jobwatch.db" if driver.startswith("sqlite") else "d")


@pytest.mark.parametrize(
    "given",
    [
        *(
            "",
            "jobwatch.db",
            "mysql://root:s3cret@h/d",
            "postgresql://u:s3cret@h:port/d",
            "postgresql://u:p@s3cret@h/d",
        ),
        # no file, in memory, and options that SQLite would ignore or can't read
        *("sqlite://s3cret.db", "sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"),
        *("sqlite:///x.db?mode=s3cret", "sqlite:///x.db?timeout=s3cret", "sqlite:///x.db?uri=true&vfs=s3cret"),
        # what libpq doesn't know, and psycopg might take for an argument of its own
        *("postgresql://u@h/d?s3cret=1", "postgresql://u@h/d?row_factory=s3cret", "postgresql://u@h/d?conninfo=s3cret"),
        # addresses that no machine can have
        *("postgresql://u@h/d?port=s3cret", "postgresql://u@h:65536/d", "postgresql://u@h:0/d"),
        *(
            "postgresql://u@/d?host=a:1&host=b:70000",
            "postgresql://u@s3cret..x/d",
            f"postgresql://u@/d?host=a,{'x' * 64}",
        ),
        # what comes after a NUL would be ignored
        *("postgresql://u%00:s3cret@h/d", "postgresql://u@h/d%00s3cret", "sqlite:///x%00s3cret.db"),
    ],
)
def test_an_unusable_url_is_refused_without_showing_it(given: str) -> None:
    """The error about an unusable database URL doesn't show the URL, which may hold a password."""
    with pytest.raises(UnusableURL) as refused:
        url_of(given)
    assert "s3cret" not in str(refused.value)


_LOOKED_UP = [
    ("the jobs of a dataflow", "SELECT * FROM watched_jobs WHERE workspace = 'T1' AND dataflow = 'd'"),
    ("what a destination watches", "SELECT * FROM subscriptions WHERE workspace = 'T1' AND destination = 'C1'"),
    ("mutes that are over", "SELECT * FROM subscriptions WHERE muted_until <= '2026-02-14'"),
    ("old requests", "SELECT * FROM handled_requests WHERE at < '2026-02-14'"),
]


async def test_what_is_asked_often_has_an_index(sqlite_url: str) -> None:
    """No request and no tick reads a whole table to find a few rows."""
    async with opened(sqlite_url) as database, database.reading() as session:
        for sentence, statement in _LOOKED_UP:
            plan = (await session.execute(text(f"EXPLAIN QUERY PLAN {statement}"))).all()
            assert all("USING INDEX" in row.detail for row in plan), (sentence, plan)
