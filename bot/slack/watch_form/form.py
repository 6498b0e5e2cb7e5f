"""The state of the watch form. Pure."""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from bot.domain.destination import is_direct_message, is_group_id, is_person
from bot.domain.job import Status, Target
from bot.domain.reminding import NO_ESCALATION, NO_REMINDERS, NO_REMINDING, Escalation, Failing, Reminders, Reminding
from bot.domain.status_filter import CHANGES, StatusFilter
from bot.domain.subscription import NO_CONTACT, NONE, Contact
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.patterns import PatternRef

CALLBACK = "watch_form"
STATUSES = tuple(
    map(
        Status.of,
        ("Deploying", "Up and Running", "Running with Warning", "Running with Error", "Undeployed", "Stopped"),
    )
)
SOME = "statuses"
SHOW_MORE = "show_more"  # the action of the button that shows the fields that few need


class Part(StrEnum):
    """A field of the form; also the ID of its block."""

    JOB = "job"
    PLACE = "place"
    CHANNEL = "channel"
    WHAT = "what"
    STATUSES = "statuses"
    OWNER = "owner"
    RUNBOOK = "runbook"
    REMIND = "remind"
    TELL = "tell"
    AFTER = "after"

    @property
    def action(self) -> str:
        """The ID of its element."""
        return f"choose_{self}"


class Recipient(StrEnum):
    """Who gets the alerts: the channel where the form was opened (in direct messages, the person), the person, or
    another channel."""

    HERE = "here"
    ME = "me"
    CHANNEL = "channel"


@dataclass(frozen=True)
class Origin:
    """How the form was opened; kept in its private metadata.

    `channel` is where somebody asked for it, or the person if that was nowhere (as with a global shortcut). `command`
    is the bot's command. `job` and `to` name the subscription to change, if there is one, and `title` its job.
    `unlisted` says why the jobs service's list can't be searched. `matches` is how many jobs the person saw to match
    a pattern. `group` is a user group that is the owner, `told_group` one that is told if the job fails for long: Slack
    has no menu of groups.
    """

    channel: str
    command: str
    job: Target | None = None
    to: str | None = None
    unlisted: str | None = None
    title: str = ""
    matches: int = 0
    group: str | None = None
    told_group: str | None = None

    @property
    def is_direct(self) -> bool:
        """Whether it was opened in direct messages, or in no place."""
        return is_direct_message(self.channel)

    @property
    def is_elsewhere(self) -> bool:
        """Whether it was opened in no place of the bot's: `channel` is the person then."""
        return is_person(self.channel)


@dataclass(frozen=True)
class Span:
    """How long a job must fail, in which sense: the choice of a menu."""

    length: timedelta
    during: Failing = Failing.ERROR


USUAL_ESCALATION = Span(timedelta(minutes=15))


@dataclass(frozen=True)
class Form:
    """What the fields hold. `title` is the job's name, `what` a word of `StatusFilter` or `SOME` for `statuses`.

    The owner, a person, and the runbook have fields if it `shows_more`; so have how often to `remind`, and the person
    to `tell` `after` a while.
    """

    origin: Origin
    job: Target | PatternRef | None = None
    title: str = ""
    place: Recipient = Recipient.HERE
    channel: str | None = None
    what: str = CHANGES
    statuses: tuple[Status, ...] = ()
    owner: str | None = None
    runbook: str = ""
    shows_more: bool = False
    remind: Span | None = None
    tell: str | None = None
    after: Span = USUAL_ESCALATION

    @classmethod
    def of(
        cls,
        origin: Origin,
        to: str | None,
        status_filter: StatusFilter | None,
        job: Target | None = None,
        title: str = "",
        contact: Contact = NO_CONTACT,
        reminding: Reminding = NO_REMINDING,
    ) -> "Form":
        """The form as it is opened, filled in with what the command named."""
        place = Recipient.HERE if to in (None, origin.channel) or (to == ME and origin.is_direct) else Recipient.CHANNEL
        place = Recipient.ME if to == ME and not origin.is_direct else place
        status_filter = status_filter or StatusFilter()
        channel = to if place is Recipient.CHANNEL else None
        statuses = () if status_filter.word else status_filter.statuses
        owner, runbook = (None if value == NONE else value for value in (contact.owner, contact.runbook))
        is_group = owner is not None and is_group_id(owner)
        reminding = NO_REMINDING.changed_by(reminding)
        reminders, escalation = reminding.reminders, reminding.escalation
        told = escalation.to if escalation else None
        told_group = told if told is not None and is_group_id(told) else None
        return cls(
            replace(origin, group=owner if is_group else None, told_group=told_group),
            job,
            title,
            place,
            channel,
            status_filter.word or SOME,
            statuses,
            None if is_group else owner,
            runbook or "",
            bool(owner or runbook or reminders or escalation),
            Span(reminders.every, reminders.during) if reminders else None,
            None if told_group else told,
            Span(escalation.after, escalation.during) if escalation else USUAL_ESCALATION,
        )

    @property
    def to(self) -> str | None:
        """The recipient as in a command: None for where the form was opened, `ME`, or a channel's ID."""
        if self.place is Recipient.ME:
            return None if self.origin.is_direct else ME
        return self.channel if self.place is Recipient.CHANNEL and self.channel != self.origin.channel else None

    @property
    def status_filter(self) -> StatusFilter:
        return StatusFilter.of(self.statuses) if self.what == SOME else StatusFilter(self.what)

    @property
    def contact(self) -> Contact:
        """What changes of the contact: nothing without its fields. A field that is left empty clears it in a
        subscription that is changed."""
        if not self.shows_more:
            return NO_CONTACT
        empty = NONE if self.is_change else None
        owner = self.owner or (self.origin.group if not self.is_change else None)
        return Contact(owner or (None if self.origin.group else empty), self.runbook or empty)

    @property
    def told(self) -> str | None:
        """Who is told if the job fails for long: the person or, in place of one, the group."""
        return self.tell or self.origin.told_group

    @property
    def reminding(self) -> Reminding:
        """What changes of the reminders and the escalation, in the same way."""
        if not self.shows_more:
            return NO_REMINDING
        reminders = Reminders(self.remind.length, self.remind.during) if self.remind else None
        escalation = Escalation(self.told, self.after.length, self.after.during) if self.told else None
        if self.is_change:
            return Reminding(reminders or NO_REMINDERS, escalation or NO_ESCALATION)
        return Reminding(reminders, escalation)

    @property
    def is_change(self) -> bool:
        """Whether it changes the subscription that it was opened for, rather than making another."""
        to = None if self.origin.to == ME and self.origin.is_direct else self.origin.to
        return self.job is not None and (self.job, self.to) == (self.origin.job, to)
