"""Shortcuts and links to jobs, in the whole bot."""

from bot.demo.informatica.stand_in import DEMO_JOBS, Fault
from bot.demo.slack.stand_in import MEMBER, PARTNER, Message, SlackStandIn, View
from tests.scenarios.conftest import needs_list
from tests.scenarios.world import DATAFLOW, LIMIT_S, NAME, PRIVATE, RUN, World

HOST = "jobs.example.com"
SETTINGS = {"INFORMATICA_JOB_URL": f"https://{HOST}/monitor/{{dataflow}}/{{run}}"}
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


@needs_list
async def test_a_job_is_looked_up_from_anywhere(world: World) -> None:
    """The global shortcut finds a job by its name and shows its status, history, details and page; *Watch…* fills in
    the form, which asks where the alerts go."""
    slack = world.slack
    async with world.bot(**SETTINGS):
        await slack.use_shortcut("look_up_job", user=MEMBER.id)
        view = await shows(slack, "Choose a job")
        found = await slack.offered(view, "look_up_choose", user=MEMBER.id, query=NAME[:6])
        assert NAME in str(found.options)
        await slack.press_in_view(view, "look_up_choose", user=MEMBER.id, value=DATAFLOW)
        await shows(slack, "Up and Running")
        await slack.press_in_view(view, "look_up_history", user=MEMBER.id)
        await shows(slack, "There is no history for")
        await slack.press_in_view(view, "look_up_details", user=MEMBER.id)
        await shows(slack, "Dataflow: ")
        await slack.press_in_view(view, "open_job", user=MEMBER.id)
        await slack.press_in_view(view, "look_up_status", user=MEMBER.id)
        await shows(slack, "Deployed")
        await slack.press_in_view(view, "look_up_watch", user=MEMBER.id)
        view = await shows(slack, "you by direct message")
        assert (await slack.submit(view, user=MEMBER.id)).errors == {}
        told = await slack.wait_for(lambda message: "You'll get alerts" in message.text, LIMIT_S)
        assert (told.channel, NAME in told.text) == (slack.direct_message(MEMBER.id).id, True)

        await slack.use_shortcut("look_up_job", user=PARTNER.id)
        await shows(slack, "I only work for members of the workspace", PARTNER.id)


async def is_watched_from_a_message(world: World) -> None:
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
    view = await shows(slack, "Alerts for ")  # its own buttons name the run
    assert f"{DATAFLOW}/{RUN}" in str(view.content)


@needs_list
async def test_a_job_is_watched_from_a_message(world: World) -> None:
    """The message shortcut, over Socket Mode, opens the form for the job that a message names, asks if there are
    several, and says so if there is none."""
    async with world.bot(SLACK_APP_TOKEN=world.slack.app.app_token, **SETTINGS):
        await is_watched_from_a_message(world)


@needs_list
async def test_a_job_is_watched_from_a_message_on_postgresql(postgresql_world: World) -> None:
    """The same on PostgreSQL, by HTTP, with two workers beside the process that answers Slack."""
    world = postgresql_world
    async with world.bot("web", **SETTINGS), world.bot("worker", PORT=""), world.bot("worker", PORT=""):
        await is_watched_from_a_message(world)


async def test_links_show_the_status(world: World) -> None:
    """A link to a job shows its status and has buttons that work; nothing is said where others would see it, where the
    bot can't know who does, of unknown links, and if the look-up fails."""
    slack, channel = world.slack, world.channel
    slack.app.unfurl_domains = {HOST}
    async with world.bot(**SETTINGS):
        posted = await slack.post(MEMBER.id, channel, f"Look at {LINK}?tab=1&x=2 and {LINK}")
        assert posted is not None
        message = slack.messages[-1]
        await slack.until(lambda: bool(message.unfurls), LIMIT_S, [message])
        assert list(message.unfurls) == [f"{LINK}?tab=1&amp;x=2"]
        assert "Up and Running" in unfurled(message)
        await slack.press(message, "show_job", user=MEMBER.id)
        await world.private_reply(f"{NAME} is Up and Running")
        await slack.press(message, "watch_job", user=MEMBER.id)
        await slack.wait_for(lambda each: f"is watching {NAME}" in each.text, LIMIT_S)

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
    assert len([call for call in slack.calls if call.method == "chat.unfurl"]) == 1
    assert [each for each in slack.messages if each.unfurls] == [message]


def unfurled(message: Message) -> str:
    return str([*message.unfurls.values()])
