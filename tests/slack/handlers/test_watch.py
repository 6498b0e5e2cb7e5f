import asyncio
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from bot.demo.slack.stand_in import Fault, SlackStandIn
from bot.domain.change import Change
from bot.domain.destination import Destination
from bot.domain.job import Dataflow, JobRef
from bot.domain.notification.confirmations import Confirmation, Deed, JobConfirmation
from bot.domain.notification.service import Paused, Resumed
from bot.informatica.errors import Unreachable
from bot.slack.api.response_urls import ResponseUrls
from bot.slack.grammar.commands import ListHere, Unwatch, Watch
from bot.slack.grammar.presses import Action, AskToStop
from bot.slack.messages.blocks import Message
from bot.slack.request import Request
from bot.store import pauses
from bot.store.sql.tables import SubscriptionRow
from tests.cast import CLICKS, ERROR, MINUTE, SECOND, UP, WARNING, job
from tests.slack.messages.reading import shown
from tests.slack.world import ANN, BEN, GENERAL, OLD, OPS, ORDERS, PAYROLL, World, a_world


def request(world: World, *, user: str = BEN, channel: str = OPS, key: str = "1", typed: str = "/job") -> Request:
    return Request(world.slack.app.team_id, channel, user, "/job", typed, key, "http://127.0.0.1:9/x")


# ── watch ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_channel_watches_what_somebody_asks_for(world: World) -> None:
    """The confirmation is seen by the channel: who, what, and how it is now. The look was the baseline."""
    told = await world.asks(f"watch {ORDERS}")
    assert (told.channel, told.ephemeral_to, told.via) == (OPS, None, "chat.postMessage")
    assert told.text == (
        f"<@{BEN}> is watching orders (run 42559 only) in this channel · every status change\n"
        "Now: ✅\u00a0Up and Running"
    )
    assert await world.subscribed() == [(OPS, BEN)]
    await world.listeners.drain()
    assert world.slack.messages == [told]


async def test_said_twice_done_once(world: World) -> None:
    """Who asks for what is watched already hears that it is, alone."""
    await world.asks(f"watch {ORDERS}")
    again = await world.asks(f"watch {ORDERS}", user=ANN)
    assert again.ephemeral_to == ANN
    assert again.text.startswith("This channel already watches orders (run 42559 only)")
    assert await world.subscribed() == [(OPS, BEN)]


async def test_the_same_delivery_twice_is_one_confirmation(world: World) -> None:
    """Slack delivers a command again when the first answer was lost: nothing more comes of it."""
    first = await world.says(f"watch {ORDERS}")
    again = await world.slack.repeat(first, retry=1)
    await world.listeners.drain()
    assert again.status == 200
    assert await world.subscribed() == [(OPS, BEN)]
    assert ["is watching" in m.text for m in world.slack.messages] == [True]


async def test_the_same_delivery_to_two_processes_is_one_confirmation(world: World, slack: SlackStandIn) -> None:
    """Where several processes answer Slack, the database decides who was first."""
    first = await world.says(f"watch {ORDERS}")
    await world.next_message(0)
    async with a_world(slack, world.path) as other:
        assert (await slack.repeat(first, retry=1)).status == 200
        await other.jobs.was_asked()
        await other.listeners.drain()
    assert await world.subscribed() == [(OPS, BEN)]
    assert len(slack.messages) == 1


@pytest.mark.parametrize("key", ["1", "2"], ids=["one request twice", "two people at once"])
async def test_two_at_once_make_one_subscription(world: World, key: str) -> None:
    """Of two that arrive together one subscribes and is confirmed; the other hears that it is, or nothing if it was
    the same request."""
    gate = asyncio.Event()
    world.jobs.answers[ORDERS] = gate
    both = [
        asyncio.create_task(world.handles(Watch(ORDERS), request(world, user=user, key=key)))
        for user, key in ((BEN, "1"), (ANN, key))
    ]
    await world.jobs.was_asked(2)
    gate.set()
    answers = [await each for each in both]
    assert len(await world.subscribed()) == 1
    assert len(world.slack.messages) == 1
    said = [answer.message.text.split("\n")[0] for answer in answers if answer is not None]
    assert said == (
        [] if key == "1" else ["This channel already watches orders (run 42559 only) · every status change"]
    )


async def test_a_channel_without_the_bot_watches_nothing(world: World) -> None:
    """Where the bot can't post, the person alone learns how to invite it and what to say again; nothing remains."""
    answer = await world.asks(f"watch {ORDERS}", channel=GENERAL)
    assert (answer.channel, answer.ephemeral_to) == (GENERAL, BEN)
    assert "/invite @jobwatch" in answer.text
    assert f"/job watch {ORDERS}" in answer.text
    assert await world.subscribed() == []
    world.slack.channels[GENERAL].members.add(world.slack.app.bot_user_id)
    assert "is watching" in (await world.asks(f"watch {ORDERS}", channel=GENERAL)).text
    assert await world.subscribed() == [(GENERAL, BEN)]


async def test_another_channel_without_the_bot_is_the_one_that_is_named(world: World) -> None:
    """Who asks for another channel than this one reads that the bot is not in that one."""
    for line in (f"watch {ORDERS} to <#{GENERAL}|general>", f"watch all to <#{GENERAL}|general>"):
        answer = await world.asks(line)
        assert (answer.channel, answer.ephemeral_to) == (OPS, BEN)
        assert f"I can't post in <#{GENERAL}>: I'm not in it." in answer.text
    assert await world.subscribed() == []


@pytest.mark.parametrize("channel", [OLD], ids=["an archived channel"])
async def test_a_channel_that_takes_no_messages_watches_nothing(world: World, channel: str) -> None:
    """An archived channel can't be told, and an invitation would not help."""
    answer = await world.asks(f"watch {ORDERS}", channel=channel)
    assert answer.ephemeral_to == BEN
    assert "the channel is archived" in answer.text
    assert "Unarchive it" in answer.text
    assert "/invite" not in answer.text
    assert await world.subscribed() == []


async def test_a_person_who_takes_no_messages_watches_nothing(world: World) -> None:
    """Who can't be sent direct messages is told why, where they asked."""
    world.slack.app.messages_tab_enabled = False
    answer = await world.asks(f"watch {ORDERS} to me")
    assert answer.ephemeral_to == BEN
    assert "I can't send you direct messages" in answer.text
    assert await world.subscribed() == []


@pytest.mark.parametrize("fault", [Fault.HTTP_503, Fault.DROP_BEFORE, Fault.RATE_LIMITED, "invalid_auth"])
async def test_a_confirmation_that_slack_does_not_accept_waits(world: World, fault: Fault | str) -> None:
    """If Slack doesn't accept the confirmation now, the subscription stays, the person reads that, and the
    confirmation waits like an alert, as long as Slack said."""
    world.slack.fail(fault)
    answer = await world.asks(f"watch {ORDERS} on errors")
    assert answer.ephemeral_to == BEN
    assert answer.text.startswith("The watch of orders is saved, but Slack didn't accept its confirmation just now.")
    assert await world.subscribed() == [(OPS, BEN)]
    [confirmation] = await world.waiting(OPS, at=datetime.now(UTC) + MINUTE)
    assert isinstance(confirmation, JobConfirmation)
    assert (confirmation.deed, confirmation.by, confirmation.status_filter.word) == (Deed.WATCHED, BEN, "errors")
    if fault is Fault.RATE_LIMITED:
        assert await world.waiting(OPS) == []


async def test_a_process_that_dies_before_the_confirmation(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The confirmation waits in the database while it is being shown: if the process dies, it is delivered after half a
    minute, before what came later."""

    async def die(destination: str, message: object) -> None:
        raise SystemError("as if it was killed")

    monkeypatch.setattr(world.messenger, "post", die)
    await world.says(f"watch {ORDERS}")
    await world.listeners.done()
    await world.sees(ERROR)
    assert await world.waiting(OPS) == [], "nothing overtakes it"
    later = await world.waiting(OPS, at=datetime.now(UTC) + 30 * SECOND)
    assert [type(notification) for notification in later] == [JobConfirmation, Change]


UNSEEN: list[tuple[str, str, Deed | None]] = [
    ("the watch ended", f"unwatch {ORDERS}", None),
    ("the filter changed", f"watch {ORDERS} on errors", None),
    ("the job is muted, too", f"mute {ORDERS}", Deed.WATCHED),
]


@pytest.mark.parametrize(("command", "left"), [row[1:] for row in UNSEEN], ids=[row[0] for row in UNSEEN])
async def test_a_confirmation_that_is_not_true_any_more(world: World, command: str, left: Deed | None) -> None:
    """What waits is dropped once something newer about the same watch was shown, and kept otherwise."""
    world.slack.fail(Fault.HTTP_503)
    await world.asks(f"watch {ORDERS}")
    await world.asks(command)
    later = await world.waiting(OPS, at=datetime.now(UTC) + MINUTE)
    assert [one.deed for one in later if isinstance(one, JobConfirmation)] == ([left] if left else [])


_TO_EVERYBODY = {
    f"unwatch {ORDERS}": Deed.UNWATCHED,
    f"mute {ORDERS}": Deed.MUTED,
    f"unmute {ORDERS}": Deed.UNMUTED,
    "mute all 1h": Deed.MUTED,
    "threads off": Deed.CHANGED,
    "quiet 22:00-7:00": Deed.CHANGED,
    "quiet off": Deed.CHANGED,
    "digest daily 9:00": Deed.CHANGED,
    "digest off": Deed.CHANGED,
}


@pytest.mark.parametrize("command", _TO_EVERYBODY)
async def test_a_reply_to_everybody_that_slack_does_not_accept_waits(
    world: World, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """What a channel must see is posted later if Slack accepts no reply by the response URL; shown, it isn't again."""
    await world.asks(f"watch {ORDERS}")
    before = {"unmute": f"mute {ORDERS}", "quiet off": "quiet 22:00-7:00", "digest off": "digest daily 9:00"}
    for start in before:
        if command.startswith(start):
            await world.asks(before[start])
    assert await world.waiting(OPS, at=datetime.now(UTC) + MINUTE) == []

    async def refuse(self: ResponseUrls, response_url: str, message: object, *, in_channel: bool = False) -> bool:
        return False

    monkeypatch.setattr(ResponseUrls, "post", refuse)
    await world.says(command, user=ANN)
    await world.listeners.done()
    waiting = await world.waiting(OPS, at=datetime.now(UTC) + MINUTE)
    [confirmation] = [one for one in waiting if isinstance(one, Confirmation)]
    assert (confirmation.deed, confirmation.by) == (_TO_EVERYBODY[command], ANN)


async def test_a_subscription_to_me_is_told_in_direct_messages(world: World) -> None:
    """From a channel: the confirmation comes where the changes will, and the channel sees nothing of it."""
    dm = world.slack.direct_message(BEN).id
    await world.says(f"watch {ORDERS} to me")
    confirmed = await world.slack.wait_for(lambda m: m.channel == dm)
    here = await world.slack.wait_for(lambda m: m.channel == OPS)
    assert confirmed.text.startswith("You'll get alerts for orders (run 42559 only) here · every status change")
    assert here.ephemeral_to == BEN
    assert here.text.startswith("You'll get alerts for orders (run 42559 only) by direct message · every status change")
    assert await world.subscribed() == [(BEN, BEN)]


async def test_in_direct_messages_one_confirmation_is_enough(world: World) -> None:
    """Who asks in direct messages is answered there once."""
    dm = world.slack.direct_message(BEN).id
    told = await world.asks(f"watch {ORDERS}", channel=dm)
    await world.listeners.drain()
    assert (told.channel, world.slack.messages) == (dm, [told])
    assert await world.subscribed() == [(BEN, BEN)]


async def test_a_paused_subscription_resumes(world: World) -> None:
    """Saying it again is the way back for a channel that the bot had been removed from."""
    await world.asks(f"watch {ORDERS}")
    await _pause(world, OPS)
    assert "I'm not in the channel" in (await world.asks("list")).text
    assert "is watching" in (await world.asks(f"watch {ORDERS}")).text
    assert "paused" not in (await world.asks("list")).text


async def test_with_one_watch_that_resumes_the_others_of_the_channel_go_on_too(world: World) -> None:
    """Where one job can be told of again all can: nothing of the channel stays paused when an event was lost."""
    await world.asks(f"watch {ORDERS}")
    await world.asks(f"watch {CLICKS}")
    await _pause(world, OPS)
    await world.asks(f"watch {ORDERS}")
    async with asyncio.timeout(10):
        while await world.paused() != {OPS: {None}}:
            await asyncio.sleep(0.01)
    (resumed,) = await world.waiting(OPS)
    assert isinstance(resumed, Resumed)


async def test_a_paused_subscription_that_still_fails_stays_paused(world: World) -> None:
    """No error deletes a subscription: where the bot is still not in the channel, it stays, paused and visible."""
    await world.asks(f"watch {ORDERS}")
    await _pause(world, OPS)
    world.slack.channels[OPS].members.discard(world.slack.app.bot_user_id)
    assert "/invite @jobwatch" in (await world.asks(f"watch {ORDERS}")).text
    assert await world.subscribed() == [(OPS, BEN)]
    assert "I'm not in the channel" in (await world.asks("list")).text


async def test_a_removal_that_a_new_wish_reveals_is_told(world: World) -> None:
    """Where the bot learns by a confirmation that it was removed, what was watched is paused, and whoever made the
    subscriptions hears of it, as by any other way."""
    await world.asks(f"watch {ORDERS}", user=ANN)
    world.slack.channels[OPS].members.discard(world.slack.app.bot_user_id)
    assert "/invite @jobwatch" in (await world.asks(f"watch {ORDERS} on errors")).text
    assert await world.paused() == {OPS: {"not_in_channel"}}
    assert await world.waiting(ANN) == [Paused(OPS, "not_in_channel", 1)]


async def test_a_resumption_that_fails_is_told_to_nobody_again(world: World) -> None:
    """Whoever made a paused subscription has heard of the pause: a vain attempt to resume it is no news."""
    await world.asks(f"watch {ORDERS}")
    world.slack.channels[OPS].members.discard(world.slack.app.bot_user_id)
    await _pause(world, OPS)
    before = await world.waiting(BEN)
    await world.asks(f"watch {ORDERS}", user=ANN)
    assert await world.waiting(BEN) == before
    assert await world.waiting(ANN) == []


async def _pause(world: World, destination: str) -> None:
    async with world.store.writing() as session:
        await pauses.pause(
            session, Destination(world.slack.app.team_id, destination), "not_in_channel", datetime.now(UTC)
        )


# ── on what ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_ERRORS = "errors only (error, unknown status, and recovery)"


async def test_a_channel_is_told_of_some_changes_only(world: World) -> None:
    """The confirmation says which, and those alone are told."""
    told = await world.asks(f"watch {ORDERS} on errors")
    assert told.text.split("\n")[0].endswith(f"is watching orders (run 42559 only) in this channel · {_ERRORS}")
    for status in (WARNING, ERROR, UP, WARNING):
        await world.sees(status)
    assert [notification.new for notification in await world.waiting(OPS) if isinstance(notification, Change)] == [
        ERROR,
        UP,
    ]


async def test_another_wish_changes_a_subscription(world: World) -> None:
    """Said again with another WHEN, the watch changes; the channel sees who did that, and it is one subscription."""
    await world.asks(f"watch {ORDERS}")
    told = await world.asks(f"watch {ORDERS} on stopped, running with error", user=ANN)
    assert (told.channel, told.ephemeral_to) == (OPS, None)
    assert told.text == (
        f"<@{ANN}> changed the alerts for orders (run 42559 only) in this channel · "
        "Stopped or Running with Error only\nNow: ✅\u00a0Up and Running"
    )
    assert await world.subscribed() == [(OPS, BEN)]
    await world.sees(WARNING)
    assert await world.waiting(OPS) == []


async def test_said_again_without_a_wish_nothing_changes(world: World) -> None:
    """`watch` alone asks for what is there: the person hears what that is, and it stays."""
    await world.asks(f"watch {ORDERS} on errors")
    for typed in (f"watch {ORDERS}", f"watch {ORDERS} on errors"):
        answer = await world.asks(typed, user=ANN)
        assert answer.ephemeral_to == ANN
        assert f"· {_ERRORS}" in answer.text
    await world.sees(WARNING)
    assert await world.waiting(OPS) == []


async def test_a_persons_wish_is_their_own(world: World) -> None:
    """What a person wants to hear by direct message changes nothing for the channel."""
    await world.asks(f"watch {ORDERS}")
    before = len(world.slack.messages)
    await world.says(f"watch {ORDERS} on errors to me")
    await world.listeners.done()
    assert sorted(m.ephemeral_to or "" for m in world.slack.messages[before:]) == ["", BEN]
    assert all(_ERRORS in m.text for m in world.slack.messages[before:])
    await world.sees(WARNING)
    assert (len(await world.waiting(OPS)), len(await world.waiting(BEN))) == (1, 0)


async def test_the_same_new_wish_twice_is_one_confirmation(world: World) -> None:
    """A repeated delivery does not tell the channel again."""
    await world.asks(f"watch {ORDERS}")
    first = await world.says(f"watch {ORDERS} on errors")
    await world.listeners.done()
    seen = len(world.slack.messages)
    world.listeners._started.clear()  # as if another process got it
    await world.slack.repeat(first, retry=1)
    await world.listeners.done()
    assert len(world.slack.messages) == seen


# ── unwatch and list ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_anyone_in_the_channel_may_end_it(world: World) -> None:
    """The end of a subscription concerns everybody, so everybody sees it; no look is needed for it."""
    await world.asks(f"watch {ORDERS}")
    world.jobs.asked.clear()
    ended = await world.asks(f"unwatch {ORDERS}", user=ANN)
    assert (ended.text, ended.ephemeral_to) == (f"<@{ANN}> stopped watching orders in this channel.", None)
    assert await world.subscribed() == []
    assert world.jobs.asked == []


async def test_the_end_of_one_watch_is_not_taken_for_the_end_of_all(world: World) -> None:
    """Whoever ends one of several watches of a job reads which others go on, before and after: a pattern, the name, or
    a run."""
    world.jobs.listed = [job()]
    name, run = f"watch {ORDERS.dataflow}", f"watch {ORDERS}"
    for watches, ends, says in (
        ([name, run], f"un{run}", "It's still watched by its name."),
        ([name, run], f"un{name}", "Run 42559 is still watched."),
        ([run, "watch all"], f"un{run}", "The watch of all jobs still includes it."),
        ([run, name, "watch all"], "unwatch all", "1 of these jobs is still watched in another way."),
    ):
        for line in watches:
            await world.asks(line)
        press = next((AskToStop(ref) for ref in (ORDERS, Dataflow(ORDERS.dataflow)) if ends == f"unwatch {ref}"), None)
        if press is not None:
            question = await world.handles(press, request(world))
            assert question is not None
            assert says.replace("still", "also") in question.message.text, ends
        assert (await world.asks(ends)).text.splitlines()[1:] == [says], ends
        for line in watches[::-1]:
            await world.asks(f"un{line}")
        assert await world.subscribed() == [], ends


async def test_what_is_not_watched_can_not_be_ended(world: World) -> None:
    """Who ends what never was hears it alone, with the way to see what is."""
    answer = await world.asks(f"unwatch {ORDERS}")
    assert answer.ephemeral_to == BEN
    assert answer.text == f"This channel doesn't watch {ORDERS.dataflow} {ORDERS.run}.\nSee what is watched: /job list"


async def test_a_refusal_names_the_job_that_was_pressed(world: World) -> None:
    """A button holds IDs. What it can't do is said of the job by its name, as an alert there named it; a place
    that had none isn't told the name, unless the organisation's list has it."""
    confirmed = await world.asks(f"watch {ORDERS}")
    card = await world.asks(f"status {ORDERS}")
    await world.sees(ERROR)
    await world.delivers()
    world.jobs.answers[ORDERS] = Unreachable()
    assert (await world.presses(confirmed, Action.SHOW)).text.startswith("Can't check orders now: ")
    assert (await world.presses(card, Action.SHARE)).text.startswith("Can't check orders now: ")
    history = await world.asks(f"history {ORDERS}")
    await world.asks(f"unwatch {ORDERS}")
    assert (await world.presses(history, Action.SHARE_HISTORY)).text.startswith(
        "I can't share the history of orders here"
    )
    assert "orders" in (await world.presses(history, Action.HISTORY_PERIOD)).text
    await world.happens(world.slack.press(card, Action.CHANGE, user=BEN))
    form = world.slack.views.top(BEN)
    assert form is not None
    assert "Alerts for orders go to" in shown(Message("", form.blocks[:1]))
    world.slack.close_view(form, user=BEN)
    assert (await world.presses(confirmed, Action.UNWATCH)).text.startswith("This channel doesn't watch orders.\n")
    elsewhere = await world.asks(f"unwatch {ORDERS}", user=ANN, channel=GENERAL)
    assert elsewhere.text.startswith(f"This channel doesn't watch {ORDERS.dataflow} {ORDERS.run}.\n")
    world.jobs.listed = [job()]
    for line in (f"unwatch {ORDERS}", f"mute {ORDERS}", f"ack {ORDERS}", f"history {ORDERS}"):
        told = await world.asks(line, user=ANN, channel=GENERAL)
        assert "orders" in told.text, line
        assert ORDERS.dataflow not in told.text, line


async def test_mine_and_the_channels_are_two_subscriptions(world: World) -> None:
    """Ending what the channel watches does not end what a person watches, and the other way round."""
    await world.asks(f"watch {ORDERS}")
    await world.asks(f"watch {ORDERS} to me")
    await world.slack.until(lambda: len(world.slack.messages) == 3, 10, world.slack.messages)
    mine = await world.asks(f"unwatch {ORDERS} to me")
    assert (mine.text, mine.ephemeral_to) == ("You stopped watching orders.", BEN)
    assert await world.subscribed() == [(OPS, BEN)]


async def test_the_same_unwatch_twice_is_one_answer(world: World) -> None:
    """A repeated delivery does not say that nothing was watched."""
    await world.asks(f"watch {ORDERS}")
    seen = len(world.slack.messages)
    first = await world.says(f"unwatch {ORDERS}")
    await world.listeners.done()
    world.listeners._started.clear()  # as if another process got it
    await world.slack.repeat(first, retry=1)
    await world.listeners.done()
    assert [message.text for message in world.slack.messages[seen:]] == [
        f"<@{BEN}> stopped watching orders in this channel."
    ]


async def test_a_list_shows_the_worst_first(world: World) -> None:
    """What is broken stands at the top, in a list only for who asked."""
    third = JobRef(ORDERS.dataflow, 3)
    world.jobs.answers |= {ORDERS: UP, CLICKS: ERROR, third: WARNING}
    for ref in (ORDERS, CLICKS, third):
        await world.asks(f"watch {ref}")
    answer = await world.asks("list")
    first, *rows, _ = answer.text.split("\n")
    assert answer.ephemeral_to == BEN
    assert first == "This channel watches 3 jobs"
    assert [row.split()[0] for row in rows] == ["❌", "⚠️", "✅"]


async def test_a_list_says_what_is_out_of_the_ordinary(world: World) -> None:
    """What is alerted on, what is muted, what can't be delivered and what was given up stand in the job's row, and why
    above all rows."""
    await world.asks(f"watch {ORDERS} on errors")
    assert "Up and Running · on errors\n" in (await world.asks("list")).text
    await world.asks(f"mute {ORDERS} 2h", user=ANN)
    assert "🔇\u00a0muted, " in (await world.asks("list")).text

    async with world.store.writing() as session:
        given_up = {"given_up_at": datetime.now(UTC), "given_up_because": "service_unavailable"}
        await session.execute(update(SubscriptionRow).values(**given_up))
    await world.happens(world.slack.archive(OPS))
    header, cause, row, *people = (await world.asks("list")).text.split("\n")
    assert header == "This channel watches 1 job · 1 muted · alerts for 1 paused"
    assert cause == "🚧 Alerts for 1 job are paused: the channel is archived. Unarchive it and alerts resume."
    assert [part[0] for part in row.split(" · ")[3:]] == ["🔇", "🚧", "📭"]
    assert "Slack has a problem of its own" in row
    assert people == [f"Watched by <@{BEN}>", f"Muted by <@{ANN}>"]

    await world.happens(world.slack.unarchive(OPS))
    await world.asks(f"unmute {ORDERS}")
    _, row, _ = (await world.asks("list")).text.split("\n")
    assert [part[0] for part in row.split(" · ")[3:]] == ["📭"]


@pytest.mark.parametrize("typed", ["", "help"])
async def test_help_starts_with_what_is_watched(world: World, typed: str) -> None:
    """Who types nothing learns what is watched here, and then what can be typed."""
    assert (await world.asks(typed)).text.startswith("This channel doesn't watch any jobs yet")
    await world.asks(f"watch {ORDERS}")
    assert (await world.asks(typed)).text.startswith("This channel watches 1 job\n✅ orders")


@pytest.mark.parametrize("typed", ["list", "", f"unwatch {ORDERS}"])
async def test_nobody_sees_what_another_channel_watches(world: World, typed: str) -> None:
    """What a private channel watches shows nowhere else: not in another channel, not to a person, not by its end."""
    await world.asks(f"watch {ORDERS}", user=ANN, channel=PAYROLL)
    for channel in (OPS, GENERAL, world.slack.direct_message(BEN).id, world.slack.direct_message(ANN).id):
        answer = await world.asks(typed, channel=channel)
        assert "orders" not in answer.text
        assert "✅" not in answer.text
    assert await world.subscribed() == [(PAYROLL, ANN)]


async def test_nobody_sees_what_another_workspace_watches(world: World) -> None:
    """The same channel ID in another workspace is another channel."""
    await world.asks(f"watch {ORDERS}")
    stranger = replace(request(world), workspace="T2")
    listed = await world.handles(ListHere(), stranger)
    ended = await world.handles(Unwatch(ORDERS), stranger)
    assert listed is not None
    assert ended is not None
    assert listed.message.text.startswith("This channel doesn't watch any jobs yet.")
    assert ended.message.text.startswith("This channel doesn't watch")
    assert await world.subscribed() == [(OPS, BEN)]


async def test_no_response_url_is_stored(world: World) -> None:
    """A response URL would let whoever reads the database post in the channel."""
    await world.asks(f"watch {ORDERS}")
    await world.listeners.drain()
    with sqlite3.connect(world.path) as other:
        everything = "\n".join(other.iterdump())
    other.close()
    assert OPS in everything
    assert "/commands/" not in everything
    assert world.slack.app.bot_token not in everything
