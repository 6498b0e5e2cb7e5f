"""Shortcuts and what stands below links, in a browser."""

import pytest
from playwright.async_api import Page, Route, expect

from bot.demo.slack.stand_in import MEMBER, Message
from bot.demo.world import World
from tests.demo.gallery import plain

pytestmark = pytest.mark.asyncio(loop_scope="session")

OPS = "C0DEMOOPS1"


async def test_shortcuts_and_links(world: World, address: str, page: Page) -> None:
    """The shortcuts are chosen beside the message field, which keeps its text, and beside each message; what stands
    below a link can be pressed. People of another company are offered none."""
    slack, sent = world.slack, list[str]()
    message = slack.record(Message(slack.timestamp(), OPS, "<https://jobs.test/1>", user=MEMBER.id))
    button = {"type": "button", "action_id": "show", "text": plain("Show status")}
    message.unfurls = {"https://jobs.test/1": [{"type": "actions", "block_id": "below", "elements": [button]}]}

    async def take(route: Route) -> None:
        sent.append(route.request.url.removeprefix(address))
        await route.fulfill(status=204)

    await page.route(lambda url: "/shortcuts/" in url or "/messages/" in url, take)
    await page.goto(f"{address}ben/{OPS}")
    await page.locator("#say").fill("half a word")
    await page.get_by_label("Shortcuts").click()
    await page.get_by_role("button", name="Look up a job").click()
    article = page.get_by_role("article")
    await article.hover()
    await page.get_by_label("More for this message").click()
    await page.get_by_role("button", name="Watch this job").click()
    await article.get_by_role("button", name="Show status").click()
    await expect(page.locator("#say")).to_have_value("half a word")
    here = f"ben/messages/{message.ts}"
    assert sent == ["ben/shortcuts/look_up_job", f"{here}/shortcuts/watch_job_in_message", here]
    await page.goto(f"{address}pia/C0PARTEXT1")
    await expect(page.get_by_label("Shortcuts")).to_have_count(0)
