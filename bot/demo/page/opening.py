"""What stands in the first channel when the visitor comes: an incident of this morning, in its thread.

The job is really watched. Only the messages of the past are prepared, with the bot's own views.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.demo.page.gallery.cast import ADA, CHANGES, COMMAND, ERROR, INVENTORY, OPS, UP, WARNING, Cast
from bot.demo.slack.stand_in import GUEST, SlackStandIn
from bot.demo.slack.workspace.messages import Message as Posted
from bot.demo.world import World
from bot.domain.incident import Acknowledgement, Incident
from bot.domain.job import Status
from bot.domain.notification.digest import Path
from bot.slack.messages.alerts.actions import Above
from bot.slack.messages.alerts.incident import incident_message
from bot.slack.messages.alerts.jobs import alert
from bot.slack.messages.blocks import Message
from bot.slack.messages.confirmations import now_watching


async def prepare(world: World) -> None:
    """Watch the job, and put what happened before into the channel."""
    slack = world.slack
    before = len(slack.messages)
    await slack.command(f"watch {INVENTORY}", user=ADA, channel=OPS, command=COMMAND)
    await slack.until(lambda: len(slack.messages) > before, timeout=20, seen=slack.messages)
    del slack.messages[before:]
    slack.messages.extend(_Past(slack, datetime.now(UTC)).messages())
    world.live_from = slack.timestamp()


@dataclass(frozen=True)
class _Past:
    slack: SlackStandIn
    now: datetime

    def messages(self) -> Iterator[Posted]:
        """In the order in which they were posted."""
        cast = Cast(self.now)
        yield self._by_person(ADA, 74, f"The stock counts in the shop come from {INVENTORY}. I'm watching it here.")
        watching = now_watching(cast.tracked(INVENTORY), CHANGES, by=ADA, to_person=False)
        yield self._by_bot(74, watching)
        incident = self._by_bot(58, incident_message([self._recovered()], self.now))
        incident.edited.append((self.now - timedelta(minutes=35)).timestamp())
        yield incident
        quiet = Above(repeats_buttons=False, acknowledged=True)
        yield self._by_person(ADA, 56, "On it. The broker is restarting.", incident)
        yield self._by_bot(49, alert(self._path(49, ERROR, WARNING, lasted=9), above=quiet), incident)
        yield self._by_person(GUEST.id, 47, "The lag is going down on our side, too.", incident)
        recovered = self._by_bot(35, alert(self._path(35, WARNING, UP, lasted=14)), incident)
        recovered.broadcast = True
        yield recovered
        yield self._by_person(ADA, 31, "Thanks. Ben, would you watch orders-to-lake today?")

    def _recovered(self) -> Incident:
        taken = Acknowledgement(ADA, self.now - timedelta(minutes=56))
        return Cast(self.now - timedelta(minutes=35)).recovered(INVENTORY, minutes=23, acknowledged=taken)

    def _path(self, minutes: int, *statuses: Status, lasted: int = 192) -> Path:
        """Changes that ended so many minutes ago. The status before the last one lasted for `lasted` minutes."""
        at = self.now - timedelta(minutes=minutes)
        return Cast(at).path(*statuses, name=INVENTORY, old_since=at - timedelta(minutes=lasted))

    def _by_bot(self, minutes: int, made: Message, incident: Posted | None = None) -> Posted:
        ts = self._ts(minutes)
        thread = incident.ts if incident else None
        return self.slack.workspace.by_bot(OPS, made.text, ts=ts, blocks=list(made.blocks), thread_ts=thread)

    def _by_person(self, user: str, minutes: int, text: str, incident: Posted | None = None) -> Posted:
        thread = incident.ts if incident else None
        return Posted(self._ts(minutes), OPS, text, user=user, thread_ts=thread, via="person")

    def _ts(self, minutes: int) -> str:
        at = self.now - timedelta(minutes=minutes)
        return f"{int(at.timestamp())}.{self.slack.workspace.number():06d}"
