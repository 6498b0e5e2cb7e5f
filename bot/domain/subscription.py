"""A subscription: a destination that is notified of a job, the rule for what concerns it, and whom its alerts call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from bot.domain.change import Change
from bot.domain.destination import Destination, is_group_id, is_person_id
from bot.domain.job import Status, StatusClass
from bot.domain.reminding import NO_REMINDING, Reminding
from bot.domain.status_filter import StatusFilter
from bot.domain.tracked_job import TrackedJob

NONE = "none"
LONGEST_RUNBOOK = 500

_NOT_IN_URLS = set(' "<>\\^`{|}')
_HEALTHY = Status.of("Up and Running")
_FAILING = (StatusClass.ERROR, StatusClass.UNKNOWN, StatusClass.WARNING)


@dataclass(frozen=True)
class Contact:
    """Who is mentioned in alerts about errors, and the address of what to do then.

    `owner` is the Slack ID of a person or of a user group. As a change to another contact, None keeps a field and
    `NONE` clears it.
    """

    owner: str | None = None
    runbook: str | None = None

    def changed_by(self, change: "Contact") -> "Contact":
        """This contact after a change."""
        return Contact(_changed(self.owner, change.owner), _changed(self.runbook, change.runbook))

    def completed_by(self, other: "Contact") -> "Contact":
        """This contact, with what it lacks taken from another."""
        return Contact(self.owner or other.owner, self.runbook or other.runbook)


NO_CONTACT = Contact()


def is_owner(text: str) -> bool:
    """Whether a text from outside is the ID of somebody who can be an owner."""
    return is_person_id(text) or is_group_id(text)


def is_runbook(text: str) -> bool:
    """Whether a text from outside is a web address that can be shown as a link: HTTP or HTTPS, without a password."""
    if len(text) > LONGEST_RUNBOOK or not text.isascii() or not text.isprintable() or _NOT_IN_URLS & set(text):
        return False
    try:
        url = urlsplit(text)
        return url.scheme in ("http", "https") and bool(url.hostname) and "@" not in url.netloc and url.port != 0
    except ValueError:  # a port or a host that can't be one
        return False


def _changed(kept: str | None, change: str | None) -> str | None:
    return kept if change is None else None if change == NONE else change


@dataclass(frozen=True)
class Subscription:
    """A destination that is notified of a job. Times are aware UTC.

    `notified_status` is the last status that was delivered or waits for delivery. `paused_because` and
    `given_up_because` are Slack's error codes: why nothing can be delivered now, and why an alert was given up.
    `pattern_id` names the pattern that the subscription belongs to, None if somebody named the job; `silence_id` the
    maintenance that muted it, None if a person did.
    """

    id: int
    destination: Destination
    job: TrackedJob
    created_by: str
    status_filter: StatusFilter
    notified_status: Status
    pattern_id: int | None = None
    paused_because: str | None = None
    paused_at: datetime | None = None
    muted_until: datetime | None = None
    muted_at: datetime | None = None
    muted_by: str | None = None
    muted_until_change: bool = False
    given_up_because: str | None = None
    given_up_at: datetime | None = None
    contact: Contact = NO_CONTACT
    silence_id: int | None = None
    reminding: Reminding = NO_REMINDING

    @property
    def is_live(self) -> bool:
        """Whether it is notified now: neither paused nor muted."""
        return self.paused_because is None and self.muted_until is None

    def is_notified_of(self, change: Change, breaks_through: StatusFilter | None = None) -> bool:
        """Whether a change is delivered now. In quiet hours only what `breaks_through` is. What they, a pause or a mute
        hold back is reconciled when they end."""
        if breaks_through is not None and not breaks_through.matches(self.notified_status, change.new):
            return False
        return self.is_live and (change.ends or self.status_filter.matches(self.notified_status, change.new))

    @property
    def is_behind(self) -> bool:
        """Whether a delivery is due once a pause or a mute ends: the job isn't as its subscribers believe."""
        status = self.job.status
        return status != self.notified_status and self.status_filter.matches(self.notified_status, status)

    @property
    def is_reminded_after_mute(self) -> bool:
        """Whether the end of a mute is delivered: the job still fails, in a status that the filter includes, as far as
        it can be polled."""
        status = self.job.status
        failing = status.status_class in _FAILING and self.job.unavailable_notified_at is None
        return self.paused_because is None and failing and self.status_filter.matches(_HEALTHY, status)


@dataclass(frozen=True)
class WatchedPage:
    """A page of what a destination watches, worst status first, then by name. `number` counts from 1 and may be larger
    than `pages`; such a page is empty.

    `muted` counts among the `total`, `pauses` and `failures` do so for each reason (Slack's error code, why a job can't
    be polled now). `pending` are the jobs of its patterns that haven't been looked up yet, and aren't in the `total`.
    """

    subscriptions: Sequence[Subscription]
    number: int
    pages: int
    total: int
    muted: int = 0
    pauses: Mapping[str, int] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    pending: int = 0

    @property
    def paused(self) -> int:
        """How many of the jobs have their alerts paused."""
        return sum(self.pauses.values())
