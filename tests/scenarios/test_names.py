"""Jobs by their names, followed from run to run."""

from bot.demo.slack.stand_in import MEMBER
from tests.scenarios.conftest import needs_list
from tests.scenarios.world import DATAFLOW, JOB, NAME, RUN, World, shown


def redeployments(world: World) -> list[str]:
    return [message.text for message in world.alerts() if "redeployed" in message.text]


@needs_list
async def test_a_job_is_watched_by_a_part_of_its_name_and_followed(world: World) -> None:
    """A redeployment is one change that shows both runs and versions, delivered once, while the bot runs and while it
    is stopped. The end of the previous run isn't announced."""
    async with world.bot():
        confirmed = await world.reply("watch orders-to")
        assert f"is watching {NAME} in this channel" in confirmed.text
        second = world.jobs.redeploy(DATAFLOW, RUN)
        await world.alert_showing(f"Run {RUN} → {second} · version 1 → 2")
        world.jobs.set_status(DATAFLOW, second, "Running with Error")
        await world.alert("Running with Error")
    third = world.jobs.redeploy(DATAFLOW, second)
    async with world.bot():
        await world.alert_showing(f"Run {second} → {third} · version 2 → 3")
        await world.until_requests(3)
    assert len(redeployments(world)) == 2
    assert not any("Undeployed" in message.text for message in world.alerts())


@needs_list
async def test_a_look_up_without_throughput(world: World) -> None:
    """A look-up shows the job's throughput, and the job without it if the service refuses it."""
    async with world.bot():
        assert "messages in" in (await world.reply(f"status {NAME}")).text
        world.jobs.dataflows.no_figures = 200
        world.jobs.set_status(DATAFLOW, RUN, "Undeployed")
        card = await world.reply(f"status {NAME}")
        assert card.text.startswith(f"⏏️ {NAME} is Undeployed")
        assert "messages" not in card.text


@needs_list
async def test_a_followed_job_is_undeployed_and_deployed_later(world: World) -> None:
    """An end without a successor is a change like any other; a later deployment is announced, too."""
    async with world.bot():
        await world.reply(f"watch {DATAFLOW}")
        world.jobs.set_status(DATAFLOW, RUN, "Undeployed")
        await world.alert("Undeployed")
        new = world.jobs.redeploy(DATAFLOW, RUN)
        await world.alert_showing(f"Run {RUN} → {new}")


@needs_list
async def test_a_watch_of_one_run_ends_with_it(world: World) -> None:
    """When the run is undeployed its alert says that the watch has ended, and one button follows the job instead."""
    async with world.bot():
        await world.reply(f"watch {JOB}")
        new = world.jobs.redeploy(DATAFLOW, RUN)
        ended = await world.alert("Undeployed")
        assert "This watch was for one run only, so it has ended." in shown(ended)
        assert "This channel doesn't watch any jobs yet" in (await world.reply("list")).text
        before = len(world.slack.messages)
        await world.slack.press(ended, "watch_job", user=MEMBER.id)
        followed = await world.slack.wait_for(lambda m: m in world.slack.messages[before:])
        assert "in this channel" in followed.text
        world.jobs.set_status(DATAFLOW, new, "Up and Running")
        await world.alert("Up and Running")
    assert redeployments(world) == []


async def test_with_the_jobs_resource_alone(world: World) -> None:
    """If the service has neither list nor status nor history, IDs work, and replies to names say what is missing."""
    world.jobs.only_jobs_resource = True
    async with world.bot():
        refused = await world.reply(f"watch {NAME}")
        assert f"No job watched here or by you is called “{NAME}”." in refused.text
        assert "Use the dataflow ID and the run ID instead" in refused.text
        unknown = await world.reply(f"watch {DATAFLOW}")
        assert "Add the run ID after the dataflow ID" in unknown.text
        assert "I can only list jobs watched here or by you" in (await world.reply("jobs")).text
        await world.reply(f"watch {JOB}")
        assert f"{NAME} is Up and Running" in (await world.reply(f"status {JOB}")).text
        world.jobs.set_status(DATAFLOW, RUN, "Running with Warning")
        await world.alert("Running with Warning")
        assert "muted" in (await world.reply(f"mute {NAME} 1h")).text
