"""Digests that come by a schedule, and what is chosen about them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from bot.demo.page.gallery.cast import (
    BEN,
    BUSY,
    CLICKS,
    COMMAND,
    DEPLOYING,
    ERROR,
    FRAUD,
    HOUR,
    INVENTORY,
    PAYMENTS,
    STOPPED,
    TELEMETRY,
    UP,
    WARNING,
    Cast,
    Gaps,
)
from bot.demo.page.gallery.example import Example, posted, private
from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.quiet_hours import QuietHours
from bot.domain.channel.settings import ChannelSettings
from bot.domain.channel.time_zones import zone_named
from bot.domain.history.period import Tally
from bot.domain.history.recorded import History
from bot.domain.job import Status
from bot.domain.notification.summaries import MutedJob, ScheduledDigest, Silenced
from bot.slack.messages.channel import digests as it

_DAILY, _MONDAYS = DigestSchedule(time(9)), DigestSchedule(time(9), 0)
_BERLIN = "Europe/Berlin"
_HOSTILE = "<!channel> *orders* <https://evil.example.com|click> `rm` " + "x" * 200


def scheduled(cast: Cast) -> Iterator[Example]:
    """What a digest tells of a day, a week, and of very many jobs."""
    show = it.scheduled_digest
    yield posted("A quiet day", show, _digest(cast))
    yield posted("A quiet day, with an outage", show, _digest(cast, gaps=[(10, 9 + 2 / 3)]))
    _, _, flapped, short = bad = _bad(cast)
    yield posted("A bad day", show, _digest(cast, *bad))
    yield posted("All is well again", show, _digest(cast, flapped, short))
    yield posted("A redeployment", show, _digest(cast, cast.history([(UP, 5), (DEPLOYING, 5.05)])))
    muted = tuple(MutedJob(name, cast.now + 2 * HOUR, name == FRAUD) for name in (INVENTORY, FRAUD, TELEMETRY))
    since = cast.ago(hours=9)
    lost = cast.history(name=INVENTORY, polled_at=since, failing_since=since, failure=BUSY)
    silent = replace(_digest(cast, *bad, lost), silenced=Silenced(5, muted, paused=2))
    yield posted("Some jobs are muted or can't be checked", show, silent)
    yield posted("A week", show, replace(_digest(cast, *bad, days=7), schedule=_MONDAYS))
    down = [(0.8, 0.02)]
    late = _digest(cast, *_bad(cast, down), days=1.03, gaps=down)
    yield posted("The bot was down", show, replace(late, due_at=cast.ago(days=0.03)))
    fleet = [cast.history([(ERROR, 7), (UP, 8), (WARNING, 9)], name=f"sales-{number:03}") for number in range(1, 215)]
    yield posted("1,000 jobs", show, _digest(cast, *fleet, flapped, short, jobs=1_000))
    odd = cast.history([(Status.of("<!here> " + "y" * 80), 1)], name=_HOSTILE)
    yield posted("A hostile name", show, _digest(cast, odd))


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


def _digest(cast: Cast, *known: History, days: float = 1, jobs: int = 14, gaps: Gaps = ()) -> ScheduledDigest:
    """A digest of so many jobs, on time: those whose history is known, and others that were well but for the gaps."""
    tally = Tally(cast.ago(days=days), cast.now)
    others = (cast.history(gaps=gaps, name=f"hr-{number:03}") for number in range(jobs - len(known)))
    for each in [*known, *others]:
        tally.add(each.job, each.recorded, watched_since=cast.ago(days=90))
    return ScheduledDigest(_DAILY, cast.now, tally.period)


def _bad(cast: Cast, gaps: Gaps = ()) -> Sequence[History]:
    """A job that fails, one that is stopped, one that went up and down, and one that had a problem for minutes."""
    flapping = [((UP, WARNING)[number % 2], 2 + number / 2) for number in range(18)]
    return [
        cast.history([(ERROR, 3.2)], gaps=gaps),
        cast.history([(STOPPED, 30)], gaps=gaps, name=PAYMENTS),
        cast.history(flapping, gaps=gaps, name=CLICKS),
        cast.history([(UP, 2), (WARNING, 2 + 4 / 60)], gaps=gaps, name=FRAUD),
    ]
