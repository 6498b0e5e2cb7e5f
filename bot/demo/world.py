"""The parts of the demo: both stand-ins, the bot between them, and what each person has read."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.demo.bot import Bot
from bot.demo.informatica.stand_in import JobsServiceStandIn
from bot.demo.slack.stand_in import ADMIN, GUEST, MEMBER, PARTNER, Channel, Message, SlackStandIn, User

# The people that a visitor can be. At first, they are Ben.
PEOPLE = (MEMBER, ADMIN, GUEST, PARTNER)
JOBS_HOST = "www.example.com"  # where the pages of jobs would be


@dataclass
class World:
    """`live_from` is the `ts` from which on messages are the bot's and the visitor's; those before were prepared."""

    slack: SlackStandIn
    jobs: JobsServiceStandIn
    bot: Bot
    live_from: str = ""
    _read: dict[tuple[str, str], str] = field(default_factory=lambda: defaultdict(str))

    def person(self, name: str) -> User:
        """One of `PEOPLE`, by name. Raises `LookupError`."""
        return self.slack.users[{each.name: each.id for each in PEOPLE}[name]]

    def places(self, person: User) -> list[Channel]:
        """The person's channels, and at the end a member's direct message with the bot."""
        every = self.slack.channels.values()
        mine = [each for each in every if person.id in each.members and each.person is None]
        channels = sorted(mine, key=lambda each: (each.is_archived, each.name))
        return channels if person.team else [*channels, self.slack.direct_message(person.id)]

    def seen_by(self, person: User, place: Channel, messages: Sequence[Message] | None = None) -> list[Message]:
        """Those of the messages, by default of all, that the person can see there, oldest first."""
        every = self.slack.messages if messages is None else messages
        return [each for each in every if each.channel == place.id and each.ephemeral_to in (None, person.id)]

    def unread(self, person: User, place: Channel) -> int:
        """The number of messages that the person hasn't read there."""
        read = self._read[person.id, place.id]
        return sum(each.ts > read and each.user != person.id for each in self.seen_by(person, place))

    def read(self, person: User, place: Channel) -> None:
        """Mark everything there as read by the person."""
        self._read[person.id, place.id] = max((each.ts for each in self.seen_by(person, place)), default="")
