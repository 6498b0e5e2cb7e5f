"""What a destination is notified of about one job, apart from changes of its status."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.change import Change
from bot.domain.job import JobRef, Status, Target, target_of
from bot.domain.notification.reminders import Escalated, Reminder
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
    before the mute; None if unknown. `in_window` says that the end of maintenance is delivered along. `contact` is
    set when it's delivered."""

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
    in_window: bool = False

    @property
    def target(self) -> Target:
        return target_of(self.ref, followed=self.followed)

    @property
    def change(self) -> Change | None:
        """The change during the mute that it delivers; None if the status was delivered before."""
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
    """A job of a pattern was removed from the organisation's job list and is no longer watched, apart from `runs` that
    are watched alone. `status` is the last one seen."""

    ref: JobRef
    title: str
    status: Status
    at: datetime
    followed: bool = True
    runs: tuple[int, ...] = ()
    kind: Literal["disappeared"] = "disappeared"

    @property
    def target(self) -> Target:
        return target_of(self.ref, followed=self.followed)


JobNotification = JobUnavailable | JobAvailableAgain | StillFailing | JobAdded | JobRemoved | Reminder | Escalated
