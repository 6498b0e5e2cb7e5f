"""A stand-in of Slack on loopback, made from Slack's public documentation.

It has a workspace, the Web API, response URLs and Socket Mode, and talks to the bot as Slack does.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from bot.demo import slack_payloads, slack_response_urls
from bot.demo.slack_delivery import Answer, Delivery, signed_headers
from bot.demo.slack_endpoints import Endpoints, Rates
from bot.demo.slack_faults import Fault, Faults, Refused
from bot.demo.slack_files import UPLOAD_BYTES, FileAddresses
from bot.demo.slack_modals import ModalWorkspace, Submitted
from bot.demo.slack_payloads import Parcel
from bot.demo.slack_presses import Offered
from bot.demo.slack_response_urls import ResponseUrls
from bot.demo.slack_socket import Links
from bot.demo.slack_talk import TalkingWorkspace
from bot.demo.slack_views import View
from bot.demo.slack_workspace import ADMIN, GUEST, LEFT, MEMBER, Call, Channel, Message, User

__all__ = [
    "ADMIN",
    "GUEST",
    "LEFT",
    "MEMBER",
    "Answer",
    "Call",
    "Channel",
    "Fault",
    "Message",
    "Offered",
    "Parcel",
    "Refused",
    "SlackStandIn",
    "Submitted",
    "User",
    "View",
    "served",
    "signed_headers",
]


class SlackStandIn(ModalWorkspace, TalkingWorkspace):
    """The workspace, and the people in it: they write, type commands, use menus and modals, do things to channels.

    `delivery` knows the bot's `events_url` and how long Slack waits; `rates` and `fail` make life hard for the bot.
    """

    def __init__(self, events_url: str | None = None) -> None:
        super().__init__()
        self.faults = Faults()
        self.rates = Rates()
        self.links = Links(self, self.faults)
        self.delivery = Delivery(self, self.links)
        self.events_url = events_url

    @property
    def events_url(self) -> str | None:
        """The bot's request URL for commands, interactivity and events."""
        return self.delivery.events_url

    @events_url.setter
    def events_url(self, url: str | None) -> None:
        self.delivery.events_url = url

    @property
    def rate_limited(self) -> bool:
        """Whether a channel takes about one message a second, after a burst of `rates.burst`."""
        return self.rates.on

    @rate_limited.setter
    def rate_limited(self, on: bool) -> None:
        self.rates.on = on

    @property
    def retry_after(self) -> int:
        """The whole seconds that the faults RATE_LIMITED and APP_RATE_LIMITED name in Retry-After."""
        return self.faults.retry_after

    @retry_after.setter
    def retry_after(self, seconds: int) -> None:
        self.faults.retry_after = seconds

    def fail(
        self,
        fault: Fault | Refused | str,
        method: str | None = "chat.postMessage",
        channel: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Let the next `times` calls of the method fail (None: until `heal`); a plain word is an error word.

        `method` may also be `response_url`, `link` (a WebSocket that is being opened), or None for all of them.
        """
        self.faults.plan(fault, method, channel, times)

    def heal(self) -> None:
        """No more faults; what hangs is let go."""
        self.faults.heal()

    async def command(
        self, text: str, *, user: str, channel: str, command: str = "/job", over_http: bool | None = None
    ) -> Answer:
        """A person types a slash command in a channel (or in `direct_message(user).id`)."""
        reply = slack_response_urls.issue(self, user, channel)
        parcel = slack_payloads.command(self, command, text, user, reply)
        return await self.delivery.deliver(parcel, over_http=over_http)

    async def url_verification(self, challenge: str = "demo-challenge") -> Answer:
        """Slack's first request to a new request URL: the answer's body must hold the challenge."""
        return await self.delivery.deliver(slack_payloads.url_verification(self, challenge), over_http=True)

    async def repeat(self, answer: Answer, *, retry: int | None = None, over_http: bool | None = None) -> Answer:
        """Deliver the very same request again, newly signed; as retry number `retry` if there is one."""
        again = None if retry is None else (retry, "http_timeout")
        return await self.delivery.deliver(answer.parcel, over_http=over_http, retry=again)

    async def wait_connected(self, timeout: float = 10.0, links: int = 1) -> None:
        """Until the bot holds that many Socket Mode links, else a `TimeoutError`."""
        await self.until(lambda: len(self.links.open) >= links, timeout, self.calls)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Slack ends all links; a bot is expected to come back."""
        await self.links.disconnect(reason)


@asynccontextmanager
async def served(standin: SlackStandIn, port: int = 0) -> AsyncIterator[str]:
    """Serve it on loopback (port 0: a free one); the base URL of its Web API, which ends in `/api/`."""
    runner = web.AppRunner(_app(standin), access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        standin.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        # A bot that was restarted must not be spoken to over the connection to its predecessor.
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
            standin.delivery.session = session
            yield f"{standin.origin}/api/"
    finally:
        standin.delivery.session = None
        standin.heal()
        await standin.links.close()
        await runner.cleanup()


def _app(standin: SlackStandIn) -> web.Application:
    app = web.Application(client_max_size=UPLOAD_BYTES)
    files = FileAddresses(standin)
    app.router.add_route("*", "/api/{method}", Endpoints(standin, standin.faults, standin.rates).answer)
    app.router.add_post("/commands/{path:.+}", ResponseUrls(standin, standin.faults).answer)
    app.router.add_post("/upload/v1/{ticket}", files.take)
    app.router.add_get("/files/{id}", files.give)
    app.router.add_get("/link/", standin.links.answer)
    return app
