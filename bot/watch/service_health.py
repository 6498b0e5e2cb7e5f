"""Whether the jobs service as a whole is out, by the answers that this worker got. Pure: times are passed in, in
seconds of a clock that only goes forward."""

from dataclasses import dataclass

_FAILURES = 3
_INTERVALS = 3


@dataclass
class ServiceHealth:
    """What the answers so far say. `good_at` is when the last good one came, to begin with the worker's start; `bad_at`
    when the first bad one after it did."""

    good_at: float
    bad_at: float = 0.0
    failures: int = 0
    reason: str = ""
    ever_good: bool = False

    def good(self, now: float) -> None:
        """The service showed a job, or said in its own words that there is none."""
        self.good_at, self.failures, self.ever_good = now, 0, True

    def bad(self, reason: str, now: float) -> None:
        """The service could not be asked."""
        self.bad_at = now if self.failures == 0 else self.bad_at
        self.failures, self.reason = self.failures + 1, reason

    def is_out(self, now: float, interval: float, others_good_ago: float | None) -> bool:
        """No good answer for three intervals, neither to this worker nor to others, though it was asked for some."""
        # Jobs that are over are looked at rarely: that nobody asked for long does not shorten the time it is given.
        silence = now - max(self.good_at, self.bad_at - interval)
        if others_good_ago is not None:
            silence = min(silence, others_good_ago)
        return self.failures >= _FAILURES and silence >= _INTERVALS * interval

    def is_well(self, now: float, interval: float) -> bool:
        """A good answer within three intervals, and none that was bad since."""
        return self.ever_good and self.failures == 0 and now - self.good_at < _INTERVALS * interval
