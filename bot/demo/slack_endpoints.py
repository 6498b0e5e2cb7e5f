"""The Web API over HTTP: reads a request, checks its token, and lets the method or a planned fault answer."""

import json
import math
import re
import time
from collections import defaultdict

from aiohttp import web

from bot.demo.slack_faults import Fault, Faults, Refused, dropped, rate_limited
from bot.demo.slack_methods import METHODS, Method
from bot.demo.slack_posts import Arguments
from bot.demo.slack_workspace import Call, Workspace

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Rates:
    """About one message a second to each channel, with bursts. Off until `on` is set.

    `refused` counts the posts that came too soon.
    """

    def __init__(self) -> None:
        self.on = False
        self.burst = 3
        self.refused = 0
        self._free_at: dict[str, float] = defaultdict(float)

    def wait(self, channel: str) -> int:
        """Whole seconds until the channel may be posted to; 0: now, and this post is counted."""
        now = time.monotonic()
        # As if each message took a second, and the channel could run `burst` seconds ahead.
        ahead = max(self._free_at[channel], now) + 1 - now - self.burst
        if self.on and ahead > 0:
            self.refused += 1
            return math.ceil(ahead)
        self._free_at[channel] = max(self._free_at[channel], now) + 1
        return 0


class Endpoints:
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
            method = self._method(name)
            self._authenticate(method, name, token)
            return await self._outcome(method, call, request)
        except Refused as refused:
            call.error = refused.word
            return web.json_response(refused.answer, headers=self._headers(name))
        finally:
            self._workspace.touch()

    async def _outcome(self, method: Method, call: Call, request: web.Request) -> web.Response:
        channels = self._channels(call.arguments)
        fault = self._faults.take(call.method, channels)
        if isinstance(fault, Refused):
            raise fault
        if fault is not None and fault is not Fault.DROP_AFTER:
            call.error = fault.name.lower()
            self._workspace.touch()
            return await self._faults.answer(fault, request)
        if call.method == "chat.postMessage" and (seconds := self._rates.wait(min(channels, default=""))):
            call.error = "ratelimited"
            return rate_limited(seconds)
        if method.scope:
            self._workspace.require(method.scope)
        answer = {"ok": True, **method.run(self._workspace, call.arguments)}
        if fault is Fault.DROP_AFTER:
            return dropped(request)
        return web.json_response(answer, headers=self._headers(call.method))

    def _method(self, name: str) -> Method:
        if name not in METHODS:
            raise Refused("unknown_method", req_method=name)
        return METHODS[name]

    def _authenticate(self, method: Method, name: str, token: str | None) -> None:
        if not token:
            raise Refused("not_authed")
        kinds = {self._workspace.bot_token: "bot", self._workspace.app_token: "app"}
        if token not in kinds:
            raise Refused("invalid_auth")
        if self._workspace.token_fault:
            raise Refused(self._workspace.token_fault)
        if kinds[token] != method.token:
            raise Refused("not_allowed_token_type")

    def _channels(self, arguments: Arguments) -> set[str]:
        """The channel as the call names it; a person's name stands for their direct message too."""
        given = str(arguments.get("channel") or "")
        known = [each for each in self._workspace.channels.values() if given in (each.id, each.person)]
        return {given, *(each.id for each in known), *(each.person for each in known if each.person)} - {""}

    def _headers(self, name: str) -> dict[str, str]:
        needed = METHODS[name].scope if name in METHODS else None
        return {
            "X-OAuth-Scopes": ",".join(sorted(self._workspace.scopes)),
            "X-Accepted-OAuth-Scopes": needed or "",
            "X-Slack-Req-Id": f"{self._workspace.number():032x}",
        }


async def _read(request: web.Request) -> tuple[Arguments, str | None]:
    """The arguments, and the token apart from them. A JSON body can't bring the token."""
    arguments: Arguments = dict(request.query)
    if request.content_type == "application/json":
        body = _json(await request.text())
        body.pop("token", None)
        arguments |= body
    elif request.content_type in _FORMS:
        arguments |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    elif request.can_read_body:
        raise Refused("invalid_post_type" if "Content-Type" in request.headers else "missing_post_type")
    if not all(re.fullmatch(r"\w{1,100}", name) for name in arguments):
        raise Refused("invalid_arg_name")
    own = arguments.pop("token", None)
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return arguments, bearer.strip() if scheme.lower() == "bearer" else str(own or "") or None


def _json(text: str) -> Arguments:
    try:
        body = json.loads(text) if text else {}
    except ValueError:
        raise Refused("invalid_json") from None
    if not isinstance(body, dict):
        raise Refused("json_not_object")
    return body
