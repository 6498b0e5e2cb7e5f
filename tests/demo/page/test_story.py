"""The story without a bot: its order, its pauses, and what it shows of the past."""

import asyncio
from dataclasses import replace

import pytest

from bot.demo.page.scenes import Scene
from bot.demo.page.story import Story
from bot.demo.slack.stand_in import MEMBER, Message
from bot.demo.world import World

OPS = "C0DEMOOPS1"


@pytest.fixture
def played(world: World, story: Story) -> list[int]:
    """The numbers of the scenes that were played. Each leaves a message and changes the one before."""
    numbers: list[int] = []

    def scene(number: int) -> Scene:
        async def act() -> None:
            for each in world.slack.messages[-1:]:
                world.slack.workspace.edit(each, f"{each.text} (old)", each.blocks)
            world.slack.say(MEMBER.id, OPS, f"message {number}")
            numbers.append(number)

        return Scene(f"Scene {number}", act, seconds=99)

    story.scenes = [scene(number) for number in range(4)]
    return numbers


async def reached(world: World, played: list[int], count: int) -> None:
    """Wait until so many scenes were played, and for as long as a story that nothing holds would need to go on."""
    await world.slack.until(lambda: len(played) >= count, 10, played)
    for _ in range(20):
        await asyncio.sleep(0)


def texts(world: World, story: Story) -> list[str]:
    messages = story.step.messages if story.step else world.slack.messages
    return [each.text for each in messages]


async def test_a_pause_holds_the_story(world: World, story: Story, played: list[int]) -> None:
    """A paused story plays one scene for each step forward, and goes on by itself once it is played again."""
    first, *others = (replace(each, seconds=0) for each in story.scenes)

    async def act_and_pause() -> None:
        await first.act()
        story.pause()

    story.scenes = [replace(first, act=act_and_pause), *others]
    story.play()
    await reached(world, played, 1)
    for count in (2, 3):
        story.forward()
        await reached(world, played, count)
        assert (story.is_paused, story.number) == (True, count - 1)
    story.play()
    await reached(world, played, 4)
    assert not story.is_paused
    await story.ended()
    assert story.is_over


async def test_looking_back(world: World, story: Story, played: list[int]) -> None:
    """A step back shows what could be seen then and where, holds the story, and marks what was new."""
    story.play()
    await reached(world, played, 1)
    story.script.place = world.slack.direct_message(MEMBER.id)
    story.forward()
    await reached(world, played, 2)
    story.back()
    assert texts(world, story) == ["message 0"]
    assert story.path.endswith(OPS)
    assert story.scene is story.scenes[0]
    story.back()
    assert (story.shown, story.is_paused) == (0, True)
    assert [story.is_new(each) for each in world.slack.messages] == [True, True]
    story.forward()
    assert texts(world, story) == ["message 0 (old)", "message 1"]
    assert len(played) == 2
    story.back()
    story.look_at_present()
    assert texts(world, story) == ["message 0 (old)", "message 1"]
    await story.stop()


async def test_what_is_new(world: World, story: Story, played: list[int]) -> None:
    """New is what the scene posted or changed, and nothing once the story is over."""
    slack = world.slack
    slack.say(MEMBER.id, OPS, "long ago").ts = "1000000001.000000"
    slack.say(MEMBER.id, OPS, "changed").ts = "1000000002.000000"
    story.play()
    await reached(world, played, 1)

    def new() -> list[Message]:
        return [each for each in slack.messages if story.is_new(each)]

    assert [each.text for each in new()] == ["changed (old)", "message 0"]
    for count in (2, 3, 4):
        story.forward()
        await reached(world, played, count)
    story.forward()
    await story.ended()
    assert new() == []
    await story.stop()
    assert (story.is_over, story.scene) == (False, None)
