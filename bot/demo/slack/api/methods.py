"""The methods of the Web API, each with the token and the scope that it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.demo.slack.api import chat, conversations, files, socket_mode, views
from bot.demo.slack.api.content import Answer, Arguments
from bot.demo.slack.workspace.workspace import Workspace


@dataclass(frozen=True)
class Method:
    """`scope` is what the bot token needs. None if it needs none, or if that depends on the arguments."""

    run: Callable[[Workspace, Arguments], Answer]
    scope: str | None = None
    token: Literal["bot", "app"] = "bot"


METHODS = {
    "auth.test": Method(conversations.auth_test),
    "apps.connections.open": Method(socket_mode.open_connection, token="app"),
    "chat.postMessage": Method(chat.post_message, "chat:write"),
    "chat.update": Method(chat.update, "chat:write"),
    "chat.postEphemeral": Method(chat.post_ephemeral, "chat:write"),
    "chat.unfurl": Method(chat.unfurl, "links:write"),
    "conversations.info": Method(conversations.info),
    "conversations.members": Method(conversations.members),
    "files.getUploadURLExternal": Method(files.upload_url, "files:write"),
    "files.completeUploadExternal": Method(files.complete_upload, "files:write"),
    "users.conversations": Method(conversations.of_person),
    "users.info": Method(conversations.user_info, "users:read"),
    "views.open": Method(views.open_view),
    "views.publish": Method(views.publish),
    "views.update": Method(views.update),
}
