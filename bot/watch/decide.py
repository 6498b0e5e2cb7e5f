"""The decision: from what was known and what was seen now, what is known next and what is to be told. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.jobs import Change, Job, change_between
from bot.store.watches import Known

# A service that asks for a longer silence is asked again all the same: nobody is to be left blind for hours.
_LONGEST_SILENCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Unseen:
    """A look that showed nothing. `reason` is for a person; `retry_after` is the service's own wish, if it had one."""

    reason: str
    retry_after: timedelta | None = None


@dataclass(frozen=True)
class Decision:
    """What is `known` now, the `change` to record and tell (or None), and when to look again (aware UTC)."""

    known: Known
    change: Change | None
    next_look_at: datetime


def decide(known: Known, seen: Job | Unseen, now: datetime, interval: timedelta) -> Decision:
    """What follows from a look that began at `now`.

    The baseline was taken when the job was first subscribed to, so every status that differs from the known one is
    a change. A look that showed nothing says nothing of the job: the status stays what it was, and is never told.
    """
    if isinstance(seen, Unseen):
        failing = replace(known, failure=seen.reason, failing_since=known.failing_since or now)
        silence = min(seen.retry_after or interval, _LONGEST_SILENCE)
        return Decision(failing, None, now + max(interval, silence))
    seen = replace(seen, name=seen.name or known.title)  # an answer without a name unnames nothing
    change = change_between(known.status, known.status_since, seen, now)
    return Decision(
        replace(
            known,
            title=seen.title,
            status=seen.status,
            status_since=now if change else known.status_since,
            seen_at=now,
            failure=None,
            failing_since=None,
        ),
        change,
        now + interval,
    )
