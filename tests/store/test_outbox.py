from dataclasses import replace
from datetime import time
from typing import get_args

import pytest
from sqlalchemy import select

from bot.domain.change import Change
from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.quiet_hours import QuietHours
from bot.domain.channel.settings import ChannelSettings
from bot.domain.destination import Destination
from bot.domain.history.period import BlindTime, JobInPeriod, Period
from bot.domain.job import Status
from bot.domain.notification.confirmations import (
    Deed,
    JobConfirmation,
    JobThen,
    PatternConfirmation,
    SettingsConfirmation,
    SilenceConfirmation,
)
from bot.domain.notification.digest import ListPart, Notification, Path
from bot.domain.notification.jobs import JobAdded, JobAvailableAgain, JobRemoved, JobUnavailable, StillFailing
from bot.domain.notification.reminders import Escalated, Reminder
from bot.domain.notification.service import LastStatus, LoginRefused, Outage, OutageEnded, Paused, Resumed
from bot.domain.notification.silences import Meanwhile, QuietHoursEnded, Recovered, SilenceEnded
from bot.domain.notification.summaries import MutedJob, ScheduledDigest, Silenced
from bot.store import outbox, tracked_jobs
from bot.store.database import Database
from bot.store.reconcile import reconcile
from bot.store.sql import notification_json
from bot.store.sql.tables import ChangeRow, DeliveryRow, SubscriptionRow
from bot.store.sql.upsert import insert_if_absent
from tests.cast import (
    ANN,
    BEN,
    DEPLOYING,
    DEV,
    ENDED,
    ERROR,
    HOUR,
    NOON,
    OPS,
    ORDERS,
    OTHER_WORKSPACE,
    SECOND,
    UP,
    WARNING,
    WORKSPACE,
    change,
    job,
)
from tests.store.steps import (
    becomes,
    claim,
    claim_jobs,
    count,
    deliveries,
    pending,
    pending_changes,
    sql,
    subscribe,
    the_job,
    the_subscription,
)


async def test_a_notification_of_any_kind_survives_the_database(database: Database) -> None:
    """A notification of any kind, with any text in it, is claimed as it was queued."""
    title = 'naïve \x00 "orders" ❌ \u2028 \\u0041'
    in_period = JobInPeriod(ORDERS, title, UP, Status.of("in_Limbo"), NOON, 2, HOUR)
    dark = BlindTime(NOON, NOON + HOUR, 3)
    meanwhile = Meanwhile(3, 2, 4, (Recovered(title, HOUR),), (LastStatus(title, ERROR),), 1, 1, (dark,))
    every: list[Notification] = [
        replace(change(new=Status.of("in_Limbo")), title=title, old_since=None),
        JobUnavailable(ORDERS, title, UP, "it hangs", NOON),
        JobAvailableAgain(ORDERS, title, ERROR, NOON, NOON + SECOND),
        StillFailing(ORDERS, title, ERROR, NOON, NOON, ANN, NOON + HOUR),
        Outage("no answer", NOON, 2, (LastStatus(title, UP), LastStatus("", Status.of("")))),
        OutageEnded(NOON, NOON + HOUR),
        LoginRefused("refused", "see the log", NOON),
        Paused(OPS, "is_archived", 12, (title, "clicks")),
        Resumed(12, NOON),
        Reminder(ORDERS, title, ERROR, NOON, NOON, NOON + HOUR),
        Escalated(ORDERS, title, ERROR, NOON, NOON, NOON + HOUR, BEN),
        JobAdded(ORDERS, title, UP, NOON),
        JobRemoved(ORDERS, title, ERROR, NOON),
        ListPart((Path((UP, ERROR), change()), JobAdded(ORDERS, title, UP, NOON)), 61, 62, "1.2"),
        ScheduledDigest(
            DigestSchedule(time(9), 0),
            NOON,
            Period(NOON - HOUR, NOON, 3, healthy=HOUR, known=2 * HOUR, bad_now=(in_period,), worst=(in_period,)),
            Silenced(1, (MutedJob(title, NOON + HOUR),), 1),
        ),
        JobConfirmation(Deed.MUTED, ORDERS, title, ERROR, ANN, NOON, failure=title, until=NOON + HOUR),
        PatternConfirmation(Deed.WATCHED, title, ANN, NOON, worst=(JobThen(title, ERROR, title),)),
        SilenceConfirmation("orders*", ANN, NOON, NOON + HOUR, 12, title),
        SettingsConfirmation(
            ChannelSettings(), ChannelSettings(False, quiet_hours=QuietHours(time(22), time(7))), ANN, NOON
        ),
        SilenceEnded("*", ANN, NOON, NOON + HOUR, meanwhile, title, ANN),
        QuietHoursEnded(NOON, NOON + HOUR, meanwhile),
    ]
    assert {type(notification) for notification in every} == set(get_args(Notification))
    async with database.writing() as session:
        for notification in every:
            outbox.put(session, Destination(WORKSPACE, OPS), notification, NOON)
            await session.flush()
    (queue,) = await claim(database)
    assert [one.notification for one in queue.pending] == every
    assert notification_json.dump(queue.pending[0].notification) == notification_json.dump(every[0])


async def test_a_change_is_queued_for_the_subscriptions_that_it_concerns(database: Database) -> None:
    """A change is queued for live subscriptions whose filter matches, and not for paused or muted ones."""
    await subscribe(database, destination=OPS)
    await subscribe(database, destination=DEV, status_filter="errors")
    await subscribe(database, destination="C_ENDS", status_filter="Stopped")
    await subscribe(database, destination="C_PAUSED")
    await subscribe(database, destination="C_MUTED")
    await sql(database, "UPDATE subscriptions SET paused_because = 'is_archived' WHERE destination = 'C_PAUSED'")
    await sql(database, "UPDATE subscriptions SET muted_until = '2026-03-01' WHERE destination = 'C_MUTED'")
    await becomes(database, WARNING)
    assert [destination for destination, _ in await pending(database)] == [OPS]
    await becomes(database, Status.of("Stopped"))
    assert [destination for destination, _ in await pending(database)] == [OPS, OPS, "C_ENDS"]


async def test_the_watch_of_a_single_run_ends_with_it(database: Database) -> None:
    """The end of a run is queued for every live subscription, after what was pending, and ends it. Paused and muted
    ones stay until they are reconciled."""
    await subscribe(database, destination=OPS)
    await subscribe(database, destination=DEV, status_filter="errors")
    await subscribe(database, destination="C_PAUSED")
    await sql(database, "UPDATE subscriptions SET paused_because = 'is_archived' WHERE destination = 'C_PAUSED'")
    await becomes(database, WARNING, ENDED)
    assert [await pending_changes(database, destination) for destination in (OPS, DEV)] == [[WARNING, ENDED], [ENDED]]
    assert await watching(database) == ["C_PAUSED"]
    await sql(database, "UPDATE subscriptions SET paused_because = NULL")
    async with database.writing() as session:
        assert await reconcile(session, NOON + HOUR) == 1
    assert await pending_changes(database, "C_PAUSED") == [ENDED]
    assert await watching(database) == []
    queued = [notification for _, notification in await pending(database) if isinstance(notification, Change)]
    assert [notification.ends for notification in queued] == [notification.new == ENDED for notification in queued]


async def watching(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(select(SubscriptionRow.destination)))


async def test_a_queued_change_is_complete(database: Database) -> None:
    """The queued notification holds the whole change, in the service's own words."""
    await subscribe(database)
    tracked = await the_job(database)
    queued = replace(change(at=NOON + SECOND), new=Status.of("RUNNING_WITH_ERROR"))
    async with database.writing() as session:
        await outbox.record_change(session, tracked, queued)
    assert await pending(database) == [(OPS, queued)]
    (queue,) = await claim(database)
    (one,) = queue.pending
    assert (one.notification, one.created_at, one.attempts) == (queued, NOON + SECOND, 0)
    assert isinstance(one.notification, Change)
    assert one.notification.new.raw == "RUNNING_WITH_ERROR"
    assert one.subscription == (await the_subscription(database)).id


async def test_a_filtered_change_leaves_the_notified_status(database: Database) -> None:
    """A change that the filter excludes leaves the last notified status, so that the recovery is delivered."""
    await subscribe(database, status_filter="problems")
    await becomes(database, ERROR)
    assert (await the_subscription(database)).notified_status == ERROR.raw
    await becomes(database, DEPLOYING)
    assert (await the_subscription(database)).notified_status == ERROR.raw
    await becomes(database, UP)
    assert await pending_changes(database) == [ERROR, UP]
    assert (await the_subscription(database)).notified_status == UP.raw


async def test_a_change_that_every_filter_excludes_is_recorded(database: Database) -> None:
    """A change is recorded in the history even if nobody is notified of it."""
    await subscribe(database, status_filter="errors")
    await becomes(database, WARNING)
    assert await pending(database) == []
    assert await count(database, ChangeRow) == 1


async def test_other_notifications_reach_every_live_subscription(database: Database) -> None:
    """A notification that is no change is queued for every live subscription, whatever its filter."""
    await subscribe(database, destination=OPS, status_filter="errors")
    await subscribe(database, destination=DEV)
    await sql(database, "UPDATE subscriptions SET muted_until = '2026-03-01' WHERE destination = 'C2'")
    tracked = await the_job(database)
    notification = JobUnavailable(tracked.ref, tracked.title, tracked.status, "it hangs", NOON)
    async with database.writing() as session:
        await outbox.notify_subscribers(session, tracked, notification, NOON + SECOND)
    assert await pending(database) == [(OPS, notification)]
    (delivery,) = await deliveries(database)
    assert (delivery.created_at, delivery.notified_before) == (NOON + SECOND, None)


async def test_workspaces_are_separate(database: Database) -> None:
    """The same job in two workspaces is two tracked jobs, each with its own status and deliveries."""
    await subscribe(database)
    await subscribe(database, workspace=OTHER_WORKSPACE)
    await becomes(database, ERROR, workspace=OTHER_WORKSPACE)
    (queue,) = await claim(database)
    assert queue.destination == Destination(OTHER_WORKSPACE, OPS)
    assert (await the_job(database)).status == UP


async def test_a_change_and_its_deliveries_are_written_in_one_transaction(database: Database) -> None:
    """If the transaction fails after the change was recorded, neither the change nor a delivery remains."""
    await subscribe(database)
    (tracked,) = await claim_jobs(database, "w")

    class Crash(Exception):
        pass

    async def fail() -> None:
        async with database.writing() as session:
            assert await tracked_jobs.write_poll(session, "w", tracked, replace(tracked, status=ERROR))
            await outbox.record_change(session, tracked, change())
            await session.flush()
            raise Crash

    with pytest.raises(Crash):
        await fail()
    assert await deliveries(database) == []
    assert await count(database, ChangeRow) == 0
    assert (await the_job(database)).status == UP
    assert (await the_subscription(database)).notified_status == UP.raw


async def test_the_database_refuses_a_second_delivery_of_a_change(database: Database) -> None:
    """The database itself guarantees one delivery per change and subscription."""
    await subscribe(database)
    await becomes(database, ERROR)
    (first,) = await deliveries(database)
    again = {
        "workspace": WORKSPACE,
        "destination": OPS,
        "notification": first.notification,
        "created_at": NOON,
        "attempts": 0,
    }
    async with database.writing() as session:
        assert not await insert_if_absent(
            session, DeliveryRow, change_id=first.change_id, subscription_id=first.subscription_id, **again
        )
        # Other notifications have no such rule: the same may be queued again another day.
        assert await insert_if_absent(session, DeliveryRow, subscription_id=first.subscription_id, **again)


async def test_a_new_subscriber_is_not_notified_of_the_status_it_was_shown(database: Database) -> None:
    """A look-up made to subscribe counts like a poll: its change is queued for the other subscribers, not for the new
    one."""
    await subscribe(database, job(UP), OPS, ANN)
    newcomer = await subscribe(database, job(ERROR, ORDERS), DEV, BEN, at=NOON + HOUR)
    assert newcomer.job.status == ERROR
    ((destination, queued),) = await pending(database)
    assert isinstance(queued, Change)
    assert (destination, queued.old, queued.new, queued.at) == (OPS, UP, ERROR, NOON + HOUR)
    assert (await the_subscription(database, OPS)).notified_status == ERROR.raw
    assert (await the_subscription(database, DEV)).notified_status == ERROR.raw
