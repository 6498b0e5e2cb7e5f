import asyncio

from tests.scenarios.world import ADMIN, DATAFLOW, JOB, MEMBER, RUN, World

_BAD = {
    "nothing after the verb": "status",
    "a mistyped verb": f"wacth {JOB}",
    "8,000 characters": "status " + "x" * 8_000,
    "a negative run": f"watch {DATAFLOW} -1",
    "run zero": f"unwatch {DATAFLOW} 0",
    "a run of 30 digits": f"status {DATAFLOW} {'9' * 30}",
    "a run in words": f"status {DATAFLOW} latest",
    "a mention": "watch <!channel> <@U0DEMOADA1>",
    "too many words": f"status {JOB} please now",
    "a page of words": "list page one",
}


async def test_bad_input_gets_a_helpful_private_answer(world: World) -> None:
    """Whatever is typed that is no command, the person alone is told what is wrong, what is right, and a line to copy;
    nothing of it reaches the jobs service and nobody is mentioned."""
    async with world.bot():
        for what, text in _BAD.items():
            answer = await world.asks(text)
            assert answer.ephemeral_to == MEMBER.id, what
            assert "Try: /job " in answer.text, (what, answer.text)
            assert len(answer.text) < 700, what
            assert "<!channel>" not in answer.text, what
            assert "<@U0DEMOADA1>" not in answer.text, what
        assert (await world.asks("")).text.startswith("This channel doesn't watch any jobs yet")
    assert world.jobs.requests == []


async def test_what_may_be_a_name_is_looked_for_as_one(world: World) -> None:
    """Any other words may be a job's name: the person alone is told that there is none, and no job is asked for."""
    async with world.bot():
        for text in ("frobnicate", "status \x00\x07\x1b[31m \x7f", "watch ../../etc/passwd 1", "status %2e%2e%2f 1"):
            answer = await world.asks(text)
            assert answer.ephemeral_to == MEMBER.id, text
            assert "called “" in answer.text, text
    assert not any("/jobs/" in request.path for request in world.jobs.requests)


async def test_quotes_of_all_kinds_are_forgiven(world: World) -> None:
    """Smart quotes, backticks, links and capital letters do not keep a person from the answer."""
    async with world.bot():
        for text in (
            f"“{DATAFLOW}” ‘{RUN}’",
            f"STATUS   `{DATAFLOW}`\u00a0`{RUN}`",
            f"status <https://usw1.example.com/jobs/{DATAFLOW}/{RUN}?tab=1|a link>",
            f'Status "{DATAFLOW}/{RUN}"',
            f"status «{DATAFLOW.upper()}» <{RUN}>",
        ):
            assert "Up and Running" in (await world.asks(text)).text, text


async def test_two_identical_watches_make_one_subscription(world: World) -> None:
    """Of two people who type the same at the same moment one subscribes the channel and the other hears that it is."""
    async with world.bot():
        await asyncio.gather(world.says(f"watch {JOB}"), world.says(f"watch {JOB}", user=ADMIN.id))
        await world.slack.wait_for(lambda m: m.ephemeral_to is None and "is watching" in m.text)
        await world.slack.wait_for(lambda m: m.ephemeral_to is not None and "already watches" in m.text)
        assert "watches 1 job" in (await world.asks("list")).text
        world.jobs.set_status(DATAFLOW, RUN, "Running with Error")
        await world.alert("Running with Error")
        await world.jobs.asked_again(4)
    assert len(world.alerts()) == 1


async def test_a_request_delivered_twice_has_one_effect(world: World) -> None:
    """Slack may deliver a command twice: it is done once and answered once."""
    async with world.bot():
        first = await world.says(f"watch {JOB}")
        again = await world.slack.repeat(first, retry=1)
        assert again.status == 200
        await world.slack.wait_for(lambda m: "is watching" in m.text)
        listed = await world.asks("list")
        assert "watches 1 job" in listed.text
    assert len([m for m in world.slack.messages if m is not listed]) == 1
