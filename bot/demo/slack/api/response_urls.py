"""Response URLs, where the bot answers a command or press after its acknowledgement."""

import secrets
import time

from aiohttp import web

from bot.demo.slack.api.content import Arguments, blocks_of, decoded, text_of
from bot.demo.slack.api.faults import Fault, Faults, dropped
from bot.demo.slack.errors import Refused
from bot.demo.slack.workspace.messages import Message, ResponseUrl, Via
from bot.demo.slack.workspace.workspace import Workspace

USES = 5
SECONDS = 30 * 60


def issue(workspace: Workspace, user: str, channel: str, message: Message | None = None) -> ResponseUrl:
    """A new response URL for what this person did there."""
    path = f"/commands/{workspace.app.team_id}/{workspace.number()}/{secrets.token_urlsafe(18)}"
    issued = ResponseUrl(workspace.origin + path, user, channel, time.time(), message)
    workspace.response_urls[path] = issued
    return issued


def respond(workspace: Workspace, url: ResponseUrl, answer: Arguments, via: Via) -> Message:
    """Post the answer, or replace the message whose button was pressed. Raises Refused."""
    # The cumulative limit of chat.postMessage was seen not to hold here.
    blocks = blocks_of(answer, total=None)
    text = text_of(answer, blocks)
    if answer.get("replace_original") is True and url.message:
        workspace.edit(url.message, text, blocks)
        return url.message
    reader = None if answer.get("response_type") == "in_channel" else url.user
    return workspace.record(workspace.by_bot(url.channel, text, blocks=blocks, ephemeral_to=reader, via=via))


class ResponseUrls:
    """The HTTP side. Faults are planned for the method `response_url`."""

    def __init__(self, workspace: Workspace, faults: Faults) -> None:
        self._workspace = workspace
        self._faults = faults

    async def answer(self, request: web.Request) -> web.Response:
        try:
            url = self._usable(request.path)
            fault = self._faults.take("response_url", {url.channel})
            if fault is not None and fault is not Fault.DROP_AFTER:
                return await self._faults.answer(fault, request)
            body = decoded(await request.text(), "invalid_payload")
            if not isinstance(body, dict):
                raise Refused("invalid_payload")
            respond(self._workspace, url, body, "response_url")
            url.uses += 1
        except Refused as refused:
            is_gone = refused.word in ("used_url", "expired_url", "invalid_url")
            return web.json_response(refused.answer, status=404 if is_gone else 400)
        return dropped(request) if fault else web.Response(text="ok")

    def _usable(self, path: str) -> ResponseUrl:
        url = self._workspace.response_urls.get(path)
        if url is None:
            raise Refused("invalid_url")
        if time.time() - url.issued > SECONDS:
            raise Refused("expired_url")
        if url.uses >= USES:
            raise Refused("used_url")
        return url
