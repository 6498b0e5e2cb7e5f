import asyncio
import gc
import os
import shutil
import ssl
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import Connection
from pytest_postgresql import factories
from pytest_postgresql.janitor import DatabaseJanitor
from sqlalchemy import make_url
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.store import database as database_module
from bot.store.database import Database, opened
from bot.store.sql.tables import Table
from tests.ports import reserved_port

# The time that an example takes depends on the machine.
_unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", _unhurried, max_examples=25)
settings.register_profile("thorough", _unhurried, max_examples=500)
settings.load_profile("thorough" if os.environ.get("JOBWATCH_TEST_THOROUGH") else "default")

# The server to test on, e.g. postgresql://postgres:secret@127.0.0.1:5432/postgres. Without it, tests that need one are
# skipped; with JOBWATCH_TEST_POSTGRESQL_REQUIRED they fail instead, so that CI can't pass without them.
_SERVER = os.environ.get("JOBWATCH_TEST_POSTGRESQL", "")
_REQUIRED = os.environ.get("JOBWATCH_TEST_POSTGRESQL_REQUIRED", "")

_url = make_url(_SERVER or "postgresql://none@127.0.0.1:1/none")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: scenarios wait more than they work."""
    return 1 + (os.cpu_count() or 1)


with suppress(ModuleNotFoundError):  # it doesn't exist everywhere
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # the loop that the bot runs on

gc.disable()  # until all tests are imported, as the bot does at its start


def pytest_collection_finish() -> None:
    """Let the collector look at nothing of what was imported and collected: it stays until the end."""
    gc.freeze()
    gc.enable()


def _migrate(database_url: str) -> None:
    """Create the schema, in a thread of its own: a loop may be running in this one."""

    async def migrate() -> None:
        async with opened(database_url) as database:
            await database.migrate()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, migrate()).result()


def _url_of(database: str) -> str:
    return _url.set(database=database).render_as_string(hide_password=False)


_where: dict[str, Any] = {
    "host": _url.host,
    "port": _url.port or 5432,
    "user": _url.username,
    "password": _url.password,
}
server = factories.postgresql_noproc(**_where, dbname=f"t{uuid4().hex}")
empty_postgresql = factories.postgresql("server")

_SETTINGS = ("SLACK_", "INFORMATICA_", "DATABASE_URL", "POLL_INTERVAL", "HOST", "PORT", "METRICS_", "LOG_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(scope="session", autouse=True)
def certificates_read_once() -> Iterator[None]:
    """Read the certificates of all authorities once, not for each HTTP client: it takes longer than most tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """Compile a statement once, not for each test's engine: it takes longer than to execute it. What is compiled is
    kept by its dialect, so all of a kind are one and the same here."""
    compiled: dict[Any, Any] = {}

    def create(*arguments: Any, **options: Any) -> AsyncEngine:
        return create_async_engine(*arguments, execution_options={"compiled_cache": compiled}, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database_module, "create_async_engine", create)
        for dialect in (SQLiteDialect_aiosqlite, PGDialectAsync_psycopg):
            patch.setattr(dialect, "__eq__", lambda one, other: type(one) is type(other), raising=False)
            patch.setattr(dialect, "__hash__", lambda one: hash(type(one)), raising=False)
        yield


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The working directory of tests; nothing may be written there."""
    folder = tmp_path_factory.mktemp("empty")
    yield folder
    assert not list(folder.iterdir())


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, empty_folder: Path) -> None:
    """Keep the environment of this machine, and a file `.env` of this folder, from the tests."""
    for name in list(os.environ):
        if name.startswith(_SETTINGS) or name.upper() in _PROXIES:
            monkeypatch.delenv(name)
    monkeypatch.chdir(empty_folder)  # a folder per test would take longer than most tests


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, to be copied."""
    path = tmp_path_factory.mktemp("template") / "test.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a migrated SQLite database: `test.db` in the test's folder."""
    shutil.copy(sqlite_template, tmp_path / "test.db")
    return f"sqlite:///{tmp_path}/test.db"


@pytest.fixture(scope="session")
def migrated_postgresql() -> Iterator[str]:
    """The URL of the one migrated PostgreSQL database of this process."""
    _require_server()
    with DatabaseJanitor(**_where, dbname=f"t{uuid4().hex}") as janitor:
        _migrate(url := _url_of(janitor.dbname))
        yield url


@pytest.fixture
def postgresql_url(migrated_postgresql: str) -> Iterator[str]:
    """The URL of a migrated, empty PostgreSQL database. Emptied after the test, which is far faster than a new one."""
    yield migrated_postgresql
    with psycopg.connect(migrated_postgresql, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        tables = reversed(Table.metadata.sorted_tables)
        connection.execute("; ".join(f"DELETE FROM {table.name}" for table in tables).encode())  # at once: it's faster
        connection.execute("SELECT setval(sequencename::regclass, start_value, false) FROM pg_sequences")


@pytest.fixture
def empty_postgresql_url(request: pytest.FixtureRequest) -> str:
    """The URL of a PostgreSQL database without tables, dropped after the test."""
    _require_server()
    connection: Connection = request.getfixturevalue("empty_postgresql")
    return _url_of(connection.info.dbname)


def _require_server() -> None:
    if not _SERVER and _REQUIRED:
        pytest.fail("JOBWATCH_TEST_POSTGRESQL is missing")
    if not _SERVER:
        pytest.skip(
            "no PostgreSQL server: set JOBWATCH_TEST_POSTGRESQL to postgresql://USER:PASSWORD@HOST:PORT/postgres"
        )


@pytest.fixture
def unused_tcp_port() -> Iterator[int]:
    """A port at which nothing listens: one that is merely free may be another test's a moment later."""
    with reserved_port() as port:
        yield port


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database of each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    url: str = request.getfixturevalue("empty_postgresql_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database of each kind."""
    async with opened(database_url) as database:
        yield database
