import json

from bot.demo.slack.stand_in import Message
from bot.informatica.errors import Unreachable
from bot.slack.grammar.presses import Action
from tests.slack.world import ANN, BEN, LINK, ORDERS, World


def labels(message: Message) -> list[str]:
    """The buttons of a card."""
    return [button["text"]["text"] for button in message.blocks[-1]["elements"]]  # type: ignore[attr-defined]


async def test_a_card_shows_what_the_place_does_with_the_job(world: World) -> None:
    """Where the job is watched the card says so and leads to the watch and the history; elsewhere it offers to watch.
    What somebody watches by direct message shows on their own cards only."""
    card = await world.asks(f"status {ORDERS.dataflow}")
    assert card.text.startswith("✅ orders is Up and Running")
    assert labels(card) == ["Watch here", "Share here", "Open", "Details"]
    await world.says(f"watch {ORDERS.dataflow} to me", user=ANN)
    await world.listeners.done()
    anns = await world.asks(f"status {ORDERS.dataflow}", user=ANN)
    assert labels(anns) == ["Watch here", "Share here", "History", "Open", "Details"]
    assert labels(await world.presses(anns, Action.SHARE, user=ANN)) == ["Show status", "Watch here", "Open", "Details"]
    assert labels(await world.asks(f"status {ORDERS.dataflow}")) == ["Watch here", "Share here", "Open", "Details"]

    await world.presses(card, Action.WATCH)
    watched = await world.asks(f"status {ORDERS.dataflow}")
    assert labels(watched) == ["Watching ✓", "Share here", "History", "Open", "Details"]
    assert "No changes in this time" in (await world.presses(watched, Action.HISTORY)).text
    await world.happens(world.slack.press(watched, Action.CHANGE, user=BEN))
    form = world.slack.views.top(BEN)
    assert form is not None
    assert form.content["title"] == {"type": "plain_text", "text": "Change a watch"}


async def test_a_card_leads_to_the_jobs_page(world: World) -> None:
    """The button opens the page of the run, and nothing comes of Slack's report of the press."""
    card = await world.asks(f"status {ORDERS.dataflow}")
    before = len(world.slack.messages)
    (button,) = [one for one in card.blocks[-1]["elements"] if "url" in one]  # type: ignore[attr-defined]
    assert button["url"] == LINK.url(ORDERS)
    await world.happens(world.slack.press(card, "open_job", user=BEN))
    assert len(world.slack.messages) == before


async def test_a_card_in_a_direct_message_is_not_shared(world: World) -> None:
    """There is nobody to share with."""
    card = await world.asks(f"status {ORDERS.dataflow}", channel=world.slack.direct_message(BEN).id)
    assert labels(card) == ["Watch here", "Open", "Details"]


async def test_details_hold_the_ids(world: World) -> None:
    """IDs stand in a modal, which opens before the job has been looked up and says why if that fails."""
    card = await world.asks(f"status {ORDERS.dataflow}")
    assert ORDERS.dataflow not in card.text
    await world.happens(world.slack.press(card, Action.DETAILS, user=BEN))
    view = world.slack.views.top(BEN)
    assert view is not None
    for known in (ORDERS.dataflow, str(ORDERS.run), "Version: ", LINK.url(ORDERS)):
        assert known in json.dumps(view.content), known
    world.slack.close_view(view, user=BEN)

    world.jobs.answers[ORDERS] = Unreachable()
    await world.happens(world.slack.press(card, Action.DETAILS, user=BEN))
    view = world.slack.views.top(BEN)
    assert view is not None
    for known in ("Can't check this job now: ", ORDERS.dataflow):
        assert known in json.dumps(view.content), known


async def test_details_that_slack_does_not_open(world: World) -> None:
    """The person is told, and presses again."""
    card = await world.asks(f"status {ORDERS.dataflow}")
    world.slack.fail("expired_trigger_id", method="views.open")
    answer = await world.presses(card, Action.DETAILS)
    assert answer.text.startswith("Slack didn't show the details: ")
