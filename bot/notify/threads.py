"""The decision about a digest's place: in the channel, or in the thread of an incident; and what becomes of the
incidents. Pure.

An incident lasts from the first problem that is delivered until the job works again: a redeployment in between doesn't
end it. A digest goes into a thread only if all of it is about jobs whose incidents share that thread.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.change import Change
from bot.domain.incident import Incident, Posted
from bot.domain.job import Dataflow, JobRef, Status, StatusClass, Target
from bot.domain.notification.digest import Digest, DigestItem, Path
from bot.domain.notification.jobs import JobAvailableAgain, JobRemoved, JobUnavailable, StillFailing
from bot.domain.notification.reminders import Escalated, Reminder
from bot.domain.status_filter import is_problem

_JobItem = Path | StillFailing | JobRemoved | JobUnavailable | JobAvailableAgain | Reminder | Escalated


@dataclass(frozen=True)
class Plan:
    """Where a digest is posted, and the incidents after it.

    `thread` is the ID of the message whose thread it goes into, None for the channel; a reply with `broadcast` shows in
    the channel, too. `opened` are the changes that open an incident; `changed` the incidents that go on or end, as they
    are afterwards. `shows_incidents` says that the post shows nothing but incidents that begin with it: it is kept up
    to date.
    """

    thread: str | None = None
    broadcast: bool = False
    opened: tuple[Change, ...] = ()
    changed: tuple[Incident, ...] = ()
    shows_incidents: bool = False

    @property
    def parent(self) -> Posted | None:
        """The message above the reply, if it is kept up to date."""
        return next((one.message for one in self.changed if one.thread == self.thread and one.message), None)


@dataclass(frozen=True)
class _Outcome:
    """What one item does: to which incidents it belongs (the newest last), and how they are afterwards."""

    incidents: tuple[Incident, ...] = ()
    after: tuple[Incident, ...] = ()
    opens: Change | None = None
    is_loud: bool = False

    @property
    def thread(self) -> str | None:
        return self.incidents[-1].thread if self.incidents else None

    @property
    def begins_message(self) -> bool:
        """Whether the post is the first message of this incident, or takes the place of a deleted one."""
        goes_on = any(one.is_open for one in self.after)
        return self.opens is not None or (goes_on and self.thread is None)


def job_items(digest: Digest) -> Sequence[_JobItem]:
    """The items that can belong to an incident."""
    return [item for item in digest.items if isinstance(item, _JobItem)]


def plan(digest: Digest, incidents: Sequence[Incident], *, threads: bool) -> Plan:
    """Decide about a digest, given the destination's open incidents; `threads` is what people chose there."""
    outcomes = [_outcome(item, incidents) for item in digest.items]
    after = {one.id: one for one in incidents}
    for outcome in outcomes:
        after |= {one.id: _newer(after[one.id], one) for one in outcome.after}
    shared = {outcome.thread for outcome in outcomes}
    thread = shared.pop() if threads and len(shared) == 1 else None
    touched = {one.id for outcome in outcomes for one in (*outcome.incidents, *outcome.after)}
    return Plan(
        thread=thread,
        broadcast=thread is not None and any(outcome.is_loud for outcome in outcomes),
        opened=tuple(outcome.opens for outcome in outcomes if outcome.opens is not None),
        changed=tuple(one for id, one in after.items() if id in touched),
        shows_incidents=thread is None and all(outcome.begins_message for outcome in outcomes),
    )


def _newer(before: Incident, after: Incident) -> Incident:
    """Of two items about one job, the end of the incident counts."""
    return before if before.closed_at is not None else after


def _outcome(item: DigestItem, incidents: Sequence[Incident]) -> _Outcome:
    if not isinstance(item, _JobItem):
        return _Outcome()
    mine = tuple(sorted(_of_job(item.target, item.ref, incidents), key=lambda one: one.id))
    match item:
        case Path():
            return _of_path(item, mine)
        case StillFailing():
            return _of_reminder(item, mine)
        case JobRemoved():
            ended = tuple(replace(one, closed_at=item.at) for one in mine)
            return _Outcome(mine, ended, is_loud=True)
        case Reminder() | Escalated():
            return _Outcome(mine, mine, is_loud=isinstance(item, Escalated))
    return _Outcome(mine)


def _of_path(path: Path, mine: tuple[Incident, ...]) -> _Outcome:
    change = path.last
    if mine and _is_well(path.statuses[0]):
        # It recovered, but the filter excludes that: what begins now is another incident.
        lapsed_at = change.old_since or change.at
        seen_until = None if change.old_since_is_exact else mine[-1].changed_at
        lapsed = _with_status(mine, path.statuses[0], lapsed_at, closed_at=seen_until or lapsed_at)
        return replace(_of_path(path, ()), after=lapsed)
    if not mine:
        return _Outcome(opens=change if is_problem(change.new) and not change.ends else None)
    is_over = change.ends or _is_well(change.new)
    seen_until = None if change.at_is_exact else max(change.old_seen_at or mine[-1].changed_at, mine[-1].opened_at)
    after = _with_status(mine, change.new, change.at, closed_at=seen_until or change.at if is_over else None)
    return _Outcome(mine, after, is_loud=is_over or _is_worse(change.new, mine))


def _of_reminder(item: StillFailing, mine: tuple[Incident, ...]) -> _Outcome:
    if mine:
        after = _with_status(mine, item.status, item.since, closed_at=None)
        return _Outcome(mine, after, is_loud=_is_worse(item.status, mine))
    began = item.change
    return _Outcome(opens=began if began and is_problem(began.new) and not is_problem(began.old) else None)


def _with_status(
    incidents: Iterable[Incident], status: Status, at: datetime, *, closed_at: datetime | None
) -> tuple[Incident, ...]:
    return tuple(replace(one, status=status, changed_at=at, closed_at=closed_at) for one in incidents)


def _of_job(target: Target, ref: JobRef, incidents: Sequence[Incident]) -> Sequence[Incident]:
    """The incidents of a job. A destination may watch it by its name and by its run, and is notified in one way."""
    exact = [one for one in incidents if one.target == target]
    return exact or [
        one
        for one in incidents
        if isinstance(one.target, Dataflow) != isinstance(target, Dataflow) and one.opening.ref == ref
    ]


def _is_well(status: Status) -> bool:
    return status.status_class is StatusClass.HEALTHY


def _is_worse(status: Status, than: Sequence[Incident]) -> bool:
    return status.status_class.severity < than[-1].status.status_class.severity
