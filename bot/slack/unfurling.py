"""Links to jobs that people post: the job's present status is shown below the message.

Everybody in the channel sees it, so it is shown only where all of them may look the job up themselves. Nobody asked
for it, so whatever goes wrong, nothing is said.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from cachetools import LRUCache
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain.destination import Destination, is_conversation_id, is_direct_message
from bot.domain.job import Job, Target
from bot.domain.links.reading import LinkReader
from bot.informatica.errors import JobsServiceError
from bot.slack import request as requests
from bot.slack.api.events import LINK_SHARED
from bot.slack.api.messenger import SlackMessenger
from bot.slack.authorization import Authorization
from bot.slack.messages.look_up import unfurled_job
from bot.slack.request import SharedLinks, Unreadable
from bot.store.database import Database, DatabaseFault
from bot.store.lists import watch_list
from bot.tasks import Full, Tasks

log = structlog.get_logger(__name__)

_MOST_JOBS = 5  # of a message
_LIMIT_S = 2.0  # for each look-up
_LOOK_UPS_AT_ONCE = 4
_MESSAGES_AT_ONCE, _MESSAGES_EACH = 20, 3  # of one person
_REMEMBERED = 1_000  # events, to recognise a second delivery
_MESSAGE_FIELD = "COMPOSER"  # what Slack calls the channel of a message that isn't posted yet


class Unfurling:
    """Owns `tasks`, the messages whose links are being looked up. `links` reads links to jobs; None: there are none."""

    def __init__(
        self,
        database: Database,
        look_up: Callable[[Target], Awaitable[Job]],
        messenger: SlackMessenger,
        authorization: Authorization,
        links: LinkReader | None,
    ) -> None:
        self._database = database
        self._look_up = look_up
        self._messenger = messenger
        self._authorization = authorization
        self._links = links
        self._slots = asyncio.Semaphore(_LOOK_UPS_AT_ONCE)
        self._seen: LRUCache[str, bool] = LRUCache(_REMEMBERED)
        self.tasks = Tasks("links", limit=_MESSAGES_AT_ONCE, per_owner=_MESSAGES_EACH)

    def register(self, app: AsyncApp) -> None:
        app.event(LINK_SHARED)(self.on_links)

    async def on_links(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        try:
            shared = requests.of_links(body)
        except Unreadable as unreadable:
            log.error("an event can't be read", why=str(unreadable))
            return
        jobs = self._jobs(shared)
        if not jobs or shared.key in self._seen or not _is_shown_to_members(shared):
            log.debug("no link that can be shown", channel=shared.channel)
            return
        self._seen[shared.key] = True
        try:
            self.tasks.start(self._unfurl(shared, jobs), owner=shared.asker.user)
        except Full:
            log.debug("too many links are being looked up")

    def _jobs(self, shared: SharedLinks) -> Mapping[Target, str]:
        """The jobs, each with the first link to it."""
        found: dict[Target, str] = {}
        for url in shared.urls if self._links else ():
            target = self._links.read(url.replace("&amp;", "&")) if self._links else None
            if target is not None and len(found) < _MOST_JOBS:
                found.setdefault(target, url)
        return found

    async def _unfurl(self, shared: SharedLinks, jobs: Mapping[Target, str]) -> None:
        if not await self._authorization.may_show(shared.asker, shared.channel):
            log.debug("links aren't shown in this channel", channel=shared.channel)
            return
        place = shared.asker.user if is_direct_message(shared.channel) else shared.channel
        here = Destination(shared.asker.workspace, place)
        found = await asyncio.gather(*(self._shown(target, here) for target in jobs))
        unfurls = {url: blocks for url, blocks in zip(jobs.values(), found, strict=True) if blocks}
        if unfurls and (code := await self._messenger.unfurl(shared.channel, shared.ts, unfurls)):
            log.debug("links could not be shown", code=code)

    async def _shown(self, target: Target, here: Destination) -> list[dict[str, Any]] | None:
        """The blocks of a job, with the watch of the place where they are shown; None if it can't be looked up in
        time."""
        try:
            async with self._slots, asyncio.timeout(_LIMIT_S):
                job = await self._look_up(target)
                async with self._database.reading() as session:
                    watched = await watch_list.find(session, here, target)
        except (JobsServiceError, DatabaseFault, TimeoutError) as error:
            log.debug("a linked job can't be looked up", error=repr(error))
            return None
        return list(unfurled_job(job, target, now=datetime.now(UTC), watched=watched).blocks)


def _is_shown_to_members(shared: SharedLinks) -> bool:
    """Not in a channel with another company. A preview in a message field isn't shown either: where the message will go
    isn't known, and Slack sends the event again once it is posted."""
    return not shared.is_shared and is_conversation_id(shared.channel) and shared.channel != _MESSAGE_FIELD
