"""Who may change what a channel watches: by a command, a button, the form, or from elsewhere."""

from collections.abc import Awaitable, Callable
from datetime import time, timedelta
from typing import get_args

import pytest

from bot.demo.slack.stand_in import Answer, Fault, Message, View
from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.quiet_hours import QuietHours
from bot.domain.channel.settings import ChangesBy, ChannelSettings
from bot.domain.destination import Destination
from bot.domain.status_filter import ERRORS, StatusFilter
from bot.slack.grammar.clauses import ME
from bot.slack.grammar.commands import (
    Acknowledge,
    Mute,
    MuteAll,
    OpenSettings,
    PreviewDigest,
    Quiet,
    ScheduleDigest,
    Threads,
    Unmute,
    UnmuteAll,
    Unwatch,
    UnwatchAll,
    Watch,
    WatchAll,
)
from bot.slack.grammar.presses import Action, AskToStop, ChangeWatch, Press, ResumeAlerts
from bot.slack.permissions import CHANGES, LOOKS
from bot.slack.request import NOT_ALLOWED, Request
from bot.slack.watch_form.form import Part
from bot.store.channels import settings
from tests.cast import CLICKS, UP, WARNING, job
from tests.slack.world import ANN, BEN, GENERAL, GIL, OPS, ORDERS, World

JOB = (Part.JOB.value, Part.JOB.action)
# Each way to change something, with what it does to the job that is watched.
DEEDS: list[Press] = [
    Watch(ORDERS, status_filter=StatusFilter(ERRORS)),
    Unwatch(ORDERS),
    Mute(ORDERS, None, time(9)),
    Unmute(ORDERS),
    ChangeWatch(ORDERS),
    AskToStop(ORDERS),
    WatchAll("orders*"),
    UnwatchAll("orders*"),
    MuteAll("orders*", timedelta(hours=2), None),
    UnmuteAll("orders*"),
    Threads(on=False),
    Quiet(QuietHours(time(22), time(7)), "Europe/Berlin"),
    ScheduleDigest(DigestSchedule(time(9)), "Europe/Berlin"),
    OpenSettings(),
    ResumeAlerts(OPS),
    Acknowledge(ORDERS),
]
NEW = (Watch(CLICKS), WatchAll("clicks*"))


@pytest.fixture(autouse=True)
def listed(world: World) -> None:
    """The organisation has two jobs."""
    world.jobs.listed = [job(UP, ORDERS, "orders"), job(WARNING, CLICKS, "clicks")]


def request_of(world: World, user: str, channel: str = OPS) -> Request:
    return Request(world.slack.app.team_id, channel, user, "/job", "/job again", f"{user} {len(world.slack.calls)}", "")


async def refused(world: World, press: Press, user: str, channel: str = OPS) -> bool:
    """Whether somebody is refused that."""
    reply = await world.listeners._handlers[type(press)](press, request_of(world, user, channel))
    is_refused = reply is not None and (
        reply.cannot_deliver == NOT_ALLOWED or "Nothing was changed." in reply.message.text
    )
    assert not (is_refused and reply is not None and reply.in_channel)
    return is_refused


async def annas(world: World) -> Message:
    """Ann, an admin, made this channel watch a job and a pattern; the first confirmation."""
    message = await world.asks(f"watch {ORDERS}", user=ANN)
    await world.asks("watch all matching orders*", user=ANN)
    return message


def test_every_press_either_looks_or_changes() -> None:
    """A command or a button that is added is said to change something or not, so that none is forgotten."""
    presses = set(get_args(Press))
    assert CHANGES.keys() | set(LOOKS) == presses
    assert not CHANGES.keys() & set(LOOKS)
    assert {type(deed) for deed in DEEDS} == CHANGES.keys()


async def test_guests_only_look(world: World) -> None:
    """By default a guest is refused every change, and nothing comes of it; allowed, they are refused none."""
    await annas(world)
    before = await world.subscribed()
    for deed in (*DEEDS, *NEW):
        assert await refused(world, deed, GIL), deed
    assert await world.subscribed() == before
    await world.settles(guests_may_change=True)
    for deed in (*NEW, *DEEDS):
        assert not await refused(world, deed, GIL), deed


async def test_by_default_every_member_may(world: World) -> None:
    """Who may is everyone unless somebody chose otherwise: a member may change what another one made."""
    await annas(world)
    for deed in (*NEW, *DEEDS):
        assert not await refused(world, deed, BEN), deed


async def test_only_members_of_the_channel(world: World) -> None:
    """Chosen so, somebody who isn't in the channel is refused every change but to acknowledge; a member and an admin
    are refused none."""
    await annas(world)
    await world.settles(changes_by=ChangesBy.MEMBERS)
    for deed in (*NEW, *DEEDS):
        assert not await refused(world, deed, BEN), deed
    await annas(world)
    world.slack.channels[OPS].members -= {ANN, BEN}
    for deed in (*DEEDS, *NEW):
        assert await refused(world, deed, BEN) is not isinstance(deed, Acknowledge), deed
        assert not await refused(world, deed, ANN), deed


async def test_only_creators_and_admins(world: World) -> None:
    """Chosen so, a member is refused to change what another one made and what concerns all, but may add watches and
    change those; an admin may change all."""
    await annas(world)
    await world.settles(changes_by=ChangesBy.CREATORS, restricted_by=ANN)
    for deed in DEEDS:
        assert await refused(world, deed, BEN) is not isinstance(deed, Acknowledge), deed
    for deed in NEW:
        assert not await refused(world, deed, BEN), deed
    for deed in (Watch(CLICKS, status_filter=StatusFilter(ERRORS)), UnwatchAll("clicks*"), Unwatch(CLICKS)):
        assert not await refused(world, deed, BEN), deed
    await world.settles(restricted_by=BEN)
    for deed in (OpenSettings(), Threads(on=False)):
        assert not await refused(world, deed, BEN), deed
    for deed in DEEDS:
        assert not await refused(world, deed, ANN), deed


async def test_looking_is_never_refused(world: World) -> None:
    """What was chosen is shown to everybody who asks."""
    await world.settles(changes_by=ChangesBy.CREATORS)
    looks: list[Press] = [Threads(), Quiet(), ScheduleDigest(), PreviewDigest()]
    for deed in looks:
        assert not await refused(world, deed, GIL), deed


async def test_who_began_maintenance_may_end_it(world: World) -> None:
    """Where only creators and admins may, a member ends the maintenance that they began, not another's."""
    await annas(world)
    mine, others = MuteAll("orders*", timedelta(hours=2), None), MuteAll("cli*", timedelta(hours=2), None)
    assert not await refused(world, mine, BEN)
    assert not await refused(world, others, ANN)
    await world.settles(changes_by=ChangesBy.CREATORS, restricted_by=ANN)
    assert await refused(world, MuteAll("pay*", timedelta(hours=2), None), BEN)
    assert await refused(world, UnmuteAll("cli*"), BEN)
    assert await refused(world, UnmuteAll(), BEN)
    assert not await refused(world, UnmuteAll("cli*"), ANN)
    assert await refused(world, MuteAll(None, timedelta(hours=2), None), BEN)
    assert not await refused(world, mine, BEN)
    assert not await refused(world, UnmuteAll("orders*"), BEN)


async def test_who_made_a_watch_may_resume_alerts(world: World) -> None:
    """The button that resumes alerts is in the direct messages of everybody who made a watch there: they may press it,
    others may not."""
    await world.asks(f"watch {ORDERS}", user=ANN)
    await world.settles(changes_by=ChangesBy.CREATORS, restricted_by=ANN)
    assert await refused(world, ResumeAlerts(OPS), BEN)
    await world.asks(f"watch {CLICKS}")
    assert not await refused(world, ResumeAlerts(OPS), BEN)


async def test_what_is_ones_own_is_never_refused(world: World) -> None:
    """In direct messages and `to me`, a guest changes what they like, whatever the channel chose."""
    await world.settles(changes_by=ChangesBy.CREATORS)
    direct = world.slack.direct_message(GIL).id
    own: list[Press] = [Watch(ORDERS, ME), Mute(ORDERS, None, time(9), ME), Unwatch(ORDERS, ME)]
    own += [WatchAll("clicks*", ME), MuteAll(None, timedelta(hours=2), None, ME), UnmuteAll(None, ME)]
    for deed in own:
        assert not await refused(world, deed, GIL), deed
    here: list[Press] = [Watch(ORDERS), Unwatch(ORDERS), Threads(on=False), Quiet(off=True), OpenSettings()]
    for deed in here:
        assert not await refused(world, deed, GIL, direct), deed


async def test_however_the_job_is_named(world: World) -> None:
    """Whose watch it is counts, not how the job is typed: by its name, its dataflow, or its run."""
    await world.asks("watch orders", user=ANN)
    await world.settles(changes_by=ChangesBy.CREATORS)
    for named in ("orders", ORDERS.dataflow, f"{ORDERS.dataflow} {ORDERS.run}"):
        answer = await world.asks(f"unwatch {named}")
        assert answer.text.startswith(f"Only <@{ANN}> and admins can change this watch."), named
        assert answer.ephemeral_to == BEN
    assert await world.subscribed() == [(OPS, ANN)]


async def test_the_refusal_says_whom_to_ask(world: World) -> None:
    """It names who made the watch, and what the person can do instead."""
    await world.asks("watch orders", user=ANN)
    await world.settles(changes_by=ChangesBy.CREATORS)
    answer = await world.asks("unwatch orders")
    assert answer.text == (
        f"Only <@{ANN}> and admins can change this watch. Nothing was changed.\n"
        f"Ask <@{ANN}> or an admin.\n"
        "To get alerts yourself: /job watch NAME to me"
    )


async def test_a_guests_press_gets_one_answer(world: World) -> None:
    """A guest looks by a message's buttons, and changes nothing by them."""
    message = await annas(world)
    assert "✅" in (await world.presses(message, Action.SHOW, user=GIL)).text
    for button in (Action.CHANGE, Action.UNWATCH):
        answer = await world.presses(message, button, user=GIL)
        assert answer.ephemeral_to == GIL
        assert answer.text.startswith("Only members can change what this channel watches, not guests.")
    assert world.slack.views.top(GIL) is None
    assert (OPS, ANN) in await world.subscribed()


async def test_nobody_is_let_in_by_another_channel(world: World) -> None:
    """`to #channel` is checked by the settings of that channel, not of the one where it is typed."""
    await world.slack.invite(GENERAL)
    await world.settles(OPS, guests_may_change=True)
    world.slack.channels[GENERAL].members.add(GIL)
    answer = await world.asks(f"watch {ORDERS} to <#{GENERAL}|x>", user=GIL)
    assert answer.text.startswith(f"Only members can change what <#{GENERAL}> watches, not guests.")
    assert await world.subscribed() == []


async def opened_by_guest(world: World) -> View:
    await world.says("watch", user=GIL)
    await world.listeners.done()
    view = world.slack.views.top(GIL)
    assert view is not None
    return view


async def test_the_form_says_so_before_and_when_it_is_sent(world: World) -> None:
    """The watch form shows a guest what is in the way, refuses at the field, and takes the watch once they choose their
    own direct messages."""
    view = await opened_by_guest(world)
    assert "Only members can change what this channel watches" in str(view.blocks)
    await world.slack.offered(view, JOB[1], user=GIL, query="")
    sent = await world.slack.submit(view, user=GIL, state={JOB: [ORDERS.dataflow]})
    assert sent.errors[Part.PLACE].startswith("Only members can change what this channel watches, not guests.")
    assert await world.subscribed() == []
    place = (Part.PLACE.value, Part.PLACE.action)
    await world.slack.press_in_view(view, place[1], user=GIL, value="me", state={JOB: [ORDERS.dataflow]})
    await world.listeners.done()
    assert "Only members" not in str(view.blocks)
    sent = await world.slack.submit(view, user=GIL, state={JOB: [ORDERS.dataflow]})
    assert (sent.errors, sent.complaint) == ({}, None)
    await world.listeners.done()
    assert await world.subscribed() == [(GIL, GIL)]


async def test_while_slack_does_not_say_who_somebody_is(world: World) -> None:
    """What isn't restricted goes on, what is restricted waits: nothing is changed, and the person reads what to do.
    Somebody who is known to be a guest stays one."""
    await world.asks(f"watch {ORDERS}", user=ANN)
    await world.asks("list", user=GIL)
    world.listeners._authorization._profiles.clear()
    world.slack.fail(Fault.HTTP_503, "users.info", times=None)
    assert "Only members" in (await world.asks(f"watch {CLICKS}", user=GIL)).text
    assert "muted orders" in (await world.asks(f"mute {ORDERS} 2h")).text
    await world.settles(changes_by=ChangesBy.CREATORS)
    answer = await world.asks(f"unmute {ORDERS}")
    assert answer.text == (
        "I can't ask Slack whether you can change what this channel watches, so nothing was changed.\n"
        f"Try again in a minute: /job unmute {ORDERS}"
    )


async def test_while_slack_does_not_say_who_is_in_a_channel(world: World) -> None:
    """Where only members of the channel may, nobody may until Slack says who they are, but admins."""
    await world.settles(changes_by=ChangesBy.MEMBERS)
    world.slack.fail(Fault.HTTP_503, "conversations.members", times=None)
    assert (await world.asks(f"watch {ORDERS}")).text.startswith("I can't ask Slack whether you can")
    assert "is watching orders" in (await world.asks(f"watch {ORDERS}", user=ANN)).text


async def chosen(world: World, channel: str = OPS) -> ChannelSettings:
    async with world.store.reading() as session:
        return await settings.read(session, Destination(world.slack.app.team_id, channel))


async def test_whoever_may_not_change_settings_sees_them(world: World) -> None:
    """Instead of the form they read why not, whom to ask, and what was chosen."""
    await world.settles(changes_by=ChangesBy.CREATORS, restricted_by=ANN, threads=False)
    answer = await world.asks("settings")
    assert world.slack.views.top(BEN) is None
    assert answer.ephemeral_to == BEN
    assert answer.text.startswith(f"Only <@{ANN}> and admins can change the settings of this channel.")
    assert "• Threads: off\n" in answer.text
    assert (await chosen(world)).restricted_by == ANN


async def opened_by(world: World, deed: Awaitable[Answer]) -> View:
    await deed
    await world.listeners.done()
    view = world.slack.views.top(BEN)
    assert view is not None
    return view


async def removed(world: World) -> None:
    await world.slack.leave(OPS, BEN)


async def made_a_guest(world: World) -> None:
    world.slack.users[BEN].is_restricted = True


async def deactivated(world: World) -> None:
    world.slack.users[BEN].deleted = True


@pytest.mark.parametrize(
    ("happens", "answer"),
    [
        (removed, "Only people who are in this channel can change"),
        (made_a_guest, "Only members can change"),
        (deactivated, "I only work for members of the workspace"),
    ],
)
async def test_a_form_counts_as_the_person_is_when_they_send_it(
    world: World, happens: Callable[[World], Awaitable[None]], answer: str
) -> None:
    """Whoever left the channel or the workspace, or became a guest, while a form was open is refused when they send it,
    reads so in the form, and changes nothing. The same goes for a button and a command that would change something."""
    confirmed = await world.asks(f"watch {ORDERS}")
    views = [await opened_by(world, world.slack.press(confirmed, Action.CHANGE, user=BEN))]
    views += [await opened_by(world, world.says(line)) for line in ("settings", "watch")]
    await world.slack.offered(views[-1], JOB[1], user=BEN, query="")
    before = await world.subscribed(), await chosen(world), len(world.slack.messages)
    await happens(world)
    filled: list[dict[tuple[str, str], list[str]]] = [
        {(Part.WHAT.value, Part.WHAT.action): ["errors"]},
        {("threads", "settings_threads"): []},
        {JOB: [CLICKS.dataflow]},
    ]
    for view, state in zip(views[::-1], filled[::-1], strict=True):
        sent = await world.slack.submit(view, user=BEN, state=state)
        await world.listeners.done()
        assert answer in str(sent.errors) + str(view.content["blocks"]), (state, sent)
        world.slack.close_view(view, user=BEN)
    assert (await world.subscribed(), await chosen(world), len(world.slack.messages)) == before
    if happens is not removed:
        assert answer in (await world.presses(confirmed, Action.UNWATCH)).text
        assert answer in (await world.asks(f"mute {ORDERS} 2h")).text
    assert await world.subscribed() == before[0]
