from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot.demo.slack.stand_in import Message
from bot.domain.job import Job, JobRef
from bot.slack.grammar.presses import Action
from bot.store.sql.tables import SubscriptionRow
from tests.cast import CLICKS, UP, job
from tests.slack.world import BEN, OPS, ORDERS, World

LISTED: list[Job] = [job(UP, ORDERS, "orders to lake"), job(UP, CLICKS, "payments-cdc")]


def labels(message: Message) -> list[str]:
    """The buttons of an answer."""
    return [button["text"]["text"] for button in message.blocks[-1]["elements"]]  # type: ignore[attr-defined]


async def test_a_mistyped_command_is_offered_as_buttons(world: World) -> None:
    """The person alone sees what they may have meant, and a press does that."""
    world.jobs.listed = LISTED
    answer = await world.asks("wacth payments_cdc")
    assert (answer.text.partition("Did")[0], answer.ephemeral_to) == ("There is no command “wacth”. ", BEN)
    assert answer.text.endswith('Did you mean: /job watch payments_cdc, /job status "wacth payments_cdc"')
    assert labels(answer) == ["watch payments_cdc", 'status "wacth payments_cdc"']
    await world.presses(answer, Action.WATCH)
    assert world.jobs.asked == [CLICKS]
    assert await world.subscribed() == [(OPS, BEN)]


async def test_a_name_is_found_whatever_separates_its_words(world: World) -> None:
    """People type hyphens, underscores and spaces as they come."""
    world.jobs.listed = LISTED
    for typed in ("payments_cdc", "payments cdc", "Payments-CDC", "paymentscdc payments"):
        answer = await world.asks(f"status {typed}")
        if typed == "paymentscdc payments":
            assert labels(answer) == ["✅ payments-cdc"]
            answer = await world.presses(answer, Action.SHOW)
        assert answer.text.startswith("✅ orders is Up and Running"), typed  # as the fake look-up names each job
    assert world.jobs.asked == [CLICKS] * 4


async def test_a_mute_without_a_unit_asks_for_it(world: World) -> None:
    """The number after a name of any length becomes minutes or hours by a press, for the same job."""
    world.jobs.listed = LISTED
    await world.asks("watch orders to lake")
    answer = await world.asks("mute orders to lake 5")
    assert answer.text.startswith("“5” isn't a length of time. Did you mean: ")
    assert labels(answer) == ["5 minutes", "5 hours"]
    await world.asks(f"watch {JobRef('sales', 7)}")
    assert labels(await world.asks("mute sales 7")) == ["7 minutes", "7 hours", "Run 7 for 1 hour"]

    before = datetime.now(UTC)
    assert "muted orders" in (await world.presses(answer, f"{Action.MUTE}:2")).text
    async with world.store.reading() as session:
        row = (await session.scalars(select(SubscriptionRow).where(SubscriptionRow.muted_until.is_not(None)))).one()
    assert row.muted_until is not None
    assert timedelta(0) <= row.muted_until - before - timedelta(hours=5) < timedelta(minutes=5)


async def test_words_after_a_name_are_not_its_end(world: World) -> None:
    """What follows the name of a watched job and says in other words how long is answered with lengths, not with a mute
    of that job for the usual hour."""
    world.jobs.listed = LISTED
    await world.asks("watch orders to lake")
    for typed in ("tonight", "next friday", "1.5h", "for a while", "until 17h", "until the end of the day"):
        answer = await world.asks(f"mute orders {typed}")
        assert "isn't a" in answer.text.splitlines()[0], typed
        assert answer.text.splitlines()[-1].startswith("Try: /job mute orders "), typed
    assert "No job called" in (await world.asks("mute payments tonight")).text
    assert "muted orders in this channel until" in (await world.asks("mute orders tomorrow")).text


async def test_a_history_of_another_length_offers_those_there_are(world: World) -> None:
    """A length that no history has isn't taken for a part of the name, unless a job is called so."""
    world.jobs.listed = LISTED
    await world.asks("watch orders to lake")
    for typed in ("3h", "2 weeks"):
        answer = await world.asks(f"history orders to lake {typed}")
        assert answer.text.startswith(f"A history covers 24 hours, 7 days or 30 days, not “{typed}”. Did you mean: ")
        assert labels(answer) == ["24 hours", "7 days", "30 days"]
    assert "The last 7 days" in (await world.presses(answer, f"{Action.HISTORY}:2")).text
    world.jobs.listed = [*LISTED, job(UP, JobRef("other", 1), "orders 3h")]
    assert 'There is no history for "orders 3h" here' in (await world.asks("history orders 3h")).text
