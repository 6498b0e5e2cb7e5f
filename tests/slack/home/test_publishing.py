"""What becomes of a Home tab that Slack doesn't take at once, and of one that shows nothing new."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from bot.demo.slack.stand_in import MEMBER, Fault, SlackStandIn
from bot.domain.destination import Destination
from bot.domain.home.tab import HomeTab
from bot.slack.api.client import web_client
from bot.slack.api.directory import Directory
from bot.slack.api.messenger import SlackMessenger
from bot.slack.api.views import ViewsApi
from bot.slack.home.publishing import HomePublisher
from bot.store import subscriptions
from bot.store.database import Database, opened
from bot.store.homes import tabs
from tests.cast import job

OPS, PAYROLL = "C0DEMOOPS1", "C0DEMOSEC1"


@dataclass
class Home:
    """Ben's tab, between the stand-in and a database."""

    slack: SlackStandIn
    database: Database
    publisher: HomePublisher

    @property
    def person(self) -> Destination:
        return Destination(self.slack.app.team_id, MEMBER.id)

    @property
    def published(self) -> int:
        return sum(call.method == "views.publish" and call.error is None for call in self.slack.calls)

    @property
    def shown(self) -> str:
        return str(self.slack.views.homes[MEMBER.id].blocks)

    async def opens(self) -> timedelta | None:
        async with self.database.writing() as session:
            tab = await tabs.open_tab(session, self.person, "D0DEMOBEN1", datetime.now(UTC))
        return await self.publisher.publish(tab, opened=True)

    async def tab(self) -> HomeTab | None:
        async with self.database.reading() as session:
            return await tabs.find(session, self.person)

    async def is_compared(self) -> timedelta | None:
        tab = await self.tab()
        assert tab is not None
        return await self.publisher.publish(tab)

    async def watches(self, channel: str = OPS, name: str = "orders") -> None:
        async with self.database.writing() as session:
            place = Destination(self.slack.app.team_id, channel)
            await subscriptions.subscribe(session, place, job(name=name), MEMBER.id, polled_at=datetime.now(UTC))


@pytest.fixture
async def home(slack: SlackStandIn, session: aiohttp.ClientSession, sqlite_url: str) -> AsyncIterator[Home]:
    client = web_client(slack.app.bot_token, f"{slack.origin}/api/", session)

    async def command(_: str) -> str:
        return "/job"

    async with opened(sqlite_url) as database:
        publisher = HomePublisher(database, ViewsApi(client, SlackMessenger(client)), Directory(client), command)
        yield Home(slack, database, publisher)


async def test_a_tab_is_published_when_it_is_opened_or_different(home: Home) -> None:
    """Opening publishes it, which says how fresh it is; else it is published only if it shows something else."""
    await home.opens()
    await home.is_compared()
    assert home.published == 1
    await home.opens()
    assert home.published == 2
    await home.watches()
    await home.is_compared()
    await home.is_compared()
    assert home.published == 3
    assert "Your channels watch 1 job" in home.shown


async def test_a_tab_that_was_published_meanwhile_is_made_anew(home: Home) -> None:
    """If another process published it since, the latest facts are published, not refused for good."""
    await home.opens()
    home.slack.views.publish(MEMBER.id, {"type": "home", "blocks": []})
    await home.watches()
    assert await home.is_compared() is None
    assert "Your channels watch 1 job" in home.shown
    assert [call.error for call in home.slack.calls if call.method == "views.publish"] == [None, "hash_conflict", None]


async def test_an_emoji_is_found_by_its_name(home: Home) -> None:
    """Slack sends the name of an emoji that is typed into the search."""
    await home.watches(name="🚀 orders")
    await home.opens()
    async with home.database.writing() as session:
        tab = await tabs.use(session, home.person, datetime.now(UTC), words=":rocket: ORDERS")
    assert tab is not None
    await home.publisher.publish(tab)
    assert "1 watched job with “:rocket: ORDERS” in the name" in home.shown


async def test_a_busy_slack_gets_the_tab_later(home: Home) -> None:
    """What Slack puts off is due again once it wants to be asked, and is published then."""
    await home.opens()
    await home.watches()
    for fault in (Fault.RATE_LIMITED, Fault.HTTP_500, "internal_error"):
        home.slack.fail(fault, method="views.publish")
        assert await home.is_compared() is not None
    assert await home.is_compared() is None
    assert "Your channels watch 1 job" in home.shown


@pytest.mark.parametrize("trouble", ["the tab is turned off", "the person is gone", "user_not_found"])
async def test_a_tab_that_slack_shows_no_more_is_forgotten(home: Home, trouble: str) -> None:
    """It isn't tried again until the person opens it."""
    await home.opens()
    await home.watches()
    match trouble:
        case "the tab is turned off":
            home.slack.app.home_tab_enabled = False
        case "the person is gone":
            gone = home.slack.users.pop(MEMBER.id)
            assert await home.is_compared() is None
            home.slack.users[gone.id] = gone
        case code:
            home.slack.fail(code, method="views.publish")
    if await home.tab() is not None:
        assert await home.is_compared() is None
    assert await home.tab() is None


async def test_no_private_channel_is_shown_on_suspicion(home: Home) -> None:
    """If Slack can't say which channels the person is in now, none is shown; what the person watches is."""
    home.slack.channels[PAYROLL].members.add(MEMBER.id)
    for place in (PAYROLL, MEMBER.id):
        await home.watches(place)
    await home.opens()
    assert PAYROLL in home.shown
    async with home.database.writing() as session:
        await tabs.forget_channels(session, home.person, datetime.now(UTC))
    home.slack.fail("internal_error", method="users.conversations")
    await home.is_compared()
    assert PAYROLL not in home.shown
    assert "You watch 1 job" in home.shown
    assert "Slack has a problem of its own" in home.shown
