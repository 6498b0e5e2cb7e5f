"""The number of messages that go through each run."""

import time
from collections import defaultdict
from collections.abc import Callable

Key = tuple[str, int]

BYTES_A_MESSAGE = 512
_RUNNING = ("Up and Running", "Running with Warning", "Running with Error")


class Throughput:
    """Counts each run's messages: `rate` a second while it runs. The count stays when the run stops or stalls."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = 100.0
        self._clock = clock
        self._rates: dict[str, float] = {}
        self._running: dict[Key, bool] = {}
        # A count, when it was taken (seconds), and its rate of growth since then.
        self._meters: dict[Key, tuple[float, float, float]] = defaultdict(lambda: (0.0, self._clock(), 0.0))

    def follow(self, key: Key, status: str) -> None:
        """Count from now on as this status demands."""
        self._running[key] = status in _RUNNING
        self._measure(key)

    def set_rate(self, rate: float, dataflow: str | None = None) -> None:
        """Set the messages per second of one dataflow or of all. 0 is a stall."""
        if dataflow is None:
            self.rate, self._rates = rate, {}
        else:
            self._rates[dataflow] = rate
        for key in self._running:
            self._measure(key)

    def count_past(self, key: Key, seconds: float) -> None:
        """Count what went through at the present rate in the time before."""
        count, since, rate = self._meters[key]
        self._meters[key] = (count + rate * seconds, since, rate)

    def messages(self, key: Key) -> int:
        """The number of messages since the run's deployment."""
        count, since, rate = self._meters[key]
        return int(count + rate * (self._clock() - since))

    def _measure(self, key: Key) -> None:
        (count, since, rate), now = self._meters[key], self._clock()
        new_rate = self._rates.get(key[0], self.rate) if self._running[key] else 0.0
        self._meters[key] = (count + rate * (now - since), now, new_rate)
