"""Alembic's environment. The URL comes from the bot, or from DATABASE_URL for Alembic's own command."""

import os
from typing import Literal

from alembic import context
from sqlalchemy import URL, create_engine, text

from bot.store.database import url_of
from bot.store.sql.tables import Table, UtcDateTime

_ADVISORY_LOCK = 0x4A4F4257  # "JOBW": processes that start concurrently migrate one after the other


def _url() -> URL:
    url: URL | None = context.config.attributes.get("url")
    url = url or url_of(os.environ.get("DATABASE_URL", "sqlite:///jobwatch.db"))
    return url.set(drivername="sqlite") if url.get_backend_name() == "sqlite" else url


def _plain_types(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Render plain SQL types: a class of the product may move, a migration must not change."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def run() -> None:
    """Apply all migrations in one transaction."""
    engine = create_engine(_url())
    with engine.connect() as connection:
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
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
