"""An owner and a runbook per watch, as people set them."""

from sqlalchemy import select

from bot.demo.slack.stand_in import LEFT, User
from bot.domain.subscription import Contact
from bot.slack.watch_form.form import Part
from bot.store.sql.mapping import to_contact
from bot.store.sql.tables import SubscriptionRow
from tests.cast import UP, job
from tests.slack.world import ANN, BEN, GIL, OPS, ORDERS, PIA, World

WIKI = "https://wiki.example.com/orders"


async def contacts(world: World) -> list[Contact]:
    async with world.store.reading() as session:
        return [to_contact(row) for row in await session.scalars(select(SubscriptionRow).order_by(SubscriptionRow.id))]


async def test_a_watch_names_whom_to_call(world: World) -> None:
    """The channel reads who is the owner and where the runbook is; “me” is the person who typed it."""
    said = await world.asks(f"watch {ORDERS} owner me runbook <{WIKI}>")
    assert said.channel == OPS
    assert f"Owner: <@{BEN}> · Runbook: <{WIKI}|wiki.example.com/orders>" in said.text
    assert await contacts(world) == [Contact(BEN, WIKI)]
    said = await world.asks(f"watch {ORDERS} owner <@{ANN}|ann>")
    assert f"<@{BEN}> changed the alerts for orders" in said.text
    assert f"Owner: <@{ANN}> · Runbook" in said.text
    said = await world.asks(f"watch {ORDERS}")
    assert said.text.startswith("This channel already watches orders")
    await world.asks(f"watch {ORDERS} owner none runbook none")
    assert await contacts(world) == [Contact()]


async def test_a_group_is_named_by_members_only(world: World) -> None:
    """A guest can't have a user group mentioned, nor anybody while Slack can't be asked who they are; a member can."""
    world.jobs.listed = [job(UP, ORDERS, "orders")]
    world.slack.channels[OPS].members.add(GIL)
    await world.settles(guests_may_change=True)
    for line in (f"watch {ORDERS} owner <!subteam^S0TEAM|@team>", "watch all owner <!subteam^S0TEAM>"):
        refused = await world.asks(line, user=GIL)
        assert refused.ephemeral_to == GIL
        assert refused.text.startswith("Guests can't have a user group mentioned")
    assert await contacts(world) == []
    said = await world.asks(f"watch {ORDERS} owner <!subteam^S0TEAM|@team>", user=BEN)
    assert "Owner: a user group" in said.text
    assert await contacts(world) == [Contact("S0TEAM")]
    assert f"Owner: <@{GIL}>" in (await world.asks(f"watch {ORDERS} owner me", user=GIL)).text


async def test_nobody_names_a_group_while_slack_is_away(world: World) -> None:
    """While Slack doesn't say whether somebody is a guest, no user group becomes an owner."""
    world.slack.fail("internal_error", method="users.info")
    refused = await world.asks(f"watch {ORDERS} owner <!subteam^S0TEAM|@team>")
    assert "I couldn't ask Slack whether you may name a user group, so nothing was changed: Slack has a" in refused.text
    assert await contacts(world) == []


async def test_an_owner_takes_care(world: World) -> None:
    """No app, nobody of another company and nobody who left is made the owner of a job or of a pattern; while Slack
    doesn't say who somebody is, they are. The form says so at its field, and keeps what was filled in."""
    world.jobs.listed = [job(UP, ORDERS, "orders")]
    world.slack.users["UAPP"] = User("UAPP", "app", "An App", is_bot=True)
    for named, words in (
        (world.slack.app.bot_user_id, "I can't be the owner"),
        ("UAPP", "<@UAPP> can't be the owner: it's an app"),
        (LEFT.id, "The owner must be a member of this workspace"),
        (PIA, "The owner must be a member of this workspace"),
    ):
        for what in (ORDERS, "all"):
            refused = await world.asks(f"watch {what} owner <@{named}> on errors")
            assert (refused.ephemeral_to, refused.text.startswith(words)) == (BEN, True), (named, refused.text)
    await world.says("watch owner me on errors")
    await world.listeners.done()
    form = world.slack.views.top(BEN)
    assert form is not None
    await world.slack.offered(form, "choose_job", user=BEN, query="")
    state = {("job", "choose_job"): [ORDERS.dataflow], (Part.OWNER.value, Part.OWNER.action): ["UAPP"]}
    sent = await world.slack.submit(form, user=BEN, state=state)
    assert sent.errors[Part.OWNER].startswith("Somebody can't be the owner: it's an app")
    assert await contacts(world) == []
    world.slack.fail("internal_error", method="users.info", times=None)
    await world.asks(f"watch {ORDERS} owner <@{ANN}>")
    assert await contacts(world) == [Contact(ANN)]
