"""What Slack says about people and channels.

A question that could not be asked raises `WebApiError`: it isn't a "no".
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.destination import is_channel_id
from bot.slack.api.calls import NotAnswered, WebApiError, called, object_in
from bot.slack.api.error_codes import Meaning

# A channel with more members is looked for among those of the person. Slack allows less than a thousand a page.
_MEMBERS_A_PAGE = 900
# Of a person's channels, as many as are read.
_CHANNELS_A_PAGE, _MAX_CHANNEL_PAGES = 900, 4

T = TypeVar("T", dict[str, Any], list[Any])

_SLACKBOT = "USLACKBOT"  # of which Slack says that it is no bot
# Besides is_ext_shared: shared in any way, among the workspaces of an organisation, or about to be shared.
_SHARED = ("is_shared", "is_org_shared", "is_pending_ext_shared")


@dataclass(frozen=True)
class Profile:
    """A person. `team` is their home workspace, `enterprise_teams` are those that their organisation put them in.

    A stranger is known only from a channel that companies share. A guest sees only the channels they were added to.
    Owners of the workspace count as admins. `time_zone` is an IANA name. A deactivated account reads no messages,
    and an app takes care of nothing.
    """

    team: str | None
    enterprise_teams: frozenset[str] = frozenset()
    is_stranger: bool = False
    is_guest: bool = False
    is_admin: bool = False
    time_zone: str | None = None
    is_deactivated: bool = False
    is_app: bool = False


class Directory:
    """Asks about people and channels. Needs the scopes users:read, channels:read and groups:read."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def profile(self, user: str) -> Profile | None:
        """A person's profile; None if Slack knows no such person. Raises `WebApiError`."""
        try:
            response = await called(self._client.users_info(user=user))
        except WebApiError as error:
            if error.meaning is Meaning.DESTINATION_GONE:
                return None
            raise
        found = _answered(response, "user", dict)
        enterprise: Any = found.get("enterprise_user")
        teams = enterprise.get("teams") if isinstance(enterprise, dict) else None
        team, zone = found.get("team_id"), found.get("tz")
        return Profile(
            team=team if isinstance(team, str) and team else None,
            enterprise_teams=frozenset(map(str, teams)) if isinstance(teams, list) else frozenset(),
            is_stranger=found.get("is_stranger") is True,
            is_guest=_any(found, "is_restricted", "is_ultra_restricted"),
            is_admin=_any(found, "is_admin", "is_owner", "is_primary_owner"),
            time_zone=zone if isinstance(zone, str) else None,
            is_deactivated=found.get("deleted") is True,
            is_app=user == _SLACKBOT or _any(found, "is_bot", "is_workflow_bot", "is_connector_bot"),
        )

    async def is_public(self, channel: str) -> bool:
        """Whether everybody may see a channel. False for one that Slack doesn't show. Raises `WebApiError`."""
        try:
            response = await called(self._client.conversations_info(channel=channel))
        except WebApiError as error:
            if error.meaning is Meaning.DESTINATION_GONE:
                return False
            raise
        info = _answered(response, "channel", dict)
        return info.get("is_channel") is True and info.get("is_private") is False

    async def is_shared(self, channel: str) -> bool:
        """Whether people of other workspaces see a channel, or are invited to it. Raises `WebApiError`, also for a
        channel that Slack doesn't show."""
        info = object_in(await called(self._client.conversations_info(channel=channel)), "channel")
        return info.get("is_ext_shared") is not False or any(info.get(field) is True for field in _SHARED)

    async def channels_of(self, user: str) -> Sequence[str]:
        """The public channels that a person is in, and those private ones that the bot is in, too; of somebody in very
        many, some. Raises `WebApiError`."""
        return [channel async for page in self._channel_pages(user) if page is not None for channel in page]

    async def has_member(self, channel: str, user: str) -> bool | None:
        """Whether a person is in a channel, one that is public or that the bot is in, too; None if both have too many
        members and channels to be read. Raises `WebApiError`.

        A channel of a company's size has hundreds of pages of members, and a person seldom a second page of channels.
        """
        response = await called(self._client.conversations_members(channel=channel, limit=_MEMBERS_A_PAGE))
        if user in _answered(response, "members", list):
            return True
        if not _next_cursor(response):
            return False
        async for page in self._channel_pages(user):
            if page is None or channel in page:
                return None if page is None else True
        return False

    async def _channel_pages(self, user: str) -> AsyncIterator[Sequence[str] | None]:
        """A person's channels, page by page; None in place of the rest if there are too many."""
        cursor: str | None = None
        for _ in range(_MAX_CHANNEL_PAGES):
            more: dict[str, Any] = {"cursor": cursor} if cursor else {}
            kinds = "public_channel,private_channel"
            page = self._client.users_conversations(user=user, types=kinds, limit=_CHANNELS_A_PAGE, **more)
            response = await called(page)
            found = _answered(response, "channels", list)
            ids = (each.get("id") for each in found if isinstance(each, dict))
            yield [id for id in ids if isinstance(id, str) and is_channel_id(id)]
            following = _next_cursor(response)
            if following is None or following == cursor:
                return
            cursor = following
        yield None


def _next_cursor(response: AsyncSlackResponse) -> str | None:
    """Where the next page begins; None if there is none."""
    following = object_in(response, "response_metadata").get("next_cursor")
    return following if isinstance(following, str) and following else None


def _answered(response: AsyncSlackResponse, field: str, kind: type[T]) -> T:
    """What was asked for. Raises `NotAnswered` if the answer lacks it: that isn't a "no" either."""
    value = response.get(field)
    if not isinstance(value, kind):
        raise NotAnswered("unreadable_answer")
    return value


def _any(user: Mapping[str, Any], *flags: str) -> bool:
    return any(user.get(flag) is True for flag in flags)
