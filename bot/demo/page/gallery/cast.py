"""The people, places and jobs of the examples."""

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.demo.informatica.stand_in import DEMO_JOBS
from bot.demo.slack.stand_in import ADMIN, MEMBER
from bot.demo.slack.workspace.app import App
from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.history.recorded import History, Recorded
from bot.domain.incident import Incident
from bot.domain.job import Job, JobRef, Status
from bot.domain.job_search import NamedJob
from bot.domain.notification.digest import Digest, DigestItem, Path
from bot.domain.pattern import Pattern
from bot.domain.status_filter import StatusFilter
from bot.domain.subscription import Subscription, WatchedPage
from bot.domain.tracked_job import Gap, TrackedJob

COMMAND = "/job"
# What the client of the jobs service says of its faults: why, and what to do.
BUSY = "the jobs service is busy"
BUSY_REMEDY = "Try again in a few minutes. Watched jobs are checked again automatically, less often."
TIMED_OUT, LOGIN_REFUSED = "the jobs service didn't answer in time", "the jobs service refused the bot's login"
GROUP = "S0DEMOOPS1"  # a user group
OPS, OTHER = "C0DEMOOPS1", "C0DEMOGEN1"
ADA, BEN = ADMIN.id, MEMBER.id
HERE = Destination(App().team_id, OPS)
UP, WARNING, ERROR, DEPLOYING, UNDEPLOYED, STOPPED = map(
    Status.of,
    ("Up and Running", "Running with Warning", "Running with Error", "Deploying", "Undeployed", "Stopped"),
)
REFS = {name: JobRef(dataflow, run) for name, dataflow, run in DEMO_JOBS}
ORDERS, CLICKS, PAYMENTS, INVENTORY, FRAUD, TELEMETRY = REFS
CHANGES, PROBLEMS, ERRORS = StatusFilter(), StatusFilter("problems"), StatusFilter("errors")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Gaps = Sequence[tuple[float, float]]  # how many hours ago each began and ended, the latest first
_LASTED = 3 * HOUR + 12 * MINUTE


@dataclass(frozen=True)
class Cast:
    """Jobs as they are at `now` (aware UTC)."""

    now: datetime

    def ago(self, **spans: float) -> datetime:
        return self.now - timedelta(**spans)

    def change(self, old: Status, new: Status, name: str = ORDERS, **more: Any) -> Change:
        """A change of a followed job just now. The old status `lasted` for three hours."""
        at = more.pop("at", self.now)
        began: dict[str, Any] = {"old_since": at - more.pop("lasted", _LASTED), "old_since_is_exact": True}
        began["old_seen_at"] = at
        known: dict[str, Any] = {"version": "12", "started_by": "ada", "followed": True}
        return Change(REFS.get(name) or _ref(name), name, old, new, at=at, **began | known | more)

    def path(self, *statuses: Status, name: str = ORDERS, **more: Any) -> Path:
        """A change, or several in a row."""
        return Path(statuses, self.change(statuses[-2], statuses[-1], name, **more))

    def incident(self, name: str = ORDERS, status: Status = ERROR, *, minutes: float = 0, **more: Any) -> Incident:
        """A job that was well for hours, and fails since so many minutes."""
        at = self.ago(minutes=minutes)
        opening = self.change(UP, status, name, at=at, followed=more.pop("followed", True))
        return Incident(1, HERE, opening.target, opening, status, opened_at=at, changed_at=at, **more)

    def recovered(self, name: str = ORDERS, *, minutes: float = 18, **more: Any) -> Incident:
        """An incident that has just ended, after so many minutes."""
        failing = self.incident(name, minutes=minutes, **more)
        return replace(failing, status=UP, changed_at=self.now, closed_at=self.now)

    def redeployed(self, name: str = ORDERS) -> Path:
        last = self.change(UP, UP, name, old_run=REFS[name].run - 160, old_version="11")
        return Path((UP, UP), last, last)

    def digest(self, *items: DigestItem) -> Digest:
        return Digest(items, (1,))

    def tracked(self, name: str = ORDERS, status: Status = UP, **more: Any) -> TrackedJob:
        ref, since = REFS.get(name) or _ref(name), more.pop("status_since", self.now - _LASTED)
        fields: dict[str, Any] = {"polled_at": self.now, "followed": True, "version": "12", "since_is_exact": True}
        return TrackedJob(1, HERE.workspace, ref, name, status, since, **fields | more)

    def unavailable(self, name: str = PAYMENTS) -> TrackedJob:
        """A job that can't be polled."""
        since = self.ago(minutes=4)
        return self.tracked(name, failure=BUSY, failing_since=since, polled_at=since)

    def history(
        self,
        became: Sequence[tuple[Status, float]] = (),
        period: timedelta = 7 * DAY,
        gaps: Gaps = (),
        name: str = ORDERS,
        **job: Any,
    ) -> History:
        """What is recorded in a period of a job that was Up and Running for months until it became something else so
        many hours ago, the latest first."""
        begun = [self.ago(hours=hours) for _, hours in became] + [self.ago(days=90)]
        old = [status for status, _ in became[1:]] + [UP]
        changes = [
            self.change(before, status, name, at=at, lasted=at - since)
            for (status, _), before, at, since in zip(became, old, begun, begun[1:], strict=False)
        ]
        recent = [change for change in changes if self.now - change.at < period]
        blind = [Gap(self.ago(hours=since), self.ago(hours=until)) for since, until in gaps]
        within = [gap for gap in blind if self.now - gap.until < period]
        tracked = self.tracked(name, became[0][0] if became else UP, **{"status_since": begun[0]} | job)
        last = changes[0] if changes else None
        return History(tracked, Recorded(recent, len(recent), within, last), watched_since=self.ago(days=90))

    def job(self, name: str = ORDERS, status: Status = UP, **more: Any) -> Job:
        """A job as the service describes it."""
        fields: dict[str, Any] = {"location": "Default", "runtime_env": "agents-eu-1", "org_id": "0j7RaCQMkLHc"}
        known: dict[str, Any] = {"started_by": "ada", "deployed_version": "12", "start_time": self.now - _LASTED}
        return Job(REFS[name], status, name, **fields | known | more)

    def named(self, name: str, status: Status | None = UP) -> NamedJob:
        """A job in a search's answer."""
        return NamedJob((REFS.get(name) or _ref(name)).dataflow, name, status)

    def pattern(self, glob: str = "*", jobs: int = 14, **more: Any) -> Pattern:
        return Pattern(1, HERE, glob, BEN, more.pop("status_filter", CHANGES), jobs, **more)

    def subscription(self, job: TrackedJob, status_filter: StatusFilter = CHANGES, **more: Any) -> Subscription:
        return Subscription(1, HERE, job, BEN, status_filter, job.status, **more)

    def watched(self, *subscriptions: Subscription, number: int = 1, pages: int = 1, total: int = 0) -> WatchedPage:
        """A page of what the channel watches. The counts are those of this page."""
        rows = sorted(subscriptions, key=lambda each: (each.job.status.status_class.severity, each.job.title))
        muted = sum(each.muted_until is not None for each in rows)
        pauses = Counter(each.paused_because for each in rows if each.paused_because is not None)
        failures = Counter(each.job.failure for each in rows if each.job.failure is not None)
        return WatchedPage(rows, number, pages, total or len(rows), muted, pauses, failures)


def _ref(name: str) -> JobRef:
    """The IDs of a job that the demo doesn't have: the same for the same name, others for another one."""
    number = zlib.crc32(name.encode())
    return JobRef(f"{number:08x}-4f18-4d3a-a6e5-5b8c2f0d9e43", 47_000 + number % 1_000)
