"""The Home tab: what somebody and their channels watch, up to date, and what they do about it there."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.demo.slack.block_kit.traversal import interactive
from bot.demo.slack.stand_in import ADMIN, GUEST, MEMBER, Message, View
from bot.slack.messages.home.elements import Part as HomePart
from bot.slack.messages.home.view import fingerprint
from bot.store.database import opened
from bot.store.homes import refreshing
from bot.store.sql.tables import TrackedJobRow
from tests.scenarios.clocks import NIGHTS, moments
from tests.scenarios.conftest import ItIs, SetClock, needs_list
from tests.scenarios.world import DATAFLOW, LIMIT_S, NAME, PRIVATE, RUN, World

_GAP = timedelta(seconds=0.5)


@pytest.fixture(autouse=True)
def shorter_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let less time pass between two publications of a tab."""
    monkeypatch.setattr(refreshing, "_GAP", _GAP)


def published(world: World, user: str = MEMBER.id) -> Sequence[float]:
    """When a person's tab was published."""
    return [
        call.at
        for call in world.slack.calls
        if call.method == "views.publish" and call.arguments.get("user_id") == user and call.error is None
    ]


def shown(world: World, user: str = MEMBER.id) -> str:
    home = world.slack.views.homes.get(user)
    return str(home.blocks).replace(r"\xa0", " ") if home else ""  # names and numbers don't break there


async def until(world: World, holds: Callable[[], bool], user: str = MEMBER.id) -> None:
    await world.slack.until(holds, LIMIT_S, [])


async def until_shown(world: World, words: str, user: str = MEMBER.id) -> None:
    await until(world, lambda: words in shown(world, user), user)


async def until_checked(world: World, since: datetime) -> None:
    """Wait until a poll of each job since then is written."""
    latest = select(func.min(TrackedJobRow.polled_at))
    async with opened(world.settings["DATABASE_URL"]) as database, asyncio.timeout(LIMIT_S):
        while True:
            async with database.reading() as session:
                if (await session.scalars(latest)).one() >= since:
                    return
            await asyncio.sleep(0.05)


async def opens(world: World, user: str = MEMBER.id) -> View:
    """Somebody opens the Home tab; what they see once it was published."""
    before = len(published(world, user))
    await world.slack.open_home(user)
    await until(world, lambda: len(published(world, user)) > before, user)
    return world.slack.views.homes[user]


def row(view: View, name: str, place: str = "") -> dict[str, Any]:
    """The row of a job, the one of this place if it is watched in several."""
    rows = [each for each in view.blocks if f" {name}" in str(each.get("fields"))]
    return next(each for each in rows if place in str(each["block_id"]))


async def chooses(world: World, name: str, label: str, place: str = "", user: str = MEMBER.id) -> None:
    """Somebody chooses an entry in the menu of a job's row."""
    view = world.slack.views.homes[user]
    block = row(view, name, place)
    ((_, menu),) = interactive([block])
    options: list[Any] = list(menu["options"])  # type: ignore[call-overload]
    value = next(each["value"] for each in options if each["text"]["text"] == label)
    await world.slack.press(view, str(menu["action_id"]), user=user, value=value, block_id=str(block["block_id"]))


async def presses(world: World, action: str, value: str | None = None, user: str = MEMBER.id) -> None:
    await world.slack.press_in_view(world.slack.views.homes[user], action, user=user, value=value)


async def modal(world: World, words: str, user: str = MEMBER.id) -> View:
    """The modal that shows these words, once it is open."""
    top = world.slack.views.top
    await world.slack.until(lambda: words in str(getattr(top(user), "content", "")), LIMIT_S, [])
    found = top(user)
    assert found is not None
    return found


async def said(world: World, words: str, channel: str) -> Message:
    return await world.slack.wait_for(lambda m: m.channel == channel and words in m.text, LIMIT_S)


async def test_a_tab_is_up_to_date_and_shows_what_its_person_may_see(world: World) -> None:
    """A tab is published when it is opened, and again when something shown changed: at most once in a while, and never
    while nothing changes. What a private channel watches is seen by its members alone, as long as they are members."""
    public, own = await world.watched_jobs(2), await world.watched_jobs(1, [MEMBER.id])
    private = await world.watched_jobs(1, [PRIVATE], by=ADMIN.id)
    async with world.bot():
        for user in (MEMBER.id, ADMIN.id, GUEST.id):
            await opens(world, user)
        assert "You watch 1 job · your channels watch 2" in shown(world)
        assert private[0].name in shown(world, ADMIN.id)
        for user in (MEMBER.id, GUEST.id):
            assert private[0].name not in shown(world, user)
            assert PRIVATE not in shown(world, user)
        assert own[0].name not in shown(world, GUEST.id) + shown(world, ADMIN.id)

        for status in ("Running with Warning", "Stopped", "Running with Error"):
            world.change(public, status)
            await world.until_polled(public, 2)
        for user in (MEMBER.id, GUEST.id):
            await until_shown(world, "❌ 2 Running with Error", user)
            times = published(world, user)
            assert all(later - earlier >= _GAP.total_seconds() for earlier, later in pairwise(times[1:]))
        await world.until_polled(public, 2)
        before, of_guest = len(published(world)), len(published(world, GUEST.id))
        world.change(private, "Stopped")
        await until_shown(world, "⏹️ 1 Stopped", ADMIN.id)
        await world.slack.leave(PRIVATE, ADMIN.id)
        await until(world, lambda: private[0].name not in shown(world, ADMIN.id), ADMIN.id)
        assert (len(published(world)), len(published(world, GUEST.id))) == (before, of_guest)


async def test_a_tab_is_used(world: World) -> None:
    """In the tab a watch is muted, changed, stopped and looked at, as the command does in the place of its row, and the
    others there see it. Names are searched, pages are turned. Nobody acts for a channel that they have left."""
    runs, own = await world.watched_jobs(25), await world.watched_jobs(1, [MEMBER.id])
    first, last = runs[0].name, runs[-1].name
    async with world.bot():
        await opens(world)
        await presses(world, HomePart.NEXT)
        await until_shown(world, "Page 2 of 2")
        assert first not in shown(world)
        await presses(world, HomePart.PREVIOUS)
        await until_shown(world, "Page 1 of 2")
        await presses(world, HomePart.WORDS, "nothing like it")
        await until_shown(world, "No watched job has")
        await presses(world, HomePart.CLEAR)
        await until_shown(world, first)
        await presses(world, HomePart.WORDS, last.upper())
        await until_shown(world, "1 watched job with")

        await chooses(world, last, "Mute for 1\xa0h")
        await until_shown(world, "🔇 until ")
        await said(world, f"muted {last}", world.channel)
        await chooses(world, last, "Unmute")
        await until(world, lambda: "🔇" not in shown(world))
        await said(world, f"unmuted {last}", world.channel)
        await chooses(world, last, "History")
        world.slack.close_view(await modal(world, "No changes "), user=MEMBER.id)
        await chooses(world, last, "Details")
        world.slack.close_view(await modal(world, "Runtime environment"), user=MEMBER.id)
        await chooses(world, last, "Change…")
        form = await modal(world, "Change a watch")
        state = {("what", "choose_what"): ["errors"]}
        assert (await world.slack.submit(form, user=MEMBER.id, state=state)).errors == {}
        await until_shown(world, "alerts on errors")
        await chooses(world, last, "Stop watching…")
        question = await modal(world, "will get no more alerts")
        await world.slack.submit(question, user=MEMBER.id)
        await said(world, f"stopped watching {last}", world.channel)
        await until_shown(world, "No watched job has")

        await presses(world, HomePart.WORDS, own[0].name)
        await until_shown(world, own[0].name)
        before = len(world.slack.messages)
        await chooses(world, own[0].name, "Mute for 1\xa0h")
        await until_shown(world, "🔇 until ")
        assert world.slack.messages[before:] == []  # the person sees it in the tab

        await presses(world, HomePart.WORDS, first)
        await until_shown(world, first)
        world.slack.channels[world.channel].members.discard(MEMBER.id)
        await chooses(world, first, "Mute for 1\xa0h")
        await modal(world, "You can only do that for channels you're in")
        assert world.slack.messages[before:] == []


@needs_list
async def test_the_first_watch_takes_two_presses(world: World, set_clock: SetClock) -> None:
    """Somebody who watches nothing is offered jobs, one of which a press watches, and the form. A tab that wasn't
    opened for a day is left alone until it is."""
    world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
    async with world.bot():
        await opens(world)
        assert "You don't watch any jobs yet" in shown(world)
        await presses(world, "open_watch_form")
        world.slack.close_view(await modal(world, "Watch a job"), user=MEMBER.id)
        view = world.slack.views.homes[MEMBER.id]
        suggested = next(each for each in view.blocks if "accessory" in each and NAME in str(each["text"]))
        ((block, button),) = interactive([suggested])
        await world.slack.press(view, str(button["action_id"]), user=MEMBER.id, block_id=block)
        await until_shown(world, "You watch 1 job")
        await said(world, f"You'll get alerts for {NAME}", world.slack.direct_message(MEMBER.id).id)

        set_clock(timedelta(days=2))
        before = len(published(world))
        await world.reply(f"watch {NAME} on errors to me")
        await world.until_requests(10)
        assert len(published(world)) == before
        await opens(world)
        assert "alerts on errors" in shown(world)


async def test_a_tab_is_right_whatever_clocks_do(either_world: World, it_is: ItIs) -> None:
    """Each night a tab shows until when a mute, maintenance and quiet hours last, and as of when it is, on the clock of
    whoever chose the time, and nothing of it any more once they ended. What changes is published once: no tab shows the
    same as the one before it."""
    world, slack = either_world, either_world.slack
    is_alone = world.settings["DATABASE_URL"].startswith("sqlite")
    it_is(NIGHTS[0].evening)
    muted, other = await world.watched_jobs(2)
    async with world.bots():
        for night, status in zip(
            NIGHTS, ("Running with Error", "Running with Warning", "Deploying", "Running with Error"), strict=True
        ):
            it_is(night.evening)
            slack.users[MEMBER.id].tz = night.zone
            await until_checked(world, datetime.fromisoformat(night.evening).replace(tzinfo=UTC))
            await world.reply(f"quiet 22:00-9:00 {night.zone}")
            await world.reply(f"mute all matching {other.name} until 9:00")
            await world.reply(f"mute {muted.name} until 9:00")
            view = await opens(world)
            for words in ("🌙 Quiet hours ", "🔇 Maintenance of ", " is muted "):
                await until_shown(world, words)
            assert moments(block_with("Quiet hours", view)) == {f"{night.morning}:00"}
            assert any(each.startswith(night.evening[:13]) for each in moments(block_with("Statuses as of", view)))
            world.change([muted], status)
            await until_shown(world, f"1 {status}")
            it_is(night.morning)
            await until(world, lambda: not {"🌙", "🔇"} & set(shown(world)))
        await world.until_polled([other], 4)
    views: list[Any] = [
        each.arguments["view"] for each in slack.calls if each.method == "views.publish" and not each.error
    ]
    if is_alone:  # else the moved clock ends claims under way: what two workers published at once is published again
        assert [a for a, b in pairwise(map(fingerprint, views)) if a == b] == []


def block_with(words: str, view: View) -> dict[str, Any]:
    return next(each for each in view.blocks if words in str(each))
