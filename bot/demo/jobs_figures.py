"""How much goes through the runs that the stand-in of the jobs service knows."""

import time
from collections.abc import Callable

Key = tuple[str, int]

BYTES_A_MESSAGE = 512
_RUNNING = ("Up and Running", "Running with Warning", "Running with Error")


class Figures:
    """Counts each run's messages: `rate` a second while it runs; what was counted stays when it stops or stalls."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = 100.0
        self._rates: dict[str, float] = {}
        self._clock = clock
        self._meters: dict[Key, _Meter] = {}
        self._running: dict[Key, bool] = {}

    def follow(self, key: Key, status: str) -> None:
        """A run has this status from now on."""
        self._running[key] = status in _RUNNING
        self._turn(key)

    def set_rate(self, rate: float, dataflow: str | None = None) -> None:
        """From now on so many messages a second go through a dataflow, or through each; 0 is a stall."""
        if dataflow is None:
            self.rate, self._rates = rate, {}
        else:
            self._rates[dataflow] = rate
        for key in self._meters:
            if dataflow in (None, key[0]):
                self._turn(key)

    def messages(self, key: Key) -> int:
        """How many have gone through since the run was deployed."""
        return self._meters[key].read(self._clock()) if key in self._meters else 0

    def _turn(self, key: Key) -> None:
        rate = self._rates.get(key[0], self.rate) if self._running[key] else 0.0
        self._meters.setdefault(key, _Meter(self._clock())).turn(rate, self._clock())


class _Meter:
    def __init__(self, now: float) -> None:
        self._count = 0.0
        self._since = now
        self._rate = 0.0

    def read(self, now: float) -> int:
        return int(self._count + self._rate * (now - self._since))

    def turn(self, rate: float, now: float) -> None:
        self._count += self._rate * (now - self._since)
        self._since, self._rate = now, rate
