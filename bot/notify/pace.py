"""The pace: when a destination may get its next message. Pure; times are seconds of a monotonic clock."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.destination import Destination

_MAX_BACKOFF_S = 300  # the end of an outage of hours is noticed within minutes

# Slack takes one message a second for a channel. A busy channel gets fewer and larger messages: after each message
# that follows at once, the next one waits twice as long, unless it is urgent.
_MIN_GAP_S = 1.0
_MAX_GAP_S = 15.0

# Slack doesn't document the limit for a whole workspace ("several hundred a minute" [Slack, "Rate limits"]).
_WORKSPACE_PER_S = 5.0
_WORKSPACE_BURST = 20

# chat.update is in Slack's tier 3: fifty calls a minute, for all of the app's messages together. Of them so many are
# kept for the messages above new alerts.
_UPDATES_PER_S = 50 / 60
_UPDATES_BURST = 20
_UPDATES_KEPT = 10


def next_attempt(now: datetime, failed: int, retry_after: timedelta | None, chance: float) -> datetime:
    """The time of the next attempt after `failed` attempts in a row.

    Slack's Retry-After is obeyed to the second, plus up to one second so that not all retry at once. Without it:
    exponential backoff with full jitter, at least half a second. `chance` is a random number from 0 to 1.
    """
    if retry_after is not None:
        return now + retry_after + timedelta(seconds=chance)
    ceiling = min(_MAX_BACKOFF_S, 2.0 ** min(failed, 16))
    return now + timedelta(seconds=0.5 + chance * ceiling)


@dataclass(frozen=True)
class _Slot:
    """When a destination got its latest message, when it is ready for the next one, and the gap between them."""

    sent: float
    ready: float
    gap: float


@dataclass
class Pace:
    """When each destination got a message of this worker, and which rate limits are in force."""

    _slots: dict[Destination, _Slot] = field(default_factory=dict)
    _limited: dict[Destination, float] = field(default_factory=dict)
    _held_until: float = float("-inf")
    _workspace: float = float("-inf")  # as if each message took its share of a second

    def trying(self, now: float) -> None:
        """Note that a message is on its way: Slack counts each try in the limit of the workspace."""
        self._workspace = max(self._workspace, now - _WORKSPACE_BURST / _WORKSPACE_PER_S) + 1 / _WORKSPACE_PER_S

    def accepted(self, destination: Destination, sent: float) -> None:
        """Note that Slack accepted a message that was `sent` at that time. Failed tries don't widen the gap."""
        before = self._slots.get(destination)
        # A destination that was idle for as long as its last gap starts anew.
        follows = before is not None and sent < before.ready + before.gap
        gap = min(_MAX_GAP_S, 2 * before.gap) if before and follows else _MIN_GAP_S
        self._slots[destination] = _Slot(sent, sent + gap, gap)

    def continues(self, destination: Destination, now: float) -> None:
        """The queue exceeds one message: send the rest as soon as Slack allows."""
        if slot := self._slots.get(destination):
            self._slots[destination] = _Slot(slot.sent, now + _MIN_GAP_S, max(_MIN_GAP_S, slot.gap / 2))

    def rate_limited(self, destination: Destination, seconds: float, now: float) -> None:
        """Note a rate limit. If a second destination is limited meanwhile, the limit holds for all of them."""
        self._limited = {other: until for other, until in self._limited.items() if until > now}
        if any(other != destination for other in self._limited):
            self.hold_all(seconds, now)
        self._limited[destination] = now + seconds

    def hold_all(self, seconds: float, now: float) -> None:
        """Send nothing to anybody for some seconds."""
        self._held_until = max(self._held_until, now + seconds)

    def room(self, now: float) -> int:
        """The number of messages that may be sent now, to any destination."""
        if now < self._held_until:
            return 0
        ahead = max(0.0, self._workspace - now + _WORKSPACE_BURST / _WORKSPACE_PER_S)
        # Whole messages only; the small addend makes up for rounding, as the shares are fifths of a second.
        return max(0, int(_WORKSPACE_BURST - ahead * _WORKSPACE_PER_S + 1e-6))

    def not_ready(self, now: float) -> Collection[Destination]:
        """The destinations that must wait for their next message. Forgets those that may start anew."""
        self._slots = {other: slot for other, slot in self._slots.items() if now < slot.ready + slot.gap}
        return [destination for destination, slot in self._slots.items() if now < slot.ready]

    def takes_urgent(self, now: float) -> Collection[Destination]:
        """The destinations that must wait, but not for what is urgent: Slack takes a message a second."""
        return [other for other, slot in self._slots.items() if slot.sent + _MIN_GAP_S <= now < slot.ready]


@dataclass
class UpdatePace:
    """When a message may be updated."""

    _taken: float = float("-inf")  # as if each update took its share of a minute
    _held_until: float = float("-inf")

    def room(self, now: float) -> int:
        """The number of updates that are possible now."""
        if now < self._held_until:
            return 0
        ahead = max(0.0, self._taken - now + _UPDATES_BURST / _UPDATES_PER_S)
        return max(0, int(_UPDATES_BURST - ahead * _UPDATES_PER_S + 1e-6))

    def room_for_old(self, now: float) -> int:
        """The number of updates that are possible now without keeping those from new alerts that they may need."""
        return max(0, self.room(now) - _UPDATES_KEPT)

    def trying(self, now: float) -> None:
        """Note that an update is on its way."""
        self._taken = max(self._taken, now - _UPDATES_BURST / _UPDATES_PER_S) + 1 / _UPDATES_PER_S

    def hold(self, seconds: float, now: float) -> None:
        """Update nothing for some seconds."""
        self._held_until = max(self._held_until, now + seconds)
