"""Posts a digest where it belongs: in the channel, or in the thread of its incidents; and records both."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from bot.domain.destination import Destination
from bot.domain.incident import Incident, Posted
from bot.domain.notification.confirmations import Confirmation, Deed
from bot.domain.notification.digest import Digest, ListPart, Queue
from bot.notify.digest import list_behind
from bot.notify.messenger import InThread, Messenger, ThreadGone
from bot.notify.observing import Observer
from bot.notify.threads import Plan, job_items, plan
from bot.notify.updates import MessageUpdates, Shown
from bot.store import deliveries, pauses
from bot.store.channels import settings
from bot.store.database import Database
from bot.store.incidents import reading, reminding, writing
from bot.store.incidents import updates as due_updates

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Accepted:
    """A digest that Slack accepted, and what becomes of its incidents.

    `shown` is the message above that already shows them; `lost` the thread that turned out to be gone. A list of all
    its jobs goes into the thread `list_thread`, into the channel if that is None.
    """

    posted: Posted
    plan: Plan
    shown: Posted | None = None
    lost: str | None = None
    list_thread: str | None = None


class Poster:
    """Posts, and settles what was accepted. The dispatcher says when."""

    def __init__(
        self, database: Database, messenger: Messenger, updates: MessageUpdates, observer: Observer | None = None
    ) -> None:
        self._database = database
        self._messenger = messenger
        self._updates = updates
        self._observer = observer

    async def post(self, destination: Destination, digest: Digest) -> Accepted:
        """Post a digest. Raises what `Messenger.deliver` raises but `ThreadGone`, and `DatabaseFault`.

        Slack accepts a reply to a message that was deleted, where nobody finds it. So the message is updated first,
        which shows whether it is there; if that can't be known now, the reply shows in the channel, too.
        """
        if digest.part:
            return await self._post_part(destination, digest, digest.part)
        incidents, threads = await self._known(destination, digest)
        accepted = await self._post(destination, digest, incidents, threads=threads)
        return replace(accepted, list_thread=(accepted.plan.thread or accepted.posted.ts) if threads else None)

    async def _post_part(self, destination: Destination, digest: Digest, part: ListPart) -> Accepted:
        """Post a part of a list below its message or, if nobody can reply there, by itself."""
        if part.thread is not None:
            try:
                reply = InThread(part.thread, broadcast=False)
                return Accepted(await self._messenger.deliver(destination, digest, reply), Plan())
            except ThreadGone as gone:
                log.info("no reply can be posted in a thread; it goes to the channel", why=gone.why)
        return Accepted(await self._messenger.deliver(destination, digest), Plan())

    async def _post(
        self, destination: Destination, digest: Digest, incidents: Sequence[Incident], *, threads: bool
    ) -> Accepted:
        planned = plan(digest, incidents, threads=threads)
        if planned.thread is None:
            return Accepted(await self._messenger.deliver(destination, digest), planned)
        shown = await self._show(destination, planned)
        if shown is not Shown.GONE:
            taken = all(one.acknowledged is not None for one in planned.changed)
            broadcast = planned.broadcast or shown is Shown.UNKNOWN
            reply = InThread(planned.thread, broadcast=broadcast, acknowledged=taken)
            try:
                posted = await self._messenger.deliver(destination, digest, reply)
                return Accepted(posted, planned, shown=planned.parent if shown is Shown.DONE else None)
            except ThreadGone as gone:
                log.info("no reply can be posted in a thread; it goes to the channel", why=gone.why)
        lost = planned.thread
        rest = [replace(one, thread=None, message=None) if one.thread == lost else one for one in incidents]
        planned = plan(digest, rest, threads=threads)
        return Accepted(await self._messenger.deliver(destination, digest), planned, lost=lost)

    async def _known(self, destination: Destination, digest: Digest) -> tuple[Sequence[Incident], bool]:
        """The open incidents of the digest's jobs, and whether people want threads there."""
        if not digest.jobs:
            return [], True
        dataflows = {item.ref.dataflow for item in job_items(digest)}
        async with self._database.reading() as session:
            incidents = await reading.open_at(session, destination, dataflows)
            return incidents, (await settings.read(session, destination)).threads

    async def _show(self, destination: Destination, planned: Plan) -> Shown:
        """Show in the first message what the reply says."""
        if planned.parent is None:
            return Shown.UNKNOWN
        async with self._database.reading() as session:
            shown = await reading.shown_by(session, destination.workspace, planned.parent)
        after = {one.id: one for one in planned.changed}
        return await self._updates.before_alert(planned.parent, [after.get(one.id, one) for one in shown])

    async def settle(self, queue: Queue, digest: Digest, accepted: Accepted) -> None:
        """Write in one transaction what was delivered, the list of all its jobs, and what becomes of the incidents. May
        be repeated, also if the message was posted twice: the first counts."""
        now, planned, posted = datetime.now(UTC), accepted.plan, accepted.posted
        async with self._database.writing() as session:
            behind = list_behind(digest, accepted.list_thread)
            if not await deliveries.settle_delivered(session, queue, digest.deliveries, posted.ts, now, behind):
                return
            if any(isinstance(item, Confirmation) and item.deed is Deed.RESUMED for item in digest.items):
                await pauses.resume(session, queue.destination, now)  # the destination's others
            if accepted.lost is not None:
                await due_updates.forget_thread(session, queue.destination, accepted.lost)
            instead = (posted, planned.shows_incidents) if planned.thread is None else None
            changed = await writing.go_on(session, planned.changed, now, shown=accepted.shown, instead=instead)
            shows = planned.shows_incidents
            begun = writing.begin(session, queue.destination, planned.opened, posted, shows_incidents=shows)
            await reminding.plan(session, queue.destination, [*changed, *begun], now)
        if self._observer and planned.shows_incidents and len(planned.opened) == 1:
            self._observer.observe(queue.destination, planned.opened[0], posted)
