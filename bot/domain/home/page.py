"""A page of a person's Home tab: the alerts that they get, and those of their channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.channel.silence import Silence
from bot.domain.destination import Destination
from bot.domain.job import StatusClass
from bot.domain.subscription import Subscription


@dataclass(frozen=True)
class PausedPlace:
    """A destination whose alerts for some jobs are paused; `why` is Slack's error code."""

    place: Destination
    why: str
    jobs: int


@dataclass(frozen=True)
class QuietPlace:
    """A destination that has its quiet hours now, until a time (aware UTC) or, if that is still to be planned, None."""

    place: Destination
    until: datetime | None = None


@dataclass(frozen=True)
class HomePage:
    """What a person watches, and what the channels watch that they are in: a page of the subscriptions to jobs whose
    names contain the `words`, worst status first, then by name.

    `number` counts from 1 and is at most `pages`; `found` counts on all of them. The rest is about everything, whatever
    is searched for: `own` counts the jobs that the person watches, `channels` those that their channels do, `statuses`
    all by the class of their status, and `failures` those that can't be polled by the reason: each job once, however
    many places watch it. `muted` counts subscriptions, of which `mutes` are those that end first, and the first of all
    ends at `unmuted_at` (aware UTC); `silences` are open, and end first; `quiet_turns_at` is when quiet hours of any
    place begin or end next. `patterns` counts watches of all jobs with a matching name. `unasked` is Slack's error code
    if it could not be asked which channels the person is in.
    """

    subscriptions: Sequence[Subscription] = ()
    number: int = 1
    pages: int = 0
    found: int = 0
    words: str = ""
    own: int = 0
    channels: int = 0
    statuses: Mapping[StatusClass, int] = field(default_factory=dict)
    muted: int = 0
    unmuted_at: datetime | None = None
    mutes: Sequence[Subscription] = ()
    pauses: Sequence[PausedPlace] = ()
    failures: Mapping[str, int] = field(default_factory=dict)
    silences: Sequence[Silence] = ()
    quiet: Sequence[QuietPlace] = ()
    quiet_turns_at: datetime | None = None
    patterns: int = 0
    unasked: str | None = None

    @property
    def total(self) -> int:
        """How many jobs the person watches, and how many their channels do."""
        return self.own + self.channels

    @property
    def is_first_time(self) -> bool:
        """Whether nothing is watched yet."""
        return not self.total and not self.patterns and not self.words

    @property
    def next_turn(self) -> datetime | None:
        """When the first mute or maintenance ends that is shown, or quiet hours turn: also in a row or a count alone,
        since what ends while the page is read may be in one part of it and not in another."""
        ends = [self.unmuted_at, *(one.muted_until for one in (*self.subscriptions, *self.mutes)), self.quiet_turns_at]
        ends += [*(one.until for one in self.quiet), *(one.ends_at for one in self.silences)]
        return min((end for end in ends if end is not None), default=None)
