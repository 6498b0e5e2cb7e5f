"""Mute and unmute as people say them in Slack, and what comes of it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.demo.slack.stand_in import GUEST, Fault, Message
from bot.domain.change import Change
from bot.domain.notification.jobs import StillFailing
from bot.domain.notification.service import Paused
from bot.slack.grammar.durations import next_occurrence
from bot.slack.grammar.presses import Action
from bot.store import mutes
from bot.store.sql.tables import SubscriptionRow
from tests.cast import CLICKS, ERROR, HOUR, MINUTE, UP
from tests.slack.world import ANN, BEN, OPS, ORDERS, World

NEW_YORK, TOKYO = ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")


async def muted(world: World, destination: str = OPS) -> tuple[datetime | None, str | None]:
    """Until when a destination's one subscription is muted, and by whom."""
    async with world.store.reading() as session:
        sub = (await session.scalars(select(SubscriptionRow).filter_by(destination=destination))).one()
    return sub.muted_until, sub.muted_by


def about(moment: datetime | None, expected: datetime) -> bool:
    """Whether a moment that was reckoned while the test ran is the expected one, reckoned before."""
    return moment is not None and timedelta(0) <= moment - expected < MINUTE


# ── for a length of time ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "length"), [("", HOUR), ("30m", 30 * MINUTE), ("for 2 hours", 2 * HOUR), ("1d", 24 * HOUR)]
)
async def test_a_channel_is_muted_for_a_while(world: World, said: str, length: timedelta) -> None:
    """It concerns the channel, so the channel sees who did it, until when, and how the job is; no look is needed."""
    await world.asks(f"watch {ORDERS}")
    world.jobs.asked.clear()
    before = datetime.now(UTC)
    answer = await world.asks(f"mute {ORDERS} {said}", user=ANN)
    until, by = await muted(world)
    assert about(until, before + length)
    assert by == ANN
    assert (answer.channel, answer.ephemeral_to) == (OPS, None)
    assert answer.text.startswith(f"🔇 <@{ANN}> muted orders in this channel until <!date^")
    assert "Now: ✅\u00a0Up and Running. If it's failing when the mute ends, I'll post here." in answer.text
    assert world.jobs.asked == []


async def test_a_muted_channel_is_told_nothing(world: World) -> None:
    """What changes during a mute is told to those who did not mute it, and not kept for those who did."""
    await world.asks(f"watch {ORDERS}")
    await world.says(f"watch {ORDERS} to me", user=ANN)
    await world.listeners.done()
    await world.asks(f"mute {ORDERS}")
    await world.sees(ERROR)
    assert await world.waiting(OPS) == []
    assert [type(notification) for notification in await world.waiting(ANN)] == [Change]


async def test_a_person_mutes_what_only_they_hear(world: World) -> None:
    """A person's own mute is theirs: said to nobody else, and the channel's subscription goes on."""
    await world.asks(f"watch {ORDERS}")
    await world.says(f"watch {ORDERS} to me")
    await world.listeners.done()
    seen = len(world.slack.messages)
    await world.says(f"mute {ORDERS} 2h to me")
    answer = await world.next_message(seen)
    assert answer.ephemeral_to == BEN
    assert answer.text.startswith("🔇 You muted orders until <!date^")
    assert await muted(world) == (None, None)
    assert (await muted(world, BEN))[1] == BEN
    await world.sees(ERROR)
    assert await world.waiting(BEN) == []
    assert len(await world.waiting(OPS)) == 1


async def test_in_direct_messages_a_mute_is_the_persons(world: World) -> None:
    """Where a person talks with the bot alone, `mute` needs no `to me`."""
    dm = world.slack.direct_message(BEN).id
    await world.asks(f"watch {ORDERS}", channel=dm)
    assert (await world.asks(f"mute {ORDERS} 1d", channel=dm)).text.startswith("🔇 You muted orders")
    assert (await muted(world, BEN))[1] == BEN


async def test_a_mute_said_again_moves_its_end(world: World) -> None:
    """The last word counts, whether it is longer or shorter; the list shows one mute, and by whom."""
    await world.asks(f"watch {ORDERS}")
    await world.asks(f"mute {ORDERS} 1d")
    before = datetime.now(UTC)
    await world.asks(f"mute {ORDERS} 30m", user=ANN)
    until, _ = await muted(world)
    assert about(until, before + 30 * MINUTE)
    listed = (await world.asks("list")).text
    assert "This channel watches 1 job · 1 muted" in listed
    assert listed.endswith(f"Muted by <@{ANN}>")


async def test_the_same_mute_delivered_twice_is_one_answer(world: World) -> None:
    """Slack delivers a command again when an answer was lost: the end does not move, the channel hears of it once."""
    await world.asks(f"watch {ORDERS}")
    first = await world.says(f"mute {ORDERS}")
    await world.listeners.done()
    before, seen = await muted(world), len(world.slack.messages)
    world.listeners._started.clear()  # as if another process got it
    await world.slack.repeat(first, retry=1)
    await world.listeners.done()
    assert await muted(world) == before
    assert len(world.slack.messages) == seen


@pytest.mark.parametrize("said", ["mute {} 2h", "mute {} until 9:00", "unmute {}", "mute {} to me", "unmute {} to me"])
async def test_what_is_not_watched_can_not_be_muted(world: World, said: str) -> None:
    """Whoever silences what is not told anyway hears that alone, with the way to see what is watched."""
    await world.asks(f"watch {CLICKS}")
    answer = await world.asks(said.format(ORDERS))
    assert answer.ephemeral_to == BEN
    assert "watch" in answer.text
    assert answer.text.startswith(("This channel doesn't watch", "You don't watch"))
    assert "/job list" in answer.text
    assert (await muted(world))[0] is None


# ── until a time of day ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("user", "zone"), [(BEN, NEW_YORK), (GUEST.id, TOKYO)])
async def test_a_time_of_day_is_the_persons_own(world: World, user: str, zone: ZoneInfo) -> None:
    """`until 9:00` ends when the clock of whoever typed it shows nine the next time."""
    await world.asks(f"watch {ORDERS}")
    await world.settles(guests_may_change=True)
    now = datetime.now(UTC)
    await world.asks(f"mute {ORDERS} until 9:00", user=user)
    until, _ = await muted(world)
    assert until in (next_occurrence(time(9), zone, now), next_occurrence(time(9), zone, datetime.now(UTC)))
    assert until is not None
    assert until.astimezone(zone).time() == time(9)
    assert now < until <= now + timedelta(hours=25)


async def test_without_a_time_zone_nothing_is_muted(world: World) -> None:
    """Where Slack does not tell it, a guess would end the silence at the wrong hour: the person is asked for a length,
    with a line to copy that works."""
    world.slack.app.scopes.discard("users:read")
    await world.asks(f"watch {ORDERS}")
    answer = await world.asks(f"mute {ORDERS} until 9:00")
    assert answer.ephemeral_to == BEN
    assert "I couldn't get your time zone from Slack" in answer.text
    assert (await muted(world))[0] is None
    line = answer.text.split(": ")[-1]
    assert line == "/job mute orders 2h"
    await world.asks(line.removeprefix("/job "))
    assert (await muted(world))[0] is not None


async def test_the_line_to_copy_is_for_the_same_person(world: World) -> None:
    """Who wanted to mute their own messages gets a line that does, not one that mutes the channel."""
    world.slack.fail(Fault.HTTP_503, "users.info", times=None)
    await world.says(f"watch {ORDERS} to me")
    await world.listeners.done()
    seen = len(world.slack.messages)
    await world.says(f"mute {ORDERS} until 9:00 to me")
    assert (await world.next_message(seen)).text.endswith("/job mute orders 2h to me")


# ── its end ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_unmuted_before_its_end(world: World) -> None:
    """Everybody sees who ended it, and how the job is: as it was, so nothing else follows."""
    await world.asks(f"watch {ORDERS}")
    await world.asks(f"mute {ORDERS}")
    answer = await world.asks(f"unmute {ORDERS}", user=ANN)
    assert (answer.text, answer.ephemeral_to) == (
        f"🔔 <@{ANN}> unmuted orders in this channel.\nNow: ✅\u00a0Up and Running",
        None,
    )
    assert await muted(world) == (None, None)
    assert await world.waiting(OPS) == []
    await world.sees(ERROR)
    assert len(await world.waiting(OPS)) == 1


async def test_what_changed_during_a_mute_is_told_once_at_its_end(world: World) -> None:
    """Whoever ends a mute is told what they missed: the difference to what the channel knew, in one change."""
    await world.asks(f"watch {ORDERS}")
    await world.asks(f"mute {ORDERS}")
    await world.sees(ERROR)
    answer = await world.asks(f"unmute {ORDERS}")
    assert answer.text == f"🔔 <@{BEN}> unmuted orders in this channel.\nThe changes during the mute follow."
    (change,) = await world.waiting(OPS)
    assert isinstance(change, Change)
    assert (change.old, change.new) == (UP, ERROR)
    assert world.recorded.times == 1


async def test_what_a_channel_does_not_want_does_not_follow(world: World) -> None:
    """A change that the channel would not have been told anyway is not announced at the end of a mute."""
    await world.asks(f"watch {ORDERS} on stopped")
    await world.asks(f"mute {ORDERS}")
    await world.sees(ERROR)
    answer = await world.asks(f"unmute {ORDERS}")
    assert answer.text.endswith("Now: ❌\u00a0Running with Error")
    assert await world.waiting(OPS) == []


async def test_the_same_unmute_delivered_twice_is_one_answer(world: World) -> None:
    """The second delivery does not say that nothing was muted."""
    await world.asks(f"watch {ORDERS}")
    await world.asks(f"mute {ORDERS}")
    await world.sees(ERROR)
    first = await world.says(f"unmute {ORDERS}")
    await world.listeners.done()
    seen = len(world.slack.messages)
    world.listeners._started.clear()  # as if another process got it
    await world.slack.repeat(first, retry=1)
    await world.listeners.done()
    assert len(world.slack.messages) == seen
    assert len(await world.waiting(OPS)) == 1


async def test_what_is_not_muted_can_not_be_unmuted(world: World) -> None:
    """Who ends a mute that is none hears so alone; nothing is told again for it."""
    await world.asks(f"watch {ORDERS}")
    await world.sees(ERROR)
    answer = await world.asks(f"unmute {ORDERS}")
    assert (answer.text, answer.ephemeral_to) == ("orders isn't muted in this channel.", BEN)
    assert len(await world.waiting(OPS)) == 1


async def test_a_mute_that_ends_by_itself_tells_what_is_still_wrong(world: World) -> None:
    """A job that is in trouble when the silence is over is told with how long it was muted and by whom."""
    await world.asks(f"watch {ORDERS}")
    await world.asks(f"mute {ORDERS} 30m", user=ANN)
    await world.sees(ERROR)
    async with world.store.writing() as session:
        await session.execute(update(SubscriptionRow).values(muted_until=datetime.now(UTC)))
        assert await mutes.end_mutes(session, datetime.now(UTC)) == 1
    (notification,) = await world.waiting(OPS)
    assert isinstance(notification, StillFailing)
    assert (notification.status, notification.muted_by) == (ERROR, ANN)


# ── the Unmute button ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_channels_mute_has_a_button_that_ends_it(world: World) -> None:
    """Anyone in the channel may press it, as anyone may unmute."""
    await world.asks(f"watch {ORDERS}")
    answer = await world.asks(f"mute {ORDERS}")
    ended = await world.presses(answer, Action.UNMUTE, user=ANN)
    assert ended.text.startswith(f"🔔 <@{ANN}> unmuted orders in this channel.")
    assert ended.ephemeral_to is None
    assert await muted(world) == (None, None)
    again = await world.presses(answer, Action.UNMUTE)
    assert (again.text, again.ephemeral_to) == ("orders isn't muted in this channel.", BEN)


async def test_a_persons_mute_has_a_button_that_ends_that(world: World) -> None:
    """Pressed in a channel where the channel's own subscription is muted too, it ends the person's alone."""
    await world.says(f"watch {ORDERS} to me")
    await world.listeners.done()
    await world.asks(f"watch {ORDERS}")
    await world.asks(f"mute {ORDERS}")
    answer = await _last_answer_to(world, f"mute {ORDERS} to me")
    ended = await world.presses(answer, Action.UNMUTE)
    assert (ended.text.split("\n")[0], ended.ephemeral_to) == ("🔔 You unmuted orders.", BEN)
    assert await muted(world, BEN) == (None, None)
    assert (await muted(world))[0] is not None


async def test_the_button_in_direct_messages_is_the_persons(world: World) -> None:
    """In a direct message the button speaks of the person, whoever sees the message."""
    dm = world.slack.direct_message(BEN).id
    await world.asks(f"watch {ORDERS}", channel=dm)
    answer = await world.asks(f"mute {ORDERS}", channel=dm)
    assert (await world.presses(answer, Action.UNMUTE)).text.startswith("🔔 You unmuted orders.")
    assert await muted(world, BEN) == (None, None)


async def _last_answer_to(world: World, typed: str) -> Message:
    before = len(world.slack.messages)
    await world.says(typed)
    return await world.next_message(before)


# ── and a pause ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_mute_outlasts_a_pause(world: World) -> None:
    """A channel that was archived and came back is as silent as it was; that it goes on it hears all the same."""
    await world.asks(f"watch {ORDERS}")
    await world.asks(f"mute {ORDERS} 1d")
    before = await muted(world)
    await world.happens(world.slack.archive(OPS))
    assert await world.waiting(BEN) == [Paused(OPS, "is_archived", 1)]
    await world.sees(ERROR)
    await world.happens(world.slack.unarchive(OPS))
    assert await muted(world) == before
    assert [notification.kind for notification in await world.waiting(OPS)] == ["resumed"]


# ── the next time that a clock shows ────────────────────────────────────────────────────────────────────────────────

_ZONES = st.sampled_from(
    [
        *("UTC", "America/New_York", "Europe/London", "Asia/Tokyo", "Asia/Kolkata", "Asia/Kathmandu"),
        *("America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "Africa/Casablanca"),
    ]
).map(ZoneInfo)
_TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
_NOW = st.integers(1_262_304_000, 2_114_380_800).map(lambda second: datetime.fromtimestamp(second, UTC))  # to 2037


def in_new_york(year: int, month: int, day: int, hour: int, minute: int, fold: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, fold=fold, tzinfo=NEW_YORK)


@given(_TIMES, _ZONES, _NOW)
@example(time(2, 30), NEW_YORK, datetime(2026, 3, 8, 5, 0, tzinfo=UTC))
@example(time(1, 30), NEW_YORK, datetime(2026, 11, 1, 5, 45, tzinfo=UTC))
@example(time(9), ZoneInfo("Pacific/Apia"), datetime(2011, 12, 29, 23, 0, tzinfo=UTC))
def test_the_next_moment_is_the_next(at: time, zone: ZoneInfo, now: datetime) -> None:
    """It lies ahead, about a day at most, and clocks there show that time then; no moment before it does."""
    moment = next_occurrence(at, zone, now)
    assert now < moment <= now + timedelta(hours=49 if "Apia" in str(zone) else 25)
    shown = moment.astimezone(zone)
    if shown.time() != at:
        assert _left_out(at, shown.date(), zone)
        return
    earlier = moment - timedelta(hours=1)  # clocks that are set back show a time twice, at most an hour apart
    assert earlier <= now or earlier.astimezone(zone).time() != at


def test_tomorrow_is_the_next_day_on_the_persons_calendar() -> None:
    """At three in the morning, tomorrow's 9:00 isn't today's; and the day is that of the person's zone."""
    at_three, in_tokyo = datetime(2026, 6, 1, 3, tzinfo=NEW_YORK), datetime(2026, 6, 2, 1, tzinfo=TOKYO)
    for now, zone, day in ((at_three, NEW_YORK, 2), (in_tokyo, TOKYO, 3)):
        assert next_occurrence(time(9), zone, now, tomorrow=True) == datetime(2026, 6, day, 9, tzinfo=zone)


async def test_a_mute_until_it_changes(world: World) -> None:
    """The channel sees that the mute lasts until the job's status changes, and so does the list; then it is over."""
    await world.asks(f"watch {ORDERS}")
    answer = await world.asks(f"mute {ORDERS} until it changes", user=ANN)
    assert "muted orders in this channel until its status changes." in answer.text
    assert "I'll post here when that changes." in answer.text
    assert "muted until it changes" in (await world.asks("list")).text


def _left_out(at: time, on: date, zone: ZoneInfo) -> bool:
    """Whether clocks that are set forward on that day, or on its eve, never show that time."""
    days = (on, on - timedelta(days=1))
    naive = [datetime.combine(day, at) for day in days]
    return any(
        each.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != each for each in naive
    )


@pytest.mark.parametrize(
    ("at", "now", "expected"),
    [
        # Clocks are set forward from 2:00 to 3:00 on 8 March 2026, and back from 2:00 to 1:00 on 1 November.
        (time(9), in_new_york(2026, 3, 7, 9, 0), in_new_york(2026, 3, 8, 9, 0)),  # 23 hours later
        (time(2, 30), in_new_york(2026, 3, 8, 1, 0), in_new_york(2026, 3, 8, 3, 30)),  # as if there were no change
        (time(3), in_new_york(2026, 3, 8, 1, 59), in_new_york(2026, 3, 8, 3, 0)),  # a minute later
        (time(9), in_new_york(2026, 10, 31, 9, 0), in_new_york(2026, 11, 1, 9, 0)),  # 25 hours later
        (time(1, 30), in_new_york(2026, 11, 1, 1, 15), in_new_york(2026, 11, 1, 1, 30)),  # the first of two
        (time(1, 30), in_new_york(2026, 11, 1, 1, 45), in_new_york(2026, 11, 1, 1, 30, fold=1)),  # the second
        (time(1, 30), in_new_york(2026, 11, 1, 1, 45, fold=1), in_new_york(2026, 11, 2, 1, 30)),
        (time(9), in_new_york(2026, 6, 1, 8, 59), in_new_york(2026, 6, 1, 9, 0)),
        (time(9), in_new_york(2026, 6, 1, 9, 0), in_new_york(2026, 6, 2, 9, 0)),  # the very minute is over
        (time(0), in_new_york(2026, 12, 31, 12, 0), in_new_york(2027, 1, 1, 0, 0)),
    ],
)
def test_the_next_moment_over_a_change_of_clocks(at: time, now: datetime, expected: datetime) -> None:
    """In New York, where clocks change twice a year."""
    assert next_occurrence(at, NEW_YORK, now.astimezone(UTC)) == expected.astimezone(UTC)
