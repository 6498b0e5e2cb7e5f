"""The form that asks what to watch, in a browser and by keyboard alone."""

from playwright.async_api import Locator, Page, expect

from bot.demo.informatica.stand_in import DEMO_JOBS
from bot.demo.play import Demo
from bot.demo.slack.stand_in import MEMBER

NAME = DEMO_JOBS[0][0]


async def to(page: Page, there: Locator) -> None:
    """Press Tab until the cursor is there."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await there.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"Tab never gets to {there}")


async def opens(page: Page) -> Locator:
    await page.get_by_label("Message #data-ops").focus()
    await page.keyboard.type("/job watch")
    await page.keyboard.press("Enter")
    form = page.get_by_role("dialog", name="Watch a job")
    await expect(form).to_be_visible()
    return form


async def finds(page: Page, form: Locator) -> None:
    """Type a part of the job's name, and choose it."""
    await to(page, form.get_by_label("Search: Job"))
    await page.keyboard.type(NAME[3:9])
    found = form.get_by_role("radio", name=NAME)
    await expect(form.get_by_role("group", name="Job").get_by_role("radio")).to_have_count(1)
    await to(page, found)
    await page.keyboard.press("Space")
    await expect(form).to_contain_text(f"will be told about {NAME}")


async def test_a_job_is_watched_by_keyboard(page: Page, demo: Demo) -> None:
    """Who types a part of a name, chooses the job and sends the form sees the channel's confirmation."""
    form = await opens(page)
    await finds(page, form)
    await to(page, form.get_by_role("button", name="Watch", exact=True))
    await page.keyboard.press("Enter")
    await expect(form).to_be_hidden()
    await expect(page.get_by_role("log")).to_contain_text(f"is watching {NAME} in this channel")
    assert demo.world.slack.views.top(MEMBER.id) is None


async def test_some_statuses_are_chosen_by_keyboard(page: Page) -> None:
    """The form asks which statuses, keeps the job that was chosen, and says in words what will happen."""
    form = await opens(page)
    await finds(page, form)
    await to(page, form.get_by_role("radio", name="Every change of its status"))
    for _ in range(3):
        await page.keyboard.press("ArrowDown")
    box = form.get_by_role("checkbox", name="Running with Error")
    await expect(box).to_be_visible()
    await to(page, box)
    await page.keyboard.press("Space")
    await expect(form).to_contain_text(f"will be told about {NAME}: when it becomes Running with Error.")
    await to(page, form.get_by_role("button", name="Watch", exact=True))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("Running with Error only")


async def test_a_watch_is_changed_by_keyboard(page: Page) -> None:
    """The button of a confirmation opens the form of that watch, and what is sent is told instead."""
    form = await opens(page)
    await finds(page, form)
    await to(page, form.get_by_role("button", name="Watch", exact=True))
    await page.keyboard.press("Enter")
    await expect(form).to_be_hidden()  # what is behind an open form can't be pressed
    change = page.get_by_role("log").get_by_role("button", name="Change…")
    await expect(change).to_be_visible()
    await change.focus()
    await page.keyboard.press("Enter")
    form = page.get_by_role("dialog", name="Change a watch")
    await expect(form).to_contain_text("From now on")
    await to(page, form.get_by_role("radio", name="Every change of its status"))
    await page.keyboard.press("ArrowDown")
    await expect(form).to_contain_text(f"about {NAME}: problems")
    await to(page, form.get_by_role("button", name="Save"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text(f"changed the alerts for {NAME} in this channel")
