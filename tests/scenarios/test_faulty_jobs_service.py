import asyncio
import time

from bot.demo.informatica.faults import AT_HOME, Fault
from bot.demo.slack.stand_in import Message
from tests.scenarios.world import JOB, MEMBER, World

# What a person is told of each fault, in the words that follow "Can't check … now: ".
_TOLD = {
    Fault.UNAUTHORISED_ALWAYS: "the jobs service doesn't accept the bot's session",
    Fault.FORBIDDEN: "the jobs service doesn't let the bot's account view it",
    Fault.NOT_FOUND: "the jobs service says there is no such job",
    Fault.METHOD: "the jobs service sent an answer that the bot can't read",
    Fault.BUSY: "the jobs service is busy",
    Fault.SERVER_ERROR: "the jobs service failed (HTTP 500)",
    Fault.UNAVAILABLE: "the jobs service is busy",
    Fault.HTML: "the jobs service sent an answer that the bot can't read",
    Fault.HTML_502: "the jobs service failed (HTTP 502)",
    Fault.TRUNCATED_JSON: "the jobs service sent an answer that the bot can't read",
    Fault.NULL_STATUS: "the jobs service sent an answer that the bot can't read",
    Fault.LIST: "the jobs service sent an answer that the bot can't read",
    Fault.HUGE: "the jobs service sent an answer that the bot can't read",
    Fault.HANG: "the jobs service didn't answer in time",
    Fault.DRIP: "the jobs service didn't answer in time",
    Fault.DROP: "the jobs service can't be reached",
    Fault.REDIRECT: "the jobs service sent an answer that the bot can't read",
    Fault.BAD_REQUEST: "the jobs service sent an answer that the bot can't read",
    Fault.NOT_IMPLEMENTED: "the jobs service failed (HTTP 501)",
    Fault.ERROR_UNDER_200: "the jobs service sent an answer that the bot can't read",
}
# These show the job all the same: the bot logs in once more, or asks the other way.
_SEEN = (Fault.UNAUTHORISED_ONCE, Fault.METHOD_NOT_ALLOWED)


async def test_every_fault_gets_a_short_true_answer(world: World) -> None:
    """Whatever the jobs service does to a look, the person who asked hears what is known, in 20 seconds, and the bot
    goes on serving; all faults at once, each on a job of its own."""
    faults = [*_TOLD, *_SEEN]
    assert {*faults, *AT_HOME} == set(Fault)  # what is about the log-in or the list is tried elsewhere
    for number, fault in enumerate(faults):
        world.jobs.add(f"job-{fault.name}", f"flow-{number:02}", 100 + number)
        world.jobs.fail(fault, dataflow=f"flow-{number:02}")

    async with world.bot() as bot:
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(len(faults)):
                group.create_task(world.says(f"status flow-{number:02} {100 + number}"))
        for number, fault in enumerate(faults):
            answer = await _answer_about(world, f"flow-{number:02}")
            if fault in _SEEN:
                assert "Up and Running" in answer.text, fault
            else:
                assert _TOLD[fault] in answer.text, (fault, answer.text)
                assert len(answer.text) < 600, fault
        assert time.monotonic() - started < 20
        assert "Up and Running" in (await world.asks(f"status {JOB}")).text
        assert "Traceback" not in "\n".join(bot.log)


async def _answer_about(world: World, dataflow: str) -> Message:
    return await world.slack.wait_for(lambda m: m.ephemeral_to == MEMBER.id and dataflow in m.text, timeout=20)


async def test_a_refused_log_in_is_never_repeated(world: World) -> None:
    """Wrong credentials are tried once, whoever asks and however often; people and `/readyz` hear what to do."""
    async with world.bot(INFORMATICA_PASSWORD="wrong") as bot:
        for _ in range(3):
            answer = await world.asks(f"watch {JOB}")
            assert "refused the bot's login" in answer.text
            assert "Ask whoever runs the bot to correct its Informatica login" in answer.text
        assert "wrong" not in "\n".join(bot.log)
        status, body = await world.get("/readyz")
    assert status == 503
    assert "refused the bot's login" in body
    assert len(world.jobs.logins) == 1


async def test_an_expired_session_costs_one_log_in(world: World) -> None:
    """When the session ends, one new log-in serves all jobs, and nobody is told of it."""
    runs = await world.watched(50)
    async with world.bot(POLL_INTERVAL="1"):
        await world.asked(runs)
        assert len(world.jobs.logins) == 1
        world.jobs.expire_sessions()
        await world.asked(runs, 2)
        assert len(world.jobs.logins) == 2
    assert world.alerts() == []
