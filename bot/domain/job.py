"""A job: one run of a dataflow, and its status as the jobs service words it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import quote


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

    @property
    def is_inactive(self) -> bool:
        """Whether the run has ended: it was stopped or undeployed."""
        return self in (StatusClass.STOPPED, StatusClass.UNDEPLOYED)


def _key(raw: str) -> str:
    return re.sub(r"[\s_-]+", "", raw).casefold()


# The six statuses on the page of the jobs resource. Any other word is shown as itself.
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


@dataclass(frozen=True, slots=True)
class Status:
    """A status as the service words it. Two spellings of it ("UP_AND_RUNNING", "Up and Running") are equal."""

    key: str
    raw: str = field(compare=False)

    @classmethod
    def of(cls, raw: str) -> "Status":
        """Read a status; case, spaces, underscores and hyphens don't matter."""
        return _status(raw)

    @property
    def words(self) -> str:
        """The documented words, or the service's own text for an undocumented status."""
        return _DOCUMENTED[self.key][0] if self.key in _DOCUMENTED else self.raw.strip()

    @property
    def status_class(self) -> StatusClass:
        """`UNKNOWN` for an undocumented status: it is never silently healthy."""
        return _DOCUMENTED[self.key][1] if self.key in _DOCUMENTED else StatusClass.UNKNOWN


@lru_cache(256)  # thousands of jobs share a handful
def _status(raw: str) -> Status:
    return Status(key=_key(raw), raw=raw)


DOCUMENTED = tuple(Status.of(words) for words, _ in _DOCUMENTED.values())


@dataclass(frozen=True, order=True, slots=True)
class JobRef:
    """One run of a dataflow: the key of the jobs resource."""

    dataflow: str
    run: int

    def __str__(self) -> str:
        return f"{self.dataflow}/{self.run}"


@dataclass(frozen=True, order=True)
class Dataflow:
    """A job followed across redeployments: its current run counts."""

    id: str

    def __str__(self) -> str:
        return self.id


Target = JobRef | Dataflow


def target_of(ref: JobRef, *, followed: bool) -> Target:
    """What a watch names: that one run or, if `followed`, the dataflow."""
    return Dataflow(ref.dataflow) if followed else ref


@dataclass(frozen=True, slots=True)
class Job:
    """One run as the jobs resource describes it, field by field; None for a field that the answer omits.

    Times are aware UTC. `duration` is the life of the run: the page calls it the time to deploy, but its example shows
    endTime − startTime. `extra_data` is the JSON decoded from the string of that name; `extra_text` is that string if
    it can't be decoded. `unknown` keeps all fields that the page doesn't list.
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

    def began(self, seen: datetime, after: datetime | None = None) -> datetime | None:
        """When its status began, if the service's own times prove it: a run begins by deploying, and ends inactive.

        None if they don't, or contradict that it was `seen` then, and began `after` that time.
        """
        proof = self.end_time if self.status.status_class.is_inactive else None
        if self.status.status_class is StatusClass.DEPLOYING:
            proof = self.start_time
        return proof if proof is not None and (after is None or after < proof) and proof <= seen else None

    @property
    def title(self) -> str:
        """Its name, or its reference if the service gave no name."""
        return self.name or str(self.ref)


@dataclass(frozen=True)
class JobLink:
    """The address of a job's page: `template` holds `{dataflow}` and may hold `{run}`."""

    template: str

    def url(self, ref: JobRef) -> str:
        """The address of a run's page. An ID can't become more than a part of the path or query."""
        dataflow = quote(ref.dataflow, safe="")
        return self.template.replace("{dataflow}", dataflow).replace("{run}", str(ref.run))
