"""Incidents as the database keeps them: who shows what, what is due, and what ends by itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.domain.destination import Destination
from bot.domain.incident import Acknowledgement, Incident, Posted
from bot.domain.job import Dataflow, JobRef, Status, Target
from bot.store import mutes, pauses, retention, subscriptions
from bot.store.channels import settings
from bot.store.database import Database
from bot.store.incidents import reading, updates, writing
from bot.store.incidents.updates import DueUpdate
from bot.store.sql.tables import IncidentRow
from tests.cast import (
    ANN,
    BEN,
    CLICKS,
    DEV,
    ERROR,
    HOUR,
    MINUTE,
    NOON,
    OPS,
    ORDERS,
    SECOND,
    UP,
    WARNING,
    WORKSPACE,
    job,
)
from tests.cast import change as change_of
from tests.store.steps import becomes, deliver_all, sql, subscribe

HERE, MESSAGE = Destination(WORKSPACE, OPS), Posted(OPS, "1.0")
LATER = NOON + HOUR


async def begin(
    database: Database, *targets: Target, posted: Posted = MESSAGE, shows: bool = True, at: datetime = NOON
) -> None:
    """A message opens incidents of jobs that are watched, and fail."""
    opened = [
        replace(change_of(at=at), followed=True)
        if isinstance(target, Dataflow)
        else change_of(new=ERROR, at=at, ref=target)
        for target in targets or (ORDERS,)
    ]
    async with database.writing() as session:
        writing.begin(session, HERE, opened, posted, shows_incidents=shows)


async def the_rows(database: Database) -> Sequence[IncidentRow]:
    async with database.reading() as session:
        return (await session.scalars(select(IncidentRow).order_by(IncidentRow.id))).all()


async def known(database: Database, destination: Destination = HERE) -> Sequence[Incident]:
    async with database.reading() as session:
        return await reading.open_at(session, destination, {ORDERS.dataflow, CLICKS.dataflow})


async def go_on(database: Database, *changed: Incident, shown: Posted | None = None) -> None:
    async with database.writing() as session:
        await writing.go_on(session, changed, LATER, shown=shown)


async def claim(database: Database, now: datetime, limit: int = 9) -> Sequence[DueUpdate]:
    async with database.writing() as session:
        return await updates.claim(session, now, limit)


async def test_an_incident_is_read_as_it_was_written(database: Database) -> None:
    """What opened it, its job, its message and who takes care are kept; other channels have none of it."""
    await begin(database, Dataflow(ORDERS.dataflow), CLICKS)
    orders, clicks = await known(database)
    assert (orders.target, clicks.target) == (Dataflow(ORDERS.dataflow), CLICKS)
    assert (clicks.opening, clicks.status, clicks.opened_at) == (change_of(ref=CLICKS), ERROR, NOON)
    assert (orders.message, orders.thread, orders.is_open, orders.acknowledged) == (MESSAGE, "1.0", True, None)
    async with database.writing() as session:
        assert await writing.acknowledge(session, orders, BEN, LATER) is None
        assert await writing.acknowledge(session, orders, ANN, LATER) == Acknowledgement(BEN, LATER)
    assert (await known(database))[0].acknowledged == Acknowledgement(BEN, LATER)
    assert await known(database, Destination(WORKSPACE, DEV)) == []
    assert await known(database, Destination("T2", OPS)) == []
    async with database.reading() as session:
        assert [one.id for one in await reading.shown_by(session, WORKSPACE, MESSAGE)] == [orders.id, clicks.id]
    assert await claim(database, LATER + MINUTE) != []


async def test_a_message_that_shows_other_things_too_is_never_updated(database: Database) -> None:
    """Its thread is known, so that alerts are replies, but it isn't rewritten: what else it says would be lost."""
    await begin(database, shows=False)
    (orders,) = await known(database)
    assert (orders.thread, orders.message) == ("1.0", None)
    await go_on(database, replace(orders, status=WARNING, changed_at=LATER))
    assert await claim(database, LATER + MINUTE) == []


async def test_a_message_is_due_until_it_is_up_to_date(database: Database) -> None:
    """What changes makes its message due, once for all that it shows; one claim excludes others for half a minute; what
    changes after a claim is due again; an update that failed is put off."""
    await begin(database, ORDERS, CLICKS)
    orders, clicks = await known(database)
    await go_on(database, replace(orders, status=WARNING), replace(clicks, closed_at=LATER))
    assert await claim(database, LATER) == []
    (due,) = await claim(database, LATER + MINUTE)
    assert (due.message, [one.is_open for one in due.incidents]) == (MESSAGE, [True, False])
    assert await claim(database, LATER + MINUTE + 29 * SECOND) == []

    async with database.writing() as session:  # meanwhile
        await writing.acknowledge(session, orders, BEN, LATER + MINUTE)
        await updates.done(session, due)
    (again,) = await claim(database, LATER + 2 * MINUTE)
    assert again.incidents[0].acknowledged
    async with database.writing() as session:
        await updates.put_off(session, again, LATER + 5 * MINUTE)
    assert await claim(database, LATER + 4 * MINUTE) == []
    (last,) = await claim(database, LATER + 5 * MINUTE)
    async with database.writing() as session:
        await updates.done(session, last)
    assert await claim(database, LATER + HOUR) == []


async def test_what_a_reply_showed_above_is_not_shown_again(database: Database) -> None:
    """A message that was updated just before the reply isn't due, unless something else made it so."""
    await begin(database, ORDERS)
    (orders,) = await known(database)
    await go_on(database, replace(orders, status=WARNING), shown=MESSAGE)
    assert await claim(database, LATER + MINUTE) == []
    async with database.writing() as session:
        await updates.mark(session, HERE, {ORDERS.dataflow}, LATER)
    await go_on(database, replace(orders, status=ERROR), shown=MESSAGE)
    assert len(await claim(database, LATER + MINUTE)) == 1


async def test_an_update_under_way_is_made_again(database: Database) -> None:
    """An update that was claimed before a reply may reach Slack after the reply's own. So the message is due again:
    else it would show the older state for ever."""
    await begin(database, ORDERS)
    (orders,) = await known(database)
    async with database.writing() as session:
        await updates.mark(session, HERE, {ORDERS.dataflow}, NOON)
    (under_way,) = await claim(database, LATER)
    await go_on(database, replace(orders, status=UP, closed_at=LATER), shown=MESSAGE)
    async with database.writing() as session:
        await updates.done(session, under_way)
    assert [due.incidents[0].status for due in await claim(database, LATER + MINUTE)] == [UP]


async def test_the_newest_messages_are_updated_first(database: Database) -> None:
    """If there is no room for all, the newest incidents come first."""
    for number in range(3):
        await begin(database, CLICKS if number % 2 else ORDERS, posted=Posted(OPS, f"{number}.0"))
    await go_on(database, *await known(database))
    assert [due.message.ts for due in await claim(database, LATER + MINUTE, limit=2)] == ["2.0", "1.0"]


async def test_a_deleted_message_is_forgotten(database: Database) -> None:
    """A message that is gone is due no more, and its incidents have no thread until the next alert."""
    await begin(database, ORDERS, CLICKS)
    await go_on(database, *await known(database))
    async with database.writing() as session:
        await updates.forget(session, WORKSPACE, MESSAGE)
    assert [(one.thread, one.message) for one in await known(database)] == [(None, None)] * 2
    assert await claim(database, LATER + MINUTE) == []
    async with database.writing() as session:
        await writing.go_on(session, (await known(database))[:1], LATER, instead=(Posted(OPS, "2.0"), True))
    assert [one.message for one in await known(database)] == [Posted(OPS, "2.0"), None]


async def test_an_alert_finds_its_own_incident(database: Database) -> None:
    """A button finds the incident that had begun when its alert was written, never a later one; a command the present
    one, or else the last."""
    await begin(database)
    (first,) = await known(database)
    await go_on(database, replace(first, status=UP, closed_at=NOON + MINUTE))
    await begin(database, at=LATER)
    (second,) = await known(database)
    async with database.reading() as session:

        async def found(at: datetime | None, target: Target = ORDERS, where: Destination = HERE) -> int | None:
            incident = await reading.of_alert(session, where, target, at)
            return incident.id if incident else None

        assert [await found(at) for at in (NOON, NOON + SECOND, LATER - SECOND)] == [first.id] * 3
        assert [await found(at) for at in (LATER, LATER + HOUR, None)] == [second.id] * 3
        assert await found(NOON - SECOND) is None
        assert await found(None, Dataflow(ORDERS.dataflow)) == second.id
        assert await found(None, where=Destination(WORKSPACE, DEV)) is None


async def test_mutes_show_in_the_message(database: Database) -> None:
    """A mute is part of the incident, and its beginning and its end make the message due."""
    await subscribe(database)
    await begin(database)
    async with database.writing() as session:
        await mutes.mute(session, HERE, ORDERS, until=NOON + HOUR, by=BEN, now=NOON)
    (due,) = await claim(database, NOON + MINUTE)
    assert [(one.muted_until, one.muted_by) for one in due.incidents] == [(NOON + HOUR, BEN)]
    async with database.writing() as session:
        await updates.done(session, due)
        await mutes.unmute(session, HERE, ORDERS, NOON + MINUTE)
    (due,) = await claim(database, NOON + 2 * MINUTE)
    assert [one.muted_until for one in due.incidents] == [None]
    async with database.writing() as session:
        await mutes.mute(session, HERE, ORDERS, until=NOON + 3 * MINUTE, by=BEN, now=NOON + 2 * MINUTE)
        await mutes.end_mutes(session, NOON + 3 * MINUTE)
    assert [due.incidents[0].muted_until for due in await claim(database, NOON + HOUR)] == [None]


async def end_silent(database: Database, at: datetime = LATER) -> list[tuple[Status, datetime | None]]:
    async with database.writing() as session:
        await writing.end_silent(session, at)
    return [(Status.of(row.status), row.closed_at) for row in await the_rows(database)]


async def test_an_incident_ends_with_its_watch(database: Database) -> None:
    """Once nobody watches the job there, the incident ends and its message is due. Another channel's watch doesn't
    count."""
    await subscribe(database, job(ERROR))
    await subscribe(database, job(ERROR), destination=DEV)
    await begin(database)
    assert await end_silent(database) == [(ERROR, None)]
    async with database.writing() as session:
        await subscriptions.unsubscribe(session, HERE, ORDERS)
    assert await end_silent(database) == [(ERROR, LATER)]
    assert len(await claim(database, LATER + MINUTE)) == 1


async def test_of_many_incidents_some_are_looked_at(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether incidents ended silently is asked about some after the others, so that no tick takes long; all have their
    turn, and then the first again."""
    monkeypatch.setattr(writing, "_BATCH", 2)
    runs = [JobRef(ORDERS.dataflow, run) for run in range(1, 6)]
    for ref in runs:
        await begin(database, ref)
    after, looked_at = 0, list[int]()
    for _ in range(4):
        async with database.writing() as session:
            after = await writing.end_silent(session, LATER, after=after)
        looked_at.append(sum(row.closed_at is not None for row in await the_rows(database)))
    assert (looked_at, after) == ([2, 4, 5, 5], 0)


async def test_nothing_ends_silently_that_is_still_to_be_delivered(database: Database) -> None:
    """An incident whose recovery waits for delivery, or is held back by a mute or a pause, goes on until then."""
    await subscribe(database, job(ERROR))
    await begin(database)
    await becomes(database, UP)
    assert await end_silent(database) == [(ERROR, None)]
    await deliver_all(database)
    async with database.writing() as session:
        await mutes.mute(session, HERE, ORDERS, until=LATER, by=BEN, now=NOON)
    assert await end_silent(database) == [(ERROR, None)]
    async with database.writing() as session:
        await mutes.unmute(session, HERE, ORDERS, NOON)
        await pauses.pause(session, HERE, "is_archived", NOON)
    assert await end_silent(database) == [(ERROR, None)]


async def test_a_recovery_that_the_filter_excludes_shows_in_the_message(database: Database) -> None:
    """If people chose not to be notified that a job works again, the first message says so all the same."""
    await subscribe(database, job(ERROR), status_filter="running with error")
    await begin(database, at=NOON - HOUR)
    await becomes(database, WARNING)
    assert await end_silent(database) == [(ERROR, None)]
    await becomes(database, UP)
    assert await end_silent(database) == [(UP, NOON + 2 * SECOND)]
    assert len(await claim(database, LATER + MINUTE)) == 1


async def test_a_recovery_that_nobody_saw_has_no_time(database: Database) -> None:
    """It ended some time after the last status that was seen: how long it lasted is said as a least."""
    await subscribe(database, job(ERROR), status_filter="running with error")
    await begin(database, at=NOON - HOUR)
    await becomes(database, UP)
    await sql(database, "UPDATE watched_jobs SET since_is_exact = false")
    assert await end_silent(database) == [(UP, NOON - HOUR)]


async def test_two_runs_of_a_dataflow_end_apart(database: Database) -> None:
    """Where two runs of one dataflow are watched by their IDs, neither ends the incident of the other: not by working,
    and not by being watched still."""
    other = JobRef(ORDERS.dataflow, ORDERS.run - 1)
    await subscribe(database, job(UP, other))
    await subscribe(database, job(ERROR))
    await begin(database)
    assert await end_silent(database) == [(ERROR, None)]
    async with database.writing() as session:
        await subscriptions.unsubscribe(session, HERE, ORDERS)
    assert await end_silent(database) == [(ERROR, LATER)]


async def test_a_channel_takes_its_incidents_and_settings_along(database: Database) -> None:
    """When a channel's ID changes, its open incidents, their messages and what it chose move along."""
    await begin(database)
    new = Destination(WORKSPACE, DEV)
    async with database.writing() as session:
        await settings.change(session, HERE, lambda chosen: replace(chosen, threads=False))
        await pauses.move(session, HERE, new)
    assert [one.message for one in await known(database, new)] == [Posted(DEV, "1.0")]
    async with database.writing() as session:
        assert (await settings.read(session, HERE)).threads
        assert not (await settings.read(session, new)).threads


async def test_ended_incidents_are_removed_with_the_history(database: Database) -> None:
    """Incidents that ended longer ago than changes are kept are removed; open ones stay, however old."""
    await begin(database)
    await begin(database, CLICKS)
    orders, _ = await known(database)
    await go_on(database, replace(orders, closed_at=NOON))
    keep = timedelta(days=90)
    await retention.purge(database, NOON + keep - SECOND, keep_history=keep)
    assert len(await the_rows(database)) == 2
    await retention.purge(database, NOON + keep + SECOND, keep_history=keep)
    assert [row.dataflow for row in await the_rows(database)] == [CLICKS.dataflow]


async def test_two_workers_never_update_one_message_at_once(postgresql: Database) -> None:
    """On PostgreSQL, what one worker is claiming is left to it."""
    await begin(postgresql)
    await go_on(postgresql, *await known(postgresql))
    async with postgresql.writing() as one:
        assert len(await updates.claim(one, LATER + MINUTE, 9)) == 1
        async with postgresql.writing() as other:
            assert await updates.claim(other, LATER + MINUTE, 9) == []
