import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.demo.slack.stand_in import GUEST, Answer, SlackStandIn
from bot.demo.slack.workspace.members import PARTNER_TEAM
from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.notification.service import Paused, Resumed
from bot.slack import event_queue
from bot.store import pauses, reconcile
from bot.store.homes import tabs
from tests.cast import CLICKS, ERROR, NOON, UP, WARNING
from tests.slack.world import ANN, BEN, GENERAL, OLD, OPS, ORDERS, PAYROLL, SHARED, World

NEW = "C0DEMONEW1"

Deed = Callable[[SlackStandIn], Awaitable[Answer | None]]


async def watched(world: World, channel: str = OPS) -> None:
    """Ben made a channel watch two jobs, Ann a third; another channel watches one of these."""
    third = (ORDERS.dataflow, 3)
    world.slack.channels[GENERAL].members.add(world.slack.app.bot_user_id)
    await world.asks(f"watch {ORDERS}", channel=channel)
    await world.asks(f"watch {CLICKS}", channel=channel)
    await world.asks(f"watch {third[0]} {third[1]}", user=ANN, channel=channel)
    await world.asks(f"watch {ORDERS}", user=ANN, channel=GENERAL)
    await world.listeners.done()


def kept(world: World) -> list[str]:
    """All that the database holds, but for which requests were taken in hand."""
    with sqlite3.connect(world.path) as other:
        lines = [line for line in other.iterdump() if "handled_requests" not in line]
    other.close()
    return lines


# ── a channel comes to an end ───────────────────────────────────────────────────────────────────────────────────────

_ENDS: dict[str, tuple[Deed, str, str]] = {
    "archived": (lambda slack: slack.archive(OPS), OPS, "is_archived"),
    "archived, private": (lambda slack: slack.archive(PAYROLL), PAYROLL, "is_archived"),
    "removed": (lambda slack: slack.remove_bot(OPS), OPS, "not_in_channel"),
    "removed, private": (lambda slack: slack.remove_bot(PAYROLL), PAYROLL, "not_in_channel"),
    "deleted": (lambda slack: slack.delete_channel(OPS), OPS, "channel_not_found"),
    "deleted, private": (lambda slack: slack.delete_channel(PAYROLL), PAYROLL, "channel_not_found"),
}


@pytest.mark.parametrize(("deed", "channel", "word"), _ENDS.values(), ids=_ENDS.keys())
async def test_a_channel_that_ends_is_paused(world: World, deed: Deed, channel: str, word: str) -> None:
    """Its subscriptions wait, each of those who made them hears once why, and no other channel notices."""
    await watched(world, channel)
    await world.happens(deed(world.slack))
    assert await world.paused() == {channel: {word}, GENERAL: {None}}
    assert await world.waiting(BEN) == [Paused(channel, word, 2)]
    assert await world.waiting(ANN) == [Paused(channel, word, 1)]
    assert await world.waiting(channel) == await world.waiting(GENERAL) == []
    assert world.recorded.times == 1


async def test_nothing_is_told_to_a_channel_that_ended(world: World) -> None:
    """What waited for it when it was archived is not tried any more, nor what changes afterwards; elsewhere it is."""
    await watched(world)
    await world.sees(WARNING)
    await world.happens(world.slack.archive(OPS))
    await world.sees(ERROR)
    assert await world.waiting(OPS) == []
    assert [notification.new for notification in await world.waiting(GENERAL) if isinstance(notification, Change)] == [
        WARNING,
        ERROR,
    ]


@pytest.mark.parametrize("deed", [lambda slack: slack.archive(GENERAL), lambda slack: slack.unarchive(OLD)])
async def test_a_channel_that_watches_nothing(world: World, deed: Deed) -> None:
    """Most channels of a workspace are none of the bot's: what happens to them concerns nobody."""
    await world.asks(f"watch {ORDERS}")
    async with world.store.writing() as session:  # an event may make the bot look for what it hasn't said yet
        await reconcile.reconcile(session, datetime.now(UTC))
    before = kept(world)
    await world.happens(deed(world.slack))
    assert (kept(world), world.recorded.times) == (before, 0)


# ── and comes back ──────────────────────────────────────────────────────────────────────────────────────────────────

_RETURNS: dict[str, tuple[Deed, Deed, str]] = {
    "unarchived": (lambda slack: slack.archive(OPS), lambda slack: slack.unarchive(OPS), OPS),
    "unarchived, private": (lambda slack: slack.archive(PAYROLL), lambda slack: slack.unarchive(PAYROLL), PAYROLL),
    "invited again": (lambda slack: slack.remove_bot(OPS), lambda slack: slack.invite(OPS), OPS),
    "invited again, private": (lambda slack: slack.remove_bot(PAYROLL), lambda slack: slack.invite(PAYROLL), PAYROLL),
}


@pytest.mark.parametrize(("end", "back", "channel"), _RETURNS.values(), ids=_RETURNS.keys())
async def test_a_channel_that_comes_back_goes_on(world: World, end: Deed, back: Deed, channel: str) -> None:
    """Its subscriptions go on by themselves; it hears that they do, and once how the jobs differ from what it knew."""
    await watched(world, channel)
    await world.sees(WARNING)
    before = datetime.now(UTC)
    await world.happens(end(world.slack))
    await world.sees(ERROR)
    await world.happens(back(world.slack))
    assert await world.paused() == {channel: {None}, GENERAL: {None}}
    resumed, change = await world.waiting(channel)
    assert isinstance(resumed, Resumed)
    assert isinstance(change, Change)
    assert resumed.count == 3
    assert before <= resumed.paused_at <= datetime.now(UTC)
    assert (change.ref, change.old, change.new) == (ORDERS, UP, ERROR)
    assert world.recorded.times == 2
    async with world.store.writing() as session:
        assert await reconcile.reconcile(session, datetime.now(UTC)) == 0


async def test_what_was_over_before_it_came_back_is_not_told(world: World) -> None:
    """A job that is again as the channel knew it is no news; nor is one that changed into what it does not want."""
    await world.asks(f"watch {ORDERS}")
    await world.asks(f"watch {CLICKS} on stopped")
    await world.happens(world.slack.archive(OPS))
    await world.sees(ERROR)
    await world.sees(UP)
    await world.sees(ERROR, CLICKS)
    await world.happens(world.slack.unarchive(OPS))
    (resumed,) = await world.waiting(OPS)
    assert isinstance(resumed, Resumed)


async def test_somebody_else_who_joins_changes_nothing(world: World) -> None:
    """Only the bot's own invitation brings a channel back."""
    await world.asks(f"watch {ORDERS}")
    world.slack.channels[OPS].members.discard(GUEST.id)
    async with world.store.writing() as session:
        await pauses.pause(session, Destination(world.slack.app.team_id, OPS), "not_in_channel", datetime.now(UTC))
    before = kept(world)
    await world.happens(world.slack.invite(OPS, GUEST.id))
    assert (kept(world), world.recorded.times) == (before, 0)


async def test_the_bots_first_invitation_is_no_return(world: World) -> None:
    """Where nothing is paused an invitation resumes nothing and says nothing."""
    await world.happens(world.slack.invite(GENERAL))
    assert await world.waiting(GENERAL) == []
    assert world.recorded.times == 0


# ── an event that comes twice, late, or from elsewhere ──────────────────────────────────────────────────────────────


async def test_an_event_that_is_delivered_twice_is_followed_once(world: World) -> None:
    """Slack delivers an event again when an answer was lost: nobody is told a second time."""
    await watched(world)
    answer = await world.happens(world.slack.archive(OPS))
    before = kept(world)
    await world.happens(world.slack.repeat(answer, retry=1))
    assert (kept(world), world.recorded.times) == (before, 1)


async def test_an_old_event_that_is_delivered_again_undoes_nothing(world: World) -> None:
    """The archiving that is delivered again after the channel came back does not pause it once more."""
    await world.asks(f"watch {ORDERS}")
    archived = await world.happens(world.slack.archive(OPS))
    await world.happens(world.slack.unarchive(OPS))
    await world.happens(world.slack.repeat(archived, retry=2))
    assert await world.paused() == {OPS: {None}}


async def test_a_channel_that_is_archived_and_deleted_is_told_of_once(world: World) -> None:
    """Of two ends of a channel the first counts: whoever subscribed hears of one."""
    await world.asks(f"watch {ORDERS}")
    await world.happens(world.slack.archive(OPS))
    await world.happens(world.slack.delete_channel(OPS))
    assert await world.waiting(BEN) == [Paused(OPS, "is_archived", 1)]
    assert await world.paused() == {OPS: {"is_archived"}}


_STRANGE: dict[str, Deed] = {
    "archived": lambda slack: slack.archive(OPS),
    "removed": lambda slack: slack.remove_bot(OPS),
    "deleted": lambda slack: slack.delete_channel(OPS),
    "moved": lambda slack: slack.change_id(OPS, NEW),
}


@pytest.mark.parametrize("deed", _STRANGE.values(), ids=_STRANGE.keys())
async def test_another_workspaces_event_touches_nothing(world: World, deed: Deed) -> None:
    """The same channel ID in another workspace is another channel."""
    await watched(world)
    before, ours = kept(world), world.slack.app.team_id
    world.slack.app.team_id = "T0OTHER001"
    await world.happens(deed(world.slack))
    assert (kept(world), world.recorded.times) == (before, 0)
    world.slack.app.team_id = ours


async def test_another_workspaces_return_touches_nothing(world: World) -> None:
    """Nor does a channel there that comes back let one here go on."""
    await watched(world)
    await world.happens(world.slack.archive(OPS))
    before, ours = kept(world), world.slack.app.team_id
    world.slack.app.team_id = "T0OTHER001"
    await world.happens(world.slack.unarchive(OPS))
    assert (kept(world), world.recorded.times) == (before, 1)
    world.slack.app.team_id = ours


# ── a channel lives on under another name ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("private", [False, True])
async def test_a_channel_with_a_new_id_is_followed(world: World, private: bool) -> None:
    """Subscriptions and what waits go along; the other channel stays; there they can be listed and ended."""
    await watched(world)
    await world.sees(ERROR)
    await world.happens(world.slack.change_id(OPS, NEW, private=private))
    assert await world.paused() == {NEW: {None}, GENERAL: {None}}
    assert [type(notification) for notification in await world.waiting(NEW)] == [Change]
    assert await world.waiting(OPS) == []
    assert "watches 3 jobs" in (await world.asks("list", channel=NEW)).text
    assert "stopped watching" in (await world.asks(f"unwatch {CLICKS}", channel=NEW)).text


async def test_a_paused_channel_with_a_new_id_stays_paused(world: World) -> None:
    """A new ID alone does not make a channel fit to be told; its return under the new one does."""
    await world.asks(f"watch {ORDERS}")
    await world.happens(world.slack.archive(OPS))
    await world.happens(world.slack.change_id(OPS, NEW))
    assert await world.paused() == {NEW: {"is_archived"}}
    await world.happens(world.slack.unarchive(NEW))
    assert await world.paused() == {NEW: {None}}


async def test_an_alert_to_the_old_id_pauses_nothing_for_long(world: World) -> None:
    """An alert that was posted before the event came found no channel. Its alerts resume under the new ID, and tell
    what changed; Home tabs ask anew who is in it."""
    await world.asks(f"watch {ORDERS}")
    async with world.store.writing() as session:
        ben = Destination(world.slack.app.team_id, BEN)
        await tabs.open_tab(session, ben, "D0DEMOBEN1", NOON)
        await tabs.know_channels(session, ben, [OPS, GENERAL], NOON)
    await world.sees(ERROR)
    world.slack.fail("channel_not_found", method="chat.postMessage")
    await world.delivers()
    assert await world.paused() == {OPS: {"channel_not_found"}}
    await world.happens(world.slack.change_id(OPS, NEW))
    assert await world.paused() == {NEW: {None}}
    assert {type(one) for one in await world.waiting(NEW)} == {Resumed, Change}
    async with world.store.reading() as session:
        tab = await tabs.find(session, ben)
    assert tab is not None
    assert tab.channels_at is None


# ── the bot itself ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("deed", "why"),
    [
        (lambda slack: slack.uninstall(), "the app was uninstalled"),
        (lambda slack: slack.revoke_tokens(), "its token was revoked"),
    ],
)
async def test_a_bot_that_is_locked_out_keeps_everything(world: World, deed: Deed, why: str) -> None:
    """That the app was removed is said to whoever watches over the bot; no subscription is paused or lost for it."""
    await watched(world)
    before = kept(world)
    await world.happens(deed(world.slack))
    assert world.access_losses == [why]
    assert kept(world) == before


async def test_a_persons_token_is_not_the_bots(world: World) -> None:
    """That some person's own token was revoked puts nothing in doubt."""
    event: dict[str, object] = {"type": "tokens_revoked", "tokens": {"oauth": [BEN], "bot": []}}
    await world.happens(world.slack.event(event))
    assert world.access_losses == []


# ── a database that fails meanwhile ─────────────────────────────────────────────────────────────────────────────────


async def test_a_database_that_fails_for_a_moment_costs_no_event(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack has its answer by then and won't deliver the event again, so the bot tries again, with one effect."""
    await watched(world)
    pause, tries = pauses.pause, []

    async def failing_once(*arguments: Any) -> int:
        paused = await pause(*arguments)
        tries.append(paused)
        if len(tries) == 1:
            raise OperationalError("COMMIT", None, Exception("disk I/O error"))
        return paused

    monkeypatch.setattr(pauses, "pause", failing_once)
    await world.happens(world.slack.archive(OPS))
    assert tries == [3, 3]
    assert await world.paused() == {OPS: {"is_archived"}, GENERAL: {None}}
    assert await world.waiting(BEN) == [Paused(OPS, "is_archived", 2)]


async def test_an_event_waits_for_the_database(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the database is away, an acknowledged event is followed once it is back, and those after it in
    their order."""
    await world.asks(f"watch {ORDERS}")
    pause, tries = pauses.pause, 0

    async def failing(*args: Any) -> int:
        nonlocal tries
        tries += 1
        if tries < 50:
            raise OperationalError("COMMIT", None, Exception("disk I/O error"))
        return await pause(*args)

    monkeypatch.setattr(event_queue, "_FIRST_WAIT_S", 0.0)
    monkeypatch.setattr(pauses, "pause", failing)
    assert (await world.slack.archive(OPS)) is not None
    await world.happens(world.slack.unarchive(OPS))
    assert tries == 50
    assert await world.paused() == {OPS: {None}}
    assert [type(each) for each in await world.waiting(OPS)] == [Resumed]


async def test_a_shared_channel_that_another_company_hosts(world: World) -> None:
    """Its events carry the other company's workspace at the top; the subscriptions here follow them all the same."""
    await world.asks(f"watch {ORDERS}", channel=SHARED)
    archived = await world.happens(world.slack.archive(SHARED))
    assert archived.request.payload["team_id"] == PARTNER_TEAM
    assert await world.paused() == {SHARED: {"is_archived"}}
    await world.happens(world.slack.unarchive(SHARED))
    assert await world.paused() == {SHARED: {None}}
    await world.happens(world.slack.remove_bot(SHARED))
    assert await world.paused() == {SHARED: {"not_in_channel"}}
    await world.happens(world.slack.invite(SHARED))
    assert await world.paused() == {SHARED: {None}}
