"""What a destination is notified of because a job fails for long, and nobody takes care of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.job import JobRef, Status, Target, target_of
from bot.domain.subscription import NO_CONTACT, Contact


@dataclass(frozen=True)
class Reminder:
    """A job still fails `at` that time, and has since `failing_since`. `since` is when its status was first seen. It
    may be older, and so may the failing, unless that is exact. `contact` is set when it's delivered."""

    ref: JobRef
    title: str
    status: Status
    since: datetime
    failing_since: datetime
    at: datetime
    followed: bool = False
    since_is_exact: bool = False
    version: str | None = None
    contact: Contact = NO_CONTACT
    kind: Literal["reminder"] = "reminder"
    failing_is_exact: bool = False

    @property
    def target(self) -> Target:
        return target_of(self.ref, followed=self.followed)


@dataclass(frozen=True)
class Escalated:
    """The same, to notify `to`: the Slack ID of a person or a user group. `watched_by` is the person whose own watch it
    is, if somebody else is notified by direct message; then `contact` has the runbook. `unreached` is why Slack didn't
    take that message, its error code: then whoever watches is notified of that."""

    ref: JobRef
    title: str
    status: Status
    since: datetime
    failing_since: datetime
    at: datetime
    to: str
    followed: bool = False
    since_is_exact: bool = False
    version: str | None = None
    watched_by: str | None = None
    contact: Contact = NO_CONTACT
    unreached: str | None = None
    kind: Literal["escalated"] = "escalated"
    failing_is_exact: bool = False

    @property
    def target(self) -> Target:
        return target_of(self.ref, followed=self.followed)
