"""Reminders and escalation: how often a destination is reminded that a job still fails, and who is notified if it does
for long."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.job import Status
from bot.domain.status_filter import is_error, is_problem

SHORTEST_REMINDERS, LONGEST_REMINDERS = timedelta(minutes=5), timedelta(hours=24)
SHORTEST_ESCALATION, LONGEST_ESCALATION = timedelta(minutes=1), timedelta(hours=24)


class Failing(StrEnum):
    """In which statuses a job counts as failing: as in the filters `errors` and `problems`. The values are stored."""

    ERROR = "error"
    PROBLEM = "problem"

    def includes(self, status: Status) -> bool:
        """Whether a job in this status fails in this sense."""
        return is_error(status) if self is Failing.ERROR else is_problem(status)


@dataclass(frozen=True)
class Reminders:
    """A reminder `every` so often, as long as the job fails and nobody takes care of it."""

    every: timedelta
    during: Failing = Failing.ERROR

    @property
    def is_possible(self) -> bool:
        return self == NO_REMINDERS or SHORTEST_REMINDERS <= self.every <= LONGEST_REMINDERS


@dataclass(frozen=True)
class Escalation:
    """A person or a user group (`to`, a Slack ID) is notified once the job has failed for so long, and nobody takes
    care of it."""

    to: str
    after: timedelta
    during: Failing = Failing.ERROR

    @property
    def is_possible(self) -> bool:
        return self == NO_ESCALATION or SHORTEST_ESCALATION <= self.after <= LONGEST_ESCALATION


# As a change: end what there is.
NO_REMINDERS, NO_ESCALATION = Reminders(timedelta()), Escalation("none", timedelta())


@dataclass(frozen=True)
class Reminding:
    """What follows an alert while nobody acts. As a change to another, None keeps a part; `NO_REMINDERS` and
    `NO_ESCALATION` end it."""

    reminders: Reminders | None = None
    escalation: Escalation | None = None

    @property
    def tells(self) -> str | None:
        """Who is told once it has failed for long; None if nobody is."""
        return self.escalation.to if self.escalation else None

    def changed_by(self, change: "Reminding") -> "Reminding":
        """This one after a change."""
        reminders, escalation = change.reminders or self.reminders, change.escalation or self.escalation
        return Reminding(
            None if reminders == NO_REMINDERS else reminders, None if escalation == NO_ESCALATION else escalation
        )

    def completed_by(self, other: "Reminding") -> "Reminding":
        """This one, with what it lacks taken from another."""
        return Reminding(self.reminders or other.reminders, self.escalation or other.escalation)

    def next_reminder(self, status: Status, alerted_at: datetime) -> datetime | None:
        """When a reminder is due after an alert about a job's status; None if none is."""
        reminders = self.reminders
        return alerted_at + reminders.every if reminders and reminders.during.includes(status) else None

    def next_escalation(self, status: Status, since: datetime, planned: datetime | None) -> datetime | None:
        """When somebody may have to be notified, now that a job has changed to a status. A time that is `planned` for
        what it failed with before counts, if it's earlier."""
        escalation = self.escalation
        if escalation is None or not escalation.during.includes(status):
            return None
        at = since + escalation.after
        return at if planned is None else min(at, planned)

    @property
    def is_possible(self) -> bool:
        """Whether all times are within their bounds."""
        return all(part.is_possible for part in (self.reminders, self.escalation) if part is not None)


NO_REMINDING = Reminding()
