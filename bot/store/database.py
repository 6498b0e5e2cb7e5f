"""The database: which engine a URL means, units of work, and the schema's age."""

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

# Far longer than any transaction of ours, which takes milliseconds, yet a person still gets an answer in time.
_LOCK_WAIT_S = 5
_CONNECT_WAIT_S = 5
_STATEMENT_WAIT_S = 10
# A process that stands still in the middle of a transaction keeps its locks from all others no longer than that.
_IDLE_WAIT_S = 5

# What a database may answer with: its own family, and what the network below it raises.
DatabaseFault = (SQLAlchemyError, OSError, TimeoutError)


class UnusableURL(ValueError):
    """A DATABASE_URL that names no database this bot can use. Its text never holds the URL, which has a password."""


class NoTurn(SQLAlchemyError):
    """SQLite was being written by others all the time. No `TimeoutError`: those mean the asker's own limit."""


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
    """Opened by `opened`; hands out units of work."""

    def __init__(self, url: URL, engine: AsyncEngine) -> None:
        self._url = url
        self._engine = engine
        self._turns = asyncio.Lock()

    @property
    def is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end, rolled back by any exception."""
        async with self._turn(), AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """SQLite lets one writer in at a time, and whoever waits for it polls, ever more seldom, overtaken by all that
        come later: under load some wait in vain. So ours take turns. Raises `NoTurn` after as long as SQLite waits."""
        if not self.is_sqlite:
            yield
            return
        try:
            async with asyncio.timeout(_LOCK_WAIT_S):
                await self._turns.acquire()
        except TimeoutError:
            raise NoTurn("another transaction has been writing for too long") from None
        try:
            yield
        finally:
            self._turns.release()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """One transaction that only reads; on SQLite it waits for no writer."""
        engine = self._engine.execution_options(reads_only=True)
        async with AsyncSession(engine, expire_on_commit=False) as session:
            yield session

    async def check(self) -> None:
        """Raises what the database raises when it can't be asked."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))

    async def schema_is_current(self) -> bool:
        """Whether every migration has been applied. Raises what the database raises when it can't be asked."""
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
        """Bring the schema up to date. Alembic is synchronous, so it works in a thread of its own.

        It is imported here, since it takes a fifth of a second that no other start need wait for.
        """
        from alembic import command

        await asyncio.to_thread(command.upgrade, _alembic(self._url), "head")


@asynccontextmanager
async def opened(database_url: str) -> AsyncIterator[Database]:
    """The database behind the URL; no connection is made until it is used. Raises `UnusableURL`."""
    url = url_of(database_url)
    engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)
    try:
        yield Database(url, engine)
    finally:
        await engine.dispose()


def _postgresql(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_pre_ping=True,  # a database that restarted costs no failed transaction
        pool_timeout=_LOCK_WAIT_S,
        connect_args={
            "connect_timeout": _CONNECT_WAIT_S,
            "options": f"-c statement_timeout={_STATEMENT_WAIT_S}s -c lock_timeout={_LOCK_WAIT_S}s"
            f" -c idle_in_transaction_session_timeout={_IDLE_WAIT_S}s -c timezone=UTC",
        },
    )


def _sqlite(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, connect_args={"timeout": _LOCK_WAIT_S})
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _open_file(url: URL) -> None:
    """Open the file once without aiosqlite, whose thread, when that fails, reports to a loop that may be closed."""
    try:
        sqlite3.connect(url.database or ":memory:").close()
    except sqlite3.Error as error:
        raise OSError(str(error)) from error


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    """SQLite's defaults are journal `delete`, foreign keys off, and transactions that Python begins when it likes."""
    connection.isolation_level = None  # we say BEGIN, below
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # an alert's record survives a power cut, not only a crash
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later can't wait for the lock: SQLite refuses it at once when another
    # wrote meanwhile. So a writer takes the lock at its beginning, where the busy timeout applies.
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def newest_migration() -> str:
    """The revision of an up-to-date schema: files are named by their revision, a number, so the last is the newest."""
    return max(path.name.split("_")[0] for path in (_migrations() / "versions").glob("[0-9]*.py"))


def _alembic(url: URL) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_migrations()).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def _migrations() -> Path:
    """Within the package where it was installed, beside it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
