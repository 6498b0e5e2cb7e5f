"""The form as people use it: opened by a command or a button, searched, filled in, and sent."""

import asyncio
import json
import sqlite3
from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.demo.slack.stand_in import Fault, Message, Offered, SlackStandIn, Submitted, View
from bot.domain.change import Change
from bot.domain.job import JobRef
from bot.informatica.errors import JobsServiceError, NoList, NotFound, Unreachable
from bot.slack.grammar.presses import Action
from bot.slack.handlers import failures
from bot.slack.watch_form import menu, opening, submission
from bot.slack.watch_form.form import CALLBACK, SHOW_MORE, Part
from bot.slack.watch_form.handlers import WatchFormHandlers
from bot.store import database as database_module
from bot.store.sql.tables import HandledRequestRow
from tests.cast import CLICKS, ERROR, UP, WARNING, job
from tests.slack.world import ANN, BEN, GENERAL, OLD, OPS, ORDERS, PAYROLL, SHARED, World, a_world

JOB, PLACE, CHANNEL, WHAT, STATUSES, OWNER, RUNBOOK, REMIND, TELL, AFTER = ((part.value, part.action) for part in Part)
LISTED = [job(UP, ORDERS, "orders"), job(WARNING, CLICKS, "clicks to lake")]


@pytest.fixture(autouse=True)
def listed(world: World) -> None:
    """The organisation has two jobs, unless a test says otherwise."""
    world.jobs.listed = LISTED


async def opens(world: World, text: str = "watch", *, user: str = BEN, channel: str = OPS) -> View:
    """Somebody types the command that opens the form."""
    await world.says(text, user=user, channel=channel)
    await world.listeners.done()
    return top(world, user)


def top(world: World, user: str = BEN) -> View:
    view = world.slack.views.top(user)
    assert view is not None
    return view


async def types(world: World, view: View, words: str, *, user: str = BEN) -> list[str]:
    """Somebody types into the menu of jobs; what it offers, by name."""
    offered = await world.slack.offered(view, JOB[1], user=user, query=words)
    return names(offered)


def names(offered: Offered) -> list[str]:
    assert offered.error is None
    groups = [each for group in offered.groups for each in group["options"]]  # type: ignore[attr-defined]
    return [each["text"]["text"] for each in (*offered.options, *groups)]


async def chooses(world: World, view: View, part: tuple[str, str], value: str | list[str], **state: Any) -> None:
    """Somebody chooses something, and the form is drawn anew."""
    answer = await world.slack.press_in_view(view, part[1], user=BEN, value=value, **state)
    assert (answer.status, answer.body) == (200, "")
    await world.listeners.done()


async def sends(world: World, view: View, state: dict[tuple[str, str], list[str]], *, user: str = BEN) -> Submitted:
    """Somebody chooses a job where `state` says one, and sends the form; until all is done that comes of it."""
    if JOB in state:
        await world.slack.offered(view, JOB[1], user=user, query="")
    submitted = await world.slack.submit(view, user=user, state=state)
    await world.listeners.done()
    assert submitted.complaint is None
    return submitted


def obstacle(view: View) -> str:
    """Why alerts can't go where the form says."""
    return json.dumps([block for block in view.blocks if block.get("block_id") == "obstacle"], ensure_ascii=False)


def block_ids(view: View) -> list[str]:
    return [str(block.get("block_id")) for block in view.blocks]


async def chooses_more(world: World, view: View) -> None:
    await chooses(world, view, ("more", SHOW_MORE), [])


def preview(view: View) -> str:
    (block,) = [block for block in view.blocks if block.get("block_id") == "preview"]
    return json.dumps(block)


ORDER = {JOB: [ORDERS.dataflow]}


async def test_the_menu_offers_what_may_be_known(world: World) -> None:
    """Without the list, the menu offers what the person watches and, to those who are there, what the place of the form
    does."""
    world.jobs.listed = NoList(status=403)
    await world.asks(f"watch {ORDERS.dataflow}", channel=PAYROLL, user=ANN)
    await world.asks(f"watch {CLICKS} to me", user=ANN)
    for channel, user, offered in ((OPS, BEN, 0), (OPS, ANN, 1), (PAYROLL, BEN, 0), (PAYROLL, ANN, 2)):
        view = await opens(world, channel=channel, user=user)
        assert len(await types(world, view, "", user=user)) == offered
        await world.listeners.done()


async def test_nobodys_searches_take_all_the_room(world: World) -> None:
    """One person's searches in menus are bounded, and that person hears it; others find their jobs."""
    view, other = await opens(world, user=ANN), await opens(world, user=BEN)
    world.jobs.listed = gate = asyncio.Event()
    most = menu._SEARCHES_EACH
    searches = [asyncio.create_task(types(world, view, "or", user=ANN)) for _ in range(most + 2)]
    first = iter(asyncio.as_completed(searches))
    for _ in range(2):
        assert "I'm still working on your other searches" in " ".join(await next(first))
    bens = asyncio.create_task(types(world, other, "or", user=BEN))
    gate.set()
    refused = [search for search in (*await asyncio.gather(*searches), await bens) if "I'm still" in " ".join(search)]
    assert len(refused) == 2
    world.jobs.listed = LISTED
    assert await types(world, view, "or", user=ANN) == ["✅ orders"]


# ── opening ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_watch_without_a_job_asks_which(world: World) -> None:
    """The form opens at once, and nothing else is said."""
    view = await opens(world)
    assert view.content["title"] == {"type": "plain_text", "text": "Watch a job"}
    assert json.loads(str(view.content["private_metadata"])) == {"channel": OPS, "command": "/job"}
    assert world.slack.messages == []


async def test_the_form_waits_for_nothing(world: World) -> None:
    """A list that hangs and a database that is locked hold up no form."""
    world.jobs.listed = gate = asyncio.Event()
    with sqlite3.connect(world.path, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        async with asyncio.timeout(0.8 * database_module._LOCK_WAIT_S):
            await world.says("watch")
            await world.slack.until(lambda: world.slack.views.top(BEN) is not None, 10, [])
        other.execute("ROLLBACK")
    other.close()
    gate.set()


async def test_what_was_said_already_is_filled_in(world: World) -> None:
    """`watch to me on errors` opens a form in which that stands."""
    view = await opens(world, "watch on errors to me")
    assert "by direct message" in preview(view)
    await sends(world, view, ORDER)
    assert await world.subscribed() == [(BEN, BEN)]
    await world.sees(WARNING)
    assert await world.waiting(BEN) == []


async def test_a_trigger_that_expired_is_answered_with_a_line(world: World) -> None:
    """Where Slack does not open the form any more, the person hears what to type instead, with all that they said."""
    world.slack.fail("expired_trigger_id", method="views.open")
    answer = await world.asks("watch on errors to me")
    assert answer.ephemeral_to == BEN
    assert answer.text.startswith("Slack didn't open the form")
    assert answer.text.endswith("/job watch orders-to-lake on errors to me")


async def test_one_form_however_often_it_is_delivered(world: World, slack: SlackStandIn) -> None:
    """A command that reaches a second process too opens one form, and nobody is told that something went wrong."""
    first = await world.says("watch")
    await world.listeners.done()
    async with a_world(slack, world.path) as other:
        assert (await slack.repeat(first, retry=1)).status == 200
        await other.listeners.done()
    assert len(slack.views.all) == 1
    assert slack.messages == []


# ── searching ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_jobs_are_found_while_one_types(world: World) -> None:
    """The menu shows the jobs with these words in their names, the worst first, each with its status."""
    view = await opens(world)
    assert await types(world, view, "") == ["⚠️ clicks to lake", "✅ orders"]
    assert await types(world, view, "LAKE cli") == ["⚠️ clicks to lake"]
    assert await types(world, view, "nothing") == []


async def test_without_the_list_the_watched_ones_are_found(world: World) -> None:
    """Where the list can't be had, the form says so and how IDs do, and the menu has what is watched already."""
    await world.asks(f"watch {ORDERS.dataflow}")
    world.jobs.listed = NoList(status=403)
    view = await opens(world)
    (words,) = [block["elements"][0]["text"] for block in view.blocks if block["type"] == "context"]  # type: ignore[index]
    assert world.jobs.listed.reason in words
    assert "/job watch DATAFLOW RUN" in words
    assert await types(world, view, "ord") == ["✅ orders"]
    assert await types(world, view, "clicks") == []
    await chooses(world, view, WHAT, "errors")
    assert [block["type"] for block in view.blocks].count("context") == 1


async def test_a_slow_list_holds_up_no_menu(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The menu shows what is watched while the list takes longer than Slack waits."""
    await world.asks(f"watch {ORDERS.dataflow}")
    monkeypatch.setattr(menu, "_LIST_LIMIT", 0.05)
    view = await opens(world)
    world.jobs.listed = asyncio.Event()
    assert await types(world, view, "ord") == ["✅ orders"]


async def test_a_search_that_fails_is_an_empty_menu(world: World) -> None:
    """Whatever goes wrong, Slack has an answer, and the log says what it was."""
    view = await opens(world)
    world.jobs.listed = RuntimeError("SECRET-MARK")
    with capture_logs() as logs:
        assert await types(world, view, "orders") == []
    assert [log["event"] for log in logs] == ["jobs could not be searched"]


async def test_hostile_names_are_offered(world: World) -> None:
    """A job may be called anything, and can be chosen and watched all the same."""
    world.jobs.listed = [job(UP, ORDERS, "<!channel> *x* " + "y" * 500), job(UP, CLICKS, " ")]
    view = await opens(world)
    assert len(await types(world, view, "")) == 2
    await chooses(world, view, JOB, ORDERS.dataflow)
    assert "<!channel>" in preview(view)
    assert (await sends(world, view, ORDER)).errors == {}
    assert await world.subscribed() == [(OPS, BEN)]


# ── choosing ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_preview_follows_the_choices(world: World) -> None:
    """After each choice the form says what will happen, and asks for what that needs."""
    view = await opens(world)
    await types(world, view, "")
    await chooses(world, view, JOB, ORDERS.dataflow)
    assert "orders" in preview(view)
    assert "✅" not in preview(view)
    await chooses(world, view, PLACE, "channel", state=ORDER)
    assert "the channel you choose" in preview(view)
    assert "orders" in preview(view)
    await chooses(world, view, CHANNEL, GENERAL)
    assert GENERAL in preview(view)
    await chooses(world, view, WHAT, "statuses")
    assert "when it enters a status you choose" in preview(view)
    await chooses(world, view, STATUSES, ["Running with Error", "Stopped"])
    assert "Running with Error or Stopped only" in preview(view)


async def test_of_quick_choices_the_last_one_stays(world: World) -> None:
    """Two choices that follow each other faster than Slack draws end in the form of the second."""
    view = await opens(world)
    for _ in range(5):
        errors, statuses = (
            partial(world.slack.press_in_view, view, WHAT[1], user=BEN, value=value) for value in ("errors", "statuses")
        )
        first = asyncio.create_task(errors())
        await world.listeners.begun()
        await asyncio.gather(first, statuses())
        await world.listeners.done()
        assert STATUSES[0] in [block.get("block_id") for block in view.blocks]


async def test_a_form_that_was_closed_is_not_drawn(world: World) -> None:
    """A choice whose form is gone by then is no fault."""
    view = await opens(world)
    world.slack.fail("not_found", method="views.update")
    with capture_logs() as logs:
        await chooses(world, view, WHAT, "errors")
    assert [log["log_level"] for log in logs] == ["info"]


async def test_a_place_where_alerts_cannot_go_says_so_at_once(world: World, slack: SlackStandIn) -> None:
    """The reason stands below the place when it's chosen, and is gone once it no longer holds."""
    view = await opens(world, channel=GENERAL)
    assert "I can't post in that channel. Invite me with /invite @jobwatch" in obstacle(view)
    await chooses(world, view, PLACE, "me")
    assert obstacle(view) == "[]"
    await chooses(world, view, PLACE, "channel")
    slack.channels[SHARED].members.discard(BEN)
    await chooses(world, view, CHANNEL, SHARED)
    assert "you're not in that channel" in obstacle(view)
    await chooses(world, view, CHANNEL, OPS)
    assert obstacle(view) == "[]"
    await chooses(world, view, PLACE, "here")
    assert "/invite @jobwatch" in obstacle(view)
    slack.channels[GENERAL].members.add(slack.app.bot_user_id)
    await chooses(world, view, WHAT, "errors")
    assert obstacle(view) == "[]"
    assert len({call.arguments["channel"] for call in slack.calls if call.method == "conversations.info"}) == 3


async def test_what_slack_does_not_say_is_not_shown(world: World) -> None:
    """A form for which Slack can't be asked about a channel is drawn without a reason."""
    view = await opens(world)
    world.slack.fail(Fault.HTTP_503, method="conversations.info", times=9)
    await chooses(world, view, PLACE, "channel")
    await chooses(world, view, CHANNEL, GENERAL)
    assert "couldn't ask Slack" in obstacle(view)
    assert GENERAL in preview(view)


async def test_many_jobs_are_watched_by_a_pattern(world: World) -> None:
    """A pattern that is typed is offered with its matches, counted in the preview, and watched without another
    question about their number."""
    world.jobs.listed = [job(UP, JobRef(f"flow-{number}", number + 1), f"sales-{number}") for number in range(40)]
    world.jobs.runs = {each.ref.dataflow: each.ref for each in world.jobs.listed}
    view = await opens(world)
    first, *others = await types(world, view, "Sales-*")
    assert first == "🔎 All jobs matching Sales-* (40)"
    assert len(others) == 40
    await chooses(world, view, JOB, "all matching Sales-*")
    assert "It matches 40 jobs now. New jobs that match will be added." in preview(view)
    await sends(world, view, {})
    said = world.slack.messages[-1].text
    assert f"<@{BEN}> is watching all jobs matching sales-*" in said
    assert world.slack.messages[-1].ephemeral_to is None


async def test_a_form_sets_an_owner_and_a_runbook(world: World) -> None:
    """A button shows both fields; the preview names the owner, and the watch gets what they say."""
    view = await opens(world)
    assert {"owner", "runbook"}.isdisjoint(block_ids(view))
    await chooses_more(world, view)
    assert {"owner", "runbook"} <= set(block_ids(view))
    await chooses(world, view, OWNER, [ANN])
    assert "Alerts about errors " in preview(view)
    assert f'"user_id": "{ANN}"' in preview(view)
    submitted = await sends(world, view, ORDER | {RUNBOOK: ["https://ann:secret@wiki.example.com"]})
    assert "without a password" in submitted.errors["runbook"]
    await sends(world, view, ORDER | {RUNBOOK: ["https://wiki.example.com/x"]})
    told = world.slack.messages[-1]
    assert f"Owner: <@{ANN}> · Runbook: <https://wiki.example.com/x|" in told.text
    view = await changes(world, told)
    assert {"owner", "runbook"} <= set(block_ids(view))
    await sends(world, view, {OWNER: []})
    assert "Owner" not in world.slack.messages[-1].text
    assert "Runbook" in world.slack.messages[-1].text


async def test_a_command_fills_in_the_owner(world: World) -> None:
    """`watch owner me` opens the form with the person as the owner, in sight."""
    view = await opens(world, f"watch owner <@{ANN}> runbook <https://wiki.example.com/x>")
    await sends(world, view, ORDER)
    assert f"Owner: <@{ANN}> · Runbook: " in world.slack.messages[-1].text


async def test_a_form_sets_reminders(world: World) -> None:
    """How often to remind and whom to tell are chosen beside the owner; what the watch has is filled in when it is
    changed, and what is emptied ends."""
    view = await opens(world, "watch tell me after 45m")
    assert {"remind", "tell", "after"} <= set(block_ids(view))
    await chooses(world, view, REMIND, ["30:error"])
    assert "Reminders every 30" in preview(view)
    await sends(world, view, ORDER)
    told = world.slack.messages[-1]
    assert f"Escalates to <@{BEN}> after 45\xa0min with errors" in told.text
    view = await changes(world, told)
    assert "Escalates to " in preview(view)
    await sends(world, view, {TELL: [], REMIND: ["60:problem"]})
    assert "⏰\xa0Reminders every 1\xa0h while there are problems" in world.slack.messages[-1].text
    assert "Escalates" not in world.slack.messages[-1].text


async def test_who_cannot_be_told_is_said_in_the_form(world: World) -> None:
    """The form stays open, and says at its field why somebody can't be told: the bot itself, which Slack offers as it
    does people, or somebody whom a mention wouldn't reach."""
    world.slack.channels[OPS].members.discard(ANN)
    view = await opens(world, "watch tell me after 45m")
    for told, words in (
        (world.slack.app.bot_user_id, "I can't escalate to myself"),
        (ANN, "Somebody isn't in that channel"),
    ):
        submitted = await sends(world, view, ORDER | {TELL: [told]})
        assert words in submitted.errors["tell"]
    assert world.slack.messages == []
    assert (await sends(world, view, ORDER | {TELL: [BEN]})).errors == {}


# ── sending ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_form_is_a_watch(world: World) -> None:
    """What is sent is confirmed in the channel as the command is, and the form closes."""
    view = await opens(world)
    submitted = await sends(world, view, ORDER | {WHAT: ["problems"]})
    assert submitted.errors == {}
    assert world.slack.views.top(BEN) is None
    (told,) = world.slack.messages
    assert (told.channel, told.ephemeral_to) == (OPS, None)
    assert told.text.startswith(f"<@{BEN}> is watching orders in this channel · problems only")
    assert await world.subscribed() == [(OPS, BEN)]


async def test_statuses_are_told_as_chosen(world: World) -> None:
    """Of some statuses those alone are told."""
    view = await opens(world)
    await chooses(world, view, WHAT, "statuses")
    await sends(world, view, ORDER | {STATUSES: ["Running with Error"]})
    assert "Running with Error only" in world.slack.messages[-1].text
    for status in (WARNING, ERROR, UP):
        await world.sees(status)
    assert [notification.new for notification in await world.waiting(OPS) if isinstance(notification, Change)] == [
        ERROR
    ]


async def test_in_direct_messages_it_is_the_persons(world: World) -> None:
    """A form opened in direct messages tells the person there."""
    dm = world.slack.direct_message(BEN).id
    await sends(world, await opens(world, channel=dm), ORDER)
    assert [(m.channel, m.ephemeral_to) for m in world.slack.messages] == [(dm, None)]
    assert await world.subscribed() == [(BEN, BEN)]


async def test_another_channel_is_told(world: World) -> None:
    """The confirmation stands in the channel that is told; whoever asked elsewhere hears it alone."""
    world.slack.channels[GENERAL].members.add(world.slack.app.bot_user_id)
    view = await opens(world)
    await chooses(world, view, PLACE, "channel")
    await sends(world, view, ORDER | {CHANNEL: [GENERAL]})
    confirmed, ephemeral = world.slack.messages
    assert (confirmed.channel, confirmed.ephemeral_to) == (GENERAL, None)
    assert (ephemeral.channel, ephemeral.ephemeral_to) == (OPS, BEN)
    assert ephemeral.text.startswith(f"<#{GENERAL}> gets alerts for orders")
    assert await world.subscribed() == [(GENERAL, BEN)]


async def test_what_is_watched_already_is_said(world: World) -> None:
    """A form that changes nothing closes, and the person alone hears why."""
    await world.asks(f"watch {ORDERS.dataflow}")
    await sends(world, await opens(world), ORDER)
    ephemeral = world.slack.messages[-1]
    assert (ephemeral.channel, ephemeral.ephemeral_to) == (OPS, BEN)
    assert ephemeral.text.startswith("This channel already watches orders · every status change")


async def test_where_the_bot_is_not_the_reply_goes_by_direct_message(world: World) -> None:
    """In a channel without the bot a person can have themselves told; all of it reaches them."""
    dm = world.slack.direct_message(BEN).id
    await sends(world, await opens(world, channel=GENERAL), ORDER | {PLACE: ["me"]})
    assert [m.channel for m in world.slack.messages] == [dm, dm]
    assert world.slack.messages[-1].text.startswith("You'll get alerts for orders by direct message")
    assert await world.subscribed() == [(BEN, BEN)]


# ── what is wrong ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("error", [NotFound(status=404), Unreachable()], ids=lambda error: type(error).__name__)
async def test_a_job_that_can_not_be_seen_is_said_at_its_field(world: World, error: JobsServiceError) -> None:
    """The reason and the remedy stand under the job while the form is open; sent again, it is tried again."""
    world.jobs.answers[ORDERS] = error
    view = await opens(world)
    submitted = await sends(world, view, ORDER)
    assert submitted.errors.keys() == {JOB[0]}
    assert error.reason in submitted.errors[JOB[0]]
    assert error.remedy in submitted.errors[JOB[0]]
    assert (world.slack.messages, await world.subscribed()) == ([], [])
    world.jobs.answers.clear()
    assert (await sends(world, view, ORDER)).errors == {}
    assert await world.subscribed() == [(OPS, BEN)]


async def test_a_channel_without_the_bot_is_said_at_its_field(world: World) -> None:
    """Whoever invites the bot while the form is open sends the same form again, and is watched for."""
    view = await opens(world, channel=GENERAL)
    submitted = await sends(world, view, ORDER)
    assert submitted.errors.keys() == {PLACE[0]}
    assert "/invite @jobwatch" in submitted.errors[PLACE[0]]
    assert (world.slack.messages, await world.subscribed()) == ([], [])
    world.slack.channels[GENERAL].members.add(world.slack.app.bot_user_id)
    assert (await sends(world, view, ORDER)).errors == {}
    assert await world.subscribed() == [(GENERAL, BEN)]


@pytest.mark.parametrize("channel", [PAYROLL, OLD, "C0NOWHERE1"])
async def test_a_channel_that_may_not_be_told_is_said_at_its_field(world: World, channel: str) -> None:
    """A private channel can't be had by a form that was tampered with, nor an archived one."""
    world.slack.channels[PAYROLL].members.add(world.slack.app.bot_user_id)
    view = await opens(world)
    await chooses(world, view, PLACE, "channel")
    for block in view.blocks:
        if block.get("block_id") == CHANNEL[0]:
            block["element"]["initial_conversation"] = channel  # type: ignore[index]
    submitted = await sends(world, view, ORDER)
    assert submitted.errors.keys() == {CHANNEL[0]}
    assert await world.subscribed() == []


async def test_a_person_who_takes_no_messages_is_said_at_the_field(world: World) -> None:
    """Who can't be sent direct messages is told why, under the field that says who is told."""
    view = await opens(world)
    world.slack.app.messages_tab_enabled = False
    submitted = await sends(world, view, ORDER | {PLACE: ["me"]})
    assert submitted.errors.keys() == {PLACE[0]}
    assert "I can't send direct messages. Ask" in submitted.errors[PLACE[0]]
    assert await world.subscribed() == []


async def test_a_field_that_was_not_drawn_in_time_is_drawn(world: World) -> None:
    """Sent before the menu of channels was there, the form shows it rather than a fault."""
    view = await opens(world)
    submitted = await sends(world, view, ORDER | {PLACE: ["channel"]})
    assert submitted.errors == {}
    assert CHANNEL[0] in [block.get("block_id") for block in view.blocks]
    assert "orders" in preview(view)
    assert await world.subscribed() == []


async def test_a_job_that_nobody_can_choose_is_none(world: World) -> None:
    """A value that is no job's ID counts as none."""
    view = await opens(world)
    option = {"text": {"type": "plain_text", "text": "x"}, "value": "../../etc"}
    (field,) = [block for block in view.blocks if block.get("block_id") == JOB[0]]
    field["element"]["initial_option"] = option  # type: ignore[index]
    assert (await sends(world, view, {})).errors[JOB[0]].startswith("Choose a job")
    assert world.jobs.asked == []


async def test_a_database_that_fails_is_said_at_the_field(world: World) -> None:
    """A database that can't be used leaves the form open, with what to do."""
    view = await opens(world)
    with sqlite3.connect(world.path) as other:
        other.execute(f"DROP TABLE {HandledRequestRow.__tablename__}")
    other.close()
    with capture_logs():
        submitted = await sends(world, view, ORDER)
    assert "I can't reach my database" in submitted.errors[JOB[0]]
    assert await world.subscribed() == []


async def test_a_fault_of_the_bots_own_is_owned(world: World) -> None:
    """What nobody foresaw is said to be the bot's fault; what it was is for the log alone."""
    view = await opens(world)
    world.jobs.answers[ORDERS] = RuntimeError("SECRET-MARK")
    with capture_logs() as logs:
        submitted = await sends(world, view, ORDER)
    assert "Something went wrong on my side" in submitted.errors[JOB[0]]
    assert "SECRET-MARK" not in str(submitted)
    assert [log["event"] for log in logs if log["log_level"] == "error"] == ["a request failed"]


async def test_a_form_that_is_not_ours_is_replaced(world: World) -> None:
    """A form whose private metadata isn't the bot's is replaced by words; nothing comes of it."""
    view = await opens(world)
    await types(world, view, "")
    view.content["private_metadata"] = '{"channel": "<!channel>"}'
    with capture_logs() as logs:
        assert (await world.slack.submit(view, user=BEN, state=ORDER)).complaint is None
        await world.listeners.done()
    assert "can't read this form" in json.dumps(view.content)
    assert [log["event"] for log in logs] == ["a form can't be read"]
    assert await world.subscribed() == []


# ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_slow_look_closes_the_form_and_is_confirmed_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack has its answer before it loses patience; the watch is confirmed when the job was seen."""
    monkeypatch.setattr(submission, "_PATIENCE", 0.05)
    gate = asyncio.Event()
    world.jobs.answers[ORDERS] = gate
    view = await opens(world)
    await world.slack.offered(view, JOB[1], user=BEN, query="")
    submitted = await world.slack.submit(view, user=BEN, state=ORDER)
    assert (submitted.errors, submitted.complaint, world.slack.views.top(BEN)) == ({}, None, None)
    assert world.slack.messages == []
    gate.set()
    await world.listeners.done()
    assert "is watching orders" in world.slack.messages[-1].text


async def test_a_slow_failure_comes_as_an_ephemeral_message(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found to be wrong once the form is closed reaches the person as a message that they alone see."""
    view = await opens(world)
    monkeypatch.setattr(submission, "_PATIENCE", 0.05)
    monkeypatch.setattr(failures, "_REPLY_LIMIT", 0.2)
    world.jobs.answers[ORDERS] = asyncio.Event()
    submitted = await sends(world, view, ORDER)
    assert submitted.errors == {}
    (told,) = world.slack.messages
    assert (told.channel, told.ephemeral_to, told.via) == (OPS, BEN, "chat.postEphemeral")
    assert told.text.startswith("That took too long")
    assert told.text.endswith(f"/job watch {ORDERS.dataflow} on changes")


def test_slack_is_answered_in_time() -> None:
    """All that is waited for before an acknowledgement, or before a form opens, ends well before Slack's three seconds
    do."""
    assert submission._PATIENCE <= 2.5
    assert opening._FILTER_LIMIT_S <= 0.5
    assert menu._LIST_LIMIT < menu._MENU_LIMIT <= 2.5


async def test_a_form_sent_twice_is_one_watch(world: World, slack: SlackStandIn) -> None:
    """Delivered again, even to another process, a form subscribes and confirms once."""
    view = await opens(world)
    submitted = await sends(world, view, ORDER)
    assert submitted.answer is not None
    seen = len(slack.messages)
    async with a_world(slack, world.path) as other:
        again = await slack.repeat(submitted.answer, retry=1)
        await other.listeners.done()
    assert (again.status, again.body) == (200, "")
    assert len(slack.messages) == seen
    assert await world.subscribed() == [(OPS, BEN)]


async def test_a_restart_is_said_at_the_field(world: World) -> None:
    """Whoever sends a form while the bot stops is told to send it again: nothing was done."""
    view = await opens(world)
    await world.listeners.drain()
    submitted = await world.slack.submit(view, user=BEN, state={})
    assert submitted.errors.keys() == {JOB[0]}
    await world.slack.offered(view, JOB[1], user=BEN, query="")
    submitted = await world.slack.submit(view, user=BEN, state=ORDER)
    assert submitted.errors[JOB[0]].startswith("I was restarted before this was done")
    assert await world.subscribed() == []


async def test_a_restart_reaches_whom_it_interrupts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose form is closed already hears of the restart by message, with the line to say it again."""
    monkeypatch.setattr(submission, "_PATIENCE", 0.05)
    world.jobs.answers[ORDERS] = asyncio.Event()
    view = await opens(world)
    await world.slack.offered(view, JOB[1], user=BEN, query="")
    await world.slack.submit(view, user=BEN, state=ORDER)
    await world.listeners.drain()
    (told,) = world.slack.messages
    assert told.text.startswith("I was restarted before this was done")
    assert f"/job watch {ORDERS.dataflow}" in told.text


async def test_too_many_forms_are_refused_at_the_field(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """When too much is under way, the form stays open and says so."""
    view = await opens(world)
    await world.slack.offered(view, JOB[1], user=BEN, query="")
    form = next(modal for modal in world.listeners._modals if isinstance(modal, WatchFormHandlers))
    monkeypatch.setattr(form.tasks, "_limit", 0)
    with capture_logs():
        await chooses(world, view, WHAT, "errors")
        submitted = await world.slack.submit(view, user=BEN, state=ORDER)
    assert submitted.errors[JOB[0]].startswith("I have too many requests right now")


# ── changing ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def changes(world: World, message: Message, *, user: str = BEN) -> View:
    """Somebody presses the button that opens the form of a watch."""
    await world.happens(world.slack.press(message, Action.CHANGE, user=user))
    return top(world, user)


async def test_a_watch_is_changed_from_its_confirmation(world: World) -> None:
    """The form is filled in with the job and what is told; what is sent is told instead, and the channel sees it."""
    told = await world.asks(f"watch {ORDERS.dataflow} on errors")
    view = await changes(world, told, user=ANN)
    assert view.content["title"] == {"type": "plain_text", "text": "Change a watch"}
    assert "From now on, " in preview(view)
    assert "errors only (" in preview(view)
    submitted = await sends(world, view, {WHAT: ["problems"]}, user=ANN)
    assert submitted.errors == {}
    assert world.slack.messages[-1].text.startswith(f"<@{ANN}> changed the alerts for orders")
    assert await world.subscribed() == [(OPS, BEN)]
    await world.sees(WARNING)
    assert len(await world.waiting(OPS)) == 1


async def test_a_watch_of_one_run_stays_one(world: World) -> None:
    """The form of a watch of one run changes that one, and makes no other."""
    view = await changes(world, await world.asks(f"watch {ORDERS}"))
    await sends(world, view, {WHAT: ["errors"]})
    assert "changed the alerts for orders" in world.slack.messages[-1].text
    assert await world.subscribed() == [(OPS, BEN)]


async def test_what_is_watched_already_can_be_changed(world: World) -> None:
    """The private answer has the button too, and of one's own watch it opens one's own, wherever it is pressed."""
    await world.says(f"watch {ORDERS.dataflow} on errors to me")
    await world.listeners.done()
    already = await world.asks(f"watch {ORDERS.dataflow} to me")
    assert already.text.startswith("You already watch orders")
    view = await changes(world, already)
    assert "From now on, " in preview(view)
    assert "by direct message" in preview(view)
    await sends(world, view, {WHAT: ["problems"]})
    assert await world.subscribed() == [(BEN, BEN)]


async def test_another_place_makes_another_watch(world: World) -> None:
    """Who changes the place has one more watch; the form says that the old one goes on, and it does."""
    view = await changes(world, await world.asks(f"watch {ORDERS.dataflow}"))
    await chooses(world, view, PLACE, "me")
    assert "stays as it is" in preview(view)
    await sends(world, view, {})
    assert await world.subscribed() == [(OPS, BEN), (BEN, BEN)]


async def test_a_watch_that_ended_can_be_made_anew(world: World) -> None:
    """The button of a watch that is over opens a form in which the job stands, and no change is promised."""
    told = await world.asks(f"watch {ORDERS.dataflow}")
    await world.asks(f"unwatch {ORDERS.dataflow}")
    view = await changes(world, told)
    assert view.content["title"] == {"type": "plain_text", "text": "Watch a job"}
    assert "From now on" not in preview(view)
    await sends(world, view, {})
    assert await world.subscribed() == [(OPS, BEN)]


async def test_the_button_of_an_older_run_means_the_job(world: World) -> None:
    """A message that names a run of a job that is followed opens the form of that watch."""
    await world.asks(f"watch {ORDERS.dataflow} on errors")
    card = await world.asks(f"watch {ORDERS.dataflow}")
    card.blocks[-1]["elements"][0]["value"] = str(ORDERS)  # type: ignore[index]
    assert "errors only (" in preview(await changes(world, card))


async def test_a_trigger_that_expired_is_answered_with_the_line_of_the_watch(world: World) -> None:
    """Where the form of a watch can't be opened, the line that would set it is said."""
    told = await world.asks(f"watch {ORDERS.dataflow} on errors")
    world.slack.fail("expired_trigger_id", method="views.open")
    answer = await world.presses(told, Action.CHANGE)
    assert answer.ephemeral_to == BEN
    assert answer.text.endswith(f"/job watch {ORDERS.dataflow} on errors")


async def test_a_slack_that_is_unwell_is_not_called_late(world: World) -> None:
    """A form that Slack doesn't open for another reason than time isn't blamed on time."""
    for fault, why in (
        (Fault.RATE_LIMITED, "Slack limits how much I send"),
        (Fault.HTTP_503, "Slack has a problem of its own"),
        ("expired_trigger_id", "it waits three seconds at most"),
    ):
        world.slack.fail(fault, method="views.open")
        assert (await world.asks("watch")).text.startswith(f"Slack didn't open the form: {why}.")


# ── what nobody handles ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "block_actions", "actions": [{"action_id": WHAT[1], "type": "radio_buttons"}]},
        {"type": "block_actions", "view": {"id": 5}, "actions": [{"action_id": WHAT[1], "type": "radio_buttons"}]},
        {"type": "view_submission", "view": {"type": "modal", "callback_id": CALLBACK}},
        {"type": "view_submission", "view": {"type": "modal", "callback_id": f"{CALLBACK}_2"}},
        {"type": "block_suggestion", "action_id": JOB[1], "value": None},
        {"type": "block_suggestion", "action_id": JOB[1], "value": ["x"], "team": "T1"},
        {"type": "block_suggestion", "action_id": JOB[1], "value": "x" * 5_000},
    ],
)
async def test_anything_is_acknowledged(
    world: World, payload: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever comes in place of a form, Slack gets 200, no listener fails over it, and nothing comes of it."""
    with caplog.at_level("WARNING", logger="bot.slack.bolt"):
        assert (await world.interacts(payload)).status_code == 200
    assert caplog.text == ""
    await world.listeners.done()
    assert (world.slack.messages, world.jobs.asked, await world.subscribed()) == ([], [], [])
