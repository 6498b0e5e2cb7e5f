"""Since when a status is said to last, where nobody could look in between."""

from datetime import datetime, time

from sqlalchemy import select, update

from bot.domain.change import Change
from bot.domain.channel.quiet_hours import NOTHING, QuietHours
from bot.domain.destination import Destination
from bot.domain.notification.jobs import StillFailing
from bot.domain.tracked_job import Lasted, TrackedJob
from bot.store import mutes
from bot.store.channels.period import what_happened
from bot.store.database import Database
from bot.store.lists import history, watch_list
from bot.store.sql.tables import ChangeRow, GapRow, TrackedJobRow
from tests.cast import ANN, ERROR, HOUR, MINUTE, NOON, OPS, ORDERS, SECOND, WARNING, WORKSPACE
from tests.store.channels import windows
from tests.store.steps import becomes, deliver_all, pending, sql, subscribe

HERE = Destination(WORKSPACE, OPS)


async def nobody_looks(database: Database, since: datetime, until: datetime) -> None:
    """The job is polled at these times, and not in between."""
    async with database.writing() as session:
        job = (await session.scalars(select(TrackedJobRow))).one()
        session.add(GapRow(workspace=WORKSPACE, watched_job_id=job.id, since=since, until=until))
        await session.execute(update(TrackedJobRow).values(polled_at=until))


async def listed(database: Database) -> TrackedJob:
    async with database.reading() as session:
        return (await watch_list.page(session, HERE, number=1, size=9)).subscriptions[0].job


async def test_a_status_is_known_to_last_since_the_last_gap(database: Database) -> None:
    """A status that is the same before and after a gap may have been another one in it. So it lasted at least since the
    gap's end, in lists, in the history's words and in alerts; the recorded beginning stays. A gap before the status
    began is no matter."""
    await subscribe(database)
    await becomes(database, WARNING)
    await nobody_looks(database, NOON, NOON + SECOND)
    job = await listed(database)
    assert (job.status_since, job.since_is_exact) == (NOON + SECOND, True)
    end = NOON + 20 * MINUTE
    await nobody_looks(database, NOON + 2 * SECOND, end)
    job = await listed(database)
    assert (job.status_since, job.since_is_exact) == (end, False)
    async with database.reading() as session:
        found = await history.of_job(session, [HERE], ORDERS, limit=9)
        period = await what_happened(session, HERE, NOON, end)
    assert found is not None
    assert (found.present.status_since, period.bad_now[0].since) == (end, end)
    after = end + MINUTE
    async with database.reading() as session:  # also in what is about a later time alone
        late = await history.of_job(session, [HERE], ORDERS, limit=9, since=after)
        period = await what_happened(session, HERE, after, after + MINUTE)
    assert late is not None
    assert (late.present.status_since, period.bad_now[0].since, period.blind) == (end, end, 0 * MINUTE)
    await deliver_all(database)

    await becomes(database, ERROR)
    [(_, told)] = await pending(database)
    assert isinstance(told, Change)
    assert told.lasted == Lasted(SECOND, is_exact=False)
    async with database.reading() as session:
        recorded = await session.scalars(select(ChangeRow.old_since).order_by(ChangeRow.at.desc()))
        assert recorded.first() == NOON + SECOND
        found = await history.of_job(session, [HERE], ORDERS, limit=9)
    assert found is not None
    assert found.as_known(found.changes[0]).lasted == Lasted(SECOND, is_exact=False)


async def test_what_still_fails_after_a_gap_is_known_to_fail_since_then(database: Database) -> None:
    """The end of a mute says so, too, and so does what tells of a difference later: at its end, and at that of
    maintenance and of quiet hours."""
    await subscribe(database)
    await becomes(database, ERROR)
    await deliver_all(database)
    async with database.writing() as session:
        await mutes.mute(session, HERE, ORDERS, until=NOON + HOUR, by=ANN, now=NOON)
    await nobody_looks(database, NOON + 2 * SECOND, NOON + 20 * MINUTE)
    async with database.writing() as session:
        await mutes.end_mutes(session, NOON + HOUR)
    [(_, told)] = await pending(database)
    assert isinstance(told, StillFailing)
    assert (told.since, told.since_is_exact) == (NOON + 20 * MINUTE, False)
    await deliver_all(database)
    for window in (None, "maintenance", "quiet hours"):
        await sql(database, f"UPDATE subscriptions SET told_status = '{WARNING.raw}', considered = NULL")
        if window == "maintenance":
            await windows.begin(database, until=NOON + HOUR)
        elif window:
            await windows.choose(database, QuietHours(time(11), time(13), NOTHING), NOON)
        await windows.tick(database, NOON + HOUR)
        change = windows.only(await windows.told(database), Change)
        assert (change.at, change.at_is_exact) == (NOON + 20 * MINUTE, False), window
