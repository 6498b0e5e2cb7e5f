"""The runs that the stand-in of the jobs service knows: what each is now, and what it was a while ago."""

import json
import time
from collections import UserDict, defaultdict, deque
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from bot.demo.informatica.throughput import Throughput

Row = dict[str, Any]

# The answer that the page "jobs resource" shows, word for word.
DOCUMENTED_JOB: Row = json.loads(files(__package__).joinpath("documented_job.json").read_text())
# A run's earlier states are remembered for a list that is late, not as an archive.
_MOST_STATES = 20


class Runs(UserDict[tuple[str, int], Row]):
    """Each run's answer of the jobs resource, by dataflow and run. `revision` changes with every change.

    `throughput` counts what goes through them.
    """

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
        """The dataflow's runs in the order in which they were deployed."""
        rows = [self[(dataflow, run)] for run in self._of.get(dataflow, ())]
        return sorted(rows, key=lambda row: (milliseconds(row["startTime"]) or 0, row["runId"]))

    def as_they_were(self, seconds: float) -> list[Row]:
        """Every run as it was that long ago; those that did not exist then are missing."""
        if seconds <= 0:
            return list(self.values())
        then = self._clock() - seconds
        states = (next((row for at, row in reversed(known) if at <= then), None) for known in self._states.values())
        return [row for row in states if row is not None]


def stamp(moment: datetime) -> str:
    """A time as the page's example writes it: milliseconds, and an offset without a colon."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def milliseconds(written: str | None) -> int | None:
    """The same time as other pages give it: milliseconds since 1970."""
    return round(datetime.fromisoformat(written).timestamp() * 1000) if isinstance(written, str) else None


def as_of_now(row: Row) -> Row:
    """The answer's body; a live run's duration is its age."""
    if row.get("endTime") is not None or not isinstance(row.get("startTime"), str):
        return row
    return row | {"duration": int((datetime.now(UTC) - datetime.fromisoformat(row["startTime"])).total_seconds())}
