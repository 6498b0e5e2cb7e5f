"""Digests that come by a schedule, and what is chosen about them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from bot.demo.page.gallery.cast import (
    BEN,
    CLICKS,
    COMMAND,
    ERROR,
    FRAUD,
    HOUR,
    INVENTORY,
    MINUTE,
    ORDERS,
    PAYMENTS,
    REFS,
    STOPPED,
    UP,
    WARNING,
    Cast,
)
from bot.demo.page.gallery.example import Example, posted, private
from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.quiet_hours import QuietHours
from bot.domain.channel.settings import ChannelSettings
from bot.domain.channel.time_zones import zone_named
from bot.domain.history.period import JobInPeriod, Period
from bot.domain.job import Dataflow, Status
from bot.domain.notification.summaries import MutedJob, ScheduledDigest, Silenced
from bot.slack.messages.channel import digests as it

_DAILY, _MONDAYS = DigestSchedule(time(9)), DigestSchedule(time(9), 0)
_BERLIN = "Europe/Berlin"
_DAY = timedelta(days=1)
_HOSTILE = "<!channel> *orders* <https://evil.example.com|click> `rm` " + "x" * 200


def scheduled(cast: Cast) -> Iterator[Example]:
    """What a digest tells of a day, a week, and of very many jobs."""
    show = it.scheduled_digest
    yield posted("A quiet day", show, _digest(cast))
    yield posted("A quiet day, with an outage", show, _digest(cast, blind=14 * 20 * MINUTE))
    failing = _job(cast, ORDERS, ERROR, bad=3 * HOUR + 12 * MINUTE, changes=1)
    stopped = _job(cast, PAYMENTS, STOPPED, bad=_DAY)
    flapped = _job(cast, CLICKS, UP, bad=5 * HOUR + 3 * MINUTE, changes=17)
    short = _job(cast, FRAUD, UP, bad=4 * MINUTE, changes=2)
    bad = {"bad_now": (failing, stopped), "bad": 2, "worst": (stopped, flapped, failing, short)}
    day = _digest(cast, **bad, changes=20, changed=3, healthy=14 * _DAY - 37 * HOUR)
    yield posted("A bad day", show, day)
    over = {"worst": (flapped, short), "changes": 19, "changed": 2, "healthy": 14 * _DAY - 6 * HOUR}
    yield posted("All is well again", show, _digest(cast, **over))
    deployed = _digest(cast, changes=2, changed=1, healthy=14 * _DAY - 3 * MINUTE)
    yield posted("A redeployment", show, deployed)
    muted = Silenced(
        5, (MutedJob(INVENTORY, cast.now + 2 * HOUR), MutedJob(FRAUD, cast.now + 9 * HOUR, True)), paused=2
    )
    silent = replace(day, silenced=muted)
    silent = replace(silent, period=replace(silent.period, unavailable=1, blind=9 * HOUR))
    yield posted("Some jobs are muted or can't be checked", show, silent)
    week = {"since": cast.ago(days=7), "known": 98 * _DAY, "healthy": 97 * _DAY}
    yield posted("A week", show, replace(_digest(cast, **bad, changes=61, changed=9, **week), schedule=_MONDAYS))
    late = replace(day, due_at=cast.ago(hours=6), period=replace(day.period, since=cast.ago(hours=30)))
    yield posted("The bot was down", show, late)
    fleet = tuple(_job(cast, f"sales-{number:03}", ERROR, bad=7 * HOUR, changes=3) for number in range(1, 6))
    many = {"jobs": 1_000, "known": 1_000 * _DAY, "healthy": 930 * _DAY, "changes": 4_210, "changed": 870}
    yield posted("1,000 jobs", show, _digest(cast, **many, bad=214, bad_now=fleet, worst=(*fleet[:2], flapped, short)))
    odd = _job(cast, _HOSTILE, Status.of("<!here> " + "y" * 80), bad=HOUR, changes=1)
    yield posted(
        "A hostile name", show, _digest(cast, bad=1, bad_now=(odd,), changes=1, changed=1, healthy=14 * _DAY - HOUR)
    )


def choosing(cast: Cast) -> Iterator[Example]:
    """Somebody chooses when a digest comes."""
    morning = cast.now.astimezone(zone_named(_BERLIN)).replace(hour=9, minute=0, second=0, microsecond=0)
    due = morning + timedelta(days=morning <= cast.now)
    monday = due + timedelta(days=-due.weekday() % 7)
    before = ChannelSettings()
    for to_person in (False, True):
        own = " for himself" if to_person else ""
        first: dict[str, Any] = {"by": BEN, "to_person": to_person, "before": before}
        yield posted(f"Ben schedules a digest{own}", it.scheduled, _DAILY, _BERLIN, due, **first)
    quiet = ChannelSettings(digest=_DAILY, time_zone="Asia/Kolkata", quiet_hours=QuietHours(time(22), time(7)))
    other: dict[str, Any] = {"by": BEN, "to_person": False, "before": quiet}
    yield posted("He changes it, and the time zone", it.scheduled, _MONDAYS, _BERLIN, monday, **other)
    empty: dict[str, Any] = {"by": BEN, "to_person": False, "before": before, "watches_jobs": False}
    yield posted("Nothing is watched there yet", it.scheduled, _DAILY, _BERLIN, due, **empty)
    yield posted("He turns it off", it.turned_off, by=BEN, to_person=False)
    here: dict[str, Any] = {"to_person": False, "command": COMMAND}
    yield private("What was chosen", it.present, _DAILY, _BERLIN, due, **here)
    yield private("Nothing was chosen", it.none_scheduled, **here)
    yield private("There is nothing to sum up", it.nothing_to_say, **here)
    yield private("Slack doesn't say the time zone", it.no_time_zone, f"{COMMAND} digest daily 09:00 {_BERLIN}")


def _digest(cast: Cast, **more: Any) -> ScheduledDigest:
    """A digest of 14 jobs, on time."""
    known: dict[str, Any] = {"since": cast.ago(days=1), "jobs": 14, "known": 14 * _DAY, "healthy": 14 * _DAY}
    return ScheduledDigest(_DAILY, cast.now, Period(until=cast.now, **known | more))


def _job(cast: Cast, name: str, status: Status, *, bad: timedelta, changes: int = 0) -> JobInPeriod:
    since = cast.now - (bad if status != UP else 2 * HOUR)
    target = Dataflow(REFS[name].dataflow if name in REFS else name)
    before = status if not changes else WARNING if status == UP else UP
    return JobInPeriod(target, name, before, status, since, changes, bad, changes > 0, changes > 0)
