"""Steps that the tests of maintenance and of quiet hours share."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot.domain.channel.quiet_hours import QuietHours
from bot.domain.channel.silence import Silence
from bot.domain.destination import Destination
from bot.domain.notification.digest import Notification
from bot.store import mutes, reconcile
from bot.store.channels import quiet_hours, settings, silences
from bot.store.database import Database
from tests.cast import BEN, HOUR, NOON, OPS, WORKSPACE
from tests.store.steps import deliver_all

PLACE, END = Destination(WORKSPACE, OPS), NOON + HOUR
N = TypeVar("N")


async def begin(
    database: Database, glob: str | None = None, *, until: datetime = END, now: datetime = NOON, by: str = BEN
) -> tuple[Silence, int]:
    """Begin maintenance."""
    async with database.writing() as session:
        return await silences.begin(session, PLACE, glob, until=until, by=by, now=now, reason="upgrade")


async def choose(
    database: Database, hours: QuietHours | None, now: datetime, zone: str = "UTC", place: Destination = PLACE
) -> bool:
    """Choose quiet hours; return whether some that were in force ended."""
    async with database.writing() as session:
        await settings.change(session, place, lambda chosen: replace(chosen, quiet_hours=hours, time_zone=zone))
        return await quiet_hours.turn(session, place, now)


async def tick(database: Database, now: datetime = END) -> None:
    """What maintenance does at a time, until nothing is due."""
    turned = True
    while turned:
        async with database.writing() as session:
            turned = await quiet_hours.turn_due(session, now)
            turned |= await silences.end_due(session, now)
            await mutes.end_mutes(session, now)
            await reconcile.reconcile(session, now)


async def told(database: Database) -> list[Notification]:
    """What is delivered to the channel now."""
    delivered = await deliver_all(database, at=NOON + timedelta(days=99))
    return [each for where, each in delivered if where == OPS]


def only(notifications: list[Notification], kind: type[N]) -> N:
    """The one notification of a kind."""
    [one] = [each for each in notifications if isinstance(each, kind)]
    return one
