"""What a destination is notified of about a period, rather than about an event."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.history.period import Period


@dataclass(frozen=True)
class MutedJob:
    """A job that is muted, and how its mute ends: at a time, or with the next change of status."""

    title: str
    until: datetime
    until_change: bool = False


@dataclass(frozen=True)
class Silenced:
    """The jobs of a destination without alerts: how many are `muted`, some of them by name, the first to end first, and
    for how many alerts are `paused`."""

    muted: int = 0
    muted_jobs: tuple[MutedJob, ...] = ()
    paused: int = 0


@dataclass(frozen=True)
class ScheduledDigest:
    """The digest that a destination gets by its schedule: it was `due_at` a time, and is about a period that ended when
    it was made."""

    schedule: DigestSchedule
    due_at: datetime
    period: Period
    silenced: Silenced = Silenced()
    kind: Literal["scheduled_digest"] = "scheduled_digest"


Summary = ScheduledDigest
