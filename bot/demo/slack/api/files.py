"""Uploads in three steps: `files.getUploadURLExternal`, the file itself, `files.completeUploadExternal`."""

import secrets

from aiohttp import web

from bot.demo.slack.api.content import Answer, Arguments, decoded
from bot.demo.slack.api.faults import Faults
from bot.demo.slack.errors import Refused
from bot.demo.slack.workspace.files import File
from bot.demo.slack.workspace.members import Channel
from bot.demo.slack.workspace.workspace import Workspace

ALT_TEXT_LIMIT = 1_000
MOST_CHANNELS = 100


def upload_url(workspace: Workspace, arguments: Arguments) -> Answer:
    """Announce a file."""
    name, length = str(arguments.get("filename") or ""), str(arguments.get("length") or "")
    if not name or not length.isdecimal() or int(length) == 0:
        raise Refused("missing_argument")
    alt_text = str(arguments.get("alt_txt") or "")
    if len(alt_text) > ALT_TEXT_LIMIT:
        raise Refused("alt_txt_too_large")
    file = File(f"F0DEMO{workspace.number():05d}", name, int(length), secrets.token_urlsafe(12), alt_text)
    workspace.files[file.id] = file
    return {"upload_url": f"{workspace.origin}/upload/v1/{file.ticket}", "file_id": file.id}


def complete_upload(workspace: Workspace, arguments: Arguments) -> Answer:
    """Share the files that were sent, in one message a place, or with nobody if no place is named."""
    given = decoded(arguments.get("files"), "invalid_array_arg")
    if not isinstance(given, list) or not given or not all(isinstance(each, dict) for each in given):
        raise Refused("invalid_array_arg")
    files = [_sent(workspace, each.get("id")) for each in given]
    places = [_place(workspace, each) for each in _channels(arguments)]
    for file, each in zip(files, given, strict=True):
        file.title = str(each.get("title") or file.name)
    for place in places:
        comment = str(arguments.get("initial_comment") or "")
        message = workspace.by_bot(place.id, comment, files=files, via="files.completeUploadExternal")
        message.thread_ts = str(arguments["thread_ts"]) if arguments.get("thread_ts") else None
        workspace.record(message)
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


class Uploads:
    """Where the files themselves are sent, without a token: the address is the secret."""

    def __init__(self, workspace: Workspace, faults: Faults) -> None:
        self._workspace = workspace
        self._faults = faults

    async def answer(self, request: web.Request) -> web.Response:
        try:
            fault = self._faults.take("upload", set())
        except Refused:
            return web.Response(status=400)
        if fault is not None:
            return await self._faults.answer(fault, request)
        ticket = request.match_info["ticket"]
        found = [each for each in self._workspace.files.values() if each.ticket == ticket and each.content is None]
        content = await request.read()
        if not found or len(content) != found[0].length:
            return web.Response(status=404 if not found else 400)
        found[0].content = content
        self._workspace.touch()
        return web.Response(text=f"OK - {len(content)}")


def _sent(workspace: Workspace, identity: object) -> File:
    file = workspace.files.get(str(identity))
    if file is None or file.content is None or file.title is not None:
        raise Refused("file_not_found")
    return file


def _channels(arguments: Arguments) -> list[str]:
    """The IDs in either of the two arguments; only `channels` takes people."""
    channel = str(arguments.get("channel_id") or "")
    if channel.startswith(("U", "W")):
        raise Refused("invalid_channel")
    several = [each for each in str(arguments.get("channels") or "").split(",") if each]
    if len(several) > MOST_CHANNELS:
        raise Refused("channels_limit_exceeded")
    return [channel] if channel else several


def _place(workspace: Workspace, channel: str) -> Channel:
    app, person = workspace.app, workspace.users.get(channel)
    place = workspace.direct_message(person.id) if person and not person.deleted else workspace.channels.get(channel)
    if place is None or (place.is_private and app.bot_user_id not in place.members):
        raise Refused("channel_not_found")
    if app.bot_user_id not in place.members:
        raise Refused("not_in_channel")
    if place.is_archived or (place.person and not app.messages_tab_enabled):
        raise Refused("posting_to_channel_denied")
    return place
