"""Nights over which the clock is moved, and what times are shown."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple


class Night(NamedTuple):
    """From eleven o'clock in the evening until nine o'clock in the morning, as clocks in a zone show it, in UTC."""

    zone: str
    evening: str
    morning: str

    @property
    def length(self) -> timedelta:
        """How long it lasts."""
        return datetime.fromisoformat(self.morning) - datetime.fromisoformat(self.evening)

    @property
    def end(self) -> str:
        """When it ends, as a reader sees it who is shown no clock of their own."""
        return f"{datetime.fromisoformat(self.morning):%d %b %Y %H:%M} UTC"


NIGHTS = (
    Night("America/New_York", "2031-03-09T04:00", "2031-03-09T13:00"),  # an hour is skipped
    Night("America/New_York", "2031-11-02T03:00", "2031-11-02T14:00"),  # an hour is repeated
    Night("America/New_York", "2032-01-01T04:00", "2032-01-01T14:00"),  # a year ends
    Night("Asia/Kolkata", "2032-01-02T17:30", "2032-01-03T03:30"),  # clocks are never changed there
)


def moments(blocks: object) -> set[str]:
    """The times that blocks show on each reader's own clock, to the second, in UTC."""
    found = re.findall(r"(?:<!date\^|'timestamp': )(\d+)", str(blocks))
    return {f"{datetime.fromtimestamp(int(each), UTC):%Y-%m-%dT%H:%M:%S}" for each in found}
