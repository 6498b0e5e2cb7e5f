"""When what recurs at a time of day comes next: APScheduler's cron trigger, and clocks that are changed. Pure."""

from datetime import UTC, datetime, time, timedelta, tzinfo

from apscheduler.triggers.cron import CronTrigger

from bot.domain.channel.digest_schedule import DigestSchedule

_MINUTE, _MICROSECOND = timedelta(minutes=1), timedelta(microseconds=1)


def next_digest(schedule: DigestSchedule, zone: tzinfo, after: datetime) -> datetime:
    """When the first digest after a time comes (aware UTC)."""
    return next_at(schedule.at, zone, after, weekday=schedule.weekday)


def next_at(at: time, zone: tzinfo, after: datetime, *, weekday: int | None = None) -> datetime:
    """The first time after another one (aware UTC) that clocks in `zone` show `at`; with a `weekday`, on that day.

    The trigger looks for the date; clocks that are changed are ours, since APScheduler would come twice where an hour
    is repeated, and late where one is skipped. A time that is skipped counts as the first one that isn't, a time that
    is repeated comes once, the first time.
    """
    trigger = CronTrigger(hour=at.hour, minute=at.minute, day_of_week=weekday, timezone=UTC)
    shown = after.astimezone(zone).replace(tzinfo=UTC, fold=0)
    while True:
        shown = trigger.get_next_fire_time(None, shown + _MICROSECOND)
        moment = _moment(shown.replace(tzinfo=None), zone)
        if moment > after:
            return moment


def _moment(shown: datetime, zone: tzinfo) -> datetime:
    """When clocks in a zone first show a date and time, or a later one if that is skipped."""
    while True:
        moment = shown.replace(tzinfo=zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == shown:
            return moment
        shown += _MINUTE
