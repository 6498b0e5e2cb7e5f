"""What a destination is notified of about a service, or about its own alerts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.job import Status


@dataclass(frozen=True)
class LastStatus:
    """A job's name, and its last status seen."""

    title: str
    status: Status


@dataclass(frozen=True)
class Outage:
    """The jobs service can't be reached. Of the `count` jobs watched there, the worst are named."""

    reason: str
    since: datetime
    count: int
    jobs: tuple[LastStatus, ...]
    kind: Literal["outage"] = "outage"


@dataclass(frozen=True)
class OutageEnded:
    """The jobs service answers again. What changed meanwhile is delivered along with it."""

    since: datetime
    at: datetime
    kind: Literal["outage_over"] = "outage_over"


@dataclass(frozen=True)
class LoginRefused:
    """To subscribers: the jobs service refused the bot's log-in, so no job can be polled."""

    reason: str
    remedy: str
    since: datetime
    kind: Literal["login_refused"] = "login_refused"


@dataclass(frozen=True)
class Paused:
    """To subscribers: alerts for a channel are paused. `why` is Slack's error code, `count` the number of jobs that the
    subscriber made the channel watch. `titles` names some of them; only earlier releases wrote it, and it isn't shown.
    """

    destination: str
    why: str
    count: int
    titles: tuple[str, ...] = ()
    kind: Literal["paused"] = "paused"


@dataclass(frozen=True)
class Resumed:
    """To a channel: its paused alerts resume. What changed meanwhile is delivered along with it."""

    count: int
    paused_at: datetime
    kind: Literal["resumed"] = "resumed"


ServiceNotification = Outage | OutageEnded | LoginRefused | Paused | Resumed
