"""Response URLs: how the bot answers a command or a press after its acknowledgement."""

import json
import secrets
import time

from aiohttp import web

from bot.demo.slack_faults import Fault, Faults, Refused, dropped
from bot.demo.slack_posts import Arguments, blocks_of, text_of
from bot.demo.slack_workspace import Message, ResponseUrl, Via, Workspace

USES = 5
SECONDS = 30 * 60


def issue(workspace: Workspace, user: str, channel: str, message: Message | None = None) -> ResponseUrl:
    """A new one, for what this person did there."""
    path = f"/commands/{workspace.team_id}/{workspace.number()}/{secrets.token_urlsafe(18)}"
    issued = ResponseUrl(workspace.origin + path, user, channel, time.time(), message)
    workspace.response_urls[path] = issued
    return issued


def respond(workspace: Workspace, url: ResponseUrl, answer: Arguments, via: Via) -> Message | None:
    """Do what the answer asks for: say something, or replace or delete the message whose button was pressed."""
    if answer.get("delete_original") is True and url.message:
        workspace.delete(url.message)
        return url.message
    # The cumulative limit of chat.postMessage was seen not to hold here.
    blocks = blocks_of(workspace, answer, total=None)
    text = text_of(answer, blocks)
    if answer.get("replace_original") is True and url.message:
        url.message.text, url.message.blocks = text, blocks
        workspace.edited(url.message)
        return url.message
    reader = None if answer.get("response_type") == "in_channel" else url.user
    message = Message(workspace.timestamp(), url.channel, text, blocks, ephemeral_to=reader, via=via)
    message.user, message.bot_id = workspace.bot_user_id, workspace.bot_id
    return workspace.record(message)


class ResponseUrls:
    """The HTTP side. Faults are planned for the method `response_url`."""

    def __init__(self, workspace: Workspace, faults: Faults) -> None:
        self._workspace = workspace
        self._faults = faults

    async def answer(self, request: web.Request) -> web.Response:
        try:
            url = self._usable(request.path)
            fault = self._faults.take("response_url", {url.channel})
            if isinstance(fault, Refused):
                raise fault
            if fault is not None and fault is not Fault.DROP_AFTER:
                return await self._faults.answer(fault, request)
            respond(self._workspace, url, _body(await request.text()), "response_url")
            url.uses += 1
        except Refused as refused:
            gone = refused.word in ("used_url", "expired_url", "invalid_url")
            return web.json_response(refused.answer, status=404 if gone else 400)
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


def _body(text: str) -> Arguments:
    try:
        body = json.loads(text)
    except ValueError:
        raise Refused("invalid_payload") from None
    if not isinstance(body, dict):
        raise Refused("invalid_payload")
    return body
