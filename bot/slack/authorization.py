"""Who asks, and what they may do: established once, at the door.

The bot works for one workspace. People of another one, who meet it in a channel that companies share, get one sentence
and nothing else. A channel that is named from elsewhere must be one that the person is in.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from weakref import WeakValueDictionary

import structlog
from cachetools import LRUCache, TTLCache

from bot.domain.channel.permissions import Role
from bot.domain.destination import Destination, is_direct_message
from bot.slack.api.calls import NotAnswered, WebApiError
from bot.slack.api.client import Identity
from bot.slack.api.directory import Directory, Profile
from bot.slack.messages import confirmations, failures
from bot.slack.messages.blocks import Message
from bot.slack.messages.reminding import refusals
from bot.slack.request import NOT_KNOWN, NOT_PUBLIC, NOT_THEIRS, Asker, Reply

log = structlog.get_logger(__name__)

# Seconds. A form must be opened within three of the request, and the person is looked up before.
_PROFILE_LIMIT = 1.5
_CHANNEL_LIMIT = 6.0
_SEES_LIMIT, _SEES_S = 1.0, 60  # how long Slack is awaited, while a menu waits for it, and remembered
_REMEMBERED, _REMEMBERED_S = 5_000, 600  # profiles
_UNASKED_S = 15  # no second question about a person so soon after one that failed: each costs them a wait


class Authorization:
    """Decides who may ask and which channels they may name. `identity` is the bot's own, None until Slack could be
    asked."""

    def __init__(self, directory: Directory, identity: Callable[[], Identity | None]) -> None:
        self._directory = directory
        self._identity = identity
        self._profiles: TTLCache[str, Profile | None] = TTLCache(_REMEMBERED, _REMEMBERED_S)
        self._failures: TTLCache[str, str] = TTLCache(_REMEMBERED, _UNASKED_S)
        self._turns = WeakValueDictionary[str, asyncio.Lock]()
        self._seeing: TTLCache[tuple[str, str], bool] = TTLCache(_REMEMBERED, _SEES_S)
        self._latest: LRUCache[str, Profile] = LRUCache(_REMEMBERED)  # what was known last, while Slack can't be asked

    @property
    def identity(self) -> Identity | None:
        """Who the bot is, None until Slack could be asked."""
        return self._identity()

    async def refusal(self, asker: Asker, again: str, *, anew: bool = False) -> Message | None:
        """What to answer instead of doing what was asked; None if this person may ask. `again` is the line to repeat.
        `anew` to ask Slack who they are by now, because they would change something.

        Never raises, and takes two seconds at most. While Slack can't be asked about a person, what it said last
        counts, else what the payload says of them. If that is nothing, or an organisation that may be ours, they hear
        that it isn't known.
        """
        own = self._identity()
        if own is None:
            may_be_stranger = asker.team not in (None, asker.workspace)
            return failures.workspace_unknown("" if may_be_stranger else again)
        if asker.workspace != own.workspace:
            log.warning("a request for another workspace is refused", workspace=asker.workspace)
            return failures.not_for_strangers()
        if anew:
            self._profiles.pop(asker.user, None)
        try:
            is_member = belongs(asker, await self._profile(asker.user))
        except WebApiError as error:
            log.warning("Slack can't be asked who somebody is", code=error.code)
            if asker.user in self._latest:
                is_member = belongs(asker, self._latest[asker.user])
            elif asker.team is None or asker.team.startswith("E"):
                return failures.workspace_unknown()
            else:
                is_member = asker.team == asker.workspace
        if is_member:
            return None
        log.info("a person of another workspace is refused", team=asker.team)
        return failures.not_for_strangers()

    async def may_show(self, asker: Asker, channel: str) -> bool:
        """Whether everybody in a channel may see what this person may: both belong to this workspace alone. False
        while Slack can't be asked, since what was shown can't be taken back."""
        own = self._identity()
        if own is None or asker.workspace != own.workspace:
            return False
        try:
            async with asyncio.timeout(_CHANNEL_LIMIT):
                is_member = belongs(asker, await self._profile(asker.user))
                return is_member and not await self._directory.is_shared(channel)
        except (WebApiError, TimeoutError) as failure:
            log.debug("Slack can't be asked who sees a channel", failure=repr(failure))
            return False

    async def channel_refusal(self, channel: str, user: str) -> Reply | None:
        """Why this person may not have the bot post to a channel that they name from elsewhere; None if they may."""
        return await self._asked(channel, self._not_for(channel, user, only_public=True))

    async def membership_refusal(self, channel: str, user: str) -> Reply | None:
        """Why this person may not act for a channel, which may be private; None if they are in it."""
        return await self._asked(channel, self._not_for(channel, user, only_public=False))

    async def group_refusal(self, user: str) -> Reply | None:
        """Why this person may not have a user group mentioned; None if they may, as every member may by default.

        What a workspace allows beyond that, and who is in a group, Slack tells no bot without further scopes.
        """
        try:
            profile = await self._profile(user)
        except WebApiError as error:
            return Reply(confirmations.cannot_check_member(error.code))
        if profile is None or profile.is_guest or profile.is_stranger:
            return Reply(confirmations.groups_are_for_members())
        return None

    async def role(self, user: str) -> Role | None:
        """What a person is in the workspace, as last known while Slack can't be asked; None if it never could be."""
        with suppress(WebApiError):
            await self._profile(user)
        latest = self._latest.get(user)
        return Role(latest.is_guest, latest.is_admin) if latest else None

    async def time_zone(self, user: str) -> str | None:
        """The time zone in a person's profile, an IANA name; None if it isn't known."""
        with suppress(WebApiError):
            profile = await self._profile(user)
            return profile.time_zone if profile else None
        return None

    async def is_in(self, channel: str, user: str) -> bool | None:
        """Whether a person is in a channel, or might join one that is too large to be read; None if Slack can't be
        asked."""
        try:
            async with asyncio.timeout(_CHANNEL_LIMIT):
                is_in = await self._directory.has_member(channel, user)
                if is_in is not None:
                    return is_in
                return await self._may_join(channel, user)
        except (WebApiError, TimeoutError) as failure:
            log.warning("Slack can't be asked who is in a channel", error=repr(failure))
            return None

    async def sees(self, channel: str, user: str) -> bool:
        """Whether a person may be shown what a channel watches, in a modal that they opened for it: they may have left
        it since. False while Slack can't be asked. Asked once a minute."""
        if is_direct_message(channel) or (channel, user) in self._seeing:
            return True
        try:
            async with asyncio.timeout(_SEES_LIMIT):
                sees = await self.is_in(channel, user) or await self._may_join(channel, user)
        except (WebApiError, TimeoutError):
            return False
        if sees:
            self._seeing[channel, user] = True
        return sees

    async def _may_join(self, channel: str, user: str) -> bool:
        """Raises `WebApiError`."""
        role = await self.role(user)
        return role is not None and not role.is_guest and await self._directory.is_public(channel)

    async def telling_refusal(self, told: str, place: Destination) -> Reply | None:
        """Why a person can't be told of jobs that are watched at a destination; None if they can: they belong to the
        workspace, and are in the channel where they would be mentioned. In a very large one they may be. Guests, who
        write only to people in their channels, have the bot write to nobody else."""
        try:
            async with asyncio.timeout(_CHANNEL_LIMIT):
                if refused := await self._nobody(told, place.workspace, as_owner=False):
                    return Reply(refused, cannot_tell=told)
                if place.is_person:
                    asker = await self._profile(place.id)
                    is_guest = asker is None or asker.is_guest
                    return Reply(refusals.not_by_guests(), cannot_tell=told) if is_guest else None
                if await self._directory.has_member(place.id, told) is False:
                    return Reply(refusals.not_there(told, place.id), cannot_tell=told)
        except (WebApiError, TimeoutError) as failure:
            code = failure.code if isinstance(failure, WebApiError) else "timed_out"
            return Reply(refusals.cannot_check(told, code), cannot_tell=told)
        return None

    async def owner_refusal(self, owner: str, workspace: str) -> Reply | None:
        """Why a person can't be the owner of a watch; None if they can, or while Slack can't be asked."""
        with suppress(WebApiError, TimeoutError):
            async with asyncio.timeout(_CHANNEL_LIMIT):
                if refused := await self._nobody(owner, workspace, as_owner=True):
                    return Reply(refused, cannot_own=owner)
        return None

    async def _nobody(self, named: str, workspace: str, *, as_owner: bool) -> Message | None:
        """Why nobody would take care of a job if this "person" was called: it is an app, or they don't work here. None
        if somebody would. Raises `WebApiError`."""
        own = self._identity()
        if own is not None and named == own.user_id:
            return refusals.not_myself(as_owner=as_owner)
        profile = await self._profile(named)
        if profile is not None and profile.is_app:
            return refusals.not_an_app(named, as_owner=as_owner)
        is_member = belongs(Asker(workspace, named), profile)
        return None if is_member else refusals.not_a_member(named, as_owner=as_owner)

    async def _asked(self, channel: str, question: Awaitable[Reply | None]) -> Reply | None:
        try:
            async with asyncio.timeout(_CHANNEL_LIMIT):
                return await question
        except (WebApiError, TimeoutError) as failure:
            code = failure.code if isinstance(failure, WebApiError) else "timed_out"
            log.warning("Slack can't be asked about a channel", code=code)
            return Reply(confirmations.cannot_check_channel(channel, code), cannot_deliver=NOT_KNOWN)

    async def _not_for(self, channel: str, user: str, *, only_public: bool) -> Reply | None:
        if only_public and not await self._directory.is_public(channel):
            return Reply(confirmations.only_public_from_elsewhere(channel), cannot_deliver=NOT_PUBLIC)
        is_in = await self._directory.has_member(channel, user)
        if is_in is None:
            profile = await self._profile(user)
            # Everybody but a guest may join a public channel, so a very large one isn't read to its end.
            if profile is None or profile.is_guest or not only_public:
                return Reply(confirmations.too_many_members(channel), cannot_deliver=NOT_THEIRS)
        if is_in is False:
            return Reply(confirmations.only_for_your_channels(channel), cannot_deliver=NOT_THEIRS)
        return None

    async def _profile(self, user: str) -> Profile | None:
        """A profile, at most ten minutes old. However many ask at the same time, Slack is asked once. Raises
        `WebApiError`."""
        turn = self._turns.setdefault(user, asyncio.Lock())
        async with turn:
            return await self._known_profile(user)

    async def _known_profile(self, user: str) -> Profile | None:
        if user in self._profiles:
            return self._profiles[user]
        if code := self._failures.get(user):
            raise NotAnswered(code)
        try:
            async with asyncio.timeout(_PROFILE_LIMIT):
                profile = self._profiles[user] = await self._directory.profile(user)
                if profile is not None:
                    self._latest[user] = profile
        except (WebApiError, TimeoutError) as failure:
            code = self._failures[user] = failure.code if isinstance(failure, WebApiError) else "timed_out"
            raise NotAnswered(code) from failure
        return profile


def belongs(asker: Asker, profile: Profile | None) -> bool:
    """Whether a person belongs to the workspace whose installation they ask; `profile` is None if Slack doesn't know
    them there. Whoever has left it belongs no more.

    A member of several workspaces of one organisation may have another home than this one, and payloads may name the
    organisation (E…) instead.
    """
    ours, said = asker.workspace, asker.team
    if profile is None:
        return said == ours
    if profile.is_stranger or profile.is_deactivated:
        return False
    if ours in profile.enterprise_teams:
        return True
    if said is not None and said != ours and not said.startswith("E"):
        return False
    if profile.team is None:
        return said in (None, ours)
    return profile.team == ours
