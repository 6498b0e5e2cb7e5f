"""Everything that a destination can be notified of, and the digest that makes one message of several.

Notifications are stored as JSON until they are delivered. A new field needs a default, so that older rows can still be
read. Times are aware UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import JobRef, Status, Target, target_of
from bot.domain.pattern import ALL_JOBS
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import NO_CONTACT, Contact


@dataclass(frozen=True)
class JobUnavailable:
    """A job can't be polled while others can. `status` is the last one seen."""

    ref: JobRef
    title: str
    status: Status
    reason: str
    since: datetime
    followed: bool = False
    kind: Literal["out_of_sight"] = "out_of_sight"

    @property
    def target(self) -> Target:
        return target_of(self.ref, followed=self.followed)


@dataclass(frozen=True)
class JobAvailableAgain:
    """A job that was reported as unavailable can be polled again."""

    ref: JobRef
    title: str
    status: Status
    unavailable_since: datetime
    at: datetime
    followed: bool = False
    kind: Literal["back_in_sight"] = "back_in_sight"

    @property
    def target(self) -> Target:
        return target_of(self.ref, followed=self.followed)


@dataclass(frozen=True)
class StillFailing:
    """A mute ended while the job still fails. `since` is when its status was first seen; it may be older unless that is
    exact. `version` and `started_by` are those of the deployment, `notified` is the status that was delivered last,
    before the mute; None if unknown. `contact` is set when it's delivered."""

    ref: JobRef
    title: str
    status: Status
    since: datetime
    muted_at: datetime
    muted_by: str
    at: datetime
    followed: bool = False
    since_is_exact: bool = False
    version: str | None = None
    started_by: str | None = None
    kind: Literal["still_bad"] = "still_bad"
    notified: Status | None = None
    contact: Contact = NO_CONTACT

    @property
    def target(self) -> Target:
        return target_of(self.ref, followed=self.followed)

    @property
    def change(self) -> Change | None:
        """The change during the mute that it tells of; None if the status was delivered before."""
        if self.notified is None or self.notified == self.status:
            return None
        return Change(
            ref=self.ref,
            title=self.title,
            old=self.notified,
            new=self.status,
            old_since=None,
            at=self.since,
            version=self.version,
            started_by=self.started_by,
            followed=self.followed,
            at_is_exact=self.since_is_exact,
        )


@dataclass(frozen=True)
class LastStatus:
    """A job's name, and its last status seen."""

    title: str
    status: Status


@dataclass(frozen=True)
class Outage:
    """The jobs service can't be reached. Of the `count` jobs watched there, the worst are named."""

    reason: str
    since: datetime
    count: int
    jobs: tuple[LastStatus, ...]
    kind: Literal["outage"] = "outage"


@dataclass(frozen=True)
class OutageEnded:
    """The jobs service answers again. What changed meanwhile is delivered along with it."""

    since: datetime
    at: datetime
    kind: Literal["outage_over"] = "outage_over"


@dataclass(frozen=True)
class LoginRefused:
    """To subscribers: the jobs service refused the bot's log-in, so no job can be polled."""

    reason: str
    remedy: str
    since: datetime
    kind: Literal["login_refused"] = "login_refused"


@dataclass(frozen=True)
class Paused:
    """To subscribers: alerts for a channel are paused. `why` is Slack's error code, `count` the number of jobs that the
    subscriber made the channel watch. `titles` names some of them; only earlier releases wrote it, and it isn't shown.
    """

    destination: str
    why: str
    count: int
    titles: tuple[str, ...] = ()
    kind: Literal["paused"] = "paused"


@dataclass(frozen=True)
class Resumed:
    """To a channel: its paused alerts resume. What changed meanwhile is delivered along with it."""

    count: int
    paused_at: datetime
    kind: Literal["resumed"] = "resumed"


@dataclass(frozen=True)
class JobAdded:
    """A job that matches a pattern was added to the organisation's job list. `status` is from the jobs resource."""

    ref: JobRef
    title: str
    status: Status
    at: datetime
    followed: bool = True
    kind: Literal["appeared"] = "appeared"

    @property
    def target(self) -> Target:
        return target_of(self.ref, followed=self.followed)


@dataclass(frozen=True)
class JobRemoved:
    """A job of a pattern was removed from the organisation's job list and is no longer watched. `status` is the last
    one seen."""

    ref: JobRef
    title: str
    status: Status
    at: datetime
    followed: bool = True
    kind: Literal["disappeared"] = "disappeared"

    @property
    def target(self) -> Target:
        return target_of(self.ref, followed=self.followed)


# ── what a person did, for everybody there to see ─────────────────────────────────────────────────────────────────────


class Deed(StrEnum):
    """What was done. Its values are stored."""

    WATCHED = "watched"
    RESUMED = "resumed"  # watched again after a pause
    CHANGED = "changed"  # its filter or its contact
    UNWATCHED = "unwatched"
    MUTED = "muted"
    UNMUTED = "unmuted"

    @property
    def is_about_mute(self) -> bool:
        return self in (Deed.MUTED, Deed.UNMUTED)


@dataclass(frozen=True)
class Subject:
    """What confirmations replace each other about: the watch of a job or a pattern (by its key), or a job's mute."""

    watched: Target | str
    mute: bool = False


@dataclass(frozen=True)
class JobConfirmation:
    """`by` did something to the watch of a job at a channel or, if `to_person`, to their own.

    `status` and `failure` are those of the job `at` that time, as in `TrackedJob`. `until` is when a mute ends;
    with `until_change`, the next change of status ends it, if that is before. `changes_follow` if the changes during it
    are delivered.
    """

    deed: Deed
    ref: JobRef
    title: str
    status: Status
    by: str
    at: datetime
    followed: bool = False
    to_person: bool = False
    failure: str | None = None
    status_filter: StatusFilter = field(default_factory=StatusFilter)
    until: datetime | None = None
    until_change: bool = False
    changes_follow: bool = False
    contact: Contact = NO_CONTACT
    kind: Literal["job_confirmation"] = "job_confirmation"

    @property
    def target(self) -> Target:
        return target_of(self.ref, followed=self.followed)

    @property
    def subject(self) -> Subject:
        return Subject(self.target, mute=self.deed.is_about_mute)


@dataclass(frozen=True)
class JobThen:
    """A job when a watch of many was confirmed: `failure` as in `TrackedJob`."""

    title: str
    status: Status
    failure: str | None = None


@dataclass(frozen=True)
class PatternConfirmation:
    """`by` did something to the watch of all jobs that match a pattern. `key` as in `Pattern`. `jobs` counts those that
    matched `at` that time; the `worst` of them are named."""

    deed: Deed
    key: str
    by: str
    at: datetime
    to_person: bool = False
    status_filter: StatusFilter = field(default_factory=StatusFilter)
    jobs: int = 0
    worst: tuple[JobThen, ...] = ()
    contact: Contact = NO_CONTACT
    kind: Literal["pattern_confirmation"] = "pattern_confirmation"

    @property
    def glob(self) -> str | None:
        """The pattern as commands spell it; None means all jobs."""
        return None if self.key == ALL_JOBS else self.key

    @property
    def subject(self) -> Subject:
        return Subject(self.key)


JobNotification = JobUnavailable | JobAvailableAgain | StillFailing | JobAdded | JobRemoved
ServiceNotification = Outage | OutageEnded | LoginRefused | Paused | Resumed
Confirmation = JobConfirmation | PatternConfirmation


@dataclass(frozen=True)
class Path:
    """Several changes of one job in one alert. `statuses` begins with the one before the first change; `last` is the
    newest change, `redeployed` the first redeployment among them."""

    statuses: tuple[Status, ...]
    last: Change
    redeployed: Change | None = None
    contact: Contact = NO_CONTACT

    @property
    def ref(self) -> JobRef:
        return self.last.ref

    @property
    def title(self) -> str:
        return self.last.title

    @property
    def target(self) -> Target:
        return self.last.target

    @property
    def status(self) -> Status:
        """The job's present status."""
        return self.last.new


@dataclass(frozen=True)
class ListPart:
    """A part of the list behind a message that names only the worst of many jobs: the items from the number `first` to
    the `last` of `total`. It is a reply to the message with the ID `thread`, or a message of its own if that is None.
    """

    items: tuple[Path | JobNotification, ...]
    first: int
    total: int
    thread: str | None = None
    kind: Literal["list_part"] = "list_part"

    @property
    def last(self) -> int:
        return self.first + len(self.items) - 1


Notification = Change | JobNotification | ServiceNotification | Confirmation | ListPart


@dataclass(frozen=True)
class PendingNotification:
    """A notification that waits for delivery. `attempts` counts failed attempts; `contact` is as its destination set it
    for the job."""

    id: int
    notification: Notification
    created_at: datetime
    attempts: int
    subscription: int | None
    contact: Contact = NO_CONTACT


@dataclass(frozen=True)
class Queue:
    """What waits for one destination, oldest first, leased by one worker."""

    destination: Destination
    pending: tuple[PendingNotification, ...]
    worker: str


DigestItem = Path | JobNotification | ServiceNotification | Confirmation | ListPart

# So many jobs have a line each; of more the worst are named, and the list follows.
MOST_NAMED = 5


@dataclass(frozen=True)
class Digest:
    """One message to one destination. `items` are in the order shown; a single change is a path of two statuses, and a
    part of a list stands alone. `deliveries` are the IDs of the deliveries that it settles, oldest first.
    """

    items: tuple[DigestItem, ...]
    deliveries: tuple[int, ...]

    @property
    def jobs(self) -> tuple[Path | JobNotification, ...]:
        """The items about one job each."""
        return tuple(item for item in self.items if isinstance(item, Path | JobNotification))

    @property
    def part(self) -> ListPart | None:
        """The part of a list that this message is."""
        return next((item for item in self.items if isinstance(item, ListPart)), None)
