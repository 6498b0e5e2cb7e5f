"""Histories: the report of a job's past, and its picture, also of extreme pasts."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from bot.demo.page.gallery.cast import (
    BEN,
    BUSY,
    COMMAND,
    DEPLOYING,
    ERROR,
    ORDERS,
    STOPPED,
    UNDEPLOYED,
    UP,
    WARNING,
    Cast,
)
from bot.demo.page.gallery.example import Example, Shown, private
from bot.demo.page.gallery.example import posted as shared
from bot.demo.slack.stand_in import MEMBER
from bot.domain.history.lookback import Lookback
from bot.domain.history.recorded import History
from bot.domain.history.timeline import Timeline
from bot.domain.job import Status
from bot.slack.grammar.references import Name
from bot.slack.messages.history import report
from bot.slack.messages.history.figures import alt_text

_ZONE = ZoneInfo(MEMBER.tz)
_LONG = "a-name-that-somebody-made-very-long-because-there-was-room-for-it-" * 3
_PAUSED = Status.of("Paused by an administrator for a very long reason")
# What a job became, and how many hours ago.
_USUAL = ((UP, 7), (ERROR, 9), (WARNING, 10), (UP, 80), (DEPLOYING, 80.2), (UNDEPLOYED, 83), (STOPPED, 84))
_EVERY = tuple((status, 3 + number) for number, status in enumerate((WARNING, ERROR, _PAUSED, DEPLOYING)))


def histories(cast: Cast) -> Iterator[Example]:
    """Histories as people see them, each with its picture."""
    usual = partial(cast.history, _USUAL, gaps=((3, 2), (40, 34)))
    yield _private(cast, "The history of a job", usual)
    yield _private(cast, "… of a day", usual, Lookback.DAY)
    yield _private(
        cast, "… of a month, watched for three weeks", usual, Lookback.MONTH, watched_since=cast.ago(days=21)
    )
    yield _private(cast, "Nothing ever changed", cast.history)
    yield _private(cast, "It is watched for an hour", cast.history, watched_since=cast.ago(hours=1))
    flapping = tuple(((UP, WARNING, UP, ERROR)[number % 4], 0.1 + number / 4) for number in range(600))
    yield _private(cast, "Hundreds of changes", partial(cast.history, flapping))
    since = cast.ago(days=9)
    lost = partial(cast.history, polled_at=since, failing_since=since, failure=BUSY)
    yield _private(cast, "It couldn't be checked at all", lost)
    long = partial(cast.history, _EVERY, name=_LONG)
    yield _private(cast, "Long names, and a status that isn't documented", long, Lookback.DAY)
    week = usual()
    line = _line(cast, week, Lookback.WEEK)
    yield shared(
        "Ben shares a history, Slack takes no picture",
        report.shared_history,
        week,
        line,
        Lookback.WEEK,
        _ZONE,
        BEN,
    )
    yield private("The channel doesn't watch the job", report.cannot_share, Name(ORDERS), command=COMMAND)
    left = replace(cast.history(_USUAL), watched_since=None)
    yield private("It isn't watched any more", report.job_history, left, None, now=cast.now)
    yield private("It was never watched here", report.no_history, Name(ORDERS), to_person=False, command=COMMAND)


def _private(
    cast: Cast,
    when: str,
    recorded: Callable[..., History],
    period: Lookback = Lookback.WEEK,
    watched_since: datetime | None = None,
) -> Example:
    history = recorded(period=period.length)
    history = replace(history, watched_since=watched_since or history.watched_since)
    line = _line(cast, history, period)
    example = private(when, report.job_history, history, line, period, _ZONE, now=cast.now, has_picture=True)
    title = history.job.title
    return replace(example, picture=Shown(partial(_drawn, title, line), alt_text(title, line, _ZONE)))


def _drawn(title: str, line: Timeline) -> bytes:
    from bot.slack.pictures.timeline import draw_timeline  # only a visitor of the gallery needs Pillow

    return draw_timeline(title, line, _ZONE, _ZONE.key)


def _line(cast: Cast, history: History, period: Lookback) -> Timeline:
    line = history.timeline(cast.now - period.length, cast.now)
    assert line is not None  # noqa: S101 - it is watched
    return line
