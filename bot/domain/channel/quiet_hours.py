"""Quiet hours: when a channel or a person gets no alerts but those that break through."""

import re
from dataclasses import dataclass
from datetime import time

from bot.domain.status_filter import ERRORS, StatusFilter

_BREAKS_THROUGH = StatusFilter(ERRORS)
_TIME = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_TEXT = re.compile(rf"{_TIME}-{_TIME}", re.ASCII)


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

    @classmethod
    def read(cls, text: str, breaks_through: StatusFilter) -> "QuietHours | None":
        """Read what `text` wrote; None if it's anything else, or if they would last all day."""
        found = _TEXT.fullmatch(text)
        if found is None:
            return None
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        return None if start == end else cls(start, end, breaks_through)
