"""When a message that was not accepted is tried again. Pure: the time and the chance are passed in."""

from datetime import datetime, timedelta

_LONGEST_S = 300  # an outage of hours is noticed to be over within minutes


def next_try(now: datetime, failed: int, retry_after: timedelta | None, chance: float) -> datetime:
    """The time of the next try after `failed` tries failed in a row.

    Slack's own Retry-After is obeyed to the second, plus up to one more so that not all come back at once. Without it:
    exponential backoff with full jitter, at least half a second. `chance` is a random number from 0 to 1.
    """
    if retry_after is not None:
        return now + retry_after + timedelta(seconds=chance)
    ceiling = min(_LONGEST_S, 2.0 ** min(failed, 16))
    return now + timedelta(seconds=0.5 + chance * ceiling)
