"""All notifications, those that wait for delivery, and the digest that makes one message of several."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import JobRef, Status, Target
from bot.domain.notification.confirmations import Confirmation
from bot.domain.notification.jobs import JobNotification
from bot.domain.notification.service import ServiceNotification
from bot.domain.notification.silences import WindowEnded
from bot.domain.notification.summaries import Summary
from bot.domain.reminding import NO_REMINDING, Reminding
from bot.domain.subscription import NO_CONTACT, Contact


@dataclass(frozen=True)
class Path:
    """Several changes of one job in one alert. `statuses` begins with the one before the first change; `last` is the
    newest change, `redeployed` the first redeployment among them."""

    statuses: tuple[Status, ...]
    last: Change
    redeployed: Change | None = None
    contact: Contact = NO_CONTACT
    reminding: Reminding = NO_REMINDING

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


Notification = Change | JobNotification | ServiceNotification | WindowEnded | Confirmation | Summary | ListPart


@dataclass(frozen=True)
class PendingNotification:
    """A notification that waits for delivery. `attempts` counts failed attempts; `contact` and `reminding` are as its
    destination set them for the job."""

    id: int
    notification: Notification
    created_at: datetime
    attempts: int
    subscription: int | None
    contact: Contact = NO_CONTACT
    reminding: Reminding = NO_REMINDING


@dataclass(frozen=True)
class Queue:
    """What waits for one destination, oldest first, leased by one worker."""

    destination: Destination
    pending: tuple[PendingNotification, ...]
    worker: str


DigestItem = Path | JobNotification | ServiceNotification | WindowEnded | Confirmation | Summary | ListPart

# So many jobs have a line each; of more the worst are named, and the list follows.
MOST_NAMED = 5


@dataclass(frozen=True)
class Digest:
    """One message to one destination. `items` are in the order shown; a single change is a path of two statuses, and a
    summary or a part of a list stands alone. `deliveries` are the IDs of the deliveries that it settles, oldest first.
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
