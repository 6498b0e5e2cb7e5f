import asyncio
from datetime import datetime

from bot.domain.notification.service import LastStatus, LoginRefused, Outage, OutageEnded
from bot.store import outages
from bot.store.database import Database
from bot.store.outages import Cause
from bot.store.sql.tables import OutageRow
from tests.cast import (
    ANN,
    BEN,
    DEV,
    ERROR,
    HOUR,
    MINUTE,
    NOON,
    OPS,
    OTHER_WORKSPACE,
    SECOND,
    UP,
    WARNING,
    WORKSPACE,
    job,
)
from tests.store.steps import (
    becomes,
    claim,
    count,
    deliver_all,
    deliveries,
    healthy,
    pending,
    pending_changes,
    run,
    sql,
    subscribe,
)

SINCE = NOON - MINUTE
END = NOON + HOUR
REFUSED = LoginRefused("the log-in is refused", "change the password", NOON)


async def begin(database: Database, since: datetime = SINCE) -> bool:
    async with database.writing() as session:
        return await outages.begin(session, "no answer", since, NOON)


async def begin_login_refused(database: Database, now: datetime = NOON) -> bool:
    async with database.writing() as session:
        return await outages.begin_login_refused(session, REFUSED.reason, REFUSED.remedy, now)


async def end(database: Database, not_before: datetime = END) -> bool:
    async with database.writing() as session:
        return await outages.end(session, END, not_before=not_before)


async def announced(database: Database) -> frozenset[Cause]:
    async with database.reading() as session:
        return await outages.announced(session)


async def notified(database: Database) -> list[str]:
    return [destination for destination, _ in await pending(database)]


async def mute(database: Database, destination: str) -> None:
    statement = "UPDATE subscriptions SET muted_until = '2026-03-01' WHERE destination = :destination"
    await sql(database, statement, destination=destination)


async def pause(database: Database, destination: str) -> None:
    statement = "UPDATE subscriptions SET paused_because = 'is_archived' WHERE destination = :destination"
    await sql(database, statement, destination=destination)


async def test_an_outage_is_one_message_with_the_worst_jobs(database: Database) -> None:
    """An outage is one notification per destination, with the number of jobs watched there and the worst by name."""
    for number in range(9):
        await subscribe(database, healthy(number))
    for number, (status, title) in enumerate(((WARNING, "w"), (ERROR, "f"), (UP, "A job")), start=9):
        await subscribe(database, job(status, run(number), title))
    await subscribe(database, healthy(1), DEV)
    await subscribe(database, healthy(1, "theirs"), workspace=OTHER_WORKSPACE)
    assert await begin(database)

    named = (LastStatus("f", ERROR), LastStatus("w", WARNING), LastStatus("A job", UP))
    jobs = (*named, *(LastStatus(f"job {number}", UP) for number in range(7)))
    assert await pending(database) == [
        (OPS, Outage("no answer", SINCE, 12, jobs)),
        (DEV, Outage("no answer", SINCE, 1, (LastStatus("job 1", UP),))),
        (OPS, Outage("no answer", SINCE, 1, (LastStatus("theirs", UP),))),
    ]
    assert [row.workspace for row in await deliveries(database)] == [WORKSPACE, WORKSPACE, OTHER_WORKSPACE]
    assert await announced(database) == {Cause.SERVICE}
    assert not await begin(database, NOON)
    assert len(await pending(database)) == 3


async def test_of_many_workers_one_announces_an_outage(database: Database) -> None:
    """If many workers notice an outage at the same moment, each destination is notified once."""
    for destination in (OPS, DEV, "C3"):
        await subscribe(database, destination=destination)
    assert sorted(await asyncio.gather(*(begin(database) for _ in range(6)))) == [False] * 5 + [True]
    assert sorted(await notified(database)) == [OPS, DEV, "C3"]
    await sql(database, "DELETE FROM deliveries")
    assert sorted(await asyncio.gather(*(end(database) for _ in range(6)))) == [False] * 5 + [True]
    assert sorted(await notified(database)) == [OPS, DEV, "C3"]


async def test_paused_and_muted_subscriptions_are_not_notified(database: Database) -> None:
    """An outage isn't announced to destinations without a live subscription, and counts the jobs that the list there
    counts: muted ones, too, but they are named last."""
    for destination in (OPS, DEV, "C3"):
        await subscribe(database, destination=destination)
    await subscribe(database, healthy(1))
    await mute(database, DEV)
    await pause(database, "C3")
    await sql(database, "UPDATE subscriptions SET muted_until = '2026-03-01' WHERE watched_job_id > 1")
    await sql(database, "UPDATE watched_jobs SET status = 'Running with Error' WHERE id > 1")
    assert await begin(database)
    last = (LastStatus("orders", UP), LastStatus("job 1", ERROR))
    assert await pending(database) == [(OPS, Outage("no answer", SINCE, 2, last))]


async def test_an_outage_without_live_subscriptions_is_announced_later(database: Database) -> None:
    """Without a live subscription nobody is notified; the first live one is."""
    assert not await begin(database)
    await subscribe(database)
    await mute(database, OPS)
    assert not await begin(database)
    assert await announced(database) == frozenset()
    await sql(database, "UPDATE subscriptions SET muted_until = NULL")
    assert await begin(database)


async def test_a_refused_log_in_is_announced_to_subscribers(database: Database) -> None:
    """Each person with a live subscription is notified once what to do; channels aren't."""
    await subscribe(database, by=ANN)
    await subscribe(database, destination=DEV, by=ANN)
    await subscribe(database, destination=BEN, by=BEN)
    await subscribe(database, destination="C3", by="U_MUTED")
    await subscribe(database, destination="C4", by="U_PAUSED")
    await subscribe(database, by="U8", workspace=OTHER_WORKSPACE)
    await mute(database, "C3")
    await pause(database, "C4")

    assert sorted(await asyncio.gather(*(begin_login_refused(database) for _ in range(4)))) == [False] * 3 + [True]
    assert await pending(database) == [(ANN, REFUSED), (BEN, REFUSED), ("U8", REFUSED)]
    assert await announced(database) == {Cause.LOGIN}


async def test_people_notified_of_a_refused_log_in_get_no_outage(database: Database) -> None:
    """After a refused log-in the channels are notified of the outage, but not the people who know the reason. Each gets
    one message at the end."""
    await subscribe(database, by=ANN)
    await subscribe(database, destination=BEN, by=BEN)
    await subscribe(database, destination=ANN, by=ANN)
    await subscribe(database, healthy(1), "U_QUIET", by="U_QUIET")
    await mute(database, "U_QUIET")
    await begin_login_refused(database)
    await sql(database, "UPDATE subscriptions SET muted_until = NULL")
    await deliver_all(database)

    assert await begin(database)
    assert await notified(database) == [OPS, "U_QUIET"]
    assert await announced(database) == {Cause.SERVICE, Cause.LOGIN}
    await deliver_all(database)
    assert await end(database)
    assert await pending(database) == [
        (OPS, OutageEnded(SINCE, END)),
        (ANN, OutageEnded(NOON, END)),
        (BEN, OutageEnded(NOON, END)),
        ("U_QUIET", OutageEnded(SINCE, END)),
    ]


async def test_an_outage_and_a_refused_log_in_end_together(database: Database) -> None:
    """A destination notified of both gets one end, since the earlier beginning."""
    await subscribe(database, destination=ANN, by=ANN)
    await begin(database)
    await begin_login_refused(database)
    await deliver_all(database)
    assert await end(database)
    assert await pending(database) == [(ANN, OutageEnded(SINCE, END))]


async def test_the_end_is_announced_to_those_who_were_notified(database: Database) -> None:
    """The end is announced also where all was muted meanwhile, since the beginning promised it; not to destinations
    that were muted at the beginning or subscribed later, or that are paused or gone."""
    for destination in (OPS, DEV, "C_MUTED", "C_PAUSED", "C_GONE"):
        await subscribe(database, destination=destination)
    await subscribe(database, workspace=OTHER_WORKSPACE)
    await mute(database, DEV)
    await begin(database)
    await sql(database, "UPDATE subscriptions SET muted_until = NULL")
    await subscribe(database, destination="C_NEW")
    await mute(database, "C_MUTED")
    await pause(database, "C_PAUSED")
    await sql(database, "DELETE FROM subscriptions WHERE destination = 'C_GONE'")
    await deliver_all(database)

    assert await end(database)
    rows = [(row.workspace, row.destination) for row in await deliveries(database) if row.settled_at is None]
    assert rows == [(WORKSPACE, OPS), (WORKSPACE, "C_MUTED"), (OTHER_WORKSPACE, OPS)]
    assert {told for _, told in await pending(database)} == {OutageEnded(SINCE, END)}
    assert await announced(database) == frozenset()
    assert await count(database, OutageRow) == 0


async def test_the_end_is_delivered_with_what_changed_meanwhile(database: Database) -> None:
    """The end, and what is recorded after it, waits until the jobs were polled, and is delivered in one message."""
    await subscribe(database)
    await begin(database)
    await deliver_all(database)
    await end(database, not_before=END + 10 * SECOND)
    await becomes(database, ERROR)

    assert await claim(database, at=END + 9 * SECOND) == []
    (queue,) = await claim(database, at=END + 10 * SECOND)
    assert [one.notification.kind for one in queue.pending] == ["outage_over", "change"]
    assert await pending_changes(database) == [ERROR]


async def test_without_an_outage_nothing_ends(database: Database) -> None:
    """Without an announced outage no end is announced; the next outage is announced anew."""
    await subscribe(database)
    assert not await end(database)
    assert await begin(database)
    assert await end(database)
    assert not await end(database)
    assert [notification.kind for _, notification in await pending(database)] == ["outage", "outage_over"]
    assert await begin(database)
