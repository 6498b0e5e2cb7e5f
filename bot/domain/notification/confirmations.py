"""Confirmations: what a person did, for everybody there to see."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from bot.domain.channel.settings import ChannelSettings
from bot.domain.job import JobRef, Status, Target, target_of
from bot.domain.pattern import glob_of
from bot.domain.reminding import NO_REMINDING, Reminding
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import NO_CONTACT, Contact


class Deed(StrEnum):
    """What was done. Its values are stored."""

    WATCHED = "watched"
    RESUMED = "resumed"  # watched again after a pause
    CHANGED = "changed"  # its filter, its contact or its reminders
    UNWATCHED = "unwatched"
    MUTED = "muted"
    UNMUTED = "unmuted"
    ACKNOWLEDGED = "acknowledged"  # an incident of the job

    @property
    def is_about_mute(self) -> bool:
        return self in (Deed.MUTED, Deed.UNMUTED)


@dataclass(frozen=True)
class Subject:
    """What confirmations replace each other about: the watch of a job or a pattern (by its key), a job's mute, or its
    incident."""

    watched: Target | str
    mute: bool = False
    incident: bool = False


@dataclass(frozen=True)
class OtherWatches:
    """What else makes a place watch a job: a pattern (its key) that covers it, a watch by its name, and runs that are
    watched alone."""

    pattern: str | None = None
    by_name: bool = False
    runs: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return self != NO_OTHER_WATCHES


NO_OTHER_WATCHES = OtherWatches()


@dataclass(frozen=True)
class JobConfirmation:
    """`by` did something to the watch of a job at a channel or, if `to_person`, to their own.

    `status` and `failure` are those of the job `at` that time, as in `TrackedJob`. `until` is when a mute ends
    or, of a watch, the maintenance that mutes it; with `until_change`, the next change of status ends a mute, if that
    is before. `changes_follow` if the changes during it are delivered. `others` are the watches that go on after one
    ended.
    """

    deed: Deed
    ref: JobRef
    title: str
    status: Status
    by: str
    at: datetime
    followed: bool = False
    to_person: bool = False
    failure: str | None = None
    status_filter: StatusFilter = field(default_factory=StatusFilter)
    until: datetime | None = None
    until_change: bool = False
    changes_follow: bool = False
    contact: Contact = NO_CONTACT
    reminding: Reminding = NO_REMINDING
    others: OtherWatches = NO_OTHER_WATCHES
    kind: Literal["job_confirmation"] = "job_confirmation"

    @property
    def target(self) -> Target:
        return target_of(self.ref, followed=self.followed)

    @property
    def subject(self) -> Subject:
        return Subject(self.target, mute=self.deed.is_about_mute, incident=self.deed is Deed.ACKNOWLEDGED)


@dataclass(frozen=True)
class JobThen:
    """A job when a watch of many was confirmed: `failure` as in `TrackedJob`."""

    title: str
    status: Status
    failure: str | None = None


@dataclass(frozen=True)
class PatternConfirmation:
    """`by` did something to the watch of all jobs that match a pattern. `key` as in `Pattern`. `jobs` counts those that
    matched `at` that time; the `worst` of them are named. `until` is when the maintenance ends that mutes them all.
    After the watch ended, `still_watched` counts those that are watched in another way."""

    deed: Deed
    key: str
    by: str
    at: datetime
    to_person: bool = False
    status_filter: StatusFilter = field(default_factory=StatusFilter)
    jobs: int = 0
    worst: tuple[JobThen, ...] = ()
    contact: Contact = NO_CONTACT
    reminding: Reminding = NO_REMINDING
    until: datetime | None = None
    still_watched: int = 0
    kind: Literal["pattern_confirmation"] = "pattern_confirmation"

    @property
    def glob(self) -> str | None:
        """The pattern as commands spell it; None means all jobs."""
        return glob_of(self.key)

    @property
    def subject(self) -> Subject:
        return Subject(self.key)


@dataclass(frozen=True)
class SilenceConfirmation:
    """`by` began maintenance of the `jobs` that match at a channel or, if `to_person`, for themselves, or moved its
    end."""

    key: str
    by: str
    at: datetime
    until: datetime
    jobs: int
    reason: str | None = None
    to_person: bool = False
    deed: Literal[Deed.MUTED] = Deed.MUTED
    kind: Literal["silence_confirmation"] = "silence_confirmation"

    @property
    def glob(self) -> str | None:
        """The pattern as commands spell it; None means all jobs."""
        return glob_of(self.key)

    @property
    def subject(self) -> Subject:
        return Subject(self.key, mute=True)


@dataclass(frozen=True)
class SettingsConfirmation:
    """`by` changed the settings of a channel or, if `to_person`, their own, from `before` to `after`."""

    before: ChannelSettings
    after: ChannelSettings
    by: str
    at: datetime
    to_person: bool = False
    kind: Literal["settings_confirmation"] = "settings_confirmation"

    @property
    def deed(self) -> Deed:
        return Deed.CHANGED

    @property
    def subject(self) -> Subject:
        """None replaces another: each says only what it changed."""
        return Subject(f"settings {self.at.isoformat()}")


Confirmation = JobConfirmation | PatternConfirmation | SilenceConfirmation | SettingsConfirmation
