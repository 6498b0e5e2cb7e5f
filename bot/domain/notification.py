"""What a destination can be told: a fact of each kind, and the digest that makes one message of several. Pure.

Facts are stored as JSON until they are told; a field that is added must have a default, so that those written before
can still be read. Times are aware UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.change import Change
from bot.domain.job import JobRef, Status, Target, target_of


@dataclass(frozen=True)
class JobUnavailable:
    """A watched job could not be seen three times in a row while others could. `status` is the last that was seen."""

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
    """A job that was told as out of sight can be seen again, and how it is."""

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
    """A mute ended while the job is in trouble. `since` is when it got into this status."""

    ref: JobRef
    title: str
    status: Status
    since: datetime
    muted_at: datetime
    muted_by: str
    at: datetime
    followed: bool = False
    kind: Literal["still_bad"] = "still_bad"

    @property
    def target(self) -> Target:
        return target_of(self.ref, followed=self.followed)


@dataclass(frozen=True)
class LastStatus:
    """A job as it was seen last."""

    title: str
    status: Status


@dataclass(frozen=True)
class Outage:
    """The jobs service gives no good answer: `count` jobs are watched blindly, the worst of them named."""

    reason: str
    since: datetime
    count: int
    jobs: tuple[LastStatus, ...]
    kind: Literal["outage"] = "outage"


@dataclass(frozen=True)
class OutageEnded:
    """The jobs service answers again. What changed meanwhile is told with it."""

    since: datetime
    at: datetime
    kind: Literal["outage_over"] = "outage_over"


@dataclass(frozen=True)
class LoginRefused:
    """To those who subscribed: the jobs service refused the bot's log-in, so nothing can be seen any more."""

    reason: str
    remedy: str
    since: datetime
    kind: Literal["login_refused"] = "login_refused"


@dataclass(frozen=True)
class Paused:
    """To those who subscribed: a channel can't be told any more. `why` is Slack's own word; `titles` names some of
    the `count` jobs that were watched there."""

    destination: str
    why: str
    count: int
    titles: tuple[str, ...]
    kind: Literal["paused"] = "paused"


@dataclass(frozen=True)
class Resumed:
    """To a channel: its paused subscriptions go on. What changed meanwhile is told with it."""

    count: int
    paused_at: datetime
    kind: Literal["resumed"] = "resumed"


@dataclass(frozen=True)
class JobAdded:
    """A job that a pattern fits came into the organisation's list. `status` is what a look at it showed."""

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
    """A job of a pattern left the organisation's list, and is not watched any more. `status` is the last that was
    seen."""

    ref: JobRef
    title: str
    status: Status
    at: datetime
    followed: bool = True
    kind: Literal["disappeared"] = "disappeared"

    @property
    def target(self) -> Target:
        return target_of(self.ref, followed=self.followed)


Notification = (
    Change
    | JobUnavailable
    | JobAvailableAgain
    | StillFailing
    | JobAdded
    | JobRemoved
    | Outage
    | OutageEnded
    | LoginRefused
    | Paused
    | Resumed
)


@dataclass(frozen=True)
class Path:
    """Several changes of one job that are told together. `statuses` begins with the one before the first of them;
    `last` is the newest change, `redeployed` the first redeployment among them."""

    statuses: tuple[Status, ...]
    last: Change
    redeployed: Change | None = None

    @property
    def ref(self) -> JobRef:
        return self.last.ref

    @property
    def target(self) -> Target:
        return self.last.target

    @property
    def status(self) -> Status:
        """What the job is now."""
        return self.last.new


DigestItem = (
    Path
    | JobUnavailable
    | JobAvailableAgain
    | StillFailing
    | JobAdded
    | JobRemoved
    | Outage
    | OutageEnded
    | LoginRefused
    | Paused
    | Resumed
)


@dataclass(frozen=True)
class Digest:
    """One message to one destination: its items in the order shown, one line or two each; a change alone is told as a
    path of two. `more` items follow in further messages. `covers` are the deliveries that it tells, oldest first."""

    items: tuple[DigestItem, ...]
    covers: tuple[int, ...]
    more: int = 0
