"""`@jobwatch …` in a channel is answered like the command."""

from typing import Any

from bot.demo.slack.stand_in import SlackStandIn
from bot.demo.slack.workspace.members import PARTNER_TEAM
from bot.slack.grammar.commands import Help, ListHere, OpenWatch, ShowStatus
from bot.slack.grammar.references import Name
from bot.slack.mention import mentioned_text, read_mention
from tests.cast import UP, job
from tests.slack.world import ANN, BEN, GENERAL, GIL, OPS, ORDERS, PAYROLL, PIA, SHARED, World, a_world

ME = "U0DEMOBOT1"


# ── what a message asks for ─────────────────────────────────────────────────────────────────────────────────────────


def test_what_stands_beside_the_mention_is_the_command() -> None:
    """It follows the mention on its line, else it precedes it; no mention gets into it, and case and marks don't."""
    for text, meant in {
        f"<@{ME}> status orders": "status orders",
        f"<@{ME}|jobwatch>   status   orders ": "status orders",
        f"<@{ME}>: status orders": "status orders",
        f"<@{ME}>, status orders": "status orders",
        f"hey <@{ME}> status orders": "status orders",
        f"status orders <@{ME}>": "status orders",
        f"<@{ME}> status orders <@{ME}>": "status orders",
        f"<@{ME}> <@{ME}> status orders": "status orders",
        f"Good morning.\n<@{ME}> status orders\nThanks": "status orders",
        f"<@{ME}> watch orders owner <@{BEN}>": f"watch orders owner <@{BEN}>",
        f"<@{ME}>": "",
        f"<@{ME}> a &amp; b": "a &amp; b",
    }.items():
        assert mentioned_text({"text": text}, ME) == meant, text


def test_what_is_not_meant_for_the_bot() -> None:
    """Nobody is answered for a message without a mention, one that was edited, or one by a bot."""
    text = f"<@{ME}> status orders"
    events: list[dict[str, Any]] = [
        {"text": f"<@{BEN}> status orders"},
        {"text": f"{ME} status"},
        {},
        {"text": 7},
        {"text": text, "edited": {"user": BEN, "ts": "1.0"}},
        {"text": text, "bot_id": "B1"},
        {"text": text, "subtype": "bot_message"},
    ]
    for event in events:
        assert mentioned_text(event, ME) is None, event


def test_the_grammar_is_the_commands() -> None:
    """The text means what it means after the command; chatter that is no command is no grammar error."""
    assert read_mention("") == Help()
    assert read_mention("status orders") == read_mention("orders") == ShowStatus(Name("orders"))
    assert read_mention("LIST") == ListHere()
    assert read_mention("watch") == OpenWatch()
    assert read_mention("mute orders 5") is not None
    assert read_mention("<@U0BEN> look") is None
    assert read_mention("x" * 1_001) is None


# ── what is answered, and who sees it ───────────────────────────────────────────────────────────────────────────────


async def test_a_look_up_is_private(world: World) -> None:
    """The person alone sees the job, in the channel or in the thread where they asked."""
    world.jobs.listed = [job(UP, ORDERS, "orders")]
    (answer,) = await world.mentions("@jobwatch status orders")
    assert (answer.channel, answer.ephemeral_to, answer.thread_ts) == (OPS, BEN, None)
    assert "Up and Running" in answer.text
    parent = world.slack.say(ANN, OPS, "What about orders?")
    (answer,) = await world.mentions("@jobwatch status orders", thread=parent.ts)
    assert (answer.channel, answer.ephemeral_to, answer.thread_ts) == (OPS, BEN, parent.ts)
    (answer,) = await world.mentions("@jobwatch")
    assert answer.ephemeral_to == BEN
    assert "/job status" in answer.text


async def test_what_concerns_the_channel_stands_in_it(world: World) -> None:
    """A watch, a mute and their ends are confirmed to everybody, also if they were asked for in a thread."""
    parent = world.slack.say(ANN, OPS, "Let's watch orders.")
    for line, words in (
        (f"watch {ORDERS}", "is watching"),
        (f"mute {ORDERS} 2h", "muted"),
        (f"unmute {ORDERS}", "unmuted"),
        (f"unwatch {ORDERS}", "stopped watching"),
    ):
        (answer,) = await world.mentions(f"@jobwatch {line}", thread=parent.ts)
        assert (answer.channel, answer.ephemeral_to, answer.thread_ts) == (OPS, None, None)
        assert words in answer.text
    assert await world.subscribed() == []


async def test_a_form_is_opened_by_a_button(world: World) -> None:
    """A mention can't open a form: its reply has a button that does, with what was said filled in."""
    (answer,) = await world.mentions("@jobwatch watch on errors")
    assert answer.ephemeral_to == BEN
    await world.happens(world.slack.press(answer, "open_watch_form", user=BEN))
    view = world.slack.views.top(BEN)
    assert view is not None
    assert "errors only" in str(view.blocks)


async def test_other_words_get_one_line(world: World) -> None:
    """What can't be a command gets one line of help; a command with a mistake gets its line to copy."""
    (answer,) = await world.mentions("@jobwatch @ada look at this")
    assert answer.ephemeral_to == BEN
    assert answer.text == "I don't understand that. Try @jobwatch status NAME or /job help."
    (answer,) = await world.mentions("@jobwatch list all of them")
    assert "/job list page 2" in answer.text


async def test_who_may_ask(world: World) -> None:
    """A guest is answered in their channel; a person of a partner company gets one sentence and nothing else; where the
    bot isn't, Slack tells it nothing."""
    world.slack.channels[OPS].members.add(GIL)
    (answer,) = await world.mentions(f"@jobwatch status {ORDERS}", user=GIL)
    assert answer.ephemeral_to == GIL
    for text in (f"@jobwatch watch {ORDERS}", "@jobwatch list all of them", "@jobwatch watch"):
        (answer,) = await world.mentions(text, user=PIA, channel=SHARED)
        assert (answer.channel, answer.ephemeral_to) == (SHARED, PIA)
        assert "orders" not in answer.text
        assert answer.text.startswith("I only work for members of the workspace")
    assert await world.mentions(f"@jobwatch status {ORDERS}", channel=GENERAL) == []
    assert world.jobs.asked == [ORDERS]
    assert await world.subscribed() == []


async def test_what_is_not_for_it_is_not_answered(world: World) -> None:
    """An edited message, a bot's, and one that only names the bot get nothing, and neither does a direct message."""
    before = len(world.slack.messages)
    event = {"type": "app_mention", "user": BEN, "text": f"<@{ME}> status {ORDERS}", "ts": "1.0", "channel": OPS}
    for more in ({"edited": {"user": BEN, "ts": "2.0"}}, {"bot_id": "B1"}, {"text": "jobwatch status"}, {"user": None}):
        await world.happens(world.slack.event({**event, **more}))
    assert len(world.slack.messages) == before


async def test_a_mention_is_answered_once(world: World, slack: SlackStandIn) -> None:
    """However often Slack delivers it, and to however many processes, a change is confirmed once; in one process every
    other answer is given once, too."""
    before = len(slack.messages)
    for text, words in ((f"@jobwatch watch {ORDERS}", "is watching"), ("@jobwatch <@U1> look", "don't understand")):
        heard = world.listeners.heard
        delivered = await slack.post(BEN, OPS, text)
        assert delivered is not None
        await world.listeners.done(heard + 1)
        await world.happens(slack.repeat(delivered, retry=1))
        _, *answers = slack.messages[before:]
        assert len(answers) == 1
        assert words in answers[0].text
        before = len(slack.messages)
    heard = world.listeners.heard
    delivered = await slack.post(BEN, OPS, f"@jobwatch unwatch {ORDERS}")
    assert delivered is not None
    await world.listeners.done(heard + 1)
    async with a_world(slack, world.path) as other:
        await slack.repeat(delivered, retry=2)
        await other.listeners.done(1)
    assert len(slack.messages) == before + 2


async def test_a_private_channel_keeps_its_jobs(world: World) -> None:
    """A mention in one channel shows nothing of what another, private one watches."""
    await world.mentions(f"@jobwatch watch {ORDERS}", channel=PAYROLL, user=ANN)
    (answer,) = await world.mentions("@jobwatch list", user=ANN)
    assert "doesn't watch any jobs" in answer.text
    (answer,) = await world.mentions("@jobwatch list", channel=PAYROLL, user=ANN)
    assert "watches 1 job" in answer.text


async def test_a_failure_is_explained(world: World) -> None:
    """Where Slack takes no ephemeral message in the channel, the reply goes by direct message."""
    world.slack.fail("user_not_in_channel", method="chat.postEphemeral")
    (answer,) = await world.mentions(f"@jobwatch status {ORDERS}")
    assert answer.channel == world.slack.direct_message(BEN).id
    assert PARTNER_TEAM not in answer.text
