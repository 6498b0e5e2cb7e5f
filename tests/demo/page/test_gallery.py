"""The gallery: every view of the bot, as Slack would show it."""

import importlib
import inspect
import os
import pathlib
import pkgutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import Page, expect

import bot.slack.messages
import bot.slack.watch_form
from bot.demo.page.gallery import cast
from bot.demo.page.gallery.cast import Cast
from bot.demo.page.gallery.example import Example, Modal
from bot.demo.page.gallery.sections import questions, sections
from bot.demo.slack.block_kit.validation import checked, faults, text_length
from bot.domain.notification.digest import Digest, DigestItem, Path, PendingNotification
from bot.domain.notification.jobs import JobNotification
from bot.informatica.errors import LoginRefused, RateLimited, Unreachable
from bot.notify.digest import next_digest
from bot.slack.messages.blocks import Message

# The README's picture of an alert: JOBWATCH_TEST_PICTURES=1 .venv/bin/pytest -n0 tests/demo/page/test_gallery.py
TAKES_PICTURES = bool(os.environ.get("JOBWATCH_TEST_PICTURES"))
PICTURE = pathlib.Path(__file__).parents[1] / "alert.png"
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
# They build messages of lines, and so every view.
BUILDERS = {"blocks.message", "blocks.long_message"}


def views() -> Iterator[Callable[..., object]]:
    """Each public function of the messages and of the form that makes a message or a modal."""
    for package in (bot.slack.messages, bot.slack.watch_form, bot.slack.settings_form):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for name, function in inspect.getmembers(importlib.import_module(found.name), inspect.isfunction):
                if function.__module__ == found.name and not name.startswith("_") and is_view(function):
                    yield function


def is_view(function: Callable[..., object]) -> bool:
    """Whether it returns a message or, by its module or name, a modal."""
    name = f"{function.__module__.split('.')[-1]}.{function.__name__}"
    is_modal = ".modals." in function.__module__ or function.__name__.endswith(("_view", "_modal"))
    returned = inspect.signature(function).return_annotation
    return (returned is Message or (is_modal and returned == Modal)) and name not in BUILDERS


def examples() -> list[Example]:
    return [each for section in sections(Cast(NOW)) for each in section.examples]


def test_every_view_is_shown() -> None:
    """A view that is added to the bot is added to the gallery."""
    shown = {each.view for each in examples()}
    assert {f"{each.__module__}.{each.__name__}" for each in views() if each not in shown} == set()


def test_slack_accepts_every_example() -> None:
    """Each example is what Slack would show."""
    for each in examples():
        if isinstance(each.made, dict):
            checked(each.made, "home" if each.is_home else "modal")
        else:
            blocks = list(each.made.blocks)
            assert faults(blocks, "message") == [], each.when
            assert text_length(blocks) <= 10_000, each.when
    assert questions(sections(Cast(NOW)))


def test_the_jobs_service_fails_as_it_does() -> None:
    """What the examples say of a fault of the jobs service is what its client says."""
    busy = RateLimited(status=429)
    assert (busy.reason, busy.remedy) == (cast.BUSY, cast.BUSY_REMEDY)
    assert (Unreachable(timed_out=True).reason, LoginRefused().reason) == (cast.TIMED_OUT, cast.LOGIN_REFUSED)


def test_every_alert_is_in_the_dispatchers_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alert about several things has them in the order in which the dispatcher puts them."""
    shown: list[Digest] = []
    made = Cast.digest

    def digest(self: Cast, *items: DigestItem) -> Digest:
        shown.append(made(self, *items))
        return shown[-1]

    monkeypatch.setattr(Cast, "digest", digest)
    sections(Cast(NOW))
    for each in shown:
        told = [item.last if isinstance(item, Path) else item for item in each.items]
        pending = [PendingNotification(id, one, NOW, 0, None) for id, one in enumerate(told)]
        assert [*map(subject, next_digest(pending).items)] == [*map(subject, each.items)]


def subject(item: DigestItem) -> object:
    """What an item is about."""
    return (type(item), item.target) if isinstance(item, Path | JobNotification) else item


@pytest.mark.asyncio(loop_scope="session")
async def test_the_gallery(address: str, page: Page) -> None:
    """Every example is shown, also on a phone and in the colours that others see. Pressing a button sends nothing."""
    await page.goto(f"{address}gallery")
    figures, main = page.locator("figure[id]"), page.get_by_role("main")
    await expect(figures).to_have_count(len(examples()) + len(questions(sections(Cast(NOW)))))
    await expect(page.get_by_text("doesn't know")).to_have_count(0)
    alert = page.locator("#incidents-1 article")
    await expect(alert).to_contain_text("orders-to-lake is Running with Error")
    if TAKES_PICTURES:
        # Wide enough for the headline to fit on one line.
        await page.locator("body").evaluate("each => each.style.setProperty('--width', '50rem')")
        await alert.screenshot(path=PICTURE)
        await page.reload()
    await alert.get_by_role("button").first.click()
    assert page.url == f"{address}gallery"
    await page.get_by_label("Dark").check()
    for vision in ("Deuteranopia", "Protanopia", "Tritanopia", "No colours"):
        await page.get_by_label(vision).check()
        assert "url" in await figures.last.evaluate("each => getComputedStyle(each).filter")
    assert await main.evaluate("each => getComputedStyle(each).backgroundColor") == "rgb(26, 29, 33)"
    await page.get_by_label("Narrow").check()
    assert await figures.evaluate_all("all => all.filter(each => each.scrollWidth > 362).map(each => each.id)") == []
