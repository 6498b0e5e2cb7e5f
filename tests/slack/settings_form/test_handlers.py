"""The settings form as people use it: opened, filled in, and saved, and what it changes for new watches."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.demo.slack.stand_in import Fault, Message, SlackStandIn, Submitted, View
from bot.domain.channel.digest_schedule import DigestSchedule
from bot.domain.channel.quiet_hours import QuietHours
from bot.domain.channel.settings import ChangesBy, ChannelSettings
from bot.domain.destination import Destination
from bot.domain.status_filter import ERRORS, PROBLEMS, StatusFilter
from bot.slack.messages.channel import settings as changes
from bot.slack.settings_form import saving
from bot.slack.settings_form.form import Part
from bot.store.channels import settings
from bot.store.sql.tables import ChannelSettingsRow
from tests.cast import CLICKS, UP, WARNING, job
from tests.slack.world import ANN, BEN, GENERAL, GIL, OPS, ORDERS, World, a_world

# Ben's time zone in the stand-in's directory.
NEW_YORK = "America/New_York"


async def opens(world: World, *, user: str = BEN, channel: str = OPS) -> View:
    """Somebody types `/job settings`."""
    await world.says("settings", user=user, channel=channel)
    await world.listeners.done()
    view = world.slack.views.top(user)
    assert view is not None
    return view


async def chooses(world: World, view: View, part: Part, value: str | list[str]) -> None:
    """Somebody chooses something, and the form is drawn anew."""
    answer = await world.slack.press_in_view(view, part.action, user=view.user, value=value)
    assert (answer.status, answer.body) == (200, "")
    await world.listeners.done()


async def saves(world: World, view: View, state: dict[Part, list[str]] | None = None) -> Submitted:
    """Somebody saves the form with this in its fields, until all is done that comes of it."""
    filled = {(part.value, part.action): words for part, words in (state or {}).items()}
    submitted = await world.slack.submit(view, user=view.user, state=filled)
    await world.listeners.done()
    assert submitted.complaint is None
    return submitted


async def chosen(world: World, place: str = OPS) -> ChannelSettings:
    async with world.store.reading() as session:
        return await settings.read(session, Destination(world.slack.app.team_id, place))


def said(world: World) -> list[Message]:
    return world.slack.messages


async def test_everything_is_chosen_in_one_form(world: World) -> None:
    """Each field is saved as it was filled in, and one message tells the channel what changed, and nothing else."""
    view = await opens(world)
    await chooses(world, view, Part.DIGEST, "weekly")
    await chooses(world, view, Part.QUIET, "on")
    found = await world.slack.offered(view, Part.ZONE.action, user=BEN, query="berlin")
    assert [option["value"] for option in found.options] == ["Europe/Berlin"]
    await chooses(world, view, Part.ZONE, "Europe/Berlin")
    assert "alerts on errors only" in str(view.blocks)
    await saves(
        world,
        view,
        {
            Part.FILTER: [PROBLEMS],
            Part.THREADS: [],
            Part.WEEKDAY: ["4"],
            Part.DIGEST_AT: ["16:30"],
            Part.QUIET_FROM: ["21:00"],
            Part.THROUGH: [PROBLEMS],
            Part.WHO: ["creators"],
            Part.GUESTS: ["on"],
        },
    )
    assert world.slack.views.top(BEN) is None
    assert await chosen(world) == ChannelSettings(
        threads=False,
        default_filter=StatusFilter(PROBLEMS),
        time_zone="Europe/Berlin",
        digest=DigestSchedule(time(16, 30), 4),
        quiet_hours=QuietHours(time(21), time(7), StatusFilter(PROBLEMS)),
        changes_by=ChangesBy.CREATORS,
        guests_may_change=True,
        restricted_by=BEN,
    )
    (message,) = said(world)
    assert (message.channel, message.ephemeral_to) == (OPS, None)
    assert message.text == (
        f"⚙️ <@{BEN}> changed the settings of this channel:\n"
        "• New watches alert on: problems only (was every status change)\n"
        "• Threads: off (was on)\n"
        "• Time zone: Europe/Berlin (was UTC)\n"
        "• Digest: every Friday at 16:30 (was off)\n"
        "• Quiet hours: 21:00–7:00, except problems (was off)\n"
        "• Who can change watches and settings: creators and admins (was everyone)\n"
        "• Guests: can make changes, too (was only look)"
    )
    assert await world.waiting() == []


async def test_the_form_shows_what_was_chosen(world: World) -> None:
    """It opens with what was chosen before, and with the person's own time zone where none was."""
    view = await opens(world)
    assert NEW_YORK in str(view.blocks)
    await saves(world, view)
    assert [message.text.splitlines()[1:] for message in said(world)] == [["• Time zone: America/New York (was UTC)"]]
    await world.settles(time_zone="Asia/Kolkata", digest=DigestSchedule(time(8, 15)), guests_may_change=True)
    again = str((await opens(world)).blocks)
    for part in ("Asia/Kolkata (UTC+5:30)", "'initial_time': '08:15'", "Next digest: "):
        assert part in again
    assert NEW_YORK not in again


async def test_digest_and_quiet_hours_are_planned_at_once(world: World) -> None:
    """What the form chooses is in force when the channel reads of it, as by the commands: the next digest has its time,
    and quiet hours in which it is saved have begun."""
    view = await opens(world)
    found = await world.slack.offered(view, Part.ZONE.action, user=BEN, query="munich")
    assert found.options[0]["value"] == "Europe/Berlin"  # the zone of a city that none is named after
    await chooses(world, view, Part.ZONE, "Europe/Berlin")
    await chooses(world, view, Part.DIGEST, "daily")
    await chooses(world, view, Part.QUIET, "on")
    begin = datetime.now(ZoneInfo("Europe/Berlin")) - timedelta(hours=1)
    end = begin + timedelta(hours=2)
    times = {Part.QUIET_FROM: [f"{begin:%H:%M}"], Part.QUIET_UNTIL: [f"{end:%H:%M}"], Part.THROUGH: ["nothing"]}
    await saves(world, view, times)
    async with world.store.reading() as session:
        (row,) = await session.scalars(select(ChannelSettingsRow))
    assert row.digest_due_at is not None
    assert row.digest_due_at.astimezone(ZoneInfo("Europe/Berlin")).time() == time(9)
    assert row.quiet_since is not None
    assert row.quiet_filter == "nothing"
    assert "no exceptions" in said(world)[-1].text


async def test_a_person_has_settings_of_their_own(world: World) -> None:
    """In direct messages the form is for the person alone; what they change is told to them, and changes no channel."""
    view = await opens(world, user=GIL, channel=world.slack.direct_message(GIL).id)
    await saves(world, view, {Part.FILTER: [ERRORS]})
    assert (await chosen(world, GIL)).default_filter == StatusFilter(ERRORS)
    assert await chosen(world) == ChannelSettings()
    (message,) = said(world)
    assert message.channel == world.slack.direct_message(GIL).id
    assert message.text.startswith("⚙️ You changed your settings:\n• New watches alert on: errors only")


async def test_a_mistake_is_said_at_its_field_and_loses_nothing(world: World) -> None:
    """Quiet hours that never end are refused under their field while the form stays as it was; corrected, the same form
    is saved with all that was chosen."""
    view = await opens(world)
    await chooses(world, view, Part.QUIET, "on")
    await chooses(world, view, Part.DIGEST, "daily")
    filled = {Part.QUIET_FROM: ["07:00"], Part.DIGEST_AT: ["10:00"], Part.THREADS: []}
    wrong = await saves(world, view, filled)
    assert wrong.errors == {Part.QUIET_UNTIL: "Quiet hours can't end when they begin. Choose another time."}
    assert await chosen(world) == ChannelSettings()
    right = await saves(world, view, {**filled, Part.QUIET_FROM: ["22:00"]})
    assert (right.errors, len(said(world))) == ({}, 1)
    now = await chosen(world)
    assert (now.digest, now.threads) == (DigestSchedule(time(10)), False)
    assert now.quiet_hours == QuietHours(time(22), time(7))


async def test_a_choice_that_is_taken_back_loses_nothing(world: World) -> None:
    """The time of a digest is still there after it was switched off and on again."""
    view = await opens(world)
    await chooses(world, view, Part.DIGEST, "weekly")
    await chooses(world, view, Part.DIGEST_AT, "17:45")
    await chooses(world, view, Part.WEEKDAY, "5")
    await chooses(world, view, Part.DIGEST, "off")
    await chooses(world, view, Part.DIGEST, "weekly")
    await saves(world, view)
    assert (await chosen(world)).digest == DigestSchedule(time(17, 45), 5)


async def test_a_form_that_slack_sends_twice_is_saved_once(world: World, slack: SlackStandIn) -> None:
    """The same form changes nothing the second time, not even what was changed since, and is told once."""
    view = await opens(world)
    sent = await saves(world, view, {Part.THREADS: []})
    assert sent.answer is not None
    await world.settles(threads=True)
    async with a_world(slack, world.path) as other:
        assert (await slack.repeat(sent.answer, retry=1)).status == 200
        await other.listeners.done()
    assert (await chosen(world)).threads
    assert len(said(world)) == 1


async def test_what_somebody_else_chose_meanwhile_stays(world: World) -> None:
    """Two people have the form open: the second one saves what they changed, and nothing of what the first one did."""
    bens, anns = await opens(world), await opens(world, user=ANN)
    await saves(world, bens, {Part.THREADS: []})
    await saves(world, anns, {Part.FILTER: [ERRORS]})
    now = await chosen(world)
    assert (now.threads, now.default_filter) == (False, StatusFilter(ERRORS))


async def test_whoever_was_shut_out_meanwhile_saves_nothing(world: World) -> None:
    """The form was open when changes were restricted: it says so at its first field, and nothing is saved."""
    view = await opens(world)
    await world.settles(changes_by=ChangesBy.CREATORS, restricted_by=ANN)
    submitted = await saves(world, view, {Part.THREADS: []})
    assert submitted.errors[Part.FILTER].startswith("Only somebody and admins can change the settings of this channel.")
    assert (await chosen(world)).threads


async def test_without_a_change_nobody_is_told(world: World) -> None:
    """Saved as it was opened, the form tells the person alone that all is as before."""
    await world.settles(time_zone=NEW_YORK)
    await saves(world, await opens(world))
    (message,) = said(world)
    assert (message.text, message.ephemeral_to) == (f"The settings of <#{OPS}> are as before.", BEN)


async def test_a_mention_gets_a_button(world: World) -> None:
    """A mention opens no form, so it is answered with a button that does."""
    (offer,) = await world.mentions("@jobwatch settings")
    assert offer.ephemeral_to == BEN
    await world.happens(world.slack.press(offer, "open_settings", user=BEN))
    assert world.slack.views.top(BEN) is not None


async def test_in_a_channel_without_the_bot(world: World) -> None:
    """Where the bot isn't a member the settings count all the same; the person alone reads whose, and what to do."""
    view = await opens(world, channel=GENERAL)
    await saves(world, view, {Part.THREADS: []})
    assert not (await chosen(world, GENERAL)).threads
    (message,) = said(world)
    assert f"settings of <#{GENERAL}>:\n• Threads: off (was on)" in message.text
    assert "In that channel, type /invite @jobwatch" in message.text
    assert await world.waiting(GENERAL) == []


async def test_while_slack_takes_no_message(world: World) -> None:
    """What was saved is told to the channel as soon as Slack accepts it."""
    view = await opens(world)
    world.slack.fail(Fault.HTTP_503, "chat.postMessage", times=None)
    await saves(world, view, {Part.THREADS: []})
    world.slack.heal()
    assert not (await chosen(world)).threads
    (waiting,) = await world.waiting(at=datetime.now(UTC) + timedelta(minutes=1))
    assert waiting.kind == "settings_confirmation"


async def test_a_save_that_takes_long_is_told_afterwards(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack waits three seconds: after that the form closes, and what came of it is told."""
    monkeypatch.setattr(saving, "_PATIENCE", 0.0)
    await world.settles(changes_by=ChangesBy.EVERYONE)
    view = await opens(world)
    await world.settles(changes_by=ChangesBy.CREATORS, restricted_by=ANN)
    assert (await saves(world, view, {Part.THREADS: []})).errors == {}
    (message,) = said(world)
    assert message.ephemeral_to == BEN
    assert message.text.startswith(f"Only <@{ANN}> and admins can change the settings")


async def test_a_trigger_that_expired_is_answered_with_a_line(world: World) -> None:
    """Where Slack doesn't open the form any more, the person reads what to type."""
    world.slack.fail("expired_trigger_id", method="views.open")
    answer = await world.asks("settings")
    assert answer.text.startswith("Slack didn't open the form")
    assert answer.text.endswith("/job settings")


async def test_new_watches_get_the_default_filter(world: World) -> None:
    """A watch that says nothing of a filter gets the channel's: of one job, of all that match, and in the form. One
    that does gets its own, and one that exists keeps it."""
    world.jobs.listed = [job(UP, ORDERS, "orders"), job(WARNING, CLICKS, "clicks")]
    await world.asks(f"watch {ORDERS}")
    await world.settles(default_filter=StatusFilter(ERRORS))
    assert "· every status change" in (await world.asks(f"watch {ORDERS}")).text
    assert "run 48211 only" in (told := (await world.asks(f"watch {CLICKS}")).text)
    assert "errors only" in told
    assert "errors only" in (await world.asks("watch all matching cli*")).text
    assert "problems only" in (await world.asks("watch all matching ord* on problems")).text
    assert "every status change" in (await world.asks(f"watch {CLICKS.dataflow} to me")).text
    await world.says("watch")
    await world.listeners.done()
    view = world.slack.views.top(BEN)
    assert view is not None
    assert "on errors only" in str(view.blocks)
    await world.slack.offered(view, "choose_job", user=BEN, query="")
    await world.slack.submit(view, user=BEN, state={("job", "choose_job"): [ORDERS.dataflow]})
    await world.listeners.done()
    assert "errors only" in said(world)[-1].text


def test_the_words_of_the_button() -> None:
    """In direct messages the button's message speaks of the person's own settings."""
    assert changes.open_button(to_person=True).text == "See and change your settings:"
