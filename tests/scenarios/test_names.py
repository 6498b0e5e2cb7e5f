"""Jobs by their names, followed from run to run."""

from collections.abc import Callable

import pytest

from bot.demo.informatica.stand_in import JobsServiceStandIn
from bot.demo.slack.stand_in import MEMBER
from tests.scenarios.conftest import needs_list
from tests.scenarios.world import DATAFLOW, JOB, NAME, RUN, World, shown


def status_without_run(jobs: JobsServiceStandIn) -> None:
    jobs.dataflows.status_names_run = False
    jobs.dataflows.run_spelling = "runID"
    jobs.dataflows.while_up = "absent"


def oldest_first(jobs: JobsServiceStandIn) -> None:
    jobs.dataflows.status_names_run = False
    jobs.dataflows.history_order = "oldest first"
    jobs.dataflows.while_up = 0


def redeployments(world: World) -> list[str]:
    return [message.text for message in world.alerts() if "redeployed" in message.text]


@needs_list
async def test_a_job_is_watched_by_a_part_of_its_name_and_followed(world: World) -> None:
    """A redeployment is one change with both runs and versions, told once: while the bot runs, and while it does not;
    the end of the run before is none of it."""
    async with world.bot():
        confirmed = await world.asks("watch orders-to")
        assert f"is watching {NAME} in this channel" in confirmed.text
        second = world.jobs.redeploy(DATAFLOW, RUN)
        await world.slack.wait_for(lambda m: f"run {RUN} → {second} · version 1 → 2" in shown(m))
        world.jobs.set_status(DATAFLOW, second, "Running with Error")
        await world.alert("Running with Error")
    third = world.jobs.redeploy(DATAFLOW, second)
    async with world.bot():
        await world.slack.wait_for(lambda m: f"run {second} → {third} · version 2 → 3" in shown(m))
        await world.jobs.asked_again(3)
    assert len(redeployments(world)) == 2
    assert not any("Undeployed" in message.text for message in world.alerts())


@needs_list
@pytest.mark.parametrize("odd", [status_without_run, oldest_first])
async def test_a_job_is_followed_however_its_run_is_told(
    world: World, odd: Callable[[JobsServiceStandIn], None]
) -> None:
    """What the documentation leaves open about a job's current run makes no difference to whoever watches it."""
    odd(world.jobs)
    async with world.bot():
        await world.asks(f"watch {DATAFLOW}")
        new = world.jobs.redeploy(DATAFLOW, RUN)
        await world.slack.wait_for(lambda m: f"run {RUN} → {new}" in shown(m))
    assert len(redeployments(world)) == 1


@needs_list
async def test_figures_are_no_matter_of_life_and_death(world: World) -> None:
    """A look has its figures, and where the service refuses them (the job is undeployed) the look goes without."""
    async with world.bot():
        assert "messages in" in (await world.asks(f"status {NAME}")).text
        world.jobs.dataflows.no_figures = 200
        world.jobs.set_status(DATAFLOW, RUN, "Undeployed")
        answer = await world.asks(f"status {NAME}")
        assert answer.text.startswith(f"⏏️ {NAME} is Undeployed")
        assert "messages" not in answer.text


@needs_list
async def test_a_job_that_is_undeployed_for_good_is_told_so(world: World) -> None:
    """An end without a successor is a change like any other; a later deployment is told as one, too."""
    async with world.bot():
        await world.asks(f"watch {DATAFLOW}")
        world.jobs.set_status(DATAFLOW, RUN, "Undeployed")
        await world.alert("Undeployed")
        new = world.jobs.redeploy(DATAFLOW, RUN)
        await world.slack.wait_for(lambda m: f"run {RUN} → {new}" in shown(m))


@needs_list
async def test_a_watch_of_one_run_ends_with_it_and_the_job_can_be_followed(world: World) -> None:
    """When the run is undeployed the channel hears that its watch is over, and one button follows the job instead."""
    async with world.bot():
        await world.asks(f"watch {JOB}")
        new = world.jobs.redeploy(DATAFLOW, RUN)
        ended = await world.alert("Undeployed")
        assert "This watch was for one run only, so it has ended." in shown(ended)
        assert "This channel doesn't watch any jobs yet" in (await world.asks("list")).text
        before = len(world.slack.messages)
        await world.slack.press(ended, "watch_job", user=MEMBER.id)
        followed = await world.slack.wait_for(lambda m: m in world.slack.messages[before:])
        assert "in this channel" in followed.text
        world.jobs.set_status(DATAFLOW, new, "Up and Running")
        await world.alert("Up and Running")
    assert redeployments(world) == []


async def test_with_the_jobs_resource_alone(world: World) -> None:
    """Where the service has neither list nor status nor history, IDs do, and names are told to need the list."""
    world.jobs.only_jobs_resource = True
    async with world.bot():
        refused = await world.asks(f"watch {NAME}")
        assert f"No job watched here or by you is called “{NAME}”." in refused.text
        assert "Use the dataflow ID and the run ID instead" in refused.text
        unknown = await world.asks(f"watch {DATAFLOW}")
        assert "Name its run ID too" in unknown.text
        assert "I can only list jobs watched here or by you" in (await world.asks("jobs")).text
        await world.asks(f"watch {JOB}")
        assert f"{NAME} is Up and Running" in (await world.asks(f"status {JOB}")).text
        world.jobs.set_status(DATAFLOW, RUN, "Running with Warning")
        await world.alert("Running with Warning")
        assert "muted" in (await world.asks(f"mute {NAME} 1h")).text
