"""Alembic's environment. The URL comes from the bot, or from the settings for Alembic's own command."""

import sys
from typing import Literal, NoReturn

from alembic import context
from sqlalchemy import URL, text

from bot.settings import WrongSettings, read_store_settings
from bot.store.database import DatabaseFault, engine_for_migrations, refuse_unknown, translated, url_of
from bot.store.sql.tables import Table, UtcDateTime

_ADVISORY_LOCK = 0x4A4F4257  # "JOBW": processes that start concurrently migrate one after the other


def _plain_types(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Render plain SQL types: a class of the product may move, a migration must not change."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def run(url: URL) -> None:
    """Apply all migrations in one transaction. Raises SchemaTooNew or ForeignSchema."""
    with engine_for_migrations(url).connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        else:
            connection.exec_driver_sql("PRAGMA busy_timeout=5000")
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.connection.driver_connection.isolation_level = None  # type: ignore[union-attr]
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        context.configure(
            connection=connection, target_metadata=Table.metadata, render_as_batch=True, render_item=_plain_types
        )
        with context.begin_transaction():
            refuse_unknown(context.get_context().get_current_revision())
            context.run_migrations()
        connection.commit()


def run_from_command_line() -> None:
    """The same for Alembic's own command, which would show a traceback for a fault."""
    try:
        url = url_of(read_store_settings().database_url.get_secret_value())
        with translated(url):
            run(url)
    except WrongSettings as wrong:
        _exit(2, str(wrong))
    except DatabaseFault as fault:
        _exit(1, f"DATABASE_URL: {fault.driver_message}")


def _exit(status: int, line: str) -> NoReturn:
    print(line, file=sys.stderr)  # noqa: T201 - a command's last words
    sys.exit(status)


if "url" in context.config.attributes:
    run(context.config.attributes["url"])
else:
    run_from_command_line()
