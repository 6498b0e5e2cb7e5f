"""Insert-if-absent and counted statements, the same on SQLite and PostgreSQL."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from sqlalchemy import CursorResult, Executable, Row, inspect
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.sql.tables import Table


async def insert_if_absent(session: AsyncSession, table: type[Table], **values: Any) -> bool:
    """Insert a row unless a unique constraint says that it exists; return whether it was inserted.

    On PostgreSQL it waits for a transaction that is inserting the same row, so exactly one of two wins.
    """
    # Only the dialect in use: importing the other one would take a twentieth of the start-up time.
    dialect = import_module(f"sqlalchemy.dialects.{session.get_bind().dialect.name}")
    insert = dialect.insert(table).values(**values).on_conflict_do_nothing()
    # By RETURNING: the row count of an INSERT isn't reliable with every driver.
    inserted = await session.execute(insert.returning(*inspect(table).primary_key))
    return inserted.first() is not None


async def insert_all_absent(
    session: AsyncSession, table: type[Table], rows: Sequence[Mapping[str, Any]], *returning: Any
) -> Sequence[Row[Any]]:
    """The same for many rows in a few statements; returns the `returning` columns of those that were inserted."""
    if not rows:
        return []
    mapped = inspect(table)
    dialect = import_module(f"sqlalchemy.dialects.{session.get_bind().dialect.name}")
    # Into the table, not the class: the ORM's bulk insert doesn't support ON CONFLICT.
    insert = dialect.insert(mapped.local_table).on_conflict_do_nothing().returning(*(returning or mapped.primary_key))
    return (await session.execute(insert, list(rows))).all()


async def rows_changed(session: AsyncSession, statement: Executable) -> int:
    """Execute an UPDATE or DELETE; return the number of rows changed, on which every claim relies."""
    result = await session.execute(statement)
    assert isinstance(result, CursorResult)  # noqa: S101 - said to the type checker
    return result.rowcount
