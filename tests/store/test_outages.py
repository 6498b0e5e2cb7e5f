import asyncio
from datetime import datetime

from bot.domain.notification import LastStatus, LoginRefused, Outage, OutageEnded
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
    changes_waiting,
    claim,
    count,
    deliveries,
    healthy,
    run,
    sql,
    subscribe,
    tell_all,
    waits,
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


async def told(database: Database) -> frozenset[Cause]:
    async with database.reading() as session:
        return await outages.announced(session)


async def places_waiting(database: Database) -> list[str]:
    return [place for place, _ in await waits(database)]


async def mute(database: Database, destination: str) -> None:
    statement = "UPDATE subscriptions SET muted_until = '2026-03-01' WHERE destination = :place"
    await sql(database, statement, place=destination)


async def pause(database: Database, destination: str) -> None:
    statement = "UPDATE subscriptions SET paused_because = 'is_archived' WHERE destination = :place"
    await sql(database, statement, place=destination)


async def test_each_destination_hears_once_with_its_worst_jobs_first(database: Database) -> None:
    """An outage is one message to a destination, however many jobs it watches: how many, and the worst by name."""
    for number in range(9):
        await subscribe(database, healthy(number))
    for number, (status, title) in enumerate(((WARNING, "w"), (ERROR, "f"), (UP, "A job")), start=9):
        await subscribe(database, job(status, run(number), title))
    await subscribe(database, healthy(1), DEV)
    await subscribe(database, healthy(1, "theirs"), workspace=OTHER_WORKSPACE)
    assert await begin(database)

    named = (LastStatus("f", ERROR), LastStatus("w", WARNING), LastStatus("A job", UP))
    jobs = (*named, *(LastStatus(f"job {number}", UP) for number in range(7)))
    assert await waits(database) == [
        (OPS, Outage("no answer", SINCE, 12, jobs)),
        (DEV, Outage("no answer", SINCE, 1, (LastStatus("job 1", UP),))),
        (OPS, Outage("no answer", SINCE, 1, (LastStatus("theirs", UP),))),
    ]
    assert [row.workspace for row in await deliveries(database)] == [WORKSPACE, WORKSPACE, OTHER_WORKSPACE]
    assert await told(database) == {Cause.SERVICE}
    assert not await begin(database, NOON)
    assert len(await waits(database)) == 3


async def test_of_many_workers_that_notice_one_tells(database: Database) -> None:
    """However many workers notice an outage at the same moment, each destination hears of it once."""
    for place in (OPS, DEV, "C3"):
        await subscribe(database, destination=place)
    assert sorted(await asyncio.gather(*(begin(database) for _ in range(6)))) == [False] * 5 + [True]
    assert sorted(await places_waiting(database)) == [OPS, DEV, "C3"]
    await sql(database, "DELETE FROM deliveries")
    assert sorted(await asyncio.gather(*(end(database) for _ in range(6)))) == [False] * 5 + [True]
    assert sorted(await places_waiting(database)) == [OPS, DEV, "C3"]


async def test_who_is_paused_or_muted_is_left_in_peace(database: Database) -> None:
    """An outage says nothing about what a destination can't or does not want to hear of."""
    for place in (OPS, DEV, "C3"):
        await subscribe(database, destination=place)
    await subscribe(database, healthy(1))
    await mute(database, DEV)
    await pause(database, "C3")
    await sql(database, "UPDATE subscriptions SET muted_until = '2026-03-01' WHERE watched_job_id > 1")
    assert await begin(database)
    assert await waits(database) == [(OPS, Outage("no answer", SINCE, 1, (LastStatus("orders", UP),)))]


async def test_where_nobody_listens_nothing_is_told(database: Database) -> None:
    """Without a live subscription an outage concerns nobody, and is told to the first one that it does."""
    assert not await begin(database)
    await subscribe(database)
    await mute(database, OPS)
    assert not await begin(database)
    assert await told(database) == frozenset()
    await sql(database, "UPDATE subscriptions SET muted_until = NULL")
    assert await begin(database)


async def test_a_refused_log_in_is_told_to_those_who_subscribed(database: Database) -> None:
    """Each person who asked for something that is live hears once what to do; channels are not bothered."""
    await subscribe(database, by=ANN)
    await subscribe(database, destination=DEV, by=ANN)
    await subscribe(database, destination=BEN, by=BEN)
    await subscribe(database, destination="C3", by="U_MUTED")
    await subscribe(database, destination="C4", by="U_PAUSED")
    await subscribe(database, by="U8", workspace=OTHER_WORKSPACE)
    await mute(database, "C3")
    await pause(database, "C4")

    assert sorted(await asyncio.gather(*(begin_login_refused(database) for _ in range(4)))) == [False] * 3 + [True]
    assert await waits(database) == [(ANN, REFUSED), (BEN, REFUSED), ("U8", REFUSED)]
    assert await told(database) == {Cause.LOGIN}


async def test_who_heard_of_the_log_in_is_not_told_of_the_outage(database: Database) -> None:
    """After a refused log-in nothing can be seen: the channels hear so, the people who know why do not, unless they
    were not told. The end is one message to each."""
    await subscribe(database, by=ANN)
    await subscribe(database, destination=BEN, by=BEN)
    await subscribe(database, destination=ANN, by=ANN)
    await subscribe(database, healthy(1), "U_QUIET", by="U_QUIET")
    await mute(database, "U_QUIET")
    await begin_login_refused(database)
    await sql(database, "UPDATE subscriptions SET muted_until = NULL")
    await tell_all(database)

    assert await begin(database)
    assert await places_waiting(database) == [OPS, "U_QUIET"]
    assert await told(database) == {Cause.SERVICE, Cause.LOGIN}
    await tell_all(database)
    assert await end(database)
    assert await waits(database) == [
        (OPS, OutageEnded(SINCE, END)),
        (ANN, OutageEnded(NOON, END)),
        (BEN, OutageEnded(NOON, END)),
        ("U_QUIET", OutageEnded(SINCE, END)),
    ]


async def test_who_heard_of_both_hears_of_one_end(database: Database) -> None:
    """An outage and a refused log-in that follows it are over together, since the first of them began."""
    await subscribe(database, destination=ANN, by=ANN)
    await begin(database)
    await begin_login_refused(database)
    await tell_all(database)
    assert await end(database)
    assert await waits(database) == [(ANN, OutageEnded(SINCE, END))]


async def test_the_end_is_told_to_exactly_those_who_heard_of_it(database: Database) -> None:
    """Who was muted when it began, or subscribed after that, is not told of an end; nor who has gone meanwhile."""
    for place in (OPS, DEV, "C_MUTED", "C_PAUSED", "C_GONE"):
        await subscribe(database, destination=place)
    await subscribe(database, workspace=OTHER_WORKSPACE)
    await mute(database, DEV)
    await begin(database)
    await sql(database, "UPDATE subscriptions SET muted_until = NULL")
    await subscribe(database, destination="C_NEW")
    await mute(database, "C_MUTED")
    await pause(database, "C_PAUSED")
    await sql(database, "DELETE FROM subscriptions WHERE destination = 'C_GONE'")
    await tell_all(database)

    assert await end(database)
    rows = [(row.workspace, row.destination) for row in await deliveries(database) if row.settled_at is None]
    assert rows == [(WORKSPACE, OPS), (OTHER_WORKSPACE, OPS)]
    assert await waits(database) == [(OPS, OutageEnded(SINCE, END))] * 2
    assert await told(database) == frozenset()
    assert await count(database, OutageRow) == 0


async def test_the_end_brings_along_what_changed_meanwhile(database: Database) -> None:
    """The end, and what is written after it, waits for a round of looks, and is told in one message."""
    await subscribe(database)
    await begin(database)
    await tell_all(database)
    await end(database, not_before=END + 10 * SECOND)
    await becomes(database, ERROR)

    assert await claim(database, at=END + 9 * SECOND) == []
    (queue,) = await claim(database, at=END + 10 * SECOND)
    assert [one.notification.kind for one in queue.pending] == ["outage_over", "change"]
    assert await changes_waiting(database) == [ERROR]


async def test_nothing_ends_where_nothing_was(database: Database) -> None:
    """Good answers are no news, and the next outage is told anew."""
    await subscribe(database)
    assert not await end(database)
    assert await begin(database)
    assert await end(database)
    assert not await end(database)
    assert [notification.kind for _, notification in await waits(database)] == ["outage", "outage_over"]
    assert await begin(database)
