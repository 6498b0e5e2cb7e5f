"""The base of all tables: types, names of constraints, and partial indexes."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Index,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time on both databases: SQLite forgets the zone, PostgreSQL answers in the session's."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        assert isinstance(value, datetime)  # noqa: S101 - what DateTime answers, said to the type checker
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# 64 bits on PostgreSQL; SQLite numbers rows by itself only in a column declared INTEGER, which is 64 bits wide too.
Number = BigInteger().with_variant(Integer, "sqlite")


class Table(DeclarativeBase):
    # SQLite can alter a constraint only by its name, so each gets one.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text(), datetime: UtcDateTime()}  # noqa: RUF012 - SQLAlchemy's own contract


def index_where(name: str, columns: tuple[str, ...], condition: str, *, unique: bool = False) -> Index:
    """An index over the rows that meet a condition."""
    where = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)
