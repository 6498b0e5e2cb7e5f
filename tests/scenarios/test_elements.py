"""Every button, menu and field of every view does what its label says, in the whole bot.

Here are those that no other scenario uses on its way; the last test finds one that none uses.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.demo.page.gallery.cast import Cast
from bot.demo.page.gallery.sections import sections
from bot.demo.slack.block_kit.traversal import interactive
from bot.demo.slack.stand_in import ADMIN, Fault, Message
from bot.slack.grammar.presses import Action
from bot.slack.messages.home.elements import Part as HomePart
from bot.slack.messages.modals.all_jobs import Part
from tests.scenarios.conftest import needs_list
from tests.scenarios.world import JOB, LIMIT_S, MEMBER, NAME, Run, World

_HERE = Path(__file__).parent
# What a scenario uses an element with.
_USES = {"entry", "press", "press_in_view", "presses", "chooses", "offered", "submit", "uses"}


async def presses(world: World, message: Message, action: str, value: str | None = None) -> Message:
    """Somebody presses a button of a message; the next one that follows and is neither alert nor picture."""
    before = len(world.slack.messages)
    await world.slack.press(message, action, user=MEMBER.id, value=value)
    return await world.slack.wait_for(
        lambda m: m in world.slack.messages[before:] and m.metadata is None and not m.files, LIMIT_S
    )


def entry(message: Message, label: str, of: str = "") -> tuple[str, str]:
    """What is called so in a menu of a message, or in the one with this placeholder: its action ID and value."""
    menus: list[dict[str, Any]] = [menu for _, menu in interactive(message.blocks) if "options" in menu]
    found = [
        (menu["action_id"], option["value"])
        for menu in menus
        for option in menu["options"]
        if option["text"]["text"] == label and of in ("", menu.get("placeholder", {}).get("text"))
    ]
    assert found, (label, message.blocks)
    return found[0]


async def chooses(world: World, message: Message, label: str, *, of: str = "") -> Message:
    """The same for an entry of a menu."""
    return await presses(world, message, *entry(message, label, of))


async def shows(world: World, message: Message, words: str) -> None:
    await world.slack.until(lambda: words in message.text, LIMIT_S, [message])


async def test_the_elements_of_a_look_up(world: World) -> None:
    """A card is shared with everybody, shows its history, opens the job's page and the form of its watch; and the
    recovery of a job leads back to its card."""
    async with world.bot(INFORMATICA_JOB_URL="https://jobs.example.com/{dataflow}"):
        card = await world.reply(f"status {JOB}")
        shared = await presses(world, card, "share_job")
        assert (shared.channel, shared.ephemeral_to) == (world.channel, None)
        assert NAME in shared.text
        assert f"<@{MEMBER.id}>" in shared.text
        confirmed = await presses(world, shared, "watch_job")
        assert f"is watching {NAME}" in confirmed.text

        dataflow, run = JOB.split()
        world.jobs.set_status(dataflow, int(run), "Running with Error")
        await world.alert("Running with Error")
        card = await world.reply(f"status {JOB}")
        assert " → ❌\u00a0Running with Error" in (await presses(world, card, "show_history")).text
        before = len(world.slack.messages)
        await world.slack.press(card, "open_job", user=MEMBER.id)
        await world.slack.press(card, "change_watch", user=MEMBER.id)
        await world.slack.until(lambda: "Change a watch" in str(content(world)), LIMIT_S, [])
        assert world.slack.messages[before:] == []

        world.jobs.set_status(dataflow, int(run), "Up and Running")
        recovered = await world.alert("Up and Running")
        assert f"✅ {NAME} is Up and Running" in (await presses(world, recovered, "show_job")).text


@needs_list
async def test_the_elements_of_lists(world: World) -> None:
    """The pages of lists are turned where they stand, and a row's menu mutes and unmutes its job, as the confirmation's
    button does; a pattern's confirmation ends it."""
    runs = await world.watched_jobs(21)
    async with world.bot():
        listed = await world.reply("list")
        await world.slack.press(listed, "turn_list_page", user=MEMBER.id)
        await shows(world, listed, "Page 2 of 2")
        name = runs[15].name  # the first on this page
        assert "is Up and Running" in (await chooses(world, listed, "Show status")).text
        assert f"muted {name}" in (muted := await chooses(world, listed, "Mute for 1\xa0h")).text
        assert f"unmuted {name}" in (await presses(world, muted, "unmute_job")).text
        await chooses(world, listed, "Mute for 1\xa0h")
        again = await world.reply("list page 2")
        assert f"unmuted {name}" in (await chooses(world, again, "Unmute")).text

        found = await world.reply("jobs job")
        await world.slack.press(found, "turn_jobs_page", user=MEMBER.id)
        await shows(world, found, "page 2 of ")

        confirmed = await world.reply(f"watch all matching {NAME}")
        assert "stopped watching all jobs matching" in (await presses(world, confirmed, "unwatch_all")).text


async def test_the_elements_of_an_alert_about_many_jobs(world: World) -> None:
    """Of sixty jobs that fail at once, all are listed in pages and found by name; each of the worst is acknowledged and
    looked up by a menu."""
    runs = await world.watched_jobs(60)
    async with world.bot():
        alert = await all_fail(world, runs)
        action, value = entry(alert, runs[0].name, "Acknowledge…")
        await world.slack.press(alert, action, user=MEMBER.id, value=value)
        await world.slack.until(lambda: value not in str(alert.blocks), LIMIT_S, [alert])
        card = await chooses(world, alert, runs[1].name, of="Show status…")
        assert f"❌ {runs[1].name} is Running with Error" in card.text

        await world.slack.press(alert, "show_all", user=ADMIN.id)
        await world.slack.until(lambda: "60 jobs" in str(content(world, ADMIN.id)), LIMIT_S, [])
        view = world.slack.views.top(ADMIN.id)
        assert view is not None

        async def uses(part: Part, shows: str) -> None:
            await world.slack.press_in_view(view, part, user=ADMIN.id)
            await world.slack.until(lambda: shows in str(view.blocks), LIMIT_S, [view.blocks])

        await uses(Part.NEXT, "page 2 of 2")
        await uses(Part.PREVIOUS, "page 1 of 2")
        sent = await world.slack.submit(view, user=ADMIN.id, state={(Part.WORDS, Part.WORDS): [runs[7].name]})
        assert (sent.errors, sent.complaint) == ({}, None)
        assert "1 job with" in str(content(world, ADMIN.id))


async def all_fail(world: World, runs: Sequence[Run]) -> Message:
    """Let all these jobs fail while Slack accepts nothing; their one alert."""
    await world.until_polled(runs)
    world.slack.fail(Fault.HTTP_500, method="chat.postMessage", times=None)
    world.change(runs, "Running with Error")
    await world.until_polled(runs, 3)  # the second one began after the change, and has ended
    world.slack.heal()
    return await world.alert_showing(f"{len(runs)} jobs changed")


def content(world: World, user: str = MEMBER.id) -> object:
    view = world.slack.views.top(user)
    return view.content if view else None


def test_no_element_is_left_out() -> None:
    """Each button, each kind of menu's entry and each field of every view in the gallery is used by a scenario."""
    used, ways = set(used_words()), defaultdict[str, set[str]](set)
    for section in sections(Cast(datetime(2026, 11, 25, 9, tzinfo=UTC))):
        for example in section.examples:
            blocks = example.made["blocks"] if isinstance(example.made, dict) else example.made.blocks
            for _, element in interactive(blocks):
                for deed, words in ways_to_use(element):
                    ways[deed].add(words)
    assert {deed: words for deed, words in ways.items() if not words & used} == {}


def ways_to_use(element: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What an element does, and a word that a scenario writes who uses it."""
    action = element["action_id"].partition(":")[0]
    if action != Action.CHOOSE:
        yield action, action
        return
    for option in element["options"]:
        deed = f"{element['type']}: {option['value'].partition(' ')[0]}"
        yield deed, option["text"]["text"]
        yield deed, element.get("placeholder", {}).get("text", "")


def used_words() -> Iterator[str]:
    """Whatever the scenarios write where they use an element: action IDs and labels."""
    for path in _HERE.glob("test_*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in _USES:
                yield from words_in(call)


def words_in(call: ast.Call) -> Iterator[str]:
    for node in ast.walk(call):
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.Attribute(value=ast.Name(id="Action"), attr=name):
                yield Action[name]
            case ast.Attribute(value=ast.Name(id="Part"), attr=name):
                yield Part[name]
            case ast.Attribute(value=ast.Name(id="HomePart"), attr=name):
                yield HomePart[name]
