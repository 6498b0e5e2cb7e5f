"""The stand-in of Slack: its parts, served on loopback."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from bot.demo.slack.api import payloads
from bot.demo.slack.api.delivery import Answer, Delivery, signed_headers
from bot.demo.slack.api.faults import Fault, Faults, Rates
from bot.demo.slack.api.files import Uploads
from bot.demo.slack.api.response_urls import ResponseUrls
from bot.demo.slack.api.socket_mode import Connections
from bot.demo.slack.api.web_api import WebApi
from bot.demo.slack.errors import Refused
from bot.demo.slack.people.administration import Administration
from bot.demo.slack.people.interactions import Interactions, Offered
from bot.demo.slack.people.messages import Conversation
from bot.demo.slack.people.modals import Modals, Submitted
from bot.demo.slack.people.shortcuts import Shortcuts
from bot.demo.slack.workspace.members import ADMIN, GUEST, LEFT, MEMBER, PARTNER, Channel, User
from bot.demo.slack.workspace.messages import Call, Message
from bot.demo.slack.workspace.views import View
from bot.demo.slack.workspace.workspace import Workspace

__all__ = [
    "ADMIN", "GUEST", "LEFT", "MEMBER", "PARTNER", "Answer", "Call", "Channel", "Fault", "Message", "Offered",
    "Refused", "SlackStandIn", "Submitted", "User", "View", "served", "signed_headers",
]  # fmt: skip


class SlackStandIn:
    """A workspace, the people in it, and the connection to the bot.

    `app` is the bot's installation: its scopes, events and tokens. `delivery` has the bot's `events_url` and Slack's
    time limit. What people do is bound here, so that a test reads `slack.press(…)`.
    """

    def __init__(self, events_url: str | None = None) -> None:
        self.workspace = workspace = Workspace()
        self.faults, self.rates = Faults(), Rates()
        self.connections = Connections(workspace, self.faults)
        self.delivery = Delivery(workspace, self.connections, events_url)
        self._bind_state(workspace)
        self._bind_people(workspace, self.delivery)
        self.fail, self.heal = self.faults.fail, self.faults.heal
        self.repeat, self.disconnect = self.delivery.repeat, self.connections.disconnect

    def _bind_state(self, workspace: Workspace) -> None:
        self.app = workspace.app
        self.users, self.channels = workspace.users, workspace.channels
        self.messages, self.calls = workspace.messages, workspace.calls
        self.views, self.files = workspace.views, workspace.files
        self.direct_message, self.find = workspace.direct_message, workspace.find
        self.timestamp, self.record = workspace.timestamp, workspace.record
        self.touch, self.changed, self.until = workspace.touch, workspace.changed, workspace.until

    def _bind_people(self, workspace: Workspace, delivery: Delivery) -> None:
        talk, used = Conversation(workspace, delivery), Interactions(workspace, delivery)
        modals, admin = Modals(workspace, delivery, used), Administration(workspace, delivery)
        self.event = admin.event
        shortcuts = Shortcuts(workspace, delivery)
        self.use_shortcut, self.use_shortcut_on = shortcuts.use, shortcuts.use_on
        self.command, self.say, self.post, self.delete = talk.command, talk.say, talk.post, talk.delete
        self.press = self.press_in_view = used.press
        self.offered = used.offered
        self.submit, self.close_view = modals.submit, modals.close_view
        self.archive, self.unarchive, self.rename = admin.archive, admin.unarchive, admin.rename
        self.invite, self.leave, self.remove_bot = admin.invite, admin.leave, admin.remove_bot
        self.open_home = admin.open_home
        self.delete_channel, self.change_id = admin.delete_channel, admin.change_id
        self.uninstall, self.revoke_tokens = admin.uninstall, admin.revoke_tokens

    @property
    def origin(self) -> str:
        """Where it is served."""
        return self.workspace.origin

    async def url_verification(self, challenge: str = "demo-challenge") -> Answer:
        """Send the first request to a new request URL. The answer's body must contain the challenge."""
        return await self.delivery.deliver(payloads.url_verification(self.workspace, challenge))

    async def wait_connected(self, timeout: float = 10.0, connections: int = 1) -> None:
        """Wait until the bot has that many Socket Mode connections. Raises `TimeoutError`."""
        await self.until(lambda: len(self.connections.open) >= connections, timeout, self.calls)

    async def wait_for(self, predicate: Callable[[Message], bool], timeout: float = 10.0) -> Message:
        """The first message that satisfies it, past or future. Raises `TimeoutError` with all messages in its text."""
        await self.until(lambda: any(map(predicate, self.messages)), timeout, self.messages)
        return next(filter(predicate, self.messages))

    async def wait_for_call(self, predicate: Callable[[Call], bool], timeout: float = 10.0) -> Call:
        """`wait_for` among the calls to the Web API, refused ones included."""
        await self.until(lambda: any(map(predicate, self.calls)), timeout, self.calls)
        return next(filter(predicate, self.calls))


@asynccontextmanager
async def served(standin: SlackStandIn, port: int = 0) -> AsyncIterator[str]:
    """Serve it on loopback and yield its Web API's base URL, which ends in `/api/`. Port 0 takes a free one."""
    runner = web.AppRunner(_app(standin), access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        standin.workspace.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        # A connection must not outlive a bot that is restarted.
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
            standin.delivery.session = session
            yield f"{standin.origin}/api/"
    finally:
        standin.delivery.session = None
        standin.heal()
        await standin.connections.close()
        await runner.cleanup()


def _app(standin: SlackStandIn) -> web.Application:
    app = web.Application()
    app.router.add_route("*", "/api/{method}", WebApi(standin.workspace, standin.faults, standin.rates).answer)
    app.router.add_post("/commands/{path:.+}", ResponseUrls(standin.workspace, standin.faults).answer)
    app.router.add_post("/upload/v1/{ticket}", Uploads(standin.workspace, standin.faults).answer)
    app.router.add_get("/link/", standin.connections.answer)
    return app
