"""Files: the methods `files.*`, the address that takes an upload's bytes, and the one that gives an image's.

Kept to what images need. A file that is shared in a channel becomes a message with the image in a block.
"""

import secrets

from aiohttp import web

from bot.demo.slack.api.content import Answer, Arguments, decoded
from bot.demo.slack.errors import Refused
from bot.demo.slack.workspace.files import File
from bot.demo.slack.workspace.messages import Blocks
from bot.demo.slack.workspace.workspace import Workspace

ALT_TEXT_LIMIT = 1_000
UPLOAD_BYTES = 50_000_000  # Slack takes a gigabyte; the stand-in keeps all in memory


def get_upload_url(workspace: Workspace, arguments: Arguments) -> Answer:
    name, length = str(arguments.get("filename") or ""), str(arguments.get("length") or "")
    alt_text = str(arguments.get("alt_txt") or "")
    if not name or not length.isdecimal() or int(length) == 0:
        raise Refused("missing_argument")
    if len(alt_text) > ALT_TEXT_LIMIT:
        raise Refused("alt_txt_too_large")
    if int(length) > UPLOAD_BYTES:
        raise Refused("file_upload_size_restricted")
    identity, ticket = f"F{secrets.token_hex(5).upper()}", secrets.token_urlsafe(18)
    url = f"{workspace.origin}/files/{identity}"
    workspace.files.all[identity] = File(identity, name, int(length), url, ticket, alt_text=alt_text)
    return {"upload_url": f"{workspace.origin}/upload/v1/{ticket}", "file_id": identity}


def complete_upload(workspace: Workspace, arguments: Arguments) -> Answer:
    """Finish uploads, and share them in a channel if one is named."""
    named = decoded(arguments.get("files"), "invalid_arguments")
    if not isinstance(named, list) or not named or not all(isinstance(each, dict) for each in named):
        raise Refused("invalid_arguments")
    files = [_uploaded(workspace, each.get("id")) for each in named]
    place = workspace.visible_to_bot(arguments["channel_id"]) if arguments.get("channel_id") else None
    if place and workspace.app.bot_user_id not in place.members:
        raise Refused("not_in_channel")
    for file, each in zip(files, named, strict=True):
        file.title, file.is_complete = str(each.get("title") or file.name), True
    if place:
        _share(workspace, files, place.id, arguments)
    workspace.touch()
    return {"files": [{"id": each.id, "title": each.title} for each in files]}


def info(workspace: Workspace, arguments: Arguments) -> Answer:
    file = _uploaded(workspace, arguments.get("file"))
    kind = file.image[0] if file.image else ""
    about = {"name": file.name, "title": file.title or file.name, "size": file.length, "alt_txt": file.alt_text}
    sort = {"filetype": kind, "mimetype": file.mimetype, "pretty_type": kind.upper(), "mode": "hosted"}
    made = {"created": file.created, "timestamp": file.created, "user": workspace.app.bot_user_id}
    return {"file": {"id": file.id, **about, **sort, **made, "url_private": file.url}, "comments": []}


class FileAddresses:
    """The HTTP side of uploads."""

    def __init__(self, workspace: Workspace) -> None:
        self._files = workspace.files

    async def take(self, request: web.Request) -> web.Response:
        """The bytes of an announced file: as they are, or as the one file of a form."""
        ticket = request.match_info["ticket"]
        file = next((each for each in self._files.all.values() if each.ticket == ticket), None)
        content = await _content(request)
        if file is None or file.is_complete:
            return web.Response(status=404, text="not found")
        if len(content) != file.length:
            return web.Response(status=400, text=f"{file.length} bytes were announced, {len(content)} came")
        file.content = content
        return web.Response(text=f"OK - {len(content)}")

    async def give(self, request: web.Request) -> web.Response:
        """An image, to anybody: the page's pictures are fetched without a token."""
        try:
            file = self._files.shown(request.match_info["id"])
        except LookupError:
            return web.Response(status=404, text="not found")
        headers = {"X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.content, content_type=file.mimetype, headers=headers)


async def _content(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    fields = (await request.post()).values()
    return next((each.file.read() for each in fields if isinstance(each, web.FileField)), b"")


def _uploaded(workspace: Workspace, file_id: object) -> File:
    file = workspace.files.all.get(str(file_id))
    if file is None or file.content is None:
        raise Refused("file_not_found")
    return file


def _share(workspace: Workspace, files: list[File], channel: str, arguments: Arguments) -> None:
    text = str(arguments.get("initial_comment") or ", ".join(each.title for each in files))
    images = [each for each in files if each.image]
    blocks: Blocks = [
        {"type": "image", "slack_file": {"id": each.id}, "alt_text": each.alt_text or each.title} for each in images
    ]
    thread_ts = str(arguments["thread_ts"]) if arguments.get("thread_ts") else None
    workspace.record(workspace.by_bot(channel, text, blocks=blocks, thread_ts=thread_ts))
