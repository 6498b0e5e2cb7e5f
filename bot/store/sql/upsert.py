"""Insert-if-absent and counted updates, the same on SQLite and PostgreSQL."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from sqlalchemy import CursorResult, Executable, Row, inspect
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.sql.tables import Table


async def insert_if_absent(session: AsyncSession, table: type[Table], **values: Any) -> bool:
    """Insert a row unless a unique constraint forbids it; return whether it was inserted.

    PostgreSQL waits for a transaction that is inserting the same row, so exactly one of two concurrent ones wins.
    """
    insert = _insert(session, table).values(**values).on_conflict_do_nothing()
    # RETURNING, because not every driver gives the row count of an INSERT.
    inserted = await session.execute(insert.returning(*inspect(table).primary_key))
    return inserted.first() is not None


async def insert_all_absent(
    session: AsyncSession, table: type[Table], rows: Sequence[Mapping[str, Any]], *returning: Any
) -> Sequence[Row[Any]]:
    """Insert many rows in a few statements; return the `returning` columns (the primary key) of those inserted."""
    if not rows:
        return []
    mapped = inspect(table)
    # Into the table, not the class: the ORM would insert the rows of a class itself, without ON CONFLICT.
    insert = _insert(session, mapped.local_table).on_conflict_do_nothing().returning(*(returning or mapped.primary_key))
    return (await session.execute(insert, list(rows))).all()


async def rows_changed(session: AsyncSession, statement: Executable) -> int:
    """Execute an UPDATE or DELETE; return how many rows it changed. Claims rely on this number alone."""
    result = await session.execute(statement)
    assert isinstance(result, CursorResult)  # noqa: S101 - for the type checker
    return result.rowcount


def _insert(session: AsyncSession, into: Any) -> Any:
    """The INSERT of the dialect in use. Importing the other dialect, too, would take a twentieth of the start."""
    return import_module(f"sqlalchemy.dialects.{session.get_bind().dialect.name}").insert(into)
