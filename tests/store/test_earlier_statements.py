"""An earlier release keeps running while this one's schema is in place: what it sends is still accepted."""

import pytest
from sqlalchemy.exc import DBAPIError

from bot.store.database import Database
from bot.store.sql.tables import GapRow, Table
from tests.cast import ERROR, ORDERS, job
from tests.store.earlier_statements import READS, WRITES
from tests.store.pattern_steps import watch
from tests.store.steps import becomes, count, sql, subscribe

ELSEWHERE = "T0"  # the rows that statements refer to are in the way of none
SINCE = {"silences", "gaps", "app_homes"}  # tables that no earlier release knows


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


async def test_what_an_earlier_release_deletes_takes_along_what_it_does_not_know(database: Database) -> None:
    """An earlier release removes a job that nobody watches any more, whatever later ones have written about it."""
    columns = "id, workspace, dataflow, run, followed, title, status, status_since, seen_at"
    at = "'2026-02-14 12:00:00'"
    await sql(database, f"INSERT INTO watched_jobs ({columns}) VALUES (1, 'T1', 'd', 1, false, 't', 's', {at}, {at})")
    gap = f"INSERT INTO gaps (workspace, watched_job_id, since, until) VALUES ('T1', 1, {at}, {at})"
    await sql(database, gap)
    await sql(database, "DELETE FROM watched_jobs WHERE watched_jobs.id IN (1)")
    assert await count(database, GapRow) == 0


def test_every_table_of_earlier_releases_is_written_and_read() -> None:
    """No table is forgotten when the statements are recorded anew."""
    for table in Table.metadata.tables.keys() - SINCE:
        assert any(f"INSERT INTO {table} " in statement for statement, _ in WRITES), table
        assert table == "handled_requests" or any(read.endswith(f"FROM {table}") for read in READS), table
