"""Blocks in a browser: tables that are sorted and paged, menus that close, Enter that sends, and a narrow page."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from bot.demo.page import rendering
from tests.demo.gallery import GALLERY, holding, raw
from tests.demo.page.drawn import Where, template

STATIC = Path(rendering.__file__).parent / "static"


@pytest.fixture
async def page(chromium: str) -> AsyncIterator[Page]:
    """A page that notes what is asked of the network and the events that fields send."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-quic"])
        page = await browser.new_page()
        yield page
        await browser.close()


async def show(page: Page, *blocks: dict[str, object]) -> None:
    drawn = await template("blocks").render_async(these=[blocks, Where(kind="modal")])
    await page.set_content(f"<!doctype html><title>Blocks</title><form>{drawn}</form>")
    for name in ("charts.min.css", "page.css", "blocks.css"):
        await page.add_style_tag(path=STATIC / name)
    await page.add_script_tag(path=STATIC / "blocks.js")


async def rows(page: Page) -> list[str]:
    return [text.strip() for text in await page.locator("tbody tr:visible").locator("th").all_inner_texts()]


def table(*values: float) -> dict[str, object]:
    cells = [[raw(f"job {value}"), {"type": "raw_number", "value": value, "text": f"{value} s"}] for value in values]
    return {"type": "data_table", "caption": "Jobs", "rows": [[raw("Job"), raw("Lag")], *cells]}


async def test_a_data_table_is_sorted_and_paged(page: Page) -> None:
    """A press on a heading sorts by its numbers, another the other way round; pages turn, and stop at both ends."""
    await show(page, table(30, 9, 100, 7, 50, 2))
    assert await rows(page) == ["job 30", "job 9", "job 100", "job 7", "job 50"]
    following, previous = page.get_by_role("button", name="Next"), page.get_by_role("button", name="Previous")
    await following.click()
    assert await rows(page) == ["job 2"]
    await expect(page.get_by_role("status")).to_have_text("6–6 of 6")
    await expect(following).to_be_disabled()
    await previous.click()
    await expect(previous).to_be_disabled()
    await page.get_by_role("button", name="Lag").press("Enter")
    assert await rows(page) == ["job 2", "job 7", "job 9", "job 30", "job 50"]
    await expect(page.get_by_role("columnheader", name="Lag")).to_have_attribute("aria-sort", "ascending")
    await page.get_by_role("button", name="Lag").click()
    assert await rows(page) == ["job 100", "job 50", "job 30", "job 9", "job 7"]


async def test_a_redrawn_table_keeps_its_order(page: Page) -> None:
    """What is swapped in comes sorted as the table was, and has no page that isn't there any more."""
    await show(page, table(30, 9, 100, 7, 50, 2))
    await page.get_by_role("button", name="Lag").click()
    await page.get_by_role("button", name="Next").click()
    drop = "for (const row of [...document.querySelectorAll('tbody tr')].slice(0, 3)) row.remove();"
    await page.evaluate(drop + "document.dispatchEvent(new Event('htmx:after:swap'))")
    assert await rows(page) == ["job 30", "job 50", "job 100"]


async def test_a_menu_closes(page: Page) -> None:
    """A menu closes when something in it is chosen, at Escape, and at a press elsewhere."""
    await show(page, holding("section", "overflow"))
    await page.evaluate("document.addEventListener('submit', (event) => event.preventDefault())")
    entry = page.get_by_role("button", name="Show runs")
    more = page.get_by_label("More actions")
    await more.click()
    await entry.click()
    await expect(entry).to_be_hidden()
    await more.press("Enter")
    await expect(entry).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(entry).to_be_hidden()
    await expect(more).to_be_focused()
    await more.click()
    await page.mouse.click(5, 400)
    await expect(entry).to_be_hidden()


async def test_enter_tells_the_app(page: Page) -> None:
    """Enter in a field that tells at Enter is told, and sends no form; in another it sends the form."""
    quiet = {**holding("input", "email_text_input"), "block_id": "quiet"}
    await show(page, {**holding("input", "number_input"), "dispatch_action": True}, quiet)
    await page.evaluate(
        "window.heard = [];"
        "document.querySelector('[data-enter]').addEventListener('entered', () => heard.push('entered'));"
        "document.addEventListener('submit', (event) => { event.preventDefault(); heard.push('sent'); });"
    )
    await page.locator("[data-enter]").press("Enter")
    assert await page.evaluate("heard") == ["entered"]
    await page.locator("[type=email]").press("Enter")
    assert await page.evaluate("heard") == ["entered", "sent"]


async def test_everything_fits_a_narrow_page(page: Page) -> None:
    """At the width of a small telephone nothing sticks out, and nothing is asked of the network."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.set_viewport_size({"width": 360, "height": 640})
    large: dict[str, object] = {"type": "table", "rows": [[raw(f"column {number}") for number in range(20)]] * 2}
    for examples in GALLERY.values():
        await show(page, large, *(block for blocks in examples.values() for block in blocks))
        wide = "each => each.scrollWidth > innerWidth || each.getBoundingClientRect().right > innerWidth"
        found = f"[...document.querySelectorAll('.block:not(.cards *)')].filter({wide}).map((each) => each.className)"
        assert await page.evaluate(found) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert asked == []
