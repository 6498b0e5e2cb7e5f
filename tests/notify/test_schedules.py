"""Digests by a schedule: planned, made once they are due, and each of them once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.settings import ChannelSettings
from bot.domain.destination import Destination
from bot.domain.notification.summaries import ScheduledDigest
from bot.notify.schedules import DigestSchedules
from bot.store.channels import settings
from bot.store.database import Database, opened
from bot.store.sql import notification_json
from bot.store.sql.tables import ChannelSettingsRow, DeliveryRow, SubscriptionRow, TrackedJobRow
from tests.cast import DEV, HOUR, MINUTE, OPS, WORKSPACE
from tests.notify.fake import Clock, all_quiet, watched

DAY = timedelta(days=1)
DAILY = DigestSchedule(time(9))


class Queued:
    """What was queued so far."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.times = 0

    def note(self) -> None:
        self.times += 1

    async def digests(self) -> list[tuple[str, ScheduledDigest]]:
        async with self._database.reading() as session:
            rows = (await session.scalars(select(DeliveryRow).order_by(DeliveryRow.id))).all()
        found = [(row.destination, notification_json.load(row.notification)) for row in rows]
        assert len(found) == self.times
        return [(place, one) for place, one in found if isinstance(one, ScheduledDigest)]


@pytest.fixture
async def queued(store: Database) -> Queued:
    return Queued(store)


@pytest.fixture
async def schedules(store: Database, queued: Queued, clock: Clock) -> AsyncIterator[DigestSchedules]:
    made = DigestSchedules(store, interval=MINUTE, on_recorded=queued.note, clock=clock)
    yield made
    await made.drain()


async def choose(database: Database, place: str = OPS, schedule: DigestSchedule = DAILY) -> None:
    def chosen(before: ChannelSettings) -> ChannelSettings:
        return replace(before, digest=schedule, time_zone="Europe/Berlin")

    async with database.writing() as session:
        await settings.change(session, Destination(WORKSPACE, place), chosen)


async def is_due(database: Database, at: datetime, *, since: datetime | None = None, **more: object) -> None:
    async with database.writing() as session:
        values = {"digest_due_at": at, "digest_since": since, **more}
        await session.execute(update(ChannelSettingsRow).values(values))


async def planned(database: Database, place: str = OPS) -> datetime | None:
    async with database.reading() as session:
        due = select(ChannelSettingsRow.digest_due_at).where(ChannelSettingsRow.destination == place)
        return (await session.execute(due)).scalar_one()


async def polled(database: Database, at: datetime) -> None:
    async with database.writing() as session:
        await session.execute(update(TrackedJobRow).values(polled_at=at))


async def rounds(schedules: DigestSchedules, count: int = 1) -> None:
    for _ in range(count):
        await schedules.tick()
        await all_quiet()


async def test_a_digest_is_planned_and_then_made_once(
    store: Database, queued: Queued, schedules: DigestSchedules
) -> None:
    """A schedule is planned within a day. Once due, its digest tells of the day before, and however late it is, of the
    time until now; the next one begins where it ended. One that is due in the far future was planned by a wrong
    clock."""
    await watched(store, OPS)
    await choose(store)
    await rounds(schedules)
    now = datetime.now(UTC)
    assert (first := await planned(store)) is not None
    assert now < first <= now + DAY
    await polled(store, now)
    await is_due(store, now - 3 * HOUR)
    await rounds(schedules, 3)
    ((place, digest),) = await queued.digests()
    assert (place, digest.due_at, digest.period.since) == (OPS, now - 3 * HOUR, now - 3 * HOUR - DAY)
    assert now <= digest.period.until
    assert digest.period.jobs == 1
    await is_due(store, now - MINUTE, since=digest.period.until - MINUTE)
    await rounds(schedules)
    assert (await queued.digests())[-1][1].period.since == digest.period.until - MINUTE
    await is_due(store, now + 400 * DAY)
    await rounds(schedules)
    assert await planned(store) == first
    assert queued.times == 2


async def test_nobody_gets_a_digest_of_nothing(store: Database, queued: Queued, schedules: DigestSchedules) -> None:
    """Where nothing is watched, or alerts are paused, no digest comes, and the next one is planned. A schedule of a
    newer release holds up nobody."""
    await watched(store, OPS)
    async with store.writing() as session:
        await session.execute(update(SubscriptionRow).values(paused_because="is_archived"))
    for place in (OPS, DEV):
        await choose(store, place)
    now = datetime.now(UTC)
    await is_due(store, now - MINUTE)
    await rounds(schedules)
    assert [bool(at and at > now) for at in (await planned(store), await planned(store, DEV))] == [True, True]
    await is_due(store, now - MINUTE, digest="hourly")
    await rounds(schedules)
    assert (await planned(store)) is not None
    assert queued.times == 0


async def test_a_digest_waits_for_polls_but_not_for_long(
    store: Database, queued: Queued, schedules: DigestSchedules, clock: Clock
) -> None:
    """While jobs weren't polled since a downtime, a digest waits for the polls; after three intervals it comes anyway,
    and says so. It holds up no other."""
    await watched(store, OPS)
    await choose(store)
    now = datetime.now(UTC)
    await is_due(store, now - MINUTE)
    await rounds(schedules)
    await choose(store, DEV)
    await rounds(schedules)
    assert await planned(store, DEV) is not None
    assert queued.times == 0
    for _ in range(3):
        clock.now += 60
        await rounds(schedules)
    ((_, digest),) = await queued.digests()
    assert digest.period.unavailable == 1
    await is_due(store, now - MINUTE)
    await polled(store, now)
    await rounds(schedules)
    assert (await queued.digests())[-1][1].period.unavailable == 0
    async with store.writing() as session:  # nothing is to be expected of a job that can't be polled
        await session.execute(update(TrackedJobRow).values(failure="no such job", polled_at=now - HOUR))
    await is_due(store, now - MINUTE)
    await rounds(schedules)
    assert (await queued.digests())[-1][1].period.unavailable == 1


async def test_of_two_workers_one_makes_a_digest(postgresql_url: str) -> None:
    """Two workers that find the same digests due at the same moment queue each of them once."""
    async with opened(postgresql_url) as database:
        queued = Queued(database)
        places = [f"C{number}" for number in range(6)]
        await watched(database, *places)
        for place in places:
            await choose(database, place)
        now = datetime.now(UTC)
        await polled(database, now)
        await is_due(database, now - MINUTE)
        workers = [DigestSchedules(database, interval=MINUTE, on_recorded=queued.note) for _ in range(2)]
        await asyncio.gather(*(worker.tick() for worker in workers))
        await all_quiet()  # draining would end a round that takes long
        assert sorted(place for place, _ in await queued.digests()) == places
