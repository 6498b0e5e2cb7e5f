"""Reminders and escalation per watch, as people set them."""

from sqlalchemy import select

from bot.demo.slack.stand_in import LEFT, User
from bot.domain.reminding import Escalation, Failing, Reminders, Reminding
from bot.store.sql.mapping import to_reminding
from bot.store.sql.tables import SubscriptionRow
from tests.cast import HOUR, MINUTE, UP, job
from tests.slack.world import ANN, BEN, GENERAL, GIL, OPS, ORDERS, PIA, SHARED, World

HALF_HOURLY = Reminders(30 * MINUTE)


async def reminding(world: World) -> list[Reminding]:
    async with world.store.reading() as session:
        rows = await session.scalars(select(SubscriptionRow).order_by(SubscriptionRow.id))
        return [to_reminding(row) for row in rows]


async def test_a_watch_says_what_follows(world: World) -> None:
    """The channel reads how often a watch reminds and whom it tells; "me" is the person who typed it; the list, a
    look-up and a repeated watch show it."""
    said = await world.asks(f"watch {ORDERS} remind every 30m tell me if problem for 1h")
    assert said.channel == OPS
    follows = f"⏰ Reminders every 30 min while there are errors · 🚨 Escalates to <@{BEN}> after 1 h with problems"
    assert follows in plain(said.text)
    assert await reminding(world) == [Reminding(HALF_HOURLY, Escalation(BEN, HOUR, Failing.PROBLEM))]
    assert "⏰ reminds every 30 min · 🚨 escalates after 1 h" in plain((await world.asks("list")).text)
    assert follows in plain((await world.asks(f"watch {ORDERS}")).text)
    card = plain((await world.asks(f"status {ORDERS}")).text)
    assert "⏰ Reminders every 30 min while there are errors · 🚨 Escalates after 1 h with problems" in card
    said = await world.asks(f"watch {ORDERS} tell off")
    assert f"<@{BEN}> changed the alerts for orders" in said.text
    assert await reminding(world) == [Reminding(HALF_HOURLY)]


async def test_only_who_is_reached_can_be_told(world: World) -> None:
    """A person of another company, one whose account is deactivated, one who isn't in the channel, the bot itself, and
    a group by direct message can't be told; a guest names no group, and by direct message nobody else."""
    world.slack.channels[OPS].members.add(GIL)
    world.slack.channels[OPS].members.discard(ANN)
    world.slack.users["USLACKBOT"] = User("USLACKBOT", "slackbot", "Slackbot")
    for line, user, channel, words in (
        (f"watch {ORDERS} tell <@{PIA}> after 15m", BEN, SHARED, "I can only escalate to members of this workspace"),
        (
            f"watch {ORDERS} tell <@{LEFT.id}> after 15m to me",
            BEN,
            OPS,
            "I can only escalate to members of this workspace",
        ),
        (f"watch {ORDERS} tell <@{ANN}> after 15m", BEN, OPS, f"<@{ANN}> isn't in <#{OPS}>"),
        (f"watch {ORDERS} tell <@{world.slack.app.bot_user_id}> after 15m", BEN, OPS, "I can't escalate to myself"),
        (f"watch {ORDERS} tell <@USLACKBOT> after 15m", BEN, OPS, "I can't escalate to <@USLACKBOT>: it's an app"),
        (f"watch {ORDERS} tell <@{BEN}> after 15m to me", GIL, OPS, "Guests can't escalate to others"),
        (f"watch {ORDERS} tell <!subteam^S0TEAM> after 15m to me", BEN, OPS, "by direct message"),
        (f"watch {ORDERS} tell <!subteam^S0TEAM> after 15m", GIL, OPS, "Guests can't have a user group"),
    ):
        refused = await world.asks(line, user=user, channel=channel)
        assert refused.ephemeral_to == user
        assert words in refused.text
    assert await reminding(world) == []
    await world.asks(f"watch {ORDERS} tell me after 15m to me", user=GIL)
    assert await reminding(world) == [Reminding(None, Escalation(GIL, 15 * MINUTE))]


async def test_nobody_is_told_while_slack_is_away(world: World) -> None:
    """While Slack doesn't say who somebody is, they can't be told."""
    world.slack.fail("internal_error", method="users.info", times=None)
    assert "I couldn't ask Slack" in (await world.asks(f"watch {ORDERS} tell <@{ANN}> after 15m")).text
    assert await reminding(world) == []


async def test_who_can_be_told(world: World) -> None:
    """A member tells a group of a channel, somebody in another channel, and by direct message whoever they name; a
    pattern does so for all its jobs."""
    world.jobs.listed = [job(UP, ORDERS, "orders")]
    bot = world.slack.app.bot_user_id
    world.slack.channels[GENERAL].members.add(bot)
    for line, told in (
        (f"watch {ORDERS} tell <!subteam^S0TEAM|@team> after 15m", "S0TEAM"),
        (f"watch {ORDERS} tell <@{ANN}> after 15m to <#{GENERAL}>", ANN),
        (f"watch {ORDERS} tell <@{ANN}> after 15m to me", ANN),
    ):
        await world.asks(line)
        assert (await reminding(world))[-1] == Reminding(None, Escalation(told, 15 * MINUTE)), line
    await world.asks("watch all tell me after 15m remind every 30m")
    assert len(await reminding(world)) >= 3


def plain(text: str) -> str:
    return text.replace("\xa0", " ")
