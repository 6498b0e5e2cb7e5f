"""The port `Messenger`: how messages get to people, and what can keep them from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.domain.destination import Destination
from bot.domain.incident import Incident, Posted
from bot.domain.notification.digest import Digest


class NotDelivered(Exception):
    """A message, or its update, wasn't accepted. `why` is the messenger's own word for it.

    NotDelivered
    ├── RetryLater        it may be accepted at another time
    ├── DestinationGone   nothing can be delivered to this destination until a person acts
    ├── AccessRevoked     nothing can be delivered at all: the bot itself is locked out
    ├── ThreadGone        nobody can reply in this thread; the channel itself may be well
    ├── MessageGone       the message to be updated was deleted
    └── NotUpdatable      the message stays as it is: it can't be changed any more
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class RetryLater(NotDelivered):
    """Try again, after `retry_after` if Slack said so: this destination or, with `everybody`, all of them.

    `unreachable` says that no answer came, or none that made sense.
    """

    def __init__(
        self, why: str, retry_after: timedelta | None = None, *, everybody: bool = False, unreachable: bool = False
    ) -> None:
        super().__init__(why)
        self.retry_after = retry_after
        self.everybody = everybody
        self.unreachable = unreachable


class DestinationGone(NotDelivered):
    """The destination is archived or deleted, or the bot isn't in it."""


class AccessRevoked(NotDelivered):
    """The bot's own access was refused."""


class ThreadGone(NotDelivered):
    """The thread is locked or gone, or the channel has none."""


class MessageGone(NotDelivered):
    """There is no such message (any more)."""


class NotUpdatable(NotDelivered):
    """The workspace's time for editing is over, say."""


@dataclass(frozen=True)
class InThread:
    """The thread of a reply, whether it shows in the channel, too, and whether somebody takes care of all its
    incidents already."""

    ts: str
    broadcast: bool
    acknowledged: bool = False


class Messenger(Protocol):
    """Delivers digests to people. Has its own time limit."""

    async def deliver(self, destination: Destination, digest: Digest, thread: InThread | None = None) -> Posted:
        """Post a digest, in the channel or as a reply; return where it stands.

        Raises `RetryLater`, `DestinationGone`, `AccessRevoked` or, for a reply, `ThreadGone`. The digest's delivery IDs
        are posted along, so that a message that was posted twice can be recognised. A reply to a message that was
        deleted may be accepted.
        """

    async def update(self, message: Posted, incidents: Sequence[Incident]) -> None:
        """Show incidents as they are in the message that was posted for them.

        Raises `RetryLater`, `AccessRevoked`, `MessageGone` or `NotUpdatable`.
        """
