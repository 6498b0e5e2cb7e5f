"""What people do to channels and to the app itself, and the events by which the bot hears of it.

Each deed changes the workspace first and is then told to the bot, whose answer it gives back. It gives None if no
event goes out: the bot is not subscribed to it, lacks its scope, may not see the channel, is no longer installed, or
has neither an open link nor a request URL. What Slack doesn't let people do is `Refused` with Slack's word.
"""

import time

from bot.demo import slack_payloads, slack_people
from bot.demo.slack_delivery import Answer, Delivery
from bot.demo.slack_faults import Refused
from bot.demo.slack_payloads import Payload
from bot.demo.slack_workspace import ADMIN, Channel, Workspace

_UNINSTALLED = ("account_inactive", "token_revoked")


class LivelyWorkspace(Workspace):
    """A workspace in which channels come to an end, change their names and members, and the app is thrown out."""

    delivery: Delivery  # made by whoever knows how the bot is reached

    async def event(self, event: Payload, *, over_http: bool | None = None) -> Answer:
        """Something happened, e.g. `{"type": "app_home_opened", …}`; Slack wraps it and sends it."""
        return await self.delivery.deliver(slack_payloads.event(self, event), over_http=over_http)

    async def archive(self, channel_id: str, by: str = ADMIN.id) -> Answer | None:
        channel = self._channel(channel_id)
        if channel.is_archived:
            raise Refused("already_archived")
        channel.is_archived = True
        event = {"type": _kind(channel, "archive"), "channel": channel.id, "user": by, "is_moved": 0}
        return await self._tell(channel, event)

    async def unarchive(self, channel_id: str, by: str = ADMIN.id) -> Answer | None:
        channel = self._channel(channel_id)
        if not channel.is_archived:
            raise Refused("not_archived")
        channel.is_archived = False
        who = "actor_id" if channel.is_private else "user"
        return await self._tell(channel, {"type": _kind(channel, "unarchive"), "channel": channel.id, who: by})

    async def invite(self, channel_id: str, user: str | None = None, inviter: str = ADMIN.id) -> Answer | None:
        """Somebody, by default the bot, becomes a member. Only members are told, the new one included."""
        channel, joined = self._channel(channel_id), user or self.bot_user_id
        if joined not in (*self.users, self.bot_user_id):
            raise Refused("user_not_found")
        if channel.is_archived:
            raise Refused("is_archived")
        if joined in channel.members:
            raise Refused("already_in_channel")
        channel.members.add(joined)
        event: Payload = {
            "type": "member_joined_channel",
            "user": joined,
            "channel": channel.id,
            "channel_type": channel.id[0],  # the letter of the ID: G for old private channels, C for all others
            "team": self.team_id,
            "inviter": inviter,
        }
        return await self._tell(channel, event) if self.bot_user_id in channel.members else None

    async def remove_bot(self, channel_id: str, by: str = ADMIN.id) -> Answer | None:
        channel = self._channel(channel_id)
        if self.bot_user_id not in channel.members:
            raise Refused("not_in_channel")
        channel.members.discard(self.bot_user_id)
        event: Payload = {"type": _kind(channel, "left"), "channel": channel.id, "actor_id": by}
        return await self._sent(event, _scope(channel))  # although it sees a private one no more

    async def rename(self, channel_id: str, name: str) -> Answer | None:
        channel = self._channel(channel_id)
        if self._named(name):
            raise Refused("name_taken")
        channel.name = name
        renamed = {"id": channel.id, "name": name, "created": channel.created}
        return await self._tell(channel, {"type": _kind(channel, "rename"), "channel": renamed})

    async def delete_channel(self, channel_id: str, by: str = ADMIN.id) -> Answer | None:
        channel = self._channel(channel_id)
        del self.channels[channel.id]
        event: Payload = {"type": _kind(channel, "deleted"), "channel": channel.id}
        if channel.is_private:
            event |= {"date_deleted": int(time.time()), "actor_id": by}
        return await self._tell(channel, event)

    async def change_id(self, channel_id: str, new_id: str, private: bool = False) -> Answer | None:
        """The channel lives on under a new ID with all that is in it; the old ID is unknown from now on.

        `private` makes it a private channel as well, so that only a bot that is in it hears of it.
        """
        channel = self._channel(channel_id)
        if new_id in self.channels:
            raise ValueError(f"there is a channel {new_id} already")
        self.channels[new_id] = self.channels.pop(channel_id)
        channel.id, channel.is_private = new_id, channel.is_private or private
        for message in self.messages:
            message.channel = new_id if message.channel == channel_id else message.channel
        for url in self.response_urls.values():
            url.channel = new_id if url.channel == channel_id else url.channel
        for view in self.views.all.values():
            view.here = new_id if view.here == channel_id else view.here
        self.touch()
        event: Payload = {"type": "channel_id_changed", "old_channel_id": channel_id, "new_channel_id": new_id}
        return await self._tell(channel, event)

    async def deactivate(self, user_id: str) -> Answer | None:
        """A person's account is closed. `user_change` goes out if `bot_events` has it; it isn't there at first."""
        person = self.users[user_id]
        person.deleted = True
        event = {"type": "user_change", "user": slack_people.described(self, person), "cache_ts": int(time.time())}
        return await self._sent(event, "users:read")

    async def uninstall(self) -> Answer | None:
        """The app is removed. Slack revokes the tokens too, and may say so before or after: see `revoke_tokens`."""
        self.token_fault = "account_inactive"
        return await self._sent({"type": "app_uninstalled"})

    async def revoke_tokens(self) -> Answer | None:
        self.token_fault = "token_revoked"
        return await self._sent({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.bot_user_id]}})

    def _channel(self, channel_id: str) -> Channel:
        channel = self.channels.get(channel_id)
        if channel is None:
            raise Refused("channel_not_found")
        if channel.person:
            raise Refused("method_not_supported_for_channel_type")
        return channel

    async def _tell(self, about: Channel, event: Payload) -> Answer | None:
        """Send an event about a channel; one about a private channel only if the bot is in it."""
        is_seen = not about.is_private or self.bot_user_id in about.members
        return await self._sent(event, _scope(about)) if is_seen else None

    async def _sent(
        self,
        event: Payload,
        scope: str | None = None,
        *,
        subscription: str | None = None,
        over_http: bool | None = None,
    ) -> Answer | None:
        """Send it if the bot is to have it; `scope` is what the token must have been given, if it needs any.

        `subscription` is the event's name in `bot_events`, if that isn't its type.
        """
        allowed = scope is None or (scope in self.scopes and self.token_fault not in _UNINSTALLED)
        is_wanted = (subscription or event["type"]) in self.bot_events
        if not is_wanted or not allowed or not self.delivery.has_receiver:
            return None
        return await self.event(event, over_http=over_http)


def _scope(about: Channel) -> str:
    return "groups:read" if about.is_private else "channels:read"


def _kind(channel: Channel, deed: str) -> str:
    """Events of private channels have names of their own, from the days when these were called groups."""
    return f"{'group' if channel.is_private else 'channel'}_{deed}"
