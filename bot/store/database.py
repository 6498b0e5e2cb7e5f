"""The database: its engine, transactions, and the revision of its schema."""

import asyncio
import os
import re
import sqlite3
import warnings
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, quote_plus, unquote, urlsplit

from sqlalchemy import create_engine, event, inspect, make_url, text
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError, SAWarning, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from alembic.config import Config

# The revision of the newest migration, a number of four digits; a test compares it with Alembic's. Asking Alembic would
# cost every start 0.13 s for the import.
SCHEMA_REVISION = "0009"
# The first migration makes it; other programs number their revisions as we do.
_FIRST_TABLE = "watched_jobs"
_LAST_PORT = 65_535

# Far longer than our transactions, which take milliseconds, yet short enough to still answer a person in time.
_LOCK_WAIT_S = 5
_CONNECT_WAIT_S = 5
_STATEMENT_WAIT_S = 10
# A process that stands still in the middle of a transaction keeps its locks from all others no longer than that.
_IDLE_WAIT_S = 5


class UnusableURL(ValueError):
    """A DATABASE_URL that the bot can't use. Its text never quotes the URL, which may hold a password."""


class DatabaseFault(Exception):
    """The database can't be reached, or failed a statement.

    `reason` says so in a few words without any data. `driver_message` is the driver's own message without a password;
    it may name the server, the database and its user, so it is for whoever runs the bot.
    """

    def __init__(self, reason: str, detail: str = "", driver_message: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason
        self.driver_message = driver_message or reason


class WriteLockTimeout(DatabaseFault):
    """Other transactions kept SQLite's write lock for too long. Not a TimeoutError: that is the caller's own limit."""


class SchemaTooNew(DatabaseFault):
    """A newer release has migrated the database to the revision `found`."""

    def __init__(self, found: str) -> None:
        super().__init__(f"this database was written by a newer version ({found}); install that one")


class ForeignSchema(DatabaseFault):
    """Another program migrates the database; its revision is `found`."""

    def __init__(self, found: str) -> None:
        super().__init__(f"it belongs to another program, whose schema has the revision {found}")


class ReadOnly(DatabaseFault):
    """The database is a standby, say: nothing can be recorded there."""


class WrongEncoding(DatabaseFault):
    """The database can't store every text: its encoding is `found`."""

    def __init__(self, found: str) -> None:
        super().__init__(f"its encoding is {found}, which lacks characters that names may have; the bot needs UTF8")


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Turn the errors of SQLAlchemy and of the network into DatabaseFault.

    A TimeoutError comes from a time limit of the caller inside the transaction, so it passes: drivers wrap theirs.
    """
    try:
        yield
    except TimeoutError:
        raise
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise DatabaseFault(type(error).__name__, repr(error), _driver_message(error, url)) from error


def _driver_message(error: Exception, url: URL) -> str:
    """What the driver or the operating system says, in one line."""
    original = getattr(error, "orig", None) or error
    message = getattr(original, "strerror", None) or " ".join(str(original).split()) or type(original).__name__
    for password in sorted(passwords_in(url), key=len, reverse=True):
        message = message.replace(password, "[secret]")
    return str(message)


def passwords_in(url: URL) -> Sequence[str]:
    """The passwords in a database URL: as they are, and as a URL spells them."""
    found = (url.password, *(url.query.get(name) for name in ("password", "sslpassword", "oauth_client_secret")))
    return [s for each in found if isinstance(each, str) for s in {each, quote(each, safe=""), quote_plus(each)} if s]


def url_of(database_url: str) -> URL:
    """The URL with the driver that the bot uses. Raises `UnusableURL`."""
    try:
        url = make_url(database_url.strip())
    except (ArgumentError, ValueError) as error:
        raise UnusableURL("it isn't a database URL, such as sqlite:///FILE or postgresql://USER@HOST/NAME") from error
    if "\0" in unquote(database_url):  # what follows it would be ignored, and another server be asked
        raise UnusableURL("it contains a NUL character")
    match url.get_backend_name().lower():
        case "sqlite":
            return _file_url(url.set(drivername="sqlite+aiosqlite"))
        case "postgres" | "postgresql":  # Heroku and others still say postgres://
            return _server_url(url.set(drivername="postgresql+psycopg"))
        case other:
            raise UnusableURL(f"{other} databases aren't supported; use sqlite:/// or postgresql://")


def _server_url(url: URL) -> URL:
    """The URL of a PostgreSQL server. Raises `UnusableURL` for what no server could make right."""
    from psycopg.pq import Conninfo

    if "@" in (url.host or ""):  # the end of a password, which an error about the host would show
        raise UnusableURL("special characters in its user name or password must be percent-encoded")
    if not {option.keyword.decode() for option in Conninfo.get_defaults()}.issuperset(url.query):
        raise UnusableURL("it has an option that PostgreSQL doesn't know")  # but psycopg might take as its own
    try:
        _, arguments = url.get_dialect()().create_connect_args(url)
        ports = [int(port) for port in str(arguments.get("port", "")).split(",") if port]
        for host in str(arguments.get("host", "")).split(","):
            if not host.startswith(("/", "@")):  # the folder of a socket
                host.encode("idna")  # as psycopg will, with an error of its own
    except (ArgumentError, ValueError):
        raise UnusableURL("it has no usable host and port") from None
    if url.port == 0 or not all(0 < port <= _LAST_PORT for port in ports):
        raise UnusableURL(f"its port must be from 1 to {_LAST_PORT:,}")
    return url


def _file_url(url: URL) -> URL:
    """The URL of an SQLite file. Raises `UnusableURL` for anything else."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SAWarning)  # about options that would be ignored
            url.get_dialect()().create_connect_args(url)
        is_address = (url.database or "").startswith("file:")
        if url.query.get("uri") and not is_address:  # the options would become a part of the file's name
            raise ValueError
    except (ArgumentError, ValueError, SAWarning):
        raise UnusableURL(
            "it must be sqlite:///FILE or sqlite:////FOLDER/FILE; options need file: before the file, and uri=true"
        ) from None
    if not url.database or ":memory:" in url.database or url.query.get("mode") == "memory":
        raise UnusableURL("a database in memory would be lost; use a file, such as sqlite:///jobwatch.db")
    return url


class Database:
    """Hands out transactions. Made by `opened`."""

    def __init__(self, url: URL, engine: AsyncEngine) -> None:
        self._url = url
        self._engine = engine
        self._write_lock = asyncio.Lock()

    @property
    def is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed at the end, rolled back by any exception. Raises DatabaseFault."""
        with translated(self._url):
            async with self._turn(), AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
                yield session

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Let this process's writers wait in a queue. Raises WriteLockTimeout after as long as SQLite would wait.

        SQLite admits one writer at a time. The others poll, less and less often, and later ones overtake them: under
        load some would never get the lock.
        """
        if not self.is_sqlite:
            yield
            return
        try:
            async with asyncio.timeout(_LOCK_WAIT_S):
                await self._write_lock.acquire()
        except TimeoutError:
            raise WriteLockTimeout("another transaction holds the write lock") from None
        try:
            yield
        finally:
            self._write_lock.release()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads; on SQLite it doesn't wait for writers. Raises DatabaseFault."""
        engine = self._engine.execution_options(reads_only=True)
        with translated(self._url):
            async with AsyncSession(engine, expire_on_commit=False) as session:
                yield session

    async def check(self) -> None:
        """Execute a trivial statement. Raises DatabaseFault, also ReadOnly."""
        question = "SELECT 'off'" if self.is_sqlite else "SHOW transaction_read_only"
        async with self.reading() as session:
            if await session.scalar(text(question)) == "on":
                raise ReadOnly("it can only be read, as a standby")

    async def schema_is_current(self) -> bool:
        """Whether every migration has been applied.

        Raises SchemaTooNew, ForeignSchema, WrongEncoding, or any DatabaseFault.
        """
        if self.is_sqlite:
            await asyncio.to_thread(_open_file, self._url)
        found = await self._schema_revision()
        refuse_unknown(found)
        return found == SCHEMA_REVISION

    async def _schema_revision(self) -> str | None:
        async with self.reading() as session:
            connection = await session.connection()
            if not self.is_sqlite and (encoding := await session.scalar(text("SHOW server_encoding"))) != "UTF8":
                raise WrongEncoding(str(encoding))
            tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
            if "alembic_version" not in tables:
                return None  # never migrated
            revision: str | None = await session.scalar(text("SELECT version_num FROM alembic_version"))
        if revision is not None and _FIRST_TABLE not in tables:
            raise ForeignSchema(revision)
        return revision

    async def migrate(self) -> None:
        """Bring the schema up to date. Raises what `schema_is_current` raises.

        Alembic is imported only here, and runs in a thread because it is synchronous.
        """
        if await self.schema_is_current():
            return
        from alembic import command
        from alembic.util import CommandError

        try:
            with translated(self._url):
                await asyncio.to_thread(command.upgrade, _alembic(self._url), "head")
        except CommandError as error:  # the database names a revision that never was
            raise DatabaseFault(type(error).__name__, repr(error), str(error)) from error


def refuse_unknown(found: str | None) -> None:
    """Raise SchemaTooNew if the revision `found` in the database is newer than this release's, or ForeignSchema if it
    can't be one of ours."""
    if found is not None and not re.fullmatch("[0-9]{4}", found):
        raise ForeignSchema(found)
    if found is not None and found > SCHEMA_REVISION:
        raise SchemaTooNew(found)


@asynccontextmanager
async def opened(database_url: str) -> AsyncIterator[Database]:
    """The database at this URL. Connects on first use. Raises UnusableURL."""
    url = url_of(database_url)
    engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)
    try:
        yield Database(url, engine)
    finally:
        await engine.dispose()


def engine_for_migrations(url: URL) -> Engine:
    """A synchronous engine for Alembic. It has no time limit for statements: a migration may take long."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, poolclass=NullPool, isolation_level=_ISOLATION, connect_args=_POSTGRESQL_ARGS)
    engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool)
    event.listen(engine, "do_connect", _create_private_file)
    return engine


# For each process: what stays open, and what is opened for a moment beyond that. What is done every second is done at
# once; with SQLAlchemy's five, an idle worker opened and closed connections all the time.
_CONNECTIONS, _MORE_CONNECTIONS = 8, 7
# No prepared statements: behind PgBouncer in transaction mode, the next transaction may be on another connection.
_POSTGRESQL_ARGS = {"connect_timeout": _CONNECT_WAIT_S, "prepare_threshold": None, "client_encoding": "utf8"}
# Whatever the server's default: with a stricter one, transactions that meet would fail in place of waiting.
_ISOLATION = "READ COMMITTED"


def _postgresql(url: URL) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=_CONNECTIONS,
        max_overflow=_MORE_CONNECTIONS,
        pool_pre_ping=True,  # a restarted database fails no transaction
        pool_timeout=_LOCK_WAIT_S,
        isolation_level=_ISOLATION,
        connect_args=_POSTGRESQL_ARGS,
    )
    event.listen(engine.sync_engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Connection) -> None:
    # For this transaction only. PgBouncer refuses such settings at the start of a connection, and in transaction mode
    # the connection is another one next time.
    limits = {
        "statement_timeout": f"{_STATEMENT_WAIT_S}s",
        "lock_timeout": f"{_LOCK_WAIT_S}s",
        "idle_in_transaction_session_timeout": f"{_IDLE_WAIT_S}s",
        "timezone": "UTC",
        "datestyle": "ISO",  # psycopg reads no other
    }
    settings = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in limits.items())
    connection.exec_driver_sql(f"SELECT {settings}")


def _sqlite(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, connect_args={"timeout": _LOCK_WAIT_S})
    event.listen(engine.sync_engine, "do_connect", _create_private_file)
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _create_private_file(_dialect: Any, _record: Any, arguments: Sequence[Any], options: Mapping[str, Any]) -> None:
    """Create the file for its owner alone, unless it exists. SQLite's side files get the same mode."""
    path = str(arguments[0])
    if options.get("uri"):
        address = urlsplit(path)
        path = unquote(address.path) if parse_qs(address.query).get("mode", ["rwc"]) == ["rwc"] else ""
    if path and path != ":memory:":
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _open_file(url: URL) -> None:
    """Open the file once without aiosqlite, whose thread reports a failure to an event loop that may be closed."""
    with translated(url):
        arguments, options = url.get_dialect()().create_connect_args(url)
        _create_private_file(None, None, arguments, options)
        sqlite3.connect(arguments[0], uri=options.get("uri", False)).close()


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    """Replace defaults: journal `delete`, foreign keys off, and transactions that Python begins by itself."""
    connection.isolation_level = None  # `_begin_sqlite` begins transactions
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # an alert's record survives a power cut, not only a crash
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock when it begins, because only then does SQLite wait for it. A transaction that reads first
    # and writes later fails at once if another one wrote meanwhile.
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _alembic(url: URL) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_migrations()).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def _migrations() -> Path:
    """Inside an installed package, next to the package in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
