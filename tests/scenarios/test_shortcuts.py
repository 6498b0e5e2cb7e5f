"""Shortcuts and links to jobs, in the whole bot."""

import re
from collections.abc import Sequence

from bot.demo.informatica.stand_in import DEMO_JOBS, Fault
from bot.demo.slack.stand_in import MEMBER, PARTNER, Answer, Call, Message, SlackStandIn, View
from tests.scenarios.clocks import NIGHTS, moments
from tests.scenarios.conftest import ItIs, needs_list
from tests.scenarios.world import DATAFLOW, LIMIT_S, NAME, PRIVATE, RUN, World

HOST = "jobs.example.com"
# Nothing here waits for polls.
SETTINGS = {"INFORMATICA_JOB_URL": f"https://{HOST}/monitor/{{dataflow}}/{{run}}", "POLL_INTERVAL": "10"}
LINK = f"https://{HOST}/monitor/{DATAFLOW}/{RUN}"
SHARED = "C0PARTEXT1"  # with another company
OTHER = DEMO_JOBS[1][0]


async def shows(slack: SlackStandIn, words: str, user: str = MEMBER.id) -> View:
    """Wait until the person's modal shows these words."""

    def content() -> str:
        view = slack.views.top(user)
        return str(view.content) if view else ""

    await slack.until(lambda: words in content(), LIMIT_S, [content()])
    view = slack.views.top(user)
    assert view is not None
    return view


async def looks_up(world: World) -> View:
    """Somebody chooses a job in the modal of the global shortcut."""
    slack = world.slack
    await slack.use_shortcut("look_up_job", user=MEMBER.id)
    view = await shows(slack, "Choose a job")
    found = await slack.offered(view, "look_up_choose", user=MEMBER.id, query=NAME[:6])
    assert NAME in str(found.options)
    await slack.press_in_view(view, "look_up_choose", user=MEMBER.id, value=DATAFLOW)
    return await shows(slack, "Deployed")


async def is_looked_up_from_anywhere(world: World) -> None:
    """The global shortcut finds a job by its name and shows its status, history, details and page; *Watch…* fills in
    the form, which asks where the alerts go."""
    slack, view = world.slack, await looks_up(world)
    await slack.press_in_view(view, "look_up_history", user=MEMBER.id)
    await shows(slack, "There is no history for")
    await slack.press_in_view(view, "look_up_details", user=MEMBER.id)
    await shows(slack, "Dataflow: ")
    await slack.press_in_view(view, "open_job", user=MEMBER.id)
    await slack.press_in_view(view, "look_up_status", user=MEMBER.id)
    await shows(slack, "Up and Running")
    await slack.press_in_view(view, "look_up_watch", user=MEMBER.id)
    view = await shows(slack, "you by direct message")
    assert (await slack.submit(view, user=MEMBER.id)).errors == {}
    told = await slack.wait_for(lambda message: "You'll get alerts" in message.text, LIMIT_S)
    assert (told.channel, NAME in told.text) == (slack.direct_message(MEMBER.id).id, True)

    await slack.use_shortcut("look_up_job", user=PARTNER.id)
    await shows(slack, "I only work for members of the workspace", PARTNER.id)


async def is_watched_from_a_message(world: World) -> None:
    """The message shortcut opens the form for the job that a message names, asks if there are several, and says so if
    there is none."""
    slack, channel = world.slack, world.channel

    async def uses_shortcut(text: str, shown: str, user: str = MEMBER.id) -> View:
        message = slack.say(user, channel, text)
        await slack.use_shortcut_on(message, "watch_job_in_message", user=user)
        return await shows(slack, shown, user)

    view = await uses_shortcut("Good morning", "I found no job in this message")
    await slack.press_in_view(view, "choose_job_to_watch", user=MEMBER.id)
    view = await shows(slack, "the job you choose")
    slack.close_view(view, user=MEMBER.id)

    view = await uses_shortcut(f"{OTHER} waits for <{LINK}>", "2 jobs in this message")
    await slack.press_in_view(view, "choose_job_to_watch", user=MEMBER.id)  # the first: its link says exactly which
    view = await shows(slack, "Alerts for ")
    assert f"'channel_id': '{channel}'" in str(view.content)
    assert (await slack.submit(view, user=MEMBER.id)).errors == {}
    told = await slack.wait_for(lambda message: f"is watching {NAME}" in message.text, LIMIT_S)
    assert (told.channel, told.ephemeral_to) == (channel, None)

    await slack.use_shortcut_on(told, "watch_job_in_message", user=MEMBER.id)
    view = await shows(slack, "From now on, alerts for ")  # its own buttons name the run, which is watched here now
    assert f"{DATAFLOW}/{RUN}" in str(view.content)
    slack.close_view(view, user=MEMBER.id)


async def is_shown_below_a_link(world: World, text: str) -> tuple[Answer | None, Message]:
    """Somebody posts a link to a job, which shows its status; what the bot answered, and the message."""
    posted = await world.slack.post(MEMBER.id, world.channel, text)
    message = world.slack.messages[-1]
    await world.slack.until(lambda: bool(message.unfurls), LIMIT_S, [message])
    assert "Up and Running" in str([*message.unfurls.values()])
    return posted, message


async def is_only_shown_where_all_may_look(world: World) -> None:
    """A link to a job shows its status and has buttons that work; nothing is said where others would see it, where the
    bot can't know who does, of unknown links, and if the look-up fails."""
    slack, channel = world.slack, world.channel
    before = len(unfurls(slack))
    posted, message = await is_shown_below_a_link(world, f"Look at {LINK}?tab=1&x=2 and {LINK}")
    assert posted is not None
    assert list(message.unfurls) == [f"{LINK}?tab=1&amp;x=2"]
    await slack.press(message, "show_job", user=MEMBER.id)
    await world.private_reply(f"{NAME} is Up and Running")
    await slack.press(message, "change_watch", user=MEMBER.id)  # the channel watches it
    slack.close_view(await shows(slack, "Change a watch"), user=MEMBER.id)

    await slack.repeat(posted, retry=1)
    for user, place in ((MEMBER.id, SHARED), (PARTNER.id, SHARED)):
        await slack.post(user, place, LINK)
    slack.channels[PRIVATE].members = {MEMBER.id}  # the bot can't see it
    await slack.post(MEMBER.id, PRIVATE, LINK)
    await slack.post(MEMBER.id, channel, f"https://{HOST}/admin/{DATAFLOW}")
    composer = {"channel": "COMPOSER", "message_ts": "x", "unfurl_id": "x", "source": "composer"}
    links = [{"domain": HOST, "url": LINK}]
    await slack.event({"type": "link_shared", "user": MEMBER.id, "links": links, **composer})
    world.jobs.fail(Fault.SERVER_ERROR)
    await slack.post(MEMBER.id, channel, LINK)
    assert len(unfurls(slack)) == before + 1


def unfurls(slack: SlackStandIn) -> Sequence[Call]:
    return [call for call in slack.calls if call.method == "chat.unfurl"]


# In the evenings: the day in the history, and for how long the job has been running.
SHOWN = (
    ("Sat 08", r"1\xa0d"),
    ("Sat 01", r"238\xa0d\xa023\xa0h"),
    ("Wed 31", r"299\xa0d"),
    ("Fri 02", r"300\xa0d\xa013\xa0h"),
)


@needs_list
async def test_shortcuts_and_links(either_world: World, it_is: ItIs) -> None:
    """A job is looked up and watched from anywhere, watched from a message, and shown below links to it, by HTTP and
    over Socket Mode. Times are right, whatever clocks did since: when it was deployed, for how long it has been
    running, the days of its history on the person's clock, and as of when a link shows it."""
    world, slack = either_world, either_world.slack
    is_sqlite = world.settings["DATABASE_URL"].startswith("sqlite")
    socket_mode = {"SLACK_APP_TOKEN": slack.app.app_token} if is_sqlite else {}
    slack.app.unfurl_domains = {HOST}
    it_is("2031-03-08T04:00")
    world.jobs.add(NAME, DATAFLOW, RUN)  # it is deployed now
    async with world.bots(**SETTINGS, **socket_mode):
        await is_looked_up_from_anywhere(world)
        await is_watched_from_a_message(world)
        view = await looks_up(world)
        for night, (day, lasted) in zip(NIGHTS, SHOWN, strict=True):
            it_is(night.evening)
            slack.users[MEMBER.id].tz = night.zone
            await slack.press_in_view(view, "look_up_history", user=MEMBER.id)
            await shows(slack, f"'text': '{day}'")
            assert re.findall(r"'text': '(\w{3} \d\d)'", str(view.blocks))[-1] == day
            await slack.press_in_view(view, "look_up_status", user=MEMBER.id)
            await shows(slack, rf"Running for*\n{lasted}'")
            assert "2031-03-08T04:00:01" in moments(view.blocks)
            _, message = await is_shown_below_a_link(world, LINK)
            (as_of,) = moments(message.unfurls)
            assert as_of.startswith(night.evening[:13])  # the hour
        await is_only_shown_where_all_may_look(world)
