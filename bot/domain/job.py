"""The language of the product: a job, its status, and a change of it. Pure; imports nothing of bot."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal


class StatusClass(StrEnum):
    """What a status means to the person on call, worst first: the order in which jobs are listed."""

    ERROR = "error"
    UNKNOWN = "unknown"
    WARNING = "warning"
    STOPPED = "stopped"
    UNDEPLOYED = "undeployed"
    DEPLOYING = "deploying"
    HEALTHY = "healthy"

    @property
    def severity(self) -> int:
        """0 for the worst class, larger for better ones."""
        return list(StatusClass).index(self)


def _key(raw: str) -> str:
    return re.sub(r"[\s_-]+", "", raw).casefold()


# The six statuses of the jobs resource's page. Everything else is an unknown word, shown as itself.
_DOCUMENTED = {
    _key(words): (words, status_class)
    for words, status_class in (
        ("Deploying", StatusClass.DEPLOYING),
        ("Up and Running", StatusClass.HEALTHY),
        ("Running with Warning", StatusClass.WARNING),
        ("Running with Error", StatusClass.ERROR),
        ("Undeployed", StatusClass.UNDEPLOYED),
        ("Stopped", StatusClass.STOPPED),
    )
}


@dataclass(frozen=True)
class Status:
    """A status as the service worded it. Two spellings of one status ("UP_AND_RUNNING", "Up and Running") are equal."""

    key: str
    raw: str = field(compare=False)

    @classmethod
    def of(cls, raw: str) -> "Status":
        """The status that a text names; case, spaces, underscores and hyphens do not matter."""
        return cls(key=_key(raw), raw=raw)

    @property
    def words(self) -> str:
        """The documented words, or the service's own text where it is none of them."""
        return _DOCUMENTED[self.key][0] if self.key in _DOCUMENTED else self.raw.strip()

    @property
    def status_class(self) -> StatusClass:
        """Its class; `UNKNOWN` for a word that the documentation does not list: never silently healthy."""
        return _DOCUMENTED[self.key][1] if self.key in _DOCUMENTED else StatusClass.UNKNOWN


@dataclass(frozen=True, order=True)
class JobRef:
    """One run of a dataflow: what the jobs resource is asked for."""

    dataflow: str
    run: int

    def __str__(self) -> str:
        return f"{self.dataflow}/{self.run}"


@dataclass(frozen=True, order=True)
class Dataflow:
    """A job whatever its run: the run that it has now, over all redeployments."""

    id: str

    def __str__(self) -> str:
        return self.id


Target = JobRef | Dataflow


def target_of(ref: JobRef, *, followed: bool) -> Target:
    """The job as those who watch it mean it: that run, or whatever run it has."""
    return Dataflow(ref.dataflow) if followed else ref


@dataclass(frozen=True)
class Job:
    """One run as the jobs resource describes it, field by field of its page; None where it did not say.

    Times are aware UTC. `duration` is the life of the run so far or in all: the page calls it the time to
    deploy, its example shows endTime − startTime. `extra_data` is the decoded JSON inside the string of
    that name, `extra_text` the string itself where it could not be decoded. `unknown` keeps every field
    that is not listed here.
    """

    ref: JobRef
    status: Status
    name: str | None = None
    asset_type: str | None = None
    correlation_id: str | None = None
    duration: timedelta | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    extra_data: Mapping[str, Any] = field(default_factory=dict)
    extra_text: str | None = None
    location: str | None = None
    org_id: str | None = None
    runtime_env: str | None = None
    started_by: str | None = None
    deployed_version: str | None = None
    unknown: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What people call it: its name, or its reference while the name is not known."""
        return self.name or str(self.ref)


@dataclass(frozen=True)
class Statistics:
    """What went through a dataflow's run so far, source to target; None where the service did not say.

    `at` is when it was asked, `start` and `stop` the time that the figures cover (aware UTC). Messages and
    bytes are counted since the run was deployed, so two of them `at` different times tell a rate.
    """

    run: int | None
    in_messages: int | None
    out_messages: int | None
    in_bytes: int | None
    out_bytes: int | None
    start: datetime | None
    stop: datetime | None
    at: datetime


Figure = Literal["in_messages", "out_messages", "in_bytes", "out_bytes"]


@dataclass(frozen=True)
class Throughput:
    """The figures of a run, and those of the look before at the same run, if there was one."""

    now: Statistics
    before: Statistics | None = None

    def rate(self, figure: Figure) -> float | None:
        """How much a second went through since the look before; None where that can't be said."""
        now, before = getattr(self.now, figure), getattr(self.before, figure, None)
        if self.before is None or now is None or before is None:
            return None
        seconds = (self.now.at - self.before.at).total_seconds()
        return (now - before) / seconds if seconds >= 1 and now >= before else None


@dataclass(frozen=True)
class Change:
    """A job's status became another one: the fact that history, alerts and lists read.

    `old_since` is when the old status was first seen, None where nobody was watching then; `at` is when
    the new one was seen (aware UTC). Of a job that is `followed` from run to run, `old_run` names the run before a
    redeployment (None where it is the same run), and `old_version` its version. A watch of one run `ends` with it.
    """

    ref: JobRef
    title: str
    old: Status
    new: Status
    old_since: datetime | None
    at: datetime
    version: str | None = None
    started_by: str | None = None
    followed: bool = False
    old_run: int | None = None
    old_version: str | None = None
    ends: bool = False
    kind: Literal["change"] = "change"

    @property
    def target(self) -> Target:
        """The job as its watchers mean it."""
        return target_of(self.ref, followed=self.followed)

    @property
    def lasted(self) -> timedelta | None:
        """How long the old status was seen to last."""
        return None if self.old_since is None else self.at - self.old_since
