"""Who may ask: people of another company in a shared channel, guests, and channels that are named from elsewhere."""

import asyncio
import json
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.demo.slack.api import response_urls
from bot.demo.slack.block_kit.traversal import interactive
from bot.demo.slack.stand_in import Fault, Message, View
from bot.demo.slack.workspace.members import PARTNER_TEAM
from bot.domain.tracked_job import JobsPage
from bot.informatica.errors import NoList
from bot.slack import authorization as authorization_module
from bot.slack.api import client as slack_client
from bot.slack.api.directory import Profile
from bot.slack.authorization import belongs
from bot.slack.grammar.presses import Action
from bot.slack.messages.home.elements import Part as HomePart
from bot.slack.messages.modals.all_jobs import Shown, all_jobs_view
from bot.slack.messages.modals.job_choice import WATCH
from bot.slack.messages.modals.look_up import LOOK_UP
from bot.slack.request import Asker
from bot.slack.watch_form.form import Part
from tests.cast import CLICKS, UP, WARNING, job
from tests.slack.world import ANN, BEN, GENERAL, GIL, OPS, ORDERS, PAYROLL, PIA, SHARED, World

SENTENCE = "I only work for members of the workspace I'm installed in, so please ask one of them."
JOB, PLACE, CHANNEL = ((part.value, part.action) for part in (Part.JOB, Part.PLACE, Part.CHANNEL))


@pytest.fixture(autouse=True)
def listed(world: World) -> None:
    """The organisation has two jobs, unless a test says otherwise."""
    world.jobs.listed = [job(UP, ORDERS, "orders"), job(WARNING, CLICKS, "clicks")]


async def watched(world: World) -> Message:
    """A channel that companies share watches a job; the message with its buttons."""
    return await world.asks(f"watch {ORDERS}", channel=SHARED)


def words(view: View | None) -> str:
    assert view is not None
    return json.dumps(view.content)


# ── people of another company ───────────────────────────────────────────────────────────────────────────────────────


_TYPED = (
    *("", "help", "list", "jobs", f"status {ORDERS}", f"watch {ORDERS}", f"unwatch {ORDERS}", f"mute {ORDERS} 2h"),
    *("watch", "watch all", f"history {ORDERS}", "wacth orders", "orders"),
)


@pytest.mark.parametrize("typed", _TYPED)
async def test_a_partners_command_gets_one_sentence(world: World, typed: str) -> None:
    """Whatever a member of another company types, they alone read one sentence, and nothing is done or shown."""
    await watched(world)
    asked, said = len(world.jobs.asked), await world.happens_to_say(typed, user=PIA, channel=SHARED)
    assert [(message.text, message.ephemeral_to) for message in said] == [(SENTENCE, PIA)]
    assert world.slack.views.top(PIA) is None
    assert (await world.subscribed(), len(world.jobs.asked)) == ([(SHARED, BEN)], asked)


@pytest.mark.parametrize("button", [Action.SHOW, Action.CHANGE, Action.UNWATCH])
async def test_a_partners_press_gets_one_sentence(world: World, button: Action) -> None:
    """The buttons of what the bot posts in a shared channel do nothing for the other company's people."""
    message = await watched(world)
    answer = await world.presses(message, button, user=PIA)
    assert (answer.text, answer.ephemeral_to) == (SENTENCE, PIA)
    assert world.slack.views.top(PIA) is None
    assert await world.subscribed() == [(SHARED, BEN)]


async def form_of_partner(world: World) -> View:
    """A form that a partner should never have got: as if they had opened it before this was checked."""
    await world.says("watch", channel=SHARED)
    await world.listeners.done()
    view = world.slack.views.top(BEN)
    assert view is not None
    view.user = PIA
    return view


async def test_a_partner_finds_no_job_in_the_menu(world: World) -> None:
    """The menu of jobs names none to them; it says why instead."""
    view = await form_of_partner(world)
    offered = await world.slack.offered(view, JOB[1], user=PIA, query="")
    assert offered.error is None
    assert " ".join(str(option["text"]["text"]) for option in offered.options) == SENTENCE  # type: ignore[index]


@pytest.mark.parametrize("deed", ["chooses", "sends"])
async def test_a_partner_can_not_use_a_form(world: World, deed: str) -> None:
    """A form in a partner's hands turns into one sentence; nothing is watched, neither here nor in their workspace."""
    view = await form_of_partner(world)
    if deed == "chooses":
        await world.slack.press_in_view(view, PLACE[1], user=PIA, value="me")
    else:
        offered = await world.slack.offered(view, JOB[1], user=PIA, query="")
        await world.slack.submit(view, user=PIA, state={JOB: [str(offered.options[0]["value"])]})
    await world.listeners.done()
    assert SENTENCE in words(world.slack.views.top(PIA))
    assert "orders" not in words(world.slack.views.top(PIA))
    assert await world.subscribed() == []


async def all_views(world: World) -> list[dict[str, Any]]:
    """Every modal that a member opens, and their Home tab."""
    opened: list[View] = []

    async def note(deed: Awaitable[object]) -> View:
        await deed
        await world.listeners.done()
        view = world.slack.views.top(BEN)
        assert view is not None
        opened.append(view)
        return view

    message = await watched(world)
    await note(world.says("watch", channel=SHARED))
    await note(world.says("settings", channel=SHARED))
    await note(world.slack.use_shortcut_on(world.slack.say(BEN, SHARED, "orders, clicks"), WATCH, user=BEN))
    look_up = await note(world.slack.use_shortcut(LOOK_UP, user=BEN))
    await world.slack.offered(look_up, "look_up_choose", user=BEN, query="")
    await world.slack.press_in_view(look_up, "look_up_choose", user=BEN, value=ORDERS.dataflow)
    await world.slack.open_home(BEN)
    await world.listeners.done()
    home = world.slack.views.homes[BEN]
    block, menu = next((block, each) for block, each in interactive(home.blocks) if each["type"] == "overflow")
    options = menu["options"]
    assert isinstance(options, list)
    stop = next(str(option["value"]) for option in options if "ask_to_stop" in str(option))
    await note(world.slack.press(home, str(menu["action_id"]), user=BEN, value=stop, block_id=block))
    every = all_jobs_view(Shown(SHARED, message.ts, page=2), JobsPage([], 2, 3, 9), now=datetime.now(UTC))
    return [{**view.content, "id": view.id, "hash": view.hash} for view in (*opened, home)] + [{**every, "id": "V1"}]


async def test_a_partner_can_use_nothing_that_is_open(world: World) -> None:
    """Whatever modal or Home tab were in a partner's hands, each element of it, and sending it, gets them the one
    sentence; no job is looked up or named, and nothing is changed."""
    views = await all_views(world)
    assert len({view.get("callback_id") for view in views}) == len(views)
    asked, team = len(world.jobs.asked), {"id": PARTNER_TEAM}
    for number, view in enumerate(views):
        place = {"app_installed_team_id": world.slack.app.team_id, "hash": "1", "state": {"values": {}}}
        person = {"user": {"id": PIA, "team_id": PARTNER_TEAM}, "team": team, "view": view | place}
        deeds: list[dict[str, Any]] = [
            {"type": "block_actions", "actions": [each | {"block_id": block, **_chosen(each)}]}
            for block, each in interactive(view["blocks"])
            if "url" not in each
        ]
        if view["type"] == "home":
            deeds.append({"type": "block_actions", "actions": [{"action_id": HomePart.NEXT, "value": "2"}]})
        if "submit" in view:
            deeds.append({"type": "view_submission"})
        assert deeds
        for deed in deeds:
            called = len(world.slack.calls)
            answer = await world.interacts(person | deed | {"trigger_id": f"T{number}.{len(world.slack.calls)}"})
            await world.listeners.done()
            shown = [
                call.arguments for call in world.slack.calls[called:] if call.method.startswith(("views.", "chat."))
            ]
            said = json.dumps([shown, answer.text])
            assert SENTENCE in said, (view.get("callback_id"), deed, said)
            assert "orders" not in said
    assert (await world.subscribed(), len(world.jobs.asked)) == ([(SHARED, BEN)], asked)


def _chosen(element: Mapping[str, Any]) -> dict[str, Any]:
    option = {"text": {"type": "plain_text", "text": "a job"}, "value": ORDERS.dataflow}
    return {"selected_option": [option, *element.get("options", [])][-1]} if element["type"] != "button" else {}


async def test_members_use_a_shared_channel_as_any_other(world: World) -> None:
    """The channel that another company hosts is watched, shown and ended by the workspace's own people."""
    message = await watched(world)
    assert "orders" in (await world.asks("list", channel=SHARED)).text
    assert "✅" in (await world.presses(message, Action.SHOW)).text
    assert "stopped watching" in (await world.presses(message, Action.UNWATCH, user=ANN)).text
    assert await world.subscribed() == []


async def test_a_form_is_for_the_workspace_that_the_app_is_installed_in(world: World) -> None:
    """A member's form whose `team` is the other company's makes a watch of this workspace."""
    await world.says("watch", channel=SHARED)
    await world.listeners.done()
    view = world.slack.views.top(BEN)
    assert view is not None
    await world.slack.offered(view, JOB[1], user=BEN, query="")
    team = {"id": PARTNER_TEAM, "domain": "partner"}
    option = {"text": {"type": "plain_text", "text": "orders"}, "value": str(ORDERS)}
    values = {JOB[0]: {JOB[1]: {"type": "external_select", "selected_option": option}}}
    content = {**view.content, "id": view.id, "hash": view.hash, "state": {"values": values}}
    content |= {"team_id": PARTNER_TEAM, "app_installed_team_id": world.slack.app.team_id}
    person = {"id": BEN, "team_id": world.slack.app.team_id}
    payload: dict[str, Any] = {"type": "view_submission", "team": team, "user": person, "view": content}
    assert (await world.interacts(payload)).text == ""
    await world.listeners.done()
    assert await world.subscribed() == [(SHARED, BEN)]
    assert "orders" in (await world.asks("list", channel=SHARED)).text


async def test_a_request_for_another_workspace_is_refused_with_an_answer(world: World) -> None:
    """Should Slack send a payload of a workspace that the bot isn't installed in, the person is told, nobody else."""
    message = await watched(world)
    ours, world.slack.app.team_id = world.slack.app.team_id, "T0OTHER001"
    world.listeners._authorization._profiles.clear()  # they belong to that workspace
    for said in (await world.asks("list"), await world.presses(message, Action.UNWATCH)):
        assert (said.text, said.ephemeral_to) == (SENTENCE, BEN)
    world.slack.app.team_id = ours
    assert await world.subscribed() == [(SHARED, BEN)]


async def test_while_the_bot_does_not_know_its_workspace(world: World) -> None:
    """Until Slack has said where the bot is installed, a request is put off and an event waits."""
    await watched(world)
    known, world.identity[0] = world.identity[0], None
    answer = await world.asks("list", channel=SHARED)
    assert answer.text == "I can't reach Slack to check who is asking.\nTry again in a moment: /job list"
    await world.slack.open_home(BEN)
    await world.listeners.done()
    assert "I can't reach Slack to check who is asking." in words(world.slack.views.homes.get(BEN))
    archived = await world.slack.archive(SHARED)
    assert archived is not None
    assert archived.status == 200
    world.identity[0] = known
    await world.listeners.done()
    assert await world.paused() == {SHARED: {"is_archived"}}


@pytest.mark.parametrize("fault", [Fault.HTTP_503, Fault.RATE_LIMITED, Fault.DROP_BEFORE, "missing_scope"])
async def test_members_are_served_while_slack_does_not_say_who_they_are(world: World, fault: Fault | str) -> None:
    """A question that could not be asked isn't a "no": the payload's word counts, for members and partners alike."""
    message = await watched(world)
    world.listeners._authorization._profiles.clear()
    world.slack.fail(fault, "users.info", times=None)
    assert "✅" in (await world.asks(f"status {ORDERS}")).text
    assert "✅" in (await world.presses(message, Action.SHOW)).text
    assert (await world.presses(message, Action.SHOW, user=PIA)).text == SENTENCE


def _said(world: World, before: int = 0) -> str:
    """All that anybody was shown by the bot."""
    shown = [*world.slack.views.all.values(), *world.slack.views.homes.values()]
    views = [dict(view.content) for view in shown]
    return json.dumps([views, [message.text for message in world.slack.messages[before:]]], ensure_ascii=False)


@pytest.mark.parametrize("person", [PIA, BEN])
async def test_nobody_is_taken_for_a_member_on_no_word_at_all(world: World, person: str) -> None:
    """While Slack doesn't say who somebody is, an event or a payload that doesn't say it either, or names only an
    organisation, which may be ours, gets one sentence: neither a job, nor that they are a stranger."""
    message = await watched(world)
    world.listeners._authorization._profiles.clear()
    world.listeners._authorization._latest.clear()
    world.slack.fail(Fault.HTTP_503, "users.info", times=None)
    show = next(each for block, each in interactive(message.blocks) if each["action_id"] == Action.SHOW)
    asked, before = len(world.jobs.asked), len(world.slack.messages)
    event: dict[str, Any] = {
        "type": "app_mention",
        "user": person,
        "text": f"<@{world.slack.app.bot_user_id}> list",
        "ts": "1.2",
    }
    await world.slack.event(event | {"channel": SHARED})
    await world.slack.open_home(person)
    for number, home in enumerate(({}, {"team_id": "E0ORG"})):
        url = response_urls.issue(world.slack.workspace, person, SHARED).url
        press = {"type": "block_actions", "user": {"id": person, **home}, "actions": [show], "response_url": url}
        await world.interacts(press | {"trigger_id": f"T{number}", "container": {"type": "message"}})
    await world.listeners.done()
    assert _said(world, before).count("I can't reach Slack to check who is asking. Try again in a moment.") == 4
    assert ORDERS.dataflow not in _said(world, before)
    assert SENTENCE not in _said(world, before)
    assert len(world.jobs.asked) == asked


async def test_what_slack_said_last_counts(world: World) -> None:
    """Who was known before Slack stopped saying who they are is as they were."""
    for person, words_shown in ((BEN, "You don't watch any"), (PIA, SENTENCE)):
        await world.slack.open_home(person)
        await world.listeners.done()
        world.listeners._authorization._profiles.clear()
        world.slack.fail(Fault.HTTP_503, "users.info", times=None)
        await world.slack.open_home(person)
        await world.listeners.done()
        assert words_shown in words(world.slack.views.homes.get(person))
        world.slack.heal()


async def test_a_profile_that_hangs_holds_up_no_form(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form must open within three seconds, so Slack's word about a person is awaited briefly."""
    monkeypatch.setattr(authorization_module, "_PROFILE_LIMIT", 0.05)
    world.slack.fail(Fault.HANG, "users.info", times=None)
    async with asyncio.timeout(0.8 * slack_client.TIMEOUT):
        await world.says("watch")
        await world.listeners.done()
    assert world.slack.views.top(BEN) is not None


async def test_a_profile_that_hangs_holds_up_no_submission(world: World) -> None:
    """Slack waits three seconds for a form's answer; what it takes to find out who sent it is a part of them."""
    await world.says("watch")
    await world.listeners.done()
    view = world.slack.views.top(BEN)
    assert view is not None
    await world.slack.offered(view, JOB[1], user=BEN, query="")
    world.listeners._authorization._profiles.clear()
    world.slack.fail(Fault.HANG, "users.info", times=None)
    world.jobs.answers[ORDERS] = gate = asyncio.Event()
    world.slack.delivery.limit = 3
    submitted = await world.slack.submit(view, user=BEN, state={JOB: [ORDERS.dataflow]})
    assert (submitted.complaint, submitted.errors) == (None, {})
    gate.set()
    await world.listeners.done()
    assert await world.subscribed() == [(OPS, BEN)]


async def test_a_question_that_failed_is_not_asked_at_once_again(world: World) -> None:
    """While Slack doesn't say who somebody is, only one of their requests in a while waits for it."""
    world.slack.fail(Fault.HTTP_503, "users.info", times=None)
    for _ in range(3):
        await world.asks("list")
    assert [call.method for call in world.slack.calls].count("users.info") == 1


async def test_a_person_is_looked_up_once(world: World) -> None:
    """Slack is asked about a person once in ten minutes, not at each request."""
    for _ in range(3):
        await world.asks("list")
    assert [call.method for call in world.slack.calls].count("users.info") == 1


_OURS, _THEIRS, _ORG = "T0OURS", "T0THEIRS", "E0ORG"


@pytest.mark.parametrize(
    ("said", "profile", "is_member"),
    [
        # A sentence a row: what the payload says of the person's home, and what Slack does.
        (None, Profile(_OURS), True),
        (None, Profile(_OURS, is_guest=True), True),
        (None, Profile(_THEIRS), False),
        (None, Profile(_ORG), False),
        (None, Profile(None), True),
        (None, None, False),  # Slack shows the bot no such person
        (_OURS, Profile(_OURS), True),
        (_OURS, Profile(_OURS, is_stranger=True), False),
        (_OURS, Profile(_THEIRS), False),
        (_OURS, Profile(None), True),
        (_OURS, None, True),
        (_THEIRS, Profile(_THEIRS, is_stranger=True), False),
        (_THEIRS, Profile(_OURS), False),
        (_THEIRS, Profile(None), False),
        (_THEIRS, None, False),
        # In an organisation of several workspaces, people belong to all that it put them in.
        (_THEIRS, Profile(_THEIRS, frozenset({_OURS, _THEIRS})), True),
        (_THEIRS, Profile(_THEIRS, frozenset({_THEIRS})), False),
        (_ORG, Profile(_ORG, frozenset({_OURS})), True),
        (_ORG, Profile(_OURS), True),
        (_ORG, Profile(_ORG, frozenset({_THEIRS})), False),
        (_ORG, Profile(None), False),
        (_ORG, Profile(_ORG, frozenset({_OURS}), is_stranger=True), False),
        (_ORG, None, False),
    ],
)
def test_who_belongs_to_the_workspace(said: str | None, profile: Profile | None, is_member: bool) -> None:
    """A person belongs if nothing says otherwise; one that the payload calls foreign only by Slack's word."""
    assert belongs(Asker(_OURS, "U1", said), profile) is is_member


# ── a channel that is named from elsewhere ──────────────────────────────────────────────────────────────────────────

_LINES = [f"watch {ORDERS} to <#{GENERAL}|x>", f"watch all to <#{GENERAL}|x>"]


@pytest.mark.parametrize("line", _LINES)
@pytest.mark.parametrize("person", [BEN, GIL])
async def test_a_channel_is_for_its_members(world: World, line: str, person: str) -> None:
    """Neither a guest, even one who may make changes, nor anybody else has the bot post where they aren't; who is there
    may."""
    await world.slack.invite(GENERAL)
    await world.settles(GENERAL, guests_may_change=True)
    world.slack.channels[GENERAL].members.discard(person)
    refused = await world.asks(line, user=person)
    assert refused.text.startswith(f"You can only do that for channels you're in, and you're not in <#{GENERAL}>.")
    assert refused.ephemeral_to == person
    assert await world.subscribed() == []
    world.slack.channels[GENERAL].members.add(person)
    await world.happens_to_say(line, user=person)
    assert {where for where, _ in await world.subscribed()} == {GENERAL}


async def test_the_form_says_so_under_its_field(world: World) -> None:
    """The same in the form, while it is open."""
    await world.slack.invite(GENERAL)
    world.slack.channels[GENERAL].members.discard(BEN)
    await world.says(f"watch to <#{GENERAL}|x>")
    await world.listeners.done()
    view = world.slack.views.top(BEN)
    assert view is not None
    await world.slack.offered(view, JOB[1], user=BEN, query="")
    submitted = await world.slack.submit(view, user=BEN, state={JOB: [ORDERS.dataflow]})
    assert submitted.errors == {
        CHANNEL[0]: "You can only do that for channels you're in, and you're not in that channel. "
        "Join that channel, then try again."
    }
    assert await world.subscribed() == []


@pytest.mark.parametrize("method", ["conversations.info", "conversations.members"])
@pytest.mark.parametrize("fault", [Fault.HTTP_503, Fault.RATE_LIMITED, "missing_scope"])
async def test_a_channel_that_slack_does_not_speak_of(world: World, method: str, fault: Fault | str) -> None:
    """Where Slack could not be asked, that is what is said, not that the channel is private or the person outside."""
    await world.slack.invite(GENERAL)
    world.slack.fail(fault, method, times=None)
    answer = await world.asks(_LINES[0])
    assert answer.text.startswith(f"I couldn't ask Slack about <#{GENERAL}>, so nothing was changed: ")
    assert "public" not in answer.text
    assert await world.subscribed() == []
    world.slack.heal()
    await world.asks(_LINES[0])
    assert await world.subscribed() == [(GENERAL, BEN)]


async def test_a_channel_with_very_many_members(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A public channel that is too large to be read to its end is open to members, who may join it, not to guests."""

    async def too_many(channel: str, user: str) -> None:
        return None

    await world.slack.invite(GENERAL)
    monkeypatch.setattr(world.listeners._authorization._directory, "has_member", too_many)
    assert "too many members" in (await world.asks(_LINES[0], user=GIL)).text
    assert await world.subscribed() == []
    await world.asks(_LINES[0])
    assert await world.subscribed() == [(GENERAL, BEN)]


async def test_the_channel_itself_may_be_named(world: World) -> None:
    """`to` the channel where it is typed is no other channel, be it private or not; Slack isn't asked about it."""
    await world.asks(f"watch {ORDERS} to <#{PAYROLL}|x>", user=ANN, channel=PAYROLL)
    assert await world.subscribed() == [(PAYROLL, ANN)]


@pytest.mark.parametrize("deed", ["has left", "can't be asked about"])
async def test_an_open_modal_shows_a_channel_no_more_to_who_left_it(world: World, deed: str) -> None:
    """The form's menu names what a private channel watches, and a list the jobs of its messages, as long as the person
    is there; not while Slack can't be asked either."""
    world.jobs.listed = NoList(status=403)
    await world.asks(f"watch {ORDERS.dataflow}", user=ANN, channel=PAYROLL)
    await world.says("watch", user=ANN, channel=PAYROLL)
    await world.listeners.done()
    form = world.slack.views.top(ANN)
    assert form is not None
    assert "orders" in str(await world.slack.offered(form, JOB[1], user=ANN, query=""))
    world.listeners._authorization._seeing.clear()  # a minute later
    if deed == "has left":
        world.slack.channels[PAYROLL].members.discard(ANN)
    else:
        world.slack.fail(Fault.HTTP_503, "conversations.members", times=None)
    assert "orders" not in str(await world.slack.offered(form, JOB[1], user=ANN, query=""))
    every = all_jobs_view(Shown(PAYROLL, "1.2"), JobsPage([], 1, 1, 1), now=datetime.now(UTC))
    view = every | {"id": "V1", "hash": "1", "app_installed_team_id": world.slack.app.team_id, "state": {"values": {}}}
    searched = await world.interacts({"type": "view_submission", "user": {"id": ANN}, "view": view})
    assert ("not in" if deed == "has left" else "couldn't ask Slack") in searched.text
