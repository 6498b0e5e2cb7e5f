"""The health of the jobs service as a whole, from the answers that this worker got. Pure; times are seconds of a
monotonic clock."""

from dataclasses import dataclass

_FAILURES = 3
_INTERVALS = 3


@dataclass
class ServiceHealth:
    """What the answers so far say. `last_answer_at` is the time of the last good answer, at first the worker's start;
    `first_failure_at` that of the first failure since."""

    last_answer_at: float
    first_failure_at: float = 0.0
    failures: int = 0
    reason: str = ""
    has_answered: bool = False

    def answered(self, now: float) -> None:
        """Note a good answer: the service returned a job, or said that there is none."""
        self.last_answer_at, self.failures, self.has_answered = now, 0, True

    def failed(self, reason: str, now: float) -> None:
        """Note a request that got no good answer."""
        self.first_failure_at = now if self.failures == 0 else self.first_failure_at
        self.failures, self.reason = self.failures + 1, reason

    def is_out(self, now: float, interval: float, others_last_answer_ago: float | None) -> bool:
        """Whether no worker got a good answer for three intervals, although this one asked several times."""
        # Ended jobs are polled rarely, so a time without requests doesn't count as silence.
        silence = now - max(self.last_answer_at, self.first_failure_at - interval)
        if others_last_answer_ago is not None:
            silence = min(silence, others_last_answer_ago)
        return self.failures >= _FAILURES and silence >= _INTERVALS * interval

    def is_healthy(self, now: float, interval: float) -> bool:
        """Whether a good answer came within three intervals, and no failure since."""
        return self.has_answered and self.failures == 0 and now - self.last_answer_at < _INTERVALS * interval
