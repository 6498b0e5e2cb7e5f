"""Quiet hours: when a channel or a person gets no alerts but those that break through."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.domain.job import Status
from bot.domain.status_filter import ERRORS, StatusFilter

# As a filter of what breaks through, and as it is typed and stored.
NOTHING = StatusFilter.of(())
_NOTHING_TEXT = "nothing"

_BREAKS_THROUGH = StatusFilter(ERRORS)
_HEALTHY, _ERROR = Status.of("Up and Running"), Status.of("Running with Error")
_TIME = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_TEXT = re.compile(rf"{_TIME}-{_TIME}", re.ASCII)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """Quiet hours of one day: from `begin` until `end` (aware UTC)."""

    begin: datetime
    end: datetime


@dataclass(frozen=True)
class QuietHours:
    """From a time of day until another one, each day, in the time zone of the place. If `start` is later than `end`,
    they last over midnight. Changes to the statuses of `breaks_through` are delivered all the same."""

    start: time
    end: time
    breaks_through: StatusFilter = _BREAKS_THROUGH

    @property
    def text(self) -> str:
        """The times as they are typed and stored, such as `22:00-07:00`."""
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    @property
    def exceptions(self) -> str:
        """What breaks through, as it is typed and stored: `errors`, `problems` or `nothing`, say."""
        return self.breaks_through.text or _NOTHING_TEXT

    @classmethod
    def read(cls, text: str, breaks_through: StatusFilter) -> "QuietHours | None":
        """Read what `text` wrote; None if it's anything else, or if they would last all day."""
        found = _TEXT.fullmatch(text)
        if found is None:
            return None
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        return None if start == end else cls(start, end, breaks_through)

    def window_at(self, now: datetime, zone: tzinfo) -> Window | None:
        """The quiet hours in force; None outside of them."""
        return next((one for one in self._around(now, zone) if one.begin <= now < one.end), None)

    def next_turn(self, now: datetime, zone: tzinfo) -> datetime:
        """When they end, if they are in force; otherwise when they begin next."""
        if window := self.window_at(now, zone):
            return window.end
        return min(one.begin for one in self._around(now, zone) if one.begin > now)

    def _around(self, now: datetime, zone: tzinfo) -> list[Window]:
        """The windows of the days around a time, in order. Where clocks leave out all of one, that day has none."""
        today = now.astimezone(zone).date()
        windows = (self._on(today + _DAY * days, zone) for days in range(-2, 4))
        return [one for one in windows if one.begin < one.end]

    def _on(self, day: date, zone: tzinfo) -> Window:
        """The window that begins on a day. A time that clocks show twice begins it the first time, and ends it the
        second; one that they leave out is taken as if they didn't."""
        last_day = day + _DAY if self.end < self.start else day
        ends = (datetime.combine(last_day, self.end.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1))
        return Window(datetime.combine(day, self.start, zone).astimezone(UTC), max(ends))


def read_exceptions(text: str | None) -> StatusFilter:
    """Read what `QuietHours.exceptions` wrote; errors if nothing was chosen."""
    return NOTHING if text == _NOTHING_TEXT else StatusFilter.read(text) if text else _BREAKS_THROUGH


def lets_errors_through(breaks_through: StatusFilter) -> bool:
    """Whether errors break through. If so, what keeps the bot from seeing them does, too."""
    return breaks_through.matches(_HEALTHY, _ERROR)
