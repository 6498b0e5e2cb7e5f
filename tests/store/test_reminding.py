"""Reminders and escalation as the database keeps them: what watches say, when something is due, and who finds it."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.domain.destination import Destination
from bot.domain.incident import Acknowledgement, DueIncident, Incident, Posted
from bot.domain.job import Dataflow, Status
from bot.domain.notification.reminders import Escalated, Reminder
from bot.domain.pattern import Pattern
from bot.domain.reminding import (
    NO_ESCALATION,
    NO_REMINDERS,
    NO_REMINDING,
    Escalation,
    Failing,
    Reminders,
    Reminding,
)
from bot.domain.status_filter import StatusFilter
from bot.store import deliveries, mutes, outbox, pauses, reconcile, subscriptions
from bot.store.channels import silences
from bot.store.database import Database
from bot.store.incidents import reading, writing
from bot.store.incidents import reminding as due_incidents
from bot.store.lists import watch_list
from bot.store.patterns import members, watches
from bot.store.sql.tables import GapRow, IncidentRow, SubscriptionRow, TrackedJobRow
from bot.store.subscriptions import Outcome
from tests.cast import (
    ANN,
    BEN,
    CLICKS,
    DEPLOYING,
    ERROR,
    HOUR,
    MINUTE,
    NOON,
    OPS,
    ORDERS,
    SECOND,
    STOPPED,
    UP,
    WARNING,
    WORKSPACE,
    change,
    job,
)
from tests.store.pattern_steps import found
from tests.store.steps import becomes, count, deliver_all, pending, sql, subscribe

HERE = Destination(WORKSPACE, OPS)
OFTEN, LONG = Reminding(Reminders(30 * MINUTE)), Reminding(None, Escalation(BEN, 15 * MINUTE, Failing.PROBLEM))
BOTH = OFTEN.completed_by(LONG)
NAMES = {ORDERS: "orders", CLICKS: "clicks"}


async def watch(
    database: Database,
    reminding: Reminding = NO_REMINDING,
    *,
    followed: bool = False,
    at: datetime = NOON,
    status: Status = UP,
) -> tuple[Outcome, Reminding]:
    async with database.writing() as session:
        subscribed = await subscriptions.subscribe(
            session, HERE, job(status), ANN, polled_at=at, followed=followed, reminding=reminding
        )
    return subscribed.outcome, subscribed.reminding


async def watch_all(database: Database, reminding: Reminding = NO_REMINDING, glob: str | None = None) -> Pattern:
    async with database.writing() as session:
        jobs = [ref.dataflow for ref in NAMES]
        _, pattern = await watches.watch(
            session, HERE, glob, ANN, jobs=jobs, status_filter=None, now=NOON, reminding=reminding
        )
        discovered = [replace(found(ref, name=name), is_new=False) for ref, name in NAMES.items()]
        await members.add(session, pattern.id, discovered, NOON)
    return pattern


async def as_listed(database: Database) -> Mapping[str, Reminding]:
    async with database.reading() as session:
        page = await watch_list.page(session, HERE, number=1, size=9)
    return {one.job.title: one.reminding for one in page.subscriptions}


async def fails(database: Database, status: Status = ERROR, at: datetime = NOON + SECOND) -> Incident:
    """A watched job fails, and an alert opens its incident."""
    await becomes(database, status)
    await deliver_all(database)
    async with database.writing() as session:
        opened = change(UP, status, at)
        rows = writing.begin(session, HERE, [opened], Posted(OPS, "1.0"), shows_incidents=True)
        await due_incidents.plan(session, HERE, rows, at)
    return await the_incident(database)


async def goes_on(database: Database, incident: Incident, status: Status, at: datetime) -> None:
    """An alert tells that the job changed again."""
    after = replace(incident, status=status, changed_at=at, closed_at=at if status == UP else None)
    async with database.writing() as session:
        told = await writing.go_on(session, [after], at)
        await due_incidents.plan(session, HERE, told, at)


async def the_incident(database: Database) -> Incident:
    async with database.reading() as session:
        (incident,) = await reading.open_at(session, HERE, {ORDERS.dataflow})
    return incident


async def due_times(database: Database) -> tuple[datetime | None, datetime | None]:
    async with database.reading() as session:
        row = (await session.scalars(select(IncidentRow))).one()
    return row.reminder_due_at, row.escalation_due_at


async def claim(database: Database, now: datetime, put_off: timedelta = HOUR) -> list[DueIncident]:
    """Claim what is due, and put it off."""
    async with database.writing() as session:
        due = list(await due_incidents.claim(session, now))
        for one in due:
            await due_incidents.settle(session, one, now + put_off, None, now, is_escalated=True)
    return due


async def acknowledge(database: Database, now: datetime, by: str = ANN) -> Acknowledgement | None:
    async with database.writing() as session:
        return await writing.acknowledge(session, await the_incident(database), by, now)


async def test_a_repeated_watch_keeps_what_it_does_not_name(database: Database) -> None:
    """Each clause changes its own part, “off” ends it, and a watch without them changes nothing."""
    rarely = Reminding(Reminders(8 * HOUR, Failing.PROBLEM))
    for said, outcome, reminding in (
        (OFTEN, Outcome.NEW, OFTEN),
        (NO_REMINDING, Outcome.ALREADY, OFTEN),
        (OFTEN, Outcome.ALREADY, OFTEN),
        (LONG, Outcome.CHANGED, BOTH),
        (Reminding(NO_REMINDERS), Outcome.CHANGED, LONG),
        (Reminding(None, NO_ESCALATION), Outcome.CHANGED, NO_REMINDING),
        (Reminding(NO_REMINDERS, NO_ESCALATION), Outcome.ALREADY, NO_REMINDING),
        (rarely, Outcome.CHANGED, rarely),
    ):
        assert await watch(database, said) == (outcome, reminding), said
        assert await as_listed(database) == {"orders": reminding}


async def test_a_pattern_gives_its_reminders_to_its_jobs(database: Database) -> None:
    """All jobs of a pattern have them, and follow when they change; one that somebody named has its own; and another
    pattern that still covers them brings its own."""
    await watch(database, LONG, followed=True)
    assert (await watch_all(database, BOTH)).reminding == BOTH
    assert await as_listed(database) == {"orders": LONG, "clicks": BOTH}
    await watch_all(database, Reminding(NO_REMINDERS))
    assert await as_listed(database) == {"orders": LONG, "clicks": LONG}
    await watch_all(database, OFTEN, "*o*")
    async with database.writing() as session:
        assert await watches.keep(session, HERE, Dataflow(ORDERS.dataflow))
        await watches.unwatch(session, HERE, None)
    assert await as_listed(database) == {"orders": OFTEN, "clicks": OFTEN}


async def test_what_is_due_follows_the_alerts(database: Database) -> None:
    """An alert plans both; a later one begins the rhythm anew, and keeps when somebody is told; one of a status that
    doesn't count ends it, and so does the recovery."""
    await watch(database, BOTH)
    incident = await fails(database)
    at = NOON + SECOND
    assert await due_times(database) == (at + 30 * MINUTE, at + 15 * MINUTE)
    assert (incident.reminding, incident.is_reminded) == (BOTH, True)
    await goes_on(database, incident, STOPPED, at + 5 * MINUTE)
    assert await due_times(database) == (None, at + 15 * MINUTE)
    await goes_on(database, incident, ERROR, at + 8 * MINUTE)
    assert await due_times(database) == (at + 38 * MINUTE, at + 15 * MINUTE)
    await goes_on(database, incident, ERROR, at + 8 * MINUTE)  # a reminder, say: nothing changed
    assert await due_times(database) == (at + 38 * MINUTE, at + 15 * MINUTE)
    await goes_on(database, incident, DEPLOYING, at + 9 * MINUTE)
    assert await due_times(database) == (None, None)
    await goes_on(database, incident, ERROR, at + 10 * MINUTE)
    await goes_on(database, incident, UP, at + 11 * MINUTE)
    assert await due_times(database) == (None, None)


async def test_an_acknowledgement_ends_what_is_due(database: Database) -> None:
    """Whoever takes care ends both, also what waits for delivery; nobody else can, until the job changes."""
    await watch(database, BOTH)
    incident = await fails(database, WARNING)
    at = NOON + SECOND
    (due,) = await claim(database, at + 20 * MINUTE)
    async with database.writing() as session:
        for waiting in (
            Reminder(ORDERS, "orders", ERROR, NOON, NOON, NOON),
            Escalated(ORDERS, "orders", ERROR, NOON, NOON, NOON, BEN),
            change(WARNING, ERROR),
        ):
            outbox.put(session, HERE, waiting, NOON, subscription=due.watch.id)
    assert await acknowledge(database, at + 21 * MINUTE) is None
    assert await due_times(database) == (None, None)
    assert await pending(database) == [(OPS, change(WARNING, ERROR))]
    assert await acknowledge(database, at + 22 * MINUTE, BEN) == Acknowledgement(ANN, at + 21 * MINUTE)
    await watch(database, Reminding(Reminders(HOUR, Failing.PROBLEM)), at=at + 23 * MINUTE)
    assert await due_times(database) == (None, None)
    await goes_on(database, incident, ERROR, at + 30 * MINUTE)
    assert await due_times(database) == (at + 90 * MINUTE, at + 45 * MINUTE)
    assert await acknowledge(database, at + 31 * MINUTE, BEN) is None
    assert (await the_incident(database)).acknowledged == Acknowledgement(BEN, at + 31 * MINUTE)


async def test_who_sets_reminders_while_it_fails_gets_them(database: Database) -> None:
    """A watch that changes plans anew what follows the alert that was delivered; a pattern does for all its jobs."""
    await watch_all(database)
    await fails(database)
    assert await due_times(database) == (None, None)
    later = NOON + HOUR
    async with database.writing() as session:
        await watches.watch(session, HERE, None, ANN, jobs=[], status_filter=None, now=later, reminding=BOTH)
    assert await due_times(database) == (later + 30 * MINUTE, NOON + SECOND + 15 * MINUTE)
    await watch(database, Reminding(NO_REMINDERS, NO_ESCALATION), followed=True, at=later)
    assert await due_times(database) == (None, None)


async def test_who_is_named_while_it_fails_is_told(database: Database) -> None:
    """If somebody else is to be told from now on, nobody counts as told any more; otherwise whoever was told does."""
    pattern = await watch_all(database, LONG)
    await fails(database)
    at = NOON + HOUR
    for place, to, is_told in (("job", "U8", False), ("job", "U8", True), ("pattern", "U7", False)):
        (due,) = await claim(database, at)
        assert (await the_incident(database)).escalated_at == at
        reminding = Reminding(Reminders(HOUR if is_told else 2 * HOUR), Escalation(to, 15 * MINUTE, Failing.PROBLEM))
        if place == "job":
            await watch(database, reminding, followed=True, at=at)
        else:
            await sql(database, f"UPDATE subscriptions SET pattern_id = {pattern.id}")
            async with database.writing() as session:
                await watches.watch(session, HERE, None, ANN, jobs=[], status_filter=None, now=at, reminding=reminding)
        assert ((await the_incident(database)).escalated_at is not None) == is_told, place
        assert (await due_times(database))[1] == due.incident.changed_at + 15 * MINUTE


async def follow_up(database: Database, now: datetime) -> tuple[datetime | None, datetime | None] | None:
    """Reconcile; what is due about the only incident, None if there is none."""
    async with database.writing() as session:
        await reconcile.reconcile(session, now)
    return await due_times(database) if await count(database, IncidentRow) else None


async def test_what_failed_before_its_watch_is_followed_up(database: Database) -> None:
    """A job that fails already when it is watched gets reminders and escalation like any other, once; its incident has
    no message until one of them is posted. A status that doesn't count, or that the filter excludes, gets none."""
    await watch(database, OFTEN, status=WARNING)
    assert await follow_up(database, NOON) is None
    await subscribe(database, job(WARNING), status_filter="errors")
    await watch(database, BOTH, status=WARNING)
    assert await follow_up(database, NOON) is None
    await subscribe(database, job(WARNING), status_filter="changes")
    assert await follow_up(database, NOON + MINUTE) == (None, NOON + 15 * MINUTE)
    incident = await the_incident(database)
    assert (incident.opening.new, incident.opened_at, incident.thread, incident.is_reminded) == (
        *(WARNING, NOON),
        *(None, True),
    )
    (due,) = await claim(database, NOON + 15 * MINUTE)
    assert due.failing_since == {Failing.PROBLEM: NOON}
    await sql(database, "UPDATE subscriptions SET considered = NULL")
    assert await follow_up(database, NOON + HOUR) == (NOON + 75 * MINUTE, None)


@pytest.mark.parametrize(
    "way", ["changed", "resumed", "unmuted", "after maintenance", "a pattern", "a pattern changed", "handed over"]
)
async def test_whatever_brings_reminders_to_a_failing_job_begins_them(database: Database, way: str) -> None:
    """A job that fails before gets reminders that are set later, when a pause or a mute ends, or by its pattern."""
    failing = replace(found(ORDERS, ERROR, name="orders"), is_new=True)
    later = NOON + HOUR
    async with database.writing() as session:
        if way in ("a pattern", "a pattern changed", "handed over"):
            patterns = {"*": OFTEN if way == "a pattern" else NO_REMINDING, "o*": OFTEN}
            for glob, reminding in [*patterns.items()][: 2 if way == "handed over" else 1]:
                _, pattern = await watches.watch(
                    session, HERE, glob, ANN, jobs=[], status_filter=None, now=NOON, reminding=reminding
                )
                await members.add(session, pattern.id, [failing], NOON)
        else:
            if way == "after maintenance":
                await silences.begin(session, HERE, None, until=later, by=ANN, now=NOON)
            first = NO_REMINDING if way == "changed" else OFTEN
            await subscriptions.subscribe(session, HERE, failing.job, ANN, polled_at=NOON, reminding=first)
            if way == "resumed":
                await pauses.pause(session, HERE, "is_archived", NOON)
            if way == "unmuted":
                await mutes.mute(session, HERE, ORDERS, until=later, by=ANN, now=NOON)
    await deliver_all(database)
    begun = NOON if way == "a pattern" else later
    assert await follow_up(database, NOON) == ((begun + 30 * MINUTE, None) if begun == NOON else None)
    async with database.writing() as session:
        if way == "changed":
            await subscriptions.subscribe(session, HERE, failing.job, ANN, polled_at=later, reminding=OFTEN)
        if way == "resumed":
            await pauses.resume(session, HERE, later)
        if way == "a pattern changed":
            await watches.watch(session, HERE, "*", ANN, jobs=[], status_filter=None, now=later, reminding=OFTEN)
        if way == "handed over":
            await watches.unwatch(session, HERE, "*")
        await mutes.end_mutes(session, later)
        await silences.end_due(session, later)
    await deliver_all(database)
    assert await follow_up(database, later) == (begun + 30 * MINUTE, None)


async def test_a_failing_job_watched_in_two_ways_is_followed_up_once(database: Database) -> None:
    """By its name and by its run it is one incident; another run of it is another."""
    async with database.writing() as session:
        for ref, followed in ((ORDERS, True), (ORDERS, False), (replace(ORDERS, run=7), False)):
            await subscriptions.subscribe(
                session, HERE, job(ERROR, ref), ANN, polled_at=NOON, followed=followed, reminding=OFTEN
            )
    async with database.writing() as session:
        await reconcile.reconcile(session, NOON)
    async with database.reading() as session:
        incidents = await reading.open_at(session, HERE, {ORDERS.dataflow})
    assert {(one.target, one.opening.ref.run) for one in incidents} == {
        (Dataflow(ORDERS.dataflow), ORDERS.run),
        (replace(ORDERS, run=7), 7),
    }


async def test_the_end_of_a_mute_begins_anew(database: Database) -> None:
    """After a mute people have the whole time again to take care."""
    await watch(database, BOTH)
    await fails(database)
    async with database.writing() as session:
        await mutes.mute(session, HERE, ORDERS, until=NOON + HOUR, by=ANN, now=NOON)
    async with database.writing() as session:
        await mutes.end_mutes(session, NOON + HOUR)
    assert await due_times(database) == (NOON + 90 * MINUTE, NOON + 75 * MINUTE)


async def test_the_end_of_quiet_hours_begins_reminders_anew(database: Database) -> None:
    """What they held back is told at their end, so no reminder follows at once. Who is to be told is told then, and
    what broke through keeps its rhythm."""
    held = Reminding(Reminders(30 * MINUTE, Failing.PROBLEM), LONG.escalation)
    await watch(database, held)
    await fails(database, WARNING)
    async with database.writing() as session:
        await due_incidents.put_off_held(session, HERE, StatusFilter("errors"), NOON + HOUR)
    assert await due_times(database) == (NOON + 90 * MINUTE, NOON + SECOND + 15 * MINUTE)
    async with database.writing() as session:
        await due_incidents.put_off_held(session, HERE, StatusFilter("problems"), NOON + 2 * HOUR)
    assert await due_times(database) == (NOON + 90 * MINUTE, NOON + SECOND + 15 * MINUTE)


async def test_what_cannot_be_announced_stands_in_nobodys_way(database: Database) -> None:
    """An incident that a newer release wrote is looked at an hour later, and times that make no sense count as none."""
    await watch(database, BOTH)
    await fails(database)
    await sql(database, "UPDATE incidents SET opening = '{}'")
    assert await claim(database, NOON + HOUR) == []
    assert await due_times(database) == (NOON + 2 * HOUR, NOON + 2 * HOUR)
    await sql(database, "UPDATE subscriptions SET remind_every = 0, escalate_after = -1")
    assert await as_listed(database) == {"orders": NO_REMINDING}


async def test_a_clock_that_is_set_back_stops_no_reminder(database: Database) -> None:
    """What is planned further ahead than it can be is claimed, to be planned anew."""
    await watch(database, BOTH)
    await fails(database)
    async with database.reading() as session:
        assert await due_incidents.is_any_due(session, NOON - 48 * HOUR)
        assert not await due_incidents.is_any_due(session, NOON - 24 * HOUR)
    assert len(await claim(database, NOON - 48 * HOUR)) == 1


async def test_what_is_claimed_is_as_it_is_now(database: Database) -> None:
    """An incident that is due comes with its job, its watch, since when it fails in each sense, and whether an alert
    still waits. One that isn't due, is over or isn't watched doesn't come."""
    await watch(database, BOTH)
    await fails(database, WARNING)
    assert await claim(database, NOON + 10 * MINUTE) == []
    await becomes(database, STOPPED, ERROR)
    now = NOON + 20 * MINUTE
    (due,) = await claim(database, now, put_off=SECOND)
    assert (due.watch.job.status, due.watch.reminding, due.is_behind) == (ERROR, BOTH, True)
    assert due.failing_since == {Failing.PROBLEM: NOON + SECOND, Failing.ERROR: NOON + 3 * SECOND}
    assert due.exact == set(Failing)
    assert (due.reminder_at, due.escalation_at) == (None, NOON + SECOND + 15 * MINUTE)
    await deliver_all(database)
    async with database.writing() as session:  # nobody could look for a while, and it still fails
        gap = {"watched_job_id": due.watch.job.id, "since": NOON + 4 * SECOND, "until": NOON + 16 * MINUTE}
        session.add(GapRow(workspace=WORKSPACE, **gap))
    failing_since = due.failing_since
    (due,) = await claim(database, now + MINUTE, put_off=SECOND)
    assert (due.is_behind, due.incident.escalated_at) == (False, now)
    assert (due.watch.job.status_since, due.failing_since) == (NOON + 16 * MINUTE, failing_since)
    assert due.seen_failing_since(Failing.PROBLEM) == (NOON + 16 * MINUTE, False)
    async with database.writing() as session:
        await subscriptions.unsubscribe(session, HERE, ORDERS)
    assert await claim(database, now + HOUR) == []


async def test_who_cannot_be_told_is_named_to_whoever_watches(database: Database) -> None:
    """An escalation that Slack doesn't deliver to somebody is told to the person whose watch it is, with the reason;
    nobody counts as told, so that whoever they name next is told at once."""
    mine = Destination(WORKSPACE, ANN)
    async with database.writing() as session:
        await subscriptions.subscribe(session, mine, job(ERROR), ANN, polled_at=NOON, reminding=LONG)
    async with database.writing() as session:
        await reconcile.reconcile(session, NOON)
    at = NOON + 15 * MINUTE
    told = Escalated(ORDERS, "orders", ERROR, NOON, NOON, at, BEN, watched_by=ANN)
    for give_up in (pauses.pause, None):
        (due,) = await claim(database, at)
        async with database.writing() as session:
            await due_incidents.settle(session, due, None, None, at, is_escalated=True)
            outbox.put(session, Destination(WORKSPACE, BEN), told, at)
        async with database.writing() as session:
            if give_up:
                await give_up(session, Destination(WORKSPACE, BEN), "user_disabled", at)
            else:
                (queue,) = await deliveries.claim(session, "t", at, limit=9)
                await deliveries.give_up(session, queue, at + SECOND, "user_disabled", at)
        assert await pending(database) == [(ANN, replace(told, watched_by=None, unreached="user_disabled"))]
        await deliver_all(database)
        assert await due_times(database) == (None, None)
        async with database.writing() as session:
            other = Reminding(None, Escalation("U9" if give_up else "U8", 15 * MINUTE, Failing.PROBLEM))
            await subscriptions.subscribe(session, mine, job(ERROR), ANN, polled_at=at, reminding=other)
        assert await due_times(database) == (None, at)


@pytest.mark.parametrize("followed", [False, True])
async def test_an_escalation_that_a_pause_dropped_comes_after_it(database: Database, followed: bool) -> None:
    """What was to be told in a channel that is archived meanwhile is due again; also if the incident is that of a run
    whose watch ended, while the job is watched by its name."""
    await watch(database, BOTH, followed=followed)
    await fails(database)
    at = NOON + 20 * MINUTE
    (due,) = await claim(database, at)
    async with database.writing() as session:
        told = Escalated(ORDERS, "orders", ERROR, NOON, NOON, at, BEN, followed=due.watch.job.followed)
        outbox.put(session, HERE, told, at, subscription=due.watch.id)
        await pauses.pause(session, HERE, "is_archived", at)
    assert (await due_times(database))[1] == at
    assert (await the_incident(database)).escalated_at is None


@pytest.mark.parametrize(
    ("place", "reached", "under_way"),
    [
        pytest.param(Destination(WORKSPACE, ANN), Destination(WORKSPACE, BEN), False, id="told elsewhere"),
        pytest.param(Destination(WORKSPACE, ANN), Destination(WORKSPACE, BEN), True, id="elsewhere, under way"),
        pytest.param(HERE, HERE, True, id="told here, under way"),
    ],
)
async def test_nobody_is_told_of_what_somebody_takes_care_of(
    database: Database, place: Destination, reached: Destination, under_way: bool
) -> None:
    """An acknowledgement ends an escalation that waits, wherever it goes. One that is under way, and that Slack doesn't
    take in the end, comes no more."""
    async with database.writing() as session:
        await subscriptions.subscribe(session, place, job(ERROR), ANN, polled_at=NOON, reminding=LONG)
    async with database.writing() as session:
        await reconcile.reconcile(session, NOON)
    at = NOON + 15 * MINUTE
    (due,) = await claim(database, at)
    async with database.writing() as session:
        elsewhere = None if reached == place else place.id
        told = Escalated(ORDERS, "orders", ERROR, NOON, NOON, at, BEN, watched_by=elsewhere)
        outbox.put(session, reached, told, at, subscription=None if elsewhere else due.watch.id)
    async with database.writing() as session:
        if under_way:
            await deliveries.claim(session, "t", at, limit=9)
        await writing.acknowledge(session, due.incident, BEN, at)
    assert len(await pending(database)) == under_way
    async with database.writing() as session:
        await pauses.pause(session, reached, "is_archived", at)
    assert not [told for _, told in await pending(database) if isinstance(told, Escalated)]
    assert await due_times(database) == (None, None)


@pytest.mark.parametrize("followed", [False, True])
async def test_what_slack_refused_is_not_repeated_once_somebody_takes_care(database: Database, followed: bool) -> None:
    """Somebody takes care while a reminder is under way, and Slack doesn't take it: it isn't tried again. The incident
    may be that of a run whose watch ended."""
    await watch(database, OFTEN, followed=followed)
    incident, at = await fails(database), NOON + 31 * MINUTE
    async with database.writing() as session:
        told = Reminder(ORDERS, "orders", ERROR, NOON, NOON, at, followed=followed)
        outbox.put(session, HERE, told, at)
        (queue,) = await deliveries.claim(session, "t", at, limit=9)
    for who_cares in (False, True):
        async with database.writing() as session:
            if who_cares:
                await deliveries.claim(session, "t", at, limit=9)
                await writing.acknowledge(session, incident, BEN, at)
        async with database.writing() as session:
            await deliveries.settle_retry(session, queue, at, "ratelimited", at)
        assert await pending(database) == ([] if who_cares else [(OPS, told)])


async def test_an_acknowledgement_outlasts_a_gap(database: Database) -> None:
    """What still fails at the end of maintenance lasts since the last gap as far as anybody knows; whoever took care
    before the gap still does, until the job changes."""
    await watch(database, BOTH)
    incident, taken_at = await fails(database), NOON + MINUTE
    assert await acknowledge(database, taken_at) is None
    await goes_on(database, incident, ERROR, NOON + HOUR)
    assert await due_times(database) == (None, None)
    async with database.writing() as session:  # it recovered, and failed again
        await session.execute(update(TrackedJobRow).values(status_since=NOON + 2 * HOUR))
    await goes_on(database, incident, ERROR, NOON + 2 * HOUR)
    assert None not in await due_times(database)


async def test_how_long_it_failed_is_true_or_at_least(database: Database) -> None:
    """A job that failed already when its watch began fails since then at least, whatever it failed with later."""
    async with database.writing() as session:
        await subscriptions.subscribe(session, HERE, job(STOPPED), ANN, polled_at=NOON, reminding=BOTH)
    await fails(database, ERROR)
    (due,) = await claim(database, NOON + 30 * MINUTE)
    assert due.failing_since == {Failing.PROBLEM: NOON, Failing.ERROR: NOON + SECOND}
    assert due.exact == {Failing.ERROR}


async def test_two_workers_claim_each_incident_once(postgresql: Database) -> None:
    """Of two workers that look at the same moment, one finds what is due; none waits for who holds a watch."""
    await watch(postgresql, BOTH)
    await fails(postgresql)
    now = NOON + HOUR
    both = await asyncio.gather(*(claim(postgresql, now) for _ in range(2)))
    assert sorted(map(len, both)) == [0, 1]
    async with postgresql.writing() as holding:
        await holding.scalars(select(SubscriptionRow).with_for_update())
        async with asyncio.timeout(30):
            assert await claim(postgresql, now + 9 * HOUR) == []
    assert len(await claim(postgresql, now + 9 * HOUR)) == 1
