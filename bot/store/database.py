"""The database: the engine behind a URL, transactions, and the age of the schema."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, make_url, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

if TYPE_CHECKING:
    from alembic.config import Config

# Our transactions take milliseconds. A person who waits this long for one still gets an answer in time.
_LOCK_WAIT_S = 5
_CONNECT_WAIT_S = 5
_STATEMENT_WAIT_S = 10

# What a database call may raise: SQLAlchemy's errors, and those of the network below it.
DatabaseFault = (SQLAlchemyError, OSError, TimeoutError)


class UnusableURL(ValueError):
    """A DATABASE_URL that the bot can't use. The text never contains the URL, which may hold a password."""


class WriteTimeout(SQLAlchemyError):
    """SQLite was busy with other writers for too long. Not a `TimeoutError`: that means the caller's own time limit."""


def url_of(database_url: str) -> URL:
    """The URL with the driver that the bot uses. Raises `UnusableURL`."""
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError) as error:
        raise UnusableURL("it is no database URL: write sqlite:///FILE or postgresql://USER@HOST/NAME") from error
    match url.get_backend_name():
        case "sqlite":
            return url.set(drivername="sqlite+aiosqlite")
        case "postgres" | "postgresql":  # Heroku and others still say postgres://
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise UnusableURL(f"databases of the kind {other!r} are not supported: use sqlite:/// or postgresql://")


class Database:
    """Hands out transactions. Made by `opened`."""

    def __init__(self, url: URL, engine: AsyncEngine) -> None:
        self._url = url
        self._engine = engine
        self._writers = asyncio.Lock()

    @property
    def is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end, rolled back by any exception."""
        async with self._write_lock(), AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    @asynccontextmanager
    async def _write_lock(self) -> AsyncIterator[None]:
        """Queue the writers of this process on SQLite. Raises `WriteTimeout` after as long as SQLite itself waits.

        SQLite allows one writer at a time. Those that wait retry less and less often, so under load later ones overtake
        them and some wait in vain.
        """
        if not self.is_sqlite:
            yield
            return
        try:
            async with asyncio.timeout(_LOCK_WAIT_S):
                await self._writers.acquire()
        except TimeoutError:
            raise WriteTimeout("another transaction has been writing for too long") from None
        try:
            yield
        finally:
            self._writers.release()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """One read-only transaction; on SQLite it waits for no writer."""
        engine = self._engine.execution_options(reads_only=True)
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session

    async def check(self) -> None:
        """Raise `DatabaseFault` if the database can't be reached."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))

    async def schema_is_current(self) -> bool:
        """Whether every migration has been applied. Raises `DatabaseFault`."""
        if self.is_sqlite:
            await asyncio.to_thread(_open_file, self._url)
        async with self.reading() as session:
            try:
                found = (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()
            except SQLAlchemyError as error:
                if "alembic_version" in str(error):  # no such table: a database that was never migrated
                    return False
                raise
        return found == newest_migration()

    async def migrate(self) -> None:
        """Bring the schema up to date. Alembic is synchronous, so it runs in a thread."""
        from alembic import command  # here, since the import takes a fifth of a second, which other starts don't need

        await asyncio.to_thread(command.upgrade, _alembic(self._url), "head")


@asynccontextmanager
async def opened(database_url: str) -> AsyncIterator[Database]:
    """The database behind a URL; it connects at the first use. Raises `UnusableURL`."""
    url = url_of(database_url)
    engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)
    try:
        yield Database(url, engine)
    finally:
        await engine.dispose()


def _postgresql(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_pre_ping=True,  # after a restart of the database no transaction fails
        pool_timeout=_LOCK_WAIT_S,
        connect_args={
            "connect_timeout": _CONNECT_WAIT_S,
            "options": f"-c statement_timeout={_STATEMENT_WAIT_S}s -c lock_timeout={_LOCK_WAIT_S}s -c timezone=UTC",
        },
    )


def _sqlite(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, connect_args={"timeout": _LOCK_WAIT_S})
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _open_file(url: URL) -> None:
    """Open the file once without aiosqlite: if that fails there, its thread reports to a loop that may be closed."""
    try:
        sqlite3.connect(url.database or ":memory:").close()
    except sqlite3.Error as error:
        raise OSError(str(error)) from error


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    """Replace SQLite's defaults: journal `delete`, foreign keys off, and transactions that Python begins by itself."""
    connection.isolation_level = None  # `_begin_sqlite` begins transactions
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # an alert's record survives a power cut, not only a crash
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later can't wait for the lock: SQLite refuses it at once if another one
    # wrote meanwhile. So a writer takes the lock at its beginning, where the busy timeout applies.
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def newest_migration() -> str:
    """The revision of an up-to-date schema: migrations are named by their number, so the last is the newest."""
    return max(path.name.split("_")[0] for path in (_migrations() / "versions").glob("[0-9]*.py"))


def _alembic(url: URL) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_migrations()).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def _migrations() -> Path:
    """The migrations: within an installed package, beside it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
