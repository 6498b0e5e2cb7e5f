"""What the bot can be asked for, as data. Pure."""

from dataclasses import dataclass
from datetime import time, timedelta

from bot.domain.status_filter import StatusFilter
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.references import Ref


class _Told:
    """Told to the place where it was typed (`to` None), to the person (`ME`), or to the channel of an ID."""

    to: str | None

    @property
    def to_me(self) -> bool:
        return self.to == ME


@dataclass(frozen=True)
class Help:
    """What the bot can do."""


@dataclass(frozen=True)
class ShowStatus:
    """The job as it is now."""

    ref: Ref


@dataclass(frozen=True)
class Watch(_Told):
    """Subscribe to what `when` says of a job; None where nothing was said of it."""

    ref: Ref
    to: str | None = None
    status_filter: StatusFilter | None = None


@dataclass(frozen=True)
class OpenWatch(_Told):
    """Ask which job to watch; what was said already is `to` and `when`."""

    to: str | None = None
    status_filter: StatusFilter | None = None


@dataclass(frozen=True)
class WatchAll(_Told):
    """Subscribe to every job, or to those whose names match a glob; `confirmed` is how many jobs a person was asked
    about and said yes to."""

    pattern: str | None = None
    to: str | None = None
    status_filter: StatusFilter | None = None
    confirmed: int = 0


@dataclass(frozen=True)
class Unwatch(_Told):
    """End the subscription to a job."""

    ref: Ref
    to: str | None = None


@dataclass(frozen=True)
class UnwatchAll(_Told):
    """End the subscription to every job, or to those whose names match a glob."""

    pattern: str | None = None
    to: str | None = None


@dataclass(frozen=True)
class ListHere:
    """What this channel watches; `page` counts from 1."""

    page: int = 1


@dataclass(frozen=True)
class Jobs:
    """The jobs that there are, those with these words in their names; all where there are none."""

    words: str = ""
    page: int = 1


@dataclass(frozen=True)
class History:
    """The changes that were seen of the job."""

    ref: Ref


@dataclass(frozen=True)
class Mute(_Told):
    """Silence for a length, or until a time of day on the person's own clock. Exactly one of the two is given."""

    ref: Ref
    length: timedelta | None
    until: time | None
    to: str | None = None


@dataclass(frozen=True)
class Unmute(_Told):
    """End the silence before its time."""

    ref: Ref
    to: str | None = None


Command = (
    Help | ShowStatus | Watch | OpenWatch | WatchAll | Unwatch | UnwatchAll | ListHere | Jobs | History | Mute | Unmute
)
