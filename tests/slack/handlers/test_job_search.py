"""Names typed in Slack: found, picked from, and followed."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from pytest_mock import MockerFixture
from sqlalchemy import update

from bot.demo.slack.stand_in import Message
from bot.domain.destination import Destination
from bot.domain.job import Dataflow, JobRef
from bot.domain.throughput import Statistics
from bot.informatica.errors import JobsServiceError, NoList, Unreachable
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import Watch
from bot.slack.grammar.presses import Action, ShareJob, value_of
from bot.slack.handlers import job_search
from bot.slack.handlers.job_search import JobSearch
from bot.store import subscriptions
from bot.store.database import opened
from bot.store.lists import names
from bot.store.sql.tables import TrackedJobRow
from tests.cast import CLICKS, ENDED, ERROR, NOON, ORDERS, UP, WARNING, WORKSPACE, job
from tests.slack.world import ANN, BEN, GENERAL, OPS, PAYROLL, Jobs, World
from tests.store.steps import statements, subscribe

NEXT = JobRef(ORDERS.dataflow, ORDERS.run + 1)
LISTED = [job(ENDED), job(WARNING, CLICKS, "clicks to lake"), job(UP, NEXT)]


async def test_a_job_is_shown_by_its_name(world: World) -> None:
    """The name leads to the run that the job has now, and the card's buttons mean the job, not the run."""
    world.jobs.listed = LISTED
    world.jobs.runs[ORDERS.dataflow] = NEXT
    card = await world.asks("status Orders")
    assert card.text.startswith("✅ orders is Up and Running")
    assert world.jobs.asked == [NEXT]
    values = [button.get("value") for button in card.blocks[-1]["elements"]]  # type: ignore[attr-defined]
    target = Dataflow(ORDERS.dataflow)
    assert values[:2] == [value_of(Watch(target)), value_of(ShareJob(target))]


async def test_one_picks_from_several(world: World) -> None:
    """A name that means several jobs is answered privately with buttons, each of which says the same of that job."""
    world.jobs.listed = [job(UP, ORDERS, "orders eu"), job(WARNING, CLICKS, "orders us")]
    question = await world.asks("watch orders on errors")
    assert question.ephemeral_to == BEN
    assert question.text.startswith("2 jobs match “orders”")
    confirmed = await world.presses(question, f"{Action.WATCH}:2")
    assert "is watching orders in this channel · errors" in confirmed.text
    assert world.jobs.asked == [CLICKS]


async def test_a_run_is_found_by_its_jobs_name(world: World) -> None:
    """People type a run as the bot writes it in the list and in confirmations, or with its number alone."""
    world.jobs.listed = LISTED
    await world.asks(f"watch {ORDERS}")
    await world.asks(f"watch {CLICKS}")
    for typed, ref in (
        ("orders (run 42559 only)", ORDERS),
        ("Orders (run 42559)", ORDERS),
        (f"orders {NEXT.run}", NEXT),
        ("clicks to lake (run 48211)", CLICKS),
        ("clicks to lake 48211", CLICKS),
    ):
        assert (await world.asks(f"status {typed}")).text.startswith("✅ orders is Up and Running"), typed
        assert world.jobs.asked[-1] == ref, typed
    await world.asks("status order 42559")
    assert world.jobs.asked[-1] == JobRef("order", 42559)
    world.jobs.listed = ()
    assert "muted orders in this channel" in (await world.asks("mute orders (run 42559 only) 2h")).text
    assert "stopped watching orders" in (await world.asks("unwatch orders 42559")).text
    assert await world.subscribed() == [(OPS, BEN)]


async def test_a_mistyped_name_gets_the_nearest_jobs(world: World) -> None:
    """Each button repeats the command for a job whose name is nearly the typed one."""
    world.jobs.listed = LISTED
    answer = await world.asks("watch oders on errors")
    assert answer.text == "No job called “oders”.\nDid you mean:"
    confirmed = await world.presses(answer, Action.WATCH)
    assert "is watching orders in this channel · errors" in confirmed.text


async def test_a_name_that_nobody_has(world: World) -> None:
    """It is said that there is no such job, and where the jobs are to be seen."""
    world.jobs.listed = LISTED
    answer = await world.asks("status nothing")
    assert answer.text == "No job called “nothing”.\nSee all jobs: /job jobs"


@pytest.mark.parametrize("why", [NoList(status=403), Unreachable()])
async def test_without_the_list_ids_do(world: World, why: JobsServiceError) -> None:
    """Where the list can't be had, names are those of the watched jobs, and for the others it is said how IDs do."""
    world.jobs.listed = why
    await world.asks(f"watch {ORDERS.dataflow}")
    assert "orders is Up and Running" in (await world.asks("status orders")).text
    answer = await world.asks("status clicks")
    assert why.reason in answer.text
    assert "Use the dataflow ID and the run ID instead: /job status" in answer.text


async def test_what_is_ended_is_among_what_is_watched(world: World) -> None:
    """A name is looked for among what the place watches first, so that nothing else has to answer."""
    world.jobs.listed = LISTED
    await world.asks("watch orders")
    world.jobs.listed = [job(UP, CLICKS, "orders")]  # a namesake that is not watched
    assert "muted orders" in (await world.asks("mute orders")).text
    assert "stopped watching orders" in (await world.asks("unwatch orders")).text
    assert await world.subscribed() == []


async def test_the_jobs_that_there_are(world: World) -> None:
    """The list has each dataflow once with its newest run's status, the worst first, and a button watches one here."""
    world.jobs.listed = [*LISTED, job(ERROR, JobRef("d", 1), "ice in lake")]
    page = await world.asks("jobs lake")
    assert page.text.split("\n") == [
        "2 jobs with “lake” in the name",
        "❌ ice in lake · Running with Error",
        "⚠️ clicks to lake · Running with Warning",
    ]
    world.jobs.runs["d"] = JobRef("d", 1)
    assert "is watching" in (await world.presses(page, "watch_job")).text


async def test_a_watch_for_another_channel(world: World) -> None:
    """A public channel can be made to watch from elsewhere, confirmed in both; what ends it is said there."""
    await world.slack.invite(GENERAL)
    answer = await world.asks(f"watch {ORDERS.dataflow} to <#{GENERAL}|general>")
    assert await world.subscribed() == [(GENERAL, BEN)]
    said = {message.channel: message.text for message in world.slack.messages}
    assert f"<@{BEN}> is watching orders" in said[GENERAL]
    assert f"<#{GENERAL}> gets alerts for orders" in said[OPS]
    assert answer.text in said.values()
    refused = await world.asks(f"unwatch {ORDERS.dataflow} to <#{GENERAL}>")
    assert refused.text == f"Use this command in <#{GENERAL}>, so that everybody there can see it."


async def test_a_private_channel_is_nobodys_from_elsewhere(world: World) -> None:
    """From elsewhere nothing is done to a private channel, nor is anything said of it."""
    answer = await world.asks(f"watch {ORDERS.dataflow} to <#{PAYROLL}>")
    assert "only do that for public channels" in answer.text
    assert await world.subscribed() == []


async def test_to_me(world: World) -> None:
    """A followed job can be one's own, and is ended by its name wherever that is typed."""
    world.jobs.listed = LISTED
    await world.asks("watch orders to me", user=ANN)
    assert await world.subscribed() == [(ANN, ANN)]
    await world.asks(f"unwatch orders to {ME}", user=ANN)
    assert await world.subscribed() == []


def figures(seconds: float, messages: int, run: int | None = ORDERS.run) -> Statistics:
    return Statistics(run, messages, messages - 100, 2_500_000, None, None, None, NOON + timedelta(seconds=seconds))


async def test_a_look_says_what_goes_through(world: World) -> None:
    """Messages and bytes are shown with the look, from the second one on with their rates; not those of another run."""
    world.jobs.figures[ORDERS.dataflow] = figures(0, 1_200_000)
    first = await world.asks(f"status {ORDERS.dataflow}")
    assert "Since the deployment: 1.2 M messages in, 1.2 M out\n2.5 MB in" in words(first)
    world.jobs.figures[ORDERS.dataflow] = figures(10, 1_340_000)
    again = await world.asks(f"status {ORDERS.dataflow}")
    assert "Throughput, last 10 s: 14 k messages/s in, 14 k out\n0 B/s in\n" in words(again)
    shared = await world.presses(again, Action.SHARE)
    assert "Since the deployment: 1.3 M messages in, 1.3 M out\n2.5 MB in" in words(shared)
    world.jobs.figures[ORDERS.dataflow] = figures(20, 10, run=NEXT.run)
    assert "messages in" not in words(await world.asks(f"status {ORDERS}"))


def words(message: Message) -> str:
    """A message's text, with ordinary spaces between numbers and units."""
    return message.text.replace("\u00a0", " ")


@pytest.mark.parametrize("why", [asyncio.Event(), Unreachable(timed_out=True)])
async def test_a_look_never_fails_for_its_figures(world: World, why: asyncio.Event | Exception) -> None:
    """Where the figures don't come within two seconds the answer goes without them."""
    world.jobs.figures[ORDERS.dataflow] = why
    card = await world.asks(f"status {ORDERS.dataflow}")
    assert card.text.startswith("✅ orders is Up and Running")
    assert "messages" not in card.text


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("🚀 orders", ":rocket: orders"),
        (":rocket: orders", ":rocket: orders"),
        ("Zürich orders", "Zu\u0308rich orders"),
        ("orders--eu", "orders—eu"),
        ("users' orders…", "users’ orders..."),
        ("\u3164\u3164", "▯▯"),
        ("or\u200bders", "orders"),
    ],
)
async def test_a_name_is_found_however_it_was_typed(world: World, name: str, typed: str) -> None:
    """What Slack, a keyboard or an eye makes of a name finds the job, by a command and by words."""
    world.jobs.listed = [job(UP, ORDERS, name), job(UP, CLICKS, "clicks")]
    await world.asks(f"status {typed}")
    assert world.jobs.asked == [ORDERS]
    assert (await world.asks(f"jobs {typed}")).text.startswith("1 job ")


async def test_what_others_watch_is_theirs(world: World) -> None:
    """Without the list, the names of jobs that a private channel or a person watches are known there and to them alone:
    to no command, no search and no suggestion elsewhere."""
    await world.asks(f"watch {ORDERS.dataflow}", channel=PAYROLL, user=ANN)
    await world.says(f"watch {CLICKS.dataflow} to me", user=ANN)
    await world.listeners.done()
    world.jobs.listed = NoList(status=403)
    for command in ("status", "watch", "history", "mute", "unwatch"):
        for name in ("orders", "order", "oders"):
            answer = await world.asks(f"{command} {name}")
            assert answer.text.startswith(f"No job watched here or by you is called “{name}”."), command
            assert "Did you mean" not in answer.text
    assert (await world.asks("jobs")).text.startswith("No watched jobs\n")
    assert "1 watched job\n" in (await world.asks("jobs", channel=PAYROLL, user=BEN)).text
    assert "2 watched jobs\n" in (await world.asks("jobs", channel=PAYROLL, user=ANN)).text
    assert "1 watched job\n" in (await world.asks("jobs", channel=GENERAL, user=ANN)).text


async def test_a_name_may_be_known_of_a_run_alone(world: World) -> None:
    """Where the list can't be had, a name is that of the watched run: nothing else names the job's current one."""
    world.jobs.listed = NoList(status=403)
    await world.asks(f"watch {ORDERS}")
    world.jobs.runs.clear()
    assert (await world.asks("status orders")).text.startswith("✅ orders is Up and Running")
    assert "1 watched job\n" in (await world.asks("jobs")).text
    assert "stopped watching orders" in (await world.asks("unwatch orders")).text


async def test_two_watched_runs_of_one_name(world: World) -> None:
    """What the name or the dataflow of two watched runs means is asked, and each button means one of them."""
    await world.asks(f"watch {ORDERS}")
    await world.asks(f"watch {NEXT}")
    for command, action, ref in (
        ("mute", Action.MUTE, "orders"),
        ("mute", Action.MUTE, ORDERS.dataflow),
        ("history", Action.HISTORY, ORDERS.dataflow),
        ("unwatch", Action.UNWATCH, ORDERS.dataflow),
    ):
        question = await world.asks(f"{command} {ref}")
        assert question.text == "2 jobs match “orders”. Which one?"
        labels = [button["text"]["text"] for button in question.blocks[-1]["elements"]]  # type: ignore[attr-defined]
        assert labels == [f"✅ orders (run {ORDERS.run})", f"✅ orders (run {NEXT.run})"]
        assert "orders" in (await world.presses(question, f"{action}:2")).text
    await world.asks("unwatch orders")
    assert await world.subscribed() == []


async def test_a_refusal_names_the_job(world: World) -> None:
    """Where a name was found, what can't be done about the job is said with its name."""
    world.jobs.listed = LISTED
    for command, refusal in (
        ("unwatch order", "This channel doesn't watch orders.\n"),
        ("mute order 2h", "This channel doesn't watch orders.\n"),
        ("unmute order", "This channel doesn't watch orders.\n"),
        ("history order", "There is no history for orders here: "),
    ):
        assert (await world.asks(command)).text.startswith(refusal), command


async def test_statuses_of_an_outage_say_how_old_they_are(world: World) -> None:
    """What was last seen isn't shown as the present status while jobs can't be polled: not in the search, nor in the
    help, the history, or on a button."""
    world.jobs.listed = Unreachable()
    await world.asks(f"watch {ORDERS.dataflow}")
    await world.asks(f"watch {CLICKS.dataflow}")
    assert "as of" not in (await world.asks("jobs")).text
    async with world.store.writing() as session:
        await session.execute(update(TrackedJobRow).values(failure="it hangs", polled_at=NOON))
    assert " · as of <!date^1771070400^" in (await world.asks("jobs")).text.split("\n")[0]
    assert (await world.asks("help")).text.split("\n")[1].startswith("✅ orders · Up and Running · last checked <!date")
    history = (await world.asks(f"history {ORDERS.dataflow}")).text
    assert history.startswith("Can't check orders (run 42559) now · last seen ✅")
    question = await world.asks("status order")
    labels = [button["text"]["text"] for button in question.blocks[-1]["elements"]]  # type: ignore[attr-defined]
    assert labels == ["orders", "orders"]


async def test_names_are_read_once_for_who_types(sqlite_url: str, mocker: MockerFixture) -> None:
    """The letters typed in a form read the watched names once: anew if a watch begins or ends there, after ten seconds,
    for another person, and for who wants to see statuses. Nobody gets what was read for another."""
    seconds, here, mine = [0.0], Destination(WORKSPACE, OPS), Destination(WORKSPACE, BEN)
    service = Jobs(listed=NoList(status=403))
    async with opened(sqlite_url) as database:
        search = JobSearch(database, service.job_list, clock=lambda: seconds[0])

        async def read(*places: Destination, fresh: bool = False) -> tuple[Sequence[str], int]:
            with statements("SELECT watched_jobs.dataflow") as sent:
                found, _ = await search.find_by_words("o", frozenset(places), fresh=fresh)
            return sorted(one.title for one in found), len(sent)

        await subscribe(database, job(), OPS)
        await subscribe(database, job(ref=CLICKS, name="clicks to lake"), BEN)
        both = ["clicks to lake", "orders"]
        assert [await read(here, mine) for _ in range(3)] == [(both, 1), (both, 0), (both, 0)]
        assert await read(here, Destination(WORKSPACE, ANN)) == (["orders"], 1)
        assert await read(here, mine, fresh=True) == (both, 1)
        async with database.writing() as session:
            await subscriptions.unsubscribe(session, mine, CLICKS)
        assert await read(here, mine) == (["orders"], 1)
        await subscribe(database, job(ref=NEXT, name="orders eu"), BEN)  # SQLite gives it the same ID
        assert await read(here, mine) == (["orders", "orders eu"], 1)
        seconds[0] += 9.9
        assert (await read(here, mine))[1] == 0
        seconds[0] += 0.2
        assert (await read(here, mine))[1] == 1
        mocker.patch.object(names, "version", autospec=True, return_value=(1,))  # what if two were equal
        assert await read(here, mine) == (["orders", "orders eu"], 1)
        assert await read(here) == (["orders"], 1)


async def test_what_is_too_much_to_keep_is_found(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place that watches more jobs than are kept in memory has them read each time."""
    monkeypatch.setattr(job_search, "_MOST_KNOWN", 1)
    service = Jobs(listed=NoList(status=403))
    async with opened(sqlite_url) as database:
        await subscribe(database, job(), OPS)
        search = JobSearch(database, service.job_list)
        for _ in range(2):
            found, _ = await search.find_by_words("orders", {Destination(WORKSPACE, OPS)})
            assert [one.title for one in found] == ["orders"]
