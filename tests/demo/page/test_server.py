"""What the page's server lets happen, to whom, and what it shows."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.demo.bot import Bot
from bot.demo.informatica.faults import Fault as JobsFault
from bot.demo.informatica.stand_in import DEMO_JOBS, JobsServiceStandIn
from bot.demo.page import server
from bot.demo.page.drawer import JOBS_FAULTS, SLACK_FAULTS
from bot.demo.page.server import Page
from bot.demo.page.story import Story
from bot.demo.slack.stand_in import ADMIN, MEMBER, SlackStandIn
from bot.demo.slack.stand_in import Fault as SlackFault
from bot.demo.world import World

NAME, DATAFLOW, RUN = DEMO_JOBS[0]
OPS = "C0DEMOOPS1"
ITSELF = {"HX-Request": "true"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Both services; the bot is never started."""
    slack = SlackStandIn()
    return World(slack, JobsServiceStandIn().with_demo_jobs(), Bot({}, str(tmp_path), slack.touch))


@pytest.fixture
async def http(world: World) -> AsyncIterator[aiohttp.ClientSession]:
    async with server.served(Page(world, Story(world))) as address, aiohttp.ClientSession(address) as session:
        yield session


async def test_only_the_page_itself_may_act(world: World, http: aiohttp.ClientSession) -> None:
    """Another site in the same browser can't make it do anything, nor read it by a name that leads to loopback."""
    async with http.post("/drawer/add", data={"count": "200"}) as answer:
        assert answer.status == 403
    async with http.get(f"/ben/{OPS}", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403
        assert "data-ops" not in await answer.text()
    assert len(world.jobs.jobs) == len(DEMO_JOBS) + 1
    async with http.post("/drawer/add", data={"count": "200"}, headers=ITSELF) as answer:
        assert answer.status == 204
    assert len(world.jobs.jobs) == len(DEMO_JOBS) + 201


async def test_nothing_is_fetched_from_elsewhere(http: aiohttp.ClientSession) -> None:
    """The browser is told to load nothing from beyond loopback, and to run no script that stands in a page."""
    async with http.get(f"/ben/{OPS}") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "script-src" not in policy
        assert "https:" not in policy


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [("/", f"/ben/{OPS}"), ("/nobody/home", f"/ben/{OPS}"), ("/ben/C0DEMOSEC1", f"/ben/{OPS}"), ("/ada/x", "/ada/")],
)
async def test_a_place_that_is_not_there(http: aiohttp.ClientSession, path: str, leads_to: str) -> None:
    """Who goes where they can't be is somewhere else: nobody sees a private channel that they are not in."""
    async with http.get(path) as answer:
        assert answer.status == 200
        assert answer.url.path.startswith(leads_to)


async def test_what_people_say_is_text(world: World, http: aiohttp.ClientSession) -> None:
    """Neither a message nor a job's name becomes a part of the page."""
    await world.slack.say(MEMBER.id, OPS, "<script>alert(1)</script>")
    world.jobs.add("<img src=x onerror=alert(1)>", "d", 1)
    async with http.get(f"/ben/{OPS}") as answer:
        page = await answer.text()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


async def test_what_is_new_is_counted_until_it_is_read(world: World, http: aiohttp.ClientSession) -> None:
    """A channel shows how much is new in it, to each person apart, and one's own words are not new."""
    await world.slack.say(ADMIN.id, "C0DEMOGEN1", "hello")
    for path, count in (
        (f"/ben/{OPS}", True),
        ("/ben/C0DEMOGEN1", False),
        (f"/ben/{OPS}", False),
        (f"/gil/{OPS}", True),
    ):
        async with http.get(path) as answer:
            assert ("1 new" in await answer.text()) is count
    async with http.get(f"/ada/{OPS}") as answer:
        assert "1 new" not in await answer.text()


async def test_what_slack_refuses_is_said(http: aiohttp.ClientSession) -> None:
    """A deed that Slack doesn't do has its word in the answer, and nothing breaks."""
    deed = {"channel": OPS, "deed": "invite"}
    async with http.post("/drawer/channel", data=deed, headers=ITSELF) as answer:
        assert (answer.status, await answer.text()) == (422, "Slack doesn't do that: already_in_channel")
    async with http.post("/ben/messages/1.1/press", data={"press": '["b","a"]'}, headers=ITSELF) as answer:
        assert answer.status == 422


async def test_the_drawers_jobs(world: World, http: aiohttp.ClientSession) -> None:
    """A job gets another status or another run; all that were found get one status together."""

    async def does(deed: str, **form: str) -> None:
        async with http.post(f"/drawer/{deed}", data=form, headers=ITSELF) as answer:
            assert answer.status == 204, await answer.text()

    await does("status", dataflow=DATAFLOW, run=str(RUN), status="Stopped")
    assert world.jobs.jobs[DATAFLOW, RUN]["status"] == "Stopped"
    await does("redeploy", dataflow=DATAFLOW, run=str(RUN))
    assert [job["status"] for (flow, _), job in world.jobs.jobs.items() if flow == DATAFLOW] == [
        "Undeployed",
        "Deploying",
    ]
    await does("all", find="ORDERS", status="Throttled")
    assert {job["assetName"] for job in world.jobs.jobs.values() if job["status"] == "Throttled"} == {NAME}


def test_each_fault_has_its_words() -> None:
    """Whatever the stand-ins can do wrong, the drawer can make them do, in words that differ."""
    assert set(JOBS_FAULTS) == set(JobsFault)
    assert set(SLACK_FAULTS) == set(SlackFault)
    assert len(set(JOBS_FAULTS.values())) == len(JobsFault)
