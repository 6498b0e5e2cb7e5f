"""An earlier release keeps running while this one's schema is in place: what it sends is still accepted."""

import pytest
from sqlalchemy.exc import DBAPIError

from bot.store.database import Database
from bot.store.sql.tables import Table
from tests.cast import ERROR, ORDERS, job
from tests.store.earlier_statements import READS, WRITES
from tests.store.pattern_steps import watch
from tests.store.steps import becomes, sql, subscribe

ELSEWHERE = "T0"  # the rows that statements refer to are in the way of none
SINCE = {"incidents", "channel_settings", "silences", "gaps", "app_homes"}  # tables that no earlier release knows


@pytest.fixture
async def filled(database: Database) -> Database:
    """A job, a subscription, a change and a pattern, each with the ID 1."""
    await subscribe(database, job(), "C0", workspace=ELSEWHERE)
    await becomes(database, ERROR, workspace=ELSEWHERE)
    await watch(database, "*", ORDERS, destination="C0", workspace=ELSEWHERE)
    await sql(database, "DELETE FROM deliveries")
    return database


def for_postgresql(statement: str) -> str:
    """A statement as it is sent to PostgreSQL."""
    for here, there in ((" IS ?", " IS NOT DISTINCT FROM ?"), ("followed = 1", "followed"), ("?", "%s")):
        statement = statement.replace(here, there)
    return statement


async def test_what_earlier_releases_send_is_accepted(filled: Database) -> None:
    """Each statement with which an earlier release writes, and a SELECT from each of its tables, succeeds: nothing that
    it names is gone, and nothing that it leaves out is required."""
    refused = []
    async with filled.writing() as session:
        connection = await session.connection()
        for statement, values in (*WRITES, *((read, ()) for read in READS)):
            text = statement if filled.is_sqlite else for_postgresql(statement)
            savepoint = await connection.begin_nested()
            try:
                await connection.exec_driver_sql(text, tuple(values))
            except DBAPIError as error:
                refused.append(f"{error.orig}: {statement}")
            await savepoint.rollback()
    assert not refused, "\n".join(refused)


def test_every_table_of_earlier_releases_is_written_and_read() -> None:
    """No table is forgotten when the statements are recorded anew."""
    for table in Table.metadata.tables.keys() - SINCE:
        assert any(f"INSERT INTO {table} " in statement for statement, _ in WRITES), table
        assert table == "handled_requests" or any(read.endswith(f"FROM {table}") for read in READS), table
