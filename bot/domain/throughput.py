"""What goes through a run: messages and bytes, in and out, and their rates."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal


@dataclass(frozen=True)
class Statistics:
    """Counters of a dataflow's run since it was deployed; None for a counter that the service omits.

    `at` is when the service was asked; `start` and `stop` bound the time that the counters cover (aware UTC).
    """

    run: int | None
    in_messages: int | None
    out_messages: int | None
    in_bytes: int | None
    out_bytes: int | None
    start: datetime | None
    stop: datetime | None
    at: datetime


Figure = Literal["in_messages", "out_messages", "in_bytes", "out_bytes"]


@dataclass(frozen=True)
class Throughput:
    """The statistics of a run, and the previous ones of the same run if there are any."""

    now: Statistics
    before: Statistics | None = None

    def rate(self, figure: Figure) -> float | None:
        """Units per second since the previous statistics; None if unknown."""
        now, before = getattr(self.now, figure), getattr(self.before, figure, None)
        if self.before is None or now is None or before is None:
            return None
        seconds = (self.now.at - self.before.at).total_seconds()
        return (now - before) / seconds if seconds >= 1 and now >= before else None

    @property
    def span(self) -> timedelta | None:
        """The time between the two statistics; None if there is only one."""
        return self.now.at - self.before.at if self.before is not None else None

    def average(self, figure: Figure) -> float | None:
        """Units per second since the run was deployed; None if unknown."""
        total, start = getattr(self.now, figure), self.now.start
        seconds = ((self.now.stop or self.now.at) - start).total_seconds() if start is not None else 0
        return total / seconds if total is not None and seconds >= 1 else None
