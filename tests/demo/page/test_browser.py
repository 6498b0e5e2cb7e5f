"""The page in a browser, without the bot: what it shows, what it sends, and what survives its updates."""

import asyncio
import json
import re
from urllib.parse import parse_qs

import pytest
from playwright.async_api import Page, Request, Route, expect

from bot.demo.page.scenes import Scene
from bot.demo.page.story import Story
from bot.demo.slack.block_kit.validation import checked
from bot.demo.slack.stand_in import MEMBER, Message, View
from bot.demo.world import World
from tests.demo.gallery import CONFIRM, GALLERY, holding, modal_with, plain, raw

pytestmark = pytest.mark.asyncio(loop_scope="session")

OPS = "C0DEMOOPS1"
Json = dict[str, object]


def post(world: World, *blocks: Json, channel: str = OPS) -> None:
    slack = world.slack
    slack.record(Message(slack.timestamp(), channel, "gallery", list(blocks), bot_id=slack.app.bot_id))


def modal(world: World, *blocks: Json) -> View:
    view = world.slack.views.add(MEMBER.id, checked(modal_with(list(blocks))))
    world.slack.touch()
    return view


def text_input(name: str, **more: object) -> Json:
    element = {"type": "plain_text_input", "action_id": "text", **more}
    return {"type": "input", "block_id": name, "label": plain(name), "element": element}


async def test_all_blocks_are_shown(world: World, address: str, page: Page) -> None:
    """Every block and element fits a phone and loads nothing from elsewhere, in a message and in a modal."""
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    wide: Json = {"type": "table", "rows": [[raw(f"column {number}") for number in range(20)]] * 2}
    for blocks in ([wide], *GALLERY["message"].values()):
        post(world, *blocks)
    await page.set_viewport_size({"width": 360, "height": 640})
    await page.goto(f"{address}ben/{OPS}")
    await expect(page.get_by_role("article")).to_have_count(len(GALLERY["message"]) + 1)
    await expect(page.get_by_text("doesn't know")).to_have_count(0)
    assert await too_wide(page) == []
    view = modal(world, *(block for blocks in GALLERY["modal"].values() for block in blocks))
    await expect(page.locator(f"#modal-{view.id} .block")).to_have_count(len(GALLERY["modal"]))
    assert await too_wide(page) == []
    assert [url for url in requested if not url.startswith(address)] == []


async def too_wide(page: Page) -> list[str]:
    wide = "each => each.scrollWidth > innerWidth || each.getBoundingClientRect().right > innerWidth"
    found: list[str] = await page.evaluate(
        f"[document.documentElement, ...document.querySelectorAll('.block')].filter({wide}).map(each => each.className)"
    )
    return found


async def test_narrow_and_dark(address: str, page: Page) -> None:
    """In a small dark window at 200 %, nothing is cut off and everything can be reached; so in a narrow one."""
    await page.emulate_media(color_scheme="dark")
    await page.set_viewport_size({"width": 640, "height": 400})
    await page.goto(address)
    assert await too_wide(page) == []
    for name in ("Play the story", "Send"):
        button = page.get_by_role("button", name=name)
        await button.scroll_into_view_if_needed()
        await expect(button).to_be_in_viewport()
    await page.set_viewport_size({"width": 640, "height": 900})
    for name in ("Play the story", "Send", "Behind the scenes"):
        await expect(page.get_by_role("button", name=name)).to_be_in_viewport()
    await page.get_by_role("button", name="Behind the scenes").press("Enter")
    await page.get_by_role("button", name="orders-to-lake", exact=True).click()
    await expect(page.get_by_label("Message #data-ops")).to_have_value("/job watch orders-to-lake")
    await expect(page.get_by_role("button", name="Send")).to_be_in_viewport()


async def test_elements_in_use(world: World, address: str, page: Page) -> None:
    """Elements send what was done with them, once it is confirmed. Menus close."""
    sent: list[dict[str, list[str]]] = []

    async def take(route: Route, request: Request) -> None:
        sent.append(parse_qs(request.post_data or ""))
        await route.fulfill(status=204)

    await page.route("**/ben/messages/*", take)
    number = {**holding("input", "number_input"), "block_id": "number", "dispatch_action": True}
    menu = {"type": "users_select", "action_id": "who", "confirm": CONFIRM}
    link = {"type": "button", "action_id": "open", "text": plain("Open"), "url": f"{address}static/icon.svg"}
    post(world, {**holding("section", "overflow"), "block_id": "more"}, number)
    post(world, {"type": "actions", "block_id": "do", "elements": [menu, link]})
    await page.goto(f"{address}ben/{OPS}")

    more, entry = page.get_by_label("More actions"), page.get_by_role("button", name="Show runs")
    await more.click()
    await entry.click()
    await expect(entry).to_be_hidden()
    await more.press("Enter")
    await page.keyboard.press("Escape")
    await expect(entry).to_be_hidden()
    await expect(more).to_be_focused()
    await more.click()
    await page.get_by_role("heading", name="data-ops").click()
    await expect(entry).to_be_hidden()

    await page.get_by_label("For orders_cdc").fill("20")
    await page.keyboard.press("Enter")
    question = page.get_by_role("dialog")
    for answer in ("Let it run", "Stop it"):
        await page.get_by_role("combobox", name="Choose").select_option(label="@ada")
        await question.get_by_role("button", name=answer).click()
        await expect(question).to_be_hidden()
        await page.get_by_role("combobox", name="Choose").select_option(index=0)
        await question.get_by_role("button", name="Let it run").click()
    async with page.expect_response("**/ben/messages/*"), page.context.expect_page() as opened:
        await page.get_by_role("link", name="Open").click()
    await (await opened.value).close()

    def sent_by(block_id: str) -> list[dict[str, list[str]]]:
        return [each for each in sent if json.loads(each["press"][0])[0] == block_id]

    assert [each["press"] for each in sent_by("more")] == [['["more","try_overflow","runs"]']]
    assert sent_by("number")[-1]['["number","try_number_input"]'] == ["20"]
    assert [each["press"] for each in sent_by("do")] == [['["do","who"]'], ['["do","open"]']]
    assert sent_by("do")[0]['["do","who"]'] == ["U0DEMOADA1"]


async def test_typing_survives_updates(world: World, address: str, page: Page) -> None:
    """What is being typed, the focus and the scroll position stay while messages and blocks arrive."""
    for number in range(30):
        world.slack.say(MEMBER.id, OPS, f"message {number}")
    await page.goto(f"{address}ben/{OPS}")
    log, field = page.get_by_role("log"), page.get_by_label("Message #data-ops")
    await field.press_sequentially("half a sen")
    world.slack.say(MEMBER.id, OPS, "the newest")
    await expect(log.get_by_text("the newest")).to_be_in_viewport()
    await expect(field).to_have_value("half a sen")
    await expect(field).to_be_focused()
    await log.evaluate("each => { each.scrollTop = 100 }")
    world.slack.say(MEMBER.id, OPS, "even newer")
    await expect(log.get_by_text("even newer")).to_be_attached()
    assert await log.evaluate("each => each.scrollTop") == 100

    view = modal(world, text_input("first"), text_input("last"))
    form = page.get_by_role("dialog")
    await form.get_by_label("last").fill("typed")
    view.replace(modal_with([text_input("first"), text_input("between"), text_input("last")]))
    world.slack.touch()
    await expect(form.get_by_label("between")).to_have_value("")
    await expect(form.get_by_label("last")).to_have_value("typed")
    await expect(form.get_by_label("last")).to_be_focused()
    view.replace(modal_with([text_input("between"), text_input("last")]))
    world.slack.touch()
    await expect(form.get_by_label("first")).to_have_count(0)
    await expect(form.get_by_label("last")).to_be_focused()


async def test_command_suggestions(world: World, address: str, page: Page) -> None:
    """A slash suggests commands to keyboard and mouse. They stay while messages arrive, and close when used."""
    await page.goto(f"{address}ben/C0DEMOGEN1")
    field, commands = page.get_by_label("Message #general"), page.get_by_role("listbox", name="Suggestions")
    await field.press_sequentially("/")
    await expect(commands.get_by_role("option")).to_have_count(2)
    world.slack.say(MEMBER.id, "C0DEMOGEN1", "a message")
    await expect(page.get_by_role("log").get_by_text("a message")).to_be_visible()
    await expect(commands).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await expect(field).to_have_value("/invite ")
    await expect(commands).to_be_hidden()
    await field.fill("/I")
    await commands.get_by_role("option", name="/invite").click()
    await expect(field).to_have_value("/invite ")
    await expect(commands).to_be_hidden()
    for key in ("Escape", "Enter"):
        await field.fill("/invite")
        await expect(commands).to_be_visible()
        await page.keyboard.press(key)
        await expect(commands).to_be_hidden()
    await expect(page.locator("#place header")).not_to_contain_text("isn't a member")


async def test_names_are_suggested(address: str, page: Page) -> None:
    """A name that begins with # or @ is offered anywhere in the line, and completes it where the cursor is."""
    await page.goto(f"{address}ben/C0DEMOGEN1")
    field, offered = (
        page.get_by_label("Message #general"),
        page.get_by_role("listbox", name="Suggestions").get_by_role("option"),
    )
    await field.press_sequentially("/job watch orders to #")
    await expect(offered).to_have_text([re.compile("#data-ops"), re.compile("#general"), re.compile("#with-partner")])
    await field.press_sequentially("d")
    await page.keyboard.press("Enter")
    await expect(field).to_have_value("/job watch orders to #data-ops ")
    await field.fill("x #")
    await page.keyboard.press("Escape")
    await expect(offered).to_have_count(0)
    await field.fill("/invite @j")
    await offered.click()
    await expect(field).to_have_value("/invite @jobwatch ")
    await field.fill("a /job")
    await expect(offered).to_have_count(0)


async def test_a_modal_by_keyboard(world: World, address: str, page: Page) -> None:
    """A modal takes the focus, shows its errors until it is drawn anew, and keeps what was typed. Escape closes it."""
    await page.goto(address)
    search = {"type": "external_select", "action_id": "pick", "min_query_length": 9}
    found: Json = {"type": "input", "label": plain("Found"), "optional": True, "element": search}
    content = modal_with([text_input("Job"), found])
    view = world.slack.views.add(MEMBER.id, checked(content))
    world.slack.touch()
    form = page.get_by_role("dialog", name="Job")
    await form.get_by_label("Search: Found").fill("orders")
    await expect(form).to_contain_text("No results")
    await form.get_by_label("Job", exact=True).press("Enter")
    await expect(form).to_contain_text("Please complete this required field.")
    await expect(form.get_by_label("Job", exact=True)).to_have_attribute("aria-invalid", "true")
    await expect(form.get_by_label("Search: Found")).to_have_value("orders")
    view.replace(content)
    world.slack.touch()
    await expect(form).not_to_contain_text("Please complete this required field.")
    await page.keyboard.press("Escape")
    await expect(form).to_have_count(0)
    assert world.slack.views.top(MEMBER.id) is None
    assert view.id not in world.slack.views.all


async def test_a_thread(address: str, page: Page) -> None:
    """Replies are read and written beside the channel. Slash commands are refused there, as in Slack."""
    await page.goto(f"{address}ben/{OPS}")
    await page.get_by_label("Message #data-ops").fill("what happened?")
    await page.keyboard.press("Enter")
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


async def test_a_thread_in_its_channel(world: World, address: str, page: Page) -> None:
    """A reply that the channel shows, too, leads to its thread. A changed message says so. Messages have names."""
    slack = world.slack
    parent = slack.say(MEMBER.id, OPS, "orders are *late*\nsince noon")
    for text, is_shown in (("looking", False), ("on time again", True)):
        slack.say(MEMBER.id, OPS, text, thread_ts=parent.ts).broadcast = is_shown
    slack.workspace.edit(parent, parent.text, parent.blocks)
    await page.goto(f"{address}ben/{OPS}")
    articles = page.get_by_role("log").get_by_role("article", name=re.compile(r"^Ben Member, \d\d:\d\d$"))
    await expect(articles).to_have_count(2)
    await expect(articles.first).to_contain_text("(edited)")
    await expect(articles.first).to_contain_text(re.compile(r"2 replies\s+last reply today at \d\d:\d\d"))
    await expect(articles.last).to_contain_text("replied to a thread: orders are late")
    await articles.last.get_by_role("link", name="orders are late").click()
    thread = page.get_by_role("region", name="Thread")
    await expect(thread.get_by_role("article")).to_have_count(3)
    await expect(thread.get_by_label("Reply")).to_be_focused()
    await thread.get_by_role("link", name="Close").press("Enter")
    await expect(thread).to_have_count(0)


async def test_another_channel(world: World, address: str, page: Page) -> None:
    """Going to another channel keeps the drawer as it is, finds the newest message, and can be undone."""
    for number in range(40):
        world.slack.say(MEMBER.id, OPS, f"message {number}")
    await page.goto(f"{address}ben/C0DEMOGEN1?find=orders")
    drawer, log = page.get_by_role("complementary", name="Behind the scenes"), page.get_by_role("log")
    await drawer.get_by_text("Break things").click()
    await page.get_by_role("link", name="data-ops").press("Enter")
    await expect(page).to_have_title(re.compile("^#data-ops"))
    await expect(log.get_by_text("message 39")).to_be_in_viewport()
    await expect(page.get_by_label("Message #data-ops")).to_be_focused()
    await expect(drawer.get_by_label("Fault of Slack")).to_be_visible()
    await expect(drawer.get_by_label("Find a job")).to_have_value("orders")
    await page.go_back()
    await expect(page).to_have_title(re.compile("^#general"))


async def test_direct_messages_with_the_app(address: str, page: Page) -> None:
    """As in Slack, there is no field where the app takes no messages. What to type goes into a channel."""
    await page.goto(f"{address}ben/D0DEMOBEN1")
    await expect(page.get_by_role("main")).to_contain_text("Sending messages to this app has been turned off.")
    await expect(page.get_by_role("combobox", name=re.compile("^Message"))).to_have_count(0)
    await page.get_by_role("button", name="/job watch orders-to-lake to me").click()
    await expect(page.get_by_label("Message #data-ops")).to_have_value("/job watch orders-to-lake to me")


async def test_the_home_tab(world: World, address: str, page: Page) -> None:
    """It is a place of its own, which shows what the bot publishes, as it changes, from its top on."""
    await page.goto(f"{address}ben/{OPS}")
    await page.get_by_role("link", name="Home", exact=True).click()
    await expect(page.get_by_text("This is where the bot publishes your Home tab.")).to_be_visible()
    for number in (1, 2):
        blocks = [{"type": "section", "text": plain(f"row {row} of view {number}")} for row in range(60)]
        world.slack.views.publish(MEMBER.id, checked({"type": "home", "blocks": blocks}, "home"))
        world.slack.touch()
        await expect(page.get_by_text(f"row 0 of view {number}")).to_be_in_viewport()
    await page.get_by_role("link", name="Jobwatch", exact=True).click()
    await expect(page.get_by_text("row 0 of view")).to_have_count(0)


async def test_new_messages_out_of_sight(world: World, address: str, page: Page) -> None:
    """Who reads older messages isn't moved by new ones, but sees how many there are, and goes there by a press."""
    for number in range(40):
        world.slack.say(MEMBER.id, OPS, f"message {number}")
    await page.goto(f"{address}ben/{OPS}")
    log, unseen = page.get_by_role("log"), page.locator("#unseen")
    await expect(log.get_by_text("message 39")).to_be_in_viewport()
    await log.evaluate("each => { each.scrollTop = 0; }")
    for number in (40, 41):
        world.slack.say(MEMBER.id, OPS, f"message {number}")
    await expect(unseen).to_have_text("↓ 2 new messages")
    assert await log.evaluate("each => each.scrollTop") == 0
    await unseen.press("Enter")
    await expect(log.get_by_text("message 41")).to_be_in_viewport()
    await expect(unseen).to_be_hidden()


async def test_colours_of_fields(address: str, page: Page) -> None:
    """Placeholders have the colour whose contrast `test_colours` proves, and so have the borders of fields."""
    await page.goto(f"{address}ben/{OPS}")
    shown = "name => { document.body.style.color = `var(${name})`; return getComputedStyle(document.body).color; }"
    muted, edge = await page.evaluate(shown, "--muted"), await page.evaluate(shown, "--edge")
    for field in (page.get_by_label("Message #data-ops"), page.get_by_label("Find a job")):
        assert await field.evaluate("each => getComputedStyle(each, '::placeholder').color") == muted
    assert await page.get_by_label("Find a job").evaluate("each => getComputedStyle(each).borderColor") == edge


async def test_the_page_follows_the_story(world: World, address: str, story: Story, page: Page) -> None:
    """The caption is shown where the scene plays, the browser goes there by itself, and what is new stands out. The
    story types over what the visitor has typed, without changing it."""
    general, arrived = world.slack.channels["C0DEMOGEN1"], asyncio.Event()

    async def move() -> None:
        story.script.place, story.script.typed = general, "/job list"
        world.slack.touch()
        await arrived.wait()
        story.script.typed = ""
        world.slack.say(MEMBER.id, general.id, "here")

    story.scenes = [Scene("In another channel.", move, seconds=99)]
    await page.goto(f"{address}ben/{OPS}")
    await page.get_by_role("button", name="Play the story").click()
    await page.wait_for_url(f"**/{general.id}")
    player, field = page.get_by_role("region", name="Story"), page.get_by_label("Message #general")
    await expect(player).to_contain_text("1 of 1 In another channel.")
    await expect(page.locator(".typed")).to_have_text("/job list")
    await field.fill("half a sen")
    arrived.set()
    await expect(page.locator(".typed")).to_have_count(0)
    await expect(field).to_have_value("half a sen")
    await expect(page.get_by_role("article")).to_have_class(re.compile("new"))
    await player.get_by_role("button", name="Next scene").press("Enter")
    await story.ended()
    await expect(player).to_contain_text("Your turn")
    await player.get_by_role("button", name="Close the story").press("Enter")
    await expect(player.get_by_role("button", name="Play the story")).to_be_visible()
