from bot.demo.slack_web_api import GUEST
from tests.scenarios.world import ADMIN, DATAFLOW, EXAMPLE, JOB, MEMBER, NAME, RUN, World


async def test_a_watched_job_from_command_to_alert(world: World) -> None:
    """Set up by its environment alone, the bot confirms a watch in the channel and posts there when the job changes."""
    async with world.bot() as bot:
        confirmation = await world.asks(f"watch {JOB}")
        assert confirmation.channel == world.channel
        assert confirmation.via == "chat.postMessage"
        assert NAME in confirmation.text
        assert "Up and Running" in confirmation.text

        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        alert = await world.alert("Running with Error")

        assert alert.text.startswith(f"🔴 {NAME} is Running with Error – was 🟢 Up and Running for ")
        assert await bot.stop() == 0
