"""A timeline as lines of status icons, one for each few hours on the reader's clock."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta, tzinfo
from itertools import groupby, islice, pairwise, takewhile

from bot.domain.history.calendar import clock_times
from bot.domain.history.lookback import Lookback
from bot.domain.history.timeline import Timeline
from bot.slack.messages.blocks import Line, code
from bot.slack.messages.channel.words import zone_name
from bot.slack.messages.text import STATUS_ICONS

BLIND, OUTSIDE = "⬜", "🔹"
_HOURS = {Lookback.DAY: 1, Lookback.WEEK: 3, Lookback.MONTH: 24}  # of an icon
_EACH = {Lookback.DAY: "an hour", Lookback.WEEK: "3 hours", Lookback.MONTH: "a day"}


def squares(timeline: Timeline, period: Lookback, zone: tzinfo) -> list[Line]:
    """The lines, the oldest first, each with the time at which it begins. An icon stands for the worst status in its
    hours. A line in which nobody watched yet is left out."""
    cells = list(pairwise([*_clock(timeline, period, zone), timeline.until]))
    rows = groupby(cells, key=lambda cell: _row(cell[0], period))
    lines: list[Line] = []
    for _, row in rows:
        shown = list(row)
        icons = "".join(_icon(timeline, begin, end) for begin, end in shown)
        if icons != OUTSIDE * len(shown) or shown[-1][1] == timeline.until:  # one line is always there
            lines.append([code(_label(shown[0][0], period)), f" {icons}"])
    return lines


def legend(timeline: Timeline, period: Lookback, zone: tzinfo, *, names_zone: bool = False) -> Line:
    """What an icon stands for; and whose clock that is, where people of other time zones read it."""
    known = [span.status.status_class for span in timeline.spans if span.status is not None]
    parts = [f"Each icon is the worst status in {_EACH[period]}"]
    parts += [f"{BLIND} couldn't be checked"] if len(known) < len(timeline.spans) else []
    if timeline.since > timeline.asked_since:
        parts.append(f"{OUTSIDE} {'not counted' if timeline.is_cut else 'not watched yet'}")
    elif next(islice(_clock(timeline, period, zone), 1, None), timeline.until) <= timeline.asked_since:
        parts.append(f"{OUTSIDE} more than {period.words} ago")
    return [" · ".join([*parts, *([_whose(zone)] if names_zone else [])])]


def _whose(zone: tzinfo) -> str:
    name = str(zone)
    return f"times in {name if name == 'UTC' else zone_name(name)}"


def _clock(timeline: Timeline, period: Lookback, zone: tzinfo) -> Iterator[datetime]:
    """When the icons begin: the first line is a whole one."""
    first = timeline.asked_since.astimezone(zone)
    day = first.date() - timedelta(days=first.weekday() if period is Lookback.MONTH else 0)
    hour = first.hour - first.hour % 6 if period is Lookback.DAY else 0
    begin = datetime.combine(day, time(hour), zone)
    return clock_times(begin, timeline.until, zone, _HOURS[period])


def _row(begin: datetime, period: Lookback) -> Sequence[int]:
    match period:
        case Lookback.DAY:
            return (begin.toordinal(), begin.hour // 6)
        case Lookback.WEEK:
            return (begin.toordinal(),)
    return begin.isocalendar()[:2]


def _label(begin: datetime, period: Lookback) -> str:
    match period:
        case Lookback.DAY:
            return f"{begin:%H:%M}"
        case Lookback.WEEK:
            return f"{begin:%a %d}"
    return f"{begin:%d %b}"


def _icon(timeline: Timeline, begin: datetime, end: datetime) -> str:
    first = bisect_right(timeline.spans, begin, key=lambda span: span.until)
    spans = list(takewhile(lambda span: span.since < end, timeline.spans[first:]))
    classes = [span.status.status_class for span in spans if span.status is not None]
    if classes:
        return STATUS_ICONS[min(classes, key=lambda one: one.severity)]
    return BLIND if spans else OUTSIDE
