"""Every method of the Web API that the stand-in has, with the token and the scope that it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.demo.slack.api import chat, conversations, files, socket_mode, views
from bot.demo.slack.api.content import Answer, Arguments
from bot.demo.slack.workspace.workspace import Workspace


@dataclass(frozen=True)
class Method:
    """`scope` is asked of the bot token; None: none, or it depends on the arguments."""

    run: Callable[[Workspace, Arguments], Answer]
    scope: str | None = None
    token: Literal["bot", "app"] = "bot"


METHODS = {
    "auth.test": Method(conversations.auth_test),
    "apps.connections.open": Method(socket_mode.open_connection, token="app"),
    "chat.postMessage": Method(chat.post_message, "chat:write"),
    "chat.postEphemeral": Method(chat.post_ephemeral, "chat:write"),
    "chat.update": Method(chat.update, "chat:write"),
    "chat.delete": Method(chat.delete, "chat:write"),
    "chat.getPermalink": Method(chat.get_permalink),
    "conversations.open": Method(conversations.open_direct_message, "im:write"),
    "conversations.info": Method(conversations.info),
    "users.info": Method(conversations.user_info, "users:read"),
    "files.getUploadURLExternal": Method(files.get_upload_url, "files:write"),
    "files.completeUploadExternal": Method(files.complete_upload, "files:write"),
    "files.info": Method(files.info, "files:read"),
    "views.open": Method(views.open_view),
    "views.push": Method(views.push),
    "views.update": Method(views.update),
    "views.publish": Method(views.publish),
}
