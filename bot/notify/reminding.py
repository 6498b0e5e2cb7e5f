"""The decision about an incident whose reminder or escalation is due: what is announced now, and when to look again.
Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.destination import Destination
from bot.domain.incident import DueIncident
from bot.domain.notification.reminders import Escalated, Reminder
from bot.domain.reminding import Escalation, Failing, Reminders
from bot.domain.subscription import NO_CONTACT, Contact

# When to look again at a job that is muted or paused, in quiet hours, or that doesn't fail at the moment.
_RECHECK = timedelta(minutes=5)
# When to look again while an alert waits for delivery, or a job hasn't been polled.
_SOON = timedelta(seconds=10)
# What comes so much later than planned is still in rhythm.
_ON_TIME = timedelta(minutes=1)


@dataclass(frozen=True)
class Decision:
    """Whether a reminder is posted or somebody is told, and when either is due next; None if it isn't until an alert
    says that the job changed."""

    reminds: bool = False
    escalates: bool = False
    reminder_at: datetime | None = None
    escalation_at: datetime | None = None


def decide(due: DueIncident, now: datetime, *, polled_after: datetime) -> Decision:
    """Decide about an incident. A job that wasn't polled after that time may have recovered by now."""
    escalates, escalation_at = _escalation(due, now, polled_after)
    reminds, reminder_at = _reminder(due, now, polled_after)
    # Who is told is told by the same post that the job still fails.
    return Decision(reminds and not escalates, escalates, reminder_at, escalation_at)


def announced(
    due: DueIncident, decision: Decision, now: datetime
) -> Sequence[tuple[Destination, Reminder | Escalated]]:
    """What is announced, and where: to the watch's destination or, if it is a person's own, to whom they named."""
    place, reminding = due.watch.destination, due.watch.reminding
    if decision.reminds and reminding.reminders is not None:
        return [(place, _reminder_of(due, reminding.reminders, now))]
    if decision.escalates and reminding.escalation is not None:
        told = _escalation_of(due, reminding.escalation, now)
        return [(place if told.watched_by is None else Destination(place.workspace, told.to), told)]
    return []


def _reminder_of(due: DueIncident, reminders: Reminders, now: datetime) -> Reminder:
    job = due.watch.job
    failing_since, is_exact = due.seen_failing_since(reminders.during)
    return Reminder(
        ref=job.ref,
        title=job.title,
        status=job.status,
        since=job.status_since,
        failing_since=failing_since,
        failing_is_exact=is_exact,
        at=now,
        followed=job.followed,
        since_is_exact=job.since_is_exact,
        version=job.version,
    )


def _escalation_of(due: DueIncident, escalation: Escalation, now: datetime) -> Escalated:
    job, place, runbook = due.watch.job, due.watch.destination, due.watch.contact.runbook
    is_elsewhere = place.is_person and place.id != escalation.to
    failing_since, is_exact = due.seen_failing_since(escalation.during)
    return Escalated(
        ref=job.ref,
        title=job.title,
        status=job.status,
        since=job.status_since,
        failing_since=failing_since,
        failing_is_exact=is_exact,
        at=now,
        to=escalation.to,
        followed=job.followed,
        since_is_exact=job.since_is_exact,
        version=job.version,
        watched_by=place.id if is_elsewhere else None,
        contact=Contact(None, runbook) if is_elsewhere else NO_CONTACT,  # else it's as it is when it's delivered
    )


def _reminder(due: DueIncident, now: datetime, polled_after: datetime) -> tuple[bool, datetime | None]:
    reminders, at = due.watch.reminding.reminders, due.reminder_at
    if at is None or reminders is None:
        return False, None
    if at > now:  # not later than it can be, even if the clock was set back
        return False, min(at, now + reminders.every)
    if again := _obstacle(due, reminders.during, now, polled_after):
        return False, again
    # After a downtime there is one, and the rhythm goes on from there.
    return True, (at if now - at < _ON_TIME else now) + reminders.every


def _escalation(due: DueIncident, now: datetime, polled_after: datetime) -> tuple[bool, datetime | None]:
    escalation, at = due.watch.reminding.escalation, due.escalation_at
    if at is None or escalation is None:
        return False, None
    if at > now:
        return False, min(at, now + escalation.after)
    if again := _obstacle(due, escalation.during, now, polled_after):
        return False, again
    # A gap in between delays nobody who is to be told.
    began = due.failing_since.get(escalation.during, due.watch.job.status_since)
    if began + escalation.after > now:  # it recovered in between
        return False, began + escalation.after
    return (False, None) if _was_told(due, began) else (True, None)


def _was_told(due: DueIncident, began: datetime) -> bool:
    """Whether somebody was told since it began to fail. If somebody took care after that, and yet it changed, it counts
    anew."""
    told, taken = due.incident.escalated_at, due.incident.acknowledged
    return told is not None and told >= began and not (taken is not None and taken.at >= told)


def _obstacle(due: DueIncident, during: Failing, now: datetime, polled_after: datetime) -> datetime | None:
    """When to look again if nothing may be announced now; None if it may."""
    job = due.watch.job
    if due.is_behind or (job.failure is None and job.polled_at < polled_after):
        return now + _SOON
    if not due.watch.is_live or due.is_quiet or job.failure is not None or not during.includes(job.status):
        return now + _RECHECK
    return None
