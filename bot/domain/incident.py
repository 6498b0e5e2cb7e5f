"""An incident: a job that fails at one destination, from the first problem delivered there until its recovery."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import Status, StatusClass, Target
from bot.domain.reminding import NO_REMINDING, Failing, Reminding
from bot.domain.subscription import NO_CONTACT, Contact, Subscription
from bot.domain.tracked_job import Gap, Lasted


@dataclass(frozen=True)
class Circumstances:
    """What the person on call needs next, as the jobs service said `at` that time (aware UTC).

    Rates are messages per second, None if unknown: now, and on average from the deployment until then. `failing_nodes`
    are the nodes of the dataflow that are in trouble, each with the service's own word for it.
    """

    at: datetime
    in_rate: float | None = None
    out_rate: float | None = None
    in_rate_before: float | None = None
    out_rate_before: float | None = None
    failing_nodes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Acknowledgement:
    """Who takes care of an incident, and since when (aware UTC)."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Posted:
    """Where an accepted message stands. For a message to a person, `channel` is their direct messages with the bot."""

    channel: str
    ts: str


@dataclass(frozen=True)
class Incident:
    """A job that fails at one destination. Times are aware UTC.

    `opening` is the change that opened it, `status` the last status delivered, which began at `changed_at`. `closed_at`
    is when the job recovered or its watch ended, None while the incident is open; if nobody saw the recovery, it's when
    the job was last known to fail, which is before `changed_at`. `muted_until` is the end of a mute there;
    `muted_until_change` says that the next change ends it. `escalated_at` is when somebody was last notified that it
    lasts; `is_reminded` says that more will follow if nobody acts, as `reminding` says.

    `thread` is the ID of its first message, whose thread its alerts form; None once that was deleted. `message` is the
    same message if it shows incidents and nothing else, so that it can be kept up to date.
    """

    id: int
    destination: Destination
    target: Target
    opening: Change
    status: Status
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None = None
    acknowledged: Acknowledgement | None = None
    circumstances: Circumstances | None = None
    muted_until: datetime | None = None
    muted_by: str | None = None
    muted_until_change: bool = False
    contact: Contact = NO_CONTACT
    reminding: Reminding = NO_REMINDING
    is_reminded: bool = False
    escalated_at: datetime | None = None
    thread: str | None = None
    message: Posted | None = None

    @property
    def is_open(self) -> bool:
        """Whether the job still fails there."""
        return self.closed_at is None

    @property
    def has_recovered(self) -> bool:
        """Whether it ended because the job works again, not because nobody watches it there any more."""
        return not self.is_open and self.status.status_class is StatusClass.HEALTHY

    @property
    def lasted(self) -> Lasted | None:
        """How long the job failed there until it recovered; None if it hasn't."""
        if self.closed_at is None or not self.has_recovered:
            return None
        was_seen = self.opening.at_is_exact and self.closed_at >= self.changed_at
        return Lasted(self.closed_at - self.opened_at, is_exact=was_seen)


@dataclass(frozen=True)
class DueIncident:
    """An open incident about which a reminder or an escalation is due, and its watch as it is now.

    `failing_since` is when the job last began to fail (aware UTC), in each sense in which it does; it may have failed
    before in a sense for which that isn't `exact`. In the latest `gap` nobody could see whether it did. `is_behind`
    says that something about the job waits for delivery, `is_quiet` that quiet hours hold back what tells of its
    status.
    """

    incident: Incident
    watch: Subscription
    failing_since: Mapping[Failing, datetime]
    reminder_at: datetime | None = None
    escalation_at: datetime | None = None
    is_behind: bool = False
    is_quiet: bool = False
    exact: frozenset[Failing] = frozenset()
    gap: Gap | None = None

    def seen_failing_since(self, during: Failing) -> tuple[datetime, bool]:
        """Since when the job was seen to fail without a gap, and whether it began to fail then."""
        began = self.failing_since.get(during, self.watch.job.status_since)
        if self.gap is not None and self.gap.since >= began:
            return self.gap.until, False
        return began, during in self.exact
