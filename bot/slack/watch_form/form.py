"""The state of the watch form. Pure."""

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain.destination import is_direct_message, is_group_id, is_person
from bot.domain.job import Status, Target
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
    a pattern. `group` is a user group that is the owner: Slack has no menu of groups.
    """

    channel: str
    command: str
    job: Target | None = None
    to: str | None = None
    unlisted: str | None = None
    title: str = ""
    matches: int = 0
    group: str | None = None

    @property
    def is_direct(self) -> bool:
        """Whether it was opened in direct messages, or in no place."""
        return is_direct_message(self.channel)

    @property
    def is_elsewhere(self) -> bool:
        """Whether it was opened in no place of the bot's: `channel` is the person then."""
        return is_person(self.channel)


@dataclass(frozen=True)
class Form:
    """What the fields hold. `title` is the job's name, `what` a word of `StatusFilter` or `SOME` for `statuses`.

    The owner, a person, and the runbook have fields if it `shows_more`.
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

    @classmethod
    def of(
        cls,
        origin: Origin,
        to: str | None,
        status_filter: StatusFilter | None,
        job: Target | None = None,
        title: str = "",
        contact: Contact = NO_CONTACT,
    ) -> "Form":
        """The form as it is opened, filled in with what the command named."""
        place = Recipient.HERE if to in (None, origin.channel) or (to == ME and origin.is_direct) else Recipient.CHANNEL
        place = Recipient.ME if to == ME and not origin.is_direct else place
        status_filter = status_filter or StatusFilter()
        channel = to if place is Recipient.CHANNEL else None
        statuses = () if status_filter.word else status_filter.statuses
        owner, runbook = (None if value == NONE else value for value in (contact.owner, contact.runbook))
        is_group = owner is not None and is_group_id(owner)
        return cls(
            replace(origin, group=owner if is_group else None),
            job,
            title,
            place,
            channel,
            status_filter.word or SOME,
            statuses,
            None if is_group else owner,
            runbook or "",
            bool(owner or runbook),
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
    def is_change(self) -> bool:
        """Whether it changes the subscription that it was opened for, rather than making another."""
        to = None if self.origin.to == ME and self.origin.is_direct else self.origin.to
        return self.job is not None and (self.job, self.to) == (self.origin.job, to)
