import asyncio
import re

from tests.scenarios.world import ADMIN, DATAFLOW, JOB, MEMBER, RUN, World

_BAD = {
    "nothing after the command": "status",
    "a mistyped command": f"wacth {JOB}",
    "8,000 characters": "status " + "x" * 8_000,
    "a negative run": f"watch {DATAFLOW} -1",
    "run zero": f"unwatch {DATAFLOW} 0",
    "a run of 30 digits": f"status {DATAFLOW} {'9' * 30}",
    "a run in words": f"status {DATAFLOW} latest",
    "a mention": "watch <!channel> <@U0DEMOADA1>",
    "too many words": f"status {JOB} please now",
    "a page of words": "list page one",
}


async def test_bad_input_gets_a_helpful_private_reply(world: World) -> None:
    """Bad input gets a private reply that says what is wrong and offers a line to copy. No request reaches the jobs
    service, and no one is mentioned."""
    async with world.bot():
        for what, text in _BAD.items():
            reply = await world.reply(text)
            assert reply.ephemeral_to == MEMBER.id, what
            assert re.search("(Try|Did you mean): /job ", reply.text), (what, reply.text)
            assert len(reply.text) < 700, what
            assert "<!channel>" not in reply.text, what
            assert "<@U0DEMOADA1>" not in reply.text, what
        assert (await world.reply("")).text.startswith("This channel doesn't watch any jobs yet")
    assert world.jobs.requests == []


async def test_other_words_are_searched_for_as_a_name(world: World) -> None:
    """Any other words may be a job's name: the reply says in private that there is no such job, and no job is
    requested."""
    async with world.bot():
        for text in ("frobnicate", "status \x00\x07\x1b[31m \x7f", "watch ../../etc/passwd 1", "status %2e%2e%2f 1"):
            reply = await world.reply(text)
            assert reply.ephemeral_to == MEMBER.id, text
            assert "called “" in reply.text, text
    assert not any("/jobs/" in request.path for request in world.jobs.requests)


async def test_quotes_of_all_kinds_are_forgiven(world: World) -> None:
    """Smart quotes, backticks, links and capital letters make no difference."""
    async with world.bot():
        for text in (
            f"“{DATAFLOW}” ‘{RUN}’",
            f"STATUS   `{DATAFLOW}`\u00a0`{RUN}`",
            f"status <https://usw1.example.com/jobs/{DATAFLOW}/{RUN}?tab=1|a link>",
            f'Status "{DATAFLOW}/{RUN}"',
            f"status «{DATAFLOW.upper()}» <{RUN}>",
        ):
            assert "Up and Running" in (await world.reply(text)).text, text


async def test_two_identical_watches_make_one_subscription(world: World) -> None:
    """If two people type the same at the same moment, one subscribes the channel and the other learns that it is."""
    async with world.bot():
        await asyncio.gather(world.send(f"watch {JOB}"), world.send(f"watch {JOB}", user=ADMIN.id))
        await world.slack.wait_for(lambda m: m.ephemeral_to is None and "is watching" in m.text)
        await world.slack.wait_for(lambda m: m.ephemeral_to is not None and "already watches" in m.text)
        assert "watches 1 job" in (await world.reply("list")).text
        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        await world.alert("Running with Error")
        await world.until_requests(4)
    assert len(world.alerts()) == 1


async def test_a_command_delivered_twice_has_one_effect(world: World) -> None:
    """A command that Slack delivers twice is done once and answered once."""
    async with world.bot():
        first = await world.send(f"watch {JOB}")
        again = await world.slack.repeat(first, retry=1)
        assert again.status == 200
        await world.slack.wait_for(lambda m: "is watching" in m.text)
        listed = await world.reply("list")
        assert "watches 1 job" in listed.text
    assert len([m for m in world.slack.messages if m is not listed]) == 1
