"""What a person did while Slack takes nothing: everybody concerned hears of it once it does."""

from datetime import UTC, datetime, timedelta

import stamina

from bot.demo.slack.stand_in import Fault
from bot.domain.notification.confirmations import Confirmation
from tests.cast import ERROR, job
from tests.slack.world import OPS, ORDERS, World


async def test_what_slack_does_not_take_is_confirmed_later(world: World) -> None:
    """Each of these is done, and its confirmation waits for delivery like an alert."""
    world.jobs.listed = [job()]
    await world.asks(f"watch {ORDERS}")
    await world.sees(ERROR)
    await world.delivers()
    before = len(world.slack.messages)
    world.slack.fail(Fault.HTTP_503, None, times=None)
    done = {
        f"watch {ORDERS} remind every 30m": "changed",
        f"ack {ORDERS}": "acknowledged",
        f"mute {ORDERS} 1h": "muted",
        "mute all 1h": "silence_confirmation",
        "quiet 22:00-7:00 berlin": "settings_confirmation",
        "digest daily 9:00": "settings_confirmation",
        "threads off": "settings_confirmation",
        "watch all on errors": "watched",
    }
    with stamina.set_testing(True, attempts=1):  # no pauses between the attempts
        for line in done:
            await world.says(line)
            await world.listeners.done()
    world.slack.heal()
    assert len(world.slack.messages) == before
    waiting = [
        one
        for one in await world.waiting(OPS, at=datetime.now(UTC) + timedelta(minutes=1))
        if isinstance(one, Confirmation)
    ]
    said = [one.deed.value if one.kind in ("job_confirmation", "pattern_confirmation") else one.kind for one in waiting]
    assert sorted(said) == sorted(done.values())
