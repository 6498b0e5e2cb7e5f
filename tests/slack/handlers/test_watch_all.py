"""Many jobs watched at once, against the stand-in of Slack."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.demo.slack.stand_in import Fault, SlackStandIn
from bot.domain.destination import Destination
from bot.domain.job import Job, JobRef
from bot.domain.notification.confirmations import Deed, PatternConfirmation
from bot.domain.pattern import MAX_PER_DESTINATION
from bot.informatica import look_ups
from bot.informatica.errors import NoList, NotFound, Unreachable
from bot.slack.grammar.commands import WatchAll
from bot.slack.grammar.parser import parse
from bot.slack.grammar.presses import Action
from bot.slack.request import Request
from bot.store.patterns import watches
from bot.store.sql.tables import PatternMemberRow, PatternRow, SubscriptionRow, TrackedJobRow
from tests.cast import CLICKS, DEPLOYING, ERROR, MINUTE, NOON, UP, job
from tests.slack.world import ANN, BEN, GENERAL, OLD, OPS, ORDERS, PAYROLL, World, a_world

ALL_ORDERS = "all matching orders*"


def there_are(world: World, count: int, name: str = "orders") -> list[Job]:
    """So many jobs of such names in the organisation's list."""
    jobs = [job(UP, JobRef(f"flow-{number}", number), f"{name}-{number}") for number in range(1, count + 1)]
    world.jobs.listed = jobs
    world.jobs.runs |= {one.ref.dataflow: one.ref for one in jobs}
    return jobs


async def rows(world: World) -> tuple[list[tuple[str, str]], int, int]:
    """The patterns, by place and name; the jobs that they know; and the subscriptions."""
    async with world.store.reading() as session:
        found = (await session.scalars(select(PatternRow).order_by(PatternRow.id))).all()
        members = len((await session.scalars(select(PatternMemberRow.dataflow))).all())
        subscriptions = len((await session.scalars(select(SubscriptionRow.id))).all())
    return [(row.destination, row.pattern) for row in found], members, subscriptions


async def nothing_is_there(world: World) -> bool:
    return await rows(world) == ([], 0, 0)


# ── watch all ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_channel_watches_all_that_match(world: World) -> None:
    """The confirmation stands in the channel: who, how many, what is told, and the worst of them as a look showed them,
    not as the list has them. What does not match is left alone."""
    listed = [job(UP, ORDERS), job(UP, CLICKS, "Orders  EU"), job(ERROR, JobRef("other", 7), "payments")]
    world.jobs.listed = [replace(listed[0], ref=JobRef(ORDERS.dataflow, 3), status=ERROR, start_time=NOON), *listed]
    world.jobs.answers[CLICKS] = ERROR
    told = await world.asks(f"watch {ALL_ORDERS} on problems")
    assert (told.channel, told.ephemeral_to, told.via) == (OPS, None, "chat.postMessage")
    assert told.text == (
        f"<@{BEN}> is watching all jobs matching orders* in this channel · problems only "
        "(warning, error, unknown status, stopped, undeployed, and recovery)\n"
        "2 jobs match now. New jobs that match will be added.\n"
        "Now, worst first: orders ❌\u00a0Running with Error, orders ✅\u00a0Up and Running"
    )
    assert await rows(world) == ([(OPS, "orders*")], 2, 2)
    assert await world.waiting() == []
    await world.listeners.drain()
    assert world.slack.messages == [told]


async def test_where_nothing_matches_yet_those_to_come_are_watched(world: World) -> None:
    """A pattern may be said before there is any such job."""
    told = await world.asks("watch all matching sales-*")
    assert "No matches yet. New jobs that match will be added." in told.text
    assert await rows(world) == ([(OPS, "sales-*")], 0, 0)


async def test_what_cant_be_seen_is_watched_as_soon_as_it_can(world: World) -> None:
    """One job that gives no answer keeps nobody from watching the others; it is known, so it will not be news."""
    there_are(world, 3)
    world.jobs.answers[JobRef("flow-2", 2)] = NotFound()
    assert "3 jobs match now" in (await world.asks(f"watch {ALL_ORDERS}")).text
    assert await rows(world) == ([(OPS, "orders*")], 3, 2)


async def test_said_twice_done_once(world: World) -> None:
    """Who asks for what is watched already hears that it is, alone, without a list; another WHEN is confirmed."""
    there_are(world, 2)
    await world.asks(f"watch {ALL_ORDERS}")
    world.jobs.listed = Unreachable()
    again = await world.asks("watch all matching ORDERS*", user=ANN)
    assert again.ephemeral_to == ANN
    assert again.text == (
        "This channel already watches all jobs matching orders* · every status change\n"
        "2 jobs match now. New jobs that match will be added."
    )
    other = await world.asks(f"watch {ALL_ORDERS} on errors", user=ANN)
    assert (other.channel, other.ephemeral_to) == (OPS, None)
    assert other.text.startswith(
        f"<@{ANN}> changed the alerts for all jobs matching orders* in this channel · errors only"
    )
    assert await rows(world) == ([(OPS, "orders*")], 2, 2)


async def test_the_same_delivery_to_two_processes_is_one_confirmation(world: World, slack: SlackStandIn) -> None:
    """Where several processes answer Slack, the database decides who was first."""
    there_are(world, 1)
    first = await world.says(f"watch {ALL_ORDERS}")
    await world.next_message(0)
    async with a_world(slack, world.path) as other:
        assert (await slack.repeat(first, retry=1)).status == 200
        await other.listeners.drain()
    assert len(slack.messages) == 1


async def test_all_jobs_to_me(world: World) -> None:
    """“All” is every job; “to me” is told by direct message, and said so where it was asked."""
    there_are(world, 2)
    answer = await world.happens_to_say("watch all to me")
    direct = world.slack.direct_message(BEN).id
    (told,) = [message for message in world.slack.messages if message.channel == direct]
    assert told.text.startswith("You'll get alerts for all jobs here · every status change\n2 jobs match now.")
    assert [message.text for message in answer if message.ephemeral_to == BEN] == [
        "You'll get alerts for all jobs by direct message · every status change\n"
        "2 jobs match now. New jobs that match will be added."
    ]
    assert await rows(world) == ([(BEN, "*")], 2, 2)


@pytest.mark.parametrize(
    ("channel", "says"), [(GENERAL, "/invite @jobwatch"), (OLD, "the channel is archived")], ids=["no bot", "archived"]
)
async def test_where_nothing_can_be_told_nothing_is_promised(world: World, channel: str, says: str) -> None:
    """The pattern is taken back with all that it brought, and the person hears what to do."""
    there_are(world, 3)
    answer = await world.asks(f"watch {ALL_ORDERS}", channel=channel)
    assert answer.ephemeral_to == BEN
    assert says in answer.text
    assert f"/job watch {ALL_ORDERS}" in answer.text
    assert await nothing_is_there(world)


async def test_a_person_who_takes_no_messages_watches_nothing(world: World) -> None:
    """Who can't be sent direct messages is told why, where they asked."""
    there_are(world, 1)
    world.slack.app.messages_tab_enabled = False
    assert "I can't send you direct messages" in (await world.asks("watch all to me")).text
    assert await nothing_is_there(world)


async def test_a_confirmation_that_slack_does_not_take_now_is_no_end(world: World) -> None:
    """It is watched all the same, the person hears that, and the confirmation waits until the watch ends."""
    there_are(world, 1)
    world.slack.fail(Fault.HTTP_500, times=None)
    answer = await world.happens_to_say(f"watch {ALL_ORDERS}")
    assert answer[-1].text.startswith("The watch of all jobs matching orders* is saved, but Slack didn't accept its")
    assert await rows(world) == ([(OPS, "orders*")], 1, 1)
    [confirmation] = await world.waiting(OPS, at=datetime.now(UTC) + MINUTE)
    assert isinstance(confirmation, PatternConfirmation)
    assert (confirmation.deed, confirmation.glob, confirmation.jobs) == (Deed.WATCHED, "orders*", 1)
    assert [job.title for job in confirmation.worst] == ["orders"]
    world.slack.heal()
    await world.asks(f"unwatch {ALL_ORDERS}")
    assert await world.waiting(OPS, at=datetime.now(UTC) + MINUTE) == []


async def test_another_channel_is_told_if_it_is_public(world: World) -> None:
    """From elsewhere only what everybody may see can be changed; an end is said where it is heard."""
    there_are(world, 1)
    world.slack.channels[GENERAL].members.add(world.slack.app.bot_user_id)
    refused = await world.asks(f"watch {ALL_ORDERS} to <#{PAYROLL}|x>")
    assert "only do that for public channels" in refused.text
    answer = await world.happens_to_say(f"watch {ALL_ORDERS} to <#{GENERAL}|x>")
    assert {message.channel for message in answer} == {OPS, GENERAL}
    assert f"<#{GENERAL}> gets alerts for all jobs matching orders*" in answer[-1].text
    assert await rows(world) == ([(GENERAL, "orders*")], 1, 1)
    assert "Use this command in" in (await world.asks(f"unwatch {ALL_ORDERS} to <#{GENERAL}|x>")).text


async def test_without_a_list_nobody_can_know_what_is_new(world: World) -> None:
    """Where the bot's user may not see the list, the answer says so, what to do, and what works all the same."""
    world.jobs.listed = NoList(status=403)
    refused = await world.asks("watch all")
    assert refused.ephemeral_to == BEN
    assert "the jobs service doesn't let the bot's account list" in refused.text
    assert "Ask an administrator of the Informatica organisation to let the bot's user list jobs." in refused.text
    assert "/job watch DATAFLOW RUN" in refused.text
    world.jobs.listed = Unreachable()
    assert Unreachable().reason in (await world.asks("watch all")).text
    assert await nothing_is_there(world)


async def test_an_incomplete_list_is_no_baseline(world: World) -> None:
    """What it lacks would be announced as new."""

    world.jobs.complete = False
    assert "it came incomplete.\nTry again in a minute." in (await world.asks("watch all")).text
    assert await nothing_is_there(world)


# ── how many ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_more_than_a_few_are_asked_about_first(world: World) -> None:
    """The question is private, names the number and some of the jobs, and its button does it, in the channel."""
    there_are(world, 132)
    question = await world.asks("watch all matching orders-* on errors")
    assert question.ephemeral_to == BEN
    assert question.text.startswith(
        "That matches 132 jobs: orders-1, orders-10, orders-100, orders-101, orders-102, and 127 more."
    )
    assert await nothing_is_there(world)
    told = await world.presses(question, Action.WATCH_ALL)
    assert (told.channel, told.ephemeral_to) == (OPS, None)
    assert "132 jobs match now" in told.text
    assert "errors only" in told.text
    assert await rows(world) == ([(OPS, "orders-*")], 132, 25)  # the others are looked at when they are gathered


async def test_a_yes_is_to_that_number(world: World) -> None:
    """A few jobs more than were asked about are no matter; many more are asked about again."""
    there_are(world, 30)
    question = await world.asks(f"watch {ALL_ORDERS}")
    there_are(world, 56)
    again = await world.presses(question, Action.WATCH_ALL)
    assert again.text.startswith("That matches 56 jobs")
    there_are(world, 81)
    assert "81 jobs match now" in (await world.presses(again, Action.WATCH_ALL)).text


async def test_twenty_five_need_no_question(world: World) -> None:
    """So many are watched at once, each looked at."""
    there_are(world, 25)
    assert "25 jobs match now" in (await world.asks(f"watch {ALL_ORDERS}")).text
    assert await rows(world) == ([(OPS, "orders*")], 25, 25)


async def test_more_than_two_thousand_are_refused(world: World) -> None:
    """With the number, and with what to do; whatever was confirmed."""
    there_are(world, 2_001)
    refused = await world.asks(f"watch {ALL_ORDERS}")
    assert refused.text.startswith(
        "Nothing was changed: that matches 2,001 jobs, and one pattern can cover 2,000 at most."
    )
    request = Request(world.slack.app.team_id, OPS, BEN, "/job", "/job", "1", "http://127.0.0.1:9/x")
    answer = await world.handles(WatchAll("orders*", confirmed=2_001), request)
    assert answer is not None
    assert "2,000 at most" in answer.message.text
    assert await nothing_is_there(world)


# ── the list, and the end ───────────────────────────────────────────────────────────────────────────────────────────


async def test_the_list_shows_patterns_above_the_jobs(world: World) -> None:
    """One line for each, with the number of its jobs, what is told and at whose wish; below it what is wrong."""
    there_are(world, 2)
    await world.asks(f"watch {ALL_ORDERS} on problems")
    await world.asks("watch all matching sales*", user=ANN)
    async with world.store.writing() as session:
        row = (await session.scalars(select(PatternRow).filter_by(pattern="sales*"))).one()
        row.failure = "the jobs service could not be reached"
    lines = (await world.asks("list")).text.splitlines()
    assert lines[0] == "This channel watches 2 jobs"
    assert lines[1:4] == [
        f"🔎 all jobs matching orders* · 2 jobs · on problems · watched by <@{BEN}>",
        f"🔎 all jobs matching sales* · 0 jobs · watched by <@{ANN}>",
        "      📵 Can't look for new jobs now: the jobs service could not be reached",
    ]
    assert len(lines) == 7
    there_are(world, 25, "x")
    await world.asks("watch all matching x-*")
    assert "all matching" not in (await world.asks("list page 2")).text
    await world.asks("unwatch all matching x-*")


async def test_an_end_is_heard_by_the_channel(world: World) -> None:
    """Anyone there may end it; it takes its jobs along, and says so to all."""
    there_are(world, 2)
    await world.asks(f"watch {ALL_ORDERS}")
    ended = await world.asks(f"unwatch {ALL_ORDERS}", user=ANN)
    assert (ended.ephemeral_to, ended.text) == (
        None,
        f"<@{ANN}> stopped watching all jobs matching orders* in this channel.",
    )
    assert await nothing_is_there(world)


async def test_the_button_of_the_confirmation_ends_it(world: World) -> None:
    """It asks first, and does what the line does."""
    there_are(world, 1)
    told = await world.asks(f"watch {ALL_ORDERS}")
    assert "stopped watching all jobs" in (await world.presses(told, Action.UNWATCH_ALL)).text
    assert await nothing_is_there(world)


async def test_what_is_not_watched_gets_a_clear_answer(world: World) -> None:
    """With what there is: the end of “all” is not the end of something else."""
    there_are(world, 1)
    nothing = await world.asks("unwatch all")
    assert nothing.text == "This channel has no watch of all jobs.\nSee what is watched: /job list"
    await world.asks(f"watch {ALL_ORDERS}")
    answer = await world.asks("unwatch all")
    assert answer.text == "This channel has no watch of all jobs.\nPatterns watched here: all jobs matching orders*."
    assert "You have no watch of all jobs matching x*" in (await world.asks("unwatch x* to me")).text
    assert await rows(world) == ([(OPS, "orders*")], 1, 1)


async def test_one_job_of_a_pattern_stays(world: World) -> None:
    """It would come back with the next list: the answer says so, and how to have peace from it, in lines that work."""
    world.jobs.listed = [job(UP, ORDERS)]
    await world.asks(f"watch {ALL_ORDERS}")
    answer = await world.asks("unwatch orders")
    assert answer.ephemeral_to == BEN
    assert answer.text.startswith(
        "orders is still watched, because the watch of all jobs matching orders* includes it."
    )
    mute, end = (line.partition(": /job ")[2] for line in answer.text.splitlines()[1:])
    assert mute == "mute orders 1d"
    assert end == f"unwatch {ALL_ORDERS}"
    assert all(parse(line) for line in (mute, end))
    assert await rows(world) == ([(OPS, "orders*")], 1, 1)
    await world.asks("watch orders on errors")
    assert "itself has ended" in (await world.asks("unwatch orders")).text
    await world.asks(end)
    assert await nothing_is_there(world)


async def test_somebodys_own_watch_stays_theirs(world: World) -> None:
    """Who named a job keeps it, before and after a pattern that means it too."""
    world.jobs.listed = [job(UP, ORDERS), job(DEPLOYING, CLICKS, "orders-2")]
    await world.asks("watch orders on errors", user=ANN)
    assert "2 jobs match now" in (await world.asks(f"watch {ALL_ORDERS}")).text
    await world.asks(f"unwatch {ALL_ORDERS}")
    assert await world.subscribed() == [(OPS, ANN)]


async def test_a_pattern_that_ends_while_it_is_said_again_makes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever said it again just then is told nothing wrong, and nothing is announced as new later."""
    there_are(world, 1)
    await world.asks(f"watch {ALL_ORDERS}")
    request = Request(world.slack.app.team_id, OPS, BEN, "/job", "/job", "1", "http://127.0.0.1:9/x")
    reached, gate, look_up_all = asyncio.Event(), asyncio.Event(), look_ups.look_up_all

    async def late(*args: Any, **kwargs: Any) -> Any:
        reached.set()
        await gate.wait()
        return await look_up_all(*args, **kwargs)

    with monkeypatch.context() as slow:
        slow.setattr("bot.slack.handlers.watch_all.look_up_all", late)
        again = asyncio.create_task(world.handles(WatchAll("orders*"), request))
        await reached.wait()
    await world.asks(f"unwatch {ALL_ORDERS}")
    gate.set()
    await again
    assert await rows(world) == ([(OPS, "orders*")], 1, 1)


async def test_a_job_is_watched_whatever_run_it_has(world: World) -> None:
    """The jobs of a pattern are followed over redeployments."""
    there_are(world, 1)
    await world.asks(f"watch {ALL_ORDERS}")
    async with world.store.reading() as session:
        assert (await session.scalars(select(TrackedJobRow.followed))).all() == [True]


async def test_too_many_patterns(world: World) -> None:
    """It is said plainly that a channel has as many patterns as it may, and nothing is changed."""
    world.jobs.listed = [job(UP, ORDERS)]
    destination = Destination(world.slack.app.team_id, OPS)
    async with world.store.writing() as session:
        for number in range(MAX_PER_DESTINATION):
            now = datetime.now(UTC)
            await watches.watch(session, destination, f"{number}*", ANN, jobs=(), status_filter=None, now=now)
    answer = await world.asks("watch all")
    assert answer.ephemeral_to == BEN
    assert answer.text.startswith("Nothing was changed: this channel has 20 patterns, and that is the limit.")
    assert await world.subscribed() == []
