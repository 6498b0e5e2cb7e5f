"""The page's web server: who may do what, and what each person sees."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.demo.informatica.faults import Fault as JobsFault
from bot.demo.informatica.stand_in import DEMO_JOBS
from bot.demo.page import server
from bot.demo.page.drawer import fault_label
from bot.demo.page.server import Page
from bot.demo.page.story import Story
from bot.demo.slack.stand_in import ADMIN, MEMBER
from bot.demo.slack.stand_in import Fault as SlackFault
from bot.demo.slack.workspace.files import File
from bot.demo.world import World

NAME, DATAFLOW, RUN = DEMO_JOBS[0]
OPS = "C0DEMOOPS1"
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def http(world: World, story: Story) -> AsyncIterator[aiohttp.ClientSession]:
    async with server.served(Page(world, story)) as address, aiohttp.ClientSession(address) as session:
        yield session


async def test_other_sites_are_refused(world: World, http: aiohttp.ClientSession) -> None:
    """Another site in the same browser can neither act nor read, not even by a name that leads to loopback."""
    async with http.post("/drawer/add", data={"count": "200"}) as answer:
        assert answer.status == 403
    async with http.get(f"/ben/{OPS}", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 403
        assert "data-ops" not in await answer.text()
    assert len(world.jobs.jobs) == len(DEMO_JOBS) + 1
    async with http.post("/drawer/add", data={"count": "200"}, headers=OWN_PAGE) as answer:
        assert answer.status == 204
    assert len(world.jobs.jobs) == len(DEMO_JOBS) + 201


async def test_content_security_policy(http: aiohttp.ClientSession) -> None:
    """The policy allows nothing from beyond loopback, and no inline scripts or styles."""
    async with http.get(f"/ben/{OPS}") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "script-src" not in policy
        assert "https:" not in policy
        assert "unsafe-inline" not in policy


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [("/", f"/ben/{OPS}"), ("/nobody/x", f"/ben/{OPS}"), ("/ben/C0DEMOSEC1", f"/ben/{OPS}"), ("/ada/x", "/ada/")],
)
async def test_unknown_places(http: aiohttp.ClientSession, path: str, leads_to: str) -> None:
    """An unknown place redirects, and so does a private channel of others."""
    async with http.get(path) as answer:
        assert answer.status == 200
        assert answer.url.path.startswith(leads_to)


async def test_messages_are_escaped(world: World, http: aiohttp.ClientSession) -> None:
    """Messages and names of jobs are escaped."""
    world.slack.say(MEMBER.id, OPS, "<script>alert(1)</script>")
    world.jobs.add("<img src=x onerror=alert(1)>", "d", 1)
    async with http.get(f"/ben/{OPS}") as answer:
        page = await answer.text()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


async def test_unread_messages(world: World, http: aiohttp.ClientSession) -> None:
    """Unread messages are counted for each person, without the person's own."""
    world.slack.say(ADMIN.id, "C0DEMOGEN1", "hello")
    for path, count in (
        (f"/ben/{OPS}", True),
        ("/ben/C0DEMOGEN1", False),
        (f"/ben/{OPS}", False),
        (f"/gil/{OPS}", True),
    ):
        async with http.get(path) as answer:
            assert ("1 unread" in await answer.text()) is count
    async with http.get(f"/ada/{OPS}") as answer:
        assert "1 new" not in await answer.text()


async def test_one_clock(world: World, http: aiohttp.ClientSession) -> None:
    """Messages, the log of the bot and the clock beside them are in the zone of whoever looks."""
    world.slack.say(MEMBER.id, OPS, "good morning").ts = "1795941555.000001"
    world.bot._log = ["2026-11-29T08:39:15.249343Z [info] ready to work"]
    for person, clock, city in (("ben", "03:39", "New York"), ("gil", "17:39", "Tokyo")):
        async with http.get(f"/{person}/{OPS}") as answer:
            page = await answer.text()
        assert f">{clock}</time>" in page
        assert f">{clock}:15 [info] ready to work" in page
        assert f" in {city}</p>" in page


async def test_acting_ends_looking_back(story: Story, http: aiohttp.ClientSession) -> None:
    """Whoever looks back at a scene and writes a message sees what comes of it."""
    story.number = 3
    async with http.post("/drawer/story", data={"do": "back"}, headers=OWN_PAGE):
        assert story.shown < story.number
    async with http.post(f"/ben/{OPS}", data={"text": "hello"}, headers=OWN_PAGE):
        assert story.shown == story.number


async def test_what_slack_refuses(http: aiohttp.ClientSession) -> None:
    """Slack's error word is in the response, and an action on something gone is explained."""
    action = {"channel": OPS, "do": "invite"}
    async with http.post("/drawer/channel", data=action, headers=OWN_PAGE) as answer:
        assert (answer.status, await answer.text()) == (422, "Slack refused that: already_in_channel")
    async with http.post("/ben/messages/1.1", data={"press": '["b","a"]'}, headers=OWN_PAGE) as answer:
        assert (answer.status, await answer.text()) == (422, "That isn't possible any more: the message is gone")


async def test_a_form_that_is_closed_meanwhile(http: aiohttp.ClientSession) -> None:
    """What the page asks by itself just after a form was closed is no fault; what a person does is explained."""
    async with http.get("/ben/views/V1/options", params={"element": '["b","a"]', "view": "V1"}) as answer:
        assert (answer.status, await answer.text()) == (200, "")
    async with http.post("/ben/views/V1", data={"close": ""}, headers=OWN_PAGE) as answer:
        assert answer.status == 204
    async with http.post("/ben/views/V1", data={"press": '["b","a"]'}, headers=OWN_PAGE) as answer:
        assert (answer.status, await answer.text()) == (422, "That isn't possible any more: the form was closed")


async def test_jobs_in_the_drawer(world: World, http: aiohttp.ClientSession) -> None:
    """A job gets another status or another run; all found jobs get one status together."""

    async def do(action: str, **form: str) -> None:
        async with http.post(f"/drawer/{action}", data=form, headers=OWN_PAGE) as answer:
            assert answer.status == 204, await answer.text()

    await do("status", job=f"{DATAFLOW} {RUN}", status="Stopped")
    assert world.jobs.jobs[DATAFLOW, RUN]["status"] == "Stopped"
    await do("redeploy", job=f"{DATAFLOW} {RUN}")
    assert [job["status"] for (flow, _), job in world.jobs.jobs.items() if flow == DATAFLOW] == [
        "Undeployed",
        "Deploying",
    ]
    await do("statuses", find="ORDERS", status="Throttled")
    assert {job["assetName"] for job in world.jobs.jobs.values() if job["status"] == "Throttled"} == {NAME}


async def test_faults_in_the_drawer(world: World, http: aiohttp.ClientSession) -> None:
    """The page offers every fault of both stand-ins and says which one is in force."""
    async with http.get(f"/ben/{OPS}") as answer:
        page = await answer.text()
    for fault in (*JobsFault, *SlackFault):
        assert f'<option value="{fault.name}">{fault_label(fault)}</option>' in page
    form = {"fault": "SERVER_ERROR", "job": f"{DATAFLOW} {RUN}"}
    async with http.post("/drawer/break-jobs", data=form, headers=OWN_PAGE):
        pass
    async with http.post("/drawer/break-slack", data={"fault": "HTTP_503", "method": ""}, headers=OWN_PAGE):
        pass
    async with http.get(f"/ben/{OPS}") as answer:
        page = await answer.text()
    assert "Broken: Server error" in page
    assert "Broken: Http 503" in page


async def test_an_uploaded_picture_is_shown(world: World, http: aiohttp.ClientSession) -> None:
    """A message with a picture shows it with its description. A file that isn't there, or isn't a picture, isn't
    served."""
    png = b"\x89PNG\r\n\x1a\n"
    picture = File("F1", "x.png", len(png), "t", 'A "timeline"', png, "History")
    world.slack.files |= {"F1": picture, "F2": File("F2", "x.png", 1, "u", content=b"<script>")}
    world.slack.record(world.slack.workspace.by_bot(OPS, "Look", files=[picture]))
    async with http.get(f"/ben/{OPS}") as page:
        assert '<img src="/files/F1.png" alt="A &#34;timeline&#34;">' in await page.text()
    for name, status in (("F1", 200), ("F2", 404), ("F3", 404)):
        async with http.get(f"/files/{name}.png") as answer:
            assert answer.status == status, name
            assert await answer.read() == (png if status == 200 else b""), name
