"""When a channel or a person gets a digest."""

import re
from dataclasses import dataclass
from datetime import time

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_TEXT = re.compile(rf"(?:daily|weekly ({'|'.join(WEEKDAYS)})) ([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


@dataclass(frozen=True)
class DigestSchedule:
    """Every day or, with a `weekday` (0 is Monday), once a week, `at` a time of day in the time zone of the place."""

    at: time
    weekday: int | None = None

    @property
    def text(self) -> str:
        """As it is typed and stored, such as `weekly mon 09:00`."""
        how_often = "daily" if self.weekday is None else f"weekly {WEEKDAYS[self.weekday]}"
        return f"{how_often} {self.at:%H:%M}"

    @classmethod
    def read(cls, text: str) -> "DigestSchedule | None":
        """Read what `text` wrote; None if it's anything else."""
        found = _TEXT.fullmatch(text)
        if found is None:
            return None
        weekday, hour, minute = found.groups()
        return cls(time(int(hour), int(minute)), WEEKDAYS.index(weekday) if weekday else None)
