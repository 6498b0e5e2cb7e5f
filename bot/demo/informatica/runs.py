"""The runs in the stand-in of the jobs service, with their earlier states."""

import json
import time
from collections import UserDict, defaultdict, deque
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from bot.demo.informatica.throughput import Throughput

Row = dict[str, Any]

# The example on the page "jobs resource", word for word.
DOCUMENTED_JOB: Row = json.loads(files(__package__).joinpath("documented_job.json").read_text())
# Earlier states are kept for a list that is late.
_MOST_STATES = 20


class Runs(UserDict[tuple[str, int], Row]):
    """The jobs resource's answer for each run, by dataflow and run. `revision` grows with every change."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.revision = 0
        self.highest = 0
        self.throughput = Throughput(clock)
        self._clock = clock
        self._states: dict[tuple[str, int], deque[tuple[float, Row]]] = defaultdict(lambda: deque(maxlen=_MOST_STATES))
        self._of: dict[str, dict[int, None]] = defaultdict(dict)
        super().__init__()

    def __setitem__(self, key: tuple[str, int], row: Row) -> None:
        self.revision += 1
        self.highest = max(self.highest, key[1])
        self._of[key[0]][key[1]] = None
        self._states[key].append((self._clock(), dict(row)))
        super().__setitem__(key, row)
        self.throughput.follow(key, row["status"])

    def __delitem__(self, key: tuple[str, int]) -> None:
        self.revision += 1
        super().__delitem__(key)
        del self._of[key[0]][key[1]]
        del self._states[key]

    def of(self, dataflow: str) -> list[Row]:
        """The dataflow's runs in the order of their deployment."""
        rows = [self[(dataflow, run)] for run in self._of.get(dataflow, ())]
        return sorted(rows, key=lambda row: (milliseconds(row["startTime"]) or 0, row["runId"]))

    def as_they_were(self, seconds: float) -> list[Row]:
        """The runs that existed that long ago, as they were then."""
        if seconds <= 0:
            return list(self.values())
        then = self._clock() - seconds
        states = (next((row for at, row in reversed(known) if at <= then), None) for known in self._states.values())
        return [row for row in states if row is not None]


def stamp(moment: datetime) -> str:
    """A time in the format of the page's example: milliseconds, and an offset without a colon."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def milliseconds(written: str | None) -> int | None:
    """The same time in the format of other pages: milliseconds since 1970."""
    return round(datetime.fromisoformat(written).timestamp() * 1000) if isinstance(written, str) else None


def as_of_now(row: Row) -> Row:
    """The answer's body. A live run's duration is its age."""
    if row.get("endTime") is not None or not isinstance(row.get("startTime"), str):
        return row
    return row | {"duration": int((datetime.now(UTC) - datetime.fromisoformat(row["startTime"])).total_seconds())}
