"""When a destination may be told again. Pure: times are passed in, in seconds of a clock that only goes forward."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.destination import Destination

_LONGEST_BACKOFF_S = 300  # an outage of hours is noticed to be over within minutes

# Slack takes one message a second for a channel. A channel that has more to hear than that gets fewer and larger
# messages: after each one that follows at once the next waits twice as long.
_SHORTEST_GAP_S = 1.0
_LONGEST_GAP_S = 15.0

# Slack's limit for a whole workspace is not written down ("several hundred a minute" [Slack, "Rate limits"]).
_EVERYWHERE_PER_S = 5.0
_EVERYWHERE_BURST = 20


def next_try(now: datetime, failed: int, retry_after: timedelta | None, chance: float) -> datetime:
    """The time of the next try after `failed` tries failed in a row.

    Slack's own Retry-After is obeyed to the second, plus up to one more so that not all come back at once. Without it:
    exponential backoff with full jitter, at least half a second. `chance` is a random number from 0 to 1.
    """
    if retry_after is not None:
        return now + retry_after + timedelta(seconds=chance)
    ceiling = min(_LONGEST_BACKOFF_S, 2.0 ** min(failed, 16))
    return now + timedelta(seconds=0.5 + chance * ceiling)


@dataclass(frozen=True)
class _Flow:
    """A destination that was told: when it may be told again, and the gap that this is."""

    ready: float
    gap: float


@dataclass
class Pace:
    """Who was told when, by this worker."""

    _flows: dict[Destination, _Flow] = field(default_factory=dict)
    _limited: dict[Destination, float] = field(default_factory=dict)
    _quiet_until: float = float("-inf")
    _everywhere: float = float("-inf")  # as if each message took its share of a second

    def told(self, place: Destination, now: float) -> None:
        """A message is on its way to a destination."""
        before = self._flows.get(place)
        # One that had nothing to hear for as long as it last had to wait begins anew.
        follows = before is not None and now < before.ready + before.gap
        gap = min(_LONGEST_GAP_S, 2 * before.gap) if before and follows else _SHORTEST_GAP_S
        self._flows[place] = _Flow(now + gap, gap)
        self._everywhere = max(self._everywhere, now - _EVERYWHERE_BURST / _EVERYWHERE_PER_S) + 1 / _EVERYWHERE_PER_S

    def continues(self, place: Destination, now: float) -> None:
        """More waits for a destination than one message holds: the rest follows as soon as Slack takes it."""
        if flow := self._flows.get(place):
            self._flows[place] = _Flow(now + _SHORTEST_GAP_S, max(_SHORTEST_GAP_S, flow.gap / 2))

    def limited(self, place: Destination, seconds: float, now: float) -> None:
        """Slack refused a message for its rate. The second destination within the time means: all of them."""
        self._limited = {other: until for other, until in self._limited.items() if until > now}
        if any(other != place for other in self._limited):
            self.quiet(seconds, now)
        self._limited[place] = now + seconds

    def quiet(self, seconds: float, now: float) -> None:
        """Nobody is to be told for a while."""
        self._quiet_until = max(self._quiet_until, now + seconds)

    def room(self, now: float) -> int:
        """How many messages may go out now, to whomever."""
        if now < self._quiet_until:
            return 0
        ahead = max(0.0, self._everywhere - now + _EVERYWHERE_BURST / _EVERYWHERE_PER_S)
        # Whole messages only; a hair more, so that what was added up of fifths still counts as one.
        return max(0, int(_EVERYWHERE_BURST - ahead * _EVERYWHERE_PER_S + 1e-6))

    def resting(self, now: float) -> Collection[Destination]:
        """The destinations that are not to be told yet. Forgets those that may have begun anew."""
        self._flows = {place: flow for place, flow in self._flows.items() if now < flow.ready + flow.gap}
        return [place for place, flow in self._flows.items() if now < flow.ready]
