"""The pace: when a destination may get its next message. Pure; times are seconds of a monotonic clock."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.domain.destination import Destination

# How soon Slack is asked again that refused: soon at first, and the more seldom the longer it refuses. So the end of an
# outage is noticed within seconds, at most within a minute after one of hours.
_SHORTEST_S = 3.0
_LONGEST_S = 60.0
_SHARE = 150

# Slack takes one message a second for a channel. A busy channel gets fewer and larger messages: after each message
# that follows at once, the next one waits twice as long. What is urgent waits only for what was urgent, and not so
# long: a hundred jobs that fail within a poll interval of ten seconds are five messages instead of eleven.
_MIN_GAP_S = 1.0
_MAX_GAP_S = 15.0
_MAX_URGENT_GAP_S = 4.0

# Slack doesn't document the limit for a whole workspace ("several hundred a minute" [Slack, "Rate limits"]).
_WORKSPACE_PER_S = 5.0
_BURST_S = 4.0  # so many seconds' messages may go out at once
# Once it was found to be lower, begin with what Slack promises for a channel, and try a little more after each message.
_LIMITED_PER_S = 1.0
_LEAST_PER_S = 0.2
_MORE_PER_S = 0.02
_LESS = 0.7
_FORGET_LIMIT_S = 60.0

# chat.update is in Slack's tier 3: fifty calls a minute, for all of the app's messages together. Of them so many are
# kept for the messages above new alerts.
_UPDATES_PER_S = 50 / 60
_UPDATES_BURST = 20
_UPDATES_KEPT = 10


def next_attempt(
    now: datetime, failed: int, waiting: timedelta, retry_after: timedelta | None, chance: float
) -> datetime:
    """The time of the next attempt after `failed` attempts in a row to deliver what has been `waiting` so long.

    Slack's Retry-After is obeyed to the second, plus up to one second so that not all retry at once. Without it:
    exponential backoff with jitter, at least a second, up to three seconds or a small share of the time waited, at most
    a minute. `chance` is a random number from 0 to 1.
    """
    if retry_after is not None:
        return now + retry_after + timedelta(seconds=chance)
    ceiling = min(2.0 ** min(failed, 16), _patience(waiting.total_seconds()))
    return now + timedelta(seconds=0.5 + ceiling * (1 + chance) / 2)


def _patience(refused: float) -> float:
    """How long to wait for the next attempt with what was refused for so many seconds."""
    return min(_LONGEST_S, max(_SHORTEST_S, refused / _SHARE))


class Urgency(Enum):
    """How soon a message goes out to a destination that must wait for its next one."""

    URGENT = auto()
    NEWS = auto()
    LIST = auto()  # the list behind a message: nobody is notified by it, so it goes out as soon as Slack allows


@dataclass(frozen=True)
class _Slot:
    """When a destination got its latest message, when it is ready for the next one, and the gap between them."""

    sent: float
    ready: float
    gap: float

    def is_over(self, now: float) -> bool:
        """Whether the destination was idle for as long as its last gap, so that it starts anew."""
        return now >= self.ready + self.gap


def _next_slot(before: _Slot | None, sent: float, longest: float) -> _Slot:
    follows = before is not None and not before.is_over(sent)
    gap = min(longest, 2 * before.gap) if before and follows else _MIN_GAP_S
    return _Slot(sent, sent + gap, gap)


@dataclass
class Pace:
    """When each destination got a message of this worker, which rate limits are in force, and whether Slack refuses
    everybody: then one message at a time shows when that ends."""

    _slots: dict[Destination, _Slot] = field(default_factory=dict)
    _urgent_slots: dict[Destination, _Slot] = field(default_factory=dict)  # the same of urgent messages alone
    _limited: dict[Destination, float] = field(default_factory=dict)
    _failing: set[Destination] = field(default_factory=set)  # since Slack last accepted anything
    _held_until: float = float("-inf")
    _refusing_since: float | None = None  # everybody
    _probing: bool = False  # a message is under way that shows whether it still does
    _probes: int = 0  # that were refused since
    last_refused: Destination | None = None  # while everybody is refused
    _rate: float = _WORKSPACE_PER_S  # messages a second, to all destinations together
    _left: float = _WORKSPACE_PER_S * _BURST_S  # messages that may go out at once
    _counted: float = float("-inf")  # when `_left` was right
    _limited_at: float = float("-inf")

    def trying(self, now: float) -> None:
        """Note that a message is on its way: Slack counts each try in the limit of the workspace."""
        self._count(now)
        self._left -= 1
        self._probing = self._refusing_since is not None

    def accepted(self, destination: Destination, sent: float, urgency: Urgency = Urgency.NEWS) -> None:
        """Note that Slack accepted a message that was `sent` at that time. Failed tries don't widen the gap, nor do
        lists."""
        slot = self._slots.get(destination)
        if slot and urgency is Urgency.LIST:
            self._slots[destination] = replace(slot, sent=sent, ready=max(slot.ready, sent + _MIN_GAP_S))
        else:
            self._slots[destination] = _next_slot(slot, sent, _MAX_GAP_S)
        if urgency is Urgency.URGENT:
            self._urgent_slots[destination] = _next_slot(self._urgent_slots.get(destination), sent, _MAX_URGENT_GAP_S)
        self._rate = min(_WORKSPACE_PER_S, self._rate + (_MORE_PER_S if self._is_limited else 0))
        self.answered()

    def answered(self) -> None:
        """Note that Slack dealt with a message. If that was sent to see it, Slack doesn't refuse everybody any more."""
        if self._refusing_since is None:
            self._failing.clear()
        elif self._probing:
            self._failing.clear()
            self._probing, self._refusing_since, self.last_refused = False, None, None
            if self._is_limited and self._probes > 1:  # it took nothing at all, which says nothing about its rate
                self._rate = self._left = _WORKSPACE_PER_S
            elif self._is_limited:
                self._left = 0

    def rate_limited(self, destination: Destination, seconds: float, now: float, *, everybody: bool = False) -> None:
        """Note a rate limit. It holds for all destinations if Slack says so, if a second one is limited meanwhile, or
        if all were a moment ago."""
        self._limited = {other: until for other, until in self._limited.items() if until > now}
        is_second = any(other != destination for other in self._limited)
        self._limited[destination] = now + seconds
        self._count(now)
        if everybody or is_second or self._is_limited or self._refusing_since is not None:
            if self._refusing_since is None:
                slower = max(_LEAST_PER_S, _LESS * self._rate)
                self._rate, self._left, self._limited_at = min(_LIMITED_PER_S, slower), 0, now
            self._refuses_all(destination, seconds, now)

    def failed(self, destination: Destination, now: float) -> None:
        """Note that a message failed at Slack. If a second destination's does before any is accepted, Slack is unwell
        for all of them."""
        self._failing.add(destination)
        if len(self._failing) > 1 or self._refusing_since is not None:
            self._refuses_all(destination, 0, now)

    def _refuses_all(self, destination: Destination, seconds: float, now: float) -> None:
        self.last_refused = destination
        if self._refusing_since is None:
            self._refusing_since, self._probes = now, 0
        elif self._probing:  # others were under way before it was known
            self._probing, self._probes = False, self._probes + 1
        # If Slack says when, that is believed once.
        patience = 0.0 if seconds and not self._probes else _patience(now - self._refusing_since) + 0.5
        self.hold_all(max(seconds, patience), now)

    def hold_all(self, seconds: float, now: float) -> None:
        """Send nothing to anybody for some seconds."""
        self._held_until = max(self._held_until, now + seconds)

    def room(self, now: float, under_way: int = 0) -> int:
        """The number of messages that may be sent now, to any destination, while so many are under way."""
        if now < self._held_until:
            return 0
        if self._refusing_since is not None:
            return 0 if under_way else 1
        self._count(now)
        return max(0, int(self._left + 1e-6))  # whole messages only; the addend makes up for rounding

    @property
    def _is_limited(self) -> bool:
        """Whether Slack was found to take less than usual."""
        return self._rate < _WORKSPACE_PER_S

    def _count(self, now: float) -> None:
        """Bring up to date how many messages may go out at once."""
        if self._is_limited and now - self._limited_at >= _FORGET_LIMIT_S:
            self._rate = _WORKSPACE_PER_S
        most = max(1.0, self._rate * _BURST_S)
        passed = now - self._counted
        self._left = min(most, self._left + (passed * self._rate if passed < _FORGET_LIMIT_S else most))
        self._counted = now

    def not_ready(self, now: float) -> Collection[Destination]:
        """The destinations that must wait for their next message. Forgets those that may start anew."""
        for slots in (self._slots, self._urgent_slots):
            for other in [other for other, slot in slots.items() if slot.is_over(now)]:
                del slots[other]
        return [destination for destination, slot in self._slots.items() if now < slot.ready]

    def waiting(self, now: float) -> Collection[Destination]:
        """The destinations that aren't ready, but could get a message as far as Slack is concerned."""
        return [other for other, slot in self._slots.items() if slot.sent + _MIN_GAP_S <= now < slot.ready]

    def lets_pass(self, destination: Destination, urgency: Urgency, now: float) -> bool:
        """Whether a destination among those `waiting` gets such a message now."""
        match urgency:
            case Urgency.URGENT:
                slot = self._urgent_slots.get(destination)
                return slot is None or slot.ready <= now
            case Urgency.NEWS:
                return False
            case Urgency.LIST:
                return True


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
