import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from psycopg import Connection
from pytest_postgresql import factories
from sqlalchemy import make_url

from bot.store.database import Database, opened

# A server to test on, e.g. postgresql://postgres:secret@127.0.0.1:5432/postgres. Without it the tests that need one
# are skipped; with JOBWATCH_TEST_POSTGRESQL_REQUIRED they fail instead, so that CI can't pass without having run them.
_SERVER = os.environ.get("JOBWATCH_TEST_POSTGRESQL", "")
_REQUIRED = os.environ.get("JOBWATCH_TEST_POSTGRESQL_REQUIRED", "")

_url = make_url(_SERVER or "postgresql://none@127.0.0.1:1/none")
server = factories.postgresql_noproc(
    host=_url.host, port=_url.port or 5432, user=_url.username, password=_url.password, dbname=f"t{uuid4().hex}"
)
fresh_postgresql = factories.postgresql("server")

_SETTINGS = ("SLACK_", "INFORMATICA_", "DATABASE_URL", "POLL_INTERVAL", "PORT", "LOG_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine's reaches a test, and no file `.env` of this folder's either."""
    for name in list(os.environ):
        if name.startswith(_SETTINGS) or name.upper() in _PROXIES:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def postgresql_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty PostgreSQL database, gone after the test."""
    if not _SERVER:
        if _REQUIRED:
            pytest.fail("JOBWATCH_TEST_POSTGRESQL names no server")
        pytest.skip(
            "no PostgreSQL server: set JOBWATCH_TEST_POSTGRESQL to postgresql://USER:PASSWORD@HOST:PORT/postgres"
        )
    connection: Connection = request.getfixturevalue("fresh_postgresql")
    info = connection.info
    return make_url(_SERVER).set(database=info.dbname).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database of each kind, with the schema that the migrations make."""
    async with opened(database_url) as database:
        await database.migrate()
        yield database
