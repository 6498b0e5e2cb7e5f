"""What people do to channels and to the app itself.

Each method changes the workspace, sends the bot the event, and returns its answer. The answer is None if the event
doesn't go out: the bot is not subscribed to it, lacks its scope, may not see the channel, is no longer installed, or
has neither an open connection nor a request URL. What Slack doesn't let people do is `Refused` with Slack's word.
"""

import time

from bot.demo.slack.api import payloads
from bot.demo.slack.api.delivery import Answer, Delivery
from bot.demo.slack.block_kit.schema import Json
from bot.demo.slack.errors import Refused
from bot.demo.slack.workspace.members import ADMIN, Channel
from bot.demo.slack.workspace.messages import Message, ResponseUrl
from bot.demo.slack.workspace.workspace import Workspace

_UNINSTALLED = ("account_inactive", "token_revoked")


class Administration:
    """What administrators do to channels and to the app."""

    def __init__(self, workspace: Workspace, delivery: Delivery) -> None:
        self._workspace = workspace
        self._delivery = delivery

    async def event(self, event: Json) -> Answer:
        """Something happened, e.g. `{"type": "channel_archive", …}`. Slack wraps it and sends it."""
        return await self._delivery.deliver(payloads.event(self._workspace, event))

    async def archive(self, channel_id: str, by: str = ADMIN.id) -> Answer | None:
        channel = self._channel(channel_id)
        if channel.is_archived:
            raise Refused("already_archived")
        channel.is_archived = True
        return await self._emit(channel, "archive", {"channel": channel.id, "user": by, "is_moved": 0})

    async def unarchive(self, channel_id: str, by: str = ADMIN.id) -> Answer | None:
        channel = self._channel(channel_id)
        if not channel.is_archived:
            raise Refused("not_archived")
        channel.is_archived = False
        who = "actor_id" if channel.is_private else "user"
        return await self._emit(channel, "unarchive", {"channel": channel.id, who: by})

    async def invite(self, channel_id: str, user: str | None = None, inviter: str = ADMIN.id) -> Answer | None:
        """Add a member, by default the bot. Only members hear of it, the new one included."""
        channel, bot = self._channel(channel_id), self._workspace.app.bot_user_id
        joined = user or bot
        if joined not in (*self._workspace.users, bot):
            raise Refused("user_not_found")
        if channel.is_archived:
            raise Refused("is_archived")
        if joined in channel.members:
            raise Refused("already_in_channel")
        channel.members.add(joined)
        event: Json = {"type": "member_joined_channel", "user": joined, "channel": channel.id, "inviter": inviter}
        # The kind is the letter of the ID: G for old private channels, C for all others.
        event |= {"channel_type": channel.id[0], "team": self._workspace.app.team_id}
        return await self._emit_about(channel, event, is_visible=bot in channel.members)

    async def leave(self, channel_id: str, user: str) -> Answer | None:
        """A person leaves a channel, or is removed. An app is told if it is in it."""
        channel = self._channel(channel_id)
        if user not in channel.members:
            raise Refused("not_in_channel")
        channel.members.discard(user)
        event: Json = {"type": "member_left_channel", "user": user, "channel": channel.id}
        event |= {"channel_type": channel.id[0], "team": self._workspace.app.team_id}
        return await self._emit_about(channel, event, is_visible=self._workspace.app.bot_user_id in channel.members)

    async def open_home(self, user: str, tab: str = "home") -> Answer | None:
        """A person opens the app. A Home tab that was published before comes along."""
        place, home = self._workspace.direct_message(user), self._workspace.views.homes.get(user)
        event: Json = {"type": "app_home_opened", "user": user, "channel": place.id, "tab": tab}
        if tab == "home" and home is not None:
            event["view"] = payloads.described(self._workspace, home, {})
        is_shown = self._workspace.app.home_tab_enabled or tab != "home"
        return await self._emit_if_wanted(event) if is_shown else None

    async def remove_bot(self, channel_id: str, by: str = ADMIN.id) -> Answer | None:
        channel, bot = self._channel(channel_id), self._workspace.app.bot_user_id
        if bot not in channel.members:
            raise Refused("not_in_channel")
        channel.members.discard(bot)
        # The bot is told, although it can't see a private channel any more.
        return await self._emit(channel, "left", {"channel": channel.id, "actor_id": by}, is_visible=True)

    async def rename(self, channel_id: str, name: str) -> Answer | None:
        channel = self._channel(channel_id)
        if self._workspace.named(name):
            raise Refused("name_taken")
        channel.name = name
        return await self._emit(channel, "rename", {"channel": {"id": channel.id, "name": name}})

    async def delete_channel(self, channel_id: str, by: str = ADMIN.id) -> Answer | None:
        channel = self._channel(channel_id)
        del self._workspace.channels[channel.id]
        more: Json = {"date_deleted": int(time.time()), "actor_id": by} if channel.is_private else {}
        return await self._emit(channel, "deleted", {"channel": channel.id, **more})

    async def change_id(self, channel_id: str, new_id: str, private: bool = False) -> Answer | None:
        """Give the channel and its contents a new ID. `private` also makes it a private channel."""
        workspace, channel = self._workspace, self._channel(channel_id)
        if new_id in workspace.channels:
            raise ValueError(f"there is a channel {new_id} already")
        workspace.channels[new_id] = workspace.channels.pop(channel_id)
        channel.id, channel.is_private = new_id, channel.is_private or private
        placed: list[Message | ResponseUrl] = [*workspace.messages, *workspace.response_urls.values()]
        for each in placed:
            each.channel = new_id if each.channel == channel_id else each.channel
        workspace.touch()
        event: Json = {"type": "channel_id_changed", "old_channel_id": channel_id, "new_channel_id": new_id}
        return await self._emit_about(channel, event)

    async def uninstall(self) -> Answer | None:
        """Remove the app. Slack also sends `tokens_revoked`, before or after: see `revoke_tokens`."""
        self._workspace.app.token_fault = "account_inactive"
        return await self._emit_if_wanted({"type": "app_uninstalled"})

    async def revoke_tokens(self) -> Answer | None:
        app = self._workspace.app
        app.token_fault = "token_revoked"
        return await self._emit_if_wanted({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [app.bot_user_id]}})

    def _channel(self, channel_id: str) -> Channel:
        channel = self._workspace.channels.get(channel_id)
        if channel is None:
            raise Refused("channel_not_found")
        if channel.person:
            raise Refused("method_not_supported_for_channel_type")
        return channel

    async def _emit(self, about: Channel, deed: str, event: Json, is_visible: bool | None = None) -> Answer | None:
        """Send the event under its name. Those of private channels start with their old name, group."""
        kind = f"{'group' if about.is_private else 'channel'}_{deed}"
        return await self._emit_about(about, {"type": kind, **event}, is_visible)

    async def _emit_about(self, channel: Channel, event: Json, is_visible: bool | None = None) -> Answer | None:
        """Send the event if the bot can see the channel, or as `is_visible` says."""
        if is_visible is None:
            is_visible = not channel.is_private or self._workspace.app.bot_user_id in channel.members
        scope = "groups:read" if channel.is_private else "channels:read"
        return await self._emit_if_wanted(event, scope) if is_visible else None

    async def _emit_if_wanted(self, event: Json, scope: str | None = None) -> Answer | None:
        app = self._workspace.app
        is_allowed = scope is None or (scope in app.scopes and app.token_fault not in _UNINSTALLED)
        is_wanted = event["type"] in app.bot_events and self._delivery.has_receiver
        return await self.event(event) if is_allowed and is_wanted else None
