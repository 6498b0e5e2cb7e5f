"""The demo in a browser: what a visitor does with keys and mouse, and sees without ever reloading."""

import asyncio
import os
import re
from pathlib import Path

from playwright.async_api import Page, expect

from bot.demo.informatica.stand_in import DEMO_JOBS
from bot.demo.play import Demo
from bot.demo.slack.block_kit.validation import checked
from bot.demo.slack.stand_in import MEMBER, Message
from tests.demo.gallery import GALLERY, as_view

NAME, DATAFLOW, RUN = DEMO_JOBS[0]
REF = f"{DATAFLOW} {RUN}"
# The README's picture: JOBWATCH_TAKE_PICTURE=1 pytest -n0 tests/demo/page -k story
PICTURE = Path(__file__).parents[1] / "picture.jpg"


async def says(page: Page, text: str) -> None:
    await page.get_by_label("Message #data-ops").fill(text)
    await page.keyboard.press("Enter")


async def test_a_command_is_offered_and_answered_privately(page: Page) -> None:
    """A slash brings up the commands, the keyboard takes one, and its answer is for oneself only."""
    field = page.get_by_label("Message #data-ops")
    await field.press_sequentially("/j")
    await expect(page.get_by_role("option", name="/job")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(field).to_have_value("/job ")
    await field.press_sequentially(f"status {REF}")
    await page.keyboard.press("Enter")
    answer = page.get_by_role("article").filter(has_text=f"{NAME} is Up and Running")
    await expect(answer).to_contain_text("Only visible to you")
    await expect(field).to_have_value("")


async def test_a_watched_jobs_alert_arrives_by_itself(page: Page) -> None:
    """A job that the drawer changes is told in the channel without a reload, and what was half typed stays."""
    await page.locator("#drawer").get_by_role("button", name=f"✅ {NAME}").click()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("is watching")
    await page.get_by_label("Message #data-ops").fill("half a sen")
    await page.get_by_label(f"Status of {NAME}").select_option("Running with Error")
    await expect(page.get_by_role("log")).to_contain_text(f"{NAME} is Running with Error")
    await expect(page.get_by_label("Message #data-ops")).to_have_value("half a sen")


async def test_a_newcomer_sees_a_job_redeployed(page: Page, demo: Demo) -> None:
    """Who watches a job by a part of its name, and redeploys it in the drawer, is told of that once."""
    await says(page, "/job watch orders-to")
    log = page.get_by_role("log")
    await expect(log).to_contain_text(f"is watching {NAME} in this channel")
    await page.get_by_role("button", name=f"Redeploy {NAME}").click()
    await expect(log).to_contain_text(f"run {RUN} → ")
    await page.get_by_label(f"Status of {NAME}").select_option("Up and Running")
    await expect(log).to_contain_text(f"{NAME} is Up and Running · ")
    told = [message.text for message in demo.world.slack.messages if message.metadata]
    assert len([text for text in told if "redeployed" in text]) == 1
    assert not any("Undeployed" in text for text in told)


async def test_every_button_of_an_alert(page: Page) -> None:
    """The buttons of a confirmation do what they say; one that takes something away asks first."""
    await says(page, f"/job watch {REF}")
    log = page.get_by_role("log")
    await log.get_by_role("button", name="Show status").click()
    await expect(log).to_contain_text("Only visible to you")
    await log.get_by_role("button", name="Stop watching").click()
    question = page.get_by_role("dialog")
    await expect(question).to_be_visible()
    await question.get_by_role("button").first.click()
    await expect(question).to_be_hidden()
    await log.get_by_role("button", name="Stop watching").click()
    await question.get_by_role("button").last.click()
    await expect(log).to_contain_text("stopped watching")


async def test_three_people(page: Page, demo: Demo) -> None:
    """One can be somebody else: what was said to Ben alone is not there, and the private channels are Ada's."""
    await says(page, f"/job status {REF}")
    await expect(page.get_by_role("log")).to_contain_text("Only visible to you")
    await page.get_by_label("Who you are").select_option("ada")
    await expect(page.get_by_role("link", name="payroll")).to_be_visible()
    await expect(page.get_by_role("log")).not_to_contain_text("Only visible to you")


async def test_the_bot_is_invited_and_the_service_fails(page: Page) -> None:
    """Slack's own commands work, a fault of the drawer is seen in the bot's words, and healed again."""
    await page.get_by_role("link", name="general").click()
    await page.wait_for_url("**/C0DEMOGEN1")
    field = page.get_by_label("Message #general")
    await field.fill(f"/job watch {REF}")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("Invite me")
    await field.fill("/invite @jobwatch")
    await page.keyboard.press("Enter")
    await expect(page.locator("header").filter(has_text="general")).not_to_contain_text("is not one of them")
    await page.get_by_label("Fault of the jobs service").select_option("SERVER_ERROR")
    await page.get_by_role("button", name="Break it").first.click()
    await expect(page.get_by_text("Broken: Errors")).to_be_visible()
    await field.fill(f"/job status {REF}")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("Can't check")
    await page.get_by_role("button", name="Heal it").first.click()
    await expect(page.get_by_text("Broken: Errors")).to_be_hidden()


async def test_the_story(page: Page, demo: Demo, tmp_path: Path) -> None:
    """The story runs to its end: each scene's words are true, and the page follows it from place to place."""
    await page.get_by_role("button", name="Play the story").click()
    await expect(page.locator("#caption")).to_contain_text(f"of {len(demo.story.scenes)}")
    await asyncio.wait_for(demo.story.ended(), 120)
    assert demo.story.trouble == ""
    assert demo.story.number == len(demo.story.scenes) - 1
    await expect(page.locator("#caption")).to_be_hidden()
    await expect(page).to_have_title(re.compile("data-ops"))
    taken = PICTURE if os.environ.get("JOBWATCH_TAKE_PICTURE") else tmp_path / PICTURE.name
    await page.screenshot(path=taken, type="jpeg", quality=60)
    told = [message.text for message in demo.world.slack.messages if message.channel == demo.story.channel.id]
    # Not counted: the bot is killed right after it said that the outage is over, and may have to say it again.
    assert {text[0] for text in told if "jobs service" in text} == {"⚠", "✅"}


MODAL = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Watch a job"},
    "submit": {"type": "plain_text", "text": "Watch"},
    "blocks": [
        {
            "type": "input",
            "block_id": "job",
            "label": {"type": "plain_text", "text": "Job"},
            "element": {"type": "plain_text_input", "action_id": "name", "min_length": 3},
        },
        {
            "type": "input",
            "block_id": "found",
            "label": {"type": "plain_text", "text": "Found"},
            "optional": True,
            "element": {"type": "external_select", "action_id": "pick", "min_query_length": 1},
        },
    ],
}


async def test_a_modal_by_keyboard(page: Page, demo: Demo) -> None:
    """A modal takes the focus, says what is wrong with it and keeps what was typed, and closes when it was sent."""
    demo.world.slack.views.add(MEMBER.id, checked(MODAL, "modal"))
    demo.world.slack.touch()
    modal = page.get_by_role("dialog", name="Watch a job")
    await expect(modal).to_be_visible()
    await modal.get_by_label("Search: Found").fill("orders")
    await expect(modal).to_contain_text("No results")
    await modal.get_by_label("Job", exact=True).fill("")
    await page.keyboard.press("Enter")
    await expect(modal).to_contain_text("Please complete this required field.")
    await expect(modal.get_by_label("Job", exact=True)).to_have_attribute("aria-invalid", "true")
    await expect(modal.get_by_label("Search: Found")).to_have_value("orders")
    await modal.get_by_label("Job", exact=True).fill("orders-to-lake")
    await page.keyboard.press("Enter")
    await expect(modal).to_be_hidden()
    assert demo.world.slack.views.top(MEMBER.id) is None


async def test_a_modal_is_left_by_escape(page: Page, demo: Demo) -> None:
    """Escape closes a modal for Slack too."""
    demo.world.slack.views.add(MEMBER.id, checked(MODAL, "modal"))
    demo.world.slack.touch()
    await expect(page.get_by_role("dialog", name="Watch a job")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert demo.world.slack.views.top(MEMBER.id) is None


async def test_a_thread_beside_the_channel(page: Page) -> None:
    """A message's replies are read and written beside it; a slash command is refused there, as Slack does."""
    await says(page, "what happened?")
    message = page.get_by_role("article").filter(has_text="what happened?")
    await message.get_by_role("link", name="Reply in a thread").click()
    await page.wait_for_url(re.compile("thread="))
    thread = page.get_by_role("region", name="Thread")
    await thread.get_by_label("Reply").fill("nothing")
    await page.keyboard.press("Enter")
    await expect(thread.get_by_role("article")).to_have_count(2)
    await thread.get_by_label("Reply").fill("/job list")
    await page.keyboard.press("Enter")
    await expect(thread).to_contain_text("/job is not supported in threads")
    await thread.get_by_role("link", name="Close").click()
    await expect(page.get_by_role("link", name="1 reply")).to_be_visible()


async def test_all_that_slack_can_show(page: Page, demo: Demo) -> None:
    """Each block and element, in a message, on Home and in a modal, is drawn without a word on the console."""
    slack = demo.world.slack
    shown = slack.direct_message(MEMBER.id)
    for blocks in GALLERY["message"].values():
        slack.record(Message(slack.timestamp(), shown.id, "gallery", blocks, bot_id=slack.app.bot_id))
    await page.goto(f"{demo.address}ben/{shown.id}")
    await expect(page.locator("article.message")).to_have_count(len(GALLERY["message"]))
    assert not await page.get_by_text("doesn't know the block").count()
    slack.views.add(
        MEMBER.id, as_view("home", [block for blocks in GALLERY["home"].values() for block in blocks][:100])
    )
    await page.goto(f"{demo.address}ben/home")
    await expect(page.locator(".home .block").first).to_be_visible()
    for name, blocks in GALLERY["modal"].items():
        view = slack.views.add(MEMBER.id, as_view("modal", blocks))
        slack.touch()
        await expect(page.locator(f"#modal-{view.id}")).to_be_visible()
        await slack.close_view(view, user=MEMBER.id, clear=True)
        await expect(page.locator(f"#modal-{view.id}"), name).to_have_count(0)


async def test_narrow_dark_and_large(page: Page) -> None:
    """At 200 % of a small window, and in the dark, nothing is cut off at the side and all can be reached."""
    await page.emulate_media(color_scheme="dark")
    await page.set_viewport_size({"width": 640, "height": 400})
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for name in ("Play the story", "Send"):
        button = page.get_by_role("button", name=name)
        await button.scroll_into_view_if_needed()
        await expect(button).to_be_in_viewport()
