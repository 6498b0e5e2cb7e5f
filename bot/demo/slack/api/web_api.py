"""The Web API over HTTP: read a call, check its token, and let the method or a planned fault answer."""

import time

from aiohttp import web

from bot.demo.slack.api.content import Arguments, decoded
from bot.demo.slack.api.faults import Fault, Faults, Rates, dropped, rate_limited
from bot.demo.slack.api.methods import METHODS, Method
from bot.demo.slack.errors import Refused
from bot.demo.slack.workspace.messages import Call
from bot.demo.slack.workspace.workspace import Workspace

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class WebApi:
    def __init__(self, workspace: Workspace, faults: Faults, rates: Rates) -> None:
        self._workspace = workspace
        self._faults = faults
        self._rates = rates

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one call, and log it with its outcome."""
        name = request.match_info["method"]
        call = Call(time.time(), name, {})
        self._workspace.calls.append(call)
        try:
            call.arguments, token = await _read(request)
            if name not in METHODS:
                raise Refused("unknown_method", req_method=name)
            self._authenticate(METHODS[name], token)
            return await self._outcome(METHODS[name], call, request)
        except Refused as refused:
            call.error = refused.word
            return web.json_response(refused.answer, headers=self._scopes)
        finally:
            self._workspace.touch()

    async def _outcome(self, method: Method, call: Call, request: web.Request) -> web.Response:
        channels = self._channels(call.arguments)
        fault = self._faults.take(call.method, channels)
        if fault is not None and fault is not Fault.DROP_AFTER:
            call.error = fault.name.lower()
            self._workspace.touch()
            return await self._faults.answer(fault, request)
        if seconds := self._wait(call.method, channels):
            call.error = "ratelimited"
            return rate_limited(seconds)
        if method.scope:
            self._workspace.app.require(method.scope)
        answer = {"ok": True, **method.run(self._workspace, call.arguments)}
        return dropped(request) if fault else web.json_response(answer, headers=self._scopes)

    def _wait(self, method: str, channels: set[str]) -> int:
        match method:
            case "chat.postMessage":
                return self._rates.wait(min(channels, default=""))
            case "chat.update":
                return self._rates.wait_to_update()
        return 0

    @property
    def _scopes(self) -> dict[str, str]:
        return {"X-OAuth-Scopes": ",".join(sorted(self._workspace.app.scopes))}

    def _authenticate(self, method: Method, token: str | None) -> None:
        app = self._workspace.app
        if not token:
            raise Refused("not_authed")
        kinds = {app.bot_token: "bot", app.app_token: "app"}
        if token not in kinds:
            raise Refused("invalid_auth")
        if app.token_fault:
            raise Refused(app.token_fault)
        if kinds[token] != method.token:
            raise Refused("not_allowed_token_type")

    def _channels(self, arguments: Arguments) -> set[str]:
        """The channel in the call. A person's ID also means their direct message, and the other way round."""
        given = str(arguments.get("channel") or arguments.get("channels") or "")
        known = [each for each in self._workspace.channels.values() if given in (each.id, each.person)]
        return {given, *(each.id for each in known), *(each.person for each in known if each.person)} - {""}


async def _read(request: web.Request) -> tuple[Arguments, str | None]:
    """The arguments and the token. A JSON body can't contain the token."""
    arguments: Arguments = dict(request.query)
    if request.content_type == "application/json":
        body = decoded(await request.text() or "{}", "invalid_json")
        if not isinstance(body, dict):
            raise Refused("json_not_object")
        arguments |= {name: value for name, value in body.items() if name != "token"}
    elif request.content_type in _FORMS:
        arguments |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    elif request.can_read_body:
        raise Refused("invalid_post_type")
    own = arguments.pop("token", None)
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return arguments, bearer.strip() if scheme.lower() == "bearer" else str(own or "") or None
