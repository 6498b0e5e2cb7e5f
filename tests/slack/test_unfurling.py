"""Below which links a job's status is shown, and who sees it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.demo.slack.stand_in import Fault, SlackStandIn
from bot.demo.slack.workspace.members import PARTNER_TEAM
from bot.informatica.errors import BadAnswer
from bot.slack import unfurling
from tests.cast import CLICKS, ERROR
from tests.slack.world import BEN, GENERAL, GIL, LINK, OPS, ORDERS, PIA, SHARED, World

URL = LINK.url(ORDERS)


@pytest.fixture(autouse=True)
def domain(slack: SlackStandIn) -> None:
    slack.app.unfurl_domains = {"informatica.example"}


async def posts(world: World, text: str = URL, *, user: str = BEN, channel: str = OPS) -> list[str]:
    """Somebody posts a message; the links in it below which something is shown."""
    answer = await world.slack.post(user, channel, text)
    assert answer is None or answer.status == 200
    await world.listeners.done()
    return list(world.slack.messages[-1].unfurls)


async def test_where_everybody_may_look_the_job_up_its_status_is_shown(world: World) -> None:
    """Members and guests see it, also in channels where the bot isn't a member."""
    world.jobs.answers[ORDERS] = ERROR
    for user, channel in ((BEN, OPS), (GIL, OPS), (BEN, GENERAL)):
        assert await posts(world, user=user, channel=channel) == [URL], (user, channel)
        assert "Running with Error" in str(world.slack.messages[-1].unfurls)


async def test_a_link_says_whether_its_channel_watches_the_job(world: World) -> None:
    """Where the job is watched, by its name or by its run, the link offers to change that watch; elsewhere to make
    one, whoever else watches the job."""
    for line, offer in ((f"watch {ORDERS} to me", "Watch here"), (f"watch {ORDERS.dataflow}", "Watching ✓")):
        await world.asks(line)
        await posts(world)
        assert offer in str(world.slack.messages[-1].unfurls), line
    await posts(world, channel=GENERAL)
    assert "Watch here" in str(world.slack.messages[-1].unfurls)


def share(slack: SlackStandIn) -> None:
    slack.channels[OPS].host = PARTNER_TEAM


def hide(slack: SlackStandIn) -> None:
    slack.channels[OPS].is_private = True
    slack.channels[OPS].members.remove(slack.app.bot_user_id)


CHANGES: dict[str, Callable[[SlackStandIn], object]] = {
    "Slack can't be asked about the channel": lambda slack: slack.fail(Fault.HTTP_500, method="conversations.info"),
    "Slack can't be asked about the person": lambda slack: slack.fail(Fault.HTTP_500, method="users.info"),
    "another company is in the channel": share,
    "the bot doesn't see the channel": hide,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_where_others_may_see_it_nothing_is_shown(world: World, change: Callable[[SlackStandIn], object]) -> None:
    """What was shown can't be taken back, so a doubt is enough; and nobody is asked about the job."""
    change(world.slack)
    assert await posts(world) == []
    assert world.jobs.asked == []
    assert [call for call in world.slack.calls if call.method.startswith("chat.")] == []


async def test_strangers_see_nothing(world: World) -> None:
    """Neither somebody of another company, nor anybody in a channel with one, whoever hosts it."""
    assert await posts(world, user=PIA, channel=SHARED) == []
    assert await posts(world, user=BEN, channel=SHARED) == []
    world.slack.channels[OPS].members.add(PIA)
    assert await posts(world, user=PIA) == []
    assert world.jobs.asked == []


async def test_five_jobs_are_shown_each_once(world: World) -> None:
    """Of many links, the first five jobs are shown, each below its first link; what can't be looked up isn't."""
    links = [f"https://informatica.example/flow-{number}/7" for number in range(7)]
    shown = await posts(world, f"{links[0]} {links[0]}?again {' '.join(links)}")
    assert shown == links[:5]
    world.jobs.answers[ORDERS] = BadAnswer(status=400, detail="no job")
    assert await posts(world, f"{URL} {LINK.url(CLICKS)}") == [LINK.url(CLICKS)]


async def test_a_slow_look_up_shows_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look-up has two seconds. Nothing is said of what fails."""
    assert unfurling._LIMIT_S == 2
    monkeypatch.setattr(unfurling, "_LIMIT_S", 0.05)
    world.jobs.answers[ORDERS] = asyncio.Event()
    assert await posts(world) == []
    assert len(world.slack.messages) == 1


async def test_an_event_delivered_twice_is_one_look_up(world: World) -> None:
    """Slack repeats what it thinks wasn't heard."""
    answer = await world.slack.post(BEN, OPS, URL)
    assert answer is not None
    await world.slack.repeat(answer, retry=1)
    await world.listeners.done()
    assert world.jobs.asked == [ORDERS]


async def test_what_is_no_link_to_a_job_is_ignored(world: World) -> None:
    """Events that can't be read, previews in a message field, and other pages of the same host."""
    event: dict[str, Any] = {"type": "link_shared", "user": BEN, "channel": OPS, "message_ts": "1.2"}
    composer = {"channel": "COMPOSER", "unfurl_id": "x", "source": "composer"}
    for broken in ({}, {"links": "x"}, {"links": [None, {"url": 1}]}, {"links": [{"url": URL}], **composer}):
        assert (await world.slack.event(event | broken)).status == 200
        await world.listeners.done()
    assert world.slack.calls == []  # nobody is asked about a channel that is none
    assert await posts(world, "https://informatica.example/help") == []
    assert await posts(world, f"https://sub.informatica.example/{ORDERS.dataflow}/1") == []
    assert world.jobs.asked == []
