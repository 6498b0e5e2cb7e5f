"""The settings of a channel, from the form to what they do: each field does what it says."""

from bot.demo.slack.stand_in import ADMIN, GUEST, Message, View
from tests.scenarios.clocks import NIGHTS, moments
from tests.scenarios.conftest import ItIs
from tests.scenarios.in_process import Bot
from tests.scenarios.test_digests import come
from tests.scenarios.test_digests import nth as nth_digest
from tests.scenarios.test_home import chooses, modal
from tests.scenarios.test_home import opens as opens_home
from tests.scenarios.test_silences import nth as nth_end
from tests.scenarios.test_silences import turned
from tests.scenarios.world import DATAFLOW, JOB, LIMIT_S, MEMBER, NAME, RUN, World, shown

GENERAL = "C0DEMOGEN1"


async def opens(world: World, user: str = MEMBER.id) -> View:
    """Somebody opens the form by the button of the help."""
    help_text = await world.reply("help", user=user)
    await world.slack.press(help_text, "open_settings", user=user)
    await world.slack.until(lambda: world.slack.views.top(user) is not None, LIMIT_S, [])
    view = world.slack.views.top(user)
    assert view is not None
    return view


async def uses(world: World, view: View, action: str, value: str | list[str], shows: str = "") -> None:
    """Somebody uses a field; the form is drawn anew and shows what comes of it."""
    before = view.hash
    await world.slack.press_in_view(view, action, user=view.user, value=value)
    await world.slack.until(lambda: view.hash != before, LIMIT_S, [view.blocks])
    assert shows in str(view.blocks)


async def saves(world: World, view: View) -> Message:
    """Somebody saves the form; what the channel reads of it."""
    before = len(world.slack.messages)
    sent = await world.slack.submit(view, user=view.user)
    assert (sent.errors, sent.complaint) == ({}, None)
    return await world.slack.wait_for(lambda m: m in world.slack.messages[before:] and "changed the settings" in m.text)


async def each_field_works(world: World) -> None:
    """The form is filled in field by field and saved; new watches and alerts are as it says; members are refused what
    is restricted, and the person who restricted it, creators and admins aren't."""
    slack = world.slack
    view = await opens(world)
    await uses(world, view, "settings_new_watches", "statuses", "'block_id': 'new_statuses'")
    await uses(world, view, "settings_new_statuses", ["Stopped"])
    await uses(world, view, "settings_new_watches", "errors")
    await uses(world, view, "settings_threads", [])
    await chooses_zone(world, view, "kolkata", "Asia/Kolkata", "UTC+5:30")
    await chooses_zone(world, view, "new york", "America/New_York", "UTC-5")
    await uses(world, view, "settings_digest", "weekly", "'block_id': 'weekday'")
    await uses(world, view, "settings_weekday", "2", "12 Mar 2031 13:00 UTC")
    await uses(world, view, "settings_digest_at", "08:15", "'initial_time': '08:15'")
    await uses(world, view, "settings_digest", "daily")
    await uses(world, view, "settings_digest_at", "09:00", "9 Mar 2031 13:00 UTC")
    await uses(world, view, "settings_quiet", "on", "Quiet hours from 22:00 until 7:00 the next day")
    await uses(world, view, "settings_quiet_from", "06:00", "Quiet hours from 6:00 until 7:00:")
    await uses(world, view, "settings_quiet_until", "06:00", "'initial_time': '06:00'")
    wrong = await slack.submit(view, user=MEMBER.id)
    assert wrong.errors == {"quiet_until": "Quiet hours can't end when they begin. Choose another time."}
    await uses(world, view, "settings_quiet_until", "05:30", "Quiet hours from 6:00 until 5:30 the next day")
    await uses(world, view, "settings_through", "statuses", "'block_id': 'through_statuses'")
    await uses(world, view, "settings_through_statuses", ["Stopped"], "alerts on Stopped only")
    await uses(world, view, "settings_through", "errors")
    await uses(world, view, "settings_quiet_from", "22:00")
    await uses(world, view, "settings_quiet_until", "09:00")
    await uses(world, view, "settings_who", "creators", "only you and admins can change these settings")
    await uses(world, view, "settings_guests", ["on"])
    await uses(world, view, "settings_guests", [])
    told = await saves(world, view)
    assert told.channel == world.channel
    assert told.ephemeral_to is None
    assert shown(told).splitlines()[1:] == [
        "• New watches alert on: errors only (was every status change)",
        "• Threads: off (was on)",
        "• Time zone: America/New York (was UTC)",
        "• Digest: every day at 9:00 (was off)",
        "• Quiet hours: 22:00–9:00, except errors (was off)",
        "• Who can change watches and settings: creators and admins (was everyone)",
    ]

    # The settings are in force: the default filter, no threads, and who may change things.
    confirmed = await world.reply(f"watch {JOB}", user=ADMIN.id)
    assert "errors only" in confirmed.text
    world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
    await world.alert("Running with Error")
    world.jobs.set_status(DATAFLOW, RUN, "Up and Running")
    recovered = await world.alert("Up and Running")
    assert recovered.thread_ts is None
    refused = await world.reply(f"unwatch {NAME}")
    assert refused.ephemeral_to == MEMBER.id
    assert refused.text.startswith(f"Only <@{ADMIN.id}> and admins can change this watch.")
    before = len(slack.messages)
    await slack.press(confirmed, "unwatch_job", user=MEMBER.id)
    again = await slack.wait_for(lambda m: m in slack.messages[before:])
    assert again.text == refused.text
    assert f"is watching all jobs matching {NAME}" in (await world.reply(f"watch all matching {NAME}")).text
    assert "stopped watching all jobs" in (await world.reply(f"unwatch all matching {NAME}")).text
    assert "stopped watching" in (await world.reply(f"unwatch {NAME}", user=ADMIN.id)).text
    assert "turned threads on" in (await world.reply("threads on")).text  # he restricted it


async def chooses_zone(world: World, view: View, query: str, zone: str, shows: str) -> None:
    found = await world.slack.offered(view, "settings_zone", user=MEMBER.id, query=query)
    assert f"{zone.replace('_', ' ')} ({shows})" in str(found.options)
    await uses(world, view, "settings_zone", zone, shows)


async def times_are_kept(world: World, bot: Bot, it_is: ItIs) -> None:
    """What was saved before clocks are changed comes at its time of day after it, and the form shows that time, and
    when it comes next; a zone that is chosen counts from then on."""
    await world.reply(f"watch {JOB}")
    for number, night in enumerate(NIGHTS, 1):
        it_is(night.evening)
        await turned(bot, 2 * number - 1)
        await world.slack.until(lambda: len(come(world)) >= 2 * number - 2, LIMIT_S, world.slack.messages)  # noqa: B023
        view = await opens(world)
        if night.zone not in str(view.blocks):
            await chooses_zone(world, view, "kolkata", night.zone, "UTC+5:30")
        for shown_time in ("09:00", "22:00"):
            assert f"'initial_time': '{shown_time}'" in str(view.blocks)
        assert moments(view.blocks) == {f"{night.morning}:00"}
        if night is NIGHTS[-1]:
            await saves(world, view)
        else:
            world.slack.close_view(view, user=MEMBER.id)
        it_is(night.morning)
        end = await nth_end(world, number)
        assert "nothing changed" in end or "no changes seen" in end  # whether the poll after the night was written
        await nth_digest(world, 2 * number - 1)


async def test_each_field_of_the_form_works(either_world: World, it_is: ItIs) -> None:
    """Each field of the form does what it says, also when clocks have changed since."""
    it_is("2031-03-08T17:00")  # noon in New York
    async with either_world.bots() as bot:
        await each_field_works(either_world)
        await times_are_kept(either_world, bot, it_is)


async def test_a_guest_looks_and_changes_nothing(world: World) -> None:
    """A guest looks up, lists, and watches for themselves; what the channel watches they change by no command, button,
    form, Home tab or other channel, until a member lets guests make changes."""
    slack, guest = world.slack, GUEST.id
    await slack.invite(GENERAL)
    slack.channels[GENERAL].members.add(guest)
    async with world.bot():
        confirmed = await world.reply(f"watch {JOB}")
        assert "✅" in (await world.reply(f"status {JOB}", user=guest)).text
        assert NAME in (await world.reply("list", user=guest)).text
        for line in (f"unwatch {NAME}", f"mute {NAME} 2h", "threads off", "settings", f"watch {JOB} to <#{GENERAL}>"):
            answer = await world.reply(line, user=guest)
            assert answer.ephemeral_to == guest, line
            assert answer.text.startswith("Only members can change"), line
        before = len(slack.messages)
        await slack.press(confirmed, "change_watch", user=guest)
        pressed = await slack.wait_for(lambda m: m in slack.messages[before:])
        assert pressed.text.startswith("Only members can change what this channel watches, not guests.")

        await opens_home(world, guest)
        for label in ("Mute for 1\xa0h", "Stop watching…"):
            await chooses(world, NAME, label, user=guest)
            told = await modal(world, "Only members", guest)
            slack.close_view(told, user=guest)

        await world.send("watch", user=guest)
        await slack.until(lambda: slack.views.top(guest) is not None, LIMIT_S, [])
        view = slack.views.top(guest)
        assert view is not None
        await slack.until(lambda: "Only members" in str(view.blocks), LIMIT_S, [view.blocks])
        await slack.offered(view, "choose_job", user=guest, query="")
        sent = await slack.submit(view, user=guest, state={("job", "choose_job"): [DATAFLOW]})
        assert sent.errors["place"].startswith("Only members can change what this channel watches")
        await slack.press_in_view(
            view, "choose_place", user=guest, value="me", state={("job", "choose_job"): [DATAFLOW]}
        )
        await slack.until(lambda: "Only members" not in str(view.blocks), LIMIT_S, [view.blocks])
        sent = await slack.submit(view, user=guest, state={("job", "choose_job"): [DATAFLOW]})
        assert (sent.errors, sent.complaint) == ({}, None)
        direct = slack.direct_message(guest).id
        await slack.wait_for(lambda m: m.channel == direct and "You'll get alerts for" in m.text, LIMIT_S)

        settings = await opens(world)
        await uses(world, settings, "settings_guests", ["on"])
        assert "• Guests: can make changes, too (was only look)" in shown(await saves(world, settings))
        assert "stopped watching" in (await world.reply(f"unwatch {NAME}", user=guest)).text
