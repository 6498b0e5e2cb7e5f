"""`quiet` as people say it in Slack."""

from datetime import UTC, datetime, timedelta

from bot.domain.channel.settings import ChannelSettings
from bot.domain.destination import Destination
from bot.slack.grammar.presses import Action
from bot.store.channels import settings
from tests.slack.world import ANN, BEN, OPS, ORDERS, World


async def chosen(world: World, destination: str = OPS) -> ChannelSettings:
    async with world.store.reading() as session:
        return await settings.read(session, Destination(world.slack.app.team_id, destination))


async def test_quiet_hours_are_chosen_for_all_to_see(world: World) -> None:
    """Whoever chooses them, in a zone that they name or in their own, tells everybody; showing them doesn't."""
    answer = await world.asks("quiet 22:00-7:00 Asia/Kolkata except problems", user=ANN)
    assert (answer.channel, answer.ephemeral_to) == (OPS, None)
    assert answer.text.startswith(f"🌙 <@{ANN}> chose quiet hours for this channel: 22:00–7:00, Asia/Kolkata time.")
    hours = (await chosen(world)).quiet_hours
    assert hours is not None
    assert (hours.text, hours.exceptions) == ("22:00-07:00", "problems")
    shown = await world.asks("quiet")
    assert (shown.ephemeral_to, "22:00–7:00, Asia/Kolkata time" in shown.text) == (BEN, True)
    again = await world.asks("quiet 22-7 Asia/Kolkata except problems")
    assert again.ephemeral_to == BEN
    await world.asks("quiet 21-7")
    assert (await chosen(world)).time_zone == "Asia/Kolkata"  # the place's own, unless another one is named
    dm = world.slack.direct_message(BEN).id
    own = await world.asks("quiet 22-7", channel=dm)
    assert own.text.startswith("🌙 You chose quiet hours: 22:00–7:00, America/New York time.")


async def test_a_zone_that_nobody_knows(world: World) -> None:
    """Without any zone nothing is changed; what may mean several is asked about, and a button names one."""
    world.slack.app.scopes.discard("users:read")
    answer = await world.asks("quiet 22-7 except nothing")
    assert answer.text.endswith("/job quiet 22:00-07:00 Europe/Berlin except nothing")
    assert (await chosen(world)).quiet_hours is None
    asked = await world.asks("quiet 22-7 IST")
    await world.presses(asked, Action.QUIET)
    assert (await chosen(world)).time_zone == "Asia/Kolkata"


async def test_quiet_hours_that_are_in_force(world: World) -> None:
    """Those that have begun count at once and say when they end; turned off, they end with a summary."""
    await world.asks(f"watch {ORDERS}")
    now = datetime.now(UTC)
    answer = await world.asks(f"quiet {now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M} UTC")
    assert "They have begun, and end <!date^" in answer.text
    assert "🌙 Quiet hours until" in (await world.asks("list")).text
    off = await world.asks("quiet off")
    assert off.text == f"🔔 <@{BEN}> turned off quiet hours in this channel. What happened meanwhile follows."
    assert [one.kind for one in await world.waiting()] == ["quiet_hours_ended"]
    assert (await world.asks("quiet off")).text.startswith("There are no quiet hours in this channel.")
