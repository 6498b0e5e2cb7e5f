"""Histories: the report of a job's past, and its picture, also of extreme pasts."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot.demo.page.gallery.cast import BEN, COMMAND, DEPLOYING, ERROR, ORDERS, STOPPED, UNDEPLOYED, UP, WARNING, Cast
from bot.demo.page.gallery.example import Example, Shown, private
from bot.demo.page.gallery.example import posted as shared
from bot.demo.slack.stand_in import MEMBER
from bot.domain.history.lookback import Lookback
from bot.domain.history.recorded import History, Recorded
from bot.domain.history.timeline import Timeline
from bot.domain.job import Status
from bot.domain.tracked_job import Gap
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
    usual = _of(cast, _USUAL, gaps=((40, 34), (3, 2)))
    yield _private(cast, "The history of a job", usual)
    yield _private(cast, "… of a day", usual, Lookback.DAY)
    yield _private(
        cast, "… of a month, watched for three weeks", replace(usual, watched_since=cast.ago(days=21)), Lookback.MONTH
    )
    yield _private(cast, "Nothing ever changed", _of(cast, ()))
    yield _private(cast, "It is watched for an hour", replace(_of(cast, ()), watched_since=cast.ago(hours=1)))
    flapping = tuple(((UP, WARNING, UP, ERROR)[number % 4], 0.1 + number / 4) for number in range(600))
    yield _private(cast, "Hundreds of changes", _of(cast, flapping))
    lost = _of(cast, (), polled_at=cast.ago(days=9), failing_since=cast.ago(days=9), failure="the jobs service is busy")
    yield _private(cast, "It couldn't be checked at all", lost)
    long = _of(cast, _EVERY, name=_LONG)
    yield _private(cast, "Long names, and a status that isn't documented", long, Lookback.DAY)
    line = _line(cast, usual, Lookback.WEEK)
    yield shared(
        "Ben shares a history, Slack takes no picture",
        report.shared_history,
        usual,
        line,
        Lookback.WEEK,
        _ZONE,
        BEN,
    )
    yield private("The channel doesn't watch the job", report.cannot_share, Name(ORDERS), command=COMMAND)
    left = replace(usual, watched_since=None)
    yield private("It isn't watched any more", report.job_history, left, None, now=cast.now)
    yield private("It was never watched here", report.no_history, Name(ORDERS), to_person=False, command=COMMAND)


def _private(cast: Cast, when: str, history: History, period: Lookback = Lookback.WEEK) -> Example:
    recent = [change for change in history.changes if change.at > cast.now - period.length]
    history = replace(history, recorded=replace(history.recorded, changes=recent, total=len(recent)))
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


def _of(
    cast: Cast,
    became: Sequence[tuple[Status, float]],
    gaps: Sequence[tuple[float, float]] = (),
    name: str = ORDERS,
    **job: object,
) -> History:
    """A history of what a job became so many hours ago, the latest first. Gaps began and ended so many hours ago."""
    old = [status for status, _ in became[1:]] + [UP]
    begun = [cast.ago(hours=hours) for _, hours in became[1:]] + [cast.ago(days=90)]
    if not became:
        old, begun = [], []
    changes = [
        cast.change(before, status, name, at=cast.ago(hours=hours), old_since=since)
        for (status, hours), before, since in zip(became, old, begun, strict=True)
    ]
    since = changes[0].at if changes else cast.ago(days=90)
    tracked = replace(cast.tracked(name, became[0][0] if became else UP, **job), status_since=since)
    blind = [Gap(cast.now - timedelta(hours=begin), cast.now - timedelta(hours=end)) for begin, end in gaps]
    last = changes[0] if changes else None
    return History(tracked, Recorded(changes, len(changes), blind, last), cast.ago(days=90))
