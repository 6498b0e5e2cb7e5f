"""The demo in a browser, with the real bot: what a visitor does and sees."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, Page, expect

from bot.demo.informatica.stand_in import DEMO_JOBS
from bot.demo.play import Demo
from bot.demo.slack.stand_in import MEMBER

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME, DATAFLOW, RUN = DEMO_JOBS[0]
OPS = "C0DEMOOPS1"


async def say(page: Page, text: str) -> None:
    field = page.get_by_role("combobox", name=re.compile("^Message "))
    await field.fill(text)
    await page.keyboard.press("Enter")
    await expect(field).to_have_value("")


async def test_a_visit(demo: Demo, page: Page) -> None:
    """Commands are suggested and answered; an alert arrives by itself; buttons ask before they take something away. Who
    becomes somebody else writes as that person."""
    await page.goto(f"{demo.address}ben/{OPS}")
    log, field = page.get_by_role("log"), page.get_by_label("Message #data-ops")
    await field.press_sequentially("/j")
    await expect(page.get_by_role("option", name="/job")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(field).to_have_value("/job ")
    await field.press_sequentially(f"status {DATAFLOW} {RUN}")
    await page.keyboard.press("Enter")
    answer = page.get_by_role("article").filter(has_text=re.compile(f"{NAME}.*Up and Running"))
    await expect(answer).to_contain_text("Only visible to you")

    await page.locator("#drawer").get_by_role("button", name=NAME, exact=True).click()
    await page.keyboard.press("Enter")
    watched = page.get_by_role("article", name="Jobwatch").filter(has_text=f"@ben is watching {NAME}")
    await expect(watched).to_have_count(1)
    await field.fill("half a sen")
    await page.get_by_label(f"Status of {NAME}").select_option("Running with Error")
    alert = page.get_by_role("article").filter(has_text=f"{NAME} is Running with Error")
    await expect(alert).to_be_visible()
    await expect(field).to_have_value("half a sen")
    await page.get_by_role("button", name=f"Redeploy {NAME}").click()
    await log.get_by_role("link", name="1 reply").click()
    await expect(page.get_by_role("region", name="Thread")).to_contain_text("redeployed")

    question, articles = page.get_by_role("dialog"), log.get_by_role("article")
    before = await articles.count()
    for keep in (True, False):
        await watched.first.get_by_role("button", name="Stop watching").click()
        await expect(question).to_be_visible()
        buttons = question.get_by_role("button")
        await (buttons.first if keep else buttons.last).click()
        await expect(question).to_be_hidden()
    await expect(articles).to_have_count(before + 1)

    await page.get_by_label("Who you are").select_option("ada")
    await expect(page.get_by_role("link", name="payroll")).to_be_visible()
    await expect(log.get_by_role("article").first).to_be_visible()
    await expect(log).not_to_contain_text("Only visible to you")
    await say(page, "It's me")
    await expect(articles.last).to_contain_text("Ada Admin")


async def test_the_opening_and_an_outage(demo: Demo, page: Page) -> None:
    """The demo opens on a channel with an incident in its thread. What it shows is true: the job is watched, and was
    deployed before. Slack's own commands work, and a fault from the drawer shows in the bot's answer until it is
    healed."""
    await page.goto(demo.address)
    thread, log = page.get_by_role("region", name="Thread"), page.get_by_role("log")
    await expect(thread.get_by_role("article")).to_have_count(5)
    await expect(log).to_contain_text(re.compile("replied to a thread: .*inventory-events"))
    await expect(log.get_by_role("link", name="4 replies")).to_contain_text("last reply")
    await expect(log).to_contain_text("From here on, everything is live")
    await say(page, "/job list")
    await expect(log.get_by_role("article").last).to_contain_text("inventory-events")
    await expect(thread).to_contain_text(re.compile("Began as ❌.Running with Error.* version.12 · deployed by.ada"))
    await say(page, "/job inventory-events")
    await expect(log.get_by_role("article").last).to_contain_text(re.compile("yesterday at .*Deployed by ada", re.S))

    await page.goto(f"{demo.address}ben/C0DEMOGEN1")
    header = page.locator("header").filter(has_text="general")
    await say(page, f"/job watch {DATAFLOW} {RUN}")
    await expect(log).to_contain_text("/invite")
    await say(page, "/invite @jobwatch")
    await expect(header).not_to_contain_text("isn't a member")
    await page.get_by_text("Break things").click()
    await page.get_by_label("Fault of the jobs service").select_option("SERVER_ERROR")
    await page.get_by_role("button", name="Break it").first.click()
    await expect(page.get_by_text("Broken: Server error")).to_be_visible()
    articles = await log.get_by_role("article").count()
    await say(page, f"/job status {DATAFLOW} {RUN}")
    await expect(log.get_by_role("article")).to_have_count(articles + 1)
    await expect(log.get_by_role("article").last).not_to_contain_text("Up and Running")
    await page.get_by_role("button", name="Heal it").first.click()
    await expect(page.get_by_text("Broken: Server error")).to_be_hidden()


async def tab_to(page: Page, target: Locator) -> None:
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await target.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"Tab never reaches {target}")


async def test_the_watch_form_by_keyboard(demo: Demo, page: Page) -> None:
    """By keyboard alone, a job is found and watched for one status, and the watch is changed afterwards."""
    await page.goto(demo.address)
    log = page.get_by_role("log")
    await say(page, "/job watch")
    form = page.get_by_role("dialog")
    await expect(form).to_be_visible()
    await tab_to(page, form.get_by_role("searchbox").first)
    await page.keyboard.type(NAME[3:9])
    found = form.get_by_role("radio", name=NAME)
    await expect(found).to_be_visible()
    await tab_to(page, found)
    await page.keyboard.press("Space")
    await expect(form.locator("[data-block=preview]")).to_contain_text(NAME)
    statuses = form.get_by_role("radiogroup").last
    await tab_to(page, statuses.get_by_role("radio").first)
    for _ in range(3):
        await page.keyboard.press("ArrowDown")
    box = form.get_by_role("checkbox", name="Running with Error")
    await expect(box).to_be_visible()
    await tab_to(page, box)
    await page.keyboard.press("Space")
    await expect(form.locator("[data-block=preview]")).to_contain_text("Running with Error")
    await tab_to(page, form.locator("footer .primary"))
    await page.keyboard.press("Enter")
    await expect(form).to_be_hidden()
    await expect(log).to_contain_text(re.compile(f"{NAME}.*Running with Error"))
    assert demo.world.slack.views.top(MEMBER.id) is None

    await log.get_by_role("button", name="Change…").last.focus()
    await page.keyboard.press("Enter")
    await expect(form).to_be_visible()
    await tab_to(page, form.locator("footer .primary"))
    await page.keyboard.press("Enter")
    await expect(form).to_be_hidden()


async def test_the_story(demo: Demo, page: Page) -> None:
    """The story runs to its end, every scene has the effect that its caption describes, and then it is our turn."""
    await page.goto(demo.address)
    await page.get_by_role("button", name="Play the story").click()
    player, field = page.get_by_role("region", name="Story"), page.get_by_label("Message #data-ops")
    await expect(player.get_by_role("status")).to_contain_text(f"of {len(demo.story.scenes)}")
    await asyncio.wait_for(demo.story.ended(), 120)
    assert demo.story.problem == ""
    assert demo.story.number == len(demo.story.scenes) - 1
    await expect(player).to_contain_text("Your turn")
    await player.get_by_role("button", name="/job list").click()
    await expect(field).to_have_value("/job list")
